"""Whoever updates a host once, the service that is told, and what one run takes. Used by bench.py and guard.py; alone:

    python3 scripts/bench/tools.py [--binary FILE] [KEY…]      KEY: ecdsa, p384 (as Let's Encrypt's) or rsa; default: p384 rsa

prints the instructions and the peak memory of ddnsd and inadyn (scripts/bench/measure-update.sh builds what this needs).
"""

import argparse
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
RELEASE = TARGET / "release"
DDNSD = RELEASE / "ddnsd"
#: The router's binaries, as scripts/cross/build.sh leaves them.
STATIC = ROOT / "build" / "x86_64" / "ddnsd"
MIPS = ROOT / "build" / "mips" / "ddnsd"
HOST, ADDRESS, BEFORE = "home.example.com", "198.51.100.7", "198.51.100.1"


class Relay:
    """Between client and service: what goes either way is counted."""

    def __init__(self, port):
        self.to = port
        self.sent = self.received = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.to))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.copy, args=(client, server, "sent"), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, "received"), daemon=True).start()

    def copy(self, source, sink, counter):
        try:
            while data := source.recv(65536):
                setattr(self, counter, getattr(self, counter) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Service:
    """The simulated service. With TLS, `key` says how its chain is signed, and 139 other roots are in the CA file."""

    def __init__(self, key="p384", program=RELEASE / "simulated-service"):
        kind = ["--key", key, "--bundle"] if key else ["--plain"]
        command = [program, *kind, "--any-agent", "--until-eof", "--account", f"user:secret={HOST}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.key, self.ca_file, self.requests, self.at = key, ready["ca_file"], 0, 0.0
        self.relay = Relay(ready["port"])
        self.news = threading.Condition()
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        for _ in self.process.stdout:
            with self.news:
                self.requests += 1
                self.at = time.perf_counter()
                self.news.notify_all()

    def reach(self, requests, seconds=30):
        """Waits until there are so many; gives when the last one came."""
        with self.news:
            if not self.news.wait_for(lambda: self.requests >= requests, seconds):
                sys.exit(f"{self.requests} requests instead of {requests}")
            return self.at

    def wait(self, requests):
        """Until it has said so many, and no more."""
        if requests:
            self.reach(requests)
        time.sleep(0.2)
        if self.requests != requests:
            sys.exit(f"{self.requests} requests instead of {requests}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Tool:
    """A program that updates once. What it remembers is in `memory`: without it the update is due.

    `daemon` is the command that stays, where there is one, and `again` the signal at which it looks for its address anew:
    in the file `address`.
    """

    def __init__(self, name, folder, service):
        self.name, self.folder = name, folder
        self.environment = {**os.environ, "LC_ALL": "C"}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.memory, self.daemon, self.again = [], None, None
        self.write("address", ADDRESS)
        getattr(self, "set_up_" + name.replace("-", "_"))(service.relay.port, service.ca_file)

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def forget(self):
        subprocess.run(["rm", "-rf", *self.memory], check=True)
        for path in self.memory:
            if path.endswith("/"):
                os.mkdir(path)

    def set_up_ddnsd(self, port, ca_file, binary=DDNSD):
        trust = f"option ca_file '{ca_file}'" if ca_file else "option tls '0'"
        config = self.write("ddnsd", f"""config account 'home'
	option server 'localhost'
	option port '{port}'
	{trust}
	option username 'user'
	option password 'secret'
	option timeout '120'
	list hostname '{HOST}'
""")
        self.memory = [f"{self.folder}/state"]
        state, none = f"{self.folder}/state/state.json", f"{self.folder}/none"
        self.command = [str(binary), "update", "-c", config, "-s", state, "-S", none, "--ipv4", ADDRESS]

    def set_up_ddnsd_static(self, port, ca_file):
        self.set_up_ddnsd(port, ca_file, STATIC)

    def set_up_inadyn(self, port, ca_file):
        trust = f"ca-trust-file = {ca_file}\nsecure-ssl = true" if ca_file else ""
        config = self.write("inadyn.conf", f"""period = 300
user-agent = "Bench-Inadyn/2 me@example.com"
{trust}
custom home {{
	username = user
	password = secret
	ssl = {"true" if ca_file else "false"}
	checkip-command = "/bin/cat {self.folder}/address"
	ddns-server = "localhost:{port}"
	ddns-path = "/nic/update?hostname=%h&myip=%i"
	hostname = {HOST}
}}
""")
        self.memory = [f"{self.folder}/cache/"]
        pid = f"{self.folder}/inadyn.pid"
        self.daemon = ["inadyn", "-n", "-f", config, "--cache-dir", f"{self.folder}/cache", "-P", pid, "-C", "-l", "err"]
        self.command, self.again = [*self.daemon, "-1"], "SIGUSR2"

    def set_up_ddclient(self, port, ca_file):
        trust = f"ssl=yes\nssl_ca_file={ca_file}" if ca_file else "ssl=no"
        text = f"""{trust}
min-interval=0
protocol=dyndns2
server=127.0.0.1:{port}
login=user
password='secret'
{HOST}
"""
        config = self.write("ddclient.conf", f"use=ip, ip={ADDRESS}\n{text}")
        asking = self.write("ddclient-daemon.conf", f"use=cmd, cmd='/bin/cat {self.folder}/address'\n{text}")
        self.memory = [f"{self.folder}/ddclient.cache"]
        base = ["ddclient", "-cache", self.memory[0], "-pid", f"{self.folder}/pid", "-foreground", "-quiet", "-file"]
        self.command = [*base, config, "-daemon=0"]
        self.daemon, self.again = [*base, asking, "-daemon=300"], "SIGHUP"

    def set_up_curl(self, port, ca_file):
        trust = ["--cacert", ca_file] if ca_file else []
        url = f"http{'s' if ca_file else ''}://localhost:{port}/nic/update?hostname={HOST}&myip={ADDRESS}"
        self.command = ["curl", "-sf", *trust, "-u", "user:secret", "-A", "Bench-Curl/1 me@example.com", url]

    def set_up_ddns_scripts(self, port, ca_file):
        """The scripts as they are, but that OpenWrt around them is bench_openwrt.sh. busybox is all else that they find.

        What the DNS says is a file's existence away: the address of before, until the scripts note an update.
        """
        account = {
            "enabled": 1, "lookup_host": HOST, "domain": HOST, "username": "user", "password": "secret",
            "use_https": int(bool(ca_file)), "cacert": ca_file or "IGNORE", "use_syslog": 0,
            "update_url": f"http://[USERNAME]:[PASSWORD]@localhost:{port}/nic/update?hostname=[DOMAIN]&myip=[IP]",
            "ip_source": "network", "ip_network": "wan", "check_interval": 0, "check_interval_min": 0, "check_unit": "minutes",
        }
        self.write("account", "".join(f"{name} {value}\n" for name, value in account.items()))
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        busybox = shutil.which("busybox")
        for program in [*subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split(), "curl"]:
            link = programs / program
            link.exists() or link.symlink_to(shutil.which("curl") if program == "curl" else busybox)
        noted = f"{self.folder}/run/home.update"
        self.write("bin/host", f'#!{programs}/ash\n[ -e {noted} ] && at={ADDRESS} || at={BEFORE}\necho "$3 has address $at"\n', 0o755)
        for name in ("dynamic_dns_functions.sh", "dynamic_dns_updater.sh"):
            text = (ddns_scripts() / name).read_text()
            text = re.sub(r"^\. /lib/functions\.sh$", f". {ROOT}/scripts/bench/openwrt.sh", text, flags=re.M)
            self.write(name, re.sub(r"^\. /lib/functions/network\.sh$", ":", text, flags=re.M))
        self.environment = {"PATH": str(programs), "BENCH_FOLDER": str(self.folder), "BENCH_ADDRESS": ADDRESS}
        self.memory = [f"{self.folder}/run/", f"{self.folder}/log/"]
        self.command = [f"{programs}/ash", f"{self.folder}/dynamic_dns_updater.sh", "-v", "2", "-S", "home"]

    def run(self, *prefix):
        result = subprocess.run([*prefix, *self.command], cwd=self.folder, capture_output=True, text=True, env=self.environment)
        if result.returncode:
            sys.exit(f"{self.name} failed: {result.stdout}{result.stderr}")
        return result

    def instructions(self):
        """As callgrind counts them. None where it cannot: a static musl crashes under valgrind, and what shells fork off
        is counted with all that their parent did before."""
        if self.name in ("ddnsd-static", "ddns-scripts"):
            return None
        output = self.run("/usr/bin/valgrind", "--tool=callgrind", f"--callgrind-out-file={self.folder}/callgrind.out").stderr
        return int(re.search(r"Collected : (\d+)", output)[1])

    def peak_kb(self):
        """Of the largest of its processes."""
        note = self.folder / "time.out"
        self.run("/usr/bin/time", "-o", str(note), "-f", "%M")
        return int(note.read_text().split()[-1])


def ddns_scripts():
    """Where they are, in a checkout of openwrt/packages or on a router: DDNS_SCRIPTS_DIR."""
    given = os.environ.get("DDNS_SCRIPTS_DIR")
    if not given:
        return None
    for folder in (".", "usr/lib/ddns", "files/usr/lib/ddns", "net/ddns-scripts/files/usr/lib/ddns"):
        if (Path(given) / folder / "dynamic_dns_updater.sh").exists():
            return Path(given) / folder
    sys.exit(f"DDNS_SCRIPTS_DIR: there is no dynamic_dns_updater.sh in {given}")


def available():
    """The tools that this machine has; what is left out is said."""
    def has(name):
        match name:
            case "ddnsd-static":
                return STATIC.exists() or f"{STATIC} is not there; scripts/cross/build.sh x86_64 makes it"
            case "ddns-scripts":
                return bool(ddns_scripts() and shutil.which("busybox")) or \
                    "DDNS_SCRIPTS_DIR does not say where net/ddns-scripts of openwrt/packages is, or busybox is not installed"
        return bool(shutil.which(name) or name == "ddnsd") or f"{name} is not installed"

    names = []
    for name in ("ddnsd", "ddnsd-static", "inadyn", "ddclient", "ddns-scripts", "curl"):
        if has(name) is True:
            names.append(name)
        else:
            print(f"LEFT OUT: {name}: {has(name)}", file=sys.stderr)
    return names


def measure(tool, service, remember, samples):
    """One tool, one task: what it takes."""
    def prepare():
        if not remember:
            tool.forget()

    begun = service.requests
    tool.forget()
    tool.run()
    service.wait(begun + 1)
    before = service.relay.sent, service.relay.received
    prepare()
    tool.run()
    service.wait(begun + (1 if remember else 2))
    sent, received = service.relay.sent - before[0], service.relay.received - before[1]

    walls, cpus, peaks = [], [], []
    for _ in range(samples):
        prepare()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        tool.run()
        walls.append((time.perf_counter() - begun) * 1e3)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append((after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) * 1e3)
    for _ in range(3):
        prepare()
        peaks.append(tool.peak_kb())

    prepare()
    trace = tool.folder / "strace.out"
    tool.run("/usr/bin/strace", "-f", "-o", str(trace))
    lines = [line.split(None, 1)[1] for line in trace.read_text().splitlines()]
    calls = [line for line in lines if re.match(r"[a-z_0-9]+\(", line)]
    # strace splits a call that another process's comes between: what succeeded shows in the second half.
    starts = sum(1 for line in lines if re.match(r"(execve\(|<\.\.\. execve resumed>).*= 0$", line))
    threads = sum(1 for line in lines if re.match(r"clone3?\(.*CLONE_THREAD", line))
    forks = sum(1 for line in lines if re.match(r"(v?fork\(|clone3?\(|<\.\.\. (v?fork|clone3?) resumed>).* = [1-9]\d*$", line))

    instructions = []
    for _ in range(3 if tool.name == "ddnsd" else 1):
        prepare()
        instructions.append(tool.instructions())
    return {
        "instructions": None if None in instructions else instructions, "wall_ms": walls, "cpu_ms": cpus, "peak_kb": max(peaks),
        "programs": starts, "processes": forks - threads + 1, "system_calls": len(calls), "sent": sent, "received": received,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=Path, default=DDNSD)
    parser.add_argument("keys", nargs="*", default=["p384", "rsa"], metavar="KEY")
    arguments = parser.parse_args()
    print(f"{'':24} {'instructions':>15} {'peak kB':>12}")
    for key in arguments.keys:
        with tempfile.TemporaryDirectory() as folder:
            service = Service(key)
            for name in ("ddnsd", "inadyn"):
                if not shutil.which(name) and name != "ddnsd":
                    print(f"{name} is not installed", file=sys.stderr)
                    continue
                tool = Tool(name, Path(folder) / name, service)
                if name == "ddnsd":
                    tool.command[0] = str(arguments.binary.resolve())
                counts = []
                for what in (tool.instructions, tool.peak_kb):
                    tool.forget()
                    counts.append(what())
                print(f"{f'{name} ({key})':24} {counts[0]:15} {counts[1]:12}", flush=True)
            service.close()
    print(f"\n{arguments.binary.name} is {arguments.binary.stat().st_size} bytes")


if __name__ == "__main__":
    main()
