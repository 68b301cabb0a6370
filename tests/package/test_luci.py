"""The page's packages: everything of luci-app/ where LuCI looks for it, and translations as LuCI's own compiler makes them."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import support  # which finds the scripts

import lmo
import luci

DATA = pathlib.Path(__file__).resolve().parent / "data"


class Luci(unittest.TestCase):
    def packages(self, kind=".ipk"):
        """Every package of a kind, by name."""
        out = support.temporary(self)
        command = [sys.executable, str(support.ROOT / "scripts/packages/luci.py"), "--out", str(out)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": support.EPOCH}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        paths = [pathlib.Path(line) for line in done.stdout.splitlines()]
        separator = "_" if kind == ".ipk" else "-0."
        return {path.name.split(separator)[0]: path for path in paths if path.suffix == kind}

    def test_the_page_lands_where_luci_looks(self):
        packages = self.packages()
        control, data = support.open_ipk(packages["luci-app-ddnsd"])
        found = {member.name[2:] for member in data.getmembers() if member.isfile()}
        app = luci.APP
        wanted = {"www/" + file.relative_to(app / "htdocs").as_posix() for file in (app / "htdocs").rglob("*") if file.is_file()}
        wanted |= {file.relative_to(app / "root").as_posix() for file in (app / "root").rglob("*") if file.is_file()}
        self.assertEqual(found, wanted)
        for path in found:
            if path.endswith(".json"):
                json.loads(support.read(data, path))
        text = support.read(control, "control")
        self.assertIn("Architecture: all\n", text)
        self.assertIn("Depends: libc, luci-base, ddnsd\n", text)
        self.assertIn("killall -HUP rpcd", support.read(control, "postinst-pkg"))

    @unittest.skipUnless(shutil.which("node"), "there is no node on PATH")
    def test_scripts_are_minified_and_mean_the_same(self):
        _, data = support.open_ipk(self.packages()["luci-app-ddnsd"])
        for member in data.getmembers():
            path = member.name[2:]
            if not path.endswith((".js", ".css")):
                continue
            source = (luci.APP / "htdocs" / path.removeprefix("www/")).read_text()
            small = support.read(data, path)
            self.assertLess(len(small), len(source), path)
            self.assertNotIn("/*", small)
            if path.endswith(".js"):
                # LuCI runs a file as the body of a function, and reads what it requires out of the text.
                done = subprocess.run(["node", "-e", "new Function(require('fs').readFileSync(0, 'utf8'))"], input=small, text=True, check=False)
                self.assertEqual(done.returncode, 0, path)
                required = re.compile(r"^'(?:use|require) [^']*';", re.M)
                self.assertEqual(required.findall(small.replace(";", ";\n")), required.findall(source), path)
                words = re.compile(r"_\('((?:[^'\\]|\\.)*)'")
                self.assertEqual(words.findall(small), words.findall(re.sub(r"/\*.*?\*/", "", source, flags=re.S)), path)

    def test_the_same_input_gives_the_same_bytes(self):
        for kind in (".ipk", ".apk"):
            first = {name: path.read_bytes() for name, path in self.packages(kind).items()}
            self.assertIn("luci-app-ddnsd", first)
            self.assertEqual({name: path.read_bytes() for name, path in self.packages(kind).items()}, first)

    def test_translations_compile_to_what_po2lmo_makes(self):
        # sample.lmo is the output of LuCI's po2lmo for sample.po: contexts, plurals, escapes, odd lengths, UTF-8.
        self.assertEqual(lmo.lmo((DATA / "sample.po").read_text()), (DATA / "sample.lmo").read_bytes())

    def test_nothing_translated_makes_no_package(self):
        self.assertIsNone(luci.translation("xx", 'msgid "a"\nmsgstr ""\n'))

    def test_a_language_gets_its_place_in_the_menu(self):
        tree = luci.translation("pt-br", 'msgid "a"\nmsgstr "b"\n')
        self.assertEqual(set(tree.files), {"usr/lib/lua/luci/i18n/ddnsd.pt-br.lmo", "etc/uci-defaults/luci-i18n-ddnsd-pt-br"})
        self.assertIn(b"luci.languages.pt_br=", tree.files["etc/uci-defaults/luci-i18n-ddnsd-pt-br"][0])


if __name__ == "__main__":
    unittest.main()
