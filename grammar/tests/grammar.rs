//! `apy.ebnf` against the parser: names, words, and random sentences.

mod support;

use apy_grammar::token::{KEYWORDS, OPERATORS, SOFT_KEYWORDS};
use std::collections::BTreeSet;
use support::ebnf::{self, Grammar, Node};
use support::sentences::{Writer, render};
use support::{cpython, parse_error, skipped};

const TEXT: &str = include_str!("../apy.ebnf");

fn grammar() -> Grammar {
    ebnf::read(TEXT)
}

#[test]
fn every_production_is_defined_and_reachable() {
    let grammar = grammar();
    let mut reached = BTreeSet::new();
    let mut open = ["file_input", "eval_input", "function_type_input"].map(str::to_owned).to_vec();
    while let Some(name) = open.pop() {
        let production = grammar.get(&name).unwrap_or_else(|| panic!("{name} is not defined"));
        if reached.insert(name) {
            production.node.visit(&mut |node| {
                if let Node::Rule(name) = node {
                    open.push(name.clone());
                }
            });
        }
    }
    let unreached: Vec<_> = grammar.keys().filter(|name| !reached.contains(*name)).collect();
    assert!(unreached.is_empty(), "not reachable: {unreached:?}");
}

/// Rust functions of the parser that are no productions.
const HELPERS: &[&str] = &[
    "argument",
    "comma_list",
    "contents",
    "input",
    "name",
    "name_expr",
    "nothing_to_decorate",
    "rest_of_line",
    "star_targets",
    "starred_or",
    "token",
];

/// Names of functions in sources; with `rules`, only of those that return a rule.
fn functions(sources: &[&str], rules: bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources {
        for (at, _) in source.match_indices("fn ") {
            let rest = &source[at + 3..];
            let head = &rest[..rest.find('{').unwrap_or(rest.len())];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && (!rules || head.contains("-> Rule<")) {
                names.insert(name);
            }
        }
    }
    names
}

#[test]
fn productions_are_named_as_the_functions_that_read_them() {
    let parser = [
        include_str!("../src/parser/mod.rs"),
        include_str!("../src/parser/expr.rs"),
        include_str!("../src/parser/postfix.rs"),
        include_str!("../src/parser/display.rs"),
        include_str!("../src/parser/literal.rs"),
        include_str!("../src/parser/simple.rs"),
        include_str!("../src/parser/compound.rs"),
        include_str!("../src/parser/def.rs"),
        include_str!("../src/parser/pattern.rs"),
    ];
    let check = [include_str!("../src/check/target.rs")];
    let known: BTreeSet<String> =
        functions(&parser, false).union(&functions(&check, false)).cloned().collect();
    let grammar = grammar();
    let named: BTreeSet<String> = grammar.values().map(|production| production.function.clone()).collect();
    let nowhere: Vec<_> = named.difference(&known).collect();
    assert!(nowhere.is_empty(), "productions without a function: {nowhere:?}");
    let rules = functions(&parser, true);
    let missing: Vec<_> = rules
        .iter()
        .filter(|name| !grammar.contains_key(*name) && !HELPERS.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "rules without a production: {missing:?}");
}

#[test]
fn words_are_those_of_the_lexer() {
    let mut literals = BTreeSet::new();
    for production in grammar().values() {
        production.node.visit(&mut |node| {
            if let Node::Literal(text) = node {
                literals.insert(text.clone());
            }
        });
    }
    let lexer: BTreeSet<String> =
        KEYWORDS.iter().chain(SOFT_KEYWORDS).chain(OPERATORS).map(|(text, _)| (*text).to_owned()).collect();
    assert_eq!(literals, lexer);
}

#[test]
fn keywords_are_cpythons() {
    let script = "import keyword; print(*keyword.kwlist, *keyword.softkwlist)";
    let Some(output) = cpython(script, b"") else { return skipped("keywords") };
    let theirs: BTreeSet<&str> = output.split_whitespace().collect();
    // A wildcard is a name to the lexer.
    let ours = KEYWORDS.iter().chain(SOFT_KEYWORDS).map(|(text, _)| *text).chain(["_"]);
    assert_eq!(theirs, ours.collect());
}

#[test]
fn sentences_are_accepted() {
    let grammar = grammar();
    let mut texts = Vec::new();
    for seed in 0..1500 {
        let words = Writer::new(&grammar, seed).sentence("file_input", 10 + seed as usize % 60);
        let text = render(&words);
        if let Some(error) = parse_error(&text) {
            panic!("seed {seed}: {} at {:?}\n{text}", error.message, error.span);
        }
        texts.push(text);
    }
    let script = r#"
import ast, sys
sys.stdin.reconfigure(newline="")
for seed, text in enumerate(sys.stdin.read().split("\0")):
    try:
        ast.parse(text)
    except SyntaxError as e:
        print(seed, e.msg, e.lineno, e.offset, text, sep="\n")
        break
"#;
    match cpython(script, texts.join("\0").as_bytes()) {
        Some(output) => assert_eq!(output, "", "CPython refuses a sentence"),
        None => skipped("sentences"),
    }
}
