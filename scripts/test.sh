#!/bin/sh
# Every test, from formatting to the page in a real browser; installs what it needs on a fresh Debian machine.
# Give the names of steps to run only those: rust oracle packages qemu luci monitoring bench-guard
set -eu
cd "$(dirname "$0")/.."

steps=${*:-rust oracle packages qemu luci monitoring bench-guard}

step_rust() {
	command -v cc >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends gcc libc6-dev; }
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo test --locked --workspace
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --quiet
}

step_oracle() { scripts/oracle.sh; }
step_packages() { scripts/test-packages.sh; }
step_qemu() {
	scripts/test-qemu.sh
	# It may shrink, never grow, until it is within the budget that scripts/size.sh holds it to.
	python3 scripts/size.py build/mips/ddnsd --stripped-limit 1640000 --xz-limit 530000
}
step_luci() { scripts/test-luci.sh; }
step_monitoring() { scripts/test-monitoring.sh; }
step_bench_guard() { scripts/bench-guard.sh; }

for step in $steps; do
	echo "=== $step"
	begun=$(date +%s)
	"step_$(echo "$step" | tr - _)"
	echo "=== $step: $(($(date +%s) - begun)) s"
done
