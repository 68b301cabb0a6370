#!/bin/sh
# Fails when ddnsd has become clearly more expensive: the instructions of one update over TLS and of one with nothing to do, as
# valgrind's callgrind counts them, and the binary's bytes. Never seconds: they depend on the machine.
#
#   scripts/bench-guard.sh [BINARY]     without one, the release binary is built
#
# Raise a limit only together with the reason in the commit.
set -eu
cd "$(dirname "$0")/.."
update_limit=36000000
nothing_limit=1500000
bytes_limit=2600000

command -v valgrind >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends valgrind; }
binary=${1:-}
if [ -z "$binary" ]; then
	cargo build --quiet --locked --release -p ddnsd --bin ddnsd
	binary=${CARGO_TARGET_DIR:-target}/release/ddnsd
fi
cargo build --quiet --locked -p ddnsd-testkit --bin simulated-service

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/stdin"
"${CARGO_TARGET_DIR:-target}/debug/simulated-service" --key p384 --bundle --any-agent --until-eof \
	--account user:secret=home.example.com <"$folder/stdin" >"$folder/service" &
exec 3>"$folder/stdin" # closed when this script ends, and the service ends with it
until grep -qs port "$folder/service"; do
	kill -0 $!
	sleep 0.1
done
port=$(sed -n '1s/.*"port":\([0-9]*\).*/\1/p' "$folder/service")
ca_file=$(sed -n '1s/.*"ca_file":"\([^"]*\)".*/\1/p' "$folder/service")
cat >"$folder/ddnsd" <<END
config account 'home'
	option server 'localhost'
	option port '$port'
	option ca_file '$ca_file'
	option username 'user'
	option password 'secret'
	list hostname 'home.example.com'
END

failed=0
check() { # WHAT COUNT LIMIT
	echo "$1: $2, at most $3"
	[ "$2" -le "$3" ] || { echo "$1 is over its limit" >&2; failed=1; }
}
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" update -c "$folder/ddnsd" \
		-s "$folder/state/state.json" -S "$folder/none" --ipv4 198.51.100.7 >"$folder/out" 2>&1 || {
		cat "$folder/out" >&2
		exit 1
	}
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$folder/out"
}
update=$(instructions)
nothing=$(instructions)
check "instructions of an update over TLS" "$update" $update_limit
check "instructions with nothing to do" "$nothing" $nothing_limit
check "bytes of the binary" "$(wc -c <"$binary")" $bytes_limit
exit $failed
