#!/bin/sh
# Fails when ddnsd has become clearly more expensive: instructions and bytes, never seconds. The limits are in guard.py.
#
#   scripts/bench/guard.sh [BINARY]     without one, the release binary is built
set -eu
cd "$(dirname "$0")/../.."

command -v valgrind >/dev/null || scripts/install-debian.sh valgrind
binary=${1:-}
if [ -z "$binary" ]; then
	cargo build --quiet --locked --release -p ddnsd --bin ddnsd
	binary=${CARGO_TARGET_DIR:-target}/release/ddnsd
fi
cargo build --quiet --locked -p ddnsd -p ddnsd-testkit --bin simulated-service --example bench_engine
exec python3 scripts/bench/guard.py "$binary"
