//! The parser never panics, never runs out of stack, and takes time in proportion.

mod support;

use apy_grammar::{Diagnostic, Mode, SourceFile, dump_ast, dump_tokens, parse};
use std::time::{Duration, Instant};
use support::Random;

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    parse(&SourceFile::new("test", text), Mode::Module).diagnostics
}

fn messages(text: &str) -> Vec<String> {
    diagnostics(text).into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn limits_are_cpythons() {
    let brackets = |n: usize| format!("{}{}\n", "(".repeat(n), ")".repeat(n));
    assert_eq!(messages(&brackets(200)), [""; 0]);
    assert_eq!(messages(&brackets(201)), ["too many nested parentheses"]);

    let indents = |n: usize| {
        let mut text: String = (0..n).map(|level| format!("{}if x:\n", " ".repeat(level))).collect();
        text.push_str(&format!("{}y\n", " ".repeat(n)));
        text
    };
    assert_eq!(messages(&indents(99)), [""; 0]);
    assert!(messages(&indents(100)).contains(&"too many levels of indentation".to_owned()));

    let f_strings = |n: usize| format!("{}1{}\n", "f'{".repeat(n), "}'".repeat(n));
    assert_eq!(messages(&f_strings(149)), [""; 0]);
    assert!(messages(&f_strings(150)).contains(&"too many nested f-strings".to_owned()));

    assert_eq!(messages("f'{a:{b:{c}}}'\n"), [""; 0]);
    assert_eq!(messages("f'{a:{b:{c:{d}}}}'\n"), ["f-string: expressions nested too deeply"]);
}

#[test]
fn deep_expressions_are_refused_once() {
    for (before, after, tail) in [
        ("-", "a", ""),
        ("not ", "a", ""),
        ("a**", "a", ""),
        ("lambda: ", "a", ""),
        ("a if b else ", "c", ""),
        ("", "a", "+a"),
        ("", "a", ".a"),
        ("", "a", "()"),
        ("", "a", "[0]"),
        ("", "a", "|a"),
    ] {
        let deep = |n: usize| format!("{}{after}{}\n", before.repeat(n), tail.repeat(n));
        assert_eq!(messages(&deep(1990)), [""; 0], "{before}{after}{tail}");
        let found = messages(&deep(2100));
        let expected = found.iter().filter(|message| *message == "too many nested expressions").count();
        assert_eq!(expected, 1, "{before}{after}{tail}: {found:?}");
    }
    // These are flat.
    for text in ["a and ".repeat(20_000) + "a", "a < ".repeat(20_000) + "a", "'s' ".repeat(20_000)] {
        assert_eq!(messages(&text), [""; 0]);
    }
}

/// Texts that are long, deep or endless in every way.
#[test]
fn huge_texts_are_survived() {
    let n = 50_000;
    let texts = [
        "(".repeat(100_000) + &")".repeat(100_000),
        "[".repeat(n),
        "{".repeat(n),
        "f'{".repeat(n),
        "f'{a:".repeat(n),
        "-".repeat(n) + "a",
        "not ".repeat(n) + "a",
        "lambda: ".repeat(n) + "a",
        "lambda a=".repeat(n) + "1",
        "lambda a, b: ".repeat(n) + "1",
        "a if b else ".repeat(n) + "c",
        "a**-".repeat(n) + "a",
        "a+".repeat(n) + "a",
        "a".to_owned() + &".a".repeat(n),
        "a".to_owned() + &"()".repeat(n),
        "@a\n".repeat(n),
        "'".repeat(n),
        "a:".repeat(n),
        "try:\n".repeat(n),
        "if a: pass\n".to_owned() + &"elif a: pass\n".repeat(n),
        format!("match a:\n case {}a{}: pass\n", "(".repeat(190), ")".repeat(190)),
        format!("match a:\n case {}: pass\n", ["1"; 20_000].join("|")),
        "x = (1 2)\n".repeat(5_000),
        "a".repeat(1_000_000),
        "1".repeat(1_000_000),
        format!("0x{}", "f".repeat(1_000_000)),
        format!("'{}'", "\\x41".repeat(250_000)),
        "\u{feff}\u{feff}a".to_owned(),
    ];
    for text in texts {
        // The default stack of a test thread is 2 MB.
        let source = SourceFile::new("test", text);
        let parsed = parse(&source, Mode::Module);
        assert!(dump_ast(&parsed.module, &source).starts_with("Module"));
    }
}

#[test]
fn deep_trees_can_be_dumped_and_dropped_on_a_small_stack() {
    let text = "-".repeat(1990) + "a";
    let source = SourceFile::new("test", text);
    let parsed = parse(&source, Mode::Module);
    assert!(dump_ast(&parsed.module, &source).len() > 1990);
}

fn time(text: &str) -> Duration {
    (0..3)
        .map(|_| {
            let start = Instant::now();
            diagnostics(text);
            start.elapsed()
        })
        .min()
        .expect("three were measured")
}

/// Without a memo table, a rule that begins two alternatives costs 2ⁿ for n nested brackets.
#[test]
fn nesting_takes_time_in_proportion() {
    let constructs = [
        ("(", ")"),
        ("(a, ", ")"),
        ("[", "]"),
        ("[a for a in ", "]"),
        ("{", "}"),
        ("{1: ", "}"),
        ("{**", "}"),
        ("{a: b for a in ", "}"),
        ("a(", ")"),
        ("a(b=", ")"),
        ("a(*", ")"),
        ("a(**", ")"),
        ("a(b for b in ", ")"),
        ("a[", "]"),
        ("a[b:", "]"),
        ("a[", ":c]"),
        ("a[*", "]"),
        ("(b := ", ")"),
        ("(yield ", ")"),
        ("(await ", ")"),
        ("(lambda: ", ")"),
        ("(lambda b=", ": c)"),
        ("(b if c else ", ")"),
        ("(b if ", " else c)"),
        ("f'{", "}'"),
        ("f'{b:{", "}}'"),
        ("(-", ")"),
        ("(not ", ")"),
        ("(a < ", ")"),
    ];
    let headers = [
        ("", "\n"),
        ("x = ", "\n"),
        ("with ", ": pass\n"),
        ("with (", "): pass\n"),
        ("for x in ", ": pass\n"),
        ("match ", ":\n case 1: pass\n"),
        ("def f(x=", "): pass\n"),
        ("class C(", "): pass\n"),
        ("@", "\ndef f(): pass\n"),
        ("return ", "\n"),
        ("x: ", "\n"),
        ("del ", "\n"),
    ];
    for (open, close) in constructs {
        for (index, (head, tail)) in headers.iter().enumerate() {
            // All constructs under the plain header, a few under the others.
            if index > 1 && open.len() > 2 {
                continue;
            }
            for broken in ["", " ?", " b c"] {
                let nested = |n: usize| format!("{head}{}a{broken}{}{tail}", open.repeat(n), close.repeat(n));
                proportional(&nested);
            }
        }
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("(b, ", ")"), ("{1: ", "}"), ("C(", ")"), ("C(b=", ")")] {
        for broken in ["", " ?", " 1 +"] {
            let nested =
                |n: usize| format!("match x:\n case {}a{broken}{}: pass\n", open.repeat(n), close.repeat(n));
            proportional(&nested);
        }
    }
}

/// Doubling the nesting may cost twice the time, and something for the noise of a busy machine;
/// 2ⁿ would cost thousands of times more.
fn proportional(nested: &dyn Fn(usize) -> String) {
    let mut measured = Vec::new();
    for _ in 0..5 {
        let (short, long) = (time(&nested(15)), time(&nested(30)));
        if long < short * 8 + Duration::from_millis(40) {
            return;
        }
        measured.push((short, long));
    }
    panic!("{measured:?}:\n{}", nested(15));
}

const SCRAPS: &[&str] = &[
    "f'", "f\"\"\"", "{", "}", ":", "\\", "'", "\"", "\"\"\"", "(", "[", ")", "]", "\n", "    ", "\t", "#",
    "rf'", "\\N{", "\\x", "0x", "1_", "match ", "case ", "lambda ", ":=", "!r", "€", "\u{feff}", "\r",
    "\x0c", "async ", "for ", " in ", "*", "**", "=", "{{", "}}", "if ", "else ", "def f", "class ", "try:",
    "except", "with ", "import ", "from ", " as ", "@", ";", ",", ".", "1", "a", "not ", "\0", "\u{1}", "é",
    "b'", "\\\n",
];

/// Any bytes at all: parsing ends and says something sensible.
#[test]
fn random_texts_are_survived() {
    let sample = include_str!("sample.apy");
    let mut random = Random::new(3);
    for round in 0..4000 {
        let text = match round % 4 {
            0 => (0..random.below(60)).map(|_| *random.pick(SCRAPS)).collect(),
            1 => {
                let bytes: Vec<u8> = (0..random.below(200)).map(|_| random.next() as u8).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
            _ => mutated(sample, &mut random),
        };
        let source = SourceFile::new("test", text);
        let mode = *random.pick(&[Mode::Module, Mode::Interactive, Mode::Expression]);
        let parsed = parse(&source, mode);
        let length = source.text().len() as u32;
        let mut last = 0;
        for diagnostic in &parsed.diagnostics {
            assert!(diagnostic.span.start >= last, "not sorted: {:?}", source.text());
            assert!(diagnostic.span.start <= length, "outside the text: {:?}", source.text());
            last = diagnostic.span.start;
        }
        dump_ast(&parsed.module, &source);
        dump_tokens(&source);
    }
}

/// A piece of a program with some edits.
fn mutated(sample: &str, random: &mut Random) -> String {
    let start = random.below(sample.len());
    let end = start + random.below(1200).min(sample.len() - start);
    let mut bytes = sample.as_bytes()[start..end].to_vec();
    for _ in 0..1 + random.below(10) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => drop(bytes.splice(at..at, random.pick(SCRAPS).bytes())),
            1 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
            2 => {
                let from = at.saturating_sub(random.below(30));
                let copy = bytes[from..at].to_vec();
                bytes.splice(at..at, copy);
            }
            _ if at < bytes.len() => bytes[at] = random.next() as u8,
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
