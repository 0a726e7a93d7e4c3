//! Programs by a small grammar of statements and expressions, decided by bytes.

use crate::Choices;
use crate::literal;

const NAMES: &[&str] = &["a", "b", "c", "f", "g", "x", "self", "K"];
const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "in",
    "not in", "is", "is not", "and", "or", "**",
];
const CALLED: &[&str] = &[
    "len",
    "list",
    "tuple",
    "dict",
    "set",
    "str",
    "repr",
    "int",
    "float",
    "bytes",
    "bytearray",
    "sorted",
    "sum",
    "max",
    "min",
    "iter",
    "next",
    "zip",
    "map",
    "filter",
    "enumerate",
    "reversed",
    "range",
    "type",
    "isinstance",
    "hash",
    "getattr",
    "setattr",
    "vars",
    "dir",
    "callable",
    "super",
    "property",
    "classmethod",
    "staticmethod",
    "memoryview",
    "frozenset",
    "slice",
    "divmod",
    "pow",
    "round",
    "format",
    "print",
    "object",
    "ExceptionGroup",
    "ValueError",
    "a",
    "b",
    "f",
    "g",
    "K",
    "eval",
    "exec",
    "compile",
    "globals",
    "locals",
    "any",
    "all",
    "ord",
    "chr",
    "complex",
    "abs",
    "issubclass",
    "delattr",
    "hasattr",
    "id",
    "ascii",
    "bin",
    "hex",
];
const METHODS: &[&str] = &[
    "append",
    "pop",
    "extend",
    "update",
    "send",
    "throw",
    "close",
    "split",
    "join",
    "format",
    "encode",
    "decode",
    "replace",
    "find",
    "sort",
    "insert",
    "remove",
    "keys",
    "items",
    "values",
    "get",
    "setdefault",
    "clear",
    "copy",
    "add",
    "__iter__",
    "__next__",
    "__len__",
    "__init__",
    "__class__",
    "__dict__",
    "__add__",
    "__getitem__",
    "__setitem__",
    "__call__",
    "__repr__",
    "__eq__",
    "__hash__",
    "__enter__",
    "__exit__",
    "__mro__",
    "__bases__",
    "__name__",
    "__get__",
    "__set__",
    "__traceback__",
    "__context__",
    "__cause__",
    "args",
    "with_traceback",
    "cast",
    "tolist",
    "release",
    "toreadonly",
    "gi_frame",
    "cr_await",
    "tb_next",
    "f_locals",
    "__code__",
    "__defaults__",
    "__closure__",
    "cell_contents",
    "__annotations__",
    "mro",
    "__subclasses__",
    "__new__",
    "__init_subclass__",
    "__reduce__",
    "__format__",
    "translate",
    "maketrans",
    "partition",
    "fromkeys",
    "from_bytes",
    "to_bytes",
    "__await__",
    "__aiter__",
    "__anext__",
    "asend",
];
const SPECIALS: &[&str] = &[
    "__init__",
    "__repr__",
    "__str__",
    "__len__",
    "__bool__",
    "__eq__",
    "__lt__",
    "__hash__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__contains__",
    "__iter__",
    "__next__",
    "__call__",
    "__getattr__",
    "__setattr__",
    "__delattr__",
    "__getattribute__",
    "__format__",
    "__index__",
    "__int__",
    "__float__",
    "__enter__",
    "__exit__",
    "__add__",
    "__radd__",
    "__iadd__",
    "__mul__",
    "__get__",
    "__set__",
    "__delete__",
    "__set_name__",
    "__length_hint__",
    "__new__",
    "__del__",
    "__init_subclass__",
    "__class_getitem__",
    "__missing__",
    "__instancecheck__",
    "__prepare__",
    "__reversed__",
    "__dir__",
    "__await__",
    "__aiter__",
    "__anext__",
    "__aenter__",
    "__aexit__",
    "__mro_entries__",
    "__bytes__",
    "__round__",
];

/// The text of a program.
pub fn program(choices: &mut Choices) -> String {
    let mut out =
        String::from("a = b = c = x = 3\ndef f(*a, **b): return a\ndef g(a=1, *b): yield a\nclass K: pass\n");
    while !choices.is_spent() && out.len() < 4000 {
        statement(choices, 3, 0, &mut out);
    }
    out
}

fn line(out: &mut String, indent: usize, text: &str) {
    out.push_str(&"    ".repeat(indent));
    out.push_str(text);
    out.push('\n');
}

fn block(choices: &mut Choices, depth: usize, indent: usize, out: &mut String) {
    for _ in 0..1 + choices.below(2) {
        statement(choices, depth.saturating_sub(1), indent + 1, out);
    }
}

fn statement(choices: &mut Choices, depth: usize, indent: usize, out: &mut String) {
    let kind = choices.below(if depth == 0 { 12 } else { 26 });
    let (e, n) = (expression(choices, 2), choices.pick(NAMES));
    match kind {
        0..=3 => line(out, indent, &format!("{n} = {e}")),
        4 => line(out, indent, &format!("{n} {}= {e}", choices.pick(&BINARY[..12]))),
        5 => line(out, indent, &format!("{n}, *{} = {e}", choices.pick(NAMES))),
        6 => line(out, indent, &format!("del {n}{}", choices.pick(&["", "[0]", "[:]", ".x", "[::2]"]))),
        7 => line(out, indent, &format!("{n}[{}] = {e}", expression(choices, 1))),
        8 => line(out, indent, &format!("{n}.{} = {e}", choices.pick(METHODS))),
        9 => line(
            out,
            indent,
            &format!(
                "{} {e}",
                choices.pick(&[
                    "assert",
                    "raise",
                    "return",
                    "yield",
                    "yield from",
                    "await",
                    "raise ValueError from"
                ])
            ),
        ),
        10 => line(
            out,
            indent,
            choices.pick(&[
                "pass",
                "break",
                "continue",
                "raise",
                "global a",
                "nonlocal b",
                "return",
                "import sys",
                "from math import *",
                "type T = int",
                "x: int = 5",
            ]),
        ),
        11 => line(out, indent, &e),
        12 | 13 => {
            line(out, indent, "try:");
            block(choices, depth, indent, out);
            line(
                out,
                indent,
                choices.pick(&[
                    "except Exception as x:",
                    "except BaseException:",
                    "except (ValueError, TypeError) as a:",
                    "finally:",
                    "except* Exception as b:",
                    "except a:",
                ]),
            );
            block(choices, depth, indent, out);
        }
        14 | 15 => {
            line(out, indent, &format!("{}for {n} in {e}:", choices.pick(&["", "", "", "async "])));
            block(choices, depth, indent, out);
            line(out, indent, "    break");
        }
        16 => {
            line(out, indent, &format!("if {e}:"));
            block(choices, depth, indent, out);
            line(out, indent, "else:");
            block(choices, depth, indent, out);
        }
        17 | 18 => {
            let parameters =
                choices.pick(&["", "a", "a, b=1", "*a", "a, /, b", "*, a=2", "a, *b, c, **x", "self, *a"]);
            line(out, indent, &format!("{}def {n}({parameters}):", choices.pick(&["", "", "async "])));
            block(choices, depth, indent, out);
        }
        19..=21 => {
            line(
                out,
                indent,
                &format!(
                    "class {n}({}):",
                    choices.pick(&[
                        "",
                        "K",
                        "int",
                        "list",
                        "dict",
                        "str",
                        "type",
                        "Exception",
                        "K, int",
                        "metaclass=K",
                        "object",
                        "bytes",
                        "tuple",
                        "a"
                    ])
                ),
            );
            for _ in 0..1 + choices.below(3) {
                line(out, indent + 1, &format!("def {}(self, *a, **b):", choices.pick(SPECIALS)));
                block(choices, 0, indent + 1, out);
                line(out, indent + 2, &format!("return {}", expression(choices, 1)));
            }
        }
        22 => {
            line(out, indent, &format!("{}with {e} as {n}:", choices.pick(&["", "", "async "])));
            block(choices, depth, indent, out);
        }
        23 => {
            line(out, indent, &format!("match {e}:"));
            for _ in 0..1 + choices.below(2) {
                line(
                    out,
                    indent + 1,
                    &format!(
                        "case {}:",
                        choices.pick(&[
                            "_",
                            "a",
                            "[a, *b]",
                            "{'k': a, **b}",
                            "K(x=1)",
                            "int() | str()",
                            "(1, 2)",
                            "None",
                            "-1",
                            "'a' as c",
                            "[a, [b, c]]",
                            "a if b"
                        ])
                    ),
                );
                block(choices, depth, indent + 1, out);
            }
        }
        24 => {
            line(out, indent, &format!("{n} = 0"));
            line(out, indent, &format!("while {n} < 3:"));
            line(out, indent + 1, &format!("{n} += 1"));
            block(choices, depth, indent, out);
        }
        _ => {
            line(
                out,
                indent,
                &format!(
                    "@{}",
                    choices.pick(&["property", "classmethod", "staticmethod", "f", "K", "(lambda f: f)"])
                ),
            );
            line(out, indent, &format!("def {n}(self, *a):"));
            block(choices, depth, indent, out);
        }
    }
}

fn expression(choices: &mut Choices, depth: usize) -> String {
    if depth == 0 {
        return if choices.below(2) == 0 { choices.pick(NAMES).to_owned() } else { literal::value(choices) };
    }
    let mut e = || expression(choices, depth - 1);
    let (left, right) = (e(), e());
    match choices.below(18) {
        0..=3 => {
            // Great powers and shifts are only slow.
            let operator = choices.pick(BINARY);
            if matches!(operator, "**" | "<<") {
                format!("({left} {operator} 5)")
            } else {
                format!("({left} {operator} {right})")
            }
        }
        4..=6 => format!(
            "{}({left}{})",
            choices.pick(CALLED),
            choices.pick(&["", ", 1", ", *a", ", **b", ", key=a", ", b, c"])
        ),
        7..=9 => format!("({left}).{}({right})", choices.pick(METHODS)),
        10 => format!("({left}).{}", choices.pick(METHODS)),
        11 => format!(
            "({left})[{}]",
            choices.pick(&["0", "-1", "1:", "::-1", "a", "'k'", "1:2:3", "...", "a:b"])
        ),
        12 => format!("[{left} for {} in {right}]", choices.pick(NAMES)),
        13 => format!("(lambda {}: {left})", choices.pick(&["", "a", "*a", "a, b=1", "**a"])),
        14 => format!("({left} if {right} else a)"),
        15 => format!("[*{left}, {right}]"),
        16 => format!("{{{left}: {right}, **a}}"),
        _ => format!(
            "f\"{{({}){}}}\"",
            choices.pick(NAMES),
            choices.pick(&["", "!r", ":>5", "=", ":{a}", "!s:d"])
        ),
    }
}
