"""ubusd's ACL: exactly what DESIGN's section on security grants to the user `ddnsd`, and nothing else."""

import json
import unittest

import support


class Acl(unittest.TestCase):
    def test_grants_what_the_daemon_needs_and_no_more(self):
        acl = json.loads((support.ROOT / "files/usr/share/acl.d/ddnsd.json").read_text())
        self.assertEqual(
            acl,
            {
                "user": "ddnsd",
                "publish": ["ddnsd"],
                "access": {"network.interface": {"methods": ["dump"]}, "hotplug.ddnsd": {"methods": ["call"]}},
                "subscribe": ["network.interface"],
                "listen": ["ubus.object.add"],
            },
        )

    def test_ubusd_would_take_it(self):
        # It ignores a file that anyone but root could write; the package makes it root's, 0644.
        _, data = support.open_ipk(support.build_ipk(support.temporary(self)))
        member = data.getmember("./usr/share/acl.d/ddnsd.json")
        self.assertEqual((member.uid, member.gid, member.mode), (0, 0, 0o644))


if __name__ == "__main__":
    unittest.main()
