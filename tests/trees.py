"""Trees of many files under apy and under CPython.

    python3 tests/trees.py APY FILE_OR_FOLDER ...

For each file both say a hash of `ast.dump(..., include_attributes=True)` and of `ast.unparse` for each statement at
the top, and whether the tree compiles; what differs is shown. Needs `python3.13` (or what `APY_CPYTHON` names).
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PROBE = r'''
import ast, sys, warnings, zlib
warnings.simplefilter("ignore")
def mark(text):
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
def nested(node):
    for item in getattr(node, "body", []) if isinstance(node, ast.ClassDef) else []:
        yield item
        yield from nested(item)
for path in open(sys.argv[1]).read().split("\n"):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        continue
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        print(path, type(error).__name__, error)
        continue
    for top in tree.body:
        for node in [top, *nested(top)]:
            print(path, node.lineno, mark(ast.dump(node, include_attributes=True)), mark(ast.unparse(node)))
    print(path, "whole", mark(ast.unparse(tree)))
    try:
        compile(tree, path, "exec")
    except Exception as error:
        print(path, type(error).__name__, error)
'''


def main():
    apy, *places = sys.argv[1:]
    python = os.environ.get("APY_CPYTHON", "python3.13")
    files = []
    for place in map(pathlib.Path, places):
        files += sorted(place.rglob("*.py")) if place.is_dir() else [place]
    with tempfile.TemporaryDirectory() as folder:
        probe, names = pathlib.Path(folder, "probe.py"), pathlib.Path(folder, "names")
        probe.write_text(PROBE)
        different = 0
        for start in range(0, len(files), 20):
            names.write_text("\n".join(map(str, files[start:start + 20])))
            said = []
            for program in (apy, python):
                run = subprocess.run([program, probe, names], capture_output=True, text=True)
                said.append(run.stdout.splitlines() + run.stderr.splitlines()[-3:])
            for ours, theirs in zip(*said):
                if ours != theirs:
                    different += 1
                    print(f"apy {ours}\n  py {theirs}", flush=True)
            if len(said[0]) != len(said[1]):
                different += 1
                print(f"lines: apy {len(said[0])}, CPython {len(said[1])}: {said[0][-1:]} {said[1][-1:]}", flush=True)
        print(f"{len(files)} files, {different} differences")


main()
