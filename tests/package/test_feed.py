"""The feed's Makefile, run by make with a stand-in for the buildroot: it installs what the .ipk has, and its sources build."""

import os
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

    def test_installs_the_same_files_and_modes_as_the_ipk_under_any_umask(self):
        _, data = support.open_ipk(support.build_ipk(support.temporary(self)))
        # buildroot makes this one of the conffiles that are directories.
        packed = {m.name[2:]: (m.isdir(), m.mode) for m in data.getmembers() if m.name[2:] and "lib/upgrade" not in m.name}
        packed.pop("lib", None)
        for umask in (0o022, 0o077):
            before = os.umask(umask)
            try:
                out, _ = self.make("install")
            finally:
                os.umask(before)
            root = out / "root"
            found = {
                file.relative_to(root).as_posix(): (file.is_dir(), file.stat().st_mode & 0o777) for file in root.rglob("*")
            }
            self.assertEqual(found, packed, oct(umask))

    def test_names_its_version_licence_and_profile(self):
        fields = dict(line.split("=", 1) for line in self.make("fields")[1].splitlines())
        cargo = (support.ROOT / "Cargo.toml").read_text()
        self.assertEqual(fields["PKG_VERSION"], re.search(r'^version = "(.*)"', cargo, re.M).group(1))
        self.assertEqual(fields["PKG_LICENSE"], re.search(r'^license = "(.*)"', cargo, re.M).group(1))
        self.assertTrue((support.ROOT / fields["PKG_LICENSE_FILES"]).exists())
        self.assertEqual(fields["PKG_BUILD_DEPENDS"], "rust/host")
        self.assertEqual(fields["PKG_BUILD_FLAGS"], "no-mips16")
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
        self.assertIn("@!i386", makefile.field("ddnsd", "DEPENDS").split())
        self.assertNotIn("$$", makefile.script("ddnsd", "postinst"))


if __name__ == "__main__":
    unittest.main()
