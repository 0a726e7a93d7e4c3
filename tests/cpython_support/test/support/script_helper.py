"""Tests that start a Python of their own are skipped."""

import unittest


def _refuse(*args, **kwargs):
    raise unittest.SkipTest('C: starts the interpreter')


assert_python_ok = assert_python_failure = spawn_python = kill_python = _refuse
make_script = make_pkg = make_zip_script = make_zip_pkg = run_python_until_end = run_test_script = _refuse


def interpreter_requires_environment():
    return False
