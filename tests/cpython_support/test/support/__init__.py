"""The part of `test.support` that CPython's tests of the language use, written for apy.

What looks into CPython itself (`cpython_only`, sizes, reference counts) skips its test with a reason
that begins with "C:", so that `cpython_cases.py` can count these apart."""

import contextlib
import functools
import gc
import io
import os
import sys
import traceback
import types
import unittest

TEST_HOME_DIR = sys.apy_test_folder
# Modules of this package that we do not write ourselves are CPython's.
__path__.append(TEST_HOME_DIR + '/support')
STDLIB_DIR = TEST_HOME_DIR.rpartition('/')[0]
REPO_ROOT = STDLIB_DIR.rpartition('/')[0]

verbose = 0
INTERNET_TIMEOUT = 60.0
PGO = HAVE_ASAN_FORK_BUG = False
PIPE_MAX_SIZE = 4 * 1024 * 1024 + 1
SOCK_MAX_SIZE = 16 * 1024 * 1024 + 1
unix_shell = '/bin/sh'
max_memuse = 0
TEST_MODULES_ENABLED = True
is_s390x = False
debug = False
failfast = False
use_resources = None
HAVE_DOCSTRINGS = True
MISSING_C_DOCSTRINGS = False
Py_DEBUG = False
Py_GIL_DISABLED = False
Py_TRACE_REFS = False
is_wasi = is_emscripten = is_apple = is_android = is_jython = is_apple_mobile = False
has_fork_support = has_subprocess_support = False
has_socket_support = True
SOCK_MAX_SIZE = 16 * 1024 * 1024 + 1
MAX_Py_ssize_t = sys.maxsize
SHORT_TIMEOUT = 30.0
LONG_TIMEOUT = 300.0
LOOPBACK_TIMEOUT = 10.0
NHASHBITS = 61
_1M, _1G, _2G, _4G = 1 << 20, 1 << 30, 1 << 31, 1 << 32


class Error(Exception):
    """Base class for regression test exceptions."""


class TestFailed(Error):
    """Test failed."""


class ResourceDenied(unittest.SkipTest):
    """Test skipped because it requested a disallowed resource."""


def requires_gil_enabled(msg='needs the GIL enabled'):
    'Decorator for tests that need the GIL, as apy has it.'
    return _unchanged


def _unchanged(item):
    return item


def _skip_c(why):
    return unittest.skip('C: ' + why)


cpython_only = _skip_c('for CPython alone')


def impl_detail(msg=None, **guards):
    return unittest.skip('C: ' + (msg or 'implementation detail'))


def check_impl_detail(**guards):
    return False


def refcount_test(test):
    return _skip_c('reference counts')(test)


def bigaddrspacetest(test):
    return unittest.skip('needs too much memory')(test)


def bigmemtest(size, memuse, dry_run=True):
    def decorator(test):
        @functools.wraps(test)
        def wrapper(self):
            return test(self, 5147)
        wrapper.size = size
        wrapper.memuse = memuse
        return wrapper
    return decorator


def precisionbigmemtest(size, memuse, dry_run=True):
    return bigmemtest(size, memuse, dry_run)


def requires_resource(resource):
    return unittest.skip(f'resource {resource!r} is not enabled')


def is_resource_enabled(resource):
    return False


def requires(resource, msg=None):
    raise ResourceDenied(msg or f'Use of the {resource!r} resource not enabled')


requires_IEEE_754 = requires_docstrings = _unchanged
requires_specialization = no_tracing = _unchanged
MS_WINDOWS = False


def requires_zlib(reason=''):
    return _unchanged


requires_gzip = requires_bz2 = requires_lzma = requires_zlib
skip_if_pgo_task = _unchanged


def skip_emscripten_stack_overflow():
    return _unchanged


def skip_wasi_stack_overflow():
    return _unchanged


def requires_subprocess():
    return unittest.skip('C: needs subprocess')


def requires_fork():
    return unittest.skip('C: needs fork')


def requires_working_socket(*, module=False):
    return None if module else _unchanged


def requires_linux_version(*version):
    return _unchanged


def requires_mac_ver(*version):
    return _unchanged


def requires_limited_api(test):
    return _skip_c('C API')(test)


def requires_venv_with_pip():
    return unittest.skip('C: needs venv')


def skip_on_s390x(test):
    return test


@contextlib.contextmanager
def suppress_immortalization(suppress=True):
    yield


def skip_if_suppress_immortalization():
    return _unchanged


def anticipate_failure(condition):
    return unittest.expectedFailure if condition else _unchanged


def skip_if_broken_multiprocessing_synchronize():
    raise unittest.SkipTest('C: needs multiprocessing')


def gc_collect():
    gc.collect()
    gc.collect()


@contextlib.contextmanager
def disable_gc():
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def gc_threshold(*args):
    yield


def get_c_recursion_limit():
    return 10_000


def exceeds_recursion_limit():
    return get_c_recursion_limit() * 3


def get_recursion_depth():
    return 10


def get_recursion_available():
    return sys.getrecursionlimit() - get_recursion_depth()


@contextlib.contextmanager
def set_recursion_limit(limit):
    before = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(limit)
        yield
    finally:
        sys.setrecursionlimit(before)


def infinite_recursion(max_depth=None):
    return set_recursion_limit(max_depth or 300)


@contextlib.contextmanager
def adjust_int_max_str_digits(max_digits):
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(max_digits)
        yield
    finally:
        sys.set_int_max_str_digits(before)


@contextlib.contextmanager
def swap_attr(obj, attr, new_val):
    had = hasattr(obj, attr)
    before = getattr(obj, attr, None)
    setattr(obj, attr, new_val)
    try:
        yield before
    finally:
        if had:
            setattr(obj, attr, before)
        else:
            delattr(obj, attr)


@contextlib.contextmanager
def swap_item(obj, item, new_val):
    had = item in obj
    before = obj.get(item) if had else None
    obj[item] = new_val
    try:
        yield before
    finally:
        if had:
            obj[item] = before
        else:
            del obj[item]


@contextlib.contextmanager
def captured_output(stream_name):
    before = getattr(sys, stream_name)
    setattr(sys, stream_name, io.StringIO())
    try:
        yield getattr(sys, stream_name)
    finally:
        setattr(sys, stream_name, before)


def captured_stdout():
    return captured_output('stdout')


def captured_stderr():
    return captured_output('stderr')


def captured_stdin():
    return captured_output('stdin')


def get_attribute(obj, name):
    try:
        return getattr(obj, name)
    except AttributeError:
        raise unittest.SkipTest(f'object {obj!r} has no attribute {name!r}')


class catch_unraisable_exception:
    """Keeps what sys.unraisablehook is given."""

    def __init__(self):
        self.unraisable = None
        self._before = None

    def _hook(self, unraisable):
        self.unraisable = unraisable

    def __enter__(self):
        self._before = sys.unraisablehook
        sys.unraisablehook = self._hook
        return self

    def __exit__(self, *exc_info):
        sys.unraisablehook = self._before
        del self.unraisable


def check_syntax_error(testcase, statement, errtext='', *, lineno=None, offset=None):
    with testcase.assertRaisesRegex(SyntaxError, errtext) as cm:
        compile(statement, '<test string>', 'exec')
    err = cm.exception
    testcase.assertIsNotNone(err.lineno)
    if lineno is not None:
        testcase.assertEqual(err.lineno, lineno)
    testcase.assertIsNotNone(err.offset)
    if offset is not None:
        testcase.assertEqual(err.offset, offset)


def check_free_after_iterating(test, iter, cls, args=()):
    done = False

    def wrapper():
        class A(cls):
            def __del__(self):
                nonlocal done
                done = True
                try:
                    next(it)
                except StopIteration:
                    pass
        it = iter(A(*args))
        test.assertRaises(StopIteration, next, it)

    wrapper()
    gc_collect()
    test.assertTrue(done)


def check_disallow_instantiation(testcase, tp, *args, **kwds):
    name = f'{tp.__module__}.{tp.__name__}' if tp.__module__ != 'builtins' else tp.__name__
    testcase.assertRaisesRegex(TypeError, f"cannot create '{name}' instances", tp, *args, **kwds)


def check__all__(test_case, module, name_of_module=None, extra=(), not_exported=()):
    raise unittest.SkipTest('C: names of a module')


def check_sizeof(test, obj, size):
    raise unittest.SkipTest('C: sizes of objects')


def calcobjsize(fmt):
    return 0


calcvobjsize = calcobjsize


def sortdict(d):
    return '{%s}' % ', '.join('%r: %r' % pair for pair in sorted(d.items()))


def run_in_subinterp(code):
    raise unittest.SkipTest('C: needs subinterpreters')


def setswitchinterval(interval):
    pass


def wait_process(pid, *, exitcode, timeout=None):
    raise unittest.SkipTest('C: needs processes')


def run_with_locale(catstr, *locales):
    return _skip_c('needs locale')


run_with_locales = run_with_locale


def run_with_tz(tz):
    def decorator(test):
        @functools.wraps(test)
        def wrapper(*args, **kwargs):
            import time
            before = os.environ.get('TZ')
            os.environ['TZ'] = tz
            time.tzset()
            try:
                return test(*args, **kwargs)
            finally:
                if before is None:
                    del os.environ['TZ']
                else:
                    os.environ['TZ'] = before
                time.tzset()
        return wrapper
    return decorator


def run_code(code, extra_names=None):
    import textwrap
    names = dict(extra_names or {})
    exec(textwrap.dedent(code), names)
    return names


def print_warning(msg):
    sys.stderr.write(f'Warning -- {msg}\n')


def reap_children():
    pass


def patch(test_instance, object_to_patch, attr_name, new_value):
    before = getattr(object_to_patch, attr_name)
    test_instance.addCleanup(setattr, object_to_patch, attr_name, before)
    setattr(object_to_patch, attr_name, new_value)


def maybe_get_event_loop_policy():
    import asyncio
    return getattr(asyncio.events, '_event_loop_policy', None) if hasattr(asyncio, 'events') else None


def ignore_warnings(*, category):
    def decorator(test):
        @functools.wraps(test)
        def wrapper(self, *args, **kwargs):
            import warnings
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', category=category)
                return test(self, *args, **kwargs)
        return wrapper
    return decorator


def sleeping_retry(timeout, err_msg=None, /, *, init_delay=0.010, max_delay=1.0, error=True):
    import time
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        yield
        time.sleep(init_delay)
    if error:
        raise AssertionError(err_msg or 'timed out')


busy_retry = sleeping_retry


class CPUStopwatch:
    def __enter__(self):
        import time
        self.clock_info = types.SimpleNamespace(resolution=1e-9)
        self.start_time = time.perf_counter()
        return self

    def __exit__(self, *exc):
        import time
        self.stop_time = time.perf_counter()
        self.seconds = self.stop_time - self.start_time


class BrokenIter:
    def __init__(self, init_raises=False, next_raises=False, iter_raises=False):
        if init_raises:
            1 / 0
        self.next_raises = next_raises
        self.iter_raises = iter_raises

    def __next__(self):
        if self.next_raises:
            1 / 0

    def __iter__(self):
        if self.iter_raises:
            1 / 0
        return self


class _ALWAYS_EQ:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False


class _NEVER_EQ:
    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True

    def __hash__(self):
        return 1


@functools.total_ordering
class _LARGEST:
    def __eq__(self, other):
        return isinstance(other, _LARGEST)

    def __lt__(self, other):
        return False


@functools.total_ordering
class _SMALLEST:
    def __eq__(self, other):
        return isinstance(other, _SMALLEST)

    def __gt__(self, other):
        return False


ALWAYS_EQ = _ALWAYS_EQ()
NEVER_EQ = _NEVER_EQ()
LARGEST = _LARGEST()
SMALLEST = _SMALLEST()


def load_package_tests(pkg_dir, loader, standard_tests, pattern):
    # Not by `loader.discover`, which would put CPython's library in front of apy's.
    package = 'test.' + os.path.relpath(pkg_dir, TEST_HOME_DIR).replace(os.sep, '.')
    for entry in sorted(os.listdir(pkg_dir)):
        name, ending = os.path.splitext(entry)
        inside = os.path.join(pkg_dir, entry, '__init__.py')
        if entry.startswith('test') and (ending == '.py' or os.path.isfile(inside)):
            try:
                module = __import__(f'{package}.{name}', fromlist=['x'])
            except Exception:
                traceback.print_exc()
                continue
            standard_tests.addTests(loader.loadTestsFromModule(module, pattern=pattern))
    return standard_tests


def skip_if_buggy_ucrt_strfptime(test):
    return test


without_optimizer = skip_if_buggy_ucrt_strfptime


def skip_if_sanitizer(reason=None, **kinds):
    return _unchanged


def requires_linux_version(*version):
    return _unchanged


requires_freebsd_version = requires_linux_version


def get_pagesize():
    return 4096


def get_original_stdout():
    return sys.stdout


class Matcher(object):
    """Whether a dictionary has certain values; of some keys a part will do."""

    _partial_matches = ('msg', 'message')

    def matches(self, d, **kwargs):
        return all(self.match_value(key, d.get(key), value) for key, value in kwargs.items())

    def match_value(self, k, dv, v):
        if type(v) is not type(dv):
            return False
        if type(dv) is not str or k not in self._partial_matches:
            return v == dv
        return v in dv


class SaveSignals:
    """Handlers of signals, put back later."""

    def __init__(self):
        import signal
        self.signal = signal
        self.handlers = {}

    def save(self):
        for number in (self.signal.SIGINT, self.signal.SIGTERM):
            self.handlers[number] = self.signal.getsignal(number)

    def restore(self):
        for number, handler in self.handlers.items():
            self.signal.signal(number, handler)


def skip_unless_bind_unix_socket(test):
    return test


def flush_std_streams():
    sys.stdout.flush()
    sys.stderr.flush()


def no_color():
    return contextlib.nullcontext()


def force_not_colorized(test):
    return test


force_not_colorized_test_class = force_color = force_not_colorized


def late_deletion(obj):
    pass


def force_not_colorized(func):
    return func


force_not_colorized_test_class = _unchanged


class SuppressCrashReport:
    """A crash of apy writes no report that could be suppressed."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass


def requires_debug_ranges(reason='requires co_positions / debug_ranges'):
    return lambda test: test


def has_no_debug_ranges():
    return False


def force_not_colorized(func):
    return func


def check_sanitizer(*, address=False, memory=False, ub=False, thread=False):
    """Whether the interpreter was built with a sanitizer: apy never is."""
    return False


def iter_builtin_types():
    """The classes of the module builtins."""
    import builtins
    for value in vars(builtins).values():
        if isinstance(value, type):
            yield value


def iter_slot_wrappers(cls):
    """Slots are C's."""
    raise unittest.SkipTest('C: slots')


def iter_name_value_pairs(obj):
    """The public names of an object with their values."""
    for name in dir(obj):
        if not name.startswith('__'):
            yield name, getattr(obj, name)


def darwin_malloc_err_warning(test_name):
    """Other systems need no warning."""


def findfile(filename, subdir=None):
    import os
    for folder in ('', 'configdata', 'archivetestdata', 'tokenizedata', 'certdata'):
        path = os.path.join(TEST_HOME_DIR, subdir if subdir is not None else folder, filename)
        if os.path.exists(path):
            return path
    return filename


def open_urlresource(url, *args, **kw):
    raise ResourceDenied('C: needs the network')
