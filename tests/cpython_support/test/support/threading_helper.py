"""Threads for tests."""

import contextlib
import functools
import unittest


def requires_working_threading(*, module=False):
    if module:
        return None
    return lambda test: test


def reap_threads(test):
    return test


def threading_setup():
    return ()


def threading_cleanup(*values):
    pass


@contextlib.contextmanager
def wait_threads_exit(timeout=None):
    yield


@contextlib.contextmanager
def start_threads(threads, unlock=None):
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        if unlock:
            unlock()
        for thread in threads:
            thread.join()


def join_thread(thread, timeout=None):
    thread.join(timeout)


can_start_thread = True
