"""The Prometheus collector's packages: one Lua file, where the exporter looks, and an exporter that is told only if it runs."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import support

NAME = "prometheus-node-exporter-lua-ddnsd"
PACKAGE = support.ROOT / "openwrt-package" / NAME
LUA = "usr/lib/lua/prometheus-collectors/ddnsd.lua"
EXPORTER = "prometheus-node-exporter-lua"
OPKG = shutil.which("opkg")
APK = shutil.which("apk")


class Collector(unittest.TestCase):
    def build(self):
        """The .ipk and the .apk."""
        out = support.temporary(self)
        command = [sys.executable, str(support.ROOT / "scripts/packages/collector.py"), "--out", str(out)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": support.EPOCH}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return [pathlib.Path(line) for line in done.stdout.splitlines()]

    def root(self, shell="ash"):
        """A root with the exporter's service, switched on."""
        root = support.RouterRoot(self, shell)
        root.write(f"etc/init.d/{EXPORTER}", support.CALLED, 0o755)
        root.write("enabled", "")
        return root

    def calls(self, root):
        calls = root.path / "calls"
        said = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return said

    def test_holds_the_file_that_the_feed_installs(self):
        ipk, _ = self.build()
        control, data = support.open_ipk(ipk)
        packed = {member.name[2:]: member for member in data.getmembers() if member.isfile()}
        self.assertEqual(list(packed), [LUA])
        self.assertEqual((packed[LUA].mode, packed[LUA].uid, packed[LUA].gid), (0o644, 0, 0))
        self.assertEqual(support.read(data, LUA), (PACKAGE / "files" / LUA).read_text())
        text = support.read(control, "control")
        for line in (f"Package: {NAME}", f"Depends: libc, {EXPORTER}, ddnsd", "Architecture: all", "License: Apache-2.0"):
            self.assertIn(line + "\n", text)

        out = support.temporary(self)
        buildroot = support.ROOT / "tests/package/buildroot"
        command = ["make", "-s", "-C", str(PACKAGE), "install", f"TOPDIR={buildroot}", f"OUT={out}"]
        subprocess.run(command, check=True, capture_output=True)
        installed = [file for file in (out / "root").rglob("*") if file.is_file()]
        self.assertEqual([file.relative_to(out / "root").as_posix() for file in installed], [LUA])
        self.assertEqual(installed[0].stat().st_mode & 0o777, 0o644)

    def test_is_versioned_with_the_daemon(self):
        version = lambda makefile: [line for line in makefile.read_text().splitlines() if line.startswith("PKG_VERSION")]  # noqa: E731
        self.assertEqual(version(PACKAGE / "Makefile"), version(support.ROOT / "openwrt-package/ddnsd/Makefile"))

    def test_the_same_input_gives_the_same_bytes(self):
        first, second = ([path.read_bytes() for path in self.build()] for _ in range(2))
        self.assertEqual(first, second)

    def test_an_exporter_that_is_off_or_gone_is_left_alone(self):
        control, _ = support.open_ipk(self.build()[0])
        for shell in support.SHELLS:
            root = self.root(shell)
            for script in ("postinst-pkg", "postrm"):
                root.write(script, support.read(control, script), 0o755)
                with self.subTest(shell=shell, script=script):
                    self.assertEqual(root.run(f"/{script}"), 0, root.output)
                    self.assertEqual(self.calls(root), [f"{EXPORTER} enabled", f"{EXPORTER} restart"])
                    (root.path / "enabled").unlink()
                    self.assertEqual(root.run(f"/{script}"), 0, root.output)
                    self.assertEqual(self.calls(root), [f"{EXPORTER} enabled"])
                    root.write("enabled", "")
                    self.assertEqual(root.run(f"IPKG_INSTROOT=/image /{script}"), 0, root.output)
                    (root.path / f"etc/init.d/{EXPORTER}").rename(root.path / "gone")
                    self.assertEqual((root.run(f"/{script}"), root.output), (0, ""))
                    self.assertEqual(self.calls(root), [])
                    (root.path / "gone").rename(root.path / f"etc/init.d/{EXPORTER}")

    @unittest.skipUnless(OPKG, "there is no opkg on PATH")
    def test_opkg_installs_and_removes_it(self):
        root = self.root()
        root.take_program(OPKG, "bin/opkg")
        root.write("etc/opkg.conf", "dest root /\narch all 1\nlists_dir ext /usr/lib/opkg/lists\n")
        (root.path / "var/lock").mkdir(parents=True)
        status = ""
        for name in ("libc", EXPORTER, "ddnsd"):
            status += f"Package: {name}\nVersion: 1\nStatus: install ok installed\nArchitecture: all\n\n"
            root.write(f"usr/lib/opkg/info/{name}.list", "")
        root.write("usr/lib/opkg/status", status)
        root.write(
            "lib/functions.sh",
            f'default_postinst() {{ (. "/usr/lib/opkg/info/{NAME}.postinst-pkg"); }}\ndefault_prerm() {{ :; }}\n',
        )
        shutil.copy(self.build()[0], root.path / "tmp/collector.ipk")
        self.assertEqual(root.run("opkg -f /etc/opkg.conf install /tmp/collector.ipk"), 0, root.output)
        self.assertTrue((root.path / LUA).exists())
        self.assertEqual(self.calls(root), [f"{EXPORTER} enabled", f"{EXPORTER} restart"])
        self.assertEqual(root.run(f"opkg -f /etc/opkg.conf remove {NAME}"), 0, root.output)
        self.assertFalse((root.path / LUA).exists())
        self.assertEqual(self.calls(root), [f"{EXPORTER} enabled", f"{EXPORTER} restart"])

    @unittest.skipUnless(APK, "there is no apk on PATH")
    def test_apk_installs_and_removes_it(self):
        import apk
        import ipk

        root = self.root()
        root.write("lib/functions.sh", "add_group_and_user() { :; }\ndefault_postinst() { :; }\ndefault_prerm() { :; }\n")
        needs = []
        for name in ("libc", EXPORTER, "ddnsd"):
            path = support.temporary(self) / f"{name}.apk"
            info = {"name": name, "version": "1.0-r1", "arch": "noarch"}
            path.write_bytes(apk.apk(info, {}, ipk.Tree(), 1))
            needs.append(str(path))

        def apk(*arguments):
            command = [APK, "--root", str(root.path), "--arch", "mips_24kc", "--allow-untrusted", "--no-network"]
            done = subprocess.run(command + list(arguments), capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        apk("--initdb", "add", *needs, str(self.build()[1]))
        self.assertTrue((root.path / LUA).exists())
        self.assertEqual(self.calls(root), [f"{EXPORTER} enabled", f"{EXPORTER} restart"])
        apk("del", NAME)
        self.assertFalse((root.path / LUA).exists())
        self.assertEqual(self.calls(root), [f"{EXPORTER} enabled", f"{EXPORTER} restart"])


if __name__ == "__main__":
    unittest.main()
