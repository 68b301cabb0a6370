#!/bin/sh
# The unit tests, and the integration tests that start no other program, as a router with MIPS runs them: big-endian, 32 bits.
# Under qemu-user, with the CPU of most of these routers.
#
#   scripts/checks/big-endian.sh            all of them
#   scripts/checks/big-endian.sh WORDS…     only the tests whose names hold one of these words
#
# Needs what scripts/cross/build.sh needs, which is installed.
set -eu
cd "$(dirname "$0")/../.."

# Those that start the built binary, a bus or a browser test programs, not arithmetic: tests/qemu does that.
tests='address_dumps address_policies address_properties address_shares config_build config_diagnostics fuzz_smoke
	migrate_corpus services_own services_table ubus_bus_replay ubus_client ubus_random ubus_wire uci_parse uci_print'
# qemu 7.2 (Debian 12) passes the host's number of SO_ERROR on: 111 is another error on MIPS than "connection refused".
passed_over='io::http::dial::tests::an_address_that_refuses_is_followed_by_the_next'

tools=${CROSS_TOOLS:-$PWD/build/cross-tools}
scripts/cross/setup.sh

# As in scripts/cross/build.sh; but with panics that unwind and with the harness, as tests need them, and quick to build.
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export PATH="$tools/bin:/usr/bin:$PATH"
export CARGO_ZIGBUILD_ZIG_PATH="$tools/bin/python-zig"
export CARGO_TARGET_DIR="${CROSS_TARGET_DIR:-$PWD/build/cross-target}"
export RUSTFLAGS='-Ctarget-feature=+crt-static -Clink-self-contained=no -Crelocation-model=static --cfg=fix_y2038'
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=1

list=$(mktemp)
trap 'rm -f "$list"' EXIT
# shellcheck disable=SC2046,SC2086 # lists of words
cargo-zigbuild test --no-run --quiet --locked --target mips-unknown-linux-musl -Zbuild-std=std,panic_unwind,test \
	--workspace --exclude ddnsd-testkit --lib $(printf -- '--test %s ' $tests) --message-format=json-render-diagnostics >"$list"

# A sixteenth of the usual cases: an emulated CPU is that much slower.
export PROPTEST_CASES="${PROPTEST_CASES:-16}"
# cargo hands it to the tests that it runs itself.
seed=$(sed -n 's/^PROPTEST_RNG_SEED = "\(.*\)"$/\1/p' .cargo/config.toml)
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-$seed}"
echo "big-endian: passed over, for qemu gives a wrong errno: $passed_over"
python3 - "$list" <<'EOF' | while read -r program; do
import json, sys
for line in open(sys.argv[1]):
    artifact = json.loads(line)
    if artifact.get("executable") and artifact["profile"]["test"]:
        print(artifact["executable"])
EOF
	file=$(basename "$program")
	echo "big-endian: ${file%-*}"
	qemu-mips-static -cpu 24Kc "$program" --quiet --skip "$passed_over" "$@"
done
