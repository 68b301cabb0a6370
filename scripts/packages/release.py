#!/usr/bin/env python3
"""Makes what a release has besides packages and repository: the source archive, the crates that it is built of, and the
package for OpenWrt's feeds, which downloads them. Checks first that everything names the same version.

    scripts/packages/release.py check
    scripts/packages/release.py make --url https://example.org/ddnsd/releases --out build/release

The same commit gives the same bytes. scripts/packages/release.sh makes the whole release.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib

import feed
import luci

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FEED = pathlib.Path("openwrt-package/ddnsd")
MAKEFILES = (
    FEED / "Makefile",
    pathlib.Path("openwrt-package/prometheus-node-exporter-lua-ddnsd/Makefile"),
    luci.APP.relative_to(luci.build.ROOT) / "Makefile",
)
PAGES = ("docs/man/ddnsd.5", "docs/man/ddnsd.8")
# The part of the feed's Makefile that builds the sources around it.
LOCAL = re.compile(r"^# The sources around this file;.*?^# Up to here\.\n\n", re.M | re.S)
LOCAL_RUST = "include $(TOPDIR)/feeds/packages/lang/rust/rust-package.mk"
FEED_RUST = "include ../../lang/rust/rust-package.mk"

# Tells cargo to take crates from the folder `vendor`.
VENDORED = b"""[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"
"""


def run(*command, cwd=ROOT):
    """What a program writes."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE).stdout


def version(root):
    """The version in Cargo.toml, from which the others must not differ."""
    return tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def disagreements(root):
    """What does not fit to the version, one sentence each."""
    wanted, found = version(root), []
    lock = tomllib.loads((root / "Cargo.lock").read_text())
    locked = next(package["version"] for package in lock["package"] if package["name"] == "ddnsd")
    if locked != wanted:
        found.append(f"Cargo.lock has ddnsd {locked}, Cargo.toml {wanted}")
    for path in MAKEFILES:
        named = feed.Feed((root / path).read_text()).variable("PKG_VERSION")
        if named != wanted:
            found.append(f"{path} has PKG_VERSION {named}, Cargo.toml {wanted}")
    if f"ddnsd {wanted}," not in (root / "docs/certification.md").read_text():
        found.append(f"docs/certification.md does not name ddnsd {wanted}")
    changes = re.findall(r"^## (\S+)(?: - (\S+))?$", (root / "CHANGELOG.md").read_text(), re.M)
    latest = next((entry for entry in changes if entry[0] != "Unreleased"), ("nothing", ""))
    if latest[0] != wanted:
        return [*found, f"CHANGELOG.md has {latest[0]} on top and no `## {wanted} - YEAR-MONTH-DAY`"]
    try:
        date = datetime.date.fromisoformat(latest[1])
    except ValueError:
        return [*found, f"CHANGELOG.md gives {wanted} no date: `## {wanted} - YEAR-MONTH-DAY`"]
    for path in PAGES:
        dated = re.search(r"^\.Dd (.*)$", (root / path).read_text(), re.M).group(1)
        if dated != f"{date:%B} {date.day}, {date.year}":
            found.append(f"{path} is of {dated}, CHANGELOG.md has {wanted} of {date:%B} {date.day}, {date.year}")
    return found


def pack(files, epoch):
    """A .tar.gz of {path: content}: by name, root's, 0644, of one time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime, entry.uname, entry.gname = len(content), 0o644, epoch, "root", "root"
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), 9, mtime=0)


def sources(root, prefix, epoch):
    """The source archive of the commit, without what .gitattributes leaves out."""
    exported = run("git", "-c", "tar.umask=0022", "archive", "--format=tar", "HEAD", cwd=root)
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        files = {f"{prefix}/{m.name}": archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}
    return pack(files, epoch)


def crates(archive, prefix, epoch):
    """The crates of the lock file, for builders without a network: unpacked over the sources, cargo takes them."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as source:
            source.extractall(folder, filter="data")
        tree = pathlib.Path(folder) / prefix
        run("cargo", "vendor", "--locked", "--quiet", "vendor", cwd=tree)
        files = {f"{prefix}/.cargo/config.toml": VENDORED}
        for path in (tree / "vendor").rglob("*"):
            if path.is_file():
                files[f"{prefix}/{path.relative_to(tree).as_posix()}"] = path.read_bytes()
    return pack(files, epoch)


def feed_makefile(text, url, digest):
    """The feed's Makefile, with the released sources in place of those around it."""
    text, removed = LOCAL.subn("", text)
    if removed != 1 or LOCAL_RUST not in text:
        sys.exit(f"release: {FEED}/Makefile has not the parts that a release replaces")
    source = f"PKG_SOURCE:=$(PKG_NAME)-$(PKG_VERSION).tar.gz\nPKG_SOURCE_URL:={url}\nPKG_HASH:={digest}\n"
    text = re.sub(r"^(PKG_RELEASE:=.*\n)", rf"\g<1>\n{source}", text, count=1, flags=re.M)
    text = re.sub(r"^# A package of a feed that.*?\n\n", "\n", text, count=1, flags=re.M | re.S).replace("#\n\n", "\n", 1)
    return text.replace(LOCAL_RUST, FEED_RUST)


def make(root, url, out, epoch, vendor=True):
    """Writes the archives and the feed's package."""
    prefix = f"ddnsd-{version(root)}"
    out.mkdir(parents=True, exist_ok=True)
    archive = sources(root, prefix, epoch)
    (out / f"{prefix}.tar.gz").write_bytes(archive)
    if vendor:
        (out / f"{prefix}-crates.tar.gz").write_bytes(crates(archive, prefix, epoch))
    package = out / "feed/net/ddnsd"
    package.mkdir(parents=True, exist_ok=True)
    text = (root / FEED / "Makefile").read_text()
    (package / "Makefile").write_text(feed_makefile(text, url, hashlib.sha256(archive).hexdigest()))
    shutil.copy(root / FEED / "test.sh", package / "test.sh")


def main():
    """Parses the arguments, checks or makes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("check", "make"))
    parser.add_argument("--url", help="the folder that the archives can be downloaded from")
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.action == "check":
        found = disagreements(ROOT)
        if run("git", "status", "--porcelain"):
            found.append("there are changes that are not committed")
        for sentence in found:
            print(f"release: {sentence}", file=sys.stderr)
        sys.exit(1 if found else 0)
    if not arguments.url or not arguments.out:
        parser.error("make needs --url and --out")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct").decode()
    make(ROOT, arguments.url.rstrip("/"), arguments.out, int(epoch))


if __name__ == "__main__":
    main()
