#!/bin/sh
# Fuzzes every parser, one after the other, from the recorded seeds; prints executions and coverage.
#
#   scripts/fuzz.sh [SECONDS [TARGET…]]      60 seconds each of all of them, if nothing is said
#
# Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler for libFuzzer. The instrumentation is a nightly option,
# which RUSTC_BOOTSTRAP=1 opens in a stable compiler. Without --sanitizer=address: there is no unsafe code of ours to
# watch, and every check of the language and of fuzz/src/lib.rs is on. A crash ends in fuzz/artifacts/TARGET: it becomes
# a named test beside the parser, and a seed.
set -eu
cd "$(dirname "$0")/.."

seconds=${1:-60}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- uci reply blobmsg message state netifd services migrate engine
command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2; exit 1; }

# The smoke test knows the seeds; it writes them down where it is told to.
DDNSD_SEEDS="$PWD/fuzz/corpus" cargo test -q --test fuzz_smoke seeds_are_written -- --ignored >/dev/null

export RUSTC_BOOTSTRAP=1
for target in "$@"; do
	log=$(mktemp)
	status=0
	cargo fuzz run --fuzz-dir fuzz --sanitizer none "$target" -- \
		-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1 || status=$?
	covered=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) corp: \([0-9]*\).*/\1 \2 \3/p' "$log" | tail -1)
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-9s %10s executions, coverage/features/corpus: %s\n' "$target" "${executions:-?}" "$covered"
	[ "$status" = 0 ] || { tail -40 "$log" >&2; rm -f "$log"; exit 1; }
	rm -f "$log"
done
