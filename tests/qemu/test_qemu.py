"""The cross-built binaries, each run on the least CPU that its routers have (qemu-user): do they do their work there?

scripts/checks/qemu.sh builds what is needed and says which targets: DDNSD_TARGETS has a line "name emulator:cpu" for each.
The TLS exchanges are real ones, with the simulated service: a binary can start and still break every request.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
SERVICE = PROGRAMS / "simulated-service"
ROUTER = PROGRAMS / "luci-world"
HOST = [str(PROGRAMS / "ddnsd")]
TARGETS = [line.split() for line in os.environ.get("DDNSD_TARGETS", "").splitlines() if line.strip()]

# What `readelf -A` has to say about each family: the float ABI, and the instruction set that the routers' CPUs have.
ATTRIBUTES = {
    "mips": [r"ISA: MIPS32r2", r"FP ABI: Soft float"],
    "mipsel": [r"ISA: MIPS32r2", r"FP ABI: Soft float"],
    "armv7": [r"Tag_CPU_arch: v7", r"Tag_ABI_VFP_args: VFP registers"],
    "arm": [r"Tag_CPU_arch: v6"],
    "armv5te": [r"Tag_CPU_arch: v5TE"],
}
SOFT_FLOAT_ARM = ("arm", "armv5te")

CONFIGURATION = """config account 'home'
	option enabled '1'
	option service 'noip'
	option server 'localhost'
	option port '{port}'
	option ca_file '{ca_file}'
	option username 'user@example.com'
	option password 'secret'
	list hostname 'home.ddns.net'
	list hostname 'office.ddns.net'
"""


class Service:
    """A simulated service, for a `with`."""

    def __init__(self, *options):
        account = "user@example.com:secret=home.ddns.net,office.ddns.net"
        self.process = subprocess.Popen(
            [SERVICE, "--until-eof", "--account", account, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        self.where = json.loads(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def request(self):
        """The next request that it answered."""
        return json.loads(self.process.stdout.readline())

    def rest(self):
        """Every request that has not been asked for yet; ends the service."""
        self.process.stdin.close()
        return [json.loads(line) for line in self.process.stdout]


class Router:
    """A bus with netifd on it, for a `with`. It is big-endian on the wire, whoever speaks."""

    def __enter__(self):
        self.process = subprocess.Popen([ROUTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.socket = json.loads(self.process.stdout.readline())["socket"]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def wan(self, address):
        """The interface wan has this address from now on, and netifd says so."""
        status = {"up": True, "available": True, "uptime": 60, "l3_device": "wan0", "proto": "dhcp"}
        status["ipv4-address"] = [{"address": address, "mask": 24}]
        status["route"] = [{"target": "0.0.0.0", "mask": 0, "nexthop": "192.0.2.1"}]
        self.process.stdin.write(json.dumps({"interface": "wan", "status": status}) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


class NameServer:
    """A name server for a `with`, on port 53 of an address that nobody else uses, for programs that `through` runs.

    `silent` are the types that it never answers a question for, as some forwarders do with AAAA (RFC 4074).
    """

    ADDRESS = "127.66.55.1"
    TYPES = {1: "A", 28: "AAAA"}

    def __init__(self, addresses, silent=()):
        self.addresses, self.silent, self.asked = addresses, silent, []

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.ADDRESS, 53))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        # An empty datagram ends it.
        self.socket.sendto(b"", (self.ADDRESS, 53))
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            if not query:
                return
            question = query[12 : query.index(0, 12) + 5]
            kind = self.TYPES.get(int.from_bytes(question[-4:-2], "big"))
            self.asked.append(kind)
            if kind in self.silent:
                continue
            address = self.addresses.get(kind, b"")
            record = b"\xc0\x0c" + question[-4:] + bytes(4) + len(address).to_bytes(2, "big") + address if address else b""
            counts = bytes([0, 1, 0, 1 if address else 0, 0, 0, 0, 0])
            self.socket.sendto(query[:2] + b"\x81\x80" + counts + question + record, peer)

    def through(self, folder, runner):
        """The command line in front of a program that asks this server and no other."""
        (folder / "resolv.conf").write_text(f"nameserver {self.ADDRESS}\n")
        script = f'mount --bind "{folder}/resolv.conf" /etc/resolv.conf && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", *runner]


def cpu_ticks(pid):
    """What a process has had of the processor, for itself and in the kernel, in clock ticks."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class Qemu(unittest.TestCase):
    def each_target(self):
        """(name, runner): the command line in front of the program's arguments."""
        self.assertTrue(TARGETS, "run scripts/checks/qemu.sh")
        for name, qemu in TARGETS:
            with self.subTest(target=name):
                program = str(ROOT / "build" / name / "ddnsd")
                emulator, cpu = qemu.split(":")
                yield name, [program] if emulator == "native" else [emulator, "-cpu", cpu, program]

    def folder(self):
        folder = tempfile.mkdtemp(prefix="ddnsd-qemu-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def ddnsd(self, runner, *arguments):
        """Runs it; (exit status, what it said on stdout, on stderr). An argument may be bytes that are no UTF-8."""
        command = [*runner, *map(os.fsencode, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def configured(self, folder, where):
        """Options for a configuration and a state of its own, without a bus."""
        (folder / "config").write_text(CONFIGURATION.format(**where))
        return ["-c", folder / "config", "-s", folder / "state.json", "-S", folder / "no-bus", "--log", "stderr"]

    def test_is_static_and_of_the_right_float_abi(self):
        for name, _ in self.each_target():
            program = str(ROOT / "build" / name / "ddnsd")
            said = subprocess.run(["readelf", "-lA", program], capture_output=True, text=True, check=True).stdout
            self.assertNotIn("INTERP", said)
            self.assertNotIn("DYNAMIC", said)
            for wanted in ATTRIBUTES.get(name, []):
                self.assertRegex(said, wanted)
            if name in SOFT_FLOAT_ARM:
                self.assertNotIn("Tag_ABI_VFP_args", said)

    def test_says_its_version(self):
        version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M).group(1)
        for _, runner in self.each_target():
            status, said, _ = self.ddnsd(runner, "--version")
            self.assertEqual(status, 0)
            self.assertIn(version, said)

    def test_checks_a_configuration(self):
        for _, runner in self.each_target():
            status, said, error = self.ddnsd(runner, "check", "-c", ROOT / "files/etc/config/ddnsd")
            self.assertEqual(status, 0, said + error)
            broken = self.folder() / "config"
            broken.write_text("config account 'home'\n\toption enabled '1'\n\toption usrname 'x'\n")
            status, said, error = self.ddnsd(runner, "check", "-c", broken)
            self.assertEqual(status, 3)
            self.assertIn("username", said + error)

    def test_updates_over_both_versions_of_tls_and_every_kind_of_key(self):
        for _, runner in self.each_target():
            for version in ("1.2", "1.3"):
                for key in ("ecdsa", "p384", "rsa"):
                    with self.subTest(tls=version, key=key), Service("--tls", version, "--key", key) as service:
                        options = self.configured(self.folder(), service.where)
                        status, said, error = self.ddnsd(runner, "update", "--ipv4", "192.0.2.25", *options)
                        self.assertEqual(status, 0, said + error)
                        request = service.request()
                        self.assertIn(version, request["tls"])
                        self.assertEqual(request["path"], "/nic/update")
                        self.assertEqual(request["query"]["hostname"], "home.ddns.net,office.ddns.net")
                        self.assertEqual(request["query"]["myip"], "192.0.2.25")
                        self.assertEqual(request["headers"]["authorization"], "Basic dXNlckBleGFtcGxlLmNvbTpzZWNyZXQ=")

    def test_refuses_certificates_that_prove_nothing(self):
        for _, runner in self.each_target():
            for wrong in ("unknown-authority", "forged-authority", "wrong-name", "expired"):
                with self.subTest(certificate=wrong), Service("--certificate", wrong) as service:
                    options = self.configured(self.folder(), service.where)
                    status, said, error = self.ddnsd(runner, "update", "--json", "--ipv4", "192.0.2.25", *options)
                    self.assertEqual(status, 1, said + error)
                    self.assertEqual(json.loads(said)["accounts"][0]["result"], "failed")
                    self.assertIn("certificate", said + error)
                    self.assertEqual(service.rest(), [], "the password went to a server that proved nothing")

    def test_says_what_the_hosts_build_says(self):
        # The router's build leaves out what prints {:?}: a sentence of any crate that is made with it would have a hole.
        for _, runner in self.each_target():
            for arguments in (
                [],
                ["upadte"],
                ["update", "--frobnicate"],
                ["update", "-x"],
                ["update", "--ipv4"],
                ["update", "--ipv4", "::1"],
                ["status", "--json=yes"],
                [b"\xff"],
                ["check", "-c", "/"],
                ["check", "-c", "/nowhere"],
                ["update", "-c", ROOT / "Cargo.toml"],
                ["migrate", ROOT / "LICENSE"],
            ):
                with self.subTest(arguments=arguments):
                    self.assertEqual(self.ddnsd(runner, *arguments), self.ddnsd(HOST, *arguments))
            for state in ("", "[]", '"x"', '{"version":"1"}', '{"version":1,"accounts":{"home":3}}', '{"version":1,"accounts":"x"}'):
                with self.subTest(state=state):
                    folder = self.folder()
                    options = self.configured(folder, {"port": 1, "ca_file": "/nowhere"})
                    said = []
                    for program in (runner, HOST):
                        (folder / "state.json").write_text(state)
                        said.append(self.ddnsd(program, "status", *options))
                    self.assertEqual(*said)
                    self.assertIn("state.json", said[0][2])

    def test_says_what_is_wrong_with_the_server_as_the_hosts_build_does(self):
        for _, runner in self.each_target():
            for options, roots in (
                (["--plain"], None),
                (["--certificate", "not-yet-valid"], None),
                (["--certificate", "wrong-name"], None),
                (["--certificate", "wrong-address"], None),
                (["--certificate", "unknown-authority"], None),
                (["--certificate", "forged-authority", "--key", "rsa"], None),
                (["--certificate", "wrong-purpose"], None),
                (["--certificate", "authority"], None),
                ([], "/nowhere"),
                ([], "/"),
                ([], ROOT / "Cargo.toml"),
            ):
                with self.subTest(service=options, roots=roots), Service(*options) as service:
                    where = {**service.where, "ca_file": roots or service.where["ca_file"] or "/etc/hostname"}
                    folder = self.folder()
                    arguments = ["update", "--json", "--ipv4", "192.0.2.25", *self.configured(folder, where)]
                    messages = []
                    for program in (runner, HOST):
                        status, said, _ = self.ddnsd(program, *arguments)
                        self.assertEqual(status, 1)
                        messages.append(json.loads(said)["accounts"][0]["message"])
                        (folder / "state.json").unlink(missing_ok=True)
                    self.assertEqual(*messages)
                    self.assertGreater(len(messages[0]), 20)

    @unittest.skipUnless(os.geteuid() == 0, "port 53 and a mount of its own are root's")
    def test_a_name_server_that_never_answers_for_ipv6(self):
        # Asked for both at once, musl has no address at all then, and says so after five seconds, every time.
        for _, runner in self.each_target():
            ipv4 = {"A": bytes([127, 0, 0, 1])}
            with Service("--name", "svc.example") as service, NameServer(ipv4, silent=["AAAA"]) as names:
                began = time.monotonic()
                self.update_by_name(runner, service, names)
                self.assertLess(time.monotonic() - began, 4)
                self.assertEqual(names.asked, ["A"])

    @unittest.skipUnless(os.geteuid() == 0, "port 53 and a mount of its own are root's")
    def test_a_server_that_has_an_ipv6_address_alone(self):
        for _, runner in self.each_target():
            ipv6 = {"AAAA": bytes(15) + b"\1"}
            with Service("--name", "svc.example", "--listen", "::1") as service, NameServer(ipv6) as names:
                self.update_by_name(runner, service, names)
                self.assertEqual(names.asked, ["A", "AAAA"])

    def update_by_name(self, runner, service, names):
        """An update of the service svc.example, whose address that name server has."""
        folder = self.folder()
        options = self.configured(folder, service.where)
        (folder / "config").write_text((folder / "config").read_text().replace("'localhost'", "'svc.example'"))
        command = names.through(folder, runner)
        status, said, error = self.ddnsd(command, "update", "--ipv4", "192.0.2.25", *options)
        self.assertEqual(status, 0, said + error)
        self.assertEqual(service.request()["query"]["myip"], "192.0.2.25")

    def test_writes_its_state_and_reads_it_back(self):
        for _, runner in self.each_target():
            with Service() as service:
                folder = self.folder()
                options = self.configured(folder, service.where)
                status, said, error = self.ddnsd(runner, "update", "--ipv4", "192.0.2.25", *options)
                self.assertEqual(status, 0, said + error)
                service.request()
                self.assertEqual((folder / "state.json").stat().st_mode & 0o777, 0o600)
                kept = (folder / "state.json").read_text()
                self.assertIn("192.0.2.25", json.dumps(json.loads(kept)))
                self.assertNotIn("secret", kept)

                status, said, _ = self.ddnsd(runner, "status", "--json", *options)
                hosts = json.loads(said)["accounts"][0]["hosts"]
                self.assertEqual([host["ipv4"] for host in hosts], ["192.0.2.25"] * 2)
                # Rule 1: the same address is not sent again, by another process that knows it from the disk alone.
                self.assertEqual(self.ddnsd(runner, "update", "--ipv4", "192.0.2.25", *options)[0], 0)
                self.assertEqual(service.rest(), [])

    def test_its_clock_and_its_waits_are_right(self):
        # The layout of struct timespec differs between ways to call a 32-bit C library: with a wrong one every deadline
        # has passed at once, the daemon spins, and a service is asked again and again.
        for _, runner in self.each_target():
            folder = self.folder()
            options = self.configured(folder, {"port": 1, "ca_file": self.roots()})
            began = time.time()
            status, said, error = self.ddnsd(runner, "update", "--json", "--ipv4", "192.0.2.25", *options)
            self.assertEqual(status, 1, said + error)
            account = json.loads(said)["accounts"][0]
            self.assertIn("no connection", account["message"])
            # Rule 5: the first pause after a failure, seen from the wall clock.
            self.assertGreater(account["next_attempt"], began)
            self.assertLess(account["next_attempt"], time.time() + 3600)

            with self.daemon(runner, options) as daemon:
                before = cpu_ticks(daemon.pid)
                with self.assertRaises(subprocess.TimeoutExpired):
                    daemon.wait(timeout=3)
                spent = (cpu_ticks(daemon.pid) - before) / os.sysconf("SC_CLK_TCK")
                self.assertLess(spent, 0.3, "seconds of the processor in three of waiting")

    def test_the_daemon_hears_of_an_address_on_the_bus_and_tells_the_service(self):
        for _, runner in self.each_target():
            with Service() as service, Router() as router:
                router.wan("203.0.113.7")
                options = self.configured(self.folder(), service.where)
                options[options.index("-S") + 1] = router.socket
                with self.daemon(runner, options):
                    for address in ("203.0.113.7", "203.0.113.8"):
                        router.wan(address)
                        self.assertEqual(service.request()["query"]["myip"], address)
                    # The same over the bus, asked by a second process of this architecture.
                    deadline = time.monotonic() + 60
                    while True:
                        status, said, error = self.ddnsd(runner, "status", "--json", *options)
                        self.assertEqual(status, 0, said + error)
                        account = json.loads(said)["accounts"][0]
                        if account["state"] == "current" or time.monotonic() > deadline:
                            break
                    self.assertEqual([host["ipv4"] for host in account["hosts"]], ["203.0.113.8"] * 2)
                    self.assertEqual(account["ipv4"]["interface"], "wan")

    def roots(self):
        """A file of roots, without any meaning: no exchange comes as far as to need them."""
        with Service() as service:
            path = self.folder() / "roots.pem"
            path.write_bytes(pathlib.Path(service.where["ca_file"]).read_bytes())
            return path

    @contextlib.contextmanager
    def daemon(self, runner, options):
        """A running daemon that has said that it started."""
        with subprocess.Popen([*runner, "run", *map(str, options)], stderr=subprocess.PIPE, text=True) as daemon:
            try:
                said = daemon.stderr.readline()
                while said and "has started" not in said:
                    said = daemon.stderr.readline()
                self.assertIn("has started", said)
                yield daemon
            finally:
                daemon.kill()

    def test_the_daemon_starts_and_ends(self):
        for _, runner in self.each_target():
            folder = self.folder()
            options = self.configured(folder, {"port": 1, "ca_file": ROOT / "Cargo.toml"})
            with self.daemon(runner, options) as daemon:
                daemon.send_signal(signal.SIGTERM)
                self.assertEqual(daemon.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
