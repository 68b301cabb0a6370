"""Fails when ddnsd has become clearly more expensive. scripts/bench/guard.sh builds what this needs.

    python3 scripts/bench/guard.py BINARY

Counted are instructions, by callgrind, and bytes: on the wire, and of the binary. Never seconds: they depend on the machine.
Raise a limit only together with the reason in the commit.
"""

import sys
import tempfile
from pathlib import Path

import engine
from tools import TARGET, Service, Tool

LIMITS = {
    "instructions of an update over TLS": 33_000_000,
    "instructions of a plain update": 1_330_000,
    "instructions with nothing to do": 1_030_000,
    "bytes sent by an update over TLS": 700,
    "bytes sent by a plain update": 300,
    "bytes of the binary": 2_560_000,
}
#: A change of the address may take an account among many so much more than an account among few.
FEW, MANY, GROWTH = 100, 1600, 1.1


def main():
    binary, debug = Path(sys.argv[1]).resolve(), TARGET / "debug"
    counts = {"bytes of the binary": binary.stat().st_size}
    with tempfile.TemporaryDirectory() as folder:
        for word, key in (("an update over TLS", "p384"), ("a plain update", None)):
            service = Service(key, debug / "simulated-service")
            tool = Tool("ddnsd", Path(folder) / word.split()[-1], service)
            tool.command[0] = str(binary)
            counts[f"instructions of {word}"] = tool.instructions()
            service.wait(1)
            counts[f"bytes sent by {word}"] = service.relay.sent
            if key:
                counts["instructions with nothing to do"] = tool.instructions()
                service.wait(1)
            service.close()
    failed = False
    for what, limit in LIMITS.items():
        print(f"{what}: {counts[what]:,}, at most {limit:,}")
        failed |= counts[what] > limit
    few, many = (engine.instructions(size, debug / "examples" / "bench_engine") / size for size in (FEW, MANY))
    print(f"a change of the address, an account (debug build): {few:,.0f} instructions among {FEW}, {many:,.0f} among {MANY}, "
          f"at most {GROWTH} times as many")
    if failed or many > GROWTH * few:
        sys.exit("bench-guard: over the limit")


if __name__ == "__main__":
    main()
