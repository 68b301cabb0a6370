#!/usr/bin/env python3
"""Makes the .ipk and .apk files of the LuCI page: luci-app-ddnsd, and a luci-i18n-ddnsd-LANGUAGE for each translation.

    scripts/packages/luci.py --out build/packages

They are for all architectures. Scripts and styles are minified, as LuCI's own build does it: tools.sh installs what does that.
"""

import argparse
import pathlib
import subprocess
import sys

import build
import feed
import ipk
import lmo

APP = build.ROOT / "luci-app"

# Where tools.sh has put the minifiers.
TOOLS = build.ROOT / "build/package-tools/bin/python3"
MINIFIERS = {".js": "rjsmin", ".css": "rcssmin"}

# What LuCI's language menu says.
LANGUAGES = {"de": "Deutsch (German)", "he": "עִבְרִית (Hebrew)"}

# The menu is cached, and rpcd reads its ACLs when it is told. By signal: nothing here waits.
POSTINST = """#!/bin/sh
[ -z "${IPKG_INSTROOT}" ] || exit 0
rm -f /tmp/luci-indexcache.*
rm -rf /tmp/luci-modulecache/
killall -HUP rpcd 2>/dev/null
exit 0
"""


def version(feed):
    """As buildroot writes it."""
    return f"{feed.variable('PKG_VERSION')}-r{feed.variable('PKG_RELEASE')}"


def minified(file):
    """A file's content, without comments and blanks if it is a script or a style."""
    content, module = file.read_bytes(), MINIFIERS.get(file.suffix)
    if not module:
        return content
    if not TOOLS.exists():
        sys.exit("luci: run scripts/packages/tools.sh first: it installs what minifies the page")
    return subprocess.run([TOOLS, "-m", module], input=content, check=True, stdout=subprocess.PIPE).stdout


def page():
    """The page: htdocs/ under /www, root/ under /."""
    tree = ipk.Tree()
    for source, prefix in ((APP / "htdocs", "www/"), (APP / "root", "")):
        for file in sorted(source.rglob("*")):
            if file.is_file():
                mode = 0o755 if file.parent.name == "uci-defaults" else 0o644
                tree.add(prefix + file.relative_to(source).as_posix(), minified(file), mode)
    return tree


def translation(language, text):
    """One language, and its place in the menu; None where nothing is translated."""
    compiled = lmo.lmo(text)
    if len(compiled) <= 4:
        return None
    tree = ipk.Tree()
    tree.add(f"usr/lib/lua/luci/i18n/ddnsd.{language}.lmo", compiled, 0o644)
    key = language.replace("-", "_")
    entry = f"uci set luci.languages.{key}='{LANGUAGES.get(language, language)}'; uci commit luci\n"
    tree.add(f"etc/uci-defaults/luci-i18n-ddnsd-{language}", entry.encode(), 0o644)
    return tree


def main():
    """Writes every package, prints their paths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    out = parser.parse_args().out
    makefile = feed.Feed((APP / "Makefile").read_text())

    depends = [word.lstrip("+") for word in makefile.variable("LUCI_DEPENDS").split()]
    made = [("luci-app-ddnsd", makefile.variable("LUCI_DESCRIPTION"), depends, page())]
    maintainer = feed.Feed((build.ROOT / "openwrt-package/ddnsd/Makefile").read_text()).variable("PKG_MAINTAINER")
    for file in sorted((APP / "po").glob("*/ddnsd.po")):
        language = file.parent.name.lower().replace("_", "-")
        tree = translation(language, file.read_text())
        if tree:
            title = f"luci-app-ddnsd - {language} translation"
            made.append((f"luci-i18n-ddnsd-{language}", title, ["luci-app-ddnsd"], tree))

    for name, title, depends, tree in made:
        package = build.Package(
            name,
            version(makefile),
            "all",
            tree,
            depends=depends,
            description=[title],
            fields={
                "origin": APP.relative_to(build.ROOT).as_posix(),
                "license": makefile.variable("PKG_LICENSE"),
                "section": "luci",
                "maintainer": maintainer,
            },
            scripts={"postinst": POSTINST},
        )
        for path in package.write(out):
            print(path)


if __name__ == "__main__":
    main()
