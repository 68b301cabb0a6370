# Stands in for OpenWrt's /lib/functions.sh where opkg itself runs the maintainer scripts: it does what default_postinst
# and default_prerm do, in their order, and writes it down.
# shellcheck shell=dash disable=SC1090,SC2154,SC3043

# busybox has a killall of its own, which a shell finds first.
killall() {
	echo "killall $*" >> /calls
}

default_postinst() {
	local name user

	name=$(basename "${1%.*}")
	user=$(sed -n 's/^Require-User: *\([a-z]*\)=.*/\1/p' "/usr/lib/opkg/info/$name.control")
	[ -z "$user" ] || echo "user $user" >> /calls
	(. "/usr/lib/opkg/info/$name.postinst-pkg")
	[ "$PKG_UPGRADE" = 1 ] || "/etc/init.d/$name" enable
	"/etc/init.d/$name" start
}

default_prerm() {
	local name

	name=$(basename "${1%.*}")
	[ "$PKG_UPGRADE" = 1 ] || "/etc/init.d/$name" disable
	"/etc/init.d/$name" stop
}
