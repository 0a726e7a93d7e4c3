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


def rmdir(path):
    import os
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass


def rmtree(path):
    import shutil
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        pass


SAVEDCWD = __import__('os').getcwd()


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
    """The environment, put back at the end of a block."""

    def __init__(self):
        import os
        self._environ = os.environ
        self._before = dict(os.environ)

    def __getitem__(self, name):
        return self._environ[name]

    def __setitem__(self, name, value):
        self._environ[name] = value

    def __delitem__(self, name):
        self._environ.pop(name, None)

    def keys(self):
        return self._environ.keys()

    def __iter__(self):
        return iter(self._environ)

    def __len__(self):
        return len(self._environ)

    def set(self, name, value):
        self[name] = value

    def unset(self, name, /, *names):
        for each in (name, *names):
            del self[each]

    def copy(self):
        return dict(self)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._environ.clear()
        self._environ.update(self._before)


@contextlib.contextmanager
def temp_dir(path=None, quiet=False):
    import os
    import tempfile
    if path is None:
        path = os.path.realpath(tempfile.mkdtemp())
    else:
        os.mkdir(path)
    try:
        yield path
    finally:
        rmtree(path)


@contextlib.contextmanager
def change_cwd(path, quiet=False):
    import os
    before = os.getcwd()
    os.chdir(os.path.realpath(path))
    try:
        yield os.getcwd()
    finally:
        os.chdir(before)


@contextlib.contextmanager
def temp_cwd(name='tempcwd', quiet=False):
    with temp_dir(path=name, quiet=quiet) as folder, change_cwd(folder):
        yield folder


def create_empty_file(filename):
    open(filename, 'wb').close()


def make_bad_fd():
    import os
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    return read


def skip_unless_symlink(test):
    return test


skip_unless_working_chmod = skip_unless_hardlink = skip_unless_symlink


def skip_unless_xattr(test):
    return unittest.skip('C: needs extended attributes')(test)


def can_symlink():
    return True


can_chmod = can_symlink


def fd_count():
    raise unittest.SkipTest('C: file descriptors')


def skip_if_dac_override(test):
    import os
    return unittest.skip('root may do everything')(test) if os.geteuid() == 0 else test


def skip_unless_dac_override(test):
    return test


def can_hardlink():
    return True


def can_xattr():
    return False


@contextlib.contextmanager
def open_dir_fd(path):
    import os
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def fs_is_case_insensitive(directory):
    return False
