#!/usr/bin/env python3
"""Makes ddnsd's .ipk and .apk for one OpenWrt architecture from a binary, files/ and the feed's Makefile.

    scripts/packages/build.py --arch mips_24kc --binary build/mips/ddnsd --out build/packages

opkg (OpenWrt up to 24.10) takes the .ipk, apk (since 25.12) the .apk. They land in a folder named after the
architecture; prints their paths.
SOURCE_DATE_EPOCH is every time in them.
"""

import argparse
import hashlib
import os
import pathlib
import sys

import apk
import feed
import ipk

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Every maintainer script starts so: in an image without OpenWrt's functions there is nothing to do.
FUNCTIONS = """[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
"""
NO_SCRIPT = '[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n'

# opkg: OpenWrt's own functions create the user of Require-User, run postinst-pkg, then enable and start the service.
IPK_POSTINST = "#!/bin/sh\n" + NO_SCRIPT + FUNCTIONS + 'default_postinst "$0" "$@"\n'
IPK_PRERM = "#!/bin/sh\n" + FUNCTIONS + 'default_prerm "$0" "$@"\n'


def mode_of(path):
    """Programs and init scripts may be run; the configuration can hold a password; the rest is for all to read."""
    if path.startswith(("usr/bin/", "etc/init.d/")):
        return 0o755
    return 0o600 if path.startswith("etc/config/") else 0o644


def data_tree(files, binary):
    """What lands on the router."""
    tree = ipk.Tree()
    tree.add("usr/bin/ddnsd", binary.read_bytes(), mode_of("usr/bin/ddnsd"))
    for file in sorted(files.rglob("*")):
        if file.is_file():
            path = file.relative_to(files).as_posix()
            tree.add(path, file.read_bytes(), mode_of(path))
    # Empty: for a person's own scripts.
    tree.directory("etc/hotplug.d/ddnsd", 0o755)
    return tree


def _within(path, conffile):
    """Whether one of the conffiles is this file, or the directory that it is in."""
    return path == conffile or (conffile.endswith("/") and path.startswith(conffile))


class Package:
    """One package: who it is, what it holds, what it runs."""

    def __init__(self, name, version, arch, tree, **details):
        self.name, self.version, self.arch, self.tree = name, version, arch, tree.copy()
        self.depends = ["libc"] + details.get("depends", [])
        self.description = details.get("description", [])
        self.conffiles = details.get("conffiles", [])
        # What is no file of the package, such as a directory, is kept by sysupgrade, as buildroot has it.
        kept = "".join(path + "\n" for path in self.conffiles if path[1:] not in self.tree.files)
        if kept:
            self.tree.add(f"lib/upgrade/keep.d/{name}", kept.encode(), 0o644)
        self.user = details.get("user", "")
        self.fields = details.get("fields", {})
        self.scripts = {name: text for name, text in details.get("scripts", {}).items() if text}

    def control(self, epoch):
        """The control file, the fields in the order of OpenWrt's own packages."""
        fields = [
            ("Package", self.name),
            ("Version", self.version),
            ("Depends", ", ".join(self.depends)),
            ("Source", self.fields.get("origin")),
            ("SourceName", self.name),
            ("License", self.fields.get("license")),
            ("LicenseFiles", self.fields.get("license files")),
            ("Section", self.fields.get("section")),
            ("Require-User", self.user),
            ("SourceDateEpoch", str(epoch)),
            ("URL", self.fields.get("url")),
            ("Maintainer", self.fields.get("maintainer")),
            ("Architecture", self.arch),
            ("Installed-Size", str(self.tree.size())),
        ]
        text = "".join(f"{name}: {value}\n" for name, value in fields if value)
        return text + "Description:  " + "\n ".join(self.description) + "\n"

    def ipk(self, epoch):
        """For opkg."""
        control = ipk.Tree()
        control.add("control", self.control(epoch).encode(), 0o644)
        control.add("postinst", IPK_POSTINST.encode(), 0o755)
        control.add("prerm", IPK_PRERM.encode(), 0o755)
        # opkg cannot keep a directory: OpenWrt's ipkg-build names the files in it instead.
        kept = [path for path in sorted(self.tree.files) if any(_within("/" + path, each) for each in self.conffiles)]
        if kept:
            control.add("conffiles", "".join(f"/{path}\n" for path in kept).encode(), 0o644)
        for part, name in (("postinst", "postinst-pkg"), ("prerm", "prerm-pkg"), ("postrm", "postrm")):
            if part in self.scripts:
                control.add(name, self.scripts[part].encode(), 0o755)
        return ipk.ipk(control, self.tree, epoch)

    def apk(self, epoch):
        """For apk: OpenWrt's functions find in /lib/apk/packages what opkg keeps in its control files."""
        tree = self.tree.copy()
        users = f"lib/apk/packages/{self.name}.rusers"
        if self.user:
            tree.add(users, f"{self.user}\n".encode(), 0o644)
        records = {"list": "".join(f"/{path}\n" for path in sorted(tree.files))}
        records["conffiles"] = "".join(path + "\n" for path in self.conffiles)
        records["conffiles_static"] = "".join(
            f"{path} {hashlib.sha256(tree.files[path[1:]][0]).hexdigest()}\n"
            for path in self.conffiles
            if path[1:] in tree.files
        )
        for kind, text in records.items():
            if text:
                tree.add(f"lib/apk/packages/{self.name}.{kind}", text.encode(), 0o644)
        info = {
            "name": self.name,
            "version": self.version,
            "description": " ".join(self.description),
            "arch": "noarch" if self.arch == "all" else self.arch,
            "license": self.fields.get("license"),
            "origin": self.fields.get("origin"),
            "maintainer": self.fields.get("maintainer"),
            "url": self.fields.get("url"),
            "depends": self.depends,
            "provides": [f"{self.name}-any"],
            "tags": [f"openwrt:section={self.fields['section']}"] if self.fields.get("section") else [],
        }
        return apk.apk(info, self.apk_scripts(), tree, epoch)

    def apk_scripts(self):
        """apk knows installing from upgrading by the script that it runs."""
        names = f'export root="${{IPKG_INSTROOT}}" pkgname="{self.name}"\n'
        body = {part: text.split("\n", 1)[1] for part, text in self.scripts.items()}
        install = NO_SCRIPT + FUNCTIONS + names + "add_group_and_user\ndefault_postinst\n" + body.get("postinst", "")
        scripts = {
            "post-install": "#!/bin/sh\n" + install,
            "post-upgrade": "#!/bin/sh\nexport PKG_UPGRADE=1\n" + install,
            "pre-deinstall": "#!/bin/sh\n" + FUNCTIONS + names + "default_prerm\n" + body.get("prerm", ""),
        }
        if "postrm" in self.scripts:
            scripts["post-deinstall"] = self.scripts["postrm"]
        return scripts

    def write(self, out):
        """Writes both, returns their paths."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if not epoch.isdigit():
            sys.exit("packages: SOURCE_DATE_EPOCH must be the commit's time in seconds: git log -1 --format=%ct")
        folder = out / self.arch
        folder.mkdir(parents=True, exist_ok=True)
        # apk asks a repository for NAME-VERSION.apk: the architecture is the folder's.
        made = {
            f"{self.name}_{self.version}_{self.arch}.ipk": self.ipk(int(epoch)),
            f"{self.name}-{self.version}.apk": self.apk(int(epoch)),
        }
        for name, content in made.items():
            (folder / name).write_bytes(content)
        return [folder / name for name in made]


def of_feed(feed, arch, tree):
    """The package of a feed's Makefile, as that describes it."""
    name = feed.variable("PKG_NAME")
    return Package(
        name,
        f"{feed.variable('PKG_VERSION')}-r{feed.variable('PKG_RELEASE')}",
        arch,
        tree,
        depends=feed.dependencies(name),
        description=[line.strip() for line in feed.lines(name, "description")],
        conffiles=feed.lines(name, "conffiles"),
        user=feed.field(name, "USERID"),
        fields={
            "origin": f"openwrt-package/{name}",
            "license": feed.variable("PKG_LICENSE"),
            "license files": feed.variable("PKG_LICENSE_FILES"),
            "section": feed.field(name, "SECTION"),
            "url": feed.field(name, "URL"),
            "maintainer": feed.variable("PKG_MAINTAINER"),
        },
        scripts={part: feed.script(name, part) for part in ("postinst", "prerm", "postrm")},
    )


def main():
    """Parses the arguments, writes the packages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", required=True, help="OpenWrt's name of the architecture, such as mips_24kc")
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--files", type=pathlib.Path, default=ROOT / "files")
    parser.add_argument("--makefile", type=pathlib.Path, default=ROOT / "openwrt-package/ddnsd/Makefile")
    arguments = parser.parse_args()
    package = of_feed(feed.Feed(arguments.makefile.read_text()), arguments.arch, data_tree(arguments.files, arguments.binary))
    for path in package.write(arguments.out):
        print(path)


if __name__ == "__main__":
    main()
