"""The part of `test.support.socket_helper` that tests without sockets import."""

import unittest

HOST = 'localhost'
HOSTv4 = '127.0.0.1'
HOSTv6 = '::1'
IPV6_ENABLED = False


def skip_unless_bind_unix_socket(test):
    return unittest.skip('needs module socket')(test)


def get_socket_conn_refused_errs():
    raise unittest.SkipTest('needs module socket')


def skip_if_tcp_blackhole(test):
    return unittest.skip('needs module socket')(test)


def find_unused_port(*args, **kwargs):
    raise unittest.SkipTest('needs module socket')


def bind_port(*args, **kwargs):
    raise unittest.SkipTest('needs module socket')


def bind_unix_socket(*args, **kwargs):
    raise unittest.SkipTest('needs module socket')


class transient_internet:
    def __init__(self, *args, **kwargs):
        raise unittest.SkipTest('needs module socket')
