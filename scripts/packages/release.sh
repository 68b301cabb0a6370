#!/bin/sh
# Makes a release into build/release: sources, crates, the feed's package, packages with their bills of materials, the
# signed repository, and the sums of all of it. docs/releasing.md says what comes before and after.
#
#   scripts/packages/release.sh KEYS REPOSITORY_URL DOWNLOAD_URL
set -eu
cd "$(dirname "$0")/../.."

if [ $# -ne 3 ] || [ -z "$1" ] || [ -z "$2" ] || [ -z "$3" ]; then
	echo "usage: make release KEY=FOLDER URL=https://REPOSITORY DOWNLOAD=https://ARCHIVES" >&2
	exit 2
fi
scripts/packages/release.py check

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
out=build/release
rm -rf "$out"
mkdir -p "$out"
scripts/packages/release.py make --url "$3" --out "$out"
scripts/packages/build.sh
scripts/packages/repository.py --packages build/packages --key "$1" --url "$2" --out "$out/repository"
cp -r build/packages "$out/packages"
sums=$(cd "$out" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum --)
echo "$sums" >"$out/SHA256SUMS"
echo "$out"
