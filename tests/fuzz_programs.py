#!/usr/bin/env python3
"""Random small programs, run by apy and by CPython: a differential fuzzer.

    python3 tests/fuzz_programs.py [--seed N] [--programs N] [--batch N] [--apy PATH] [--show SEED]

A program is made from its seed alone (`program_statements.py`). Many run in one process, each by `exec` in
a namespace of its own; it prints values, or the class, the text and the lines of what it raised. What differs
is grouped by its first line. `--show SEED` prints one program and what both say. Exit code 1 if anything differs.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings

from fuzz_expressions import PRELUDE
from program_flow import Flow
from program_library import Topic
from program_statements import Program

HERE = pathlib.Path(__file__).resolve().parent
MARK = '\x1e'
# How often, and with which orders of texts in sets, CPython is asked again about a program that differs.
HASHES = '1234567'
GRAMMARS = [Program, Topic, Flow]

HELPERS = '''
class M(type):
    def __call__(cls, *args): return super().__call__(*args)
    def __instancecheck__(cls, other): return super().__instancecheck__(other)
    def __repr__(cls): return f"<M {cls.__name__}>"
class CM:
    def __init__(self, value=None, quiet=False): self.value, self.quiet = value, quiet
    def __enter__(self): print("enter"); return self.value
    def __exit__(self, kind, value, trace): print("exit", kind and kind.__name__, ascii(str(value))[:80]); return self.quiet
def lines_of(error):
    lines, trace = [], error.__traceback__
    while trace is not None:
        lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines
def few(source):
    for number, item in enumerate(source):
        if number > 5: return
        yield item
'''
RUNNER = r'''
import sys
START, DONE = '\x1e', '\x1f'
kept = {name: value for name, value in globals().items() if name not in ("PROGRAMS", "START", "DONE", "signal", "too_slow") and not name.startswith("__")}
for number, source in PROGRAMS:
    print(START + str(number), flush=True)
    space = dict(kept, __name__="__main__")
    try:
        exec(compile(source, "program", "exec"), space)
    except SyntaxError as e:
        print("syntax", e.msg, e.lineno, e.offset, e.end_offset)
    except BaseException as e:
        lines, trace = [], e.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "program": lines.append(trace.tb_lineno)
            trace = trace.tb_next
        told(9, e)
        print(lines, show(e.__context__), show(e.__cause__))
    space.clear()
print(DONE, flush=True)
'''


# In CPython alone: a program that takes long is compared with nothing.
ALARM = '''
import signal
def too_slow(*_):
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    print("TOO SLOW")
    raise SystemExit
signal.signal(signal.SIGALRM, too_slow)
signal.setitimer(signal.ITIMER_REAL, 0.5)
'''


def source_of(seed):
    rng = random.Random(seed)
    return rng.choice(GRAMMARS)(rng).source()


def is_modest(text):
    """Whether a program is unlikely to take all memory or time."""
    return not re.search(r'\*\*.*\*\*.*\*\*|<<.*<<|1000000.*\*|\*\*= .*\*\*=', text) and len(text) < 6000


def alarmed(alarm):
    if not alarm:
        return RUNNER
    return alarm + RUNNER.replace('    space = ', '    signal.setitimer(signal.ITIMER_REAL, 0.5)\n    space = ')


def limits(size):
    resource.setrlimit(resource.RLIMIT_AS, (size << 30, size << 30))


def told_same(expected, found):
    """Whether lines differ in addresses alone."""
    expected, found = (re.sub(r'0x7f[0-9a-f]+', '', line) for line in (expected, found))
    return expected == found


def first_difference(expected, found):
    """The number of the first line that differs, with what stands there in both."""
    pairs = zip([*expected.split('\n'), ''], [*found.split('\n'), ''])
    return next(((number, a, b) for number, (a, b) in enumerate(pairs) if a != b and not told_same(a, b)), None)


def is_undefined(seed, text, expected, number, oracle, folder):
    """Whether CPython disagrees with itself, up to that line, when the program runs alone, with texts and addresses hashed otherwise.

    Such a program prints the order of a set of texts or of objects, an address in letters, or what depends on when garbage
    is collected: there is no output that would be right.
    """
    for hashes in HASHES:
        again = first_difference(expected, run([oracle], [(seed, text)], folder, 'again', ALARM, hashes).get(seed, ''))
        if again and again[0] <= number:
            return True
    return False


def waited(process, output, patience):
    """How a process ended; one that prints nothing for so many seconds is killed."""
    size, since = -1, time.monotonic()
    while True:
        try:
            return process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
        if output.stat().st_size != size:
            size, since = output.stat().st_size, time.monotonic()
        elif time.monotonic() - since > patience:
            process.kill()
            process.wait()
            return 'timeout'


def run(command, programs, folder, name, alarm='', hashes='0'):
    """What each program printed, by its number; those that ended or hung the process tell so."""
    said = {}
    path = pathlib.Path(folder) / f'{name}.py'
    environment = dict(os.environ, PYTHONHASHSEED=hashes)
    while programs:
        path.write_text(PRELUDE + HELPERS + f'PROGRAMS = {programs!r}\n' + alarmed(alarm))
        # To a file: a pipe that nobody reads would be memory of ours.
        output = pathlib.Path(folder) / f'{name}.out'
        with open(output, 'wb') as out, open(str(output) + '.err', 'wb') as err:
            process = subprocess.Popen([*command, str(path)], stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder, env=environment, preexec_fn=lambda: limits(1 if alarm else 8))
            code = waited(process, output, 8 if alarm else 30)
        text = output.read_text('utf-8', 'replace')
        parts = text.split(MARK)[1:]
        for part in parts:
            head, _, rest = part.partition('\n')
            said[int(head)] = rest.partition('\x1f')[0]
        if '\x1f' in text:
            return said
        last = int(parts[-1].partition('\n')[0]) if parts else programs[0][0]
        trouble = pathlib.Path(str(output) + '.err').read_text('utf-8', 'replace')
        said[last] = f'PROCESS ENDED: {code} {trouble[-300:]}'
        programs = [pair for pair in programs if pair[0] > last]
    return said


def batch(seeds, options, oracle):
    programs = []
    for seed in seeds:
        text = source_of(seed)
        if is_modest(text):
            programs.append((seed, text))
    with tempfile.TemporaryDirectory(prefix='apy-fuzz') as folder:
        want = run([oracle], programs, folder, 'cpython', ALARM)
        programs = [(seed, text) for seed, text in programs if not re.search('TOO SLOW|PROCESS ENDED|MemoryError', want.get(seed, 'TOO SLOW'))]
        got = run([options.apy], programs, folder, 'apy')
        differ, undefined, refused = [], 0, 0
        for seed, text in programs:
            expected, found = want.get(seed, ''), got.get(seed, '')
            difference = first_difference(expected, found) if expected != found else None
            if difference and re.search('not supported yet by apy|apy does not support', difference[2]):
                refused += 1
            elif difference and is_undefined(seed, text, expected, difference[0], oracle, folder):
                undefined += 1
            elif difference:
                differ.append((seed, text, *difference[1:]))
    return len(programs) - undefined - refused, undefined, refused, differ


def main():
    warnings.simplefilter('ignore')
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--programs', type=int, default=2000)
    parser.add_argument('--batch', type=int, default=500)
    parser.add_argument('--workers', type=int, default=1)
    parser.add_argument('--apy', default=str(HERE.parent / 'target' / 'debug' / 'apy'))
    parser.add_argument('--limit', type=int, default=40, help='groups that are shown')
    parser.add_argument('--progress', action='store_true', help='tell the seeds that differ after each batch')
    parser.add_argument('--show', type=int)
    options = parser.parse_args()
    oracle = os.environ.get('APY_CPYTHON', 'python3.13')
    if options.show is not None:
        text = source_of(options.show)
        print(text)
        with tempfile.TemporaryDirectory(prefix='apy-fuzz') as folder:
            for command in (oracle, options.apy):
                print('-----', command)
                print(run([command], [(options.show, text)], folder, 'shown').get(options.show))
        return 0
    begun = time.monotonic()
    ranges = [range(first, min(first + options.batch, options.seed + options.programs)) for first in range(options.seed, options.seed + options.programs, options.batch)]
    groups, count, unclear, refusals = collections.defaultdict(list), 0, 0, 0
    with concurrent.futures.ProcessPoolExecutor(options.workers) as pool:
        for done, undefined, refused, differ in pool.map(batch, ranges, [options] * len(ranges), [oracle] * len(ranges)):
            count, unclear, refusals = count + done, unclear + undefined, refusals + refused
            if options.progress:
                print(f'{count} programs, {time.monotonic() - begun:.0f} s', *(find[0] for find in differ), file=sys.stderr, flush=True)
            for seed, text, expected, found in differ:
                key = tuple(re.sub(r'\d+', 'N', re.sub(r"'[^']*'", "'…'", line))[:70] for line in (expected, found))
                groups[key].append((seed, text, expected, found))
    for key, finds in sorted(groups.items(), key=lambda item: -len(item[1]))[:options.limit]:
        seed, text, expected, found = min(finds, key=lambda find: len(find[1]))
        print(f'{len(finds)} x  seed {seed} ({len(text)} characters)\n      CPython {expected[:230]}\n      apy     {found[:230]}')
    total = sum(map(len, groups.values()))
    print(f'{count} programs, {total} differ, in {len(groups)} groups; CPython disagrees with itself on {unclear} more, apy refuses clearly {refusals} more (seeds {options.seed} to {options.seed + options.programs - 1}), {time.monotonic() - begun:.0f} s')
    return 1 if groups else 0


if __name__ == '__main__':
    sys.exit(main())
