"""Many accounts: the time and the instructions of one change of the address, by examples/bench_engine.rs, and the line
through them."""

import json
import re
import subprocess

from tools import RELEASE

SIZES = (1, 10, 100, 1_000, 2_500, 5_000, 7_500, 10_000)


def instructions(size, program):
    """Of a change with all its answers: what a run of two changes takes more than one of one."""
    counts = []
    for number in (1, 2):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, str(size), str(number)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        counts.append(int(re.search(r"Collected : (\d+)", output)[1]))
    return counts[1] - counts[0]


def misses(size, program):
    """Of its accesses to memory, those that a second-level cache of 2 MB does not hold."""
    counts = []
    for number in ("1", "2"):
        command = ["valgrind", "--tool=callgrind", "--cache-sim=yes", "--D1=49152,12,64", "--LL=2097152,16,64",
                   "--callgrind-out-file=/dev/null", program, str(size), number]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        names = re.search(r"Events\s*: (.*)", output)[1].split()
        numbers = dict(zip(names, map(int, re.search(r"Collected : (.*)", output)[1].split())))
        counts.append(numbers["DLmr"] + numbers["DLmw"])
    return counts[1] - counts[0]


def rows(sizes, program=RELEASE / "examples" / "bench_engine"):
    results = []
    for size in sizes:
        output = subprocess.run([program, str(size)], capture_output=True, text=True, check=True).stdout
        results.append({**json.loads(output), "instructions": instructions(size, program), "misses": misses(size, program)})
    return results


def fit(rows, key):
    """Least squares: per account, constant, R²."""
    xs, ys = [row["accounts"] for row in rows], [row[key] for row in rows]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)
    rest = mean_y - slope * mean_x
    wrong = sum((y - slope * x - rest) ** 2 for x, y in zip(xs, ys))
    return slope, rest, 1 - wrong / sum((y - mean_y) ** 2 for y in ys)
