"""The maintainer scripts, out of the .ipk, with stubs of what they call.

ubusd reads the new ACL only when told; apk leaves the old daemon running on an upgrade; an image that is
being built has nothing running; and nothing waits: a hanging postinst has hung whole upgrades.
"""

import unittest

import support

CALLS = """#!/bin/sh
echo "${0##*/} $*" >> /calls
"""


class Maintainer(unittest.TestCase):
    def roots(self):
        """A root for each shell, with the scripts of the package in /scripts."""
        control, _ = support.open_ipk(support.build_ipk(support.temporary(self)))
        for shell in support.SHELLS:
            with self.subTest(shell=shell):
                root = support.RouterRoot(self, shell)
                for name in ("postinst", "prerm", "postinst-pkg", "postrm"):
                    root.write(f"scripts/{name}", support.read(control, name), 0o755)
                root.write("usr/sbin/killall", CALLS, 0o755)
                root.write("etc/init.d/ddnsd", CALLS, 0o755)
                yield root

    def calls(self, root, script, **environment):
        """What a script called, one a line."""
        (root.path / "calls").unlink(missing_ok=True)
        # killall is an applet in some shells: as a function, ours is found first.
        status = root.run(f"killall() {{ /usr/sbin/killall \"$@\"; }}; . /scripts/{script}", **environment)
        self.assertEqual((status, root.output), (0, ""))
        file = root.path / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def test_the_bus_hears_of_the_acl_before_the_daemon_is_restarted(self):
        # After an upgrade with either, and after a first installation with apk, which has started the service already.
        for root in self.roots():
            self.assertEqual(
                self.calls(root, "postinst-pkg"),
                ["killall -HUP ubusd", "ddnsd enabled", "ddnsd restart"],
            )

    def test_what_is_not_enabled_is_not_started(self):
        # A first installation with opkg, which enables and starts the service later; or a person's choice.
        for root in self.roots():
            root.write("etc/init.d/ddnsd", CALLS + '[ "$1" != enabled ]\n', 0o755)
            self.assertEqual(self.calls(root, "postinst-pkg"), ["killall -HUP ubusd", "ddnsd enabled"])

    def test_building_an_image_runs_nothing(self):
        for root in self.roots():
            for script in ("postinst-pkg", "postrm"):
                self.assertEqual(self.calls(root, script, IPKG_INSTROOT="/image", PKG_UPGRADE="1"), [])

    def test_removing_takes_the_secrets_copies_and_leaves_what_was_learned(self):
        for root in self.roots():
            root.write("var/run/ddnsd/config", "secret")
            root.write("etc/ddnsd/state.json", "{}")
            self.calls(root, "postrm")
            self.assertFalse((root.path / "var/run/ddnsd").exists())
            self.assertTrue((root.path / "etc/ddnsd/state.json").exists())

    def test_the_old_packages_postrm_leaves_an_upgrade_alone(self):
        # opkg calls it between the old files and the new: with `upgrade VERSION`.
        for root in self.roots():
            root.write("var/run/ddnsd/config", "secret")
            root.run("killall() { echo called >> /calls; }; set -- upgrade 0.2.0-r1; . /scripts/postrm")
            self.assertTrue((root.path / "var/run/ddnsd/config").exists())
            self.assertFalse((root.path / "calls").exists())

    def test_opkgs_scripts_hand_over_to_openwrts_own(self):
        for root in self.roots():
            text = "default_postinst() { echo postinst $2 >> /calls; }\ndefault_prerm() { echo prerm $2 >> /calls; }\n"
            root.write("lib/functions.sh", text)
            root.run("/scripts/postinst configure; /scripts/prerm remove")
            self.assertEqual((root.path / "calls").read_text(), "postinst configure\nprerm remove\n")
            self.assertEqual(root.run("/scripts/postinst configure", IPKG_NO_SCRIPT="1"), 0)
            self.assertEqual((root.path / "calls").read_text(), "postinst configure\nprerm remove\n")

    def test_nothing_waits(self):
        control, _ = support.open_ipk(support.build_ipk(support.temporary(self)))
        for name in ("postinst-pkg", "postrm"):
            words = support.read(control, name).replace("\n", " ").split()
            for word in ("sleep", "wait", "ubus", "while", "until", "read", "opkg", "apk", "wget"):
                self.assertNotIn(word, words, name)


if __name__ == "__main__":
    unittest.main()
