"""A release: everything names one version; the source archive is the same twice, and builds; the feed's package downloads it."""

import hashlib
import io
import pathlib
import re
import shutil
import subprocess
import tarfile
import unittest

import support  # which finds the scripts

import release

WANTED = release.version(support.ROOT)
URL = "https://example.org/download"
LOCAL = ("Cargo.toml", "Cargo.lock", "CHANGELOG.md", "docs/certification.md", *release.PAGES, *map(str, release.MAKEFILES))


class Release(unittest.TestCase):
    def tree(self):
        """A copy of what names the version, as it is right before a release."""
        root = support.temporary(self)
        for path in LOCAL:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(support.ROOT / path, root / path)
        changes = (root / "CHANGELOG.md").read_text()
        (root / "CHANGELOG.md").write_text(changes.replace("## Unreleased", f"## {WANTED} - 2026-11-05", 1))
        for path in release.PAGES:
            (root / path).write_text(re.sub(r"^\.Dd .*$", ".Dd November 5, 2026", (root / path).read_text(), flags=re.M))
        return root

    def test_this_tree_names_one_version_everywhere(self):
        self.assertEqual(release.disagreements(self.tree()), [])

    def test_each_place_that_names_another_version_is_found(self):
        for path in LOCAL[1:]:
            with self.subTest(path=path):
                root = self.tree()
                old = (root / path).read_text()
                new = old.replace(WANTED, "9.9.9").replace("November 5", "November 6")
                self.assertNotEqual(old, new)
                (root / path).write_text(new)
                found = release.disagreements(root)
                self.assertEqual(len(found), 1, found)
                self.assertIn(path, found[0])
        root = self.tree()
        (root / "CHANGELOG.md").write_text(f"# Changelog\n\n## Unreleased\n\n## {WANTED} - soon\n")
        self.assertIn("gives " + WANTED + " no date", release.disagreements(root)[0])
        (root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n")
        self.assertIn("nothing on top", release.disagreements(root)[0])

    def made(self):
        out = support.temporary(self)
        release.make(support.ROOT, URL, out, int(support.EPOCH), vendor=False)
        return out

    def test_the_source_archive_is_the_same_twice_and_has_what_a_build_needs(self):
        first, second = (out / f"ddnsd-{WANTED}.tar.gz" for out in (self.made(), self.made()))
        self.assertEqual(first.read_bytes(), second.read_bytes())
        folder = support.temporary(self)
        with tarfile.open(first) as archive:
            members = archive.getmembers()
            archive.extractall(folder, filter="data")
        self.assertEqual({(m.uname, m.mode, m.mtime) for m in members}, {("root", 0o644, int(support.EPOCH))})
        names = {member.name.split("/", 1)[1] for member in members}
        for path in ("Cargo.lock", "LICENSE", "build.rs", "src/main.rs", "files/etc/init.d/ddnsd", "tests/support/Cargo.toml"):
            self.assertIn(path, names)
        for path in ("fuzz/", "tests/data/", "scripts/", "docs/screenshots/", ".gitattributes"):
            self.assertFalse([name for name in names if name.startswith(path)], path)
        command = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path"]
        done = subprocess.run(
            [*command, folder / f"ddnsd-{WANTED}/Cargo.toml"], check=False, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_feeds_package_downloads_this_archive_and_installs_what_ours_does(self):
        out = self.made()
        buildroot = support.temporary(self)
        shutil.copytree(support.ROOT / "tests/package/buildroot", buildroot, dirs_exist_ok=True)
        package = buildroot / "feeds/packages/net/ddnsd"
        shutil.copytree(out / "feed/net/ddnsd", package)
        text = (package / "Makefile").read_text()
        digest = hashlib.sha256((out / f"ddnsd-{WANTED}.tar.gz").read_bytes()).hexdigest()
        for line in (f"PKG_SOURCE_URL:={URL}", f"PKG_HASH:={digest}", "PKG_SOURCE:=$(PKG_NAME)-$(PKG_VERSION).tar.gz"):
            self.assertIn(line + "\n", text)
        self.assertNotIn("DDNSD_DIR", text)
        work = support.temporary(self)
        (work / "cargo/bin").mkdir(parents=True)
        (work / "cargo/bin/ddnsd").write_text("the program")
        (work / "build").mkdir()
        with tarfile.open(out / f"ddnsd-{WANTED}.tar.gz") as archive:
            archive.extractall(work, filter="data")
        (work / "build").rmdir()
        (work / f"ddnsd-{WANTED}").rename(work / "build")
        command = ["make", "-s", "-C", package, "install", f"TOPDIR={buildroot}", f"OUT={work}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        installed = {path.relative_to(work / "root").as_posix() for path in (work / "root").rglob("*") if path.is_file()}
        _, data = support.open_ipk(support.build_ipk(support.temporary(self)))
        packed = {member.name[2:] for member in data.getmembers() if member.isfile()}
        self.assertEqual(installed, packed - {"lib/upgrade/keep.d/ddnsd"})

    def test_an_archive_is_made_by_name_and_of_one_time(self):
        content = release.pack({"b/x": b"2", "a": b"1"}, 7)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            self.assertEqual([(m.name, m.mtime, m.uid) for m in archive.getmembers()], [("a", 7, 0), ("b/x", 7, 0)])

    def test_without_a_key_nothing_is_begun(self):
        script = pathlib.Path(support.ROOT / "scripts/packages/release.sh")
        done = subprocess.run([script, "", "", ""], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: make release KEY=", done.stderr)


if __name__ == "__main__":
    unittest.main()
