#!/bin/sh
# Run by the CI of OpenWrt's feeds after it has installed the package: test.sh PACKAGE VERSION.
# shellcheck shell=dash

[ "$1" = prometheus-node-exporter-lua-ddnsd ] || exit 0

# No bus in the CI's container: then ddnsd_up is 0, and nothing else is said.
said=$(lua - <<'EOF'
package.preload.ubus = package.preload.ubus or function() return { connect = function() return nil end } end
function metric(name, kind, labels, value)
	print(name .. " " .. kind .. " " .. tostring(value))
end
dofile("/usr/lib/lua/prometheus-collectors/ddnsd.lua").scrape()
EOF
) || exit 1
[ "$said" = "ddnsd_up gauge 0" ] || {
	echo "the collector without a bus says: $said" >&2
	exit 1
}
