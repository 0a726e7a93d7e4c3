//! The side of the interpreter that runs a test: limits it sets itself, and what it reports.

use crate::session::{Audit, Leak};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::{Value, json};
use std::path::Path;

/// Address space beyond the memory limit: stacks and arenas that are reserved, not used.
const RESERVED: u64 = 6 << 30;

/// What the interpreter says about a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub leaks: Vec<Leak>,
    /// For each printed line the line of the script that printed it; 0 if another file did.
    pub printed_by: Vec<u32>,
}

/// Be a process that runs a test: no core dumps, no more memory than `memory` bytes (the parent
/// looks at it too, but a single huge allocation would be too quick for it), no life without the
/// parent; and keep account of what is left behind.
pub fn begin(memory: Option<u64>, main: &str) -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    if let Some(memory) = memory {
        let most = memory.saturating_add(RESERVED);
        setrlimit(Resource::As, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    crate::session::begin_audit(main);
    Ok(())
}

/// Write what there is to say about the run.
pub fn finish(path: &Path) -> std::io::Result<()> {
    let Audit { leaks, printed_by } = crate::session::end_audit();
    if leaks.is_empty() && printed_by.is_empty() {
        return Ok(());
    }
    let leaks: Vec<Value> = leaks
        .iter()
        .map(|leak| json!({"kind": leak.kind, "text": leak.text, "file": leak.file, "line": leak.line}))
        .collect();
    std::fs::write(path, json!({"leaks": leaks, "printed_by": printed_by}).to_string())
}

impl Report {
    /// What [`finish`] wrote.
    pub fn parse(text: &str) -> Option<Report> {
        let value: Value = serde_json::from_str(text).ok()?;
        let leaks = value["leaks"].as_array()?.iter().map(|leak| Leak {
            kind: leak["kind"].as_str().unwrap_or_default().to_owned().into(),
            text: leak["text"].as_str().unwrap_or_default().to_owned(),
            file: leak["file"].as_str().unwrap_or_default().to_owned(),
            line: leak["line"].as_u64().unwrap_or_default() as u32,
        });
        let lines = value["printed_by"].as_array()?.iter();
        let printed_by = lines.map(|line| line.as_u64().unwrap_or_default() as u32);
        Some(Report { leaks: leaks.collect(), printed_by: printed_by.collect() })
    }
}
