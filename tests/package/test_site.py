"""install.sh of the repository, dry: run under busybox ash and dash with stubs of what it calls, and looked over."""

import re
import shutil
import subprocess
import unittest

import support  # which finds the scripts

import repository

URL = "https://example.org/ddnsd"
SAYS = '#!/bin/sh\necho "${0##*/} $*" >> /calls\n'
# Fetches what is in /published; a wget that finds nothing leaves nothing and fails.
WGET = SAYS + '[ "$1 $2" = "-q -O" ] && cp "/published/${4#https://example.org/ddnsd/}" "$3" 2>/dev/null\n'
KINDS = {
    "25.12.1": ("/etc/apk/repositories.d/customfeeds.list", f"{URL}/25.12/mips_24kc/packages.adb"),
    "24.10.4": ("/etc/opkg/customfeeds.conf", f"src/gz ddnsd {URL}/24.10/mips_24kc"),
}


class Install(unittest.TestCase):
    def root(self, shell, version="25.12.1", architecture="mips_24kc", system="openwrt", luci=True):
        """A fresh router of a release."""
        root = support.RouterRoot(self, shell)
        root.write("etc/os-release", f'ID="{system}"\nVERSION_ID="{version}"\nOPENWRT_ARCH="{architecture}"\n')
        # busybox's own wget would be found first by its shell.
        (root.path / "bin/wget").unlink(missing_ok=True)
        for name, text in (("wget", WGET), ("apk", SAYS), ("opkg", SAYS), ("opkg-key", SAYS)):
            root.write(f"opt/{name}", text, 0o755)
        for path in ("25.12/mips_24kc/packages.adb", "24.10/mips_24kc/Packages.gz", "ddnsd.pem", "ddnsd.pub"):
            root.write(f"published/{path}", path)
        for path in ("etc/apk/keys", "etc/apk/repositories.d", "etc/opkg"):
            (root.path / path).mkdir(parents=True)
        if luci:
            (root.path / "www/luci-static/resources").mkdir(parents=True)
        root.write("install.sh", repository.fill("install.sh", URL))
        return root

    def install(self, root, command="sh /install.sh"):
        """Runs it; its status. What it called is in self.calls, without the first word of the path."""
        (root.path / "calls").unlink(missing_ok=True)
        # busybox's shell prefers its applets to programs, but not to functions.
        found = "".join(f'{name}() {{ /opt/{name} "$@"; }}\n' for name in ("wget", "apk", "opkg"))
        text = (root.path / "install.sh").read_text()
        root.write("install.sh", text if found in text else text.replace("set -eu\n", "set -eu\n" + found, 1))
        status = root.run("export PATH=/opt:$PATH\n" + command)
        calls = root.path / "calls"
        self.calls = calls.read_text().splitlines() if calls.exists() else []
        return status

    def test_trusts_adds_and_installs_and_a_second_run_adds_nothing(self):
        for shell in support.SHELLS:
            for version, (feeds, line) in KINDS.items():
                with self.subTest(shell=shell, version=version):
                    root = self.root(shell, version)
                    for _ in range(2):
                        self.assertEqual(self.install(root), 0, root.output)
                        self.assertEqual((root.path / feeds.lstrip("/")).read_text(), line + "\n")
                    tool = "apk add" if version.startswith("25") else "opkg install"
                    self.assertEqual(self.calls[-1], f"{tool} ddnsd luci-app-ddnsd")
                    self.assertEqual(self.calls[-2], tool.split()[0] + " update")
                    if tool.startswith("apk"):
                        self.assertEqual((root.path / "etc/apk/keys/ddnsd.pem").read_text(), "ddnsd.pem")
                    else:
                        self.assertIn("opkg-key add /tmp/ddnsd.pub", self.calls)
                    self.assertEqual(list((root.path / "tmp").iterdir()), [])

    def test_without_luci_the_page_is_left_out(self):
        root = self.root("ash", luci=False)
        self.assertEqual(self.install(root), 0, root.output)
        self.assertEqual(self.calls[-1], "apk add ddnsd")

    def test_what_it_does_not_know_it_refuses_and_changes_nothing(self):
        refused = {
            "this is not OpenWrt": {"system": "debian"},
            "OpenWrt 25.12 and 24.10, and this is 19.07.1": {"version": "19.07.1"},
            "and this is SNAPSHOT": {"version": "SNAPSHOT"},
            "no packages for i386_pentium4": {"architecture": "i386_pentium4"},
        }
        for shell in support.SHELLS:
            for words, options in refused.items():
                with self.subTest(shell=shell, words=words):
                    root = self.root(shell, **options)
                    self.assertEqual(self.install(root), 1)
                    self.assertIn(words, root.output)
                    self.assertIn("nothing was changed", root.output)
                    self.assertFalse([call for call in self.calls if not call.startswith("wget")])
                    self.assertEqual(list((root.path / "etc/apk/keys").iterdir()), [])
                    self.assertEqual(list((root.path / "etc/apk/repositories.d").iterdir()), [])

    def test_who_is_not_root_is_told_so(self):
        for shell in support.SHELLS:
            root = self.root(shell)
            done = subprocess.run(
                ["chroot", "--userspec=65534:65534", root.path, "/bin/sh", "/install.sh"],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 1)
            self.assertIn("run this as root", done.stderr)

    def test_the_page_says_what_the_script_does(self):
        page = repository.fill("index.html", URL)
        self.assertNotIn("@", page)
        for version, (feeds, line) in KINDS.items():
            self.assertIn(feeds, page)
            self.assertIn(line.replace("mips_24kc", "")[: len(line) // 2], page)
            block = re.search(rf"<h2>OpenWrt {version[:5]}</h2>\s*<pre>(.*?)</pre>", page, re.S).group(1)
            self.assertEqual(len(block.splitlines()), 3, block)

    @unittest.skipUnless(shutil.which("shellcheck"), "there is no shellcheck")
    def test_shellcheck_finds_nothing(self):
        done = subprocess.run(["shellcheck", "-"], input=repository.fill("install.sh", URL), text=True, capture_output=True, check=False)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
