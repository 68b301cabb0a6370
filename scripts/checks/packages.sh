#!/bin/sh
# Tests the packages: the .ipk, the feed's Makefile, the init, hotplug and maintainer scripts, least privilege.
# Installs what it needs where it is missing. Needs root: router scripts run in a chroot.
set -eu
cd "$(dirname "$0")/../.."

[ "$(id -u)" = 0 ] || { echo "test-packages: run this as root: it makes a root for the router's scripts (chroot, chown)" >&2; exit 2; }

missing=
command -v shellcheck >/dev/null || missing="$missing shellcheck"
command -v lua5.1 >/dev/null || missing="$missing lua5.1"
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
command -v openssl >/dev/null || missing="$missing openssl"
command -v signify-openbsd >/dev/null || missing="$missing signify-openbsd"
[ -s /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
[ "$(dpkg-query -W -f '${db:Status-Status}' busybox-static 2>/dev/null)" = installed ] || missing="$missing busybox-static"
# shellcheck disable=SC2086 # a list of words
scripts/install-debian.sh $missing

scripts/packages/tools.sh

# What a router runs, and what makes and tests the packages. Files without a #! line are sourced by busybox ash.
git ls-files -z 'files/etc/init.d/*' 'openwrt-package/*.sh' 'tests/package/stubs/*' 'scripts/*.sh' .ci/run |
	xargs -0 shellcheck --external-sources
git ls-files -z 'files/etc/hotplug.d/*' | xargs -0 shellcheck --shell=dash

PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=error::ResourceWarning \
	python3 -m unittest discover --verbose --start-directory tests/package --pattern 'test_*.py' "$@"
