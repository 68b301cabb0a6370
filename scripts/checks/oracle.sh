#!/bin/sh
# Compares ddnsd's UCI parser and blobmsg codec with OpenWrt's own C code (tests/oracle).
#
#   scripts/checks/oracle.sh                            every test
#   DDNSD_ORACLE_FILES=5000000 scripts/checks/oracle.sh with that many generated files, 200,000 where it does not say
#
# The C sources are inside the crate libuci-sys. What building them takes is installed here, from Debian's archive and
# from PyPI; what is there already is left alone. That needs root, on Debian 12 or newer.
set -eu
cd "$(dirname "$0")/../.."

# libuci-sys' bindgen is of the time of LLVM 14 and cannot read newer ones' answers.
libclang_version=14.0.6
tools=${ORACLE_TOOLS:-$PWD/build/oracle-tools}

say() { echo "oracle: $*" >&2; }

missing=
for package in gcc libc6-dev make cmake pkg-config libjson-c-dev python3 python3-venv; do
	# One line for each architecture that it is installed for.
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
# shellcheck disable=SC2086 # a list of words
scripts/install-debian.sh $missing

libclang() { find "$tools" -name 'libclang*.so*' 2>/dev/null | head -n 1; }

if [ "$("$tools/bin/pip" show libclang 2>/dev/null | sed -n 's/^Version: //p')" != "$libclang_version" ]; then
	say "installing libclang $libclang_version into $tools"
	/usr/bin/python3 -m venv --clear "$tools"
	"$tools/bin/pip" install --quiet --disable-pip-version-check "libclang==$libclang_version"
fi

LIBCLANG_PATH=$(dirname "$(libclang)")
# PyPI's libclang has no headers of its own (stddef.h, stdbool.h): gcc's serve as well.
BINDGEN_EXTRA_CLANG_ARGS=-I$(gcc -print-file-name=include)
export LIBCLANG_PATH BINDGEN_EXTRA_CLANG_ARGS

cd tests/oracle
cargo test --locked "$@"
