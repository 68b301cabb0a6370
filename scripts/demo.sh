#!/bin/sh
# The main job, live: the real binary between a simulated router and a simulated service, over real TLS.
# Needs a Rust toolchain and a C compiler, nothing else.
set -eu
cd "$(dirname "$0")/.."

command -v cargo >/dev/null || { echo "demo: a Rust toolchain is needed (https://rustup.rs)" >&2; exit 1; }
command -v cc >/dev/null || scripts/install-debian.sh gcc libc6-dev

echo "Building ddnsd (release) and what is simulated around it ..."
cargo build --locked --quiet --release --bin ddnsd
cargo build --locked --quiet --package ddnsd-testkit --bin demo
exec target/debug/demo target/release/ddnsd
