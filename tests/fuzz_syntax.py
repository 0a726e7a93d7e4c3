#!/usr/bin/env python3
"""Wrong texts, compiled by apy and by CPython: class, message, place and quoted line must be the same.

    python3 tests/fuzz_syntax.py [--seed N] [--texts N] [--apy PATH]

Statements and expressions are cut out of the goldens and of CPython's own tests (where an installed
CPython has them), and tokens of them are left out, doubled, swapped or replaced. Each of both
interpreters compiles all texts in one process. What differs is shown, grouped by what the two said. A
seed makes the same texts again. Exit code 1 if anything differs.
"""

import argparse
import ast
import collections
import glob
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import warnings

HERE = pathlib.Path(__file__).resolve().parent

# Runs in both interpreters: a line of JSON for each text.
DRIVER = r'''
import json, sys, warnings
warnings.simplefilter('ignore')

def outcome(text, mode):
    try:
        compile(text, 'f', mode, 0, True)
    except SyntaxError as e:
        return [type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset, e.text]
    except Exception as e:
        return [type(e).__name__, str(e)]
    return None

with open(sys.argv[1], encoding='utf-8') as texts, open(sys.argv[2], 'w', encoding='utf-8') as out:
    for line in texts:
        mode, text = json.loads(line)
        out.write(json.dumps(outcome(text, mode)) + '\n')
'''

# What is put in: operators, words, the beginnings of things that need an end.
WORDS = r'''( ) [ ] { } , : ; . = == := + - * ** / // % @ & | ^ ~ < > <= != -> ... ! ? $ \ if else elif for while
in not and or is lambda def class return yield await async with as import from pass break continue del global
nonlocal try except finally raise assert None True False match case type print exec x y f x=1 *a **k "s" b"b"
f"{x}" f" f"{ ' """ 1 0x 1. 1e 1_ 0777 5j # é € @x (x) [x] {x} {x:1} x.y x[1] f(x) _ "\x" b"é" f"{x!r:>{y}}"
'''.split() + [' ', '  ', '\n', '\t', '\n ', '\n    ', '\n\n', '\\\n', ' # c\n']

TOKEN = re.compile(r"\s+|\w+|[\"']{3}|//=|\*\*=|>>=|<<=|\.\.\.|:=|->|[-+*/%@&|^=<>!]=|\*\*|//|<<|>>|.", re.S)
FIELDS = ('class', 'message', 'line', 'offset', 'end line', 'end offset', 'text')


def pieces(source, rng, most=150):
    """Some statements and expressions of a file."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    lines = source.splitlines(keepends=True)
    nodes = list(ast.walk(tree))
    rng.shuffle(nodes)
    found = []
    for node in nodes:
        if isinstance(node, ast.stmt) and node.end_lineno - node.lineno < 14:
            found.append(textwrap.dedent(''.join(lines[node.lineno - 1:node.end_lineno])))
        elif isinstance(node, ast.expr) and node.end_lineno == node.lineno:
            line = lines[node.lineno - 1].encode()
            text = line[node.col_offset:node.end_col_offset].decode(errors='ignore')
            if len(text) > 6:
                found.append(text)
        if len(found) == most:
            break
    return found


def mutated(text, rng):
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if not tokens:
            break
        choice, at = rng.random(), rng.randrange(len(tokens))
        if choice < 0.3:
            del tokens[at]
        elif choice < 0.42:
            tokens.insert(at, tokens[at])
        elif choice < 0.55:
            other = min(len(tokens) - 1, at + rng.randrange(1, 4))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif choice < 0.75:
            tokens[at] = rng.choice(WORDS)
        elif choice < 0.93:
            tokens.insert(at, rng.choice(WORDS))
        elif choice < 0.97:
            tokens = tokens[:at]
        else:
            tokens = tokens[at:]
    return ''.join(tokens)


def texts(rng, count, folder):
    """Pairs of a mode and a text."""
    files = sorted(glob.glob(str(HERE / 'golden' / '**' / '*.apy'), recursive=True))
    files += sorted(glob.glob(os.path.join(folder, 'test_*.py')))
    files = rng.sample([file for file in files if os.path.getsize(file) < 90000], 120)
    found = []
    sources = {}
    while len(found) < count:
        file = rng.choice(files)
        if file not in sources:
            text = pathlib.Path(file).read_text(encoding='utf-8', errors='replace')
            sources[file] = pieces(text, rng)
        for _ in range(min(20, len(sources[file]))):
            piece = rng.choice(sources[file])
            modes = ['exec'] * 6 + ['eval', 'single'] if '\n' in piece else ['eval', 'single', 'exec', 'exec']
            found.append((rng.choice(modes), mutated(piece, rng)))
    return found[:count]


def outcomes(interpreter, given, folder, name):
    driver, out = folder / 'driver.py', folder / f'{name}.jsonl'
    driver.write_text(DRIVER, encoding='utf-8')
    subprocess.run([interpreter, str(driver), str(given), str(out)], check=True)
    with open(out, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


def group(theirs, ours):
    """What kind of difference it is."""
    def without_names(outcome):
        return outcome and re.sub(r"\d+", 'N', re.sub(r"'[^']*'", "'_'", outcome[1] or ''))

    if theirs and ours and theirs[:2] == ours[:2]:
        wrong = [name for name, a, b in zip(FIELDS, theirs, ours) if a != b]
        return f'{without_names(theirs)}: {", ".join(wrong)}'
    return f'{without_names(theirs)} / {without_names(ours)}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--texts', type=int, default=10000)
    parser.add_argument('--apy', default=str(HERE.parent / 'target' / 'debug' / 'apy'))
    parser.add_argument('--limit', type=int, default=40, help='groups that are shown')
    options = parser.parse_args()
    warnings.simplefilter('ignore')
    cpython = os.environ.get('APY_CPYTHON', 'python3.13')
    where = subprocess.run([cpython, '-c', 'import os; print(os.path.dirname(os.__file__))'],
                           check=True, capture_output=True, text=True).stdout.strip()
    made = texts(random.Random(options.seed), options.texts, os.path.join(where, 'test'))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        given = folder / 'texts.jsonl'
        given.write_text(''.join(json.dumps(pair) + '\n' for pair in made), encoding='utf-8')
        theirs = outcomes(cpython, given, folder, 'cpython')
        ours = outcomes(options.apy, given, folder, 'apy')
    groups = collections.defaultdict(list)
    for (mode, text), a, b in zip(made, theirs, ours, strict=True):
        if a != b:
            groups[group(a, b)].append((text, mode, a, b))
    for name, found in sorted(groups.items(), key=lambda item: -len(item[1]))[:options.limit]:
        text, mode, a, b = min(found, key=lambda item: len(item[0]))
        print(f'{len(found)} of {name}\n  {mode} {text!r}\n  CPython {a}\n  apy     {b}')
    differ = sum(map(len, groups.values()))
    wrong = sum(outcome is not None for outcome in theirs)
    print(f'{options.texts} texts, {wrong} of them wrong, {differ} differ in {len(groups)} groups')
    return 1 if groups else 0


if __name__ == '__main__':
    sys.exit(main())
