mod dataflow;

use super::{Mode, compile};
use crate::bytecode::{Code, archive, disassemble, verify};
use apy_grammar::SourceFile;
use std::rc::Rc;

fn listing(text: &str) -> String {
    let source = Rc::new(SourceFile::new("test", text));
    let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let code = compile(&parsed.module, &source, Mode::Module).unwrap_or_else(|e| panic!("{e:?}"));
    let text = disassemble(&code);
    assert_eq!(dataflow::faults(&code), [""; 0], "{text}");
    if let Err(error) = verify(code) {
        panic!("{error}\n{text}");
    }
    text
}

/// The listings of `forms.txt`; `APY_BLESS=1` writes them anew.
#[test]
fn forms() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/compile/tests/forms.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut rewritten = String::new();
    for section in format!("\n{text}").split("\n== ").skip(1) {
        let (title, rest) = section.split_once('\n').unwrap();
        let source = rest.split("-- code\n").next().unwrap().trim_end();
        rewritten += &format!("== {title}\n{source}\n-- code\n{}\n", listing(&format!("{source}\n")));
    }
    if std::env::var_os("APY_BLESS").is_some() {
        return std::fs::write(path, rewritten).unwrap();
    }
    for (want, have) in text.lines().zip(rewritten.lines()) {
        assert_eq!(want, have);
    }
    assert_eq!(text, rewritten);
}

/// A code read from its archive is the code that was written: all forms, each with every kind of
/// constant, and names and spans as they were.
#[test]
fn archives_hold_all_of_a_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/compile/tests/forms.txt");
    let constants = "x = (None, True, False, ..., -5, 1 << 70, 12345678901234567890123, 1.5, 2j, 'é', b'\\xff')\n\
                     y = x in {1, 'a', (2, b'')} or -0.0 or '\\ud800'\n";
    let text = std::fs::read_to_string(path).unwrap();
    let text = format!("\n{text}");
    let forms = text.split("\n== ").skip(1).map(|section| {
        let source = section.split_once('\n').unwrap().1.split("-- code\n").next().unwrap();
        format!("{source}\n")
    });
    let mut count = 0;
    for text in forms.chain([constants.to_owned(), String::new()]) {
        let source = Rc::new(SourceFile::new("test", text));
        let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
        let code = compile(&parsed.module, &source, Mode::Module).unwrap_or_else(|e| panic!("{e:?}"));
        let written = archive::write(&code);
        let read = archive::load(written.clone().leak(), Rc::clone(&source));
        assert_same(&code, &read);
        // Reading loses nothing that writing does not.
        assert_eq!(archive::write(&read), written);
        count += 1;
    }
    assert!(count > 20, "{count}");
}

/// All that is in the codes and in those nested in them is equal.
fn assert_same(written: &Code, read: &Code) {
    let all_but_children = |code: &Code| {
        let children: Vec<_> = code.children.iter().map(|child| child.captures.clone()).collect();
        format!(
            "{:?}",
            (
                (&code.name, &code.qualname, code.kind, code.flavor, code.first_line, &code.parameters),
                (code.register_count, &code.free_names, &code.cell_names, &code.local_names),
                (&code.inlined_names, code.spill, code.future_annotations, code.reads_locals, &code.doc),
                (&code.words, &code.constants, &code.caches, &code.exceptions, &code.spans, children),
            )
        )
    };
    assert_eq!(all_but_children(written), all_but_children(read));
    assert_eq!(written.children.len(), read.children.len());
    for (written, read) in written.children.iter().zip(&read.children) {
        assert!(read.known_code().is_none(), "children are read when they are asked for");
        assert_same(written.code(), read.code());
    }
}

/// A listing for whoever works on the compiler: `APY_DIS=file cargo test show -- --nocapture`.
#[test]
fn show() {
    if let Ok(path) = std::env::var("APY_DIS") {
        let text = std::fs::read_to_string(path).unwrap();
        println!("{}", listing(&text));
    }
}

/// Compiles and verifies every file that `APY_COMPILE` names, one path per line.
#[test]
fn compile_many() {
    let Ok(list) = std::env::var("APY_COMPILE") else { return };
    let (mut good, mut bad) = (0, 0);
    for path in std::fs::read_to_string(list).unwrap().lines() {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let source = Rc::new(SourceFile::new(path, text));
        let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
        if parsed.has_errors() {
            let first = &parsed.diagnostics[0];
            println!("PARSE {path}:{}: {}", source.line(first.span.start), first.message);
            continue;
        }
        match compile(&parsed.module, &source, Mode::Module) {
            Err(errors) => {
                for error in errors {
                    println!("REFUSED {path}:{}: {}", source.line(error.span.start), error.message);
                }
                bad += 1;
            }
            Ok(code) => {
                for fault in dataflow::faults(&code) {
                    println!("FLOW {path}: {fault}");
                }
                match verify(code) {
                    Ok(_) => good += 1,
                    Err(error) => println!("VERIFY {path}: {error}"),
                }
            }
        }
    }
    println!("{good} good, {bad} refused");
}

/// Prints what each instruction underlines, for `tests/spans.py`.
#[test]
fn spans() {
    let Ok(path) = std::env::var("APY_SPANS") else { return };
    let source = Rc::new(SourceFile::new("case", std::fs::read_to_string(path).unwrap()));
    let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
    let code = compile(&parsed.module, &source, Mode::Module).unwrap_or_else(|e| panic!("{e:?}"));
    show_spans(&code);
}

fn show_spans(code: &crate::bytecode::Code) {
    let mut at = 0;
    while let Some(word) = code.words.get(at).and_then(|&word| crate::bytecode::Word::decode(word)) {
        let last = at + word.op.length() - 1;
        let [a, b] = [code.spans[last].start, code.spans[last].end].map(|o| code.source.position(o));
        let first = [code.spans[at].start, code.spans[at].end].map(|o| code.source.position(o));
        println!(
            "SPAN {} {:?} {} {} {} {} / {} {} {} {}",
            code.qualname,
            word.op,
            a.line,
            a.column,
            b.line,
            b.column,
            first[0].line,
            first[0].column,
            first[1].line,
            first[1].column,
        );
        at += word.op.length();
    }
    code.children.iter().for_each(|child| show_spans(child.code()));
}
