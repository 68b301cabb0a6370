#!/bin/sh
# The property tests with fresh seeds, for as long as the argument says (seconds; 600 without one). Each round prints its
# seed; `PROPTEST_RNG_SEED=SEED cargo test ...`, as a failure prints it, runs the same cases again.
set -eu
cd "$(dirname "$0")/../.."

seconds=${1:-600}
case $seconds in *[!0-9]* | '') echo "soak: '$seconds' is no number of seconds" >&2; exit 2 ;; esac

# Found, not listed: a new file of properties takes part by itself.
targets="--lib"
# shellcheck disable=SC2013 # the names have no blanks
for file in $(grep -l 'proptest!' tests/*.rs); do
	targets="$targets --test $(basename "$file" .rs)"
done
# shellcheck disable=SC2086 # a list of words
set -- --locked --package ddnsd --package ddnsd-core $targets
cargo test "$@" --no-run --quiet

end=$(($(date +%s) + seconds))
rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
	seed=$(od -An -N8 -tu8 /dev/urandom | tr -d ' ')
	echo "soak: seed $seed"
	if ! PROPTEST_RNG_SEED=$seed cargo test "$@" --quiet >target/soak.log 2>&1; then
		cat target/soak.log
		echo "soak: failed; again: PROPTEST_RNG_SEED=$seed cargo test $*" >&2
		exit 1
	fi
	rounds=$((rounds + 1))
done
echo "soak: $rounds rounds, no failure"
