#!/bin/sh
# Runs the cross-built binaries under qemu-user: version, check, real TLS exchanges, state, the float ABI.
#
#   scripts/test-qemu.sh                every target
#   scripts/test-qemu.sh mips armv7     only these; CI does this
#
# Builds first what is not up to date.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/cross-targets.sh
. scripts/cross-targets.sh

scripts/cross.sh "${@:-all}"
cargo build --quiet --locked -p ddnsd-testkit --bin simulated-service

DDNSD_TARGETS=$(echo "$cross_targets" | while read -r name _ qemu _; do
	case " ${*:-all} " in
	*" all "* | *" ${name:-none} "*) [ -z "$name" ] || echo "$name $qemu" ;;
	esac
done)
export DDNSD_TARGETS
PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --start-directory tests/qemu --pattern 'test_*.py'
