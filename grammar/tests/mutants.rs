//! Sentences of the grammar with one token dropped, doubled, swapped or replaced: CPython and
//! the parser agree on which of them are still right.
//!
//! CPython's verdicts lie in `mutants.txt`, so that the comparison takes place without CPython,
//! too. `APY_BLESS=1 cargo test -p apy-grammar --test mutants` writes them anew, with CPython.

mod support;

use support::ebnf;
use support::sentences::{Word, Writer, render};
use support::{Random, cpython, parse_error, skipped};

const COUNT: usize = 4000;
const VERDICTS: &str = include_str!("mutants.txt");

fn mutants() -> Vec<String> {
    let grammar = ebnf::read(include_str!("../apy.ebnf"));
    let mut random = Random::new(7);
    let mut mutants = Vec::with_capacity(COUNT);
    for seed in 0.. {
        let mut writer = Writer::new(&grammar, 100_000 + seed);
        let words = writer.sentence("statement", 5 + seed as usize % 25);
        for _ in 0..4 {
            mutants.push(render(&mutate(&words, &mut random)));
        }
        if mutants.len() >= COUNT {
            break;
        }
    }
    mutants
}

fn mutate(words: &[Word], random: &mut Random) -> Vec<Word> {
    let mut words = words.to_vec();
    let at = random.below(words.len());
    match random.below(4) {
        0 => drop(words.remove(at)),
        1 => words.insert(at, words[at].clone()),
        2 if at + 1 < words.len() => words.swap(at, at + 1),
        _ => {
            let other = random.below(words.len());
            words[at] = words[other].clone();
        }
    }
    words
}

/// What the verdicts are about.
fn fingerprint(mutants: &[String]) -> String {
    // FNV-1a: the same with every version of Rust.
    let bytes = mutants.iter().flat_map(|text| text.bytes().chain([0]));
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

const SCRIPT: &str = r#"
import ast, sys
sys.stdin.reconfigure(newline="")
verdicts = []
for text in sys.stdin.read().split("\0"):
    try:
        ast.parse(text)
        verdicts.append("+")
    except (SyntaxError, ValueError):
        verdicts.append("-")
print("".join(verdicts))
"#;

#[test]
fn verdicts_are_cpythons() {
    let mutants = mutants();
    let fingerprint = fingerprint(&mutants);
    let live = cpython(SCRIPT, mutants.join("\0").as_bytes()).map(|output| output.trim().to_owned());
    let stored = VERDICTS.split_once('\n').filter(|(of, _)| *of == fingerprint);
    let stored = stored.map(|(_, verdicts)| verdicts.trim().to_owned());
    if let Some(live) = &live {
        if std::env::var_os("APY_BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mutants.txt");
            std::fs::write(path, format!("{fingerprint}\n{live}\n")).unwrap();
        } else {
            assert!(stored.as_ref() == Some(live), "mutants.txt is out of date: bless it");
        }
    }
    let Some(verdicts) = live.or(stored) else {
        return skipped("mutants (and mutants.txt is out of date)");
    };
    assert_eq!(verdicts.len(), mutants.len());
    let mut wrong = Vec::new();
    for (verdict, text) in verdicts.chars().zip(&mutants) {
        let error = parse_error(text);
        if (verdict == '+') != error.is_none() {
            let said = error.map_or("accepted".to_owned(), |error| error.message);
            wrong.push(format!("CPython {verdict}, we: {said}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mutants.len(), wrong.join("\n"));
}
