#!/usr/bin/env python3
"""The table of the targets: built from nothing, run under qemu-user by tests/qemu, weighed, packed. Markdown on stdout.

    scripts/cross/size_table.py [TARGET…]            every target of scripts/cross/targets.sh, or only these
    scripts/cross/size_table.py --write              every target, and the table goes into docs/router.md
    scripts/cross/size_table.py --built [TARGET…]    what build/TARGET/ddnsd is now, without building it: no build time

A build from nothing has a target directory of its own, build/cold, that goes afterwards; crates that cargo has
downloaded already are not downloaded again.
"""

import argparse
import gzip
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COLD = ROOT / "build/cold"
PAGE = ROOT / "docs/router.md"
HEADING = "### Every target\n"


def targets():
    """name → (triple, emulator:cpu, OpenWrt's first architecture of it)."""
    found = {}
    text = (ROOT / "scripts/cross/targets.sh").read_text()
    for line in text.split("cross_targets='")[1].split("'")[0].splitlines():
        if line.strip():
            name, triple, qemu, architectures = line.split()
            found[name] = (triple, qemu, architectures.split(",")[0])
    return found


def build(name):
    """Builds it from nothing; the seconds that took."""
    shutil.rmtree(COLD, ignore_errors=True)
    began = time.monotonic()
    environment = {**os.environ, "CROSS_TARGET_DIR": str(COLD)}
    subprocess.run([ROOT / "scripts/cross/build.sh", name], check=True, env=environment, stdout=sys.stderr)
    shutil.rmtree(COLD)
    return time.monotonic() - began


def run(name, qemu):
    """Runs every test of tests/qemu on it; what came of that, in words."""
    command = [sys.executable, "-m", "unittest", "discover", "--start-directory", "tests/qemu", "--pattern", "test_*.py"]
    environment = {**os.environ, "DDNSD_TARGETS": f"{name} {qemu}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    ran = re.search(r"Ran (\d+) tests? in ([\d.]+)s", done.stderr)
    if done.returncode or not ran:
        print(done.stderr, file=sys.stderr)
        return "**FAILED**"
    return f"{ran.group(1)} of {ran.group(1)} passed, {float(ran.group(2)):.0f} s"


def pack(name, architecture):
    """The sizes of the .ipk and the .apk."""
    epoch = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(ROOT / "scripts/packages/build.py"), "--arch", architecture, "--out", out]
        command += ["--binary", str(ROOT / "build" / name / "ddnsd")]
        environment = {"SOURCE_DATE_EPOCH": epoch.strip(), **os.environ}
        done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
        return [pathlib.Path(line).stat().st_size for line in done.stdout.splitlines()]


def main():
    """A row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*", metavar="TARGET")
    arguments = parser.parse_args()
    known = targets()
    if arguments.write and arguments.names:
        parser.error("--write takes no TARGET: the table of docs/router.md has all of them")
    for name in arguments.names:
        if name not in known:
            parser.error(f"there is no target {name!r}: {', '.join(known)}")
    command = ["cargo", "build", "--quiet", "--locked", "-p", "ddnsd-testkit", "--bin", "simulated-service", "--bin", "luci-world"]
    subprocess.run(command, check=True, cwd=ROOT)

    lines = [
        "| target | CPU in qemu | stripped | xz -9e | gzip -9 | .ipk | .apk | tests/qemu | cold build |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    print(*lines, sep="\n")
    failed = False
    for name in arguments.names or known:
        triple, qemu, architecture = known[name]
        seconds = "–" if arguments.built else f"{build(name):.0f} s"
        content = (ROOT / "build" / name / "ddnsd").read_bytes()
        xz = len(lzma.compress(content, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))
        gz = len(gzip.compress(content, compresslevel=9, mtime=0))
        ipk, apk = pack(name, architecture)
        result = run(name, qemu)
        failed = failed or "FAILED" in result
        cpu = "native" if qemu.startswith("native") else qemu.split(":")[1]
        sizes = " | ".join(f"{size:,}" for size in (len(content), xz, gz, ipk, apk))
        lines.append(f"| `{triple}` | {cpu} | {sizes} | {result} | {seconds} |")
        print(lines[-1], flush=True)
    if arguments.write:
        before, heading, after = PAGE.read_text().partition(HEADING)
        table = re.compile(r"(?m)(^\|.*\n)+")
        PAGE.write_text(before + heading + table.sub(lambda _: "".join(line + "\n" for line in lines), after, count=1))
    if failed:
        sys.exit("size_table: a target does not do its work")


if __name__ == "__main__":
    main()
