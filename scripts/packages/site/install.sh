#!/bin/sh
# Installs ddnsd on OpenWrt: trusts the repository's key, adds the repository, installs, with the page where LuCI is.
# shellcheck shell=dash disable=SC1091
set -eu

url=@URL@
fail() {
	echo "ddnsd: $1; nothing was changed" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || fail "run this as root"
[ ! -r /etc/os-release ] || . /etc/os-release
[ "${ID:-}" = openwrt ] || fail "this is not OpenWrt"
case "${VERSION_ID:-}" in
25.12*) index=$url/25.12/$OPENWRT_ARCH/packages.adb key=ddnsd.pem ;;
24.10*) index=$url/24.10/$OPENWRT_ARCH/Packages.gz key=ddnsd.pub ;;
*) fail "there are packages for OpenWrt 25.12 and 24.10, and this is ${VERSION_ID:-unknown}" ;;
esac
wget -q -O /tmp/ddnsd.index "$index" || fail "cannot fetch $index: no connection, or no packages for $OPENWRT_ARCH"
wget -q -O "/tmp/$key" "$url/$key" || fail "cannot fetch $url/$key"

page=
[ ! -d /www/luci-static/resources ] || page=luci-app-ddnsd
add() { grep -qxF "$1" "$2" 2>/dev/null || echo "$1" >>"$2"; }
if [ "$key" = ddnsd.pem ]; then
	cp "/tmp/$key" /etc/apk/keys/ddnsd.pem
	add "$index" /etc/apk/repositories.d/customfeeds.list
	apk update
	apk add ddnsd $page
else
	opkg-key add "/tmp/$key"
	add "src/gz ddnsd ${index%/Packages.gz}" /etc/opkg/customfeeds.conf
	opkg update
	opkg install ddnsd $page
fi
rm -f /tmp/ddnsd.index "/tmp/$key"
