#!/bin/bash
# What one `ddnsd update` over TLS costs, beside what `inadyn -1` takes for the same update: instructions (valgrind's
# callgrind) and peak memory (GNU time), with a CA file of some 140 certificates, against the simulated service.
#
#   scripts/measure-update.sh [--binary FILE] [KEY…]      KEY: ecdsa, p384 (as Let's Encrypt's) or rsa; default: p384 rsa
#
# Without --binary the release binary is built. inadyn, valgrind and GNU time are Debian's packages of these names; what is
# not installed is left out, with a message. The address is handed to both programs, so that neither asks a web page.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=
if [ "${1:-}" = --binary ]; then
	binary=$(realpath "$2")
	shift 2
fi
keys=("$@")
[ ${#keys[@]} -gt 0 ] || keys=(p384 rsa)
if [ -z "$binary" ]; then
	cargo build --quiet --locked --release
	binary=$PWD/${CARGO_TARGET_DIR:-target}/release/ddnsd
fi
cargo build --quiet --locked -p ddnsd-testkit --bin simulated-service
service=$PWD/${CARGO_TARGET_DIR:-target}/debug/simulated-service

have() {
	command -v "$1" >/dev/null || { echo "$1 is not installed: $2" >&2; return 1; }
}
valgrind=; have valgrind "no instructions" && valgrind=1
time=; [ -x /usr/bin/time ] && time=1 || echo "GNU time is not installed: no peak memory" >&2
inadyn=; PATH=$PATH:/usr/sbin have inadyn "nothing to compare with" && inadyn=$(PATH=$PATH:/usr/sbin command -v inadyn)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Debian's own bundle where there is one, else as many certificates made for the purpose.
bundle=(--bundle)
system=/etc/ssl/certs/ca-certificates.crt
if [ -r $system ] && [ "$(grep -c BEGIN $system)" -ge 100 ]; then
	bundle=(--bundle-file $system)
fi

configure() { # PORT CA_FILE
	cat >ddnsd.conf <<-END
		config account 'home'
			option username 'user'
			option password 'secret'
			list hostname 'home.ddnsd.invalid'
			option server 'localhost'
			option port '$1'
			option ca_file '$2'
	END
	cat >inadyn.conf <<-END
		period = 300
		ca-trust-file = $2
		custom noip {
			username = user
			password = secret
			hostname = home.ddnsd.invalid
			ddns-server = localhost:$1
			ddns-path = "/nic/update?hostname=%h&myip=%i"
			ssl = true
			checkip-command = "/bin/echo 198.51.100.7"
		}
	END
}

run_ddnsd() { # PREFIX…: the command that runs it
	rm -f state.json
	"$@" "$binary" -c ddnsd.conf -s state.json -S /nonexistent update --ipv4 198.51.100.7
}

run_inadyn() {
	rm -rf cache && mkdir cache
	"$@" "$inadyn" -1 -n --foreground -f inadyn.conf --cache-dir=cache -p "$work/pid" -l err
}

measure() { # LABEL FUNCTION
	local instructions=- memory=-
	"$2" env >out 2>&1 || { cat out >&2; echo "$1: the update failed" >&2; exit 1; }
	if [ $valgrind ]; then
		"$2" valgrind --tool=callgrind --callgrind-out-file=callgrind.out >out 2>&1 ||
			{ cat out >&2; echo "$1: the update failed under valgrind" >&2; exit 1; }
		instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' out)
	fi
	if [ $time ]; then
		for _ in 1 2 3; do
			"$2" /usr/bin/time -o time.out -a -f %M >out 2>&1
		done
		memory=$(sort -n time.out | tail -1)
		rm time.out
	fi
	printf '%-24s %15s %12s\n' "$1" "$instructions" "$memory"
}

printf '%-24s %15s %12s\n' "" instructions "peak kB"
for key in "${keys[@]}"; do
	rm -f stdin requests.jsonl && mkfifo stdin
	"$service" --key "$key" "${bundle[@]}" --any-agent --until-eof --account user:secret=home.ddnsd.invalid <stdin >requests.jsonl &
	exec 3>stdin
	# The first line says that it is ready.
	until grep -qs port requests.jsonl; do
		kill -0 $! || exit 1
		sleep 0.05
	done
	ready=$(head -n 1 requests.jsonl)
	ca_file=$(sed 's/.*"ca_file":"\([^"]*\)".*/\1/' <<<"$ready")
	configure "$(sed 's/.*"port":\([0-9]*\).*/\1/' <<<"$ready")" "$ca_file"
	measure "ddnsd update ($key)" run_ddnsd
	[ -z "$inadyn" ] || measure "inadyn -1 ($key)" run_inadyn
	certificates=$(grep -c BEGIN "$ca_file")
	exec 3>&- # its input ends, and so does it
	wait
done
printf '\n%s certificates in ca_file; %s is %s bytes\n' "$certificates" "${binary##*/}" "$(stat -c %s "$binary")"
