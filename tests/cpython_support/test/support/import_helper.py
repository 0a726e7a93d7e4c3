"""Imports for tests: a module that is not there skips the test."""

import contextlib
import sys
import unittest


def import_module(name, deprecated=False, *, required_on=()):
    try:
        __import__(name)
        return sys.modules[name]
    except ImportError as exc:
        raise unittest.SkipTest(f'needs module {name}')


def import_fresh_module(name, fresh=(), blocked=(), *, deprecated=False, usefrozen=False):
    """The module itself: apy has one version of each, with or without C parts."""
    try:
        __import__(name)
        return sys.modules[name]
    except ImportError:
        return None


def unload(name):
    sys.modules.pop(name, None)


def forget(modname):
    unload(modname)


def make_legacy_pyc(source):
    raise unittest.SkipTest('C: byte-compiled files')


def ensure_lazy_imports(imported_module, modules_to_block):
    raise unittest.SkipTest('C: which modules import which')


@contextlib.contextmanager
def isolated_modules():
    before = dict(sys.modules)
    try:
        yield
    finally:
        sys.modules.clear()
        sys.modules.update(before)


class CleanImport:
    def __init__(self, *names, usefrozen=False):
        self.before = dict(sys.modules)
        for name in names:
            sys.modules.pop(name, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        sys.modules.update(self.before)


class DirsOnSysPath:
    def __init__(self, *paths):
        self.before = sys.path[:]
        sys.path.extend(paths)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        sys.path[:] = self.before


def ready_to_import(name=None, source=''):
    raise unittest.SkipTest('C: needs tempfile')
