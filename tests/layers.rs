//! Checks the shape of the sources: which module may use which, sizes of files, words that must not
//! occur. The table is the one in `src/lib.rs`; change it there first.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module of `src/` with the modules it may name. `syntax` stands for the crate `apy_grammar`,
/// of which `source` alone (text and spans) is open to the right-hand column too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("diagnostics", &["source", "syntax"]),
    ("bytecode", &["source"]),
    ("allocator", &[]),
    ("streams", &[]),
    ("resolve", &["source", "syntax", "diagnostics"]),
    ("object", &["source", "bytecode"]),
    ("compile", &["source", "syntax", "diagnostics", "resolve", "bytecode"]),
    ("vm", &["source", "bytecode", "object"]),
    ("tree", &["source", "syntax", "object"]),
    ("event_loop", &["source", "bytecode", "object"]),
    ("library", &["source", "object", "event_loop"]),
    (
        "session",
        &[
            "source",
            "syntax",
            "diagnostics",
            "resolve",
            "bytecode",
            "compile",
            "object",
            "tree",
            "vm",
            "event_loop",
            "library",
        ],
    ),
    ("testing", &["source", "syntax", "session"]),
    ("cli", &["allocator", "source", "syntax", "diagnostics", "session", "testing", "repl"]),
    ("repl", &["source", "syntax", "diagnostics", "session"]),
];

/// What `apy_grammar` offers of the layer `source`: text and places in it.
const SOURCE_NAMES: &[&str] = &["source", "SourceFile", "Span", "Position", "surrogate"];

/// Foreign crates that have one home each.
const HOMES: &[(&str, &[&str])] = &[
    ("ariadne", &["src/diagnostics"]),
    ("libmimalloc_sys", &["src/allocator.rs"]),
    ("logos", &["grammar/src"]),
    ("chumsky", &["grammar/src"]),
    ("rustyline", &["src/repl"]),
    ("clap", &["src/cli"]),
    ("similar", &["src/testing"]),
    ("quick_junit", &["src/testing"]),
    ("indicatif", &["src/testing"]),
    ("ignore", &["src/testing"]),
    ("notify", &["src/testing"]),
    ("regex_lite", &["src/testing"]),
    ("serde_json", &["src/testing"]),
];

/// The modules whose speed rests on unchecked access (see the design's chapter on values), and
/// the allocator.
const MAY_BE_UNSAFE: &[&str] = &[
    "src/allocator.rs",
    "src/allocator/",
    "src/object/value.rs",
    "src/object/heap.rs",
    "src/object/heap/",
    "src/vm/fiber.rs",
    "src/vm/registers.rs",
];

const FORBIDDEN_MACROS: &[&str] = &["todo", "unimplemented", "dbg"];

/// Lines at which a file is too long to be pleasant, and too long to be accepted.
const WARN_LINES: usize = 500;
const MOST_LINES: usize = 700;
/// The one match over all instructions cannot be split without hiding control flow in macros.
const MAY_BE_LONG: &[&str] = &["src/vm/run.rs"];

#[test]
fn modules_use_only_the_layers_below() {
    let mut problems = Vec::new();
    for file in sources() {
        let Some(module) = file.module() else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            problems.push(format!("{}: the module `{module}` is not in the table", file.name));
            continue;
        };
        for (line, used) in file.used_modules() {
            let is_known =
                MAY_USE.iter().any(|(name, _)| *name == used) || used == "syntax" || used == "source";
            if is_known && used != module && !allowed.contains(&used.as_str()) {
                problems.push(format!("{}:{line}: `{module}` must not use `{used}`", file.name));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn foreign_crates_stay_at_home() {
    let mut problems = Vec::new();
    for file in sources() {
        for (name, homes) in HOMES {
            if homes.iter().any(|home| file.name.starts_with(home)) {
                continue;
            }
            for (line, path) in file.paths() {
                if path[0] == *name && path.len() > 1 {
                    problems.push(format!(
                        "{}:{line}: `{name}` belongs in {}",
                        file.name,
                        homes.join(" or ")
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn files_stay_short() {
    let mut problems = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > MOST_LINES && !MAY_BE_LONG.contains(&file.name.as_str()) {
            problems.push(format!("{}: {lines} lines, at most {MOST_LINES} are accepted", file.name));
        } else if lines > WARN_LINES {
            eprintln!("warning: {} has {lines} lines; think of splitting it", file.name);
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn forbidden_words_do_not_occur() {
    let mut problems = Vec::new();
    for file in sources() {
        let tokens = file.tokens();
        for pair in tokens.windows(2) {
            let (line, word) = &pair[0];
            let follows_bang = pair[1].1 == "!";
            if FORBIDDEN_MACROS.contains(&word.as_str()) && follows_bang {
                problems.push(format!("{}:{line}: `{word}!` is not finished work", file.name));
            }
            if word == "unsafe" && !MAY_BE_UNSAFE.iter().any(|place| file.name.starts_with(place)) {
                problems.push(format!("{}:{line}: `unsafe` outside {}", file.name, MAY_BE_UNSAFE.join(", ")));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

struct SourceFile {
    /// The path from the repository's root.
    name: String,
    text: String,
    /// `text` with comments and the insides of literals turned into spaces.
    code: String,
}

fn sources() -> Vec<SourceFile> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    collect(&root.join("grammar/src"), &mut paths);
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        SourceFile { name, code: without_comments(&text), text }
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
}

impl SourceFile {
    /// The path of modules from the root of `src/`: `src/vm/ops/arith.rs` is `vm`, `ops`, `arith`.
    fn module_path(&self) -> Vec<&str> {
        let Some(inner) = self.name.strip_prefix("src/") else { return Vec::new() };
        let mut parts: Vec<&str> = inner.trim_end_matches(".rs").split('/').collect();
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        if parts == ["lib"] || parts == ["main"] { Vec::new() } else { parts }
    }

    /// The top-level module this file belongs to; the roots belong to none.
    fn module(&self) -> Option<&str> {
        self.module_path().first().copied()
    }

    /// Identifiers and punctuation characters, each with its line number.
    fn tokens(&self) -> Vec<(usize, String)> {
        let mut tokens: Vec<(usize, String)> = Vec::new();
        let mut in_word = false;
        let mut line = 1;
        for c in self.code.chars() {
            let is_word = c.is_alphanumeric() || c == '_';
            if is_word && in_word {
                tokens.last_mut().expect("a word was begun").1.push(c);
            } else if !c.is_whitespace() {
                tokens.push((line, c.to_string()));
            }
            in_word = is_word;
            line += (c == '\n') as usize;
        }
        tokens
    }

    /// Every path `a::b::c`, with `use` trees taken apart into one path per leaf.
    fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let tokens = self.tokens();
        let mut paths = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let after_path_separator = at > 0 && tokens[at - 1].1 == ":";
            if is_word(&tokens[at].1) && !after_path_separator {
                at = read_path(&tokens, at, Vec::new(), &mut paths);
            } else {
                at += 1;
            }
        }
        paths
    }

    /// The layers named by paths that start at the crate's root.
    fn used_modules(&self) -> Vec<(usize, String)> {
        let depth = self.module_path().len();
        let mut used = Vec::new();
        for (line, path) in self.paths() {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let from_root = match path[0].as_str() {
                "crate" => &path[1..],
                "super" if ups >= depth => &path[ups..],
                "apy_grammar" => {
                    let is_source = path.get(1).is_some_and(|part| SOURCE_NAMES.contains(&part.as_str()));
                    used.push((line, if is_source { "source" } else { "syntax" }.to_owned()));
                    continue;
                }
                _ => continue,
            };
            if let Some(first) = from_root.first() {
                used.push((line, first.clone()));
            }
        }
        used
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads the path that starts at `at`, `::{a, b::c}` included; returns where it ends.
fn read_path(
    tokens: &[(usize, String)],
    mut at: usize,
    prefix: Vec<String>,
    paths: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let line = tokens[at].0;
    let mut path = prefix;
    path.push(tokens[at].1.clone());
    at += 1;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.1.as_str());
    while text(at) == ":" && text(at + 1) == ":" {
        at += 2;
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                at = if is_word(text(at)) { read_path(tokens, at, path.clone(), paths) } else { at + 1 };
            }
            return at + 1;
        }
        if !is_word(text(at)) {
            break;
        }
        path.push(text(at).to_owned());
        at += 1;
    }
    paths.push((line, path));
    at
}

/// Turns comments and the insides of string and character literals into spaces, lines kept.
fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut code = String::with_capacity(text.len());
    let blank = |code: &mut String, c: char| code.push(if c == '\n' { '\n' } else { ' ' });
    let mut at = 0;
    while at < chars.len() {
        let end = match (get(at), get(at + 1)) {
            ('/', '/') => end_of_line(&chars, at),
            ('/', '*') => end_of_block(&chars, at),
            ('"', _) => end_of_string(&chars, at),
            ('r', '"' | '#') if !at.checked_sub(1).is_some_and(|i| is_word(&get(i).to_string())) => {
                end_of_raw_string(&chars, at)
            }
            ('\'', _) => end_of_char(&chars, at),
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            (at..end).for_each(|i| blank(&mut code, chars[i]));
            at = end;
        }
    }
    code
}

fn end_of_line(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| at + n)
}

fn end_of_block(chars: &[char], at: usize) -> usize {
    let (mut depth, mut end) = (1, at + 2);
    while end < chars.len() && depth > 0 {
        match (chars[end], chars.get(end + 1)) {
            ('/', Some('*')) => (depth, end) = (depth + 1, end + 2),
            ('*', Some('/')) => (depth, end) = (depth - 1, end + 2),
            _ => end += 1,
        }
    }
    end
}

fn end_of_string(chars: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

/// `r"…"` or `r#"…"#`; `at` itself where it is a raw identifier such as `r#type`.
fn end_of_raw_string(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let mut end = at + hashes + 2;
    while end < chars.len() {
        let closes =
            chars[end] == '"' && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        if closes {
            return end + 1 + hashes;
        }
        end += 1;
    }
    end
}

/// `'x'` or `'\n'`; `at` itself where it is a lifetime.
fn end_of_char(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        let close = chars[at + 3..].iter().position(|c| *c == '\'');
        return close.map_or(at, |n| at + 3 + n + 1);
    }
    if chars.get(at + 2) == Some(&'\'') { at + 3 } else { at }
}

#[test]
fn the_checker_sees_through_use_trees_and_comments() {
    let text = "// use crate::cli;\nuse crate::{object::Value, vm::{self, Vm}};\nlet s = \"crate::repl\"; let c = '\\'';\nfn f<'a>(x: &'a super::super::compile::X) { r#\"unsafe\"# }";
    let file = SourceFile { name: "src/vm/run.rs".into(), code: without_comments(text), text: text.into() };
    let used: Vec<String> = file.used_modules().into_iter().map(|(_, name)| name).collect();
    assert_eq!(used, ["object", "vm", "vm", "compile"]);
    assert!(!file.tokens().iter().any(|(_, word)| word == "unsafe"));
}
