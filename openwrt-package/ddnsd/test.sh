#!/bin/sh
# Run by the CI of OpenWrt's feeds after it has installed the package, in a container and with no network:
# test.sh PACKAGE VERSION. Good on a router too; it sends nothing and changes nothing there.
# shellcheck shell=dash

[ "$1" = ddnsd ] || exit 0

fail() {
	echo "ddnsd: $1" >&2
	exit 1
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

ddnsd --version | grep -qxF "ddnsd $2" || fail "this is not version $2: $(ddnsd --version 2>&1)"

# What the package brings, and what its scripts have made.
grep -q '^ddnsd:' /etc/passwd || fail "there is no user ddnsd: the service will not start"
[ -n "$(find /etc/config/ddnsd -perm 0600)" ] || fail "others can read /etc/config/ddnsd, which holds passwords"
[ -x /etc/init.d/ddnsd ] || fail "the init script cannot be run"
ddnsd check >"$folder/said" 2>&1 || fail "the shipped configuration has mistakes: $(cat "$folder/said")"

# A mistake is found, in the words and with the status that the init script relies on.
printf "config account 'home'\n\toption usrname 'x'\n" >"$folder/wrong"
ddnsd check -c "$folder/wrong" >"$folder/said" 2>&1
[ $? = 3 ] || fail "a configuration with mistakes was taken"
grep -q "username" "$folder/said" || fail "the mistake is not named: $(cat "$folder/said")"

# One whole attempt, with the table of services, the roots of ca-bundle, threads and sockets, against a port where
# nobody listens: it comes back and says so.
cat >"$folder/config" <<'EOF'
config account 'home'
	option enabled '1'
	option service 'noip'
	option server '127.0.0.1'
	option port '1'
	option username 'user@example.com'
	option password 'secret'
	list hostname 'home.ddns.net'
EOF
timeout 60 ddnsd update -c "$folder/config" -s "$folder/state.json" -S "$folder/no-bus" --ipv4 192.0.2.1 >"$folder/said" 2>&1
status=$?
[ "$status" = 1 ] || fail "an attempt that cannot succeed ended with status $status: $(cat "$folder/said")"
grep -qi 'refused' "$folder/said" || fail "the refused connection is not named: $(cat "$folder/said")"
grep -q 'secret' "$folder/said" "$folder/state.json" && fail "the password is shown"
echo "ddnsd $2 works"
