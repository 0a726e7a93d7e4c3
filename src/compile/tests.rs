use super::{Mode, compile};
use crate::bytecode::{disassemble, verify};
use apy_grammar::SourceFile;
use std::rc::Rc;

fn listing(text: &str) -> String {
    let source = Rc::new(SourceFile::new("test", text));
    let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let code = compile(&parsed.module, &source, Mode::Module).unwrap_or_else(|e| panic!("{e:?}"));
    let text = disassemble(&code);
    if let Err(error) = verify(code) {
        panic!("{error}\n{text}");
    }
    text
}

/// A listing for whoever works on the compiler: `APY_DIS=file cargo test show -- --nocapture`.
#[test]
fn show() {
    if let Ok(path) = std::env::var("APY_DIS") {
        let text = std::fs::read_to_string(path).unwrap();
        println!("{}", listing(&text));
    }
}
