"""Runs the measurements and writes docs/performance.md's tables and plots. scripts/bench.sh builds what this needs.

What is counted (instructions, bytes, system calls, processes) is the same on any machine of the kind and hardly varies;
what is timed is given as median and spread. Whoever is measured talks to the same simulated service through the same
relay, which counts the bytes.
"""

import argparse
import json
import os
import platform
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import bench_report

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
DDNSD = RELEASE / "ddnsd"
DAEMON = RELEASE / "examples" / "bench_daemon"
HOST = "home.example.com"


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
    """The simulated service, with a certificate of the kind that Let's Encrypt gives, and 139 other roots."""

    def __init__(self, tls):
        kind = ["--key", "p384", "--bundle"] if tls else ["--plain"]
        command = [RELEASE / "simulated-service", *kind, "--any-agent", "--until-eof", "--account", f"user:secret={HOST}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.ca_file, self.requests = ready["ca_file"], 0
        self.relay = Relay(ready["port"])
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        for _ in self.process.stdout:
            self.requests += 1

    def wait(self, requests):
        """Until it has said so many, and no more."""
        deadline = time.monotonic() + 10
        while self.requests < requests and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        if self.requests != requests:
            sys.exit(f"{self.requests} requests instead of {requests}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Tool:
    """A program that updates once. `remember` keeps what it knows, so that there is nothing to do."""

    def __init__(self, name, folder, service, tls):
        self.name, self.folder = name, folder
        folder.mkdir(parents=True, exist_ok=True)
        getattr(self, "set_up_" + name.replace("-", "_"))(service.relay.port, service.ca_file, tls)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def forget(self):
        subprocess.run(["rm", "-rf", *self.memory], check=True)
        for path in self.memory:
            if path.endswith("/"):
                os.mkdir(path)

    def set_up_ddnsd(self, port, ca_file, tls):
        trust = f"option ca_file '{ca_file}'" if tls else "option tls '0'"
        config = self.write("ddnsd", f"""config account 'home'
	option server 'localhost'
	option port '{port}'
	{trust}
	option username 'user'
	option password 'secret'
	list hostname '{HOST}'
""")
        self.memory = [f"{self.folder}/state"]
        state, none = f"{self.folder}/state/state.json", f"{self.folder}/none"
        self.command = [str(DDNSD), "update", "-c", config, "-s", state, "-S", none, "--ipv4", "198.51.100.7"]

    def set_up_inadyn(self, port, ca_file, tls):
        trust = f"ca-trust-file = {ca_file}\nsecure-ssl = true" if tls else ""
        config = self.write("inadyn.conf", f"""period = 300
user-agent = "Bench-Inadyn/2 me@example.com"
{trust}
custom home {{
	username = user
	password = secret
	ssl = {"true" if tls else "false"}
	checkip-command = "/bin/echo 198.51.100.7"
	ddns-server = "localhost:{port}"
	ddns-path = "/nic/update?hostname=%h&myip=%i"
	hostname = {HOST}
}}
""")
        self.memory = [f"{self.folder}/cache/"]
        pid = f"{self.folder}/inadyn.pid"
        self.daemon = ["inadyn", "-n", "-f", config, "--cache-dir", f"{self.folder}/cache", "-p", pid, "-C", "-l", "err"]
        self.command = [*self.daemon, "-1"]

    def set_up_ddclient(self, port, ca_file, tls):
        trust = f"ssl=yes\nssl_ca_file={ca_file}" if tls else "ssl=no"
        config = self.write("ddclient.conf", f"""{trust}
use=ip, ip=198.51.100.7
protocol=dyndns2
server=127.0.0.1:{port}
login=user
password='secret'
{HOST}
""")
        self.memory = [f"{self.folder}/ddclient.cache"]
        base = ["ddclient", "-file", config, "-cache", self.memory[0], "-pid", f"{self.folder}/pid", "-foreground", "-quiet"]
        self.command = [*base, "-daemon=0"]
        self.daemon = [*base, "-daemon=300"]

    def set_up_curl(self, port, ca_file, tls):
        trust = ["--cacert", ca_file] if tls else []
        url = f"http{'s' if tls else ''}://localhost:{port}/nic/update?hostname={HOST}&myip=198.51.100.7"
        self.memory = []
        self.command = ["curl", "-sf", *trust, "-u", "user:secret", "-A", "Bench-Curl/1 me@example.com", url]

    def run(self, *prefix):
        result = subprocess.run([*prefix, *self.command], cwd=self.folder, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{self.name} failed: {result.stdout}{result.stderr}")
        return result


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
    note = tool.folder / "time.out"
    for _ in range(samples):
        prepare()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        tool.run("/usr/bin/time", "-o", str(note), "-f", "%M")
        walls.append((time.perf_counter() - begun) * 1e3)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append((after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) * 1e3)
        peaks.append(int(note.read_text().split()[-1]))

    prepare()
    trace = tool.folder / "strace.out"
    tool.run("strace", "-f", "-o", str(trace))
    lines = [line.split(None, 1)[1] for line in trace.read_text().splitlines()]
    calls = [line for line in lines if re.match(r"[a-z_0-9]+\(", line)]
    # strace splits a call that another process's comes between: what succeeded shows in the second half.
    starts = sum(1 for line in lines if re.match(r"(execve\(|<\.\.\. execve resumed>).*= 0$", line))

    instructions = []
    for _ in range(3 if tool.name == "ddnsd" else 1):
        prepare()
        output = tool.run("valgrind", "--tool=callgrind", f"--callgrind-out-file={tool.folder}/callgrind.out").stderr
        instructions.append(int(re.search(r"Collected : (\d+)", output)[1]))
    return {
        "instructions": instructions, "wall_ms": walls, "cpu_ms": cpus, "peak_kb": max(peaks), "processes": starts,
        "system_calls": len(calls), "sent": sent, "received": received,
    }


def daemon(*arguments):
    output = subprocess.run([DAEMON, DDNSD, *map(str, arguments)], capture_output=True, text=True)
    if output.returncode:
        sys.exit(f"bench_daemon {arguments}: {output.stderr}")
    return json.loads(output.stdout)


class IdlePeer:
    """A peer's own daemon, while nothing happens."""

    def __init__(self, name, folder, service, tls=True):
        self.tool = Tool(name, folder, service, tls)
        self.tool.forget()
        self.process = subprocess.Popen(self.tool.daemon, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def look(self):
        at = Path(f"/proc/{self.process.pid}")
        cpu, _, turns = map(int, (at / "schedstat").read_text().split())
        rollup = dict(re.findall(r"^(\w+):\s+(\d+)", (at / "smaps_rollup").read_text(), re.M))
        memory = {"rss_kb": int(rollup["Rss"]), "pss_kb": int(rollup["Pss"]), "anonymous_kb": int(rollup["Anonymous"])}
        return {"cpu_ns": cpu, "turns": turns, "memory": memory}

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def idle(seconds, folder, service):
    """ddnsd and the peers' daemons beside it, all doing nothing."""
    peers = {name: IdlePeer(name, folder / f"idle-{name}", service) for name in ("inadyn", "ddclient")}
    results = {}

    def own():
        results["ddnsd"] = daemon("idle", seconds)

    thread = threading.Thread(target=own)
    thread.start()
    time.sleep(8)
    before = {name: peer.look() for name, peer in peers.items()}
    thread.join()
    for name, peer in peers.items():
        after = peer.look()
        results[name] = {
            "seconds": seconds, "wake_ups": after["turns"] - before[name]["turns"],
            "cpu_ns": after["cpu_ns"] - before[name]["cpu_ns"], "after_exchange": after["memory"],
        }
        peer.close()
    return results


def mips(folder, service):
    """Instructions of one update on the router's processor, as an emulator that is told to log each of them says."""
    binary = ROOT / "build" / "mips" / "ddnsd"
    if not binary.exists() or subprocess.run(["which", "qemu-mips-static"], capture_output=True).returncode:
        return None
    tool = Tool("ddnsd", folder, service, True)
    log = folder / "log"
    os.mkfifo(log)
    tool.command = ["qemu-mips-static", "-singlestep", "-d", "exec,nochain", "-D", str(log), str(binary), *tool.command[1:]]
    with subprocess.Popen(["sh", "-c", f"grep -c ^Trace < {log}"], stdout=subprocess.PIPE, text=True) as counter:
        tool.run()
        return int(counter.communicate()[0])


def binary_facts():
    tree = subprocess.run(["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none"], cwd=ROOT,
                          capture_output=True, text=True, check=True).stdout
    crates = {line.split(" (")[0] for line in tree.splitlines() if line}
    return {"size": DDNSD.stat().st_size, "crates": len(crates) - 1}


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]

    def first(*command):
        output = subprocess.run(command, capture_output=True, text=True)
        return (output.stdout + output.stderr).splitlines()[0]

    def package(name):
        return first("dpkg-query", "-W", "-f", "${Version}", name)

    return {
        "processor": f"{os.cpu_count()} × {model[1] if model else platform.machine()}", "memory_mb": memory // 1024,
        "kernel": platform.release().split("-")[0], "rustc": rustc, "load": round(os.getloadavg()[0], 1),
        "packages": {name: package(name) for name in ("inadyn", "ddclient", "curl", "valgrind")},
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer samples, a short idle time")
    parser.add_argument("--keep", action="store_true", help="print, and leave the documentation as it is")
    parser.add_argument("--idle", type=int, help="idle seconds (600)")
    parser.add_argument("--mips", action="store_true", help="also count build/mips/ddnsd's instructions; takes long")
    arguments = parser.parse_args()
    samples = 5 if arguments.quick else 15
    seconds = arguments.idle or (20 if arguments.quick else 600)
    results = {"machine": machine(), "binary": binary_facts(), "tasks": {}}

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        services = {True: Service(True), False: Service(False), "idle": Service(True)}
        # In the background: it needs no processor, and what it counts does not depend on the load.
        background = threading.Thread(target=lambda: results.update(idle=idle(seconds, folder, services["idle"])))
        background.start()
        for task, tls, remember in (("tls", True, False), ("plain", False, False), ("nothing", True, True)):
            rows = results["tasks"][task] = {}
            for name in ("ddnsd", "inadyn", "ddclient", "curl"):
                if remember and name == "curl":
                    continue
                tool = Tool(name, folder / f"{task}-{name}", services[tls], tls)
                rows[name] = measure(tool, services[tls], remember, samples)
                print(f"{task} {name}: {statistics.median(rows[name]['instructions'])} instructions", file=sys.stderr)
        rounds = 5 if arguments.quick else 50
        results["latency"] = {
            "floor": daemon("floor", 2 * rounds, "--plain"), "plain": daemon("latency", rounds, "--plain"),
            "tls": daemon("latency", rounds),
        }
        results["renewals"] = daemon("renewals", 48)
        results["flood"] = daemon("flood", 1000 if arguments.quick else 10_000)
        results["accounts"] = daemon("accounts", 100 if arguments.quick else 1000)
        engine = subprocess.run([RELEASE / "examples" / "bench_engine"], capture_output=True, text=True, check=True)
        results["engine"] = [json.loads(line) for line in engine.stdout.splitlines()]
        results["mips"] = mips(folder / "mips", services[True]) if arguments.mips else None
        background.join()
        for service in services.values():
            service.close()

    output = ROOT / "target" / "bench.json"
    output.write_text(json.dumps(results, indent=1))
    tables = bench_report.tables(results)
    print(tables)
    if not arguments.keep:
        bench_report.write(ROOT / "docs", results, tables)


if __name__ == "__main__":
    main()
