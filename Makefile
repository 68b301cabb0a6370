# The front door. What each target does is in the script that it calls.

.PHONY: help demo test packages size bench

help:
	@echo "make demo       a router, a service and ddnsd on this machine, live"
	@echo "make test       every test that CI runs"
	@echo "make packages   the .ipk files for every architecture, into build/packages"
	@echo "make size       the router's binary, weighed, against its budget"
	@echo "make bench      the benchmarks"

demo:
	scripts/demo.sh

test:
	scripts/test.sh

packages:
	scripts/packages.sh

size:
	scripts/size.sh

bench:
	scripts/bench.sh
