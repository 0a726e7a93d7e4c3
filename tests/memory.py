#!/usr/bin/env python3
"""Run goldens under a memory checker: valgrind, or an interpreter built with AddressSanitizer.

    python3 tests/memory.py                  sixty goldens, spread over all kinds, under valgrind
    python3 tests/memory.py asyncio types    those whose path contains one of the texts
    python3 tests/memory.py --all            every one (an hour or two)
    python3 tests/memory.py --asan [TEXT]    with AddressSanitizer, all by default; needs a nightly toolchain
    python3 tests/memory.py --growth [TEXT]  objects that stay behind when a golden is run again and again
    python3 tests/memory.py --unit           the heap's own tests under valgrind and, where it is installed, Miri

Builds the interpreter first: the profile `memcheck` (assertions on), and the feature `memcheck`
(checkers do not see into blocks of mimalloc). A golden fails if the checker finds a fault, if memory is
lost that nothing refers to, or if the output differs from the `.out` file.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import oracle

FAULT = 99
"""Exit code by which valgrind says that it found something."""
SAMPLE = 60
LIMIT = 900.0
"""Seconds after which a golden is killed: checkers are slow."""
VALGRIND = [
    "valgrind",
    "--quiet",
    "--error-exitcode=%d" % FAULT,
    "--leak-check=full",
    # The process ends before its memory is given back; only what nothing refers to is lost.
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
    "--num-callers=30",
    "--suppressions=" + os.path.join(oracle.HERE, "memory.supp"),
    # Threads of scripts have big native stacks of their own.
    "--max-stackframe=8388608",
]
UNIT_TESTS = ["heap::tests", "registers::tests"]
# One run of a golden, in a module of its own; its exit and what it prints are of no interest.
GROWTH = """
import gc, sys, io
path, sys.argv = sys.argv[1], sys.argv[1:]
code = compile(open(path, encoding="utf-8").read(), path, "exec")
counts = []
for turn in range(6):
    out, sys.stdout = sys.stdout, io.StringIO()
    err, sys.stderr = sys.stderr, io.StringIO()
    try:
        exec(code, {"__name__": "__main__", "__file__": path})
    except BaseException as e:
        e.__traceback__ = None
        del e
    finally:
        sys.stdout, sys.stderr = out, err
    gc.collect()
    gc.collect()
    counts.append(gc.get_count()[0])
print(*counts)
"""


def build(asan):
    """The interpreter to check."""
    command = ["cargo", "build", "--bin", "apy", "--profile", "memcheck", "--features", "memcheck"]
    target = os.path.join(oracle.ROOT, "target")
    env = dict(os.environ)
    if asan:
        # A target of its own keeps the sanitizer away from build scripts and macros.
        triple = re.search("host: (.*)", subprocess.check_output(["rustc", "-vV"], text=True)).group(1)
        command[1:1] = ["+nightly"]
        command += ["--target", triple, "--target-dir", os.path.join(target, "asan")]
        target = os.path.join(target, "asan", triple)
        env["RUSTFLAGS"] = "-Zsanitizer=address -Cforce-frame-pointers=yes"
    subprocess.run(command, cwd=oracle.ROOT, env=env, check=True)
    return os.path.join(target, "memcheck", "apy")


def unit_tests():
    """The tests that hammer the modules with `unsafe`; whether all went well."""
    build = ["cargo", "test", "--package", "apy", "--lib", "--no-run", "--message-format=json"]
    built = subprocess.run(build, cwd=oracle.ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    tests = [json.loads(line).get("executable") for line in built.splitlines()]
    tests = [path for path in tests if path][-1]
    # The harness keeps some of its own.
    done = subprocess.run(VALGRIND + ["--leak-check=no", tests, "--test-threads=1"] + UNIT_TESTS, cwd=oracle.ROOT)
    good = done.returncode == 0
    probe = ["cargo", "+nightly", "miri", "--version"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        print("*** Miri is not installed: skipped ***")
        return good
    # Values keep addresses as integers, and objects are reached through their headers: both are
    # beyond what the aliasing models can follow. Bounds, lifetimes, alignment and leaks are checked.
    flags = "-Zmiri-permissive-provenance -Zmiri-disable-stacked-borrows -Zmiri-disable-isolation"
    command = ["cargo", "+nightly", "miri", "test", "--package", "apy", "--lib", "--", *UNIT_TESTS]
    env = dict(os.environ, MIRIFLAGS=flags, CARGO_TARGET_DIR=os.path.join(oracle.ROOT, "target", "miri"))
    return subprocess.run(command, cwd=oracle.ROOT, env=env).returncode == 0 and good


def run(golden, command, scratch, env):
    """What is wrong with a golden; nothing if all is well."""
    options = golden.flags + (["--virtual-time"] if golden.virtual and "--virtual-time" not in golden.flags else [])
    folder = tempfile.mkdtemp(dir=scratch)
    env = dict(os.environ, NO_COLOR="1", TMPDIR=folder, **env)
    stdin = open(os.path.join(golden.folder, golden.stdin), "rb") if golden.stdin else subprocess.DEVNULL
    try:
        done = subprocess.run(
            command + options + [golden.file] + golden.args,
            cwd=golden.folder,
            env=env,
            stdin=stdin,
            capture_output=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return "not finished after %d s" % LIMIT
    finally:
        if golden.stdin:
            stdin.close()
    err = done.stderr.decode("utf-8", "replace")
    if "==ERROR: AddressSanitizer" in err or "LeakSanitizer" in err:
        return err
    if done.returncode == FAULT and "==" in err or done.returncode < 0:
        return "exit code %d\n%s" % (done.returncode, err)
    if os.path.exists(golden.base + ".out") and "<limits>" not in err:
        with open(golden.base + ".out", encoding="utf-8", newline="") as f:
            want = f.read()
        out = oracle.normalise(done.stdout.decode("utf-8", "replace"), golden)
        if re.sub(r"0x[0-9a-f]+", "0x...", want) != re.sub(r"0x[0-9a-f]+", "0x...", out):
            return oracle.diff(".out", want, out) + "\n" + err
    return None


def growth(golden, apy, scratch):
    """Whether more objects stay behind each time the golden is run."""
    driver = os.path.join(scratch, "growth.apy")
    options = golden.flags + (["--virtual-time"] if golden.virtual and "--virtual-time" not in golden.flags else [])
    try:
        done = subprocess.run(
            [apy] + options + [driver, golden.file] + golden.args,
            cwd=golden.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return "not finished after %d s" % LIMIT
    last = (done.stdout.splitlines() or [""])[-1]
    if not re.fullmatch(r"[0-9 ]+", last):
        return None
    counts = [int(count) for count in last.split()]
    # The first turns fill caches and import modules.
    return "objects: " + last if all(a < b for a, b in zip(counts[2:], counts[3:])) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", metavar="TEXT")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--asan", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--sample", type=int, default=SAMPLE, metavar="N")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--apy", help="an interpreter that is built already")
    args = parser.parse_args()
    if args.unit:
        sys.exit(0 if unit_tests() else 1)
    goldens = oracle.all_goldens(args.only)
    if not (args.only or args.all or args.asan or args.growth):
        goldens = goldens[:: max(1, len(goldens) // args.sample)]
    apy = os.path.abspath(args.apy) if args.apy else build(args.asan)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="memory") as scratch:
        with open(os.path.join(scratch, "growth.apy"), "w", encoding="utf-8") as f:
            f.write(GROWTH)

        def one(golden):
            if args.growth:
                return golden, growth(golden, apy, scratch)
            if args.asan:
                # The interpreter's threads have big stacks and switch between them.
                options = "detect_leaks=1:detect_stack_use_after_return=0:exitcode=%d" % FAULT
                return golden, run(golden, [apy], scratch, {"ASAN_OPTIONS": options})
            return golden, run(golden, VALGRIND + [apy], scratch, {})

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for golden, problem in pool.map(one, goldens):
                if problem:
                    failed += 1
                    print("FAILED %s\n%s" % (golden.name, problem), flush=True)
    print("%d goldens, %d failed" % (len(goldens), failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
