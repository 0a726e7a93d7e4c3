//! The parser against CPython's: its standard library is read without a complaint, and trees are
//! the same. Without CPython 3.13 these tests are skipped.

mod support;

use apy_grammar::ast::{BoolOperator, Expr, ExprKind, StmtKind, UnaryOperator};
use apy_grammar::{Mode, SourceFile, dump_ast, parse};
use std::path::{Path, PathBuf};
use support::ebnf;
use support::sentences::{Writer, render};
use support::{Random, cpython, skipped};

/// The folder of CPython's standard library.
fn library() -> Option<PathBuf> {
    let folder = cpython("import ast, os; print(os.path.dirname(ast.__file__))", b"")?;
    Some(PathBuf::from(folder.trim()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("CPython's library can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("so can its entries").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    files
}

#[test]
fn the_standard_library_is_read_without_a_complaint() {
    let Some(library) = library() else { return skipped("the standard library") };
    let mut wrong = Vec::new();
    let folders =
        ["", "asyncio", "json", "collections", "concurrent/futures", "importlib", "unittest", "email"];
    for path in folders.iter().flat_map(|folder| files(&library.join(folder))) {
        let text = std::fs::read_to_string(&path).expect("it is UTF-8");
        let source = SourceFile::new(path.display().to_string(), text);
        for diagnostic in parse(&source, Mode::Module).diagnostics {
            // apy's own refusal.
            if !diagnostic.message.starts_with("lone surrogate") {
                let place = source.position(diagnostic.span.start);
                wrong.push(format!("{}:{}: {}", source.name(), place.line, diagnostic.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn case(text: String) -> String {
    let source = SourceFile::new("test", text);
    let dump = dump_ast(&parse(&source, Mode::Module).module, &source);
    format!("{}\u{1}{dump}", source.text())
}

#[test]
fn trees_are_cpythons() {
    let grammar = ebnf::read(include_str!("../apy.ebnf"));
    let mut cases = vec![case(include_str!("sample.apy").to_owned())];
    for seed in 0..800 {
        let words = Writer::new(&grammar, 50_000 + seed).sentence("file_input", 10 + seed as usize % 60);
        cases.push(case(render(&words)));
    }
    if let Some(library) = library() {
        let files = files(&library.join("asyncio"));
        cases.extend(files.iter().map(|path| case(std::fs::read_to_string(path).expect("it is UTF-8"))));
    }
    match cpython(include_str!("trees.py"), cases.join("\0").as_bytes()) {
        Some(output) => assert_eq!(output, ""),
        None => skipped("trees"),
    }
}

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^", "and", "or", "<", "==", "is",
    "is not", "in", "not in", "if",
];

fn random_expression(random: &mut Random) -> String {
    let mut text = String::new();
    for position in 0..2 + random.below(8) {
        if position > 0 {
            match *random.pick(OPERATORS) {
                "if" => text.push_str(" if b else "),
                operator => text.push_str(&format!(" {operator} ")),
            }
        }
        for _ in 0..random.below(3) {
            text.push_str(random.pick::<&str>(&["-", "~", "+", "not ", "await ", ""]));
        }
        text.push_str(random.pick::<&str>(&["a", "(b + c)", "d.e", "f(g)", "h[i]"]));
    }
    text
}

/// Every operator with brackets around its operands.
fn bracketed(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::BinOp(left, operator, right) => {
            format!("({} {operator:?} {})", bracketed(left), bracketed(right))
        }
        ExprKind::UnaryOp(operator, operand) => {
            let name = match operator {
                UnaryOperator::Invert => "Invert",
                UnaryOperator::Not => "Not",
                UnaryOperator::UAdd => "UAdd",
                UnaryOperator::USub => "USub",
            };
            format!("({name} {})", bracketed(operand))
        }
        ExprKind::BoolOp(operator, operands) => {
            let name = if *operator == BoolOperator::And { "And" } else { "Or" };
            format!("({name} {})", operands.iter().map(bracketed).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Compare(first, rest) => {
            let rest: String =
                rest.iter().map(|(op, operand)| format!(" {op:?} {}", bracketed(operand))).collect();
            format!("({}{rest})", bracketed(first))
        }
        ExprKind::IfExp(node) => {
            format!(
                "({} if {} else {})",
                bracketed(&node.body),
                bracketed(&node.test),
                bracketed(&node.orelse)
            )
        }
        ExprKind::Await(operand) => format!("(Await {})", bracketed(operand)),
        ExprKind::Attribute(object, name) => format!("{}.{}", bracketed(object), name.name),
        ExprKind::Call(_) => "f(g)".to_owned(),
        ExprKind::Subscript(..) => "h[i]".to_owned(),
        other => panic!("not among the operators: {other:?}"),
    }
}

const BRACKETED: &str = r#"
import ast, sys
def show(e):
    name = lambda op: type(op).__name__
    match e:
        case ast.Name(): return e.id
        case ast.BinOp(): return f"({show(e.left)} {name(e.op)} {show(e.right)})"
        case ast.UnaryOp(): return f"({name(e.op)} {show(e.operand)})"
        case ast.BoolOp(): return f"({name(e.op)} {' '.join(map(show, e.values))})"
        case ast.Compare():
            return f"({show(e.left)}{''.join(f' {name(o)} {show(c)}' for o, c in zip(e.ops, e.comparators))})"
        case ast.IfExp(): return f"({show(e.body)} if {show(e.test)} else {show(e.orelse)})"
        case ast.Await(): return f"(Await {show(e.value)})"
        case ast.Attribute(): return f"{show(e.value)}.{e.attr}"
        case ast.Call(): return "f(g)"
        case ast.Subscript(): return "h[i]"
for line in sys.stdin:
    try:
        print(show(ast.parse(line).body[0].value))
    except SyntaxError:
        print("wrong")
"#;

#[test]
fn operators_bind_as_in_cpython() {
    let mut random = Random::new(11);
    let texts: Vec<String> = (0..4000).map(|_| random_expression(&mut random)).collect();
    let Some(output) = cpython(BRACKETED, texts.join("\n").as_bytes()) else { return skipped("operators") };
    let mut right = 0;
    for (text, theirs) in texts.iter().zip(output.lines()) {
        let parsed = parse(&SourceFile::new("test", text.as_str()), Mode::Module);
        let ours = match parsed.module.body.first().map(|stmt| &stmt.kind) {
            _ if parsed.has_errors() => "wrong".to_owned(),
            Some(StmtKind::Expr(expr)) => bracketed(expr),
            other => panic!("{other:?}"),
        };
        right += usize::from(ours != "wrong");
        assert_eq!(ours, theirs, "{text}");
    }
    assert!(right > 1000, "most of the expressions were wrong");
}
