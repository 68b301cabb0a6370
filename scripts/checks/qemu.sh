#!/bin/sh
# Runs the cross-built binaries under qemu-user: version, check, real TLS exchanges, state, time, the float ABI.
#
#   scripts/checks/qemu.sh              mips and armv7
#   scripts/checks/qemu.sh TARGET…      these
#   scripts/checks/qemu.sh all          every target: what CI runs
#
# Builds first what is not up to date.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cross/targets.sh
. scripts/cross/targets.sh

[ $# -gt 0 ] || set -- mips armv7
# shellcheck disable=SC2046 # a list of words
[ "$1" != all ] || set -- $(echo "$cross_targets" | cut -d' ' -f1)

# Two at a time: for most of a build, one core is busy with all crates as one, and the other has nothing to do. Each in a
# directory of its own, since cargo lets one build at a time into one.
scripts/cross/setup.sh
directory=${CROSS_TARGET_DIR:-$PWD/build/cross-target}
printf '%s\n' "$@" | xargs -P 2 -I '{}' env "CROSS_TARGET_DIR=$directory/{}" scripts/cross/build.sh '{}'
cargo build --quiet --locked -p ddnsd-testkit --bin simulated-service --bin luci-world
cargo build --quiet --locked --bin ddnsd

DDNSD_TARGETS=$(echo "$cross_targets" | while read -r name _ qemu _; do
	case " $* " in
	*" ${name:-none} "*) echo "$name $qemu" ;;
	esac
done)
export DDNSD_TARGETS
PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --start-directory tests/qemu --pattern 'test_*.py'
