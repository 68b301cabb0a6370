#!/usr/bin/env python3
"""Makes ddnsd's .ipk for one OpenWrt architecture from a binary, files/ and the feed's Makefile.

    scripts/packages.py --arch mips_24kc --binary build/mips/ddnsd --out build/packages

Prints the path of the package. SOURCE_DATE_EPOCH is every time in it.
"""

import argparse
import os
import pathlib
import sys

import packages_feed
import packages_ipk

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Run by opkg: OpenWrt's own functions create the user of Require-User, then run postinst-pkg, then start the service.
DEFAULT_POSTINST = """#!/bin/sh
[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0
[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
default_postinst "$0" "$@"
"""

DEFAULT_PRERM = """#!/bin/sh
[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
default_prerm "$0" "$@"
"""


def mode_of(path):
    """Programs and init scripts may be run; the configuration can hold a password; the rest is for all to read."""
    if path.startswith(("usr/bin/", "etc/init.d/")):
        return 0o755
    return 0o600 if path.startswith("etc/config/") else 0o644


def data_tree(files, binary):
    """What lands on the router."""
    tree = packages_ipk.Tree()
    tree.add("usr/bin/ddnsd", binary.read_bytes(), mode_of("usr/bin/ddnsd"))
    for file in sorted(files.rglob("*")):
        if file.is_file():
            path = file.relative_to(files).as_posix()
            tree.add(path, file.read_bytes(), mode_of(path))
    return tree


def control_text(feed, package, arch, epoch, size):
    """The control file, the fields in the order of OpenWrt's own packages."""
    fields = [
        ("Package", package),
        ("Version", f"{feed.variable('PKG_VERSION')}-r{feed.variable('PKG_RELEASE')}"),
        ("Depends", ", ".join(["libc"] + feed.dependencies(package))),
        ("Source", f"openwrt-package/{package}"),
        ("SourceName", package),
        ("License", feed.variable("PKG_LICENSE")),
        ("LicenseFiles", feed.variable("PKG_LICENSE_FILES")),
        ("Section", feed.field(package, "SECTION")),
        ("Require-User", feed.field(package, "USERID")),
        ("SourceDateEpoch", str(epoch)),
        ("Maintainer", feed.variable("PKG_MAINTAINER")),
        ("Architecture", arch),
        ("Installed-Size", str(size)),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in fields if value)
    description = [line.strip() for line in feed.lines(package, "description")]
    return text + "Description:  " + "\n ".join(description) + "\n"


def control_tree(feed, package, arch, epoch, size):
    """The control file, the maintainer scripts, the conffiles."""
    tree = packages_ipk.Tree()
    tree.add("control", control_text(feed, package, arch, epoch, size).encode(), 0o644)
    tree.add("conffiles", "".join(line + "\n" for line in sorted(feed.lines(package, "conffiles"))).encode(), 0o644)
    tree.add("postinst", DEFAULT_POSTINST.encode(), 0o755)
    tree.add("prerm", DEFAULT_PRERM.encode(), 0o755)
    for part, name in (("postinst", "postinst-pkg"), ("prerm", "prerm-pkg"), ("postrm", "postrm")):
        script = feed.script(package, part)
        if script:
            tree.add(name, script.encode(), 0o755)
    return tree


def main():
    """Parses the arguments, writes the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", required=True, help="OpenWrt's name of the architecture, such as mips_24kc")
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--files", type=pathlib.Path, default=ROOT / "files")
    parser.add_argument("--makefile", type=pathlib.Path, default=ROOT / "openwrt-package/ddnsd/Makefile")
    arguments = parser.parse_args()
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdigit():
        sys.exit("packages: SOURCE_DATE_EPOCH must be the commit's time in seconds: git log -1 --format=%ct")

    package = "ddnsd"
    feed = packages_feed.Feed(arguments.makefile.read_text())
    data = data_tree(arguments.files, arguments.binary)
    control = control_tree(feed, package, arguments.arch, int(epoch), data.size())
    version = f"{feed.variable('PKG_VERSION')}-r{feed.variable('PKG_RELEASE')}"
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / f"{package}_{version}_{arguments.arch}.ipk"
    path.write_bytes(packages_ipk.ipk(control, data, int(epoch)))
    print(path)


if __name__ == "__main__":
    main()
