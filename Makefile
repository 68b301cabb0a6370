# The front door. What each target does is in the script that it calls.

.PHONY: help demo check test test-all packages repository release size size-table bench fuzz soak leaks

help:
	@echo "make demo       a router, a service and ddnsd on this machine, live"
	@echo "make check      format, clippy and the tests in Rust: before each commit"
	@echo "make test       every test that CI runs"
	@echo "make test-all   of these, the router's binaries alone: every target, built and run under qemu"
	@echo "make packages   the packages for every architecture, .apk and .ipk, into build/packages"
	@echo "make repository KEY=FOLDER URL=https://…   of these a signed repository, into build/repository"
	@echo "make release KEY=FOLDER URL=https://… DOWNLOAD=https://…   a whole release, into build/release"
	@echo "make size       the router's binary, weighed, against its budget"
	@echo "make size-table every target: built from nothing, run, weighed, packed; 20 minutes"
	@echo "make bench      the benchmarks"
	@echo "make fuzz       every parser, until fuzzing it longer finds nothing new"
	@echo "make soak       the property tests with fresh seeds, for SECONDS=600; prints each seed"
	@echo "make leaks      what is open and in memory before and after 10,000 cycles"

demo:
	scripts/demo.sh

check:
	scripts/check.sh

test:
	scripts/test.sh

test-all:
	scripts/checks/qemu.sh all

packages:
	scripts/packages/build.sh

repository:
	scripts/packages/repository.py --packages build/packages --key "$(KEY)" --url "$(URL)" --out build/repository

release:
	scripts/packages/release.sh "$(KEY)" "$(URL)" "$(DOWNLOAD)"

size:
	scripts/cross/size.sh

size-table:
	scripts/cross/size_table.py

bench:
	scripts/bench/run.sh

fuzz:
	scripts/checks/fuzz.sh

soak:
	scripts/checks/soak.sh $(SECONDS)

leaks:
	scripts/checks/leaks.sh
