//! Every public name of asyncio outside of input and output exists, and some golden uses it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The names of `tests/tables/asyncio_names.txt`: of the module or of one of its classes.
fn names() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/asyncio_names.txt");
    let mut names = Vec::new();
    let mut owner = String::new();
    for line in fs::read_to_string(path).unwrap().lines().filter(|line| !line.starts_with('#')) {
        let rest = match line.split_once(':') {
            Some((label, rest)) => {
                owner = label.to_owned();
                rest
            }
            None => line,
        };
        names.extend(rest.split_whitespace().map(|name| (owner.clone(), name.to_owned())));
    }
    assert!(names.len() > 200);
    names
}

fn collect_words(folder: &Path, words: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_words(&path, words);
        } else if path.extension().is_some_and(|extension| extension == "apy") {
            let text = fs::read_to_string(path).unwrap();
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            words.extend(text.split(|c| !is_part(c)).map(str::to_owned));
        }
    }
}

#[test]
fn goldens_use_every_name() {
    let mut words = HashSet::new();
    collect_words(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"), &mut words);
    let missing: Vec<_> = names().into_iter().filter(|(_, name)| !words.contains(name)).collect();
    assert!(missing.is_empty(), "no golden uses {missing:?}");
}

#[test]
fn every_name_exists() {
    let mut source = String::from("import asyncio\n");
    for (owner, name) in names() {
        let (owner, shown) = match owner.as_str() {
            "asyncio" => (owner.clone(), name.clone()),
            _ => (format!("asyncio.{owner}"), format!("{owner}.{name}")),
        };
        source.push_str(&format!("if not hasattr({owner}, {name:?}): print({shown:?})\n"));
    }
    let done = Command::new(env!("CARGO_BIN_EXE_apy")).args(["-c", &source]).output().unwrap();
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "");
}
