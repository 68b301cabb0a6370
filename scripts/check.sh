#!/bin/sh
# What one runs before each commit: format, clippy, and the tests in Rust. `make test` runs everything.
set -eu
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings
cargo test --locked --workspace --quiet
