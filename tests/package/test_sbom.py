"""The bill of materials: what the packages are made of, and that the same commit gives the same bytes."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import unittest

import support

# What is allowed, in deny.toml, and what some crates offer beside it.
LICENSE = re.compile(r"[A-Za-z0-9.-]+( WITH LLVM-exception)?")


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(support.tempfile.mkdtemp(prefix="ddnsd-package-"))
        cls.packages = support.build(cls.directory)
        cls.path = cls.make()
        cls.text = cls.path.read_bytes()
        cls.bill = json.loads(cls.text)
        cls.components = {component["name"]: component for component in cls.bill["components"]}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    @classmethod
    def make(cls):
        """Writes it; its path."""
        command = [sys.executable, str(support.ROOT / "scripts/packages/sbom.py"), "--out", str(cls.directory)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": support.EPOCH}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return pathlib.Path(done.stdout.strip())

    def test_stands_beside_the_packages_and_names_their_sums(self):
        self.assertRegex(self.path.name, r"^ddnsd_\d+\.\d+\.\d+-r\d+_mips_24kc\.cdx\.json$")
        files = self.bill["metadata"]["component"]["components"]
        named = {file["name"]: file["hashes"][0]["content"] for file in files}
        self.assertEqual(named, {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.packages})

    def test_the_same_commit_gives_the_same_bytes(self):
        self.assertEqual(self.make().read_bytes(), self.text)
        self.assertEqual(self.bill["metadata"]["timestamp"], "2025-11-24T16:00:00Z")

    def test_every_crate_has_its_checksum_and_a_licence_that_tools_can_read(self):
        lock = tomllib.loads((support.ROOT / "Cargo.lock").read_text())
        sums = {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}
        crates = [component for component in self.bill["components"] if component["purl"].startswith("pkg:cargo/")]
        self.assertGreater(len(crates), 40)
        for crate in crates:
            self.assertEqual(crate["hashes"][0]["content"], sums[crate["name"], crate["version"]], crate["name"])
        for component in self.bill["components"]:
            expression = component["licenses"][0]["expression"]
            for part in re.split(r" OR | AND |[()]", expression):
                self.assertTrue(not part or LICENSE.fullmatch(part), expression)

    def test_what_is_linked_is_told_from_what_builds_and_from_what_tests(self):
        scopes = {name: component["scope"] for name, component in self.components.items()}
        for name in ("rustls", "ring", "httparse", "serde_json", "rustix", "rust-std", "musl"):
            self.assertEqual(scopes[name], "required", name)
        for name in ("cc", "shlex"):
            self.assertEqual(scopes[name], "excluded", name)
        for name in ("proptest", "tempfile", "rcgen", "serde_derive", "ddnsd", "ddnsd-testkit", "windows-sys"):
            self.assertNotIn(name, scopes)

    def test_c_is_in_ring_only(self):
        compiler = self.components["cc"]["bom-ref"]
        needing = [entry["ref"] for entry in self.bill["dependencies"] if compiler in entry["dependsOn"]]
        self.assertEqual(needing, [self.components["ring"]["bom-ref"]])

    def test_who_needs_whom_is_whole(self):
        itself = self.bill["metadata"]["component"]["bom-ref"]
        refs = {component["bom-ref"] for component in self.bill["components"]} | {itself}
        self.assertEqual(len(refs), len(self.bill["components"]) + 1, "each has its own")
        edges = {entry["ref"]: entry["dependsOn"] for entry in self.bill["dependencies"]}
        self.assertLessEqual(set(edges) | {ref for needed in edges.values() for ref in needed}, refs)
        reached, waiting = set(), [itself]
        while waiting:
            ref = waiting.pop()
            if ref not in reached:
                reached.add(ref)
                waiting += edges.get(ref, [])
        self.assertEqual(reached, refs, "nothing is there that nobody needs")


if __name__ == "__main__":
    unittest.main()
