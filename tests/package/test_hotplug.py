"""The hotplug scripts: what they tell ddnsd, and that they keep nobody waiting.

hotplug-call sources them one after the other, in the way of the whole network's configuration.
"""

import os
import time
import unittest

import support


class Hotplug(unittest.TestCase):
    def roots(self):
        """A root for each shell, with a `ubus` that writes down its arguments and then hangs until it is let go."""
        for shell in support.SHELLS:
            with self.subTest(shell=shell):
                root = support.RouterRoot(self, shell)
                root.write("usr/bin/ubus", '#!/bin/sh\necho "$*" > /ubus.new\nmv /ubus.new /ubus\nread -r _ < /gate\n', 0o755)
                os.mkfifo(root.path / "gate")
                yield root

    def event(self, root, name, expected=False, **environment):
        """Sources the script as hotplug-call does; what was asked of ubus, or None.

        That it comes back at all, with a ubus that hangs, shows that it does not wait: not for its end, nor for its
        output, since `run` reads until every holder of the pipe has closed it.
        """
        (root.path / "ubus").unlink(missing_ok=True)
        status = root.run(f'( . /etc/hotplug.d/{name}/95-ddnsd ); echo "back: $?"', **environment)
        self.assertEqual((status, root.output), (0, "back: 0\n"))
        deadline = time.monotonic() + (30 if expected else 0.2)
        while time.monotonic() < deadline:
            if (root.path / "ubus").exists():
                said = (root.path / "ubus").read_text().strip()
                # Opening waits until it reads: it was hanging, and goes now.
                (root.path / "gate").write_text("\n")
                return said
            time.sleep(0.01)
        return None

    def test_an_interfaces_events_are_passed_on(self):
        for root in self.roots():
            for action in ("ifup", "ifdown", "ifupdate"):
                for interface in ("wan", "wan6", "wan_6", "br-lan.2", "pppoe-wan"):
                    said = self.event(root, "iface", ACTION=action, INTERFACE=interface, DEVICE="eth1", expected=True)
                    self.assertEqual(said, f'-t 1 call ddnsd trigger {{"interface":"{interface}","action":"{action}"}}')

    def test_other_events_are_not(self):
        for root in self.roots():
            self.assertIsNone(self.event(root, "iface", ACTION="ifup-failed", INTERFACE="wan"))
            self.assertIsNone(self.event(root, "iface", ACTION="ifup"))
            self.assertIsNone(self.event(root, "iface", ACTION="ifup", INTERFACE='wan","x":"$(reboot)'))
            self.assertIsNone(self.event(root, "ntp", ACTION="unsync"))
            self.assertIsNone(self.event(root, "ntp", ACTION="periodic"))

    def test_a_clock_that_is_right_is_passed_on(self):
        for root in self.roots():
            for action in ("stratum", "step"):
                said = self.event(root, "ntp", ACTION=action, expected=True)
                self.assertEqual(said, '-t 1 call ddnsd trigger {"action":"clock"}')

    def test_the_folder_for_a_persons_own_scripts_is_there_and_empty(self):
        for root in self.roots():
            root.service("start")
            self.assertEqual(os.listdir(root.path / "etc/hotplug.d/ddnsd"), [])


if __name__ == "__main__":
    unittest.main()
