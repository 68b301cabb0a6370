#!/bin/sh
# Builds the router's binaries: static, musl, small. One argument per target of scripts/cross/targets.sh, or "all".
#
#   scripts/cross/build.sh mips armv7       →  build/mips/ddnsd  build/armv7/ddnsd
#
# CROSS_SYMBOLS=1   leaves the symbols in, and writes build/NAME/ddnsd.symbols instead (scripts/cross/size.sh counts with them)
# CROSS_FLAGS=…     arguments for cargo in place of the size flags below, and CROSS_RUSTFLAGS=…, added to those for rustc:
#                   to measure what a step saves
#
# The same commit gives the same bytes: the build date is SOURCE_DATE_EPOCH, by default the last commit's time, and no
# path of this machine gets into the binary.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/cross/targets.sh
. scripts/cross/targets.sh

tools=${CROSS_TOOLS:-$PWD/build/cross-tools}
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH

# Debian's toolchain, whatever a rustup says, and its unstable flags: only here, never in the project's own build.
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export PATH="$tools/bin:/usr/bin:$PATH"
export CARGO_ZIGBUILD_ZIG_PATH="$tools/bin/python-zig"
export CARGO_TARGET_DIR="${CROSS_TARGET_DIR:-$PWD/build/cross-target}"
export CARGO_PROFILE_ROUTER_PANIC=immediate-abort
# -Clink-self-contained=no: zig brings crt1.o; rustc's own is not in Debian's package.
# -Zfmt-debug=shallow: a derived {:?} prints a name and nothing of what is in it. No text of ours is made with it
# (tests/layering.rs); ureq writes the HTTP version with one that is not derived, so "none" would break every request.
# tests/qemu holds the words of this build against those of the host's.
flags='-Ctarget-feature=+crt-static -Clink-self-contained=no -Crelocation-model=static -Zlocation-detail=none'
flags="$flags -Cforce-unwind-tables=no -Zfmt-debug=shallow"
# Steps of LLVM that trade bytes for speed even where size is asked for: hoisting and sinking of instructions, moving blocks
# about, saving registers late, splitting live ranges, tables of jumps for few cases (together −26 kB on mips; the C of ring
# has its own flags).
for step in -disable-machine-licm -disable-machine-sink -disable-postra-machine-sink -disable-block-placement \
	-enable-shrink-wrap=false -split-spill-mode=size -min-jump-table-entries=8; do
	flags="$flags -Cllvm-args=$step"
done
# What no loader reads stays out of the file.
flags="$flags -Clink-arg=-Wl,-T,scripts/cross/linker.ld"
export RUSTFLAGS="$flags ${CROSS_RUSTFLAGS-} --remap-path-prefix=$PWD=/ddnsd --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
size_flags='-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size -Zpanic-immediate-abort'

say() { echo "cross: $*" >&2; }

triple_of() {
	echo "$cross_targets" | while read -r name triple rest; do
		[ "$name" = "$1" ] && echo "$triple" && break
	done
}

build() {
	name=$1
	triple=$(triple_of "$name")
	[ -n "$triple" ] || { say "there is no target \"$name\"; scripts/cross/targets.sh lists them"; exit 2; }
	strip=true suffix=
	[ -z "${CROSS_SYMBOLS:-}" ] || { strip=none suffix=.symbols; }
	# See build.rs, which refuses to build without it.
	time_flag=
	case $triple in mips*) time_flag=--cfg=fix_y2038 ;; esac
	began=$(date +%s)
	# shellcheck disable=SC2086 # lists of words
	RUSTFLAGS="$RUSTFLAGS $time_flag" CARGO_PROFILE_ROUTER_STRIP=$strip /usr/bin/cargo zigbuild --quiet --locked --bin ddnsd --profile router --target "$triple" \
		${CROSS_FLAGS-$size_flags}
	mkdir -p "build/$name"
	cp "$CARGO_TARGET_DIR/$triple/router/ddnsd" "build/$name/ddnsd$suffix"
	say "$name: $(stat -c %s "build/$name/ddnsd$suffix") bytes in $(($(date +%s) - began)) s"
}

[ $# -gt 0 ] || { say "usage: $0 all | TARGET…"; exit 2; }
# shellcheck disable=SC2046 # a list of words
[ "$1" != all ] || set -- $(echo "$cross_targets" | cut -d' ' -f1)
scripts/cross/setup.sh
for target in "$@"; do build "$target"; done
