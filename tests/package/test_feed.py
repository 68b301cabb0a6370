"""The feed's Makefile, run by make with a stand-in for the buildroot: it installs what the .ipk has, and its sources build."""

import re
import subprocess
import unittest

import support  # which finds the scripts

import feed

PACKAGE = support.ROOT / "openwrt-package/ddnsd"


class Feed(unittest.TestCase):
    def make(self, target, *variables):
        """Runs one step; returns the directory that it worked in and what it printed."""
        out = support.temporary(self)
        (out / "cargo/bin").mkdir(parents=True)
        (out / "cargo/bin/ddnsd").write_text("the program")
        command = ["make", "-s", "-C", str(PACKAGE), target, f"TOPDIR={support.ROOT / 'tests/package/buildroot'}", f"OUT={out}"]
        done = subprocess.run([*command, *variables], check=True, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return out, done.stdout

    def test_installs_the_same_files_as_the_ipk(self):
        out, _ = self.make("install")
        _, data = support.open_ipk(support.build_ipk(support.temporary(self)))
        packed = {member.name[2:]: member.mode for member in data.getmembers() if member.isfile()}
        root = out / "root"
        installed = {file.relative_to(root).as_posix(): file.stat().st_mode & 0o777 for file in root.rglob("*") if file.is_file()}
        self.assertEqual(installed, packed)

    def test_names_its_version_licence_and_profile(self):
        fields = dict(line.split("=", 1) for line in self.make("fields")[1].splitlines())
        cargo = (support.ROOT / "Cargo.toml").read_text()
        self.assertEqual(fields["PKG_VERSION"], re.search(r'^version = "(.*)"', cargo, re.M).group(1))
        self.assertEqual(fields["PKG_LICENSE"], re.search(r'^license = "(.*)"', cargo, re.M).group(1))
        self.assertTrue((support.ROOT / fields["PKG_LICENSE_FILES"]).exists())
        self.assertEqual(fields["PKG_BUILD_DEPENDS"], "rust/host")
        self.assertIn(f"[profile.{fields['CARGO_PKG_PROFILE']}]", cargo)

    def test_waits_are_right_where_the_c_librarys_time_is_of_32_bits(self):
        # build.rs refuses the others; with the flag elsewhere, rustix would use what it has not got there.
        for arch, wanted in (("mips", True), ("mipsel", True), ("powerpc", True), ("arm", False), ("mips64", False), ("x86_64", False)):
            fields = dict(line.split("=", 1) for line in self.make("fields", f"ARCH={arch}")[1].splitlines())
            self.assertEqual("--cfg=fix_y2038" in fields["CARGO_RUSTFLAGS"], wanted, arch)

    def test_the_prepared_sources_are_whole(self):
        # `cargo install --locked` needs the lock file, and every member of the workspace.
        out, _ = self.make("prepare")
        command = ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1", "--manifest-path"]
        done = subprocess.run(command + [str(out / "build/Cargo.toml")], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"name":"ddnsd"', done.stdout)

    def test_the_reader_of_makefiles_agrees_with_make(self):
        makefile = feed.Feed((PACKAGE / "Makefile").read_text())
        fields = dict(line.split("=", 1) for line in self.make("fields")[1].splitlines())
        for name in ("PKG_NAME", "PKG_VERSION", "PKG_RELEASE", "PKG_LICENSE", "PKG_LICENSE_FILES"):
            self.assertEqual(makefile.variable(name), fields[name])
        self.assertEqual(makefile.dependencies("ddnsd"), ["ca-bundle"])
        self.assertNotIn("$$", makefile.script("ddnsd", "postinst"))


if __name__ == "__main__":
    unittest.main()
