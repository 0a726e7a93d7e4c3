//! Every row of the table of every built-in type has a golden that names it.
//!
//! The goldens of a type are those in `tests/golden/types/<type>/`; a row counts as tried where one of
//! them names it as an attribute (`x.name`), or as a text (`"name"`).

use apy::library::types::TYPES;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Types whose goldens are in the folder of another type.
const FOLDERS: &[(&str, &str)] = &[
    ("bytearray", "bytes"),
    ("memoryview", "bytes"),
    ("frozenset", "set"),
    ("NoneType", "none"),
    ("ellipsis", "none"),
    ("NotImplementedType", "none"),
    ("builtin_function_or_method", "descriptors"),
    ("method_descriptor", "descriptors"),
    ("wrapper_descriptor", "descriptors"),
    ("classmethod_descriptor", "descriptors"),
    ("method-wrapper", "descriptors"),
    ("getset_descriptor", "descriptors"),
    ("enumerate", "iterators"),
    ("filter", "iterators"),
    ("map", "iterators"),
    ("reversed", "iterators"),
    ("zip", "iterators"),
];

/// How the names of exceptions end.
const EXCEPTIONS: &[&str] = &["Error", "Exception", "Group", "Exit", "Iteration"];

#[test]
fn every_row_has_a_golden() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/types");
    let mut missing = Vec::new();
    for spec in TYPES {
        let folder = match FOLDERS.iter().find(|(name, _)| *name == spec.name) {
            Some((_, folder)) => folder,
            None if spec.name.ends_with("_iterator") => "iterators",
            None if EXCEPTIONS.iter().any(|end| spec.name.ends_with(end)) => "exceptions",
            None => spec.name,
        };
        let named = names_in(&root.join(folder));
        let rows = spec.methods.iter().map(|row| row.name).chain(spec.getters.iter().map(|row| row.name));
        missing.extend(rows.filter(|row| !named.contains(*row)).map(|row| format!("{}.{row}", spec.name)));
    }
    assert!(
        missing.is_empty(),
        "{} rows without a golden below {}: {}",
        missing.len(),
        root.display(),
        missing.join(" ")
    );
}

/// What the scripts of a folder name as attributes or as texts.
fn names_in(folder: &Path) -> HashSet<String> {
    let mut named = HashSet::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let scripts = entries
        .map(|entry| entry.path())
        .filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "apy"));
    for path in scripts {
        let text = fs::read_to_string(&path).expect("a golden is readable");
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let mut last = ' ';
        let mut word = String::new();
        for character in text.chars().chain([' ']) {
            if is_word(character) {
                word.push(character);
                continue;
            }
            if !word.is_empty() && matches!(last, '.' | '"' | '\'') {
                named.insert(std::mem::take(&mut word));
            }
            word.clear();
            last = character;
        }
    }
    named
}
