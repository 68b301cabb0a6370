#!/bin/sh
# Measures ddnsd beside inadyn, ddclient, ddns-scripts and curl, in one run against the simulated service, and writes the
# tables and the plots of docs/performance.md. Takes less than 20 minutes, ten of which are idle in the background, on purpose.
#
#   scripts/bench/run.sh [--quick] [--keep] [--draw] [--idle SECONDS]      (scripts/bench/main.py --help)
#
# DDNS_SCRIPTS_DIR   where net/ddns-scripts of openwrt/packages is; without it they are left out
# BENCH_CROSS=0      do not build the router's binaries; those in build/ are measured, or left out where there are none
set -eu
cd "$(dirname "$0")/../.."

missing=
for program in valgrind inadyn ddclient curl strace time mawk busybox-static:busybox qemu-user-static:qemu-mips-static; do
	[ -x "/usr/bin/${program#*:}" ] || [ -x "/usr/sbin/${program#*:}" ] || missing="$missing ${program%:*}"
done
perl -MIO::Socket::SSL -e 1 2>/dev/null || missing="$missing libio-socket-ssl-perl"
# shellcheck disable=SC2086 # a list of words
scripts/install-debian.sh $missing

target=${CARGO_TARGET_DIR:-target}
case " $* " in
	*" --draw "*) ;;
	*)
		if [ "${BENCH_CROSS:-1}" = 1 ]; then
			scripts/cross/build.sh x86_64 mips || echo "bench: the router's binaries cannot be built here" >&2
		fi
		# The same binary with its symbols first: they say what the instructions go into.
		CARGO_PROFILE_RELEASE_STRIP=none cargo build --quiet --locked --release -p ddnsd --bin ddnsd
		cp "$target/release/ddnsd" "$target/release/ddnsd.symbols"
		cargo build --quiet --locked --release -p ddnsd -p ddnsd-testkit --bin ddnsd --bin simulated-service \
			--example bench_daemon --example bench_engine
		;;
esac
PATH=$PATH:/usr/sbin exec python3 scripts/bench/main.py "$@"
