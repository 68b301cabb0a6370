"""The test.sh of each feed package, which the CI of OpenWrt's feeds runs after an installation: it passes on what we
ship, and fails on what is wrong with an installation.
"""

import os
import pathlib
import re
import shutil
import unittest

import support

PROGRAM = pathlib.Path(os.environ.get("DDNSD_PROGRAM", support.ROOT / "target/debug/ddnsd"))
VERSION = re.search(r'^version = "(.*)"', (support.ROOT / "Cargo.toml").read_text(), re.M).group(1)
COLLECTOR = "prometheus-node-exporter-lua-ddnsd"
ROOTS = "etc/ssl/certs/ca-certificates.crt"
LUA = shutil.which("lua5.1")


class Upstream(unittest.TestCase):
    def root(self, package, shell="ash"):
        root = support.RouterRoot(self, shell)
        # As ca-bundle has them.
        root.write(ROOTS, (pathlib.Path("/") / ROOTS).read_text())
        root.write("ci/test.sh", (support.ROOT / "openwrt-package" / package / "test.sh").read_text())
        return root

    def passes(self, root, package="ddnsd", version=VERSION):
        return root.run(f"sh /ci/test.sh {package} {version}") == 0

    @unittest.skipUnless(os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not built")
    def test_the_daemons_passes_on_what_is_shipped_and_sees_what_is_broken(self):
        broken = {
            "no user": lambda root: root.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
            "others can read": lambda root: os.chmod(root.path / "etc/config/ddnsd", 0o644),
            "init script": lambda root: os.chmod(root.path / "etc/init.d/ddnsd", 0o644),
            "shipped configuration": lambda root: root.write("etc/config/ddnsd", "config account 'a'\n\toption enabled '1'\n", 0o600),
            "mistakes was taken": lambda root: self.wrap(root, 'case "$*" in *wrong) exit 0 ;; esac'),
            "ended with status": lambda root: self.wrap(root, 'case "$1" in update) exit 0 ;; esac'),
            "refused connection": lambda root: (root.path / ROOTS).unlink(),
            "password is shown": lambda root: self.wrap(
                root, 'case "$1" in update) echo "refused: secret"; exit 1 ;; esac'
            ),
        }
        for shell in support.SHELLS:
            root = self.root("ddnsd", shell)
            root.take_program(str(PROGRAM), "usr/bin/ddnsd")
            with self.subTest(shell=shell):
                before = sorted(path.relative_to(root.path) for path in root.path.rglob("*"))
                self.assertTrue(self.passes(root), root.output)
                self.assertEqual(sorted(path.relative_to(root.path) for path in root.path.rglob("*")), before)
                self.assertFalse(self.passes(root, version="9.9"))
                self.assertIn("not version 9.9", root.output)
                self.assertTrue(self.passes(root, package="luci-app-ddnsd"), "another package of the same source")
        for words, breaking in broken.items():
            with self.subTest(broken=words):
                root = self.root("ddnsd")
                root.take_program(str(PROGRAM), "usr/bin/ddnsd")
                breaking(root)
                self.assertFalse(self.passes(root), root.output)
                self.assertIn(words, root.output)

    def wrap(self, root, line):
        """Puts a shell line in front of the program."""
        (root.path / "usr/bin/ddnsd").rename(root.path / "usr/bin/real")
        root.program(f'#!/bin/sh\n{line}\nexec /usr/bin/real "$@"\n')

    @unittest.skipUnless(LUA, "there is no lua5.1 on PATH")
    def test_the_collectors_passes_on_what_is_shipped_and_sees_what_is_broken(self):
        path = "usr/lib/lua/prometheus-collectors/ddnsd.lua"
        text = (support.ROOT / "openwrt-package" / COLLECTOR / "files" / path).read_text()
        for shell in support.SHELLS:
            with self.subTest(shell=shell):
                root = self.root(COLLECTOR, shell)
                root.take_program(LUA, "usr/bin/lua")
                self.assertFalse(self.passes(root, COLLECTOR), "it is not installed")
                root.write(path, text)
                self.assertTrue(self.passes(root, COLLECTOR), root.output)
                root.write(path, text.replace("flag(answer))", "flag(answer)"))
                self.assertFalse(self.passes(root, COLLECTOR), "a syntax error")


if __name__ == "__main__":
    unittest.main()
