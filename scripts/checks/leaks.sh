#!/bin/sh
# What ddnsd, as it is shipped, has open and holds in memory before and after 10,000 cycles of addresses, configurations,
# updates and questions: prints the table that stands in docs/reliability.md. Some minutes.
set -eu
cd "$(dirname "$0")/../.."

cargo build --quiet --locked --release --bin ddnsd
DDNSD_PROGRAM="${CARGO_TARGET_DIR:-$PWD/target}/release/ddnsd" \
	cargo test --quiet --locked --test faults_leaks -- --ignored --nocapture --exact ten_thousand_cycles_leak_nothing
