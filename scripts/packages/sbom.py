#!/usr/bin/env python3
"""Writes what is in ddnsd's packages, beside each .ipk and .apk: a bill of materials in CycloneDX 1.5.

    scripts/packages/sbom.py --out build/packages     →  build/packages/mips_24kc/ddnsd_0.1.0-r1_mips_24kc.cdx.json …

The crates are those that cargo compiles for the architecture's target, with the checksums of Cargo.lock. What only takes
part in the build (procedural macros, build scripts and what they need) is there with the scope "excluded". The standard
library and the C library are linked in too. The linker drops what nobody calls: a crate that is named may have left nothing.

The same commit and the same toolchain give the same bytes; SOURCE_DATE_EPOCH is the time. The packages for LuCI and for
Prometheus hold nothing of others.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Which musl each zig brings along (lib/libc/musl/src/internal/version.h).
MUSL_OF_ZIG = {"0.15.2": "1.2.5"}


def run(*command):
    """What a program prints."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree(triple, edges):
    """The crates that cargo compiles for a target: {(name, version): its direct dependencies}, and which one is ours."""
    lines = run("cargo", "tree", "--locked", "-e", edges, "--target", triple, "--prefix", "depth", "--no-dedupe", "-f", "{p}")
    graph, path = {}, []
    for line in lines.splitlines():
        depth, name, version = re.match(r"(\d+)(\S+) v(\S+)", line).groups()
        crate = (name, version)
        graph.setdefault(crate, set())
        del path[int(depth) :]
        if path:
            graph[path[-1]].add(crate)
        path.append(crate)
    return graph


def spdx(license):
    """A crate's licence as an SPDX expression: older crates write a slash for "or"."""
    return " OR ".join(part.strip() for part in license.split("/"))


def workspace():
    """The crates of this repository: no registry has them."""
    metadata = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"))
    return {package["name"] for package in metadata["packages"]}


def purl(crate, local):
    """A crate's address."""
    return "pkg:{}/{}@{}".format("generic" if crate[0] in local else "cargo", *crate)


def crates(triple, own):
    """The components, and who needs whom."""
    everything = tree(triple, "normal,build")
    linked = tree(triple, "normal,no-proc-macro")
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    sums = {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1"))
    licenses = {(package["name"], package["version"]): package["license"] for package in metadata["packages"]}
    components, local = [], workspace()
    for crate in sorted(everything):
        if crate[0] == own:
            continue
        components.append(
            {
                "type": "library",
                "bom-ref": purl(crate, local),
                "name": crate[0],
                "version": crate[1],
                "purl": purl(crate, local),
                "scope": "required" if crate in linked else "excluded",
                "licenses": [{"expression": spdx(licenses[crate])}],
                **({} if crate[0] in local else {"hashes": [{"alg": "SHA-256", "content": sums[crate]}]}),
            }
        )
    return components, everything


def toolchain(rustc):
    """The libraries that come with the compiler and with the linker."""
    rust = run(rustc, "--version").split()[1]
    zig = re.search(r"^zig_version=(\S+)$", (ROOT / "scripts/cross/setup.sh").read_text(), re.MULTILINE)[1]
    if zig not in MUSL_OF_ZIG:
        sys.exit(f"sbom: say in MUSL_OF_ZIG which musl zig {zig} brings along")
    libraries = [("rust-std", rust, "MIT OR Apache-2.0"), ("musl", MUSL_OF_ZIG[zig], "MIT")]
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:generic/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:generic/{name}@{version}",
            "scope": "required",
            "licenses": [{"expression": license}],
        }
        for name, version, license in libraries
    ]


def document(files, triple, rustc, epoch):
    """The bill of one architecture's packages: the .apk, then the .ipk, whose name says all."""
    name, version, architecture = files[-1].stem.split("_", 2)
    components, graph = crates(triple, name)
    libraries, local = toolchain(rustc), workspace()
    itself = f"pkg:generic/{name}@{version}?arch={architecture}"
    dependencies = []
    for crate, needed in sorted(graph.items()):
        refs = sorted(purl(other, local) for other in needed)
        if crate[0] == name:
            refs = sorted(refs + [library["bom-ref"] for library in libraries])
        dependencies.append({"ref": itself if crate[0] == name else purl(crate, local), "dependsOn": refs})
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": itself,
                "name": name,
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "components": [
                    {
                        "type": "file",
                        "name": file.name,
                        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}],
                    }
                    for file in files
                ],
            },
            "properties": [{"name": "ddnsd:target", "value": triple}],
        },
        "components": components + libraries,
        "dependencies": dependencies,
    }
    # The same content has the same number.
    bill["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True)).urn
    return json.dumps(bill, indent=2, sort_keys=True) + "\n"


def targets():
    """OpenWrt's architecture → Rust's target, as scripts/cross/targets.sh has them."""
    text = (ROOT / "scripts/cross/targets.sh").read_text()
    rows = [line.split() for line in text.split("cross_targets='")[1].split("'")[0].splitlines() if line]
    return {architecture: row[1] for row in rows for architecture in row[3].split(",")}


def main():
    """Parses the arguments, writes a bill for each architecture that there are packages of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path, help="the folder with the packages")
    # The compiler of scripts/cross/build.sh, where it is installed.
    cross = "/usr/bin/rustc"
    parser.add_argument("--rustc", default=cross if os.access(cross, os.X_OK) else "rustc")
    arguments = parser.parse_args()
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdigit():
        sys.exit("sbom: SOURCE_DATE_EPOCH must be the commit's time in seconds: git log -1 --format=%ct")
    known = targets()
    packages = sorted(arguments.out.glob("*/ddnsd_*.ipk"))
    if not packages:
        sys.exit(f"sbom: no ddnsd_*.ipk in the folders of {arguments.out}")
    for package in packages:
        files = [*package.parent.glob("ddnsd-*.apk"), package]
        path = package.with_name(package.stem + ".cdx.json")
        path.write_text(document(files, known[package.stem.split("_", 2)[2]], arguments.rustc, int(epoch)))
        print(path)


if __name__ == "__main__":
    main()
