#!/usr/bin/env python3
"""Run single cases of CPython's own tests under apy and under CPython, and count what agrees.

    python3 tests/cpython_cases.py [options] test_int test_list ...
    python3 tests/cpython_cases.py --show 'test_int.*' test_int     # whole tracebacks of some cases

The files are read from where CPython 3.13 is installed (`APY_CPYTHON`, or python3.13 of the path);
nothing of them is part of this project. Under apy `test.support` is `tests/cpython_support`, written
by us. A case that needs a module which apy lacks, or that looks into CPython itself, is counted apart.
Exit code 1 if less than `--least` percent of the others agree.
"""

import argparse
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SUPPORT = HERE / 'cpython_support'

# Runs in both interpreters. Lines that begin with MARK are for us; the rest is what tests print.
DRIVER = r'''
import sys
MARK = '\x1e'
NAME, WANTED, APY, TESTS = ARGUMENTS
SHORT = True
if APY:
    sys.apy_test_folder = TESTS
    sys.path.insert(0, SUPPORT)
import unittest, traceback, io

loading = True

class Missing(type(sys)):
    """A module that apy lacks, and whatever is asked of it; a test that calls it is skipped."""
    def __getattr__(self, name):
        if name.startswith('__') and name not in ('__mro_entries__',):
            raise AttributeError(name)
        if name == '__mro_entries__':
            return lambda bases: (type('Missing', (), {}),)
        found = Missing(self.__name__ + '.' + name)
        setattr(self, name, found)
        return found
    def __call__(self, *args, **kwargs):
        if loading:
            # A decorator leaves the test, which is skipped when it uses the module.
            return Missing(self.__name__ + '()')
        raise unittest.SkipTest('needs module ' + self.__name__.split('.')[0].split('(')[0])
    def __iter__(self):
        return iter(())
    def __getitem__(self, key):
        return self(key)
    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __rlshift__ = __truediv__ = __lt__ = __contains__ = __getitem__
    def __enter__(self):
        return self()
    def __exit__(self, *exc):
        pass
    def __bool__(self):
        return True
    def __index__(self):
        return 1 if loading else self(None)
    def __ge__(self, other):
        return False
    __gt__ = __le__ = __ge__
    def __repr__(self):
        return '<missing %s>' % self.__name__

if APY:
    for name in sorted(MODULES):
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = Missing(name)
            parent, _, last = name.rpartition('.')
            if parent in sys.modules:
                setattr(sys.modules[parent], last, sys.modules[name])

    try:
        import concurrent.futures
        concurrent.futures.ProcessPoolExecutor
    except ImportError:
        concurrent.futures.ProcessPoolExecutor = Missing('multiprocessing')
    except AttributeError:
        pass

def tell(*parts):
    sys.__stdout__.write('\n' + MARK + MARK.join(str(part).replace('\n', ' ') for part in parts) + '\n')
    sys.__stdout__.flush()

class Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.status = ('ok', '', '')
    def addError(self, test, err):
        self.status = ('error', self.first(err), self.text(err))
    def addFailure(self, test, err):
        self.status = ('fail', self.first(err), self.text(err))
    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.status = ('fail', self.first(err) + ' ' + subtest._subDescription(), self.text(err))
    def addSkip(self, test, reason):
        self.status = ('skip', reason, '')
    def addExpectedFailure(self, test, err):
        self.status = ('xfail', '', '')
    def addUnexpectedSuccess(self, test):
        self.status = ('xpass', '', '')
    def first(self, err):
        text = ''.join(traceback.format_exception_only(err[0], err[1])).strip()
        return text.split('\n')[0][:200]
    def text(self, err):
        return ''.join(traceback.format_exception(*err)).replace('\n', '\x1f')[-6000:]

try:
    module = __import__('test.' + NAME, fromlist=['x'])
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
except BaseException as exc:
    tell('load', type(exc).__name__ + ': ' + str(exc), traceback.format_exc().replace('\n', '\x1f'))
    sys.exit(0)

def flat(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flat(item)
        else:
            yield item

loading = False
cases = list(flat(suite))
if WANTED is None:
    for case in cases:
        tell('case', case.id())
    sys.exit(0)
last = None
if hasattr(module, 'setUpModule'):
    try:
        module.setUpModule()
    except BaseException as exc:
        if not isinstance(exc, unittest.SkipTest):
            traceback.print_exc()
tell('loaded')
for case in cases:
    if case.id() not in WANTED:
        continue
    cls = type(case)
    tell('start', case.id())
    result = Result()
    try:
        if cls is not last:
            if last is not None:
                last.tearDownClass()
            last = None
            if not getattr(cls, '__unittest_skip__', False):
                cls.setUpClass()
            last = cls
        case(result)
        status = result.status if hasattr(result, 'status') else ('ok', '', '')
    except unittest.SkipTest as exc:
        status = ('skip', str(exc), '')
    except BaseException as exc:
        status = ('error', type(exc).__name__ + ': ' + str(exc)[:200], traceback.format_exc().replace('\n', '\x1f'))
    tell('end', case.id(), *status)
tell('done')
'''


def cpython():
    """The command of CPython 3.13."""
    return os.environ.get('APY_CPYTHON', 'python3.13')


def facts_of_cpython():
    code = ('import test, sys, os, json; '
            'print(json.dumps([os.path.dirname(test.__file__), sorted(sys.stdlib_module_names)]))')
    return json.loads(subprocess.run([cpython(), '-c', code], capture_output=True, text=True, check=True).stdout)


class Machine:
    """One of the two interpreters."""

    def __init__(self, command, is_apy, tests, modules, folder):
        self.command, self.is_apy, self.folder = command, is_apy, folder
        self.tests, self.modules = tests, modules

    def imported(self, name):
        """Dotted names that a test file imports, and the files that it shares with others."""
        found = set()
        shared = ['seq_tests', 'list_tests', 'mapping_tests', 'string_tests', 'pickletester', 'test_asyncio/utils',
                  'test_concurrent_futures/util', 'test_concurrent_futures/executor',
                  'support/asyncore', 'support/smtpd', 'support/socket_helper']
        own = name.replace('.', '/')
        package = sorted((pathlib.Path(self.tests) / own).glob('*.py'))
        for path in (*package, *(pathlib.Path(self.tests) / f'{file}.py' for file in (own, *shared))):
            if path.is_file():
                text = path.read_text(errors='replace')
                found.update(re.findall(r'^\s*(?:from|import) ([A-Za-z_][\w.]*)', text, re.M))
                found.update(re.findall(r'import_module\([\'"]([\w.]+)[\'"]\)', text))
        parents = {part.rpartition('.')[0] for part in found if '.' in part}
        found.add('unittest.mock')
        # `asyncio` and what it is made of are there, or the tests of it make no sense.
        found = {part for part in found if part.split('.')[0] != 'asyncio'}
        return {part for part in found | parents if not part.startswith(('test.', 'test_')) and part != 'test'}

    def script(self, name, wanted):
        modules = sorted(set(self.modules) | self.imported(name)) if self.is_apy else []
        path = pathlib.Path(self.folder) / f'{name}_{"apy" if self.is_apy else "cpython"}.py'
        path.write_text(
            f'ARGUMENTS = ({name!r}, {wanted!r}, {self.is_apy!r}, {self.tests!r})\n'
            f'SUPPORT = {str(SUPPORT)!r}\nMODULES = {modules!r}\n{DRIVER}')
        return path

    def run(self, name, wanted, limit):
        """Yield the marked lines; ('timeout',) or ('died', code, text) ends them otherwise."""
        path = self.script(name, wanted)
        process = subprocess.Popen([*self.command, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, cwd=self.folder, text=True, errors='replace')
        expired = threading.Event()

        def kill():
            expired.set()
            process.kill()

        other = []
        # The limit is for one case: each line that arrives starts it anew.
        timer = threading.Timer(limit * 3, kill)
        timer.start()
        finished = False
        for line in process.stdout:
            if line.startswith('\x1e'):
                timer.cancel()
                timer = threading.Timer(limit, kill)
                timer.start()
                parts = tuple(line.rstrip('\n').split('\x1e')[1:])
                finished = finished or parts[0] in ('done', 'load')
                yield parts
            elif line.strip():
                other.append(line.rstrip('\n'))
        code = process.wait()
        timer.cancel()
        if finished or (wanted is None and code == 0):
            return
        yield ('timeout',) if expired.is_set() else ('died', str(code), ' / '.join(other[-3:]))

    def cases(self, name):
        found = []
        for parts in self.run(name, None, 60):
            if parts[0] == 'case':
                found.append(parts[1])
            elif parts[0] != 'done':
                return found, parts
        return found, None

    def results(self, name, wanted, limit):
        """{case: (status, first line, whole text)}."""
        results, left = {}, list(wanted)
        while left:
            current = None
            for parts in self.run(name, set(left), limit):
                if parts[0] == 'start':
                    current = parts[1]
                elif parts[0] == 'end':
                    results[parts[1]] = tuple(parts[2:5])
                    current = None
                elif parts[0] == 'load':
                    for case in left:
                        results.setdefault(case, ('load', parts[1], parts[2]))
                elif parts[0] in ('timeout', 'died'):
                    if current is None:
                        for case in left:
                            results.setdefault(case, (parts[0], ' '.join(parts[1:]), ''))
                    else:
                        results[current] = (parts[0], ' '.join(parts[1:])[:300], '')
            before = len(left)
            left = [case for case in left if case not in results]
            if len(left) == before:
                for case in left:
                    results[case] = ('not run', 'apy does not have this case', '')
                break
        return results


def cause(status, text):
    """What two disagreements of the same kind have in common."""
    text = re.sub(r'0x[0-9a-f]+', '0x…', text)
    text = re.sub(r'\d{3,}', '…', text)
    return f'{status}: {text}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('names', nargs='+', help='test files, as test_int')
    parser.add_argument('--apy', default=str(HERE.parent / 'target' / 'debug' / 'apy'))
    parser.add_argument('--limit', type=float, default=20, help='seconds for one case')
    parser.add_argument('--case', default='*', help='only cases whose name fits')
    parser.add_argument('--show', action='store_true', help='print whole tracebacks')
    parser.add_argument('--least', type=float, default=0)
    options = parser.parse_args()
    tests, modules = facts_of_cpython()
    modules = [name for name in modules if not name.startswith('__') and name not in ('test', 'antigravity', 'this')]
    total = collections.Counter()
    causes = collections.defaultdict(list)
    texts = {}
    with tempfile.TemporaryDirectory(prefix='apy-cases') as folder:
        oracle = Machine([cpython()], False, tests, modules, folder)
        apy = Machine([options.apy], True, tests, modules, folder)
        for name in options.names:
            cases, trouble = oracle.cases(name)
            if trouble:
                print(f'{name}: CPython: {trouble}')
                continue
            cases = [case for case in cases if fnmatch.fnmatch(case, f'*{options.case}*')]
            wanted = oracle.results(name, cases, options.limit)
            found = apy.results(name, cases, options.limit)
            counts = collections.Counter()
            for case in cases:
                want, (status, text, whole) = wanted[case], found[case]
                if want[0] in ('skip', 'timeout'):
                    counts['CPython does not run it'] += 1
                elif status == 'skip' and text.startswith(('needs module', 'need the _testcapi', 'needs _testcapi', 'C:')):
                    counts['C internals' if text.startswith('C:') else 'module'] += 1
                    causes[text.split(':')[0] if text.startswith('C:') else text].append(case)
                elif status == want[0]:
                    counts['agree'] += 1
                else:
                    counts['differ'] += 1
                    causes[cause(status, text)].append(case)
                    texts[case] = whole
            total.update(counts)
            compared = counts['agree'] + counts['differ']
            share = 100 * counts['agree'] / compared if compared else 100
            print(f'{name}: {counts["agree"]} of {compared} agree ({share:.1f} %)'
                  + ''.join(f', {count} {kind}' for kind, count in counts.items() if kind not in ('agree', 'differ')),
                  flush=True)
    print()
    for told, cases in sorted(causes.items(), key=lambda item: -len(item[1])):
        print(f'{len(cases):4} {told[:230]}')
        print(f'       {", ".join(case.removeprefix("test.") for case in cases[:4])}')
        if options.show:
            for case in cases:
                if texts.get(case):
                    print(f'--- {case}\n' + texts[case].replace('\x1f', '\n'))
    compared = total['agree'] + total['differ']
    share = 100 * total['agree'] / compared if compared else 100
    print(f'\n{total["agree"]} of {compared} agree ({share:.1f} %); counted apart: '
          + ', '.join(f'{count} {kind}' for kind, count in total.items() if kind not in ('agree', 'differ')))
    return 1 if share < options.least else 0


if __name__ == '__main__':
    sys.exit(main())
