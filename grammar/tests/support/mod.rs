//! What the grammar's tests share.
#![allow(dead_code, reason = "each test uses some of it")]

pub mod ebnf;
pub mod sentences;

use apy_grammar::{Diagnostic, Mode, Phase, SourceFile, parse};
use std::io::Write;
use std::process::{Command, Stdio};

/// A small generator of reproducible numbers (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What a script prints under CPython 3.13, given `input`; nothing where there is no CPython.
pub fn cpython(script: &str, input: &[u8]) -> Option<String> {
    let command = std::env::var("APY_CPYTHON").unwrap_or_else(|_| "python3.13".to_owned());
    let mut child = Command::new(command)
        .args(["-W", "ignore", "-c", script])
        .env("PYENV_VERSION", "3.13.0")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_vec();
    // The child may answer before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).expect("the scripts print UTF-8"))
}

/// Say aloud that a comparison did not take place.
pub fn skipped(what: &str) {
    eprintln!("\n*** SKIPPED: {what}: CPython 3.13 was not found ***\n");
}

/// The first error that CPython, too, finds while parsing.
pub fn parse_error(text: &str) -> Option<Diagnostic> {
    let source = SourceFile::new("test", text);
    let parsed = parse(&source, Mode::Module);
    parsed.first_error().filter(|diagnostic| diagnostic.phase <= Phase::Parser).cloned()
}
