#!/usr/bin/env python3
"""Peak memory of the programs in benches/memory, on apy and on CPython 3.13.

    python3 benches/memory.py [--apy PATH] [--count 1000000]

Bytes per item are the difference between the peaks for COUNT items and for one.
The loop that makes cycles reports its whole peak: what matters there is that it
does not grow.
"""
import argparse
import os
import re
import subprocess
import sys
import time

import compare

HERE = os.path.dirname(os.path.abspath(__file__))


def peak(command, limit):
    """The peak of a process's resident memory in bytes, or the text of its error."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + limit
    highest = 0
    # ru_maxrss would include this process's own memory at the fork.
    while child.poll() is None:
        try:
            with open("/proc/%d/status" % child.pid) as f:
                found = re.search(r"VmHWM:\s+(\d+)", f.read())
        except OSError:
            found = None
        if found:
            highest = max(highest, int(found.group(1)) * 1024)
        if time.monotonic() > deadline:
            child.kill()
        time.sleep(0.001)
    error = child.stderr.read().decode("utf-8", "replace").strip()
    if child.returncode:
        return (error.splitlines() or ["exit %d" % child.returncode])[-1]
    return highest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apy", default=os.path.join(os.path.dirname(HERE), "target", "release", "apy"), metavar="PATH")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=120, metavar="SECONDS", help="for one run")
    args = parser.parse_args()
    peers = {"apy": [args.apy]}
    cpython = compare.find_cpython()
    if cpython:
        peers["cpython"] = [cpython]
    print("| program | items | %s | target |" % " | ".join(peers))
    print("|---|---:|" + "---:|" * (len(peers) + 1))
    for name, count, per_item, target in (
        ("tasks_on_one_event", args.count, True, "1024 bytes each"),
        ("instances", args.count, True, ""),
        ("cycles", 10 * args.count, False, "100 MB in all"),
    ):
        cells = []
        for command in peers.values():
            path = os.path.join(HERE, "memory", name + ".apy")
            one, many = (peak(command + [path, str(n)], args.limit) for n in (1, count))
            if isinstance(one, str) or isinstance(many, str):
                print("%s: %s" % (name, one if isinstance(one, str) else many), file=sys.stderr)
                cells.append("fails")
            elif per_item:
                cells.append("%.0f bytes each" % ((many - one) / count))
            else:
                cells.append("%.1f MB in all" % (many / 1e6))
        print("| %s | %d | %s | %s |" % (name, count, " | ".join(cells), target))


if __name__ == "__main__":
    main()
