"""Stands for CPython's package `test` when its files are run by apy: `test.support` is ours, the
test files themselves are read from where CPython is installed."""

import sys

__path__.append(sys.apy_test_folder)
