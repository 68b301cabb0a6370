#!/bin/sh
# Makes the OpenWrt packages, an .ipk and an .apk for each architecture, into build/packages/ARCHITECTURE, a bill of what is in
# them, and the list of their sums.
#
#   scripts/packages/build.sh               every target
#   scripts/packages/build.sh mips armv7    only these
#
# The binaries are built first (scripts/cross/build.sh); what is up to date is not built again.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cross/targets.sh
. scripts/cross/targets.sh

: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
out=build/packages

scripts/cross/build.sh "${@:-all}"
scripts/packages/tools.sh

rm -rf "$out"
mkdir -p "$out"
echo "$cross_targets" | while read -r name _ _ architectures; do
	case " ${*:-all} " in
	*" all "* | *" ${name:-none} "*) ;;
	*) continue ;;
	esac
	[ -n "$name" ] || continue
	for architecture in $(echo "$architectures" | tr ',' ' '); do
		python3 scripts/packages/build.py --arch "$architecture" --binary "build/$name/ddnsd" --out "$out" >/dev/null
	done
done
python3 scripts/packages/luci.py --out "$out" >/dev/null
python3 scripts/packages/collector.py --out "$out" >/dev/null
python3 scripts/packages/sbom.py --out "$out" >/dev/null

(cd "$out" && sha256sum -- */* > SHA256SUMS)
ls -l "$out"/*
