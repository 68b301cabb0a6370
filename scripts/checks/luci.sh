#!/bin/sh
# Tests the LuCI page: installs what that takes (Debian packages, npm packages), builds the daemon and the tests' bus,
# then lints, checks the translations, and runs the unit tests and the tests in a real Chromium.
#
#   scripts/checks/luci.sh             everything
#   DDNSD_BIN_DIR=DIR …              with the binaries ddnsd and luci-world from DIR, nothing is built
#   LUCI_DIR=DIR …                   the browser tests with LuCI's own scripts and theme, from a checkout of LuCI
#   LUCI_SCREENSHOTS=DIR …           keeps pictures of the pages there
#   SKIP_INSTALL=1 …                 installs nothing
set -eu

cd "$(dirname "$0")/../.."

if [ -z "${SKIP_INSTALL:-}" ]; then
	missing=
	command -v chromium > /dev/null || missing="$missing chromium"
	command -v xgettext > /dev/null || missing="$missing gettext"
	command -v node > /dev/null || missing="$missing nodejs"
	command -v npm > /dev/null || missing="$missing npm"
	# shellcheck disable=SC2086 # a list of words
	scripts/install-debian.sh $missing
	# npm ci where it has not been done for this very lock file.
	if ! cmp -s tests/luci/package-lock.json tests/luci/node_modules/.installed; then
		(cd tests/luci && npm ci --no-audit --no-fund --loglevel=error)
		cp tests/luci/package-lock.json tests/luci/node_modules/.installed
	fi
fi

if [ -z "${DDNSD_BIN_DIR:-}" ]; then
	cargo build --quiet -p ddnsd -p ddnsd-testkit --bin ddnsd --bin luci-world
	DDNSD_BIN_DIR="${CARGO_TARGET_DIR:-$PWD/target}/debug"
fi
export DDNSD_BIN_DIR

scripts/luci-pot.sh --check
cd tests/luci
npm run --silent lint
node --test unit/*.test.mjs
# One file after the other: each has a browser, a daemon and a bus of its own, and two cores are few.
node --test --test-concurrency=1 browser/*.test.mjs
node figures.mjs
