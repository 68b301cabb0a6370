"""The daemons: ddnsd's through examples/bench_daemon.rs, the peers' by what the kernel says of them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import ADDRESS, BEFORE, DDNSD, RELEASE, Service, Tool


def daemon(*arguments, binary=DDNSD):
    output = subprocess.run([RELEASE / "examples" / "bench_daemon", binary, *map(str, arguments)], capture_output=True, text=True)
    if output.returncode:
        sys.exit(f"bench_daemon {arguments}: {output.stderr}")
    return json.loads(output.stdout)


class Peer:
    """A peer's own daemon."""

    def __init__(self, name, folder, service):
        self.tool, self.service = Tool(name, folder, service), service
        self.process = None

    def start(self):
        self.tool.forget()
        self.process = subprocess.Popen(self.tool.daemon, cwd=self.tool.folder, env=self.tool.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def look(self):
        at = Path(f"/proc/{self.process.pid}")
        cpu, _, turns = map(int, (at / "schedstat").read_text().split())
        rollup = dict(re.findall(r"^(\w+):\s+(\d+)", (at / "smaps_rollup").read_text(), re.M))
        memory = {"rss_kb": int(rollup["Rss"]), "pss_kb": int(rollup["Pss"]), "anonymous_kb": int(rollup["Anonymous"])}
        # What is in files, of the program's own: "…r--p … /usr/sbin/inadyn", then "Rss: … kB" and, later, "Anonymous: … kB".
        mappings = re.findall(r"(\S*)\nSize:.*?\nRss:\s+(\d+).*?\nAnonymous:\s+(\d+)", (at / "smaps").read_text(), re.S)
        program = os.readlink(at / "exe")
        memory["program_kb"] = sum(int(rss) - int(own) for path, rss, own in mappings if path == program)
        return {"cpu_ns": cpu, "turns": turns, "memory": memory}

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def idle(seconds, folder, service, peers):
    """ddnsd and the peers' daemons beside it, all doing nothing."""
    peers = {name: Peer(name, folder / f"idle-{name}", service) for name in peers}
    for peer in peers.values():
        peer.start()
    own = ThreadPoolExecutor(1).submit(daemon, "idle", seconds)
    time.sleep(8)
    before = {name: peer.look() for name, peer in peers.items()}
    results = {"ddnsd": own.result()}
    for name, peer in peers.items():
        after = peer.look()
        results[name] = {
            "seconds": seconds, "wake_ups": after["turns"] - before[name]["turns"],
            "cpu_ns": after["cpu_ns"] - before[name]["cpu_ns"], "after_exchange": after["memory"],
        }
        peer.close()
    return results


def starts(name, folder, service, rounds):
    """Milliseconds from the start of a peer's daemon to its first request."""
    peer, times = Peer(name, folder, service), []
    for _ in range(rounds):
        begun, requests = time.perf_counter(), service.requests
        peer.start()
        times.append((service.reach(requests + 1) - begun) * 1e3)
        peer.close()
    return times


def growth(name, folder, updates):
    """A peer's memory after its first update over TLS, and after so many more, each for another address."""
    service = Service()
    peer = Peer(name, folder, service)
    peer.start()
    service.reach(1)
    time.sleep(1)
    before = peer.look()["memory"]
    for number in range(1, updates + 1):
        peer.tool.write("address", (ADDRESS, BEFORE)[number % 2])
        for _ in range(20):
            peer.process.send_signal(signal.Signals[peer.tool.again])
            with service.news:
                if service.news.wait_for(lambda: service.requests > number, 1):
                    break
        else:
            sys.exit(f"{name} does not send its update number {number + 1}")
        # Until it sleeps again: a signal meanwhile may be lost, then it comes again.
        time.sleep(0.01)
    time.sleep(1)
    after = peer.look()["memory"]
    peer.close()
    service.close()
    return {"updates": updates, "before": before, "after": after}
