"""The signed repository: its layout, its indexes, its signatures; recorded samples that the real apk and usign accepted;
and, where they are on PATH, apk and opkg install, upgrade and remove through it, and refuse what was tampered with.
"""

import gzip
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import unittest

import support  # which finds the scripts

import adb
import build
import ipk
import repository

DATA = pathlib.Path(__file__).resolve().parent / "data/repository"
SIGNIFY = shutil.which("signify-openbsd") or shutil.which("signify")
APK, OPKG, USIGN = (shutil.which(name) for name in ("apk", "opkg", "usign"))
ARCH = "mips_24kc"


def keys(test):
    """A folder with fresh keys."""
    folder = support.temporary(test)
    openssl = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "apk.pem"]
    subprocess.run(openssl, check=True, capture_output=True)
    command = [SIGNIFY, "-G", "-n", "-p", folder / "opkg.pub", "-s", folder / "opkg.sec"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def empty(name, out):
    """A package that others need."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", support.EPOCH)
    package = build.Package(name, "1-r1", "all", ipk.Tree(), description=[name])
    package.depends = []
    package.write(out)


def blocks(content):
    """The values and the signature of a packages.adb."""
    plain = repository.adb.zlib.decompressobj(-15).decompress(content[4:])
    found, offset = [], 8
    while offset < len(plain):
        word = struct.unpack_from("<I", plain, offset)[0]
        size = word & 0x3FFFFFFF
        found.append((word >> 30, plain[offset + 4 : offset + size]))
        offset += -(-size // 8) * 8
    assert [kind for kind, _ in found] == [0, 1], found
    return [block for _, block in found]


def signed_by(test, content, key):
    """Whether openssl takes the signature of a packages.adb for this public key's."""
    values, signature = blocks(content)
    folder = support.temporary(test)
    (folder / "signature").write_bytes(signature[18:])
    signed = b"indx" + signature[:18] + hashlib.sha512(values).digest()
    command = ["openssl", "dgst", "-sha512", "-verify", key, "-signature", folder / "signature"]
    return subprocess.run(command, input=signed, capture_output=True, check=False).returncode == 0


@unittest.skipUnless(SIGNIFY, "there is no signify on PATH: scripts/checks/packages.sh installs it")
class Repository(unittest.TestCase):
    def make(self, keys_folder=None, umask=0o022, release="1", files=None):
        """The repository of this tree's packages for one architecture."""
        packages, out = support.temporary(self), support.temporary(self) / "out"
        makefile = packages / "Makefile"
        text = (support.ROOT / "openwrt-package/ddnsd/Makefile").read_text()
        makefile.write_text(text.replace("PKG_RELEASE:=1\n", f"PKG_RELEASE:={release}\n"))
        built = packages / "built"
        support.build(built, makefile=makefile, files=files)
        for script in ("luci.py", "collector.py"):
            command = [sys.executable, support.ROOT / "scripts/packages" / script, "--out", built]
            environment = {**os.environ, "SOURCE_DATE_EPOCH": support.EPOCH}
            subprocess.run(command, env=environment, check=True, capture_output=True)
        for name in ("libc", "ca-bundle", "luci-base"):
            empty(name, built)
        self.keys = keys_folder or keys(self)
        before = os.umask(umask)
        try:
            repository.write(built, self.keys, "https://example.org/ddnsd", out)
        finally:
            os.umask(before)
        return out

    def test_every_package_is_in_a_folder_for_its_release_and_architecture(self):
        out = self.make(umask=0o077)
        names = {path.name for path in (out / "25.12" / ARCH).iterdir()}
        self.assertIn("packages.adb", names)
        for name in ("ddnsd", "luci-app-ddnsd", "prometheus-node-exporter-lua-ddnsd"):
            self.assertTrue(any(re.fullmatch(rf"{name}-\d+\.\d+\.\d+-r1\.apk", found) for found in names), name)
        names = {path.name for path in (out / "24.10" / ARCH).iterdir()}
        self.assertLessEqual({"Packages", "Packages.gz", "Packages.sig"}, names)
        self.assertTrue(any(found.startswith("luci-app-ddnsd_") for found in names))
        top = {path.name for path in out.iterdir()}
        self.assertEqual(top, {"25.12", "24.10", "ddnsd.pem", "ddnsd.pub", "index.html", "install.sh"})
        for path in out.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)
        for path in out.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"PRIVATE", path.read_bytes(), path)
                self.assertNotIn(b"@URL@", path.read_bytes(), path)

    def test_the_index_for_apk_is_signed_and_has_size_and_hash_of_every_package(self):
        out = self.make()
        folder = out / "25.12" / ARCH
        content = (folder / "packages.adb").read_bytes()
        self.assertTrue(signed_by(self, content, out / "ddnsd.pem"))
        other = keys(self)
        public = subprocess.run(["openssl", "pkey", "-in", other / "apk.pem", "-pubout"], check=True, capture_output=True)
        (other / "public").write_bytes(public.stdout)
        self.assertFalse(signed_by(self, content, other / "public"), "signed by a key that it was not signed with")
        data = adb.values(content, adb.INDEX)
        found = {}
        for word in adb.slots(data, adb.root(data)[1]):
            slots = adb.slots(data, word)
            name = f"{adb.blob(data, slots[0]).decode()}-{adb.blob(data, slots[1]).decode()}.apk"
            package = (folder / name).read_bytes()
            found[name] = adb.blob(data, slots[2])
            self.assertEqual(slots[12] & 0x0FFFFFFF, len(package), name)
            self.assertEqual(found[name], hashlib.sha256(adb.values(package, adb.PACKAGE)).digest(), name)
        self.assertEqual(list(found), sorted(found), "apk searches by halves")
        self.assertEqual(set(found), {path.name for path in folder.glob("*.apk")})

    def test_the_index_for_opkg_is_signed_and_has_size_and_hash_of_every_package(self):
        out = self.make()
        folder = out / "24.10" / ARCH
        listed = (folder / "Packages").read_bytes()
        self.assertEqual(gzip.decompress((folder / "Packages.gz").read_bytes()), listed)
        verify = [SIGNIFY, "-V", "-q", "-p", out / "ddnsd.pub", "-x", folder / "Packages.sig", "-m", folder / "Packages"]
        self.assertEqual(subprocess.run(verify, check=False).returncode, 0)
        found = set()
        for text in listed.decode().strip().split("\n\n"):
            fields = dict(re.findall(r"^([A-Z]\w+): *(.*)$", text, re.M))
            package = (folder / fields["Filename"]).read_bytes()
            self.assertEqual(int(fields["Size"]), len(package))
            self.assertEqual(fields["SHA256sum"], hashlib.sha256(package).hexdigest())
            found.add(fields["Filename"])
        self.assertEqual(found, {path.name for path in folder.glob("*.ipk")})
        (folder / "Packages").write_bytes(listed + b"\n")
        self.assertNotEqual(subprocess.run(verify, check=False, capture_output=True).returncode, 0)

    def test_an_unfit_key_and_a_missing_folder_are_named(self):
        folder = keys(self)
        script = [sys.executable, support.ROOT / "scripts/packages/repository.py", "--url", "https://example.org"]
        script += ["--out", folder / "out", "--key", folder, "--packages"]

        def said(packages):
            done = subprocess.run([*script, packages], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            return done.stderr

        self.assertIn("run make packages first", said(folder / "nothing"))
        empty("libc", folder / "built")
        (folder / "built" / ARCH).mkdir()
        curve = ["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", folder / "apk.pem"]
        subprocess.run(curve, check=True, capture_output=True)
        self.assertIn("no ECDSA key on the curve P-256", said(folder / "built"))
        (folder / "apk.pem").unlink()
        self.assertIn("apk.pem: docs/releasing.md says", said(folder / "built"))

    def test_the_indexes_are_those_that_the_real_tools_accepted(self):
        # data/repository: packages.adb passed `apk verify`, is what `apk mkndx` writes, and apk installed from it; usign
        # accepted Packages.sig.
        content = (DATA / "packages.adb").read_bytes()
        packages = [path.read_bytes() for path in DATA.glob("*.apk")]
        self.assertEqual(adb.values(content, adb.INDEX), repository.index(packages))
        self.assertTrue(signed_by(self, content, DATA / "ddnsd.pem"))
        self.assertEqual((DATA / "Packages").read_bytes(), repository.packages_list(DATA.glob("*.ipk")))
        verify = [SIGNIFY, "-V", "-q", "-p", DATA / "ddnsd.pub", "-x", DATA / "Packages.sig", "-m", DATA / "Packages"]
        self.assertEqual(subprocess.run(verify, check=False).returncode, 0)

    @unittest.skipUnless(APK, "there is no apk on PATH")
    def test_apk_itself_writes_the_same_index(self):
        made = support.temporary(self) / "packages.adb"
        names = sorted(str(path) for path in DATA.glob("*.apk"))
        subprocess.run([APK, "mkndx", "--allow-untrusted", "--output", made, *names], check=True, capture_output=True)
        accepted = adb.values((DATA / "packages.adb").read_bytes(), adb.INDEX)
        self.assertEqual(adb.values(made.read_bytes(), adb.INDEX), accepted)

    def root(self):
        """A root with nothing of ours in it, whose init script only says that it was called."""
        root = support.RouterRoot(self, "ash")
        for path in ("etc/config", "etc/init.d", "etc/hotplug.d", "usr"):
            shutil.rmtree(root.path / path)
        root.write("lib/functions.sh", "killall() { :; }\nadd_group_and_user() { :; }\ndefault_postinst() { :; }\ndefault_prerm() { :; }\n")
        return root

    def quiet(self):
        """The files of the package, with an init script that does nothing."""
        files = support.temporary(self) / "files"
        shutil.copytree(support.ROOT / "files", files)
        (files / "etc/init.d/ddnsd").write_text("#!/bin/sh\n[ \"$1\" != enabled ]\n")
        return files

    @unittest.skipUnless(APK, "there is no apk on PATH")
    def test_apk_installs_upgrades_and_removes_and_refuses_what_was_tampered_with(self):
        files = self.quiet()
        first = self.make(files=files)
        second = self.make(self.keys, release="2", files=files)
        root = self.root()

        def run(repository_folder, *arguments):
            index = f"file://{repository_folder}/25.12/{ARCH}/packages.adb"
            command = [APK, "--root", root.path, "--arch", ARCH, "--repositories-file", "/dev/null", "--no-cache"]
            done = subprocess.run([*command, "--repository", index, *arguments], capture_output=True, text=True, check=False)
            self.said = done.stdout + done.stderr
            return done.returncode

        program = root.path / "usr/bin/ddnsd"
        self.assertNotEqual(run(first, "--initdb", "add", "ddnsd"), 0, "nobody trusts the key yet")
        self.assertIn("UNTRUSTED", self.said)
        self.assertFalse(program.exists())
        root.write("etc/apk/keys/ddnsd.pem", (first / "ddnsd.pem").read_text())
        self.assertEqual(run(first, "--initdb", "add", "ddnsd"), 0, self.said)
        self.assertTrue(program.exists())

        changed = next((second / "25.12" / ARCH).glob("ddnsd-*.apk"))
        whole = changed.read_bytes()
        self.assertIn("-r2", changed.name)
        plain = adb.zlib.decompressobj(-15).decompress(whole[4:])
        changed.write_bytes(adb.compress(plain.replace(b"Dynamic", b"dynamic").replace(b"unprivileged", b"privileged!!")))
        self.assertNotEqual(run(second, "upgrade"), 0, "a changed package was installed")
        changed.write_bytes(whole)
        self.assertEqual(run(second, "upgrade"), 0, self.said)
        self.assertIn("r2", self.said)
        # As docs/install.md has it: what the page needs stays.
        self.assertEqual(run(second, "add", "luci-app-ddnsd"), 0, self.said)
        run(second, "del", "ddnsd")
        self.assertTrue(program.exists(), "the page needs it")
        self.assertEqual(run(second, "del", "ddnsd", "luci-app-ddnsd"), 0, self.said)
        self.assertFalse(program.exists())

    @unittest.skipUnless(OPKG and USIGN, "there is no opkg with usign on PATH")
    def test_opkg_installs_upgrades_and_removes_and_refuses_what_was_tampered_with(self):
        files = self.quiet()
        first = self.make(files=files)
        second = self.make(self.keys, release="2", files=files)
        root = self.root()
        for program, place in ((OPKG, "bin/opkg"), (USIGN, "usr/bin/usign")):
            (root.path / place).parent.mkdir(parents=True, exist_ok=True)
            root.take_program(program, place)
        root.write("usr/sbin/opkg-key", (support.STUBS / "opkg-key").read_text(), 0o755)
        conf = f"dest root /\narch all 1\narch {ARCH} 10\nlists_dir ext /var/opkg-lists\noption check_signature\n"
        root.write("etc/opkg.conf", conf + f"src/gz ddnsd file:///repository/24.10/{ARCH}\n")
        (root.path / "var/lock").mkdir(parents=True)
        root.write("usr/lib/opkg/status", "")

        def opkg(command):
            return root.run(f"opkg -f /etc/opkg.conf {command}")

        program = root.path / "usr/bin/ddnsd"
        place = root.path / "repository"
        shutil.copytree(first, place)
        opkg("update")
        self.assertIn("Signature check failed", root.output)
        self.assertNotEqual(opkg("install ddnsd"), 0, "nobody trusts the key yet")
        root.write("etc/opkg/keys/key", (first / "ddnsd.pub").read_text())
        self.assertEqual(opkg("update && opkg -f /etc/opkg.conf install ddnsd"), 0, root.output)
        self.assertTrue(program.exists())

        shutil.rmtree(place)
        shutil.copytree(second, place)
        changed = next((place / "24.10" / ARCH).glob("ddnsd_*.ipk"))
        whole = changed.read_bytes()
        self.assertEqual(opkg("update"), 0, root.output)
        changed.write_bytes(whole[:-1] + b"x")
        self.assertNotEqual(opkg("upgrade ddnsd"), 0, "a changed package was installed")
        changed.write_bytes(whole)
        self.assertEqual(opkg("upgrade ddnsd"), 0, root.output)
        self.assertEqual(opkg("list-installed ddnsd"), 0)
        self.assertIn("-r2", root.output)
        self.assertEqual(opkg("remove ddnsd"), 0, root.output)
        self.assertFalse(program.exists())


if __name__ == "__main__":
    unittest.main()
