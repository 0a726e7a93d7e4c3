#!/usr/bin/env python3
"""Random asyncio programs, run by apy and by CPython 3.13, both under a virtual clock.

    python3 tests/fuzz_asyncio.py --apy target/release/apy --seeds 0:1000

Every seed is a program of a few tasks that sleep (with ties), cancel each other, and use
locks, queues, groups, timeouts and the rest of asyncio; it prints what happens in which order.
The traces must be equal. Programs are run in batches, one process of each side per batch.
`--show SEED` prints a program, `--keep FOLDER` keeps those that differ.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import oracle  # noqa: E402

# How each side ends when nothing can happen any more.
DEADLOCKS = ("RuntimeError('deadlock: ", "SystemExit(70")
DELAYS = ["0", "0", "0.1", "0.1", "0.2", "0.3"]
PRELUDE = '''import asyncio
import contextlib
import contextvars
import types


class Shared:
    def __init__(self):
        self.locks = [asyncio.Lock() for _ in range(2)]
        self.semaphores = [asyncio.Semaphore(2), asyncio.Semaphore(1)]
        self.events = [asyncio.Event() for _ in range(2)]
        self.conditions = [asyncio.Condition() for _ in range(2)]
        self.queues = [asyncio.Queue(1), asyncio.Queue(), asyncio.LifoQueue(2), asyncio.PriorityQueue()]
        self.futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
        self.barrier = asyncio.Barrier(2)
        self.barrier3 = asyncio.Barrier(3)
        self.bounded = asyncio.BoundedSemaphore(2)
        self.ranked = asyncio.PriorityQueue(2)
        self.number = 0
        self.shared_context = contextvars.copy_context()
        asyncio.get_running_loop().set_exception_handler(
            # What was never retrieved is told when the garbage collector finds it.
            lambda loop, context: "handle" in context and log(self, "handler", show(context["exception"])))
        self.tasks = []
        self.kept = []
        self.turn = 0
        self.counting = asyncio.get_running_loop().call_soon(self.count)

    def count(self):
        self.turn += 1
        if self.turn < 400:
            self.counting = asyncio.get_running_loop().call_soon(self.count) if self.turn % 7 else None
            if self.counting is None:
                asyncio.get_running_loop().call_later(0.05, self.count)


def log(s, *what):
    print(round(asyncio.get_running_loop().time() - s.start, 3), *what)


def boom(s, name, what):
    log(s, name, "boom")
    raise what(name)


def number(s, task):
    return task.get_name() if task.get_name() == "None" else int(task.get_name()[5:]) - s.first


def chain(e):
    return [type(x).__name__ for x in (e.__cause__, e.__context__)], e.__suppress_context__


def show(e):
    if isinstance(e, BaseExceptionGroup):
        return type(e).__name__ + str([show(x) for x in e.exceptions])
    return type(e).__name__ + str(e.args)


def show_task(t):
    return "cancelled" if t.cancelled() else show(t.exception()) if t.exception() else t.result()


variable = contextvars.ContextVar("variable", default="unset")


async def reader(s, name):
    log(s, name, "reads", variable.get())
    variable.set("inner")
    await asyncio.sleep(0.1)
    log(s, name, "reads", variable.get())


class Steps:
    def __init__(self, count):
        self.count = count

    def __await__(self):
        for _ in range(self.count):
            yield
        return self.count


async def anext_of(iterator):
    return await anext(iterator)


@contextlib.asynccontextmanager
async def resource(s, name, delay):
    log(s, name, "acquires")
    await asyncio.sleep(delay)
    try:
        yield name
    finally:
        log(s, name, "releases")
        await asyncio.sleep(delay)
        log(s, name, "released")


class Count:
    def __init__(self, s, name, count):
        self.s, self.name, self.count = s, name, count

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.count -= 1
        if self.count < 0:
            raise StopAsyncIteration
        await asyncio.sleep(0.1 if self.count % 3 == 1 else 0)
        return self.count


class Guard:
    def __init__(self, s, name, swallow):
        self.s, self.name, self.swallow = s, name, swallow

    async def __aenter__(self):
        await asyncio.sleep(0)
        log(self.s, self.name, "enters")
        return self

    async def __aexit__(self, kind, e, trace):
        log(self.s, self.name, "leaves", kind and kind.__name__)
        await asyncio.sleep(0)
        return self.swallow


@types.coroutine
def by_hand(future):
    future._asyncio_future_blocking = True
    yield future
    return future.result()


async def chatter(s, name):
    received = []
    try:
        while len(received) < 4:
            try:
                received.append((yield len(received)))
            except KeyError as e:
                received.append(show(e))
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(0.1)
        log(s, name, "chatter ends", received)


async def plain(s, name, n):
    for i in range(n):
        yield i
        await asyncio.sleep(0.1 if i % 2 else 0)


async def delegating(s, name, n):
    async for i in plain(s, name, n):
        yield i


class OwnTask(asyncio.Task):
    pass


class OwnFuture(asyncio.Future):
    def __init__(self, s, name):
        super().__init__()
        self.s, self.name = s, name

    def add_done_callback(self, callback, *, context=None):
        log(self.s, self.name, "own future: callback")
        super().add_done_callback(callback, context=context)


class Foreign:
    """A future of a script's own making, by the protocol of asyncio."""

    def __init__(self):
        self._asyncio_future_blocking = False
        self.callbacks = []
        self.value = None
        self.state = "pending"

    def get_loop(self):
        return asyncio.get_running_loop()

    def done(self):
        return self.state != "pending"

    def cancelled(self):
        return self.state == "cancelled"

    def add_done_callback(self, callback, *, context=None):
        if self.done():
            self.get_loop().call_soon(callback, self, context=context)
        else:
            self.callbacks.append((callback, context))

    def remove_done_callback(self, callback):
        before = len(self.callbacks)
        self.callbacks = [pair for pair in self.callbacks if pair[0] != callback]
        return before - len(self.callbacks)

    def end(self, state, value=None):
        if self.done():
            return False
        self.state, self.value = state, value
        for callback, context in self.callbacks:
            self.get_loop().call_soon(callback, self, context=context)
        self.callbacks = []
        return True

    def cancel(self, msg=None):
        return self.end("cancelled", msg)

    def exception(self):
        return self.value if self.state == "failed" else None

    def result(self):
        if self.state == "cancelled":
            raise asyncio.CancelledError
        if self.state == "failed":
            raise self.value
        return self.value

    def __await__(self):
        if not self.done():
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    __iter__ = __await__


async def family(s, name, depth, delay, fate):
    try:
        async with asyncio.TaskGroup() as group:
            if depth:
                group.create_task(family(s, name + "a", depth - 1, delay, "ok"))
                group.create_task(family(s, name + "b", depth - 1, 0.1, fate))
            else:
                group.create_task(leaf(s, name, delay, fate))
            await asyncio.sleep(delay)
    except* ValueError as e:
        log(s, name, "family", show(e), chain(e))
        if depth == 1:
            raise
    except* KeyError as e:
        log(s, name, "keys", show(e))


async def run_all(s, bodies):
    s.start = asyncio.get_running_loop().time()
    # Generators that a traceback has kept alive in CPython are closed by a task in between.
    s.first = int(asyncio.current_task().get_name()[5:])
    for index, body in enumerate(bodies):
        s.tasks.append(asyncio.create_task(body(s, str(index))))
    await asyncio.wait(list(s.tasks), timeout=20)
    for round in range(3):
        left = [t for t in s.tasks if not t.done()]
        if not left:
            break
        log(s, "left", [s.tasks.index(t) for t in left])
        for t in left:
            t.cancel("end")
        await asyncio.wait(left, timeout=5)
    for index, t in enumerate(s.tasks):
        if not t.done():
            log(s, index, "never ended")
        elif t.cancelled():
            log(s, index, "cancelled", t.cancelling())
        elif t.exception():
            log(s, index, show(t.exception()), t.cancelling())
        else:
            log(s, index, "result", t.result(), t.cancelling())


async def numbers(s, name, n):
    try:
        for i in range(n):
            yield i
            await asyncio.sleep(0.1 if i % 2 else 0)
    finally:
        log(s, name, "generator ends")


async def leaf(s, name, delay, fate):
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError as e:
        log(s, name, "leaf cancelled", e.args)
        if fate == "swallow":
            return "swallowed"
        if fate == "replace":
            raise KeyError(name)
        raise
    if fate == "fail":
        raise ValueError(name)
    log(s, name, "leaf done")
    return name

'''


class Writer:
    """Writes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.names = 0

    def pick(self, *options):
        return self.random.choice(options)

    def delay(self):
        return self.random.choice(DELAYS)

    def name(self, prefix):
        self.names += 1
        return "%s%d" % (prefix, self.names)

    def put(self, depth, text):
        self.lines.append("    " * depth + text)

    def log(self, depth, text):
        self.put(depth, "log(s, name, %s)" % text)

    def leaf(self):
        fate = self.pick("ok", "ok", "ok", "fail", "swallow", "replace")
        return "leaf(s, name + %r, %s, %r)" % ("." + self.name("l"), self.delay(), fate)

    def block(self, depth, budget):
        for _ in range(self.random.randint(1, max(1, budget))):
            self.statement(depth, budget - 1)

    def guarded(self, depth, budget, body):
        """A statement inside of try, with handlers that tell what happened."""
        self.put(depth, "try:")
        body(depth + 1)
        self.put(depth, "except asyncio.CancelledError as e:")
        self.log(depth + 1, '"cancelled", e.args, asyncio.current_task().cancelling()')
        fate = self.pick("raise", "raise", "raise", "pass", "uncancel", "sleep")
        if fate == "raise":
            self.put(depth + 1, "raise")
        elif fate == "uncancel":
            self.log(depth + 1, '"uncancel", asyncio.current_task().uncancel()')
        elif fate == "sleep":
            self.put(depth + 1, "await asyncio.sleep(%s)" % self.delay())
            self.put(depth + 1, "raise")
        else:
            self.put(depth + 1, "pass")
        self.put(depth, "except Exception as e:")
        self.log(depth + 1, '"error", show(e), chain(e)')
        if self.random.random() < 0.3:
            self.put(depth, "finally:")
            if self.random.random() < 0.5:
                self.put(depth + 1, "await asyncio.sleep(0)")
            self.log(depth + 1, '"finally"')

    def statement(self, depth, budget):
        simple = [
            self.sleep, self.sleep, self.sleep, self.lock, self.semaphore, self.event, self.queue, self.queue,
            self.future, self.spawn, self.cancel, self.await_task, self.callback, self.condition, self.barrier,
        ]
        simple += [self.eager, self.stepper, self.context, self.sub_generator, self.late_callback, self.uncancel,
                   self.queue_join]
        simple += [self.boom, self.condition_until, self.acquire, self.bounded, self.barrier_change, self.eager_start,
                   self.ranked, self.shared_context, self.threadsafe, self.by_hand, self.family, self.name_of,
                   self.shield_cancel, self.chatter, self.callbacks_of_future, self.double_cancel, self.wait_shared]
        simple += [self.dropped, self.next_name, self.own_future, self.foreign, self.own_task, self.in_context,
                   self.barrier_block, self.not_held, self.twice, self.closed_while_running, self.states]
        nested = [self.in_handler, self.in_handler, self.moved_timeout, self.runs_group, self.nested_timeouts, self.guard, self.counting, self.suppress, self.eager_group, self.comprehension,
                  self.completed_early, self.finally_awaits, self.exit_stack, self.at, self.nested_gather, self.gather, self.wait, self.wait_for, self.timeout, self.shield, self.group, self.generator,
                  self.as_completed, self.try_block]
        kind = self.random.choice(simple + (nested * 2 if budget > 0 else []))
        kind(depth, budget)

    def sleep(self, depth, budget):
        if self.random.random() < 0.4:
            self.guarded(depth, budget, lambda d: self.put(d, "await asyncio.sleep(%s)" % self.delay()))
        else:
            self.put(depth, "await asyncio.sleep(%s)" % self.delay())
        self.log(depth, '"slept"')

    def lock(self, depth, budget):
        self.put(depth, "async with s.locks[%d]:" % self.random.randrange(2))
        self.log(depth + 1, '"locked"')
        self.block(depth + 1, min(budget, 1))

    def semaphore(self, depth, budget):
        self.put(depth, "async with s.semaphores[%d]:" % self.random.randrange(2))
        self.log(depth + 1, '"semaphore"')
        self.block(depth + 1, min(budget, 1))

    def event(self, depth, budget):
        event = "s.events[%d]" % self.random.randrange(2)
        what = self.pick("wait", "set", "set", "clear")
        if what == "wait":
            self.log(depth, '"waited", await %s.wait()' % event)
        else:
            self.put(depth, "%s.%s()" % (event, what))

    def condition(self, depth, budget):
        condition = "s.conditions[%d]" % self.random.randrange(2)
        self.put(depth, "async with %s:" % condition)
        what = self.pick("wait", "notify(1)", "notify(2)", "notify_all()")
        if what == "wait":
            self.log(depth + 1, '"notified", await %s.wait()' % condition)
        else:
            self.put(depth + 1, "%s.%s" % (condition, what))
            self.log(depth + 1, '"notifies"')

    def barrier(self, depth, budget):
        self.guarded(depth, budget, lambda d: self.log(d, '"barrier", await s.barrier.wait()'))

    def queue(self, depth, budget):
        queue = "s.queues[%d]" % self.random.randrange(4)
        what = self.pick("get", "get", "put", "put", "get_nowait", "put_nowait", "join")
        item = self.random.randrange(9)

        def body(d):
            if what == "get":
                self.log(d, '"got", await %s.get()' % queue)
            elif what == "put":
                self.put(d, "await %s.put(%d)" % (queue, item))
                self.log(d, '"put"')
            elif what == "get_nowait":
                self.log(d, '"got at once", %s.get_nowait()' % queue)
            elif what == "put_nowait":
                self.put(d, "%s.put_nowait(%d)" % (queue, item))
            else:
                self.put(d, "%s.task_done()" % queue)

        self.guarded(depth, budget, body)

    def future(self, depth, budget):
        future = "s.futures[%d]" % self.random.randrange(3)
        what = self.pick("await", "await", "set", "fail", "cancel", "shield")

        def body(d):
            if what == "await":
                self.log(d, '"future", await %s' % future)
            elif what == "shield":
                self.log(d, '"shielded", await asyncio.shield(%s)' % future)
            elif what == "set":
                self.put(d, "%s.set_result(name)" % future)
            elif what == "fail":
                self.put(d, "%s.set_exception(OSError(name))" % future)
            else:
                self.log(d, '"cancels future", %s.cancel("f")' % future)

        self.guarded(depth, budget, body)

    def spawn(self, depth, budget):
        self.put(depth, "s.tasks.append(asyncio.create_task(%s))" % self.leaf())
        self.log(depth, '"spawned", len(s.tasks)')

    def cancel(self, depth, budget):
        victim = self.random.randrange(6)
        self.put(depth, "if len(s.tasks) > %d:" % victim)
        self.log(depth + 1, '"cancels", %d, s.tasks[%d].cancel(%s)' % (victim, victim, self.pick("", "name")))

    def await_task(self, depth, budget):
        other = self.random.randrange(6)

        def body(d):
            self.put(d, "if len(s.tasks) > %d and s.tasks[%d] is not asyncio.current_task():" % (other, other))
            self.log(d + 1, '"awaited", %d, await s.tasks[%d]' % (other, other))

        self.guarded(depth, budget, body)

    def callback(self, depth, budget):
        loop = "asyncio.get_running_loop()"
        what = self.pick("call_soon(", "call_later(%s, " % self.delay(), "call_at(s.start + 0.4, ")
        action = self.pick('log, s, name, "callback"', "s.events[0].set", "s.queues[1].put_nowait, 7")
        self.put(depth, "handle = %s.%s%s)" % (loop, what, action))
        if self.random.random() < 0.2:
            self.put(depth, "handle.cancel()")

    def children(self):
        return ", ".join(self.leaf() for _ in range(self.random.randint(0, 3)))

    def gather(self, depth, budget):
        keep = self.pick("", "", ", return_exceptions=True")
        children = self.children()
        text = "await asyncio.gather(%s%s)" % (children, keep if children else "")
        self.guarded(depth, budget, lambda d: self.log(d, '"gathered", [show(x) if isinstance(x, BaseException) else x for x in %s]' % text))

    def wait(self, depth, budget):
        tasks = self.name("tasks")
        self.put(depth, "%s = [asyncio.create_task(c) for c in [%s]]" % (tasks, self.leaf() + ", " + self.leaf()))
        self.put(depth, "s.tasks.extend(%s)" % tasks)
        how = self.pick("ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION")
        limit = self.pick("None", "None", "0.1", "0")

        def body(d):
            self.put(d, "done, pending = await asyncio.wait(%s, timeout=%s, return_when=asyncio.%s)" % (tasks, limit, how))
            self.log(d, '"waited", [t in done for t in %s]' % tasks)

        self.guarded(depth, budget, body)

    def wait_for(self, depth, budget):
        inner = self.pick(self.leaf(), "s.futures[0]", "s.queues[0].get()", "s.events[1].wait()")
        limit = self.pick("0.1", "0.2", "0", "None")
        self.guarded(depth, budget, lambda d: self.log(d, '"in time", await asyncio.wait_for(%s, %s)' % (inner, limit)))

    def timeout(self, depth, budget):
        variable = self.name("t")

        def body(d):
            self.put(d, "async with asyncio.timeout(%s) as %s:" % (self.pick("0", "0.1", "0.2", "None"), variable))
            self.block(d + 1, min(budget, 2))
            if self.random.random() < 0.3:
                self.put(d + 1, "%s.reschedule(asyncio.get_running_loop().time() + 0.1)" % variable)
                self.put(d + 1, "await asyncio.sleep(%s)" % self.delay())
            self.log(d, '"not timed out", %s.expired()' % variable)

        self.guarded(depth, budget, body)

    def shield(self, depth, budget):
        self.guarded(depth, budget, lambda d: self.log(d, '"shielded", await asyncio.shield(%s)' % self.leaf()))

    def group(self, depth, budget):
        variable = self.name("g")

        def body(d):
            self.put(d, "async with asyncio.TaskGroup() as %s:" % variable)
            for _ in range(self.random.randint(0, 2)):
                self.put(d + 1, "%s.create_task(%s)" % (variable, self.leaf()))
            self.block(d + 1, min(budget, 2))
            self.log(d, '"group done"')

        self.guarded(depth, budget, body)

    def generator(self, depth, budget):
        self.put(depth, "async for i in numbers(s, name, %d):" % self.random.randrange(4))
        self.log(depth + 1, '"item", i')
        if self.random.random() < 0.3:
            self.put(depth + 1, "break")
        else:
            self.block(depth + 1, min(budget, 1))

    def as_completed(self, depth, budget):
        tasks = self.name("tasks")
        self.put(depth, "%s = [asyncio.create_task(c) for c in [%s]]" % (tasks, self.leaf() + ", " + self.leaf()))
        self.put(depth, "s.tasks.extend(%s)" % tasks)

        def body(d):
            if self.random.random() < 0.5:
                self.put(d, "for c in asyncio.as_completed(%s%s):" % (tasks, self.pick("", ", timeout=0.1")))
                self.log(d + 1, '"completed", await c')
            else:
                self.put(d, "async for t in asyncio.as_completed(%s):" % tasks)
                self.log(d + 1, '"completed", %s.index(t)' % tasks)

        self.guarded(depth, budget, body)

    def eager(self, depth, budget):
        self.put(depth, "asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)")
        self.put(depth, "s.tasks.append(asyncio.create_task(%s))" % self.leaf())
        self.put(depth, "asyncio.get_running_loop().set_task_factory(None)")
        self.log(depth, '"eager", len(s.tasks), s.tasks[-1].done()')

    def stepper(self, depth, budget):
        self.guarded(depth, budget, lambda d: self.log(d, '"stepped", await Steps(%d)' % self.random.randrange(4)))

    def context(self, depth, budget):
        self.put(depth, "variable.set(name + %r)" % self.pick("a", "b", "c"))
        self.put(depth, "t = asyncio.create_task(reader(s, name))")
        if self.random.random() < 0.5:
            self.put(depth, "variable.set('later')")
        if self.random.random() < 0.5:
            self.guarded(depth, budget, lambda d: self.put(d, "await t"))
        else:
            self.put(depth, "s.tasks.append(t)")

    def sub_generator(self, depth, budget):
        variable = self.name("it")
        self.put(depth, "%s = numbers(s, name, %d)" % (variable, self.random.randrange(1, 4)))
        # In CPython tracebacks keep local variables, so that the end of an exception decides when
        # such a generator is closed.
        self.put(depth, "s.kept.append(%s)" % variable)

        def body(d):
            for _ in range(self.random.randint(1, 3)):
                what = self.pick("anext(%s, 'end')", "%s.asend(None)", "%s.aclose()", "%s.athrow(KeyError('k'))",
                                 "asyncio.wait_for(anext(%s), 0.1)", "asyncio.create_task(anext_of(%s))")
                self.log(d, '"generator", await %s' % (what % variable))

        self.guarded(depth, budget, body)

    def late_callback(self, depth, budget):
        self.put(depth, "if s.tasks:")
        self.log(depth + 1, '"watches"')
        index = self.random.randrange(3)
        self.put(depth + 1, "s.tasks[%d %% len(s.tasks)].add_done_callback("
                 "lambda t: log(s, name, 'done', show_task(t)))" % index)

    def uncancel(self, depth, budget):
        self.put(depth, "asyncio.current_task().cancel()" if self.random.random() < 0.4 else "pass")
        self.put(depth, "log(s, name, 'cancelling', asyncio.current_task().cancelling())")
        self.put(depth, "asyncio.current_task().uncancel()" if self.random.random() < 0.6 else "pass")
        self.guarded(depth, budget, lambda d: self.put(d, "await asyncio.sleep(0)"))

    def queue_join(self, depth, budget):
        kind = self.random.randrange(3)
        if kind == 0:
            self.guarded(depth, budget, lambda d: self.log(d, '"joined", await asyncio.wait_for(s.queues[1].join(), 0.2)'))
        elif kind == 1:
            self.guarded(depth, budget, lambda d: self.log(d, '"done", s.queues[1].task_done()'))
        elif self.random.random() < 0.2:
            queue = self.random.randrange(4)
            self.log(depth, '"shutdown", s.queues[%d].shutdown(%s)' % (queue, self.pick("", "True")))
        else:
            self.log(depth, '"sizes", [q.qsize() for q in s.queues]')

    def exit_stack(self, depth, budget):
        variable = self.name("stack")

        def body(d):
            self.put(d, "async with contextlib.AsyncExitStack() as %s:" % variable)
            self.put(d + 1, "await %s.enter_async_context(resource(s, name, %s))" % (variable, self.delay()))
            self.put(d + 1, "%s.push_async_callback(asyncio.sleep, %s)" % (variable, self.delay()))
            self.put(d + 1, "%s.callback(log, s, name, 'callback of the stack')" % variable)
            self.block(d + 1, min(budget, 2))

        self.guarded(depth, budget, body)

    def at(self, depth, budget):
        variable = self.name("t")

        def body(d):
            self.put(d, "async with asyncio.timeout_at(s.start + %s) as %s:" % (self.pick("0.1", "0.3", "0.6"), variable))
            self.log(d + 1, '"within"')
            self.block(d + 1, min(budget, 2))
            self.log(d, '"in time", %s.expired()' % variable)

        self.guarded(depth, budget, body)

    def nested_gather(self, depth, budget):
        inner = "asyncio.gather(%s, %s%s)" % (self.leaf(), self.leaf(), self.pick("", ", return_exceptions=True"))
        outer = "asyncio.gather(%s, %s)" % (inner, self.leaf())

        def body(d):
            self.put(d, "f = %s" % outer)
            if self.random.random() < 0.4:
                self.put(d, "asyncio.get_running_loop().call_later(%s, f.cancel)" % self.delay())
            self.log(d, '"nested", [show(x) if isinstance(x, BaseException) else x for x in await f]')

        self.guarded(depth, budget, body)

    def boom(self, depth, budget):
        how = self.pick("call_soon(", "call_later(%s, " % self.delay())
        error = self.pick("ValueError", "asyncio.CancelledError", "OSError")
        self.put(depth, "asyncio.get_running_loop().%sboom, s, name, %s)" % (how, error))

    def condition_until(self, depth, budget):
        condition = "s.conditions[%d]" % self.random.randrange(2)
        limit = self.random.randrange(1, 4)

        def body(d):
            self.put(d, "async with %s:" % condition)
            if self.random.random() < 0.5:
                self.log(d + 1, '"until", await %s.wait_for(lambda: s.number >= %d)' % (condition, limit))
            else:
                self.put(d + 1, "s.number += 1")
                self.put(d + 1, "%s.notify(%d)" % (condition, limit))

        self.guarded(depth, budget, body)

    def acquire(self, depth, budget):
        lock = self.pick("s.locks[0]", "s.semaphores[0]", "s.semaphores[1]", "s.conditions[0]")
        self.log(depth, '"acquired", await %s.acquire(), %s.locked()' % (lock, lock))
        self.put(depth, "try:")
        self.block(depth + 1, min(budget, 1))
        self.put(depth, "finally:")
        self.put(depth + 1, "%s.release()" % lock)

    def bounded(self, depth, budget):
        def body(d):
            self.put(d, self.pick("await s.bounded.acquire()", "s.bounded.release()", "await asyncio.wait_for(s.bounded.acquire(), 0.1)"))
            self.log(d, '"bounded", s.bounded.locked()')

        self.guarded(depth, budget, body)

    def barrier_change(self, depth, budget):
        what = self.pick("wait", "wait", "wait", "abort", "reset")

        def body(d):
            self.log(d, '"barrier of three", await s.barrier3.%s(), s.barrier3.n_waiting, s.barrier3.broken' % what)

        self.guarded(depth, budget, body)

    def eager_start(self, depth, budget):
        self.put(depth, "t = asyncio.Task(%s, loop=asyncio.get_running_loop(), eager_start=True)" % self.leaf())
        self.log(depth, '"started", t.done(), number(s, t), number(s, asyncio.current_task())')
        self.put(depth, "s.tasks.append(t)")

    def ranked(self, depth, budget):
        item = "(%d, %d)" % (self.random.randrange(3), self.random.randrange(9))
        what = self.pick("put(%s)" % item, "put(%s)" % item, "get()")
        self.guarded(depth, budget, lambda d: self.log(d, '"ranked", await asyncio.wait_for(s.ranked.%s, 0.3), s.ranked.full()' % what))

    def shared_context(self, depth, budget):
        self.put(depth, "s.shared_context.run(variable.set, name + %r)" % self.pick("x", "y"))
        self.put(depth, "t = asyncio.create_task(reader(s, name + 'shared'), context=s.shared_context)")
        if self.random.random() < 0.5:
            self.put(depth, "await t")
        else:
            self.put(depth, "s.tasks.append(t)")
        self.log(depth, '"context", s.shared_context.get(variable), variable.get()')

    def threadsafe(self, depth, budget):
        self.put(depth, "f = asyncio.run_coroutine_threadsafe(%s, asyncio.get_running_loop())" % self.leaf())
        if self.random.random() < 0.3:
            self.put(depth, "asyncio.get_running_loop().call_later(0.1, f.cancel)")
        self.guarded(depth, budget, lambda d: self.log(d, '"from a thread", await asyncio.wrap_future(f)'))

    def by_hand(self, depth, budget):
        self.put(depth, "f = asyncio.get_running_loop().create_future()")
        self.put(depth, "asyncio.get_running_loop().call_later(%s, %s)" % (self.delay(), self.pick("f.set_result, 5", "f.cancel", "f.set_exception, OSError(3)")))
        self.guarded(depth, budget, lambda d: self.log(d, '"by hand", await by_hand(f)'))

    def family(self, depth, budget):
        fate = self.pick("ok", "fail", "replace", "swallow", "fail")
        call = "family(s, name + %r, %d, %s, %r)" % ("." + self.name("f"), self.random.randrange(1, 3), self.delay(), fate)
        if self.random.random() < 0.5:
            self.put(depth, "s.tasks.append(asyncio.create_task(%s))" % call)
        else:
            self.guarded(depth, budget, lambda d: self.put(d, "await %s" % call))

    def name_of(self, depth, budget):
        self.log(depth, '"names", number(s, asyncio.current_task()), [number(s, t) for t in s.tasks]')

    def shield_cancel(self, depth, budget):
        self.put(depth, "t = asyncio.create_task(%s)" % self.leaf())
        self.put(depth, "s.tasks.append(t)")
        self.put(depth, "f = asyncio.ensure_future(asyncio.shield(t))")
        self.put(depth, "asyncio.get_running_loop().call_later(%s, %s)" % (self.delay(), self.pick("f.cancel", "t.cancel", "f.cancel, 'why'")))
        self.guarded(depth, budget, lambda d: self.log(d, '"shield cancelled", await f'))

    def chatter(self, depth, budget):
        variable = self.name("c")
        self.put(depth, "%s = chatter(s, name)" % variable)
        self.put(depth, "s.kept.append(%s)" % variable)

        def body(d):
            for _ in range(self.random.randint(1, 4)):
                what = self.pick("asend(None)", "asend(None)", "asend(3)", "athrow(KeyError('k'))", "aclose()", "__anext__()")
                self.log(d, '"chat", await %s.%s' % (variable, what))

        self.guarded(depth, budget, body)
        if self.random.random() < 0.5:
            self.put(depth, "async with contextlib.aclosing(%s):" % variable)
            self.put(depth + 1, "async for i in %s:" % variable)
            self.log(depth + 2, '"chats", i')
            if self.random.random() < 0.5:
                self.put(depth + 2, "break")

    def callbacks_of_future(self, depth, budget):
        future = "s.futures[%d]" % self.random.randrange(3)
        self.put(depth, "def callback(f, s=s, name=name):")
        self.log(depth + 1, '"future is done", show_task(f)')
        if self.random.random() < 0.3:
            self.put(depth + 1, "raise OSError(name)")
        for _ in range(self.random.randint(1, 2)):
            self.put(depth, "%s.add_done_callback(callback)" % future)
        if self.random.random() < 0.3:
            self.log(depth, '"removed", %s.remove_done_callback(callback)' % future)

    def double_cancel(self, depth, budget):
        self.put(depth, "t = asyncio.create_task(%s)" % self.leaf())
        self.put(depth, "await asyncio.sleep(%s)" % self.delay())
        self.log(depth, '"cancels twice", t.cancel("one"), t.cancel("two"), t.cancelling()')
        if self.random.random() < 0.4:
            self.log(depth, '"takes back", t.uncancel(), t.uncancel(), t.cancelling()')
        self.guarded(depth, budget, lambda d: self.log(d, '"after both", await t'))

    def wait_shared(self, depth, budget):
        how = self.pick("ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION")

        def body(d):
            self.put(d, "others = [t for t in [*s.tasks, *s.futures] if t is not asyncio.current_task()]")
            self.put(d, "done, pending = await asyncio.wait(others, timeout=%s, return_when=asyncio.%s)" % (self.pick("0.1", "0.2", "0"), how))
            self.log(d, '"shared", [t in done for t in others]')

        self.guarded(depth, budget, body)

    def nested_timeouts(self, depth, budget):
        outer, inner = self.name("t"), self.name("t")

        def body(d):
            self.put(d, "async with asyncio.timeout(%s) as %s:" % (self.pick("0.1", "0.2", "0.3"), outer))
            self.put(d + 1, "async with asyncio.timeout(%s) as %s:" % (self.pick("0.1", "0.2", "0"), inner))
            self.block(d + 2, min(budget, 2))
            self.put(d + 1, "await asyncio.sleep(%s)" % self.delay())

        self.guarded(depth, budget, body)
        self.put(depth, "try:")
        self.log(depth + 1, '"timeouts", %s.expired(), %s.expired()' % (outer, inner))
        self.put(depth, "except NameError:")
        self.log(depth + 1, '"not entered"')

    def guard(self, depth, budget):
        def body(d):
            self.put(d, "async with Guard(s, name, %s), Guard(s, name + '2', False):" % self.pick("True", "False", "False"))
            self.block(d + 1, min(budget, 2))

        self.guarded(depth, budget, body)

    def counting(self, depth, budget):
        self.put(depth, "async for i in Count(s, name, %d):" % self.random.randrange(4))
        self.log(depth + 1, '"count", i')
        self.block(depth + 1, min(budget, 1))
        if self.random.random() < 0.5:
            self.put(depth, "else:")
            self.log(depth + 1, '"counted"')

    def suppress(self, depth, budget):
        self.put(depth, "with contextlib.suppress(%s):" % self.pick("asyncio.CancelledError", "Exception", "TimeoutError"))
        self.block(depth + 1, min(budget, 2))

    def eager_group(self, depth, budget):
        variable = self.name("g")

        def body(d):
            self.put(d, "asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)")
            self.put(d, "async with asyncio.TaskGroup() as %s:" % variable)
            for _ in range(self.random.randint(1, 3)):
                self.log(d + 1, '"eager child", %s.create_task(%s).done()' % (variable, self.leaf()))
            self.put(d + 1, "asyncio.get_running_loop().set_task_factory(None)")
            self.block(d + 1, min(budget, 1))

        self.guarded(depth, budget, body)
        self.put(depth, "asyncio.get_running_loop().set_task_factory(None)")

    def comprehension(self, depth, budget):
        source = self.pick("numbers(s, name, 3)", "Count(s, name, 3)")
        text = self.pick("[i async for i in %s]", "{i: await asyncio.sleep(0, i) async for i in %s}", "[i async for i in %s if await asyncio.sleep(0.1, i)]")
        self.guarded(depth, budget, lambda d: self.log(d, '"all", %s' % (text % source)))

    def completed_early(self, depth, budget):
        tasks = self.name("tasks")
        self.put(depth, "%s = [asyncio.create_task(c) for c in [%s, %s]]" % (tasks, self.leaf(), self.leaf()))
        self.put(depth, "s.tasks.extend(%s)" % tasks)

        def body(d):
            if self.random.random() < 0.5:
                self.put(d, "async for t in asyncio.as_completed(%s, timeout=0.2):" % tasks)
                self.log(d + 1, '"completed", show_task(t), %s.index(t)' % tasks)
            else:
                self.put(d, "first, *rest = asyncio.as_completed([*%s, s.futures[0]], timeout=%s)" % (tasks, self.pick("None", "0.1")))
                self.put(d, "try:")
                self.log(d + 1, '"first", await first')
                self.put(d, "finally:")
                self.put(d + 1, "for c in rest:")
                self.put(d + 2, "c.close()")
            self.block(d, min(budget, 1))

        self.guarded(depth, budget, body)

    def finally_awaits(self, depth, budget):
        self.put(depth, "try:")
        self.block(depth + 1, min(budget, 2))
        self.put(depth, "finally:")
        self.put(depth + 1, "await asyncio.sleep(%s)" % self.delay())
        self.log(depth + 1, '"after all"')

    def dropped(self, depth, budget):
        """A generator that nobody closes."""
        source = self.pick("plain", "plain", "delegating")
        self.put(depth, "async for i in %s(s, name, %d):" % (source, self.random.randrange(1, 4)))
        self.log(depth + 1, '"dropped", i')
        if self.random.random() < 0.7:
            self.put(depth + 1, "break")
        self.put(depth, "await asyncio.sleep(%s)" % self.delay())

    def next_name(self, depth, budget):
        self.put(depth, "t = asyncio.create_task(asyncio.sleep(%s))" % self.delay())
        self.log(depth, '"next task", number(s, t)')
        if self.random.random() < 0.5:
            self.put(depth, "t.set_name(name + 'named')")
        self.guarded(depth, budget, lambda d: self.log(d, '"unnamed", await t, t.get_coro().__name__'))

    def own_future(self, depth, budget):
        self.put(depth, "f = OwnFuture(s, name)")
        ends = self.pick("f.set_result, 5", "f.cancel", "f.set_exception, OSError(3)")
        self.put(depth, "asyncio.get_running_loop().call_later(%s, %s)" % (self.delay(), ends))
        how = self.pick("f", "asyncio.wait_for(f, 0.1)", "asyncio.gather(f)", "asyncio.shield(f)", "asyncio.wait([f], timeout=0.2)")
        self.guarded(depth, budget, lambda d: self.put(d, "await %s" % how))
        self.log(depth, '"own future", f.done()')

    def foreign(self, depth, budget):
        self.put(depth, "f = Foreign()")
        ends = self.pick("f.end, 'done', 5", "f.cancel", "f.end, 'failed', OSError(3)")
        if self.random.random() < 0.2:
            self.put(depth, "f.end('done', 1)")
        else:
            self.put(depth, "asyncio.get_running_loop().call_later(%s, %s)" % (self.delay(), ends))
        how = self.pick("await f", "await f", "await asyncio.wait_for(f, 0.1)", "await asyncio.gather(f)",
                        "[x.done() for x in (await asyncio.wait([f], timeout=0.2))[0]]", "await asyncio.ensure_future(f)")
        self.guarded(depth, budget, lambda d: self.log(d, '"foreign", %s' % how))

    def own_task(self, depth, budget):
        factory = self.pick("lambda loop, coro, **kw: OwnTask(coro, loop=loop, **kw)", "asyncio.create_eager_task_factory(OwnTask)")
        self.put(depth, "asyncio.get_running_loop().set_task_factory(%s)" % factory)
        self.put(depth, "t = asyncio.create_task(%s)" % self.leaf())
        self.put(depth, "asyncio.get_running_loop().set_task_factory(None)")
        self.log(depth, '"own task", type(t).__name__, t.done()')
        if self.random.random() < 0.5:
            self.guarded(depth, budget, lambda d: self.put(d, "await %s" % self.pick("t", "asyncio.shield(t)", "asyncio.wait_for(t, 0.1)", "asyncio.gather(t, t)")))
        else:
            self.put(depth, "s.tasks.append(t)")

    def in_context(self, depth, budget):
        self.put(depth, "c = contextvars.copy_context()")
        self.put(depth, "c.run(variable.set, name + 'own')")
        how = self.pick("call_soon(", "call_later(%s, " % self.delay(), "call_soon_threadsafe(")
        self.put(depth, "asyncio.get_running_loop().%slambda s=s, name=name: log(s, name, 'context', variable.get()), context=c)" % how)
        self.put(depth, "s.futures[0].add_done_callback(lambda f, s=s, name=name: log(s, name, 'future in context', variable.get()), context=c)")

    def barrier_block(self, depth, budget):
        def body(d):
            self.put(d, "async with s.barrier as position:")
            self.log(d + 1, '"passes", position')
            self.block(d + 1, 1)

        self.guarded(depth, budget, body)

    def not_held(self, depth, budget):
        what = self.pick("s.conditions[0].notify()", "s.locks[0].release()", "await s.conditions[1].wait()", "s.barrier3.parties",
                         "s.bounded.release()", "asyncio.Semaphore(-1)", "s.queues[1].task_done()", "s.futures[1].result()")
        self.guarded(depth, budget, lambda d: self.log(d, '"not held", %s' % what))

    def twice(self, depth, budget):
        self.put(depth, "t = asyncio.create_task(%s)" % self.leaf())
        how = self.pick("await asyncio.gather(t, t)", "len(await asyncio.wait([t, t]))", "[await c for c in asyncio.as_completed([t, t])]",
                        "await asyncio.gather(t, asyncio.shield(t))")
        self.guarded(depth, budget, lambda d: self.log(d, '"twice", %s' % how))

    def closed_while_running(self, depth, budget):
        self.put(depth, "g = numbers(s, name, 3)")
        self.put(depth, "s.kept.append(g)")
        self.put(depth, "t = asyncio.create_task(anext_of(g))")
        self.put(depth, "s.tasks.append(t)")
        self.put(depth, "await asyncio.sleep(0)")
        what = self.pick("g.aclose()", "anext(g)", "g.athrow(KeyError('k'))", "g.asend(1)")
        self.guarded(depth, budget, lambda d: self.log(d, '"also", await %s' % what))

    def states(self, depth, budget):
        self.log(depth, '"states", [t._state for t in s.tasks], [f._state for f in s.futures], '
                 '[e.is_set() for e in s.events], [l.locked() for l in s.locks], len(asyncio.all_tasks())')

    def in_handler(self, depth, budget):
        """Exceptions that arrive while another one is handled."""
        self.put(depth, "try:")
        self.put(depth + 1, "raise %s(name)" % self.pick("KeyError", "OSError"))
        self.put(depth, "except Exception:")
        self.guarded(depth + 1, budget, lambda d: self.block(d, min(budget, 2)))

    def moved_timeout(self, depth, budget):
        variable = self.name("t")

        def body(d):
            self.put(d, "async with asyncio.timeout(%s) as %s:" % (self.pick("0.1", "0.2", "None"), variable))
            self.put(d + 1, "await asyncio.sleep(%s)" % self.delay())
            moved = self.pick("None", "s.start", "asyncio.get_running_loop().time() + 0.1", "asyncio.get_running_loop().time()")
            self.put(d + 1, "%s.reschedule(%s)" % (variable, moved))
            self.block(d + 1, min(budget, 2))
            if self.random.random() < 0.4:
                self.put(d + 1, "%s.reschedule(None)" % variable)
            self.put(d + 1, "await asyncio.sleep(%s)" % self.delay())

        self.guarded(depth, budget, body)

    def runs_group(self, depth, budget):
        """Groups in groups, where members and the body fail."""
        outer, inner = self.name("g"), self.name("g")

        def body(d):
            self.put(d, "async with asyncio.TaskGroup() as %s:" % outer)
            self.put(d + 1, "%s.create_task(%s)" % (outer, self.leaf()))
            self.put(d + 1, "try:")
            self.put(d + 2, "async with asyncio.TaskGroup() as %s:" % inner)
            self.put(d + 3, "%s.create_task(%s)" % (inner, self.leaf()))
            self.put(d + 3, "%s.create_task(%s)" % (outer, self.leaf()))
            if self.random.random() < 0.4:
                self.put(d + 3, "raise LookupError(name)")
            self.put(d + 3, "await asyncio.sleep(%s)" % self.delay())
            self.put(d + 1, "except* (ValueError, LookupError) as e:")
            self.log(d + 2, '"inner group", show(e), chain(e)')
            if self.random.random() < 0.3:
                self.put(d + 2, "raise")
            self.block(d + 1, min(budget, 1))

        self.guarded(depth, budget, body)

    def try_block(self, depth, budget):
        self.guarded(depth, budget, lambda d: self.block(d, budget))

    def program(self, number):
        bodies = []
        for index in range(self.random.randint(2, 4)):
            body = "body_%d_%d" % (number, index)
            bodies.append(body)
            self.put(0, "async def %s(s, name):" % body)
            self.log(1, '"starts"')
            self.block(1, self.random.randint(2, 4))
            self.put(1, "return name")
            self.put(0, "")
            self.put(0, "")
        self.put(0, "async def main_%d():" % number)
        self.put(1, "await run_all(Shared(), [%s])" % ", ".join(bodies))
        self.put(0, "")
        self.put(0, "")
        self.put(0, 'print("program", %d)' % number)
        self.put(0, "try:")
        how = self.random.randrange(4)
        if how == 0:
            self.put(1, "with asyncio.Runner() as runner:")
            self.put(2, "runner.get_loop().call_soon(variable.set, 'of the loop')")
            self.put(2, "runner.run(asyncio.sleep(0.1))")
            self.put(2, "runner.run(main_%d())" % number)
            self.put(2, "print(runner.run(asyncio.sleep(0, 'last')))")
        elif how == 1:
            self.put(1, "loop = asyncio.new_event_loop()")
            self.put(1, "try:")
            self.put(2, "loop.run_until_complete(main_%d())" % number)
            self.put(1, "finally:")
            self.put(2, "for t in sorted(asyncio.all_tasks(loop), key=lambda t: t.get_name()):")
            self.put(3, "t.cancel()")
            self.put(2, "loop.run_until_complete(asyncio.sleep(1))")
            self.put(2, "loop.run_until_complete(loop.shutdown_asyncgens())")
            self.put(2, "loop.close()")
        else:
            self.put(1, "asyncio.run(main_%d())" % number)
        self.put(0, "except BaseException as e:")
        self.put(1, "print(show(e))")
        return "\n".join(self.lines) + "\n"


def patch_cpython():
    """Sets of tasks iterate by address in CPython: make them go by creation, as apy's do."""
    import asyncio
    import asyncio.runners
    import asyncio.taskgroups

    class Ordered(dict):
        def add(self, item):
            self[item] = None

        def discard(self, item):
            self.pop(item, None)

    init = asyncio.taskgroups.TaskGroup.__init__

    def patched(self):
        init(self)
        self._tasks = Ordered()

    asyncio.taskgroups.TaskGroup.__init__ = patched
    init_loop = asyncio.BaseEventLoop.__init__

    def patched_loop(self):
        init_loop(self)
        self._asyncgens.data = Ordered()

    asyncio.BaseEventLoop.__init__ = patched_loop
    all_tasks = asyncio.all_tasks

    def ordered(loop=None):
        # Tasks that were started at once have the name None until somebody asks in vain.
        number = lambda task: int((task.get_name() + "-0").split("-")[1])
        return sorted(all_tasks(loop), key=number)

    asyncio.runners.tasks.all_tasks = ordered


def run_cpython(path):
    oracle.DRIVER.install_virtual_clock()
    patch_cpython()
    sys.stderr = open(os.devnull, "w")
    with open(path) as f:
        exec(compile(f.read(), path, "exec"), {"__name__": "__main__"})
    sys.stdout.flush()
    os._exit(0)


def sections(text):
    found, current = {}, None
    for line in text.splitlines():
        if line.startswith("program "):
            current = int(line.split()[1])
            found[current] = []
        elif current is not None:
            found[current].append("deadlock" if line.startswith(DEADLOCKS) else line)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apy", default=os.path.join(os.path.dirname(HERE), "target", "release", "apy"))
    parser.add_argument("--seeds", default="0:200", help="first:end")
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--show", type=int, help="print the program of a seed")
    parser.add_argument("--keep", help="folder for programs that differ")
    parser.add_argument("--cpython", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.show is not None:
        print(PRELUDE + "\n" + Writer(args.show).program(args.show), end="")
        return 0
    if args.cpython:
        run_cpython(args.cpython)
    command, env = oracle.find_cpython()
    first, end = map(int, args.seeds.split(":"))
    different = 0
    for start in range(first, end, args.batch):
        numbers = range(start, min(start + args.batch, end))
        programs = {number: Writer(number).program(number) for number in numbers}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "batch.apy")
            with open(path, "w") as f:
                f.write(PRELUDE + "\n" + "\n\n".join(programs.values()))
            wanted = subprocess.run([command, os.path.abspath(__file__), "--cpython", path], env=env,
                                    capture_output=True, text=True, timeout=120)
            got = subprocess.run([args.apy, "--virtual-time", path], capture_output=True, text=True, timeout=120)
        want, have = sections(wanted.stdout), sections(got.stdout)
        if len(want) < len(programs):
            print("CPython stopped early:", wanted.stderr[-2000:])
        for number in numbers:
            if want.get(number) == have.get(number) and number in want:
                continue
            different += 1
            a, b = want.get(number, []), have.get(number, [])
            place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            print("seed %d differs at line %d of %d" % (number, place, len(a)))
            for label, lines in (("before", a[max(0, place - 3):place]), ("CPython", a[place:place + 2]), ("apy", b[place:place + 2])):
                for line in lines:
                    print("    %-8s %s" % (label, line))
            if number not in have:
                print("    apy said:", got.stderr[-500:])
            if args.keep:
                os.makedirs(args.keep, exist_ok=True)
                with open(os.path.join(args.keep, "%d.apy" % number), "w") as f:
                    f.write(PRELUDE + "\n" + programs[number])
    print("%d of %d programs agree" % (end - first - different, end - first))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
