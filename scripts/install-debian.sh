#!/bin/sh
# Installs packages of Debian's, for the other scripts: scripts/install-debian.sh PACKAGE…      (nothing, where none is named)
#
# The archive directory is a private one: two runs at once on one machine must not fight over the shared one.
set -eu

[ $# -gt 0 ] || exit 0
echo "install: $*" >&2
archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
mkdir -p "$archives/partial"
apt_quiet() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o "Dir::Cache::archives=$archives" "$@"; }
apt_quiet update
apt_quiet install -y --no-install-recommends "$@" >/dev/null
