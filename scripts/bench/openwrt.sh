# What ddns-scripts take from OpenWrt around them, as far as one account with one address needs it. Read by the scripts
# under measurement in place of /lib/functions.sh and /lib/functions/network.sh; scripts/bench/tools.py sets the variables.
#
# Everything here is a shell function that starts no program, where a router runs uci, ubus, jshn, pgrep and find. So what
# is counted of ddns-scripts is less than what they take there.
# shellcheck shell=sh disable=SC2034,SC2154

# One account, NAME VALUE a line, given to the callbacks as the real one does.
config_load() {
	config_cb service home
	while read -r bench_name bench_value; do
		eval "CONFIG_$bench_name=\$bench_value"
		option_cb "$bench_name" "$bench_value"
	done <"$BENCH_FOLDER/account"
}

config_get() { # VARIABLE SECTION OPTION
	eval "$1=\$CONFIG_$3"
}

uci() {
	case "$*" in
		*get*use_curl) echo 1 ;;
		*get*_rundir) echo "$BENCH_FOLDER/run" ;;
		*get*_logdir) echo "$BENCH_FOLDER/log" ;;
		*show*) while read -r bench_name bench_value; do echo "ddns.home.$bench_name='$bench_value'"; done <"$BENCH_FOLDER/account" ;;
		*) return 1 ;;
	esac
}

network_flush_cache() { :; }
network_get_ipaddr() { eval "$1=\$BENCH_ADDRESS"; }
network_get_device() { eval "$1=lo"; }

# They look for their own children, and in the libraries for curl's support of proxies.
pgrep() { :; }
find() { :; }
