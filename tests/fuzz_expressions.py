#!/usr/bin/env python3
"""Random expressions and small statements over all built-in types, run by apy and by CPython.

    python3 tests/fuzz_expressions.py [--seed N] [--programs N] [--size N] [--apy PATH]

Each program is a file of `--size` numbered lines; every line prints a value, or the class and the text
of what it raised. What differs is shown with its line, grouped by what the two said. A seed makes the
same programs again. Exit code 1 if anything differs.
"""

import argparse
import collections
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent

PRELUDE = '''\
import sys, warnings
warnings.simplefilter("ignore")
sys.set_int_max_str_digits(20000)
class I(int): pass
class F(float): pass
class S(str): pass
class B(bytes): pass
class L(list): pass
class T(tuple): pass
class D(dict): pass
class X:
    def __init__(self, v): self.v = v
    def __repr__(self): return f"X({self.v!r})"
    def __eq__(self, other): return isinstance(other, X) and self.v == other.v
    def __lt__(self, other): return self.v < other.v if isinstance(other, X) else NotImplemented
    def __hash__(self): return hash(self.v)
    def __add__(self, other): return ("add", other)
    def __radd__(self, other): return ("radd", other)
    def __iadd__(self, other): return ("iadd", other)
    def __mul__(self, other): return NotImplemented
    def __rmul__(self, other): return ("rmul", other)
    def __index__(self): return self.v
    def __len__(self): return self.v
    def __contains__(self, item): return item == self.v
    def __getitem__(self, key):
        if key in (3, 4, 5): raise IndexError(key)
        return ("item", key)
    def __call__(self, *args, **kwargs): return (args, kwargs)
    def __format__(self, spec): return "<" + spec + ">"
class Y: pass
def show(v, depth=0):
    if type(v) is type(sys):
        return "module " + v.__name__
    if isinstance(v, (set, frozenset)):
        return type(v).__name__ + str(sorted(map(show, v)))
    if isinstance(v, dict) and depth < 5:
        return type(v).__name__ + "{" + ", ".join(show(a, depth + 1) + ": " + show(b, depth + 1) for a, b in v.items()) + "}"
    if isinstance(v, (list, tuple)) and depth < 5:
        return type(v).__name__ + "[" + ", ".join(show(x, depth + 1) for x in v) + "]"
    try:
        text = repr(v)
    except Exception as e:
        text = type(e).__name__ + ": " + str(e)
    while " at 0x" in text:
        i = text.index(" at 0x") + 4
        j = i
        while j < len(text) and text[j] not in " >": j += 1
        text = text[:i] + text[j:]
    return type(v).__name__ + " " + ascii(text)[:400]
def told(number, e):
    text = ascii(str(e))
    while " at 0x" in text:
        i = text.index(" at 0x") + 4
        j = i
        while j < len(text) and text[j] not in " >": j += 1
        text = text[:i] + text[j:]
    print(number, type(e).__name__, text[:400])
'''

LITERALS = [
    # numbers
    '0', '1', '-1', '2', '3', '7', '10', '255', '256', '-5', '2**63', '-2**63', '2**64', '10**20', '-10**25', '3**50', 'True', 'False',
    '0.0', '-0.0', '1.0', '0.5', '-2.5', '1e16', '1e-7', '1e300', '123456.789', "float('inf')", "float('nan')", "-float('inf')", '0.1', '2.675',
    '1j', '0j', '(1+2j)', '(-0.0-1.5j)', "complex('nan')", "I(5)", "F(2.5)",
    # texts
    '""', '"a"', '"abc"', '"Hello World"', '"a,b,c"', '"  x y "', '"123"', '"-4.5"', '"0x1f"', '"éß"', '"ǅ\\u0130"', '"\\U0001f600z"', '"\\n\\t"', '"\\x00"', '"\\ud800"',
    'S("sub")', '"%s"', '"{}"', '"{0!r:>5}"', '"%d %s"', '"%.2f"', '"aXbXc"', '"TITLE case"', '"a\\nb\\r\\nc"',
    'b""', 'b"a"', 'b"abc"', 'b"\\xff\\x00"', 'bytearray(b"xyz")', 'bytearray()', 'memoryview(b"abcd")', 'B(b"sub")', 'b"1,2"', 'b"%s"',
    # containers
    '[]', '[1]', '[1, 2, 3]', '[3, 1, 2]', '["b", "a"]', '[[1], [2]]', '[None, 1.5]', 'L([1, 2])', '()', '(1,)', '(1, 2)', '("a", 1)', 'T((1, 2))',
    '{}', '{"a": 1}', '{1: 2, 3: 4}', '{"x": [1]}', 'D(a=1)', 'set()', '{1, 2, 3}', '{2, 3, 4}', '{"a"}', 'frozenset()', 'frozenset({1, 2})', '{(1, 2)}',
    'range(0)', 'range(5)', 'range(1, 10, 3)', 'range(10, 0, -2)', 'slice(1, 3)', 'slice(None)', 'slice(None, None, -1)', '{"a": 1}.keys()', '{1: 2}.items()', '{1: 2}.values()',
    # others
    'None', '...', 'NotImplemented', 'X(1)', 'X(3)', 'X(-1)', 'Y()', 'int', 'str', 'list', 'type', 'object', 'len', 'X', 'ValueError("x")', 'KeyError("k")', 'OSError(2, "no")',
    '(lambda *a, **k: (a, k))', '[].append', '"".join', 'iter([1, 2])', '(i for i in [1, 2])', 'zip([1, 2], "ab")', 'enumerate("ab")', 'map(str, [1, 2])', 'reversed([1, 2])',
    'dict.fromkeys', 'int.from_bytes', 'property()', 'staticmethod(len)', 'list[int]', 'int | str', 'super', 'Exception', 'print', 'bytes.fromhex', 'str.maketrans("a", "b")',
]
BINARY = ['+', '-', '*', '/', '//', '%', '@', '<<', '>>', '&', '|', '^', '==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is', 'is not', 'and', 'or']
UNARY = ['-', '+', '~', 'not ']
CALLS = [
    'abs', 'all', 'any', 'ascii', 'bin', 'bool', 'bytearray', 'bytes', 'callable', 'chr', 'complex', 'dict', 'divmod', 'enumerate', 'filter', 'float', 'format', 'frozenset',
    'getattr', 'hasattr', 'hash', 'hex', 'int', 'isinstance', 'issubclass', 'len', 'list', 'map', 'max', 'memoryview', 'min', 'next', 'oct', 'ord', 'range',
    'repr', 'reversed', 'round', 'set', 'slice', 'sorted', 'str', 'sum', 'tuple', 'type', 'zip', 'I', 'F', 'S', 'L', 'T', 'D', 'X', 'ExceptionGroup', 'ValueError', 'OSError',
    'UnicodeDecodeError', 'StopIteration', 'KeyError', 'SystemExit', 'ImportError', 'SyntaxError', 'int.from_bytes', 'float.fromhex', 'dict.fromkeys', 'bytes.fromhex', 'str.maketrans', 'complex.__add__', 'type.__call__',
]
# Names that tell of addresses, of memory or of the machine, or that print.
SKIPPED = {'__sizeof__', '__dir__', '__init_subclass__', '__subclasshook__', '__reduce__', '__reduce_ex__', '__getstate__', '__hash__', '__class_getitem__', '__doc__', '__dict__',
           '__weakref__', '__subclasses__', '__basicsize__', '__dictoffset__', '__itemsize__', '__flags__', '__weakrefoffset__', '__text_signature__', '__code__', '__globals__',
           '__setstate__', '__self__', 'mro', '__mro__', '__delattr__', '__setattr__', '__builtins__', '__closure__', '__release_buffer__', '__buffer__', 'gi_frame', 'gi_code', '__getnewargs__',
           '__firstlineno__', '__static_attributes__', '__annotations__', '__type_params__', '__kwdefaults__', '__defaults__', '__qualname__', '__init__', '__new__', '__length_hint__', '__signature__'}
METHODS = sorted({name for kind in (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, memoryview, type(None), Exception, OSError, property,
                                    type({}.keys()), type({}.items()), type(x for x in ()), type(len), type([].append), type(lambda: 0))
                  for name in dir(kind)} - SKIPPED)
SPECS = ['', 'd', 'x', '#x', '08.3f', '>10', '^7', ',', '_', 'e', 'g', '.3g', '%', 's', 'n', 'c', 'b', '+', ' ', '=+8', '*<6', '#o', '10.4', '.2', 'q', '0>5', '-^9d', 'z.1f', ',.2f', '_x', '1000000', '.0e', '#.3g', 'é^5', '!', '{}']
SLICES = ['0', '-1', '1', '5', '-9', '1:', ':2', '::-1', '::2', '1:9:3', '-2:', ':-1', '::0', 'None', '"a"', '1.0', '2**70', 'X(1)', '(0, 1)', '...', '1:2, 3']


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def expression(self, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.2:
            return rng.choice(LITERALS)
        kind = rng.random()
        below = depth - 1
        if kind < 0.28:
            return f'({self.expression(below)} {rng.choice(BINARY)} {self.expression(below)})'
        if kind < 0.30:
            # Powers of great exponents would take for ever.
            power = rng.choice(['0', '1', '2', '3', '-1', '-2', '0.5', '-0.5', '2j', '"a"', 'None', 'X(2)', '1e300', "float('nan')", 'True', '7'])
            return rng.choice([f'({self.expression(below)} ** {power})', f'pow({self.expression(below)}, {power})', f'pow({self.expression(0)}, {power}, {self.expression(0)})',
                               f'iter({self.expression(below)})'])
        if kind < 0.34:
            return f'({rng.choice(UNARY)}{self.expression(below)})'
        if kind < 0.52:
            return f'{rng.choice(CALLS)}({self.arguments(below)})'
        if kind < 0.72:
            return f'({self.expression(below)}).{rng.choice(METHODS)}({self.arguments(below)})'
        if kind < 0.80:
            return f'({self.expression(below)})[{rng.choice(SLICES) if rng.random() < 0.7 else self.expression(below)}]'
        if kind < 0.84:
            return f'format({self.expression(below)}, {rng.choice(SPECS)!r})'
        if kind < 0.87:
            return f'({rng.choice(["%s", "%r", "%d", "%5.1f", "%x", "%c", "%(a)s", "%%", "%s %s", "%-6s|", "%+d", "%#o", "%e", "%*d", "%a", "%i%"])!r} % {self.expression(below)})'
        if kind < 0.90:
            return f'f"{{{self.plain(below)}{rng.choice(["", "!r", "!s", "!a"])}{rng.choice(["", ":>8", ":.3", ":d", ":x", ":,", ":s"])}}}"'
        if kind < 0.92:
            return f'({self.expression(below)}).{rng.choice(METHODS)}'
        if kind < 0.94:
            return f'[{self.expression(below)} for v in {self.expression(below)}][:5]'
        if kind < 0.955:
            return f'({self.expression(below)} if {self.expression(below)} else {self.expression(below)})'
        if kind < 0.97:
            return f'({self.expression(below)} < {self.expression(below)} <= {self.expression(below)})'
        if kind < 0.985:
            return rng.choice(['[*{}]', '(*{},)', '{{*{}}}', '{{**{}}}', 'len({})', 'list({})', 'dict({})', 'sorted({})', 'sum({})', 'hash({})']).format(self.expression(below))
        return f'{{{self.expression(below)}: {self.expression(below)}}}'

    def plain(self, depth):
        """An expression that may stand in an f-string."""
        while True:
            text = self.expression(min(depth, 1))
            if not any(char in text for char in '"\\{}!:'):
                return text

    def arguments(self, depth):
        rng = self.rng
        count = rng.choice([0, 0, 1, 1, 1, 1, 2, 2, 3])
        parts = [self.expression(depth if rng.random() < 0.3 else 0) for _ in range(count)]
        if rng.random() < 0.06:
            name = rng.choice(['key', 'default', 'reverse', 'sep', 'base', 'encoding', 'errors', 'start', 'strict', 'x', 'signed', 'length', 'byteorder', 'keepends', 'maxsplit', 'count'])
            parts.append(f'{name}={self.expression(0)}')
        return ', '.join(parts)

    def statement(self, number):
        rng = self.rng
        kind = rng.random()
        value = self.expression(rng.choice([1, 2, 2, 3]))
        if kind < 0.75:
            body = f'print({number}, show({value}))'
        elif kind < 0.82:
            body = f'a = {value}; a {rng.choice(["+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>"])}= {self.expression(1)}; print({number}, show(a))'
        elif kind < 0.87:
            body = f'a = {self.expression(1)}; a[{rng.choice(SLICES)}] = {self.expression(1)}; print({number}, show(a))'
        elif kind < 0.90:
            body = f'a = {self.expression(1)}; del a[{rng.choice(SLICES)}]; print({number}, show(a))'
        elif kind < 0.93:
            body = f'{rng.choice(["a, b", "a, *b", "*a, b", "a, (b, c)", "[a, b, c]", "(a,)"])} = {value}; print({number}, show(a))'
        elif kind < 0.95:
            body = f'a = {self.expression(1)}; a.{rng.choice(METHODS)} = {self.expression(0)}; print({number}, show(a))'
        elif kind < 0.97:
            body = f'print({number}, [show(v) for v, _ in zip({value}, range(6))])'
        elif kind < 0.985:
            body = f'raise {value}'
        else:
            body = f'assert {value}, {self.expression(1)}; print({number}, "passed")'
        return f'try: {body}\nexcept BaseException as e: told({number}, e)\n'


def program(seed, size):
    maker = Maker(random.Random(seed))
    return PRELUDE + ''.join(maker.statement(number) for number in range(size))


def is_modest(text):
    """Whether a line is unlikely to take all memory or time."""
    return not re.search(r'\*\*.*\*\*|<<.*<<|10\*\*2\d.*\*|1000000.*\*', text)


def run(command, path):
    environment = dict(os.environ, PYTHONHASHSEED='0')
    try:
        done = subprocess.run([*command, str(path)], capture_output=True, timeout=40, stdin=subprocess.DEVNULL, env=environment)
    except subprocess.TimeoutExpired:
        return {}, 'timeout'
    lines = {}
    for line in done.stdout.decode('utf-8', 'replace').split('\n'):
        head, _, rest = line.partition(' ')
        if head.isdigit():
            lines[int(head)] = rest
    return lines, done.stderr.decode('utf-8', 'replace')[-600:] if done.returncode else ''


def main():
    warnings.simplefilter('ignore')
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--programs', type=int, default=10)
    parser.add_argument('--size', type=int, default=400)
    parser.add_argument('--apy', default=str(HERE.parent / 'target' / 'debug' / 'apy'))
    parser.add_argument('--limit', type=int, default=40, help='groups that are shown')
    options = parser.parse_args()
    oracle = os.environ.get('APY_CPYTHON', 'python3.13')
    groups, count = collections.defaultdict(list), 0
    with tempfile.TemporaryDirectory(prefix='apy-fuzz') as folder:
        path = pathlib.Path(folder) / 'program.py'
        for seed in range(options.seed, options.seed + options.programs):
            maker = Maker(random.Random(seed))
            statements = []
            while len(statements) < options.size:
                statement = maker.statement(len(statements))
                try:
                    compile(statement, '?', 'exec')
                except (SyntaxError, ValueError):
                    continue
                if is_modest(statement):
                    statements.append(statement)
            path.write_text(PRELUDE + ''.join(statements))
            (want, trouble), (got, failure) = run([oracle], path), run([options.apy], path)
            if trouble:
                print(f'seed {seed}: CPython: {trouble}')
            if failure:
                groups[('apy failed', failure.strip().split('\n')[-1])].append((seed, len(got), statements[min(len(got), options.size - 1)]))
            for number, expected in want.items():
                count += 1
                found = got.get(number)
                if found is not None and found != expected and not is_same(expected, found):
                    key = tuple(re.sub(r'\d+', 'N', re.sub(r"'[^']*'", "'…'", text))[:90] for text in (expected, found))
                    groups[key].append((seed, number, statements[number], expected, found))
    for key, finds in sorted(groups.items(), key=lambda item: -len(item[1]))[:options.limit]:
        seed, number, statement, *texts = min(finds, key=lambda find: len(find[2]))
        print(f'{len(finds)} x  seed {seed}, line {number}: {statement.split(chr(10))[0][:300]}')
        for name, text in zip(('CPython', 'apy    '), texts):
            print(f'      {name} {text[:230]}')
        if not texts:
            print(f'      {key}')
    total = sum(map(len, groups.values()))
    print(f'{count} lines, {total} differ, in {len(groups)} groups (seeds {options.seed} to {options.seed + options.programs - 1})')
    return 1 if groups else 0


def is_same(expected, found):
    """Texts that may differ: suggestions of similar names depend on all names there are."""
    return expected.partition('. Did you mean')[0] == found.partition('. Did you mean')[0]


if __name__ == '__main__':
    sys.exit(main())
