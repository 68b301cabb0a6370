"""Runs the measurements and writes docs/performance.md's tables and plots. scripts/bench/run.sh builds what this needs.

What is counted (instructions, bytes, system calls, processes, memory) is the same on any machine of the kind and hardly
varies; what is timed is given as median and spread. Whoever is measured talks to the same simulated service through the
same relay, which counts the bytes.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cost
import engine
import plots
import qemu
import report
from daemons import daemon, growth, idle, starts
from tools import DDNSD, MIPS, ROOT, STATIC, TARGET, Service, Tool, available, ddns_scripts, measure

TASKS = (("tls", "p384", False), ("plain", None, False), ("nothing", "p384", True))
PEERS_THAT_STAY = ("inadyn", "ddclient")


def binary_facts():
    tree = subprocess.run(["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none"], cwd=ROOT,
                          capture_output=True, text=True, check=True).stdout
    crates = {line.split(" (")[0] for line in tree.splitlines() if line}
    sizes = {str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name): path.stat().st_size
             for path in (STATIC, MIPS) if path.exists()}
    return {"size": DDNSD.stat().st_size, "crates": len(crates) - 1, "router": sizes}


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])

    def first(*command):
        output = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return ((output.stdout + output.stderr).splitlines() or ["?"])[0]

    versions = {name: first("dpkg-query", "-W", "-f", "${Version}", package) for name, package in (
        ("inadyn", "inadyn"), ("ddclient", "ddclient"), ("curl", "curl"), ("valgrind", "valgrind"),
        ("qemu", "qemu-user-static"), ("busybox", "busybox-static"))}
    return {
        "processor": f"{os.cpu_count()} × {model[1] if model else platform.machine()}", "memory_mb": memory // 1024,
        "kernel": platform.release().split("-")[0], "rustc": first("rustc", "--version").split()[1],
        "commit": first("git", "rev-parse", "--short", "HEAD"), "load": [round(os.getloadavg()[0], 1)],
        "packages": {name: version for name, version in versions.items() if version[0].isdigit()},
    }


def one_shots(tools, services, folder, samples):
    tasks = {}
    for task, key, remember in TASKS:
        rows = tasks[task] = {}
        for name in tools:
            if remember and name == "curl":
                continue
            tool = Tool(name, folder / f"{task}-{name}", services[key])
            rows[name] = measure(tool, services[key], remember, samples)
            print(f"{task} {name}: {rows[name]['instructions']} instructions", file=sys.stderr)
    return tasks


def routers(folder):
    """What the static binaries take, emulated where there is no other way; what is left out is said."""
    results = {"instructions": {}, "memory": {}, "accounts": {}}
    for name, machine_, binary in (("x86_64", "x86_64", STATIC), ("mips", "mips", MIPS), ("check", "x86_64", DDNSD)):
        if not binary.exists() or qemu.has(machine_) is not True:
            print(f"LEFT OUT: {name} in qemu: {binary} is not there, or {qemu.has(machine_)}", file=sys.stderr)
            continue
        results["instructions"][name] = qemu.instructions(folder / name, machine_, binary)
        if name != "check":
            results["memory"][f"{name} in qemu"] = qemu.memory(binary, machine_)
    for name, binary in (("x86_64", STATIC), ("glibc", DDNSD)):
        if binary.exists():
            results["memory"][name] = qemu.memory(binary)
            results["accounts"][name] = daemon("accounts", 1000, binary=binary)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer samples, a short idle time")
    parser.add_argument("--keep", action="store_true", help="print, and leave the documentation as it is")
    parser.add_argument("--idle", type=int, help="idle seconds (600)")
    parser.add_argument("--draw", action="store_true", help="measure nothing: write the page from the last run's figures")
    arguments = parser.parse_args()
    output = TARGET / "bench.json"
    if arguments.draw:
        results = json.loads(output.read_text())
        return plots.write(ROOT / "docs", results, report.tables(results))
    quick = arguments.quick
    seconds = arguments.idle or (20 if quick else 600)
    tools = available()
    peers = [name for name in PEERS_THAT_STAY if name in tools]
    results = {"machine": machine(), "binary": binary_facts(), "ddns_scripts": bool(ddns_scripts())}

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        services = {"p384": Service(), None: Service(None), "idle": Service()}
        # In the background: it needs no processor, and what it counts does not depend on the load.
        background = ThreadPoolExecutor(1).submit(idle, seconds, folder, services["idle"], peers)
        # What is timed comes first; what is counted does not mind how warm the machine is.
        rounds = 5 if quick else 50
        results["latency"] = {
            "floor": daemon("floor", 2 * rounds, "--plain"), "plain": daemon("latency", rounds, "--plain"),
            "tls": daemon("latency", rounds),
        }
        results["starts"] = {
            name: {key or "plain": starts(name, folder / f"start-{name}-{key}", services[key], 3 if quick else 15)
                   for key in ("p384", None)} for name in peers
        }
        results["tasks"] = one_shots(tools, services, folder, 5 if quick else 15)
        results["growth"] = {name: growth(name, folder / f"growth-{name}", 30 if quick else 1000) for name in peers}
        results["renewals"] = daemon("renewals", 48)
        results["flood"] = daemon("flood", 1000 if quick else 10_000)
        results["engine"] = engine.rows(engine.SIZES)
        results["cost"] = cost.breakdown(folder)
        results["router"] = routers(folder)
        results["machine"]["load"].append(round(os.getloadavg()[0], 1))
        results["idle"] = background.result()
        for service in services.values():
            service.close()

    output.write_text(json.dumps(results, indent=1))
    tables = report.tables(results)
    print(tables)
    if not arguments.keep:
        plots.write(ROOT / "docs", results, tables)


if __name__ == "__main__":
    main()
