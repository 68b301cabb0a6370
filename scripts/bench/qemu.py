"""What the router's binaries take in qemu-user: instructions, and memory on a 32-bit MIPS.

Instructions: qemu logs every block of instructions that it translates, and every one that it runs. Each run counts with the
block's length. Memory: a 32-bit guest's addresses are those of qemu's own process, moved by a base that we choose (`-B`),
and the kernel says page by page what is resident there: the guest's pages, none of qemu's.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import RELEASE, Service, Tool

EMULATORS = {"mips": ["qemu-mips-static", "-cpu", "24Kc"], "x86_64": ["qemu-x86_64-static", "-cpu", "max"]}
#: No address of qemu's own is here.
BASE, END = 0x1000_0000_0000, 0x2000_0000_0000
#: 24Kc: so long are its cache's lines.
LINE = 32

# A block's length is known by the lines of its translation, which come just before it runs for the first time. For the
# code that was needed, an address's last two digits are made the number of its line of 32 bytes.
COUNT = """
/^0x/ { n++; digit = index("0123456789abcdef", substr($1, length($1) - 2, 1)) - 1
	code[substr($1, 1, length($1) - 3) int(digit / 2)] = 1 }
/^IN:/ { n = 0; fresh = 1 }
/^Trace/ { if (fresh) { length_of[$4] = n; fresh = 0 } total += length_of[$4] }
END { for (line in code) lines++; printf "%d %d\\n", total, lines }
"""


def has(machine):
    missing = [name for name in (EMULATORS[machine][0], "mawk") if not shutil.which(name)]
    return not missing or f"{' and '.join(missing)} is not installed"


def count(machine, tool, binary):
    """Instructions of the tool's next run, and how many lines of the cache its code has."""
    log = tool.folder / "qemu.log"
    log.unlink(missing_ok=True)
    subprocess.run(["mkfifo", log], check=True)
    own, tool.command = tool.command, [*EMULATORS[machine], "-d", "in_asm,exec,nochain", "-D", str(log), str(binary), *tool.command[1:]]
    with subprocess.Popen(["mawk", COUNT, str(log)], stdout=subprocess.PIPE, text=True) as counter:
        tool.run()
        tool.command = own
        instructions, lines = map(int, counter.communicate()[0].split())
    return {"instructions": instructions, "code_bytes": lines * LINE}


def instructions(folder, machine, binary):
    """Of the tasks that matter, by one binary."""
    tasks = {}
    for task, key in (("plain", None), ("ecdsa", "ecdsa"), ("p384", "p384")):
        service = Service(key)
        tool = Tool("ddnsd", folder / f"{machine}-{task}", service)
        tool.forget()
        tasks[task] = count(machine, tool, binary)
        if task == "plain":
            tasks["nothing"] = count(machine, tool, binary)
        service.close()
    return tasks


def memory(binary, machine=None):
    """The daemon's, before, during and after exchanges over TLS."""
    with tempfile.TemporaryDirectory() as folder:
        guest = []
        program = binary
        if machine:
            program = Path(folder) / "emulated"
            program.write_text(f'#!/bin/sh\nexec {" ".join(EMULATORS[machine])} -B {BASE:#x} {binary} "$@"\n')
            program.chmod(0o755)
            guest = ["--guest", f"{BASE:x}-{END:x}"]
        results = {}
        for kind in ([], ["--plain"]):
            output = subprocess.run([RELEASE / "examples" / "bench_daemon", program, "memory", "3", *kind, *guest],
                                    capture_output=True, text=True)
            if output.returncode:
                sys.exit(f"memory of {binary}: {output.stderr}")
            results["plain" if kind else "tls"] = json.loads(output.stdout)
        return results
