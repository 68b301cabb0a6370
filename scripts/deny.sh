#!/bin/sh
# Checks the dependencies against deny.toml: licences, duplicates, bans, sources; with --advisories also the database of
# known vulnerabilities, which is fetched from GitHub and so needs a network.
#
# Needs cargo-deny (cargo install --locked cargo-deny).
set -eu
cd "$(dirname "$0")/.."

command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny" >&2; exit 1; }
checks="licenses bans sources"
[ "${1:-}" != --advisories ] || checks="$checks advisories"
# shellcheck disable=SC2086 # a list of words
exec cargo deny --locked check $checks
