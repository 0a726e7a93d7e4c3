//! `apy tokens`, `apy ast`, `apy dis`: the text form of each stage.

use crate::{diagnostics, session};
use apy_grammar::SourceFile;
use std::io::Write;
use std::rc::Rc;

/// Print `text`; a closed pipe ends it quietly.
pub fn print(text: &str) -> i32 {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            eprintln!("apy: cannot write: {error}");
            1
        }
    }
}

/// The tokens of the source.
pub fn tokens(source: &SourceFile) -> i32 {
    print(&apy_grammar::dump_tokens(source))
}

/// The tree of the source, and what is wrong with it.
pub fn ast(source: &SourceFile) -> i32 {
    let parsed = apy_grammar::parse(source, apy_grammar::Mode::Module);
    let code = print(&apy_grammar::dump_ast(&parsed.module, source));
    report(&parsed.diagnostics, source).max(code)
}

/// The instructions of the source.
pub fn disassembly(source: &Rc<SourceFile>) -> i32 {
    match session::compile_source(source) {
        Ok((code, warnings)) => {
            report(&warnings, source);
            print(&session::disassembly(&code))
        }
        Err(found) => report(&found, source),
    }
}

fn report(found: &[apy_grammar::Diagnostic], source: &SourceFile) -> i32 {
    let colour = diagnostics::use_colour();
    eprint!("{}", diagnostics::render_all(found, source, colour));
    i32::from(found.iter().any(|diagnostic| diagnostic.kind.is_error()))
}
