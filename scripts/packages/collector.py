#!/usr/bin/env python3
"""Makes the .ipk and .apk of the Prometheus collector, prometheus-node-exporter-lua-ddnsd, from its feed package.

    scripts/packages/collector.py --out build/packages

It is a Lua file, for all architectures.
"""

import argparse
import pathlib

import build
import feed
import ipk

PACKAGE = build.ROOT / "openwrt-package/prometheus-node-exporter-lua-ddnsd"


def tree():
    """files/ is the router's root."""
    found = ipk.Tree()
    for file in sorted((PACKAGE / "files").rglob("*")):
        if file.is_file():
            found.add(file.relative_to(PACKAGE / "files").as_posix(), file.read_bytes(), 0o644)
    return found


def main():
    """Writes the packages, prints their paths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    out = parser.parse_args().out
    makefile = feed.Feed((PACKAGE / "Makefile").read_text())
    architecture = makefile.field(makefile.variable("PKG_NAME"), "PKGARCH")
    for path in build.of_feed(makefile, architecture, tree()).write(out):
        print(path)


if __name__ == "__main__":
    main()
