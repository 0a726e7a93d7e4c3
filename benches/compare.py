#!/usr/bin/env python3
"""Compare apy with CPython 3.13 and, where they are found, pypy3, node and lua.

    python3 benches/compare.py                    target/release/apy, 5 rounds
    python3 benches/compare.py --only task        programs whose name contains a text
    python3 benches/compare.py --peer old=PATH    a further apy, to compare two builds

A round runs every program once on every peer, one right after the other, so that
a drift of the machine's speed falls on all alike. A figure is the median over
the rounds of the CPU seconds (user and system) of the whole process; a speed-up
is the median of the ratios taken round by round. All peers must print the same.
"""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# How much faster than CPython apy means to be at least.
TARGETS = {
    "fib": 1.8,
    "int_loop": 4,
    "attributes": 2.5,
    "generators": 3,
    "task_switch": 10,
    "await_chain": 20,
}


def find_cpython():
    for name in (os.environ.get("APY_CPYTHON"), "python3.13", "python3"):
        for version in (None, "3.13.0"):
            if name and shutil.which(name):
                env = dict(os.environ, PYENV_VERSION=version) if version else os.environ
                probe = [name, "-c", "import sys; print(sys.executable if sys.version_info[:2] == (3, 13) else '')"]
                found = subprocess.run(probe, env=env, capture_output=True, text=True).stdout.strip()
                if found:
                    return found
    return None


def find_peers(args):
    """{name: (command, ending of its programs)}, apy first."""
    peers = {"apy": ([args.apy], ".apy")}
    cpython = find_cpython()
    if cpython is None:
        print("no CPython 3.13 found: set APY_CPYTHON", file=sys.stderr)
    else:
        peers["cpython"] = ([cpython], ".apy")
    for name, command, ending in (("pypy", "pypy3", ".apy"), ("node", "node", ".js"), ("lua", "lua5.4", ".lua")):
        if shutil.which(command):
            peers[name] = ([command], ending)
    for given in args.peer:
        name, _, command = given.partition("=")
        peers[name] = (command.split(), ".apy")
    return peers


def command_for(program, command, ending):
    folder = "programs" if ending == ".apy" else "peers"
    path = os.path.join(HERE, folder, program + ending)
    return command + [path] if os.path.exists(path) else None


def run(command, limit):
    """CPU seconds, what was printed, and the error if there was one."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        deadline = time.monotonic() + limit
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                child.kill()
            time.sleep(0.0005)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read().decode("utf-8", "replace")
        last = (err.read().decode("utf-8", "replace").strip().splitlines() or [""])[-1]
    error = None
    if child.returncode:
        error = "timeout" if child.returncode == -9 else last or "exit %d" % child.returncode
    return usage.ru_utime + usage.ru_stime, text, error


def measure(programs, peers, rounds, limit):
    """{program: {peer: [seconds] or error text}}"""
    table = {program: {peer: [] for peer in peers} for program in programs}
    for number in range(rounds):
        for program in programs:
            # Short programs are run more often: their noise is greater.
            repeats = 5 if program.startswith("startup") else 1
            expected = None
            for peer, (command, ending) in peers.items():
                argv = command_for(program, command, ending)
                cell = table[program][peer]
                if argv is None or isinstance(cell, str):
                    continue
                seconds = []
                for _ in range(repeats):
                    cpu, text, error = run(argv, limit)
                    if error is None and expected is not None and text.split() != expected.split():
                        error = "printed something else"
                    if error is not None:
                        print("%s on %s: %s" % (program, peer, error), file=sys.stderr)
                        table[program][peer] = "fails"
                        break
                    expected = expected or text
                    seconds.append(cpu)
                else:
                    cell.append(statistics.median(seconds))
        print("round %d of %d" % (number + 1, rounds), file=sys.stderr)
    return table


def speed_up(row, base, peer):
    """How often `peer`'s time fits into `base`'s: above 1 is faster than the base."""
    if isinstance(row[base], str) or isinstance(row[peer], str) or not row[base] or not row[peer]:
        return None
    return statistics.median(b / max(p, 1e-4) for b, p in zip(row[base], row[peer]))


def print_table(table, peers):
    base = "cpython" if "cpython" in peers else "apy"
    others = [peer for peer in peers if peer != base]
    print("| program | %s, ms | %s | target |" % (base, " | ".join("%s, times faster" % o for o in others)))
    print("|---|---:|" + "---:|" * (len(others) + 1))
    ratios = {peer: [] for peer in others}
    for program, row in table.items():
        cells = []
        for peer in others:
            ratio = speed_up(row, base, peer)
            if ratio:
                ratios[peer].append(ratio)
            cells.append("%.2f" % ratio if ratio else row[peer] if isinstance(row[peer], str) else "")
        reference = "" if isinstance(row[base], str) or not row[base] else "%.0f" % (1000 * statistics.median(row[base]))
        target = "%g" % TARGETS[program] if program in TARGETS else ""
        print("| %s | %s | %s | %s |" % (program, reference, " | ".join(cells), target))
    means = ["%.2f (%d)" % (statistics.geometric_mean(r), len(r)) if r else "" for r in ratios.values()]
    print("| **geometric mean** | | %s | |" % " | ".join(means))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apy", default=os.path.join(ROOT, "target", "release", "apy"), metavar="PATH")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="for one run")
    args = parser.parse_args()
    if not os.access(args.apy, os.X_OK):
        parser.error("%s is not there: cargo build --release" % args.apy)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = sorted(f[: -len(".apy")] for f in os.listdir(os.path.join(HERE, "programs")) if f.endswith(".apy"))
    programs = [name for name in names if args.only in name]
    peers = find_peers(args)
    print_table(measure(programs, peers, args.rounds, args.limit), peers)


if __name__ == "__main__":
    main()
