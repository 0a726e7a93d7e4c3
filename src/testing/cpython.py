"""Become a script under CPython: `python -c THIS virtual|real FILE [ARGS]`.

The script runs as `__main__` in the current folder, with an import hook for `.apy` files and, for
`virtual`, an event loop whose clock jumps to the next deadline instead of waiting for it.
"""
import os
import sys


def install_import_hook(folder):
    from importlib.machinery import FileFinder, SourceFileLoader

    class Finder:
        def find_spec(self, fullname, path=None, target=None):
            for where in path or [folder]:
                spec = FileFinder(where, (SourceFileLoader, [".apy"])).find_spec(fullname)
                # Without a loader it is a folder that could be a namespace package: not ours.
                if spec is not None and spec.loader is not None:
                    return spec
            return None

    sys.meta_path.insert(0, Finder())


def install_virtual_clock():
    """Replace every clock by one that stands still while code runs, and jumps when all is idle."""
    import asyncio
    import asyncio.events
    import itertools
    import selectors
    import time

    now = [1_000_000_000_000]
    wall = 1_700_000_000_000_000_000
    serial = itertools.count()

    class TimerHandle(asyncio.events.TimerHandle):
        """Deadlines are whole nanoseconds, and equal ones go off in the order of creation."""

        def __init__(self, when, *rest, **named):
            super().__init__(round(when * 1e9) / 1e9, *rest, **named)
            self._serial = next(serial)

        def __lt__(self, other):
            return (self._when, self._serial) < (other._when, other._serial)

    class Selector(selectors.SelectSelector):
        def select(self, timeout=None):
            ready = super().select(0)
            if ready or timeout == 0:
                return ready
            if timeout is None:
                raise RuntimeError("deadlock: nothing is ready and no timer is set")
            now[0] = max(now[0], round(self.loop._scheduled[0]._when * 1e9))
            return []

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self):
            selector = Selector()
            selector.loop = self
            super().__init__(selector)

        def time(self):
            return now[0] / 1e9

    class Policy(asyncio.DefaultEventLoopPolicy):
        _loop_factory = Loop

    def sleep(seconds):
        now[0] += round(seconds * 1e9)

    asyncio.events.TimerHandle = TimerHandle
    asyncio.set_event_loop_policy(Policy())
    asyncio.SelectorEventLoop = asyncio.EventLoop = Loop
    time.monotonic = time.perf_counter = lambda: now[0] / 1e9
    time.monotonic_ns = time.perf_counter_ns = lambda: now[0]
    time.time = lambda: (wall + now[0]) / 1e9
    time.time_ns = lambda: wall + now[0]
    time.sleep = sleep


def become(file, args, is_virtual, refused):
    """Run the script; never returns normally. `refused` is called if CPython refuses its text."""
    import types

    folder = os.getcwd()
    main = types.ModuleType("__main__")
    main.__file__ = file
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    sys.argv = [file] + args
    sys.path[0] = folder
    install_import_hook(folder)
    if is_virtual:
        install_virtual_clock()
    with open(file, "rb") as f:
        source = f.read()
    try:
        code = compile(source, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        refused(error)
        os._exit(1)
    try:
        exec(code, main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        frame = error.__traceback__.tb_next
        sys.last_exc = error.with_traceback(frame)
        sys.excepthook(type(error), error, frame)
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":

    def report(error):
        line = getattr(error, "lineno", None) or 1
        text = "%s: %s\n%s:%d\n" % (type(error).__name__, getattr(error, "msg", error), sys.argv[0], line)
        sys.stderr.write(text)
        sys.stderr.flush()

    become(sys.argv[2], sys.argv[3:], sys.argv[1] == "virtual", report)
