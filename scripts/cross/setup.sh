#!/bin/sh
# Installs what the cross builds need, by name, from Debian's archive and from PyPI. Run it as often as you like:
# what is there already is left alone. It needs root for apt, and Debian 12 or newer.
#
# Debian's rustc-web is a Rust recent enough for -Zbuild-std with its own sources (rust-web-src); it lives in /usr/bin
# beside any rustup toolchain. ziglang is the C compiler, the linker and musl for every target. 0.15.2 on purpose:
# 0.17 replaces musl's malloc and makes the binary larger.
set -eu
cd "$(dirname "$0")/../.."

zig_version=0.15.2
zigbuild_version=0.24.1
tools=${CROSS_TOOLS:-$PWD/build/cross-tools}

say() { echo "cross-setup: $*" >&2; }

debian_packages='rustc-web cargo-web rust-web-src qemu-user-static binutils xz-utils python3 python3-venv'

missing=
for package in $debian_packages; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done

# shellcheck disable=SC2086 # a list of words
scripts/install-debian.sh $missing

if [ "$("$tools/bin/cargo-zigbuild" --version 2>/dev/null)" != "cargo-zigbuild $zigbuild_version" ] ||
	[ "$("$tools/bin/python3" -m ziglang version 2>/dev/null)" != "$zig_version" ]; then
	say "installing ziglang $zig_version and cargo-zigbuild $zigbuild_version into $tools"
	/usr/bin/python3 -m venv --clear "$tools"
	"$tools/bin/pip" install --quiet --disable-pip-version-check "ziglang==$zig_version" "cargo-zigbuild==$zigbuild_version"
fi

say "ready: $(/usr/bin/rustc --version), zig $zig_version, cargo-zigbuild $zigbuild_version"
