# Stands in for OpenWrt's /lib/functions.sh in the tests: a configuration is read as the shell words that it is.
# shellcheck shell=dash disable=SC1090,SC2086,SC3043

config() {
	sections="$sections $2"
	section=$2
	eval "type_$2=\$1"
}

option() {
	eval "value_${section}_$1=\$2"
}

list() {
	:
}

# As uci does: a package is a file in the configuration's directory, and what was set and not committed comes on top.
config_load() {
	sh -n "${UCI_CONFIG_DIR:-/etc/config}/$1" 2>/dev/null || return 1
	. "${UCI_CONFIG_DIR:-/etc/config}/$1"
	[ ! -f "/tmp/.uci/$1" ] || . "/tmp/.uci/$1"
}

config_get() {
	eval "$1=\$value_$2_$3"
}

config_foreach() {
	local each wanted

	for each in $sections; do
		eval "wanted=\$type_$each"
		[ "$wanted" != "$2" ] || "$1" "$each"
	done
}
