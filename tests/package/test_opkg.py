"""OpenWrt's own opkg installs, upgrades and removes the package, in a root of its own. Skipped where there is no opkg."""

import shutil
import unittest

import support

OPKG = shutil.which("opkg")
CONFIGURATION = "dest root /\narch all 1\narch mips_24kc 10\nlists_dir ext /usr/lib/opkg/lists\n"
INSTALLED = "".join(
    f"Package: {name}\nVersion: 1\nStatus: install ok installed\nArchitecture: all\n\n" for name in ("libc", "ca-bundle")
)
BUS = ["killall -HUP ubusd"]


@unittest.skipUnless(OPKG, "there is no opkg on PATH")
class Opkg(unittest.TestCase):
    def root(self):
        """A root with opkg, with nothing of ours in it yet."""
        root = support.RouterRoot(self, "ash")
        for path in (root.path / "etc/config", root.path / "etc/init.d", root.path / "etc/hotplug.d", root.path / "usr"):
            shutil.rmtree(path)
        root.take_program(OPKG, "bin/opkg")
        root.write("etc/opkg.conf", CONFIGURATION)
        (root.path / "var/lock").mkdir(parents=True)
        root.write("usr/lib/opkg/status", INSTALLED)
        for name in ("libc", "ca-bundle"):
            root.write(f"usr/lib/opkg/info/{name}.list", "")
        shutil.copy(support.STUBS / "opkg-functions.sh", root.path / "lib/functions.sh")
        return root

    def package(self, root, name, release="1", default="config global 'global'\n"):
        """An .ipk in the root whose init script says what is asked of it."""
        files = support.temporary(self) / "files"
        makefile = files.parent / "Makefile"
        text = (support.ROOT / "openwrt-package/ddnsd/Makefile").read_text()
        makefile.write_text(text.replace("PKG_RELEASE:=1\n", f"PKG_RELEASE:={release}\n"))
        shutil.copytree(support.ROOT / "files", files)
        (files / "etc/init.d/ddnsd").write_text(support.CALLED)
        (files / "etc/config/ddnsd").write_text(default)
        ipk = support.build_ipk(support.temporary(self), files=files, makefile=makefile)
        shutil.copy(ipk, root.path / "tmp" / name)
        return f"/tmp/{name}"

    def opkg(self, root, command):
        """Runs opkg in the root; what the scripts called."""
        calls = root.path / "calls"
        calls.unlink(missing_ok=True)
        self.assertEqual(root.run(f"opkg -f /etc/opkg.conf {command}"), 0, root.output)
        return calls.read_text().splitlines() if calls.exists() else []

    def test_install_upgrade_remove(self):
        root = self.root()
        calls = self.opkg(root, "install " + self.package(root, "first.ipk"))
        self.assertEqual(calls, ["user ddnsd", *BUS, "ddnsd enabled", "ddnsd enable", "ddnsd start"])
        self.assertEqual((root.path / "etc/config/ddnsd").stat().st_mode & 0o777, 0o600)
        self.assertEqual((root.path / "usr/bin/ddnsd").stat().st_mode & 0o777, 0o755)
        owned = [path for path in (root.path / "etc").rglob("*") if path.is_file() and path.stat().st_uid != 0]
        self.assertEqual(owned, [])

        # A person's configuration and what the daemon learned stay through an upgrade that ships another default.
        root.write("etc/config/ddnsd", "config account 'mine'\n", 0o600)
        root.write("etc/ddnsd/state.json", "{}", 0o600)
        upgrade = self.package(root, "second.ipk", "2", "config global 'other'\n")
        calls = self.opkg(root, "install " + upgrade)
        self.assertEqual((root.path / "etc/config/ddnsd").read_text(), "config account 'mine'\n")
        self.assertEqual((root.path / "etc/config/ddnsd-opkg").read_text(), "config global 'other'\n")
        # Stopped, the bus told, started again; not disabled and enabled, which would undo a person's choice.
        self.assertEqual(
            calls,
            ["ddnsd stop", "user ddnsd", *BUS, "ddnsd enabled", "ddnsd restart", "ddnsd start"],
        )

        calls = self.opkg(root, "remove ddnsd")
        self.assertEqual(calls[:2], ["ddnsd disable", "ddnsd stop"])
        for path in ("usr/bin/ddnsd", "etc/init.d/ddnsd", "usr/share/acl.d/ddnsd.json", "etc/hotplug.d/iface/95-ddnsd", "var/run/ddnsd"):
            self.assertFalse((root.path / path).exists(), path)
        self.assertTrue((root.path / "etc/config/ddnsd").exists(), "a changed configuration is a person's")
        self.assertTrue((root.path / "etc/ddnsd/state.json").exists())

    def test_a_package_for_another_architecture_is_refused(self):
        root = self.root()
        path = self.package(root, "first.ipk")
        root.write("etc/opkg.conf", CONFIGURATION.replace("mips_24kc", "x86_64"))
        self.assertNotEqual(root.run(f"opkg -f /etc/opkg.conf install {path}"), 0)
        self.assertIn("incompatible with the architectures", root.output)
        self.assertFalse((root.path / "usr/bin/ddnsd").exists())


if __name__ == "__main__":
    unittest.main()
