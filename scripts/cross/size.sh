#!/bin/sh
# Builds the MIPS binary, the tightest of the routers', weighs it, and fails if it is over the budget.
#
#   scripts/cross/size.sh            with each crate's share (a second build, with symbols)
#   scripts/cross/size.sh --budget   the sizes and the budget only
set -eu
cd "$(dirname "$0")/../.."

scripts/cross/build.sh mips
set -- "${1:-}"
if [ "$1" != --budget ]; then
	CROSS_SYMBOLS=1 scripts/cross/build.sh mips
	set -- --symbols build/mips/ddnsd.symbols
else
	set --
fi
# 1.3 MB stripped, and 470 kB as squashfs stores it (xz): the whole daemon, with its bus, its TLS, and providers' APIs.
exec python3 scripts/cross/size.py build/mips/ddnsd "$@" --stripped-limit 1300000 --xz-limit 470000
