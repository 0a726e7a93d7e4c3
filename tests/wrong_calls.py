"""Compare what apy and CPython 3.13 say about wrong calls of built-in functions and methods.

    python3 tests/wrong_calls.py APY [FILTER]

Every method of every built-in type, every built-in class and function and every function of the
native modules is called with too few, too many and unknown arguments, by both; each difference is
printed and the exit code is 1. Names that apy does not have are counted, not compared. Without
CPython 3.13 it says so and exits with 77.
"""

import os
import re
import subprocess
import sys
import tempfile

# How to get an object whose class has the methods. `{name}` of a class is the class itself.
INSTANCES = {
    "int": "5",
    "bool": "True",
    "float": "2.5",
    "complex": "2j",
    "str": "'text'",
    "bytes": "b'text'",
    "bytearray": "bytearray(b'text')",
    "memoryview": "memoryview(b'text')",
    "list": "[1, 2]",
    "tuple": "(1, 2)",
    "dict": "{1: 2}",
    "set": "{1, 2}",
    "frozenset": "frozenset({1, 2})",
    "range": "range(5)",
    "slice": "slice(5)",
    "object": "object()",
    "type": "type('Made', (), {})",
    "property": "property()",
    "staticmethod": "staticmethod(len)",
    "classmethod": "classmethod(len)",
    "super": "super(bool, True)",
    "enumerate": "enumerate([])",
    "zip": "zip()",
    "map": "map(len, [])",
    "filter": "filter(None, [])",
    "reversed": "reversed(())",
    "BaseException": "BaseException()",
    "Exception": "Exception()",
    "ValueError": "ValueError()",
    "KeyError": "KeyError()",
    "StopIteration": "StopIteration()",
    "SystemExit": "SystemExit()",
    "OSError": "OSError()",
    "ImportError": "ImportError()",
    "NameError": "NameError()",
    "AttributeError": "AttributeError()",
    "SyntaxError": "SyntaxError()",
    "UnicodeDecodeError": "UnicodeDecodeError('utf-8', b'a', 0, 1, 'why')",
    "UnicodeEncodeError": "UnicodeEncodeError('utf-8', 'a', 0, 1, 'why')",
    "UnicodeTranslateError": "UnicodeTranslateError('a', 0, 1, 'why')",
    "BaseExceptionGroup": "BaseExceptionGroup('m', [KeyboardInterrupt()])",
    "ExceptionGroup": "ExceptionGroup('m', [ValueError()])",
    "type(None)": "None",
    "type(...)": "...",
    "type(NotImplemented)": "NotImplemented",
    "type(generator())": "generator()",
    "type(coroutine)": "new_coroutine()",
    "type(async_generator())": "async_generator()",
    "type(probe)": "(lambda: 0)",
    "type([].append)": "[].append",
    "type(list.append)": "list.append",
    "type(Plain().method)": "Plain().method",
    "type({}.keys())": "{}.keys()",
    "type({}.values())": "{}.values()",
    "type({}.items())": "{}.items()",
    "type(iter({}))": "iter({})",
    "type(iter([]))": "iter([])",
    "type(iter(()))": "iter(())",
    "type(iter(''))": "iter('')",
    "type(iter(b''))": "iter(b'')",
    "type(iter(range(0)))": "iter(range(0))",
    "type(iter(set()))": "iter(set())",
    "type(iter(len, 0))": "iter(len, 0)",
    "type(reversed([]))": "reversed([])",
    "type(int.__dict__)": "int.__dict__",
    "type(list[int])": "list[int]",
    "type(int | str)": "int | str",
    "type(probe.__code__)": "probe.__code__",
}

# Not probed: they read, stop the program or print.
SKIPPED = {
    "breakpoint", "copyright", "credits", "exit", "help", "input", "license", "open", "print", "quit",
    "__build_class__", "__import__", "__loader__", "sys.exit", "sys._exit", "sys.breakpointhook",
    "sys.displayhook", "sys.excepthook", "sys.unraisablehook", "sys.set_int_max_str_digits",
    "sys.settrace", "sys.setprofile", "sys.setrecursionlimit", "time.sleep", "os._exit", "os.abort",
    "sys.setswitchinterval", "sys._clear_type_cache", "sys.activate_stack_trampoline",
    "asyncio.run", "asyncio.all_tasks", "sys.audit", "sys.addaudithook", "gc.set_debug", "gc.freeze",
    "gc.set_threshold", "gc.disable", "compile", "eval", "exec", "type(probe.__code__)", "type(probe)", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
}

MODULES = ["math", "time", "random", "sys", "functools", "queue", "collections", "gc", "io", "asyncio", "heapq",
           "bisect", "itertools", "operator", "json", "string", "contextlib", "copy", "types"]

# What functions written in Python say of wrong arguments; what they do next with an object that is
# not of their class is their own affair.
BINDING = re.compile(r"positional argument|keyword argument|keyword-only argument|multiple values")

SCRIPTS = set()

PRELUDE = '''
class Opaque:
    def __repr__(self):
        return "<opaque>"

class Plain:
    def method(self):
        pass

def generator():
    yield 1

async def async_generator():
    yield 1

async def coroutine_function():
    pass

coroutine = coroutine_function()
coroutine.close()

def new_coroutine():
    return coroutine

def absent(*args):
    return None

def show(key, call):
    try:
        call()
        text = "no error"
    except BaseException as error:
        text = type(error).__name__ + ": " + str(error)
    print(key + "\\t" + text.replace("\\n", "\\\\n").replace("\\t", "\\\\t"))

def probe(key, make, names, owner=None, name=None):
    try:
        make()
        # What apy inherits where CPython's class has a method of its own is no row to compare.
        is_absent = owner is not None and name not in vars(owner())
    except (AttributeError, ImportError, NameError):
        is_absent = True
    if is_absent:
        print(key + "\\tabsent")
        return
    target = vars(owner())[name] if owner is not None else make()
    target = getattr(target, "__func__", target)
    if type(target) is type(probe) or type(getattr(target, "__init__", None)) is type(probe):
        print(key + "\\tscript")
    for count in (0, 1, 2, 3, 4, 5, 6, 9):
        show(f"{key} / {count} positional", lambda: make()(*[Opaque() for _ in range(count)]))
    for count in (0, 1, 2):
        show(f"{key} / {count} positional and unknown=",
             lambda: make()(*[Opaque() for _ in range(count)], unknown=Opaque()))
        for name in names:
            show(f"{key} / {count} positional and {name}=",
                 lambda: make()(*[Opaque() for _ in range(count)], **{name: Opaque()}))
'''


# Differences that stay, by the beginning of their key, each with its reason.
KNOWN = {
    "io.": "streams are not made by hand, open() makes them",
    "asyncio.AbstractEventLoop": "apy's loops are not made to be derived from",
    "asyncio.BaseEventLoop": "as above",
    "asyncio.EventLoop": "apy's loop takes no selector",
    "asyncio.SelectorEventLoop": "as above",
    "asyncio.Handle": "only the loop makes handles",
    "asyncio.TimerHandle": "as above",
    "asyncio.Future / 0 positional and loop=": "a loop must be one of apy's",
    "asyncio.Task / 0 positional and loop=": "as above",
    "asyncio.Task / 1 positional and loop=": "as above",
    "asyncio.eager_task_factory": "a closure in CPython",
    "random.Random._randbelow": "an alias in CPython",
    "types.": "names of classes that are compared already, or that the interpreter alone makes",
    "gc.get_stats": "refused",
    "collections.UserString": "most of its methods are made by one function",
    "time.struct_time": "made by its module only",
    "object.__reduce__": "there is no pickle",
    "object().__reduce__": "as above",
    "object.__reduce_ex__": "as above",
    "object().__reduce_ex__": "as above",
    "async_generator().athrow": "CPython looks at the arguments when it is awaited",
}
# The wrapper of the slot converts the number, where the operator leaves that to the other operand.
KNOWN_PATTERN = re.compile(r"\.__[ri]?mul__ / 1 positional$")


def parameters(function):
    """The names of the parameters CPython tells of, the first misspelt too."""
    text = getattr(function, "__text_signature__", None) or ""
    names = re.findall(r"(?<![\w$*.'\"=])([a-z_]\w*)", re.sub(r"=[^,)]*", "", text))
    names = list(dict.fromkeys(name for name in names if name not in ("self", "type", "module")))[:4]
    return names + [name + "s" for name in names[:1]]


def program():
    """The program that probes everything, made of what CPython has."""
    lines = [PRELUDE]
    space = {}
    exec(PRELUDE, space)

    def add(key, expression, function, owner=None, name=None):
        if key not in SKIPPED and callable(function):
            own = f", lambda: {owner}, {name!r}" if owner else ""
            module = getattr(function, "__module__", None) or ""
            if isinstance(function, type(program)) or module.startswith(("asyncio", "random")):
                SCRIPTS.add(key)
            lines.append(f"probe({key!r}, lambda: {expression}, {parameters(function)!r}{own})")

    for owner, instance in INSTANCES.items():
        cls = eval(owner, space)
        object_ = eval(instance, space)
        add(owner, owner, cls)
        for name in sorted(vars(cls)):
            value = vars(cls)[name]
            if name in ("__class__", "__weakref__", "__dict__", "__getattribute__", "__abstractmethods__"):
                continue
            if type(value).__name__ in ("getset_descriptor", "member_descriptor", "property", "NoneType", "str"):
                continue
            function = getattr(object_, name, None)
            if function is None or not callable(function):
                continue
            add(f"{owner}.{name}", f"({owner}).{name}", getattr(cls, name), owner, name)
            if name != "__new__":
                add(f"{instance}.{name}", f"({instance}).{name}", function, owner, name)
    builtins_ = sys.modules["builtins"]
    for name in sorted(vars(builtins_)):
        value = vars(builtins_)[name]
        if name in INSTANCES or not callable(value) or name.endswith("Warning"):
            continue
        add(name, name, value)
    for module in MODULES:
        space = {}
        exec(f"import {module}", space)
        values = vars(space[module])
        lines.append(f"try:\n    import {module}\nexcept ImportError:\n    {module} = None")
        for name in sorted(values):
            value = values[name]
            if name.startswith("_") or not callable(value) or isinstance(value, type) and issubclass(value, BaseException):
                continue
            add(f"{module}.{name}", f"{module}.{name}", value)
            if isinstance(value, type):
                for method in sorted(vars(value)):
                    function = vars(value)[method]
                    is_private = method.startswith("_") and not method.startswith("__")
                    if is_private or not callable(function) or method in ("__class__", "__getattribute__"):
                        continue
                    if method in getattr(object, "__dict__", {}) and method != "__init__":
                        continue
                    add(f"{module}.{name}.{method}", f"{module}.{name}.{method}", getattr(value, method),
                        f"{module}.{name}", method)
    return "\n".join(lines) + "\n"


def run(command, path):
    environment = dict(os.environ, PYENV_VERSION="3.13.0", PYTHONHASHSEED="0")
    done = subprocess.run([*command, path], capture_output=True, text=True, env=environment, timeout=600)
    results = {}
    for line in done.stdout.splitlines():
        key, _, text = line.partition("\t")
        results[key] = re.sub(r"0x[0-9a-f]+", "0x...", text)
    return results, done


def main():
    if sys.version_info[:2] != (3, 13):
        environment = dict(os.environ, PYENV_VERSION="3.13.0")
        try:
            found = subprocess.run(["python3.13", *sys.argv], env=environment)
        except OSError:
            found = None
        if found is None or found.returncode == 127:
            print("wrong calls: not compared, CPython 3.13 was not found")
            sys.exit(77)
        sys.exit(found.returncode)
    apy = sys.argv[1]
    filter_ = re.compile(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "probe.apy")
        with open(path, "w") as file:
            file.write(program())
        want, done = run([sys.executable], path)
        if done.returncode:
            sys.exit(f"CPython failed:\n{done.stderr}")
        got, done = run([apy], path)
        if done.returncode:
            sys.exit(f"apy failed:\n{done.stderr[-3000:]}")
    absent = [key for key, text in got.items() if text == "absent"]
    different = 0
    for key, text in want.items():
        if "\t" in key or " / " not in key:
            continue
        name = key.split(" / ")[0]
        if name in SCRIPTS and not BINDING.search(text):
            continue
        # What is in C in CPython may be a script in apy, and is worded as one.
        if got.get(name) == "script" and name not in SCRIPTS:
            continue
        if key.startswith(tuple(KNOWN)) or KNOWN_PATTERN.search(key):
            continue
        if key in got and got[key] != "absent" and got[key] != text and not (filter_ and not filter_.search(key)):
            different += 1
            print(f"{key}\n    CPython: {text}\n    apy:     {got[key]}")
    print(f"{len(got) - len(absent)} calls compared, {different} differ; {len(absent)} names are absent in apy")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
