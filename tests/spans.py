#!/usr/bin/env python3
"""Compare what apy's instructions underline in tracebacks with CPython 3.13's positions.

    cargo test --lib --no-run          # prints the path of the test binary
    python3.13 tests/spans.py BINARY FILE...

For each file both sides list, per code object and kind of operation (call, attribute,
operator, ...), the places in the source; places that only one side has are printed. Some are
expected: operations that only one compiler folds away, the yields of CPython's `await`
loops, swaps it does without unpacking.
"""
import collections
import dis
import os
import subprocess
import sys

CPYTHON = {
    "call": "CALL CALL_KW CALL_FUNCTION_EX",
    "operator": "BINARY_OP",
    "attribute": "LOAD_ATTR LOAD_SUPER_ATTR",
    "set attribute": "STORE_ATTR",
    "delete attribute": "DELETE_ATTR",
    "item": "BINARY_SUBSCR BINARY_SLICE",
    "set item": "STORE_SUBSCR STORE_SLICE",
    "delete item": "DELETE_SUBSCR",
    "comparison": "COMPARE_OP IS_OP CONTAINS_OP",
    "next": "FOR_ITER",
    "iter": "GET_ITER",
    "raise": "RAISE_VARARGS",
    "unary": "UNARY_NEGATIVE UNARY_INVERT",
    "name": "LOAD_GLOBAL LOAD_NAME",
    "await": "GET_AWAITABLE",
    "import": "IMPORT_NAME",
    "import from": "IMPORT_FROM",
}
OPERATORS = "Add Sub Mul TrueDiv FloorDiv Mod Pow MatMul LShift RShift BitAnd BitOr BitXor"
COMPARISONS = "Lt Le Eq Ne Gt Ge"
APY = {
    "call": "Call CallKw CallEx CallGlobal CallMethod CallMethodKw Invoke InvokeKw",
    "operator": OPERATORS
    + " InplaceAdd InplaceSub InplaceMul Inplace AddInt SubInt IntAdd IntSub IntMul InplaceAddInt InplaceSubInt"
    + " AddConst SubConst MulConst TrueDivConst FloorDivConst ModConst"
    + " BitAndInt RShiftInt JumpIfBits JumpUnlessBits",
    "attribute": "GetAttr GetSuperAttr LoadMethod",
    "set attribute": "SetAttr",
    "delete attribute": "DeleteAttr",
    "item": "GetItem GetItemInt GetSlice",
    "set item": "SetItem SetSlice",
    "delete item": "DeleteItem",
    "comparison": COMPARISONS
    + " Is IsNot In NotIn "
    + " ".join(p + c + s for p in ("JumpIf", "JumpUnless") for c in COMPARISONS.split() for s in ("", "Int")),
    "next": "ForLoop",
    "iter": "GetIter",
    "raise": "Raise RaiseFrom RaiseCurrent",
    "unary": "Neg Invert",
    "name": "LoadGlobal LoadName",
    "await": "GetAwaitable",
    "import": "ImportName",
    "import from": "ImportFrom",
}


def kinds(table):
    return {name: kind for kind, names in table.items() for name in names.split()}


def of_cpython(path):
    with open(path) as file:
        code = compile(file.read(), path, "exec")
    known, found, codes = kinds(CPYTHON), set(), [code]
    for code in codes:
        for instruction in dis.get_instructions(code):
            place = instruction.positions
            if instruction.opname in known and place.lineno is not None:
                position = (place.lineno, place.col_offset, place.end_lineno, place.end_col_offset)
                found.add((code.co_qualname, known[instruction.opname]) + position)
        codes.extend(constant for constant in code.co_consts if hasattr(constant, "co_code"))
    return found


def of_apy(binary, path):
    environment = dict(os.environ, APY_SPANS=path, RUST_MIN_STACK="200000000")
    command = [binary, "compile::tests::spans", "--nocapture"]
    listing = subprocess.run(command, env=environment, capture_output=True, text=True).stdout
    known, found = kinds(APY), set()
    for line in listing.splitlines():
        if not line.startswith("SPAN "):
            continue
        whole, lookup = line[len("SPAN "):].split(" / ")
        name, op, *position = whole.rsplit(" ", 5)
        if op in known:
            found.add((name, known[op]) + tuple(map(int, position)))
        # The first word of these is what is looked up.
        if op in ("Invoke", "InvokeKw"):
            found.add((name, "attribute") + tuple(map(int, lookup.split())))
        if op == "CallGlobal":
            found.add((name, "name") + tuple(map(int, lookup.split())))
    return found


def main():
    binary, *paths = sys.argv[1:]
    counts = collections.Counter()
    for path in paths:
        cpython, apy = of_cpython(path), of_apy(binary, path)
        for title, places in (("CPython", cpython - apy), ("apy", apy - cpython)):
            for place in sorted(places):
                counts["only " + title] += 1
                print(f"only {title}: {path}", *place)
        counts["both"] += len(cpython & apy)
    print(dict(counts))


if __name__ == "__main__":
    main()
