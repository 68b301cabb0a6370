#!/bin/sh
# Makes luci-app/po/templates/ddnsd.pot from the page's sources, and brings the translations up to it.
# "luci-pot.sh --check" changes nothing: it fails where the template is old or a translation is incomplete.
set -eu

cd "$(dirname "$0")/../luci-app"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The menu's and the ACLs' titles, on the lines where they are, as xgettext reads them.
find htdocs root -name '*.js' -o -name '*.json' | LC_ALL=C sort | while read -r file; do
	mkdir -p "$work/$(dirname "$file")"
	case "$file" in
	*.js) cp "$file" "$work/$file" ;;
	*.json) sed -E 's/^.*"(title|description)": ("[^"]*").*$/_(\2);/;t;s/.*//' "$file" > "$work/$file" ;;
	esac
	echo "$file"
done > "$work/list"

(cd "$work" && xgettext --language=JavaScript --from-code=UTF-8 --keyword=_ --keyword=N_:2,3 --files-from=list \
	--add-comments=TRANSLATORS --no-wrap --package-name=luci-app-ddnsd --output=raw.pot)

# The header says nothing that changes with time or place, so that the same sources give the same bytes.
{
	printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n'
	sed '1,/^$/d' "$work/raw.pot" | sed 's/^#: htdocs/#: luci-app\/htdocs/; s/^#: root/#: luci-app\/root/; s/ htdocs/ luci-app\/htdocs/g; s/ root/ luci-app\/root/g' | sed '1{/^$/!s/^/\n/}'
} > "$work/ddnsd.pot"

if [ "${1:-}" = --check ]; then
	cmp "$work/ddnsd.pot" po/templates/ddnsd.pot || { echo "po/templates/ddnsd.pot is old: run scripts/luci-pot.sh" >&2; exit 1; }
else
	cp "$work/ddnsd.pot" po/templates/ddnsd.pot
fi

for po in po/*/ddnsd.po; do
	if [ "${1:-}" != --check ]; then
		msgmerge --quiet --no-wrap --no-fuzzy-matching "$po" po/templates/ddnsd.pot |
			msgattrib --no-obsolete --no-wrap --output-file="$po"
		continue
	fi
	msgfmt --check-format --output-file=/dev/null "$po"
	msgcmp "$po" po/templates/ddnsd.pot || { echo "$po is incomplete" >&2; exit 1; }
done
