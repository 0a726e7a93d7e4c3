//! What the language refuses after parsing: the first error of each source, its line and its
//! column, as CPython reports them. The table was written by CPython 3.13; where that is
//! installed, it is checked again.

use apy::resolve::resolve;
use apy_grammar::{Mode, SourceFile};
use std::process::{Command, Stdio};

/// Source, message (empty: it is accepted), line, column.
const CASES: &[(&str, &str, u32, u32)] = &[
    ("*a", "can't use starred expression here", 1, 1),
    ("x=*a", "can't use starred expression here", 1, 3),
    ("return 1", "'return' outside function", 1, 1),
    ("async def f():\n yield\n return 1", "'return' with value in async generator", 3, 2),
    ("class A:\n return", "'return' outside function", 2, 2),
    ("break", "'break' outside loop", 1, 1),
    ("for x in y:\n def f():\n  break", "'break' outside loop", 3, 3),
    ("continue", "'continue' not properly in loop", 1, 1),
    ("await x", "'await' outside function", 1, 1),
    ("def f():\n await x", "'await' outside async function", 2, 2),
    ("yield 1", "'yield' outside function", 1, 1),
    ("class A:\n yield 1", "'yield' outside function", 2, 2),
    ("yield from x", "'yield from' outside function", 1, 1),
    ("async def f():\n yield from x", "'yield from' inside async function", 2, 2),
    ("async def f():\n [x async for x in y]", "", 0, 0),
    (
        "def f():\n [x async for x in y]",
        "asynchronous comprehension outside of an asynchronous function",
        2,
        2,
    ),
    ("[x async for x in y]", "asynchronous comprehension outside of an asynchronous function", 1, 1),
    ("(x async for x in y)", "", 0, 0),
    ("def f():\n async for x in y: pass", "'async for' outside async function", 2, 2),
    ("async with a: pass", "'async with' outside async function", 1, 1),
    (
        "def f():\n [await x for x in y]",
        "asynchronous comprehension outside of an asynchronous function",
        2,
        2,
    ),
    ("[await x for x in y]", "asynchronous comprehension outside of an asynchronous function", 1, 1),
    ("(await x for x in y)", "", 0, 0),
    (
        "def f(): return [[x async for x in y] for z in w]",
        "asynchronous comprehension outside of an asynchronous function",
        1,
        17,
    ),
    ("def f(a,a): pass", "duplicate argument 'a' in function definition", 1, 9),
    ("lambda a,a:0", "duplicate argument 'a' in function definition", 1, 10),
    ("def f():\n x=1\n global x", "name 'x' is assigned to before global declaration", 3, 2),
    ("def f():\n print(x)\n global x", "name 'x' is used prior to global declaration", 3, 2),
    ("def f(x):\n global x", "name 'x' is parameter and global", 2, 2),
    ("def f():\n x:int\n global x", "annotated name 'x' can't be global", 3, 2),
    ("def f():\n global x\n x:int", "annotated name 'x' can't be global", 3, 2),
    ("def f():\n nonlocal x", "no binding for nonlocal 'x' found", 2, 2),
    ("nonlocal x", "nonlocal declaration not allowed at module level", 1, 1),
    ("def f():\n x=1\n nonlocal x", "name 'x' is assigned to before nonlocal declaration", 3, 2),
    (
        "def g():\n x=1\n def f():\n  x=1\n  nonlocal x",
        "name 'x' is assigned to before nonlocal declaration",
        5,
        3,
    ),
    ("def f():\n global x\n nonlocal x", "name 'x' is nonlocal and global", 2, 2),
    ("def f():\n from a import *", "import * only allowed at module level", 2, 16),
    ("class A:\n from a import *", "import * only allowed at module level", 2, 16),
    ("[x:=1 for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 2),
    ("[[x:=1] for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 3),
    (
        "[y for x in (y:=z)]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        14,
    ),
    (
        "class A:\n [x:=1 for y in z]",
        "assignment expression within a comprehension cannot be used in a class body",
        2,
        3,
    ),
    (
        "[i:=0 for j in k for i in l]",
        "assignment expression cannot rebind comprehension iteration variable 'i'",
        1,
        2,
    ),
    (
        "[(i:=0) for j in k for i in l]",
        "assignment expression cannot rebind comprehension iteration variable 'i'",
        1,
        3,
    ),
    (
        "[[i for i in k] for j in [i:=1]]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        27,
    ),
    ("[(yield x) for x in y]", "'yield' inside list comprehension", 1, 3),
    ("{(yield x) for x in y}", "'yield' inside set comprehension", 1, 3),
    ("{(yield x):1 for x in y}", "'yield' inside dict comprehension", 1, 3),
    ("((yield x) for x in y)", "'yield' inside generator expression", 1, 3),
    ("[(yield from x) for x in y]", "'yield' inside list comprehension", 1, 3),
    ("try: pass\nexcept: pass\nexcept A: pass", "default 'except:' must be last", 2, 1),
    ("f(a=1,a=2)", "keyword argument repeated: a", 1, 7),
    ("f(__debug__=1)", "cannot assign to __debug__", 1, 3),
    ("__debug__=1", "cannot assign to __debug__", 1, 1),
    ("del __debug__", "cannot delete __debug__", 1, 5),
    ("def __debug__(): pass", "cannot assign to __debug__", 1, 1),
    ("def f(__debug__): pass", "cannot assign to __debug__", 1, 7),
    ("class __debug__: pass", "cannot assign to __debug__", 1, 1),
    ("x.__debug__=1", "cannot assign to __debug__", 1, 1),
    ("import __debug__", "cannot assign to __debug__", 1, 1),
    ("for __debug__ in x: pass", "cannot assign to __debug__", 1, 5),
    ("__debug__+=1", "cannot assign to __debug__", 1, 1),
    ("(__debug__:=1)", "cannot assign to __debug__", 1, 2),
    ("with a as __debug__: pass", "cannot assign to __debug__", 1, 11),
    ("try: pass\nexcept A as __debug__: pass", "cannot assign to __debug__", 2, 1),
    ("import a as __debug__", "cannot assign to __debug__", 1, 1),
    ("from a import __debug__", "cannot assign to __debug__", 1, 1),
    ("global __debug__", "", 0, 0),
    ("__debug__: int", "cannot assign to __debug__", 1, 1),
    ("x.__debug__: int", "cannot assign to __debug__", 1, 1),
    ("del x.__debug__", "", 0, 0),
    ("*a=1", "starred assignment target must be in a list or tuple", 1, 1),
    ("*a,*b=c", "multiple starred expressions in assignment", 1, 1),
    ("[*a,*b]=c", "multiple starred expressions in assignment", 1, 1),
    (
        "x=1\nfrom __future__ import annotations",
        "from __future__ imports must occur at the beginning of the file",
        2,
        1,
    ),
    ("from __future__ import x", "future feature x is not defined", 1, 1),
    ("from __future__ import braces", "not a chance", 1, 1),
    ("from __future__ import *", "future feature * is not defined", 1, 1),
    ("for *a in b: pass", "starred assignment target must be in a list or tuple", 1, 5),
    ("for x in *a: pass", "can't use starred expression here", 1, 10),
    ("def f():\n return *a", "can't use starred expression here", 2, 9),
    ("def f():\n yield *a", "can't use starred expression here", 2, 8),
    ("a[*b]", "", 0, 0),
    ("f'{*a}'", "can't use starred expression here", 1, 4),
    (
        "try: pass\nexcept* A: break",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        2,
        12,
    ),
    (
        "for x in y:\n try: pass\n except* A: break",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        3,
        13,
    ),
    (
        "for x in y:\n try: pass\n except* A: continue",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        3,
        13,
    ),
    (
        "def f():\n try: pass\n except* A: return",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        3,
        13,
    ),
    ("x = yield", "'yield' outside function", 1, 5),
    ("def f(a: (yield)): pass", "'yield' outside function", 1, 11),
    ("lambda: (yield)", "", 0, 0),
    ("class A:\n x = lambda: (yield)", "", 0, 0),
    ("def f():\n x = await y", "'await' outside async function", 2, 6),
    ("lambda: await x", "'await' outside async function", 1, 9),
    ("async def f():\n lambda: await x", "'await' outside async function", 2, 10),
    ("async def f():\n def g(): await x", "'await' outside async function", 2, 11),
    ("async def f():\n class A:\n  await x", "'await' outside function", 3, 3),
    ("for a in b:\n class C:\n  break", "'break' outside loop", 3, 3),
    ("while 1:\n try: pass\n finally: continue", "", 0, 0),
    ("def f(*, a, a): pass", "duplicate argument 'a' in function definition", 1, 13),
    ("def f(a, *a): pass", "duplicate argument 'a' in function definition", 1, 11),
    ("def f(a, **a): pass", "duplicate argument 'a' in function definition", 1, 12),
    ("nonlocal x, y", "nonlocal declaration not allowed at module level", 1, 1),
    ("def f():\n nonlocal x, y", "no binding for nonlocal 'x' found", 2, 2),
    ("match x:\n case _: pass\n case 1: pass", "wildcard makes remaining patterns unreachable", 2, 7),
    ("match x:\n case y: pass\n case 1: pass", "name capture 'y' makes remaining patterns unreachable", 2, 7),
    ("match x:\n case [a,a]: pass", "multiple assignments to name 'a' in pattern", 2, 10),
    ("match x:\n case [a]|[b]: pass", "alternative patterns bind different names", 2, 7),
    ("match x:\n case {'a':1,'a':2}: pass", "mapping pattern checks duplicate key ('a')", 2, 7),
    ("match x:\n case A(x=1,x=2): pass", "attribute name repeated in class pattern: x", 2, 15),
    ("match x:\n case {'a':b,**b}: pass", "multiple assignments to name 'b' in pattern", 2, 7),
    ("match x:\n case a as a: pass", "multiple assignments to name 'a' in pattern", 2, 7),
    ("match x:\n case (_|1): pass", "wildcard makes remaining patterns unreachable", 2, 8),
    ("match x:\n case A(__debug__=1): pass", "cannot assign to __debug__", 2, 19),
    ("class A:\n nonlocal __class__", "no binding for nonlocal '__class__' found", 2, 2),
    ("class A:\n def f(self):\n  nonlocal __class__\n  __class__=1", "", 0, 0),
    ("def f():\n def g():\n  nonlocal f", "no binding for nonlocal 'f' found", 3, 3),
    ("class A:\n x=1\n def f(self):\n  nonlocal x", "no binding for nonlocal 'x' found", 4, 3),
    ("def f(x):\n nonlocal x", "name 'x' is parameter and nonlocal", 2, 2),
    ("x=1\nglobal x", "name 'x' is assigned to before global declaration", 2, 1),
    ("print(x)\nglobal x", "name 'x' is used prior to global declaration", 2, 1),
    ("def f():\n global x, x", "", 0, 0),
    ("def f():\n [(yield) for x in (yield)]", "'yield' inside list comprehension", 2, 4),
    (
        "[x for x in [(y:=1) for z in w]]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        15,
    ),
    (
        "lambda: [x:=1 for x in y]",
        "assignment expression cannot rebind comprehension iteration variable 'x'",
        1,
        10,
    ),
    ("[lambda: (x:=1) for x in y]", "", 0, 0),
    (
        "[y for x in (lambda: (z:=1))()]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        23,
    ),
    ("def f(x, y):\n    def x(): pass\n    nonlocal y", "name 'y' is parameter and nonlocal", 3, 5),
    (
        "class A:\n    def f(self):\n        global __x\n        __x = 1\n        print(__x); global y\n",
        "",
        0,
        0,
    ),
    ("def f():\n    for x in y:\n        pass\n    else:\n        break", "'break' outside loop", 5, 9),
    (
        "while 1:\n    lambda: (yield)\n    def g():\n        continue",
        "'continue' not properly in loop",
        4,
        9,
    ),
    (
        "def f():\n    try:\n        pass\n    finally:\n        continue",
        "'continue' not properly in loop",
        5,
        9,
    ),
    ("f(x=1, **y, x=2)", "keyword argument repeated: x", 1, 13),
    ("class A(x=1, x=2): pass", "keyword argument repeated: x", 1, 14),
    (
        "print(a := 1, [a := b for b in c for a in d])",
        "assignment expression cannot rebind comprehension iteration variable 'a'",
        1,
        16,
    ),
    (
        "[x for x in y if (z := x) for z in w]",
        "comprehension inner loop cannot rebind assignment expression target 'z'",
        1,
        31,
    ),
    (
        "async def f():\n    def g():\n        [await x for x in y]",
        "asynchronous comprehension outside of an asynchronous function",
        3,
        9,
    ),
    ("async def f():\n    return [await x for x in y]", "", 0, 0),
    ("async def f():\n    [x for x in await y]", "", 0, 0),
    ("def f():\n    [x for x in await y]", "'await' outside async function", 2, 17),
    ("async def f():\n    yield 1\n    def g():\n        return 1", "", 0, 0),
    ("import a.__debug__", "", 0, 0),
    ("import __debug__.a", "cannot assign to __debug__", 1, 1),
    ("with a as (b, __debug__): pass", "cannot assign to __debug__", 1, 15),
    ("del (a, __debug__)", "cannot delete __debug__", 1, 9),
    ("def f(a, b, *, c, d=1, **a): pass", "duplicate argument 'a' in function definition", 1, 26),
    ("from . import *\ndef f():\n    from .. import *", "import * only allowed at module level", 3, 20),
    ("lambda: (yield from x)", "", 0, 0),
    ("class A:\n    x = [(yield) for a in b]", "'yield' inside list comprehension", 2, 11),
    ("match x:\n case [a, *_, b, a]: pass", "multiple assignments to name 'a' in pattern", 2, 18),
    ("match x:\n case A(a, b=a): pass", "multiple assignments to name 'a' in pattern", 2, 14),
    (
        "match x:\n case {**a}: pass\n case _ if y: pass\n case _: pass\n case 3: pass",
        "wildcard makes remaining patterns unreachable",
        4,
        7,
    ),
    (
        "for x in y:\n  for x in y:\n    break\n  else:\n    continue\nelse:\n  break",
        "'break' outside loop",
        7,
        3,
    ),
    (
        "def f():\n    [(x, y) async for x in z]\n    async with a: pass",
        "asynchronous comprehension outside of an asynchronous function",
        2,
        5,
    ),
    ("def f():\n  nonlocal x\n  def g():\n    nonlocal y", "no binding for nonlocal 'x' found", 2, 3),
];

/// The first error in CPython's order, as `(message, line, column)`.
fn first_error(text: &str) -> (String, u32, u32) {
    let source = SourceFile::new("case", text);
    let parsed = apy_grammar::parse(&source, Mode::Module);
    let resolved = resolve(&parsed.module, Default::default());
    let all = parsed.diagnostics.iter().chain(&resolved.diagnostics).filter(|d| d.kind.is_error());
    match all.min_by_key(|diagnostic| (diagnostic.phase, diagnostic.span.start)) {
        None => (String::new(), 0, 0),
        Some(error) if error.message.ends_with("is not supported yet by apy") => {
            (error.message.clone(), 0, 0)
        }
        Some(error) => {
            let at = source.position(error.span.start);
            (error.message.clone(), at.line, at.column + 1)
        }
    }
}

#[test]
fn errors_are_cpythons() {
    let mut wrong = Vec::new();
    for &(text, message, line, column) in CASES {
        let found = first_error(text);
        if found != (message.to_owned(), line, column) {
            wrong.push(format!("{text:?}\n  want {message:?} {line}:{column}\n  have {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// Prints the first error of each source; sources come with NUL between them.
const ORACLE: &str = r#"
import sys
sys.stdin.reconfigure(newline="")
for text in sys.stdin.read().split("\0"):
    try:
        compile(text, "case", "exec")
        print("", 0, 0, sep="\t")
    except SyntaxError as e:
        print(e.msg, e.lineno, e.offset, sep="\t")
"#;

#[test]
fn the_table_is_cpythons() {
    let command = std::env::var("APY_CPYTHON").unwrap_or_else(|_| "python3.13".to_owned());
    let sources: Vec<&str> = CASES.iter().map(|case| case.0).collect();
    let child = Command::new(command)
        .args(["-W", "ignore", "-c", ORACLE])
        .env("PYENV_VERSION", "3.13.0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return eprintln!("SKIPPED: CPython 3.13 was not found");
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), sources.join("\0").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return eprintln!("SKIPPED: CPython 3.13 was not found");
    }
    let answers = String::from_utf8(output.stdout).unwrap();
    let table = CASES.iter().map(|(_, message, line, column)| format!("{message}\t{line}\t{column}"));
    for ((want, have), source) in answers.lines().zip(table).zip(sources) {
        assert_eq!(want, have, "{source:?}");
    }
}
