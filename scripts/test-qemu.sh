#!/bin/sh
# Runs the cross-built binaries under qemu-user: version, check, real TLS exchanges, state, the float ABI.
#
#   scripts/test-qemu.sh              mips and armv7: what CI has time for
#   scripts/test-qemu.sh all          every target
#
# Builds first what is not up to date.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cross-targets.sh
. scripts/cross-targets.sh

[ $# -gt 0 ] || set -- mips armv7
scripts/cross.sh "$@"
cargo build --quiet --locked -p ddnsd-testkit --bin simulated-service

DDNSD_TARGETS=$(echo "$cross_targets" | while read -r name _ qemu _; do
	case " $* " in
	*" all "* | *" ${name:-none} "*) [ -z "$name" ] || echo "$name $qemu" ;;
	esac
done)
export DDNSD_TARGETS
PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --start-directory tests/qemu --pattern 'test_*.py'
