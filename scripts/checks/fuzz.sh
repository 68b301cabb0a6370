#!/bin/sh
# Fuzzes every parser, one after the other, from the recorded seeds, until that brings nothing new; prints the table that
# stands in docs/reliability.md.
#
#   scripts/checks/fuzz.sh [SECONDS [TARGET…]]      at most 960 seconds each of all of them, if nothing is said
#
# A target is run again and again, each time for as long as all runs before together. It is done where such a doubling
# found less than 1 % more edges and less than 1 % more features (how often an edge is passed), or at SECONDS.
#
# Needs cargo-fuzz (cargo install --locked cargo-fuzz) and a C++ compiler for libFuzzer. The instrumentation and the
# sanitizer are nightly options, which RUSTC_BOOTSTRAP=1 opens in a stable compiler. FUZZ_SANITIZER=none is faster.
# A crash ends in fuzz/artifacts/TARGET: it becomes a named test beside the parser.
set -eu
cd "$(dirname "$0")/../.."

limit=${1:-960}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- uci http reply blobmsg message state netifd services migrate engine dns
command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install --locked cargo-fuzz" >&2; exit 1; }

# The smoke test knows the seeds; it writes them down where it is told to.
DDNSD_SEEDS="$PWD/fuzz/corpus" cargo test -q --test fuzz_smoke seeds_are_written -- --ignored >/dev/null

export RUSTC_BOOTSTRAP=1
sanitizer=${FUZZ_SANITIZER:-address}
log=$(mktemp)
words=$(mktemp)
trap 'rm -f "$log" "$words"' EXIT

# Runs $target for $1 seconds more; adds to $executions, sets $edges and $features.
run() {
	set -- "-max_total_time=$1" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
	[ ! -s "$words" ] || set -- "$@" "-dict=$words"
	cargo fuzz run --fuzz-dir fuzz --sanitizer "$sanitizer" "$target" -- "$@" >"$log" 2>&1 ||
		{ tail -40 "$log" >&2; exit 1; }
	executions=$((executions + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log")))
	edges=$(sed -n 's/.* cov: \([0-9]*\) ft: .*/\1/p' "$log" | tail -1)
	features=$(sed -n 's/.* ft: \([0-9]*\) corp: .*/\1/p' "$log" | tail -1)
}

echo "sanitizer: $sanitizer"
echo "| target | executions | seconds | edges | features | corpus | the last doubling found |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
for target in "$@"; do
	# What the recorded data calls things, for the mutations to use.
	LC_ALL=C grep -aohE '[A-Za-z][A-Za-z0-9_.!-]{2,31}' "fuzz/corpus/$target"/seed-* | LC_ALL=C sort -u | sed 's/.*/"&"/' >"$words" || true
	executions=0 seconds=30 edges=0 features=0 found='not doubled'
	run 30
	while [ "$seconds" -lt "$limit" ]; do
		had_edges=$edges had_features=$features
		run "$seconds"
		seconds=$((seconds * 2))
		found="$((edges - had_edges)) edges, $((features - had_features)) features"
		[ $(((edges - had_edges) * 100)) -ge "$edges" ] || [ $(((features - had_features) * 100)) -ge "$features" ] || break
	done
	printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$target" \
		"$(echo "$executions" | sed -e ':a' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/' -e 'ta')" "$seconds" \
		"$edges" "$features" "$(find "fuzz/corpus/$target" -type f | wc -l) inputs, $(du -sb "fuzz/corpus/$target" | cut -f1) bytes" \
		"$found"
done
