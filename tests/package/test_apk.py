"""The .apk: read back by the rules of its format; and, where OpenWrt's apk is on PATH, compared with its own and installed.

Reading is done here from the format alone, not with the writer's code.
"""

import hashlib
import os
import shutil
import struct
import subprocess
import unittest
import zlib

import support  # which finds the scripts

import apk
import ipk

APK = shutil.which("apk")


def blocks(content):
    """The blocks of a package: (type, content)."""
    assert content[:4] == b"ADBd", "not apk's deflate"
    plain = zlib.decompressobj(-15).decompress(content[4:])
    assert plain[:8] == b"ADB.pckg"
    offset, found = 8, []
    while offset < len(plain):
        word = struct.unpack_from("<I", plain, offset)[0]
        size = word & 0x3FFFFFFF
        found.append((word >> 30, plain[offset + 4 : offset + size]))
        offset += -(-size // 8) * 8
    return found


def value(data, word):
    """What a word stands for: None, a number, bytes, or a list whose first element is slot 1."""
    kind, rest = word >> 28, word & 0x0FFFFFFF
    if kind == 1:
        return rest
    if kind == 2:
        return struct.unpack_from("<I", data, rest)[0]
    if kind in (8, 9, 10):
        form = {8: "<B", 9: "<H", 10: "<I"}[kind]
        start = rest + struct.calcsize(form)
        assert rest % struct.calcsize(form) == 0, "not aligned"
        return data[start : start + struct.unpack_from(form, data, rest)[0]]
    if kind in (13, 14):
        assert rest % 4 == 0, "not aligned"
        count = struct.unpack_from("<I", data, rest)[0]
        return [value(data, slot) for slot in struct.unpack_from(f"<{count - 1}I", data, rest + 4)]
    assert word == 0, hex(word)
    return None


class Apk(unittest.TestCase):
    def package(self, **options):
        """A package's root object, and its file contents by path."""
        path = support.build(support.temporary(self), **options)[1]
        found = blocks(path.read_bytes())
        self.assertEqual([kind for kind, _ in found], [0] + [2] * (len(found) - 1))
        data = found[0][1]
        root = value(data, struct.unpack_from("<I", data, 4)[0])
        files = {}
        for _, content in found[1:]:
            directory, file = struct.unpack_from("<II", content)
            entry = root[1][directory - 1]
            name = b"/".join(part for part in (entry[0], entry[2][file - 1][0]) if part)
            files[name.decode()] = content[8:]
        return path, data, root, files

    def test_holds_what_the_ipk_holds(self):
        out = support.temporary(self)
        ipk, _ = support.build(out)
        _, archive = support.open_ipk(ipk)
        packed = {m.name[2:]: archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}
        _, _, _, files = self.package()
        records = {path for path in files if path.startswith("lib/apk/packages/")}
        self.assertEqual({path: content for path, content in files.items() if path not in records}, packed)
        listed = [*packed, "lib/apk/packages/ddnsd.rusers"]
        self.assertEqual(files["lib/apk/packages/ddnsd.list"].decode().split(), sorted("/" + path for path in listed))
        self.assertEqual(files["lib/apk/packages/ddnsd.rusers"], b"ddnsd=461:ddnsd=461\n")
        kept = files["lib/apk/packages/ddnsd.conffiles"].decode().split()
        self.assertEqual(kept, ["/etc/config/ddnsd", "/etc/ddnsd/", "/etc/hotplug.d/ddnsd/"])
        checksum = hashlib.sha256(packed["etc/config/ddnsd"]).hexdigest()
        self.assertIn(f"/etc/config/ddnsd {checksum}\n".encode(), files["lib/apk/packages/ddnsd.conffiles_static"])

    def test_every_file_has_its_size_hash_mode_and_owner(self):
        _, _, root, files = self.package()
        for directory in root[1]:
            self.assertEqual(directory[1], [0o755, b"root", b"root"])
            for name, access, size, mtime, digest in (directory + [[]])[2]:
                path = b"/".join(part for part in (directory[0], name) if part).decode()
                self.assertEqual(size, len(files[path]))
                self.assertEqual(digest, hashlib.sha256(files[path]).digest())
                self.assertEqual(mtime, int(support.EPOCH))
                self.assertEqual(access[1:], [b"root", b"root"])
                executable = path in ("usr/bin/ddnsd", "etc/init.d/ddnsd")
                mode = 0o755 if executable else 0o600 if path == "etc/config/ddnsd" else 0o644
                self.assertEqual(access[0], mode, path)

    def test_its_identity_is_the_hash_of_its_description(self):
        _, data, root, _ = self.package()
        identity = root[0][2]
        self.assertEqual(len(identity), 20)
        self.assertEqual(data.count(identity), 1)
        blank = data.replace(identity, bytes(20))
        self.assertEqual(hashlib.sha256(blank).digest()[:20], identity)

    def test_says_who_it_is(self):
        _, _, root, _ = self.package()
        info = root[0]
        self.assertEqual(info[0], b"ddnsd")
        self.assertRegex(info[1], rb"^\d+\.\d+\.\d+-r\d+$")
        self.assertEqual(info[4], b"mips_24kc")
        self.assertEqual(info[5], b"Apache-2.0")
        self.assertEqual(info[14], [[b"ca-bundle"], [b"libc"]])
        self.assertEqual(info[15], [[b"ddnsd-any"]])
        self.assertEqual(info[20], [b"openwrt:section=net"])

    def test_scripts_create_the_user_and_an_upgrade_knows_that_it_is_one(self):
        _, _, root, _ = self.package()
        _, _, install, deinstall, postdeinstall, _, upgrade = root[2]
        self.assertIn(b"add_group_and_user\ndefault_postinst\n", install)
        self.assertIn(b"killall -HUP ubusd", install)
        self.assertNotIn(b"PKG_UPGRADE", install)
        self.assertTrue(upgrade.startswith(b"#!/bin/sh\nexport PKG_UPGRADE=1\n"))
        self.assertIn(b"default_prerm", deinstall)
        self.assertIn(b"rm -rf /var/run/ddnsd", postdeinstall)
        for script in (install, deinstall, postdeinstall, upgrade):
            self.assertEqual(subprocess.run(["sh", "-n"], input=script, check=False).returncode, 0)

    def test_the_same_input_gives_the_same_bytes(self):
        first, second = (self.package()[0].read_bytes() for _ in range(2))
        self.assertEqual(first, second)


@unittest.skipUnless(APK, "there is no apk on PATH")
class RealApk(unittest.TestCase):
    def test_writes_the_bytes_of_apk_mkpkg(self):
        directory = support.temporary(self)
        tree = ipk.Tree()
        long_script = "#!/bin/sh\n" + "x" * 300 + "\n"
        for path, content, mode in (
            ("etc/config/a", b"1\n", 0o600),
            ("usr/bin/big", os.urandom(70_000), 0o755),
            ("usr/bin/same", b"1\n", 0o755),
            ("usr/share/empty", b"", 0o644),
        ):
            tree.add(path, content, mode)
            file = directory / "root" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
        for folder in [directory / "root", *(directory / "root").rglob("*")]:
            if folder.is_dir():
                folder.chmod(0o755)
        scripts = {"post-install": long_script, "post-upgrade": "#!/bin/sh\n", "pre-deinstall": "#!/bin/sh\nexit 0\n"}
        info = {"name": "a", "version": "1.0-r1", "arch": "mips_24kc", "description": "Words. More.", "license": "MIT"}
        info |= {"origin": "o", "maintainer": "M <m@example>", "depends": ["libc", "ca-bundle"]}
        info |= {"url": "https://example.org/", "provides": ["a-any"], "tags": ["openwrt:section=net"]}
        command = [APK, "mkpkg", "--compat", "3.0.0_pre1", "--compression", "none"]
        command += ["--files", str(directory / "root"), "--output", str(directory / "a.apk")]
        for name, text in info.items():
            command += ["--info", f"{name}:{' '.join(text) if isinstance(text, list) else text}"]
        for name, text in scripts.items():
            (directory / name).write_text(text)
            command += ["--script", f"{name}:{directory / name}"]
        subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": support.EPOCH})
        self.assertEqual(apk.plain(info, scripts, tree, int(support.EPOCH)), (directory / "a.apk").read_bytes())

    def apk(self, root, *arguments):
        """Runs apk on a root of its own; its exit status."""
        command = [APK, "--root", str(root.path), "--arch", "mips_24kc", "--allow-untrusted", "--no-network"]
        done = subprocess.run(command + list(arguments), capture_output=True, text=True, check=False)
        self.said = done.stdout + done.stderr
        return done.returncode

    def test_installs_upgrades_and_removes(self):
        root = support.RouterRoot(self, "ash")
        for path in ("etc/config", "etc/init.d", "etc/hotplug.d", "usr"):
            shutil.rmtree(root.path / path)
        # /lib/functions.sh does for apk what the router's does: it is asked for the user, then for the service.
        root.write(
            "lib/functions.sh",
            'killall() { echo "killall $*" >> /calls; }\n'
            'add_group_and_user() { echo "user $(cat "$root/lib/apk/packages/$pkgname.rusers")" >> /calls; }\n'
            'default_postinst() { [ "$PKG_UPGRADE" = 1 ] || "/etc/init.d/$pkgname" enable; "/etc/init.d/$pkgname" start; }\n'
            'default_prerm() { "/etc/init.d/$pkgname" disable; "/etc/init.d/$pkgname" stop; }\n',
        )
        empty = ipk.Tree()
        needs = []
        for name in ("libc", "ca-bundle"):
            path = support.temporary(self) / f"{name}.apk"
            path.write_bytes(apk.apk({"name": name, "version": "1.0-r1", "arch": "noarch"}, {}, empty, 1))
            needs.append(str(path))

        files = support.temporary(self) / "files"
        shutil.copytree(support.ROOT / "files", files)
        (files / "etc/init.d/ddnsd").write_text(support.CALLED)
        first = support.build(support.temporary(self), files=files)[1]
        self.assertEqual(self.apk(root, "--initdb", "add", *needs, str(first)), 0, self.said)
        calls = root.path / "calls"
        bus = ["killall -HUP ubusd", "ddnsd enabled", "ddnsd restart"]
        self.assertEqual(
            calls.read_text().splitlines(), ["user ddnsd=461:ddnsd=461", "ddnsd enable", "ddnsd start", *bus], self.said
        )
        self.assertEqual((root.path / "etc/config/ddnsd").stat().st_mode & 0o777, 0o600)

        calls.unlink()
        root.write("etc/config/ddnsd", "config account 'mine'\n", 0o600)
        makefile = files.parent / "Makefile"
        text = (support.ROOT / "openwrt-package/ddnsd/Makefile").read_text()
        makefile.write_text(text.replace("PKG_RELEASE:=1\n", "PKG_RELEASE:=2\n"))
        (files / "etc/config/ddnsd").write_text("config global 'other'\n")
        second = support.build(support.temporary(self), files=files, makefile=makefile)[1]
        self.assertEqual(self.apk(root, "add", str(second)), 0, self.said)
        self.assertEqual((root.path / "etc/config/ddnsd").read_text(), "config account 'mine'\n")
        self.assertEqual((root.path / "etc/config/ddnsd.apk-new").read_text(), "config global 'other'\n")
        # apk itself stops nothing: the restart at the end is what brings the new program up.
        self.assertEqual(calls.read_text().splitlines(), ["user ddnsd=461:ddnsd=461", "ddnsd start", *bus])

        calls.unlink()
        self.assertEqual(self.apk(root, "del", "ddnsd"), 0, self.said)
        self.assertEqual(calls.read_text().splitlines()[:2], ["ddnsd disable", "ddnsd stop"])
        self.assertFalse((root.path / "usr/bin/ddnsd").exists())


if __name__ == "__main__":
    unittest.main()
