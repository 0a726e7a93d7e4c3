#!/usr/bin/env python3
"""Micro-benchmarks: what one operation costs on apy and on CPython 3.13.

    python3 benches/micro.py                  target/release/apy
    python3 benches/micro.py --only call      operations whose name contains a text
    python3 benches/micro.py --peer old=PATH  a further apy, to compare two builds

Every operation runs in a loop of its own inside one function, all in one process
per peer and round; a figure is the least over the rounds, in nanoseconds, with the
cost of the empty loop taken away. Meant to find what is slow, not to be quoted.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import compare

HERE = os.path.dirname(os.path.abspath(__file__))

# name, what is set up, what is measured; `i` counts from 0.
OPERATIONS = [
    ("int add", "", "x = i + 7"),
    ("int multiply modulo", "", "x = i * 3 % 1000"),
    ("int floor division", "", "x = i // 7"),
    ("int power", "", "x = i ** 2"),
    ("int to str", "", "x = str(i)"),
    ("str to int", "s = '12345'", "x = int(s)"),
    ("big int add", "b = 1 << 100", "x = b + i"),
    ("float arithmetic", "f = 1.5", "x = f * 2.0 + i"),
    ("comparison chain", "", "x = 0 <= i < 10"),
    ("bool logic", "", "x = i and not i or i"),
    ("global read", "global G\nG = 1", "x = G"),
    ("tuple build", "", "x = (i, i)"),
    ("tuple unpack", "t = (1, 2, 3)", "a, b, c = t"),
    ("swap", "a = 1; b = 2", "a, b = b, a"),
    ("list build", "", "x = [i, i, i]"),
    ("list index", "l = [1, 2, 3]", "x = l[1]"),
    ("list store", "l = [1, 2, 3]", "l[1] = i"),
    ("list append", "l = []", "l.append(i)"),
    ("list append pop", "l = [1]", "l.append(i); l.pop()"),
    ("list slice", "l = list(range(20))", "x = l[2:8]"),
    ("list comprehension of 10", "r = range(10)", "x = [j for j in r]"),
    ("list len", "l = [1, 2]", "x = len(l)"),
    ("list contains", "l = list(range(20))", "x = 15 in l"),
    ("list copy of 20", "l = list(range(20))", "x = list(l)"),
    ("list sort of 20", "l = list(range(20))", "l.sort()"),
    ("sorted with key", "l = list(range(20))", "x = sorted(l, key=lambda v: -v)"),
    ("sum of 20", "l = list(range(20))", "x = sum(l)"),
    ("max of 20", "l = list(range(20))", "x = max(l)"),
    ("min of two", "", "x = min(i, 5)"),
    ("abs", "", "x = abs(i)"),
    ("isinstance", "", "x = isinstance(i, int)"),
    ("range loop of 10", "", "for j in range(10): pass"),
    ("enumerate of 10", "l = list(range(10))", "for j, k in enumerate(l): pass"),
    ("zip of 10", "l = list(range(10))", "for j, k in zip(l, l): pass"),
    ("map lambda of 10", "l = list(range(10)); f = lambda v: v", "x = list(map(f, l))"),
    ("any generator of 10", "l = [0] * 10", "x = any(v for v in l)"),
    ("dict build", "", "x = {'a': i, 'b': i}"),
    ("dict get str", "d = {'a': 1}", "x = d['a']"),
    ("dict get int", "d = {j: j for j in range(100)}", "x = d[i % 100]"),
    ("dict store str", "d = {}", "d['a'] = i"),
    ("dict get method", "d = {'a': 1}", "x = d.get('a')"),
    ("dict get default", "d = {'a': 1}", "x = d.get('b', 0)"),
    ("dict contains", "d = {'a': 1}", "x = 'a' in d"),
    ("dict items of 10", "d = {j: j for j in range(10)}", "for j, k in d.items(): pass"),
    ("dict comprehension of 10", "r = range(10)", "x = {j: j for j in r}"),
    ("dict count", "d = {}", "d[i & 7] = d.get(i & 7, 0) + 1"),
    ("set add", "s = set()", "s.add(i & 63)"),
    ("set contains", "s = set(range(64))", "x = 5 in s"),
    ("str concat", "s = 'abc'", "x = s + 'def'"),
    ("str append", "s = ''", "s += 'x'"),
    ("str index", "s = 'hello'", "x = s[1]"),
    ("str slice", "s = 'hello world'", "x = s[2:7]"),
    ("str iterate 10", "s = 'abcdefghij'", "for c in s: pass"),
    ("str equal", "s = 'hello'; t = 'hel' + 'lo'", "x = s == t"),
    ("str less", "s = 'hello'; t = 'help'", "x = s < t"),
    ("str contains", "s = 'hello world'", "x = 'wor' in s"),
    ("str split", "s = 'a b c d e'", "x = s.split()"),
    ("str join", "l = ['a', 'b', 'c', 'd']", "x = ','.join(l)"),
    ("str upper", "s = 'hello'", "x = s.upper()"),
    ("str replace", "s = 'hello world'", "x = s.replace('o', '0')"),
    ("str find", "s = 'hello world'", "x = s.find('w')"),
    ("str strip", "s = '  hello '", "x = s.strip()"),
    ("str startswith", "s = 'hello'", "x = s.startswith('he')"),
    ("str isdigit", "s = '12345'", "x = s.isdigit()"),
    ("str format method", "", "x = '{} {}'.format(i, 'a')"),
    ("str percent", "", "x = '%d %s' % (i, 'a')"),
    ("f-string", "", "x = f'{i} and {i}'"),
    ("f-string with spec", "", "x = f'{i:05d} {1.5:.2f}'"),
    ("ord chr", "", "x = ord(chr(i & 127))"),
    ("call no arguments", "def f(): pass", "f()"),
    ("call three arguments", "def f(a, b, c): return a", "f(i, i, i)"),
    ("call default", "def f(a, b=2): return a", "f(i)"),
    ("call keyword", "def f(a, b=2): return a", "f(i, b=3)"),
    ("call star", "def f(*a): return a\nt = (1, 2)", "f(*t)"),
    ("call star keywords", "def f(**k): return k\nd = {'a': 1}", "f(**d)"),
    ("call closure", "n = 5\ndef f(a): return a + n", "f(i)"),
    ("call lambda", "f = lambda a: a", "f(i)"),
    ("call recursion", "def f(n): return n if n < 1 else f(n - 1)", "f(3)"),
    ("attribute read", "class C: pass\no = C(); o.a = 1", "x = o.a"),
    ("attribute write", "class C: pass\no = C(); o.a = 1", "o.a = i"),
    ("attribute augment", "class C: pass\no = C(); o.a = 1", "o.a += 1"),
    ("class attribute", "class C: a = 1\no = C()", "x = o.a"),
    ("class attribute of class", "class C: a = 1", "x = C.a"),
    ("slots read", "class C:\n    __slots__ = ('a',)\no = C(); o.a = 1", "x = o.a"),
    ("slots write", "class C:\n    __slots__ = ('a',)\no = C()", "o.a = i"),
    ("property read", "class C:\n    @property\n    def a(self): return 1\no = C()", "x = o.a"),
    ("method call", "class C:\n    def m(self, a): return a\no = C()", "o.m(i)"),
    ("bound method call", "class C:\n    def m(self, a): return a\nm = C().m", "m(i)"),
    ("classmethod call", "class C:\n    @classmethod\n    def m(cls, a): return a", "C.m(i)"),
    ("staticmethod call", "class C:\n    @staticmethod\n    def m(a): return a", "C.m(i)"),
    ("super method call", "class B:\n    def m(self): return 1\nclass C(B):\n    def m(self): return super().m()\no = C()", "o.m()"),
    ("instance creation", "class C: pass", "C()"),
    ("instance creation with init", "class C:\n    def __init__(self, a): self.a = a", "C(i)"),
    ("subclass creation", "class B:\n    def __init__(self, a): self.a = a\nclass C(B):\n    def __init__(self, a):\n        super().__init__(a)\n        self.b = a", "C(i)"),
    ("operator add", "class C:\n    def __add__(self, o): return self\no = C()", "x = o + o"),
    ("operator eq", "class C:\n    def __eq__(self, o): return True\no = C()", "x = o == o"),
    ("operator lt", "class C:\n    def __lt__(self, o): return True\no = C()", "if o < o: pass"),
    ("operator getitem", "class C:\n    def __getitem__(self, k): return k\no = C()", "x = o[i]"),
    ("operator setitem", "class C:\n    def __setitem__(self, k, v): pass\no = C()", "o[i] = i"),
    ("operator len", "class C:\n    def __len__(self): return 1\no = C()", "x = len(o)"),
    ("operator bool", "class C:\n    def __bool__(self): return True\no = C()", "if o: pass"),
    ("operator call", "class C:\n    def __call__(self, a): return a\no = C()", "o(i)"),
    ("operator contains", "class C:\n    def __contains__(self, a): return True\no = C()", "x = i in o"),
    ("dict with script hash", "class C:\n    def __hash__(self): return 1\n    def __eq__(self, o): return True\nd = {C(): 1}; o = C()", "x = d[o]"),
    ("script iterator of 10", "class C:\n    def __iter__(self): self.n = 0; return self\n    def __next__(self):\n        if self.n >= 10: raise StopIteration\n        self.n += 1\n        return self.n\no = C()", "for v in o: pass"),
    ("script getattr", "class C:\n    def __getattr__(self, n): return n\no = C()", "x = o.zz"),
    ("generator of 10", "def g():\n    for j in range(10): yield j", "for v in g(): pass"),
    ("generator expression of 10", "r = range(10)", "for v in (j for j in r): pass"),
    ("generator next", "def g():\n    while True: yield 1\nn = g()", "next(n)"),
    ("generator send", "def g():\n    while True: yield 1\nn = g(); next(n)", "n.send(1)"),
    ("yield from of 10", "def g():\n    yield from range(10)", "for v in g(): pass"),
    ("try no exception", "", "try: x = i\nexcept ValueError: pass"),
    ("raise and catch", "", "try: raise ValueError\nexcept ValueError: pass"),
    ("raise through call", "def f(): raise ValueError('x')", "try: f()\nexcept ValueError as e: pass"),
    ("catch KeyError", "d = {}", "try: d['a']\nexcept KeyError: pass"),
    ("with statement", "class C:\n    def __enter__(self): return self\n    def __exit__(self, *a): pass\no = C()", "with o: pass"),
    ("make closure", "n = 1", "f = lambda: n"),
    ("make class", "", "class D: pass"),
    ("getattr builtin", "class C: a = 1\no = C()", "x = getattr(o, 'a')"),
    ("hasattr missing", "class C: a = 1\no = C()", "x = hasattr(o, 'b')"),
    ("match int", "", "match i & 3:\n    case 0: x = 1\n    case 1: x = 2\n    case _: x = 3"),
    ("match tuple", "t = (1, 2)", "match t:\n    case (1, y): x = y\n    case _: x = 0"),
    ("bytes index", "b = b'hello'", "x = b[1]"),
    ("bytes join", "l = [b'a', b'b']", "x = b''.join(l)"),
    ("deque append popleft", "from collections import deque\nd = deque([1])", "d.append(i); d.popleft()"),
    ("heapq push pop", "from heapq import heappush, heappop\nh = list(range(20))", "heappush(h, i); heappop(h)"),
    ("defaultdict", "from collections import defaultdict\nd = defaultdict(int)", "d[i & 7] += 1"),
    ("Counter of 10", "from collections import Counter\nl = list('abcabcabca')", "x = Counter(l)"),
    ("namedtuple read", "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)", "x = p.x"),
    ("namedtuple create", "from collections import namedtuple\nP = namedtuple('P', 'x y')", "x = P(i, 2)"),
    ("dataclass create", "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int", "x = P(i, 2)"),
    ("enum read", "from enum import Enum\nclass E(Enum):\n    A = 1", "x = E.A"),
    ("lru_cache hit", "from functools import lru_cache\n@lru_cache\ndef f(a): return a", "f(1)"),
    ("partial", "from functools import partial\ndef f(a, b): return a\np = partial(f, 1)", "p(i)"),
    ("math sqrt", "import math", "x = math.sqrt(i)"),
    ("random", "import random", "x = random.random()"),
    ("itertools chain of 10", "from itertools import chain\nl = list(range(5))", "for v in chain(l, l): pass"),
    ("json round trip", "import json\nd = {'a': [1, 2, {'b': None}]}", "x = json.loads(json.dumps(d))"),
]

PROGRAM = '''
import time
def measure():
{setup}
    for i in range({count} // 10):
{body}
    begin = time.process_time()
    for i in range({count}):
{body}
    return time.process_time() - begin
print({name!r}, measure(), sep="\\t", flush=True)
'''


def indented(text, by):
    return "\n".join(" " * by + line for line in text.split("\n"))


def program(name, setup, statement, count):
    return PROGRAM.format(
        name=name, count=count, setup=indented(setup or "pass", 4), body=indented(statement, 8)
    )


def run(command, operations, count):
    """{name: seconds}; operations that fail are told and left out."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "micro.py")
        for name, setup, statement in operations:
            with open(path, "w") as f:
                f.write(program(name, setup, statement, count))
            done = subprocess.run(command + [path], capture_output=True, text=True, timeout=120)
            if done.returncode:
                print("%s fails on %s: %s" % (name, command[0], done.stderr.strip().split("\n")[-1]), file=sys.stderr)
                continue
            found[name] = float(done.stdout.split("\t")[1])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apy", default=os.path.join(HERE, "..", "target", "release", "apy"))
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--count", type=int, default=100_000)
    args = parser.parse_args()
    peers = {"apy": [args.apy]}
    for given in args.peer:
        name, _, path = given.partition("=")
        peers[name] = [path]
    cpython = compare.find_cpython()
    if cpython:
        peers["cpython"] = [cpython]
    operations = [row for row in OPERATIONS if args.only in row[0]]
    empty = ("", "", "pass")
    best = {name: {} for name in peers}
    for _ in range(args.rounds):
        for name, command in peers.items():
            for operation, seconds in run(command, [empty] + operations, args.count).items():
                known = best[name].get(operation)
                best[name][operation] = seconds if known is None else min(known, seconds)
    reference = "cpython" if cpython else "apy"
    rows = []
    for operation, _, _ in operations:
        if any(operation not in best[name] for name in peers):
            continue
        cost = {n: max(best[n][operation] - best[n][""], 1e-9) / args.count * 1e9 for n in peers}
        rows.append((cost[reference] / cost["apy"], operation, cost))
    print("| operation | %s | times faster |" % " | ".join(name + ", ns" for name in peers))
    print("|---|%s---:|" % ("---:|" * len(peers)))
    for ratio, operation, cost in sorted(rows):
        print("| %s | %s | %.2f |" % (operation, " | ".join("%.0f" % cost[n] for n in peers), ratio))


if __name__ == "__main__":
    main()
