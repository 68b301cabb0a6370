#!/bin/sh
# What one `ddnsd update` over TLS costs, beside what `inadyn -1` takes for the same update: instructions (valgrind's
# callgrind) and peak memory (GNU time), with a CA file of 140 certificates, against the simulated service.
#
#   scripts/bench/measure-update.sh [--binary FILE] [KEY…]      KEY: ecdsa, p384 (as Let's Encrypt's) or rsa; default: p384 rsa
#
# Without --binary it is the release binary. valgrind and GNU time must be installed; inadyn is left out where it is not.
set -eu
cd "$(dirname "$0")/../.."
cargo build --quiet --locked --release -p ddnsd -p ddnsd-testkit --bin ddnsd --bin simulated-service
PATH=$PATH:/usr/sbin exec python3 scripts/bench/tools.py "$@"
