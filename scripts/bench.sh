#!/bin/sh
# Measures ddnsd beside inadyn, ddclient and curl, in one run against the simulated service, and writes the tables and the
# plots of docs/performance.md. Takes some 15 minutes, ten of which are spent idle, on purpose.
#
#   scripts/bench.sh [--quick] [--keep] [--idle SECONDS] [--mips]     (scripts/bench.py --help)
set -eu
cd "$(dirname "$0")/.."

missing=
for program in valgrind inadyn ddclient curl strace time; do
	[ -x "/usr/bin/$program" ] || [ -x "/usr/sbin/$program" ] || missing="$missing $program"
done
perl -MIO::Socket::SSL -e 1 2>/dev/null || missing="$missing libio-socket-ssl-perl"
if [ -n "$missing" ]; then
	# shellcheck disable=SC2086
	apt-get update -q && apt-get install -qy --no-install-recommends $missing
fi

cargo build --quiet --locked --release -p ddnsd -p ddnsd-testkit --bin ddnsd --bin simulated-service \
	--example bench_daemon --example bench_engine
PATH=$PATH:/usr/sbin exec python3 scripts/bench.py "$@"
