//! The side of the interpreter that runs a test: limits it sets itself, and what it reports.

use crate::session::{self, Audit, Event, Leak, Step};
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
    /// In a run with an order of its own: how often there was something to choose.
    pub decisions: u64,
    /// Where its order was not FIFO's.
    pub departures: Vec<Departure>,
    pub events: Vec<Event>,
}

/// A choice that was not FIFO's, as text for options and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    pub choice: String,
    pub shown: String,
}

/// Be a process that runs a test: no core dumps, no more memory than `memory` bytes (the parent
/// looks at it too, but a single huge allocation would be too quick for it), no life without the
/// parent; and keep account of what is left behind.
pub fn begin(memory: Option<u64>, main: &str, traces: bool) -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    if let Some(memory) = memory {
        let most = memory.saturating_add(RESERVED);
        setrlimit(Resource::As, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    session::begin_audit(main, traces);
    Ok(())
}

/// Write what there is to say about the run.
pub fn finish(path: &Path) -> std::io::Result<()> {
    let Audit { leaks, printed_by, events } = session::end_audit();
    let decisions = session::decisions();
    if leaks.is_empty() && printed_by.is_empty() && decisions == 0 {
        return Ok(());
    }
    let leaks: Vec<Value> = leaks
        .iter()
        .map(|leak| json!({"kind": leak.kind, "text": leak.text, "file": leak.file, "line": leak.line}))
        .collect();
    let departures: Vec<Value> = session::departures()
        .iter()
        .map(|departure| json!([departure.choice.to_string(), departure.to_string()]))
        .collect();
    let events: Vec<Value> = events
        .iter()
        .map(|event| match event {
            Event::Printed(text) => json!(text),
            Event::WentOn(Step { name, function, file, line }) => json!([name, function, file, line]),
        })
        .collect();
    let report = json!({
        "leaks": leaks,
        "printed_by": printed_by,
        "decisions": decisions,
        "departures": departures,
        "events": events,
    });
    std::fs::write(path, report.to_string())
}

impl Report {
    /// What [`finish`] wrote.
    pub fn parse(text: &str) -> Option<Report> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| value.as_u64().unwrap_or_default() as u32;
        let list = |name: &str| value[name].as_array().map(Vec::as_slice).unwrap_or_default().iter();
        let leaks = list("leaks").map(|leak| Leak {
            kind: text(&leak["kind"]).into(),
            text: text(&leak["text"]),
            file: text(&leak["file"]),
            line: number(&leak["line"]),
        });
        let departures = list("departures")
            .map(|departure| Departure { choice: text(&departure[0]), shown: text(&departure[1]) });
        let events = list("events").map(|event| match event {
            Value::Array(step) if step.len() == 4 => Event::WentOn(Step {
                name: text(&step[0]),
                function: text(&step[1]),
                file: text(&step[2]),
                line: number(&step[3]),
            }),
            other => Event::Printed(text(other)),
        });
        Some(Report {
            leaks: leaks.collect(),
            printed_by: list("printed_by").map(number).collect(),
            decisions: value["decisions"].as_u64().unwrap_or_default(),
            departures: departures.collect(),
            events: events.collect(),
        })
    }
}
