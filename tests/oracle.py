#!/usr/bin/env python3
"""Run every golden under CPython 3.13 and compare, or write what it printed.

    python3 tests/oracle.py                  check all goldens and examples
    python3 tests/oracle.py asyncio/hops     only those whose path contains the text
    python3 tests/oracle.py --bless [TEXT]   write .out, .err and .diag files

Expectations in comments (`# expect:`) are checked too, but not written. Otherwise beside `name.apy` lie `name.out` (standard output), `name.err` (standard error;
absent means: empty) and, where CPython refuses the file, `name.diag` (the line
`SyntaxError: ...` and `name.apy:LINE`). tests/golden.rs reads the same files
and explains the header directives.

One CPython process forks a child for every golden. A child runs the script as
`__main__` in its own folder, with an import hook for `.apy` files and, for
`--virtual-time`, an event loop whose clock jumps to the next deadline instead
of waiting for it.
"""
import argparse
import difflib
import os
import re
import signal
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
FOLDERS = [os.path.join(HERE, "golden"), os.path.join(ROOT, "examples")]
LIMIT = 20.0
"""Seconds after which a golden is killed."""


def find_cpython():
    """The command and environment that start CPython 3.13, or None."""
    env = dict(os.environ, PYTHONHASHSEED="0", PYTHONUTF8="1", PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1")
    for name in [os.environ.get("APY_CPYTHON"), "python3.13", "python3"]:
        for version in [None, "3.13.0"]:
            if not name or shutil.which(name) is None:
                continue
            tried = dict(env, PYENV_VERSION=version) if version else env
            probe = [name, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
            done = subprocess.run(probe, env=tried, capture_output=True, text=True)
            if done.stdout.strip() == "True":
                return name, tried
    return None


def default_clock(folder):
    """What the `_defaults.apy` of the nearest folder says; virtual if none does."""
    while True:
        path = os.path.join(folder, "_defaults.apy")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                found = re.search(r"^# clock: (\w+)$", f.read(), re.M)
            if found:
                return found.group(1)
        if folder == ROOT or folder == os.path.dirname(folder):
            return "virtual"
        folder = os.path.dirname(folder)


def inline_expectations(lines):
    """Expected lines from comments, each with the number of its unordered region or 0; and the
    text of the exception that ends the script. None if there are no such comments."""
    expected, error, region, regions, block = [], None, 0, 0, False
    for line in lines:
        comment = line.lstrip() if block else "#" + line.rpartition("#")[2]
        if block and not comment.startswith("#"):
            continue
        text = comment[1:].strip()
        if text == "expect-any-order:":
            regions += 1
            region = regions
        elif text == "end" and region:
            region = 0
        elif block:
            expected.append((comment[1:].removeprefix(" "), region))
        elif line.strip() == "# output:":
            block = True
        elif text.startswith("expect:"):
            expected.append((text[len("expect: "):], region))
        elif text.startswith("expect-error:"):
            error = text[len("expect-error: "):]
    return (expected, error) if expected or error or block else None


class Golden:
    """One script and what its header comment says about it."""

    def __init__(self, path):
        self.path = path
        self.folder, self.file = os.path.split(path)
        self.name = os.path.relpath(path, ROOT)
        self.base = path[: -len(".apy")]
        # Without the directive the exit code is 0, or 1 where CPython refuses the file.
        self.flags, self.args, self.stdin, self.exit = [], [], None, None
        self.skip, self.stderr_has, self.stderr_any = None, [], False
        with open(path, "rb") as f:
            lines = f.read().decode("utf-8", "replace").splitlines()
        for line in lines:
            if not line.startswith("#"):
                break
            found = re.match(r"# (flags|args|stdin|exit|skip-cpython|stderr-has|stderr): (.*)$", line)
            if found is None:
                continue
            key, value = found.groups()
            if key == "flags":
                self.flags = value.split()
            elif key == "args":
                self.args = value.split()
            elif key == "stdin":
                self.stdin = value.strip()
            elif key == "exit":
                self.exit = int(value)
            elif key == "skip-cpython":
                self.skip = value
            elif key == "stderr-has":
                self.stderr_has.append(value)
            elif key == "stderr":
                self.stderr_any = value.strip() == "any"
        ends = [re.fullmatch(r"# exit: (-?\d+)", line) for line in lines]
        self.exit = next((int(found.group(1)) for found in reversed(ends) if found), self.exit)
        self.loose = bool(self.stderr_has) or self.stderr_any
        self.virtual = "--virtual-time" in self.flags or default_clock(self.folder) == "virtual"
        self.inline = None
        if not os.path.exists(self.base + ".out"):
            self.inline = inline_expectations(lines)


def all_goldens(only):
    found = []
    for folder in FOLDERS:
        for where, folders, files in os.walk(folder):
            folders[:] = sorted(f for f in folders if not f.startswith("_"))
            for file in sorted(files):
                path = os.path.join(where, file)
                # A leading underscore marks a module that other goldens import.
                if file.endswith(".apy") and not file.startswith("_"):
                    if not only or any(text in path for text in only):
                        found.append(Golden(path))
    return found


# What a child does ---------------------------------------------------------


def load_driver():
    """The half that makes CPython run a script: `apy test --bless-with` uses it too."""
    import types

    path = os.path.join(ROOT, "src", "testing", "cpython.py")
    with open(path, encoding="utf-8") as f:
        code = compile(f.read(), path, "exec")
    driver = types.ModuleType("driver")
    driver.__file__ = path
    exec(code, driver.__dict__)
    return driver


DRIVER = load_driver()


def run_child(golden, out, err, diag):
    """Become the golden: never returns normally; the interpreter's own shutdown ends the process."""
    os.chdir(golden.folder)
    stdin = os.open(golden.stdin or os.devnull, os.O_RDONLY)
    for target, fd in ((0, stdin), (1, out), (2, err)):
        os.dup2(fd, target)
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def refused(error):
        line = getattr(error, "lineno", None) or 1
        text = "%s: %s\n%s:%d\n" % (type(error).__name__, getattr(error, "msg", error), golden.file, line)
        with open(diag, "w") as f:
            f.write(text)

    DRIVER.become(golden.file, golden.args, golden.virtual, refused)


# What the parent does ------------------------------------------------------


def normalise(text, golden):
    """Drop what depends on the machine: the folder's path and addresses."""
    text = text.replace(golden.folder + os.sep, "")
    return re.sub(r" at 0x[0-9a-fA-F]+", " at 0x...", text)


def without_library_frames(text):
    """Drop frames of CPython's own library: apy's is native or hides them."""
    library = os.path.dirname(os.__file__)
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        if re.match(r"[ |+]*File \"", line):
            dropping = any(place in line for place in ('"' + library, __file__, DRIVER.__file__, '"<frozen'))
        elif not re.match(r"[ |]*    \S", line):
            dropping = False
        if not dropping:
            kept.append(line)
    return "".join(kept)


class Run:
    """A child under way."""

    def __init__(self, golden):
        self.golden = golden
        self.scratch = tempfile.mkdtemp(prefix="oracle")
        self.out, self.err, self.diag = (os.path.join(self.scratch, n) for n in ("out", "err", "diag"))
        flags = os.O_WRONLY | os.O_CREAT
        out, err = os.open(self.out, flags), os.open(self.err, flags)
        sys.stdout.flush()
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            run_child(golden, out, err, self.diag)
        os.close(out)
        os.close(err)

    def read(self, path):
        with open(path, "rb") as f:
            return normalise(f.read().decode("utf-8", "replace"), self.golden)

    def finish(self, status):
        self.exit = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - self.started
        result = {".out": self.read(self.out), ".err": without_library_frames(self.read(self.err)), ".diag": ""}
        if os.path.exists(self.diag):
            result[".diag"] = self.read(self.diag)
        shutil.rmtree(self.scratch)
        return result


def diff(kind, want, got):
    lines = difflib.unified_diff(
        want.splitlines(), got.splitlines(), "expected " + kind, "CPython's " + kind, lineterm=""
    )
    return "\n".join("    " + line for line in lines)


def problems(golden, run, result):
    """What is wrong with a finished run, side files apart."""
    found = []
    fails = result[".diag"] or golden.inline and golden.inline[1]
    wanted = golden.exit if golden.exit is not None else 1 if fails else 0
    if run.exit != wanted:
        found.append("exit code %d instead of %d\n%s" % (run.exit, wanted, result[".err"]))
    if result[".diag"] and not re.search("golden/(errors|limits)/", golden.name):
        found.append("CPython refuses the file: " + result[".diag"])
    for text in golden.stderr_has:
        if text not in result[".err"]:
            found.append("stderr lacks %r:\n%s" % (text, result[".err"]))
    return found


def line_matches(pattern, line):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("[..]"))), line) is not None


def check_inline(golden, result):
    expected, error = golden.inline
    lines = result[".out"].splitlines()
    if any(region for _, region in expected):
        # Put printed lines of a region into the order of the comments that they match.
        for at, (pattern, region) in enumerate(expected):
            end = max(i for i, (_, other) in enumerate(expected) if other == region) + 1
            for other in range(at, min(end, len(lines)) if region else 0):
                if line_matches(pattern, lines[other]):
                    lines.insert(at, lines.pop(other))
                    break
    if len(lines) != len(expected) or not all(line_matches(p, l) for (p, _), l in zip(expected, lines)):
        return [diff("comments", "\n".join(p for p, _ in expected), "\n".join(lines))]
    if error and not line_matches(error, (result[".err"].splitlines() or [""])[-1]):
        return ["ended by %r instead of %r" % (result[".err"], error)]
    return []


def check(golden, result):
    found = []
    if golden.inline:
        return check_inline(golden, result)
    for kind, got in result.items():
        path = golden.base + kind
        # Loose goldens may keep an .err of apy's own making.
        if kind == ".err" and golden.loose or kind == ".err" and result[".diag"]:
            continue
        want = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as f:
                want = f.read()
        elif kind == ".out":
            found.append("no .out file: run with --bless")
        if want != got:
            found.append(diff(kind, want, got))
    return found


def bless(golden, result):
    for kind, got in result.items():
        path = golden.base + kind
        if kind == ".err" and (golden.loose or result[".diag"]):
            continue
        if kind == ".out" or got:
            if kind == ".err" and not os.path.exists(path):
                print("new: %s.err" % golden.name.removesuffix(".apy"))
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(got)
        elif os.path.exists(path):
            os.remove(path)


def run_all(args):
    # Imported once here, so that no child has to.
    import asyncio, copy, functools, heapq, linecache, math, queue, random, traceback, warnings  # noqa

    goldens = all_goldens(args.only)
    waiting = [g for g in goldens if not g.skip]
    skipped = len(goldens) - len(waiting)
    waiting.reverse()
    running, failed, slow = {}, [], []
    total = len(waiting)
    while waiting or running:
        while waiting and len(running) < args.jobs:
            run = Run(waiting.pop())
            running[run.pid] = run
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            for run in running.values():
                if time.monotonic() - run.started > LIMIT:
                    os.kill(run.pid, signal.SIGKILL)
            time.sleep(0.001)
            continue
        run = running.pop(pid)
        golden, result = run.golden, run.finish(status)
        found = problems(golden, run, result)
        if args.bless and not found and not golden.inline:
            bless(golden, result)
        found += check(golden, result)
        if found:
            failed.append(golden)
            print("FAILED %s\n  %s\n" % (golden.name, "\n  ".join(found)))
        if run.seconds > 2:
            slow.append("%s %.1f s" % (golden.name, run.seconds))
    for line in slow:
        print("slow: " + line)
    print("oracle: %d of %d goldens agree with CPython %s; %d not for CPython"
          % (total - len(failed), total, sys.version.split()[0], skipped))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", metavar="TEXT")
    parser.add_argument("--bless", action="store_true", help="write the expected files")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    args = parser.parse_args()
    # Start over under CPython 3.13 with a fixed hash seed, unless this already is that.
    if sys.version_info[:2] != (3, 13) or os.environ.get("PYTHONHASHSEED") != "0":
        found = find_cpython()
        if found is None:
            print("oracle: no CPython 3.13 found (set APY_CPYTHON to one)", file=sys.stderr)
            sys.exit(77)
        command, env = found
        os.execvpe(command, [command, os.path.abspath(__file__)] + sys.argv[1:], env)
    sys.exit(run_all(args))


if __name__ == "__main__":
    main()
