//! Which tests failed last time, for `--failed`.

use serde_json::{Value, json};
use std::collections::HashSet;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

/// The file that remembers the tests run from `base`.
fn file(base: &Path) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(base.as_os_str().as_encoded_bytes());
    Some(cache.join("apy/tests").join(format!("{:016x}.json", hasher.finish())))
}

/// The names of the tests that failed; none if nothing is known.
pub fn failed(base: &Path) -> HashSet<String> {
    let read = || -> Option<HashSet<String>> {
        let text = std::fs::read_to_string(file(base)?).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let names = value["failed"].as_array()?.iter().filter_map(Value::as_str);
        Some(names.map(str::to_owned).collect())
    };
    read().unwrap_or_default()
}

/// Remember: of the tests that ran, these failed; what did not run keeps its state.
pub fn remember(base: &Path, ran: &HashSet<String>, now_failed: &HashSet<String>) {
    let mut names: Vec<String> = failed(base).into_iter().filter(|name| !ran.contains(name)).collect();
    names.extend(now_failed.iter().cloned());
    names.sort();
    let Some(file) = file(base) else { return };
    // A convenience: where it cannot be written, `--failed` finds nothing.
    if let Some(folder) = file.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let _ = std::fs::write(&file, json!({"base": base, "failed": names}).to_string());
}
