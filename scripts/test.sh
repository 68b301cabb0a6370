#!/bin/sh
# Every test, from formatting to the page in a real browser; installs what it needs on a fresh Debian machine.
# Give the names of steps to run only those: rust supply oracle packages qemu big-endian luci monitoring bench-guard
set -eu
cd "$(dirname "$0")/.."

steps=${*:-rust supply oracle packages qemu big-endian luci monitoring bench-guard}

step_rust() {
	missing=
	for wanted in cc:gcc cc:libc6-dev strace:strace ip:iproute2 named:bind9 knotd:knot dig:bind9-dnsutils; do
		command -v "${wanted%:*}" >/dev/null || missing="$missing ${wanted#*:}"
	done
	# shellcheck disable=SC2086 # a list of words
	scripts/install-debian.sh $missing
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	rm -f target/skipped
	DDNSD_SKIPPED="$PWD/target/skipped" cargo test --locked --workspace
	# What this machine could not test: nothing, for root on a machine with everything.
	[ ! -e target/skipped ] || sort -u target/skipped
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --exclude ddnsd-testkit --no-deps --quiet
}

step_supply() { scripts/checks/deny.sh; }
step_oracle() { scripts/checks/oracle.sh; }
step_packages() { scripts/checks/packages.sh; }
step_qemu() {
	scripts/checks/qemu.sh all
	# The budget is 1.3 MB and 470 kB with xz (scripts/cross/size.sh); it is not reached: until then, no growth.
	python3 scripts/cross/size.py build/mips/ddnsd --stripped-limit 1640000 --xz-limit 575000
}
step_big_endian() { scripts/checks/big-endian.sh; }
step_luci() { scripts/checks/luci.sh; }
step_monitoring() { scripts/checks/monitoring.sh; }
step_bench_guard() { scripts/bench/guard.sh; }

for step in $steps; do
	echo "=== $step"
	begun=$(date +%s)
	"step_$(echo "$step" | tr - _)"
	echo "=== $step: $(($(date +%s) - begun)) s"
done
