#!/usr/bin/env python3
"""What a package puts on a router: files, bytes, and what they take in flash.

    scripts/bench/footprint.py                        ddnsd and its page, from build/packages (after scripts/packages/build.sh mips)
    scripts/bench/footprint.py --arch ARCH            another architecture's
    scripts/bench/footprint.py --feed DIR --luci DIR  and ddns-scripts and its page, from checkouts of openwrt/packages and LuCI
    scripts/bench/footprint.py FILE…                  and single files, such as the libraries of a TLS client
    scripts/bench/footprint.py --write                puts our rows into docs/install.md

"In flash" is xz over all of a package's files together: what squashfs makes of them in an image, to a few per cent.
"""

import argparse
import io
import lzma
import pathlib
import re
import subprocess
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILDROOT = ROOT / "tests/package/buildroot"


def of_ipk(path):
    """The files of an .ipk: path → content."""
    with tarfile.open(path, "r:gz") as outer:
        data = outer.extractfile("./data.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers() if member.isfile()}


def of_folder(folder):
    """The files below a folder."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def of_feed(package, name):
    """What a feed's Makefile installs, by its own rules and a stand-in for the buildroot."""
    with tempfile.TemporaryDirectory() as out:
        command = ["make", "-s", "-C", str(package), f"install-{name}", f"TOPDIR={BUILDROOT}", f"OUT={out}"]
        subprocess.run(command, check=True, capture_output=True)
        return of_folder(pathlib.Path(out) / "root")


def of_luci(app):
    """A LuCI page's sources, as they are: luci.mk would also minify them, ours and theirs alike."""
    found = {}
    for part in ("htdocs", "root", "ucode", "luasrc"):
        if (app / part).is_dir():
            found |= {f"{part}/{path}": content for path, content in of_folder(app / part).items()}
    return found


def flash(files):
    """Bytes of everything as one xz stream."""
    joined = b"".join(files[path] for path in sorted(files))
    return len(lzma.compress(joined, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", default="mips_24kc", help="OpenWrt's name of the architecture (default: mips_24kc)")
    parser.add_argument("--feed", type=pathlib.Path, help="a checkout of openwrt/packages")
    parser.add_argument("--luci", type=pathlib.Path, help="a checkout of LuCI")
    parser.add_argument("--write", action="store_true", help="put the figures of ddnsd and its page into docs/install.md")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    rows = []
    for name, arch in (("ddnsd", arguments.arch), ("luci-app-ddnsd", "all")):
        made = sorted((ROOT / "build/packages" / arch).glob(f"{name}_*_{arch}.ipk"))
        if not made:
            parser.error(f"build/packages has no {name} for {arch}: run scripts/packages/build.sh first")
        rows.append((name, of_ipk(made[-1])))
    if arguments.feed:
        for name in ("ddns-scripts", "ddns-scripts-services"):
            rows.append((name, of_feed(arguments.feed / "net/ddns-scripts", name)))
    if arguments.luci:
        rows.append(("luci-app-ddns", of_luci(arguments.luci / "applications/luci-app-ddns")))
    rows += [(file.name, {file.name: file.read_bytes()}) for file in arguments.files]

    page = ROOT / "docs/install.md"
    text = page.read_text()
    print("| package | files | bytes | in flash |\n| --- | ---: | ---: | ---: |")
    for name, files in rows:
        row = f"| {name} | {len(files)} | {sum(map(len, files.values())):,} | {flash(files):,} |"
        text = re.sub(rf"^\| {re.escape(name)} \|[^|]*\|[^|]*\|[^|]*\|", row, text, flags=re.M)
        print(row)
    if arguments.write:
        page.write_text(text)


if __name__ == "__main__":
    main()
