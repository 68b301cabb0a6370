"""Least privilege, with the real program: root's init script hands over, the user `ddnsd` runs, and can do no more.

In a root of its own (chroot) with the router's paths. The service is a few lines of HTTP on loopback.
"""

import http.server
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import unittest

import support

PROGRAM = pathlib.Path(os.environ.get("DDNSD_PROGRAM", support.ROOT / "target/debug/ddnsd"))

CONFIGURATION = """config account 'home'
	option enabled '1'
	option service 'custom'
	option server '127.0.0.1'
	option path '/nic/update'
	option tls '0'
	option port '{port}'
	option username 'user@example.com'
	option password_file '/etc/ddnsd/home.secret'
	list hostname 'home.example'
"""


def line_with(words, daemon):
    """The first line with these words on its standard error; "" where it ends without."""
    return next((line for line in daemon.stderr if words in line), "")


class Service(http.server.BaseHTTPRequestHandler):
    """Answers every update with the address that it was sent."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Authorization"]))
        address = self.path.split("myip=")[1].split("&")[0]
        body = f"{self.server.code} {address}\r\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not built")
class Privilege(unittest.TestCase):
    def setUp(self):
        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self.service.requests = []
        self.service.code = "good"
        thread = threading.Thread(target=self.service.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.service.server_close)
        self.addCleanup(self.service.shutdown)

        self.root = support.RouterRoot(self, "ash")
        self.root.take_program(str(PROGRAM), "usr/bin/ddnsd")
        self.root.take_program(shutil.which("setpriv"), "bin/setpriv")
        self.root.write("etc/config/ddnsd", CONFIGURATION.format(port=self.service.server_port), 0o600)
        self.root.write("etc/ddnsd/home.secret", "s3cret\n", 0o600)
        calls = self.root.service("start")
        self.assertEqual([call for call in calls if call.startswith("logger")], [])
        prefix = "procd_set_param command "
        self.command = next(call for call in calls if call.startswith(prefix)).removeprefix(prefix).split()

    def as_user(self, *command):
        """A command line that does what procd does: into the user, and no new privileges ever."""
        user = str(support.USER_ID)
        drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
        return ["chroot", str(self.root.path), *drop, *command]

    def user(self, *command):
        """Runs it; (exit status, what it said)."""
        done = subprocess.run(self.as_user(*command), capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    @staticmethod
    def same_user_may_read(path):
        """Whether another process of the daemon's user may, outside of the root, where /proc is."""
        user = str(support.USER_ID)
        drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--bounding-set=-all"]
        reader = ["ls"] if path.endswith("/fd") else ["head", "-c1"]
        return subprocess.run([*drop, *reader, path], capture_output=True, timeout=60, check=False).returncode == 0

    def contents(self):
        """Everything in the root: path → (mode, owner, content)."""
        found = {}
        for path in sorted(self.root.path.rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                continue
            status = path.stat()
            content = path.read_bytes() if path.is_file() else None
            found[path.relative_to(self.root.path).as_posix()] = (status.st_mode, status.st_uid, content)
        return found

    def test_roots_configuration_and_secrets_are_closed_to_it(self):
        status, said = self.user("/usr/bin/ddnsd", "check", "-c", "/etc/config/ddnsd")
        self.assertEqual(status, 3)
        self.assertIn("Permission denied", said)
        for path in ("/etc/config/ddnsd", "/etc/ddnsd/home.secret"):
            self.assertNotEqual(self.user("/bin/busybox", "cat", path)[0], 0, path)
        status, said = self.user("/usr/bin/ddnsd", "check", "-c", "/var/run/ddnsd/config")
        self.assertEqual(status, 0, said)

    def test_check_and_the_daemon_know_which_password_files_root_hands_over(self):
        # Readable for everyone, so that nothing but the rule stands in the way; the same words from root's check, the
        # user's command line on the copy, and the daemon.
        self.root.write("root/world.secret", "s3cret\n")
        (self.root.path / "etc/ddnsd/link").symlink_to("/root/world.secret")
        os.mkfifo(self.root.path / "etc/ddnsd/pipe", 0o644)
        rule = "it must be a plain file directly in /etc/ddnsd, such as /etc/ddnsd/home.secret: put it there"
        for path in ("/root/world.secret", "/etc/ddnsd/link", "/etc/ddnsd/pipe", "/etc/ddnsd/../ddnsd/home.secret"):
            text = CONFIGURATION.format(port=self.service.server_port).replace("/etc/ddnsd/home.secret", path)
            self.root.write("etc/config/ddnsd", text, 0o600)
            calls = self.root.service("reload")
            self.assertTrue([call for call in calls if f"password_file '{path}'" in call], calls)
            said = f"section 'home', option 'password_file': cannot read {path}: {rule}"

            self.assertEqual(self.root.run("/usr/bin/ddnsd check"), 3)
            self.assertIn(f"/etc/config/ddnsd:9: {said}", self.root.output)
            status, output = self.user(self.command[0], "update", "--ipv4", "192.0.2.25", *self.command[2:6])
            self.assertEqual(status, 3, output)
            self.assertIn(said, output)
            command = [word if word != "syslog" else "stderr" for word in self.command]
            with subprocess.Popen(self.as_user(*command), stderr=subprocess.PIPE, text=True) as daemon:
                try:
                    self.assertIn(said, line_with("password_file", daemon))
                finally:
                    daemon.terminate()
        self.assertEqual(self.service.requests, [])

    def test_a_configuration_elsewhere_may_name_any_file(self):
        # A trial by hand is nobody's service: only what root hands over has the rule.
        self.root.write("root/world.secret", "s3cret\n")
        text = CONFIGURATION.format(port=self.service.server_port).replace("/etc/ddnsd/home.secret", "/root/world.secret")
        self.root.write("tmp/trial", text)
        status, said = self.user(self.command[0], "check", "-c", "/tmp/trial")
        self.assertEqual(status, 0, said)

    def test_it_updates_from_its_copy_and_writes_only_what_is_its_own(self):
        before = self.contents()
        update = [self.command[0], "update", "--ipv4", "192.0.2.25", *self.command[2:6]]
        status, said = self.user(*update)
        self.assertEqual(status, 0, said)
        path, authorization = self.service.requests[0]
        self.assertEqual(path, "/nic/update?hostname=home.example&myip=192.0.2.25")
        self.assertEqual(authorization, "Basic dXNlckBleGFtcGxlLmNvbTpzM2NyZXQ=")

        # Acknowledged and remembered: nothing more is sent (rules 1 and 2).
        self.assertEqual(self.user(*update)[0], 0)
        self.assertEqual(len(self.service.requests), 1)

        after = self.contents()
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        self.assertIn("etc/ddnsd/state.json", changed)
        for path in changed:
            self.assertTrue(path.startswith(("etc/ddnsd/state.json", "var/run/ddnsd/run")), path)
        self.assertEqual(after["etc/ddnsd/state.json"][:2], (0o100600, support.USER_ID))
        self.assertNotIn(b"s3cret", after["etc/ddnsd/state.json"][2])

    def test_root_and_the_daemon_do_not_end_each_others_halts(self):
        # The story: the copy named the CA file otherwise, so that to the daemon it was another configuration than to root's
        # command line: each ended the halts of the other, and asked the service again.
        self.root.write("etc/ddnsd/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", 0o600)
        text = CONFIGURATION.format(port=self.service.server_port) + "\toption ca_file '/etc/ddnsd/ca.pem'\n"
        self.root.write("etc/config/ddnsd", text, 0o600)
        self.root.service("reload")
        self.service.code = "badauth"
        update = "update --ipv4 192.0.2.25"
        for turn in range(3):
            self.assertEqual(self.root.run(f"/usr/bin/ddnsd {update}"), 4, self.root.output)
            status, said = self.user(self.command[0], *update.split(), *self.command[2:6])
            self.assertEqual(status, 4, said)
            self.assertEqual(len(self.service.requests), 1, turn)

    def test_what_root_does_by_hand_costs_the_daemon_nothing(self):
        # The first file in the folder is made by root: the daemon's user must be able to read and replace it.
        self.assertEqual(self.root.run("/usr/bin/ddnsd update --ipv4 192.0.2.25"), 0, self.root.output)
        for name in ("state.json", "state.json.lock"):
            status = (self.root.path / "etc/ddnsd" / name).stat()
            self.assertEqual((status.st_uid, status.st_gid), (support.USER_ID,) * 2, name)
        status, said = self.user(self.command[0], "update", "--ipv4", "192.0.2.25", *self.command[2:6])
        self.assertEqual((status, len(self.service.requests)), (0, 1), said)

    def test_a_state_that_may_not_be_read_is_no_damage(self):
        # The story: "permission denied" was taken for damage, and every halt and wait was set aside.
        self.root.run("/usr/bin/ddnsd update --ipv4 192.0.2.25")
        path = self.root.path / "etc/ddnsd/state.json"
        text = path.read_bytes()
        os.chown(path, 0, 0)
        status, said = self.user(self.command[0], "update", "--ipv4", "192.0.2.26", *self.command[2:6])
        self.assertEqual(status, 1, said)
        self.assertIn("/etc/ddnsd/state.json may not be read: Permission denied", said)
        command = [word if word != "syslog" else "stderr" for word in self.command]
        with subprocess.Popen(self.as_user(*command), stderr=subprocess.PIPE, text=True) as daemon:
            try:
                self.assertIn("it is tried again each minute", line_with("state.json", daemon))
            finally:
                daemon.terminate()
            daemon.wait(timeout=10)
        self.assertEqual(path.read_bytes(), text)
        self.assertFalse(path.with_name("state.json.bad").exists())
        self.assertEqual(len(self.service.requests), 1)

    def test_nothing_else_can_be_written_by_its_user(self):
        for path in ("/etc/x", "/etc/config/x", "/var/run/ddnsd/x", "/usr/bin/ddnsd", "/etc/hotplug.d/ddnsd/x", "/usr/share/acl.d/x"):
            self.assertNotEqual(self.user("/bin/busybox", "sh", "-c", f": >> {path}")[0], 0, path)
        for path in ("/etc/ddnsd/x", "/var/run/ddnsd/run/x"):
            self.assertEqual(self.user("/bin/busybox", "sh", "-c", f": >> {path}")[0], 0, path)

    def test_the_daemon_runs_by_procds_command_line_and_ends_when_told(self):
        command = [word if word != "syslog" else "stderr" for word in self.command]
        with subprocess.Popen(self.as_user(*command), stderr=subprocess.PIPE, text=True) as daemon:
            try:
                self.assertIn("has started", line_with("has started", daemon))
                status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
                fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                self.assertEqual(fields["Uid"].split(), [str(support.USER_ID)] * 4)
                self.assertEqual(fields["Gid"].split(), [str(support.USER_ID)] * 4)
                self.assertEqual(fields["Groups"].strip(), "")
                self.assertEqual(fields["NoNewPrivs"], "1")
                self.assertEqual(int(fields["CapEff"], 16), 0)
                for name in ("environ", "mem", "maps", "fd"):
                    self.assertFalse(self.same_user_may_read(f"/proc/{daemon.pid}/{name}"), name)
                daemon.send_signal(signal.SIGTERM)
                began = time.monotonic()
                self.assertEqual(daemon.wait(timeout=30), 0)
                self.assertLess(time.monotonic() - began, 10, "procd would have killed it")
            finally:
                if daemon.poll() is None:
                    daemon.kill()


if __name__ == "__main__":
    unittest.main()
