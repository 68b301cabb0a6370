"""The init script, run under busybox ash and under dash with procd's functions written down.

What it must do: hand the unprivileged daemon a private copy of the configuration and of the secrets that it names,
whole or not at all; never be led elsewhere by what the daemon can write; tell procd the right things.
"""

import ctypes
import os
import signal
import stat
import unittest

import support

ACCOUNT = """config account 'home'
	option enabled '1'   # a comment
	option username 'user@example.com'
	option password_file '/etc/ddnsd/home.secret'
	list hostname 'home.ddns.net'
"""

def as_daemon(work, directory):
    """Forks a process of the daemon's user that does this work in the directory; its id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(support.USER_ID)
            os.setuid(support.USER_ID)
            os.chdir(directory)
            status = work()
        finally:
            os._exit(status)
    return pid


def swap(names, ready):
    """Exchanges each name and its link without a pause."""
    libc = ctypes.CDLL(None)
    os.write(ready, b"s")
    while True:
        for name in names:
            libc.renameat2(-100, name.encode(), -100, name.encode() + b".link", 2)


class Init(unittest.TestCase):
    def each_root(self):
        """A fresh root for each shell."""
        for shell in support.SHELLS:
            with self.subTest(shell=shell):
                yield support.RouterRoot(self, shell)

    def assert_private(self, root, path, content):
        """A file that the daemon alone can read, in a directory that it cannot write."""
        status = os.lstat(root.path / path)
        self.assertTrue(stat.S_ISREG(status.st_mode), path)
        self.assertEqual((status.st_uid, status.st_gid), (support.USER_ID,) * 2, path)
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600, path)
        self.assertEqual((root.path / path).read_text(), content, path)
        directory = os.stat((root.path / path).parent)
        self.assertEqual((directory.st_uid, directory.st_gid), (0, support.USER_ID))
        self.assertEqual(stat.S_IMODE(directory.st_mode), 0o750)

    def test_start_tells_procd_everything(self):
        for root in self.each_root():
            calls = root.service("start")
            self.assertEqual(root.status, 0, root.output)
            self.assertEqual(
                calls,
                [
                    "procd_open_service ddnsd /etc/init.d/ddnsd",
                    "procd_open_instance",
                    "procd_set_param command /usr/bin/ddnsd run -c /var/run/ddnsd/config -s /etc/ddnsd/state.json --log syslog",
                    "procd_set_param user ddnsd",
                    "procd_set_param group ddnsd",
                    "procd_set_param no_new_privs 1",
                    "procd_set_param respawn 3600 300 0",
                    "procd_set_param term_timeout 10",
                    "procd_set_param stdout 1",
                    "procd_set_param stderr 1",
                    "procd_add_jail ddnsd log",
                    "procd_add_jail_mount /var/run/ubus /etc/ssl /etc/hosts /etc/openwrt_release /tmp/sysinfo /usr/share/ddnsd /var/run/ddnsd",
                    "procd_add_jail_mount_rw /etc/ddnsd /var/run/ddnsd/run",
                    "procd_close_instance",
                    "procd_add_reload_trigger ddnsd",
                    "procd_close_service set",
                ],
            )
            self.assertEqual(root.output, "")

    def test_the_daemon_has_a_directory_of_its_own_beside_the_copy(self):
        for root in self.each_root():
            root.service("start")
            own = root.path / "var/run/ddnsd/run"
            status = os.stat(own)
            self.assertEqual((status.st_uid, stat.S_IMODE(status.st_mode)), (support.USER_ID, 0o700))
            # What it remembers there stays through a reload.
            (own / "detection.json").write_text("{}")
            root.service("reload")
            self.assertTrue((own / "detection.json").exists())

    def test_the_shipped_configuration_is_handed_over_byte_for_byte(self):
        for root in self.each_root():
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/config", (support.ROOT / "files/etc/config/ddnsd").read_text())
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])

    def test_a_password_file_is_handed_over_and_the_configuration_stays_the_same_text(self):
        # The copy once named other files: to root's command line and to the daemon it was another configuration, and each
        # ended the other's halts.
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT, 0o600)
            root.write("etc/ddnsd/home.secret", "s3cret & | \\ ' \" $x\n", 0o600)
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/secret.home", "s3cret & | \\ ' \" $x\n")
            self.assert_private(root, "var/run/ddnsd/config", ACCOUNT)

    def test_quotes_and_odd_names_do_not_matter(self):
        for root in self.each_root():
            for number, line in enumerate(
                (
                    'option password_file "/etc/ddnsd/a.b[1]*"',
                    "option 'password_file' /etc/ddnsd/a.b[1]*",
                    "\toption\t\"password_file\"\t'/etc/ddnsd/a.b[1]*'\t# why",
                )
            ):
                text = f"config account 'a{number}'\n{line}\n\toption username '/etc/ddnsd/a.b[1]*'\n"
                root.write("etc/config/ddnsd", text, 0o600)
                root.write("etc/ddnsd/a.b[1]*", "pw", 0o600)
                root.service("start")
                self.assert_private(root, f"var/run/ddnsd/secret.a{number}", "pw")

    def test_two_accounts_may_share_a_password_file(self):
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT + ACCOUNT.replace("'home'", "'office'"), 0o600)
            root.write("etc/ddnsd/home.secret", "pw\n", 0o600)
            root.service("start")
            for account in ("home", "office"):
                self.assert_private(root, f"var/run/ddnsd/secret.{account}", "pw\n")

    def test_a_section_without_a_name_is_called_as_the_daemon_calls_it(self):
        # uci makes a name of its own for it (cfg and six digits); ddnsd calls it by its place among the accounts.
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT + ACCOUNT.replace("'home'", "'cfg0a1b2c'"), 0o600)
            root.write("etc/ddnsd/home.secret", "pw\n", 0o600)
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/secret.account2", "pw\n")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run", "secret.account2", "secret.home"])

    def test_a_private_ca_is_handed_over(self):
        pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        for root in self.each_root():
            root.write("etc/config/ddnsd", "config account 'home'\n\toption ca_file '/root/ca.pem'\n", 0o600)
            root.write("root/ca.pem", pem, 0o600)
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/ca.home", pem)

    def test_the_routers_own_roots_are_not_copied(self):
        for root in self.each_root():
            text = "config account 'home'\n\toption ca_file '/etc/ssl/certs/ca-certificates.crt'\n"
            root.write("etc/config/ddnsd", text, 0o600)
            root.service("start")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])
            self.assert_private(root, "var/run/ddnsd/config", text)

    def test_root_fetches_no_other_file_for_the_daemon(self):
        # Who may write the configuration (a LuCI login that is not root's) or /etc/ddnsd (the daemon, once it is taken
        # over) must not get root to read /etc/shadow for them.
        attempts = (
            "/etc/shadow",
            "/etc/ddnsd/../shadow",
            "/etc/ddnsd/sub/shadow",
            "/etc/ddnsd/state.json",
            "/etc/ddnsd/link",
            "/etc/ddnsd/far",
            "/etc/ddnsd/gone",
        )
        for root in self.each_root():
            root.write("etc/shadow", "root:HASH\n", 0o600)
            root.write("etc/ddnsd/state.json", "{}", 0o600)
            (root.path / "etc/ddnsd/sub").symlink_to("..")
            (root.path / "etc/ddnsd/link").symlink_to("../shadow")
            (root.path / "etc/ddnsd/far").symlink_to("/etc/shadow")
            for path in attempts:
                root.write("etc/config/ddnsd", ACCOUNT.replace("/etc/ddnsd/home.secret", path), 0o600)
                calls = root.service("start")
                self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"], path)
                self.assertNotIn("HASH", (root.path / "var/run/ddnsd/config").read_text())
                self.assertTrue(any(c.startswith("logger -t ddnsd -p daemon.err home: password_file") for c in calls), calls)
                self.assertEqual((root.path / "etc/shadow").stat().st_uid, 0)
            root.write("etc/config/ddnsd", "config account 'home'\n\toption ca_file '/etc/shadow'\n", 0o600)
            calls = root.service("start")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])
            self.assertTrue(any("home: ca_file" in c for c in calls), calls)

    def test_a_key_is_not_handed_over_with_its_certificate(self):
        for root in self.each_root():
            root.write("etc/config/ddnsd", "config account 'home'\n\toption ca_file '/etc/uhttpd.pem'\n", 0o600)
            root.write("etc/uhttpd.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n", 0o600)
            root.service("start")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])

    def test_a_ca_file_needs_its_whole_path(self):
        # Relative to what? The daemon's directory is not root's, and "-r" would be an option of grep.
        pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        for root in self.each_root():
            for path in ("ca.pem", "./ca.pem", "root/ca.pem", "-r"):
                root.write(path, pem)
                root.write("etc/config/ddnsd", f"config account 'home'\n\toption ca_file '{path}'\n", 0o600)
                calls = root.service("start")
                message = f"logger -t ddnsd -p daemon.err home: ca_file '{path}' is not there, or is not a plain file of root's in a directory of root's"
                self.assertIn(message, calls)
                self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])
                self.assertIn("procd_close_instance", calls, "the other accounts run")

    def test_the_state_becomes_the_daemons_and_links_are_not_followed(self):
        for root in self.each_root():
            root.write("etc/ddnsd/state.json", "{}", 0o600)
            root.write("etc/ddnsd/home.secret", "pw", 0o600)
            (root.path / "etc/ddnsd/state.json.bad").symlink_to("../passwd")
            root.service("start")
            owner = lambda path: os.lstat(root.path / path).st_uid  # noqa: E731
            directory = os.stat(root.path / "etc/ddnsd")
            self.assertEqual((directory.st_uid, directory.st_gid), (0, support.USER_ID))
            self.assertEqual(stat.S_IMODE(directory.st_mode), 0o1770)
            self.assertEqual(owner("etc/ddnsd/state.json"), support.USER_ID)
            self.assertEqual(owner("etc/ddnsd/home.secret"), 0, "a secret stays root's")
            self.assertEqual(owner("etc/passwd"), 0)

    def test_without_the_user_nothing_starts(self):
        # procd runs an instance as root when it does not know its user.
        for root in self.each_root():
            root.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnotddnsd:x:9:9::/:/bin/false\n")
            for action in ("start", "reload"):
                calls = root.service(action)
                self.assertNotIn("procd_open_instance", calls)
                self.assertIn("logger -t ddnsd -p daemon.err not started: there is no user 'ddnsd'; install the package again", calls)

    def test_without_a_configuration_nothing_starts(self):
        for root in self.each_root():
            (root.path / "etc/config/ddnsd").unlink()
            self.assertNotIn("procd_open_instance", root.service("start"))

    def test_no_jail_where_the_resolvers_file_changes(self):
        # A jail holds on to the file of the moment; netifd replaces resolv.conf.auto whenever an address changes.
        for root in self.each_root():
            for text in ("nameserver 203.0.113.53\n", "nameserver 127.0.0.1\nnameserver 203.0.113.53\n", "", None):
                if text is None:
                    (root.path / "etc/resolv.conf").unlink()
                else:
                    root.write("etc/resolv.conf", text)
                calls = root.service("start")
                self.assertIn("procd_close_instance", calls)
                self.assertFalse([call for call in calls if "jail" in call], text)

    def test_mistakes_are_left_to_the_daemon(self):
        # It names the real file; said by both, each mistake stood in the log twice.
        for root in self.each_root():
            root.program('#!/bin/sh\necho "$@" >> /checked\nexit 3\n')
            calls = root.service("start")
            self.assertFalse((root.path / "checked").exists())
            self.assertFalse([call for call in calls if call.startswith("logger")], calls)

    def test_a_file_that_cannot_be_parsed_goes_to_the_daemon_as_it_is(self):
        for root in self.each_root():
            root.write("etc/config/ddnsd", "config account 'home\n", 0o600)
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/config", "config account 'home\n")

    def test_what_is_not_committed_is_not_handed_over(self):
        # `uci set` without `uci commit`, and a reload for another reason: the copy named the old file, and the new one's
        # content was handed over, so that the account had no password until the commit.
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT, 0o600)
            root.write("etc/ddnsd/home.secret", "old\n", 0o600)
            root.write("etc/ddnsd/new.secret", "new\n", 0o600)
            root.write("tmp/.uci/ddnsd", "config account home\noption password_file /etc/ddnsd/new.secret\n")
            root.service("start")
            self.assert_private(root, "var/run/ddnsd/secret.home", "old\n")

    def test_root_waits_for_no_pipe(self):
        # Opening a pipe that nobody writes to never returns: the boot would stand still.
        for root in self.each_root():
            (root.path / "etc/ddnsd").mkdir(exist_ok=True)
            os.mkfifo(root.path / "etc/ddnsd/pipe")
            os.mknod(root.path / "dev/zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            for option, path in (("password_file", "/etc/ddnsd/pipe"), ("ca_file", "/etc/ddnsd/pipe"), ("ca_file", "/dev/zero")):
                root.write("etc/config/ddnsd", f"config account 'home'\n\toption {option} '{path}'\n", 0o600)
                calls = root.service("start")
                message = f"logger -t ddnsd -p daemon.err home: {option} '{path}' is not there, or is not a plain file of root's"
                if option == "ca_file":
                    message += " in a directory of root's"
                self.assertIn(message, calls)
                self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])

    def test_a_reload_that_cannot_copy_leaves_the_daemon_alone(self):
        # procd takes a service that is set without an instance for one to be stopped.
        for root in self.each_root():
            root.service("start")
            (root.path / "etc/config/ddnsd").unlink()
            calls = root.service("reload")
            self.assertEqual([call for call in calls if call.startswith("procd")], [])
            self.assertTrue(calls[0].startswith("logger -t ddnsd -p daemon.err the private copy of /etc/config/ddnsd"), calls)
            self.assertTrue((root.path / "var/run/ddnsd/config").exists(), "the old copy is whole")

    def test_reload_refreshes_the_copy_then_signals(self):
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT, 0o600)
            root.write("etc/ddnsd/home.secret", "old\n", 0o600)
            root.service("start")
            root.write("etc/ddnsd/home.secret", "new\n", 0o600)
            root.write("running", "")
            calls = root.service("reload")
            self.assert_private(root, "var/run/ddnsd/secret.home", "new\n")
            self.assertEqual(calls[-1], "procd_send_signal ddnsd * HUP")
            # The account is gone: so is the copy of its secret.
            root.write("etc/config/ddnsd", "config global 'global'\n", 0o600)
            root.service("reload")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])

    def test_a_reload_signals_only_what_ran_before(self):
        # A process that has just been started dies of SIGHUP until it has its handler.
        for root in self.each_root():
            calls = root.service("reload")
            self.assertIn("procd_close_instance", calls)
            self.assertNotIn("procd_send_signal ddnsd * HUP", calls)

    def test_a_swap_during_reloads_gets_nothing_of_roots(self):
        # Whoever took the daemon over exchanges a secret and a link as fast as it can, while root reads.
        reloads = int(os.environ.get("DDNSD_RACED_RELOADS", "200"))
        pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
        root = support.RouterRoot(self, "ash")
        root.write("etc/shadow", "root:HASH\n", 0o600)
        root.write("etc/config/ddnsd", ACCOUNT + "\toption ca_file '/etc/ddnsd/ca.pem'\n", 0o600)
        directory = root.path / "etc/ddnsd"
        for name, text in (("home.secret", "mine\n"), ("ca.pem", pem)):
            root.write(f"etc/ddnsd/{name}", text, 0o600)
            (directory / f"{name}.link").symlink_to("../shadow")
            for path in (directory / name, directory / f"{name}.link"):
                os.chown(path, support.USER_ID, support.USER_ID, follow_symlinks=False)
        os.chown(directory, support.USER_ID, support.USER_ID)
        os.chmod(directory, 0o700)
        for path in (root.path, root.path / "etc"):
            os.chmod(path, 0o755)
        ready, tell = os.pipe()
        swapper = as_daemon(lambda: swap(("home.secret", "ca.pem"), tell), directory)
        try:
            self.assertEqual(os.read(ready, 1), b"s", "it swaps")
            for _ in range(reloads):
                root.service("reload")
                for name in os.listdir(root.path / "var/run/ddnsd"):
                    if name != "run":
                        self.assertNotIn("HASH", (root.path / "var/run/ddnsd" / name).read_text(), name)
            self.assertEqual(os.waitpid(swapper, os.WNOHANG), (0, 0), "it swapped until the end")
        finally:
            os.kill(swapper, signal.SIGKILL)
            os.waitpid(swapper, 0)
            os.close(ready)
            os.close(tell)

    def test_a_secret_of_root_cannot_be_replaced_by_the_daemon(self):
        for root in self.each_root():
            root.write("etc/ddnsd/home.secret", "mine\n", 0o600)
            root.service("start")
            for path in (root.path, root.path / "etc"):
                os.chmod(path, 0o755)

            def work():
                open("own", "w", encoding="utf-8").close()
                os.rename("own", "state.json")
                try:
                    os.rename("home.secret", "other")
                except PermissionError:
                    return 7
                return 0

            _, status = os.waitpid(as_daemon(work, root.path / "etc/ddnsd"), 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 7, "its own files it renames, root's it does not")

    def test_hard_links_are_neither_read_nor_given_away(self):
        # Where fs.protected_hardlinks is 0, anybody may make one.
        for root in self.each_root():
            root.write("etc/shadow", "root:HASH\n", 0o600)
            (root.path / "etc/ddnsd").mkdir(exist_ok=True)
            for name in ("home.secret", "state.json.bad"):
                os.link(root.path / "etc/shadow", root.path / "etc/ddnsd" / name)
            root.write("etc/config/ddnsd", ACCOUNT, 0o600)
            root.service("start")
            self.assertEqual(sorted(os.listdir(root.path / "var/run/ddnsd")), ["config", "run"])
            self.assertEqual(os.stat(root.path / "etc/shadow").st_uid, 0)

    def test_stop_takes_the_copies_away(self):
        for root in self.each_root():
            root.write("etc/config/ddnsd", ACCOUNT, 0o600)
            root.write("etc/ddnsd/home.secret", "pw\n", 0o600)
            root.service("start")
            self.assertEqual(root.service("stop"), ["procd_kill ddnsd"])
            self.assertEqual(os.listdir(root.path / "var/run/ddnsd"), ["run"])
            self.assertTrue((root.path / "etc/ddnsd/home.secret").exists())

    def test_r09_a_restart_does_not_forget_when_the_web_was_asked(self):
        # `service ddnsd restart`, and every upgrade: with what it remembers gone, the daemon asked again at once.
        for root in self.each_root():
            root.service("start")
            root.write("var/run/ddnsd/run/detection.json", "{}", 0o600)
            root.service("stop")
            root.service("start")
            self.assertEqual((root.path / "var/run/ddnsd/run/detection.json").read_text(), "{}")


if __name__ == "__main__":
    unittest.main()
