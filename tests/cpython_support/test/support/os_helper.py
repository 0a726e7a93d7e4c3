"""Files for tests."""

import contextlib
import unittest

TESTFN = '@test_apy_tmp'
TESTFN_ASCII = TESTFN
TESTFN_NONASCII = None
TESTFN_UNICODE = TESTFN + '-\xe0\xf2'
TESTFN_UNENCODABLE = None
TESTFN_UNDECODABLE = None
FS_NONASCII = ''


def unlink(filename):
    import os
    try:
        os.unlink(filename)
    except FileNotFoundError:
        pass


rmtree = unlink
SAVEDCWD = None


class FakePath:
    def __init__(self, path):
        self.path = path

    def __repr__(self):
        return f'<FakePath {self.path!r}>'

    def __fspath__(self):
        if isinstance(self.path, BaseException) or (isinstance(self.path, type)
                                                    and issubclass(self.path, BaseException)):
            raise self.path
        return self.path


class EnvironmentVarGuard:
    def __init__(self):
        raise unittest.SkipTest('C: needs the environment')


@contextlib.contextmanager
def temp_dir(path=None, quiet=False):
    raise unittest.SkipTest('C: needs tempfile')
    yield


temp_cwd = change_cwd = temp_dir


def skip_unless_symlink(test):
    return unittest.skip('C: needs symbolic links')(test)


skip_unless_working_chmod = skip_unless_hardlink = skip_unless_xattr = skip_unless_symlink
create_empty_file = None


def can_symlink():
    return False


def fd_count():
    raise unittest.SkipTest('C: file descriptors')
