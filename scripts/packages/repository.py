#!/usr/bin/env python3
"""Makes a repository that routers trust, for static hosting, from build/packages: 25.12 for apk, 24.10 for opkg.

    scripts/packages/repository.py --packages build/packages --key KEYS --url https://example.org --out build/repository

KEYS is a folder with the private keys: `apk.pem` (ECDSA P-256), `opkg.sec` and `opkg.pub` (signify's). The indexes are
signed, and hold the hash of every package. docs/releasing.md says how the keys are made.
"""

import argparse
import gzip
import hashlib
import html
import io
import pathlib
import shutil
import string
import struct
import subprocess
import sys
import tarfile

import adb

HERE = pathlib.Path(__file__).resolve().parent
APK, OPKG = "25.12", "24.10"
ANY = "all"
_SHA512 = 4
# The slots of a package's information.
_NAME, _VERSION, _HASHES, _FILE_SIZE = 1, 2, 3, 13
# What stands before the point in the DER of a P-256 public key.
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def run(*command, given=None):
    """What a program writes; its own words, and an end, where it fails."""
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"repository: {command[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def point(key):
    """The public key's point, of which apk makes the key's name."""
    der = run("openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER")
    if not der.startswith(_P256):
        sys.exit(f"repository: {key} is no ECDSA key on the curve P-256 (prime256v1)")
    return der[len(_P256) :]


def entry(content):
    """A package as the index has it: (name, version, block of values, file size)."""
    data = adb.values(content, adb.PACKAGE)
    info = adb.slots(data, adb.root(data)[0])
    return adb.blob(data, info[_NAME - 1]), adb.blob(data, info[_VERSION - 1]), data, len(content)


def index(packages):
    """The block of values of an index over the contents of .apk files."""
    database = adb.Database()
    written = []
    for name, version, data, size in sorted(map(entry, packages)):
        info = adb.slots(data, adb.root(data)[0])
        slots = {slot: adb.copy(database, data, word) for slot, word in enumerate(info, 1)}
        slots[_FILE_SIZE] = database.number(size)
        slots[_HASHES] = database.blob(hashlib.sha256(data).digest())
        written.append(database.object(slots))
    root = database.object({2: database.array(written)})
    struct.pack_into("<BBHI", database.bytes, 0, 0, 0, 0, root)
    return bytes(database.bytes)


def packages_adb(packages, key):
    """packages.adb: the index, signed. Signed are the kind of file, the signature's head and the index's hash."""
    content = index(packages)
    head = struct.pack("<BB", 0, _SHA512) + hashlib.sha512(point(key)).digest()[:16]
    signed = adb.INDEX + head + hashlib.sha512(content).digest()
    signature = run("openssl", "dgst", "-sha512", "-sign", str(key), given=signed)
    blocks = adb.block(adb.BLOCK_ADB, content), adb.block(adb.BLOCK_SIGNATURE, head + signature)
    return adb.compress(adb.file(adb.INDEX, *blocks))


def control(path):
    """The control file of an .ipk."""
    with tarfile.open(path, "r:gz") as outer:
        inner = outer.extractfile("./control.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner), mode="r:gz") as archive:
        return archive.extractfile("./control").read().decode()


def packages_list(paths):
    """opkg's index: each control file, and where the package is and what it hashes to."""
    entries = []
    for path in sorted(paths, key=lambda path: path.name):
        content = path.read_bytes()
        place = f"Filename: {path.name}\nSize: {len(content)}\nSHA256sum: {hashlib.sha256(content).hexdigest()}\n"
        before, description = control(path).split("Description:", 1)
        entries.append(f"{before}{place}Description:{description}\n")
    return "".join(entries).encode()


def fill(name, url):
    """A file that is published beside the packages, with the address in it."""
    text = (HERE / "site" / name).read_text()
    return string.Template(text.replace("$", "$$").replace("@URL@", "${url}")).substitute(url=url)


def write(packages, keys, url, out):
    """The whole folder."""
    apk_key, opkg_key = keys / "apk.pem", keys / "opkg.sec"
    for key in (apk_key, opkg_key, keys / "opkg.pub"):
        if not key.is_file():
            sys.exit(f"repository: there is no {key}: docs/releasing.md says how the keys are made")
    architectures = sorted(path.name for path in packages.glob("*") if path.is_dir() and path.name != ANY)
    if not architectures:
        sys.exit(f"repository: no packages in {packages}: run make packages first")
    signify = shutil.which("signify-openbsd") or shutil.which("signify")
    if not signify:
        sys.exit("repository: there is no signify on PATH: Debian has it as signify-openbsd")
    for architecture in architectures:
        sources = [packages / architecture, packages / ANY]
        for release, suffix in ((APK, ".apk"), (OPKG, ".ipk")):
            folder = out / release / architecture
            folder.mkdir(parents=True)
            for source in sources:
                for path in source.glob("*" + suffix):
                    shutil.copyfile(path, folder / path.name)
        folder = out / APK / architecture
        contents = [path.read_bytes() for path in folder.glob("*.apk")]
        (folder / "packages.adb").write_bytes(packages_adb(contents, apk_key))
        folder = out / OPKG / architecture
        listed = packages_list(folder.glob("*.ipk"))
        (folder / "Packages").write_bytes(listed)
        (folder / "Packages.gz").write_bytes(gzip.compress(listed, 9, mtime=0))
        run(signify, "-S", "-s", str(opkg_key), "-m", str(folder / "Packages"), "-x", str(folder / "Packages.sig"))
    (out / "ddnsd.pem").write_bytes(run("openssl", "pkey", "-in", str(apk_key), "-pubout"))
    shutil.copyfile(keys / "opkg.pub", out / "ddnsd.pub")
    (out / "install.sh").write_text(fill("install.sh", url))
    (out / "index.html").write_text(fill("index.html", html.escape(url)))
    for path in [out, *out.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def main():
    """Parses the arguments, writes the repository."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", required=True, type=pathlib.Path)
    parser.add_argument("--key", required=True, type=pathlib.Path, help="the folder of the private keys")
    parser.add_argument("--url", required=True, help="where the folder will be found, without a slash at the end")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.out.exists():
        shutil.rmtree(arguments.out)
    write(arguments.packages, arguments.key, arguments.url.rstrip("/"), arguments.out)
    print(arguments.out)


if __name__ == "__main__":
    main()
