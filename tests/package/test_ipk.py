"""The .ipk: what is in it, whose it is, and that the same commit gives the same bytes."""

import gzip
import os
import pathlib
import re
import shutil
import tarfile
import unittest

import support  # which finds the scripts

import footprint


class Ipk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(support.tempfile.mkdtemp(prefix="ddnsd-package-"))
        cls.path = support.build_ipk(cls.directory)
        cls.control, cls.data = support.open_ipk(cls.path)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def test_is_a_gzipped_tar_of_the_three_members_in_opkgs_order(self):
        with tarfile.open(self.path, "r:gz") as outer:
            self.assertEqual(outer.getnames(), ["./debian-binary", "./data.tar.gz", "./control.tar.gz"])
            self.assertEqual(outer.extractfile("./debian-binary").read(), b"2.0\n")

    def test_is_named_after_package_version_and_architecture(self):
        self.assertRegex(self.path.name, r"^ddnsd_\d+\.\d+\.\d+-r\d+_mips_24kc\.ipk$")
        self.assertEqual(self.path.parent.name, "mips_24kc")
        apk = list(self.path.parent.glob("*.apk"))
        self.assertEqual([path.name for path in apk], [self.path.name.replace("_", "-", 1).replace("_mips_24kc.ipk", ".apk")])

    def test_everything_is_roots_and_of_the_commits_time(self):
        for archive in (self.control, self.data):
            for member in archive.getmembers():
                self.assertEqual((member.uid, member.gid, member.uname, member.gname), (0, 0, "root", "root"), member.name)
                self.assertEqual(member.mtime, int(support.EPOCH), member.name)

    def test_entries_come_by_name_and_a_directory_before_what_it_holds(self):
        names = self.data.getnames()
        self.assertEqual(names, sorted(names))
        for name in names[1:]:
            parent = os.path.dirname(name)
            self.assertIn(parent, names[: names.index(name) + 1], name)

    def test_modes_are_what_each_file_needs_and_no_more(self):
        for member in self.data.getmembers():
            path = member.name[2:]
            if member.isdir() or path in ("usr/bin/ddnsd", "etc/init.d/ddnsd"):
                self.assertEqual(member.mode, 0o755, path)
            elif path == "etc/config/ddnsd":
                self.assertEqual(member.mode, 0o600, path)
            else:
                self.assertEqual(member.mode, 0o644, path)

    def test_carries_every_file_of_the_root_and_the_program(self):
        wanted = {file.relative_to(support.ROOT / "files").as_posix() for file in (support.ROOT / "files").rglob("*") if file.is_file()}
        found = {member.name[2:] for member in self.data.getmembers() if member.isfile()}
        self.assertEqual(found, wanted | {"usr/bin/ddnsd", "lib/upgrade/keep.d/ddnsd"})
        for path in wanted:
            self.assertEqual(self.data.extractfile("./" + path).read(), (support.ROOT / "files" / path).read_bytes(), path)

    def test_conffiles_are_in_the_package_and_the_state_survives_a_sysupgrade(self):
        conffiles = support.read(self.control, "conffiles").split()
        self.assertIn("/etc/config/ddnsd", conffiles)
        # Not a directory: opkg fails on it when it upgrades.
        for path in conffiles:
            self.assertTrue(self.data.getmember("." + path).isfile())
        directories = ["/etc/ddnsd/", "/etc/hotplug.d/ddnsd/"]
        self.assertEqual(support.read(self.data, "lib/upgrade/keep.d/ddnsd").split(), directories)
        self.assertTrue(self.data.getmember("./etc/hotplug.d/ddnsd").isdir())

    def test_control_says_what_opkg_needs_to_know(self):
        text = support.read(self.control, "control")
        fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): *(.*)$", text, re.M))
        cargo = (support.ROOT / "Cargo.toml").read_text()
        version = re.search(r'^version = "(.*)"', cargo, re.M).group(1)
        self.assertEqual(fields["Package"], "ddnsd")
        self.assertEqual(fields["Version"].rsplit("-r", 1)[0], version, "the feed's Makefile and Cargo.toml must agree")
        self.assertEqual(fields["Depends"], "libc, ca-bundle")
        self.assertEqual(fields["Require-User"], f"ddnsd={support.USER_ID}:ddnsd={support.USER_ID}")
        self.assertEqual(fields["License"], re.search(r'^license = "(.*)"', cargo, re.M).group(1))
        self.assertEqual(fields["Architecture"], "mips_24kc")
        self.assertEqual(fields["SourceDateEpoch"], support.EPOCH)
        files = sum(member.size for member in self.data.getmembers() if member.isfile())
        self.assertEqual(int(fields["Installed-Size"]), files)
        self.assertTrue(fields["Description"])
        # opkg takes a line that starts with anything but a space for a new field.
        for line in text.splitlines():
            self.assertRegex(line, r"^( |[A-Z][A-Za-z-]*: )")

    def test_maintainer_scripts_can_be_run(self):
        for name in ("postinst", "prerm", "postinst-pkg", "postrm"):
            self.assertEqual(self.control.getmember("./" + name).mode, 0o755, name)
            self.assertTrue(support.read(self.control, name).startswith("#!/bin/sh\n"), name)

    def test_the_same_input_gives_the_same_bytes(self):
        # Other times, other modes, another place, another umask, another zone: none of it may show.
        elsewhere = support.temporary(self)
        shutil.copytree(support.ROOT / "files", elsewhere / "files")
        for file in (elsewhere / "files").rglob("*"):
            os.chmod(file, 0o777)
            os.utime(file, (1, 1))
        before = os.umask(0o077)
        try:
            again = support.build_ipk(elsewhere / "out", files=elsewhere / "files", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
        finally:
            os.umask(before)
        self.assertEqual(again.read_bytes(), self.path.read_bytes())
        header = self.path.read_bytes()[:10]
        self.assertEqual(header[3:8], b"\0" * 5, "the gzip header carries a name or a time")
        gzip.decompress(self.path.read_bytes())

    def test_what_it_takes_on_a_router_is_counted_as_it_is(self):
        files = footprint.of_ipk(self.path)
        members = [member for member in self.data.getmembers() if member.isfile()]
        self.assertEqual(sorted(files), sorted(member.name for member in members))
        self.assertEqual(sum(map(len, files.values())), sum(member.size for member in members))
        self.assertLess(0, footprint.flash(files))

    def test_another_commit_time_gives_other_bytes(self):
        later = support.build_ipk(support.temporary(self), SOURCE_DATE_EPOCH="1764000001")
        self.assertNotEqual(later.read_bytes(), self.path.read_bytes())


if __name__ == "__main__":
    unittest.main()
