#!/bin/sh
# Installs what minifies LuCI's page, from PyPI, into build/package-tools: rjsmin does what LuCI's own jsmin does.
# Run it as often as you like: what is there already is left alone.
set -eu
cd "$(dirname "$0")/../.."

tools=$PWD/build/package-tools
wanted='rcssmin 1.3.0
rjsmin 1.3.0'

installed() {
	"$tools/bin/python3" -c 'for name in "rcssmin", "rjsmin": print(name, __import__(name).__version__)'
}

[ "$(installed 2>/dev/null)" != "$wanted" ] || exit 0
python3 -m venv --clear "$tools"
echo "$wanted" | sed 's/ /==/' >"$tools/wanted"
"$tools/bin/pip" install --quiet --disable-pip-version-check --requirement "$tools/wanted"
[ "$(installed)" = "$wanted" ]
