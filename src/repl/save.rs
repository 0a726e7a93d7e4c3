//! A session as a script that prints what the session showed.

use apy_grammar::ast::StmtKind;
use apy_grammar::{Mode, SourceFile, TokenKind};
use std::rc::Rc;

/// The script. Values that the prompt showed are shown by `sys.displayhook`; what awaits needs a
/// coroutine around all of it.
pub fn script(inputs: &[Rc<SourceFile>]) -> String {
    let mut body = String::new();
    let mut awaits = false;
    let mut names: Vec<String> = Vec::new();
    for source in inputs {
        let parsed = apy_grammar::parse(source, Mode::Interactive);
        let mut done = 0;
        let text = source.text();
        for stmt in &parsed.module.body {
            if let StmtKind::Expr(_) = &stmt.kind {
                let (start, end) = (stmt.span.start as usize, stmt.span.end as usize);
                body.push_str(&text[done..start]);
                body.push_str(&format!("sys.displayhook({})", &text[start..end]));
                done = end;
            }
        }
        body.push_str(text[done..].trim_end());
        body.push('\n');
    }
    let whole = SourceFile::new("", body.as_str());
    let tokens = apy_grammar::tokenize(&whole).tokens;
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        let is_word = |at: usize, kind| tokens.get(at).is_some_and(|token| token.kind == kind);
        match token.kind {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth -= 1,
            TokenKind::Await if depth == 0 => awaits = true,
            TokenKind::Async if !is_word(at + 1, TokenKind::Def) => awaits |= depth == 0,
            _ => {}
        }
        if token.kind == TokenKind::Name {
            names.push(whole.slice(token.span).to_owned());
        }
    }
    if !awaits {
        return format!("import sys\n\n{body}");
    }
    let bound = bound_names(inputs);
    names.retain(|name| bound.contains(name));
    names.sort();
    names.dedup();
    // Lines that begin within a string must stay as they are.
    let strings: Vec<_> = tokens
        .iter()
        .filter(|token| {
            matches!(token.kind, TokenKind::String | TokenKind::FStringMiddle | TokenKind::FStringRawMiddle)
        })
        .map(|token| token.span)
        .collect();
    let mut script = "import asyncio\nimport sys\n\n\nasync def session():\n".to_owned();
    if !names.is_empty() {
        script.push_str(&format!("    global {}\n", names.join(", ")));
    }
    let mut start = 0;
    for line in body.split_inclusive('\n') {
        let is_inside = strings.iter().any(|span| (span.start as usize) < start && start < span.end as usize);
        if !is_inside && !line.trim().is_empty() {
            script.push_str("    ");
        }
        script.push_str(line);
        start += line.len();
    }
    script.push_str("\n\nasyncio.run(session())\n");
    script
}

/// The names that inputs bind at their top level.
fn bound_names(inputs: &[Rc<SourceFile>]) -> Vec<String> {
    inputs
        .iter()
        .flat_map(|source| {
            let parsed = apy_grammar::parse(source, Mode::Interactive);
            crate::session::prompt::bound_names(&parsed.module)
        })
        .collect()
}
