#!/bin/sh
# The Prometheus collector under Lua 5.1 against the real binary, and the alert rules under promtool.
set -eu
cd "$(dirname "$0")/../.."

lua5.1 -e 'require "cjson"' 2>/dev/null || scripts/install-debian.sh lua5.1 lua-cjson

# Only the tool: Debian's package would also start a Prometheus.
PROMTOOL=$(command -v promtool || true)
[ -n "$PROMTOOL" ] || {
	PROMTOOL=$PWD/target/monitoring/usr/bin/promtool
	[ -x "$PROMTOOL" ] || {
		mkdir -p target/monitoring
		(cd target/monitoring && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .)
	}
}
export PROMTOOL

luac=$(command -v luac5.1 || true)
[ -z "$luac" ] || "$luac" -p openwrt-package/prometheus-node-exporter-lua-ddnsd/files/usr/lib/lua/prometheus-collectors/ddnsd.lua

(cd docs/monitoring && "$PROMTOOL" check rules alerts.yml && "$PROMTOOL" test rules alerts.test.yml)
cargo test --locked --test monitoring_collector -- --include-ignored
