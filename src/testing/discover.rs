//! Which tests there are, and which of them are wanted.

use super::case::{Case, DEFAULTS, Defaults, SIDE_FILES};
use ignore::WalkBuilder;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// Sorted by path.
    pub cases: Vec<Case>,
    /// Expectation files without a script.
    pub orphans: Vec<PathBuf>,
}

/// The tests in files and folders. In a folder those with expectations count (with `all`, every
/// script), but for files and folders whose names begin with `_` or `.` and what git ignores; a
/// file that is named counts in any case.
pub fn discover(paths: &[PathBuf], base: &Path, all: bool) -> Result<Found, String> {
    let mut scripts = BTreeSet::new();
    let mut sides = BTreeSet::new();
    for path in paths {
        if path.is_file() {
            scripts.insert((absolute(path, base), true));
            continue;
        }
        if !path.is_dir() {
            return Err(format!("no such file or folder: {}", path.display()));
        }
        let walk = WalkBuilder::new(path)
            .require_git(false)
            .filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('_'))
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| error.to_string())?;
            let path = absolute(entry.path(), base);
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            match extension {
                _ if !entry.file_type().is_some_and(|kind| kind.is_file()) => {}
                "apy" => _ = scripts.insert((path, false)),
                _ if SIDE_FILES.contains(&extension) || extension == "in" => _ = sides.insert(path),
                _ => {}
            }
        }
    }
    let mut defaults = Defaults::default();
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for (path, is_named) in scripts {
        if !seen.insert(path.clone()) {
            continue;
        }
        let folder = path.parent().unwrap_or(base);
        let header = defaults.of(folder);
        let case = Case::read(&path, shown(&path, base), &header)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if is_named || all || case.has_expectations() {
            found.cases.push(case);
        }
    }
    found.orphans = orphans(&sides, &found.cases);
    Ok(found)
}

/// Files that look like expectations of a script that is gone, in folders that hold tests.
fn orphans(sides: &BTreeSet<PathBuf>, cases: &[Case]) -> Vec<PathBuf> {
    let folders: HashSet<&Path> = cases.iter().map(Case::folder).collect();
    let inputs: HashSet<PathBuf> = cases.iter().filter_map(Case::stdin).collect();
    let is_orphan = |path: &&PathBuf| {
        let has_script = ["apy", "py"].iter().any(|extension| path.with_extension(extension).exists());
        let in_test_folder = path.parent().is_some_and(|folder| folders.contains(folder));
        !has_script && in_test_folder && !inputs.contains(*path)
    };
    sides.iter().filter(is_orphan).cloned().collect()
}

fn absolute(path: &Path, base: &Path) -> PathBuf {
    // `./a` and `a` are one file.
    let path = if path.is_absolute() { path.to_owned() } else { base.join(path) };
    path.components().collect()
}

/// The path as reports show it.
pub fn shown(path: &Path, base: &Path) -> String {
    path.strip_prefix(base).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Which of the tests that were found are wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Parts of names, globs (with `*`), or `tag:NAME`; one of them must fit.
    pub filters: Vec<String>,
    /// Names of tests; empty for all.
    pub only: Option<HashSet<String>>,
    /// This one of so many equal shares, from 1.
    pub shard: Option<(usize, usize)>,
    /// Run in an order drawn from this number.
    pub shuffle: Option<u64>,
}

impl Selection {
    /// The tests that are wanted, in the order in which to run them.
    pub fn apply(&self, cases: Vec<Case>) -> Vec<Case> {
        let mut cases: Vec<Case> = cases
            .into_iter()
            .filter(|case| self.filters.is_empty() || self.filters.iter().any(|filter| fits(case, filter)))
            .filter(|case| self.only.as_ref().is_none_or(|only| only.contains(&case.name)))
            .collect();
        if let Some((share, of)) = self.shard {
            cases = (0..)
                .zip(cases)
                .filter(|(at, _): &(usize, Case)| at % of == share - 1)
                .map(|(_, case)| case)
                .collect();
        }
        if let Some(seed) = self.shuffle {
            shuffle(&mut cases, seed);
        }
        cases
    }
}

fn fits(case: &Case, filter: &str) -> bool {
    if let Some(tag) = filter.strip_prefix("tag:") {
        return case.header.tags.iter().any(|own| own == tag);
    }
    if !filter.contains('*') {
        return case.name.contains(filter);
    }
    let pattern = filter.replace('*', "[..]");
    super::pattern::text_matches(&pattern, &case.name)
}

/// Fisher and Yates, with numbers from SplitMix64: the same on every machine.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    let mut draw = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    for last in (1..items.len()).rev() {
        let other = (u128::from(draw()) * (last as u128 + 1)) >> 64;
        items.swap(last, other as usize);
    }
}

/// Whether a change to this file can only concern the test beside it.
pub fn script_of(path: &Path) -> Option<PathBuf> {
    let extension = path.extension()?.to_str()?;
    if path.file_name().is_some_and(|name| name == DEFAULTS) {
        return None;
    }
    match extension {
        "apy" if !path.file_name()?.to_str()?.starts_with('_') => Some(path.to_owned()),
        _ if SIDE_FILES.contains(&extension) || extension == "in" => Some(path.with_extension("apy")),
        _ => None,
    }
}
