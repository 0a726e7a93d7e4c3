//! Runs tests again when files change: the one whose script or expectation it was, or all.

use super::{Failure, Options, once};
use notify::{EventKind, RecursiveMode, Watcher};
use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

/// Changes within this time belong together: editors write in several steps.
const QUIET: Duration = Duration::from_millis(80);

pub fn watch(options: &Options, out: &mut dyn Write) -> Result<i32, Failure> {
    let base = std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    let (sender, receiver) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(|error| cannot_watch(&error))?;
    let here = [base.clone()];
    let paths: &[PathBuf] = if options.paths.is_empty() { &here } else { &options.paths };
    for path in paths {
        watcher.watch(path, RecursiveMode::Recursive).map_err(|error| cannot_watch(&error))?;
    }
    let whole = Options { watch: false, ..options.clone() };
    let mut next = whole.clone();
    loop {
        match once(&next, out) {
            Ok(_) => {}
            Err(Failure::Usage(message)) => writeln!(out, "{message}")?,
            Err(error) => return Err(error),
        }
        writeln!(out, "{}", options.reports.style.paint.faint("waiting for changes (Ctrl-C ends)"))?;
        out.flush()?;
        let Ok(first) = receiver.recv() else { return Err("no more news of files".to_owned().into()) };
        let mut changed = HashSet::new();
        collect(first, &mut changed);
        while changed.is_empty() {
            let Ok(event) = receiver.recv() else { return Err("no more news of files".to_owned().into()) };
            collect(event, &mut changed);
        }
        while let Ok(event) = receiver.recv_timeout(QUIET) {
            collect(event, &mut changed);
        }
        next = whole.clone();
        let scripts: Option<Vec<PathBuf>> =
            changed.iter().map(|path| super::discover::script_of(path)).collect();
        if let Some(mut scripts) = scripts {
            scripts.sort();
            scripts.dedup();
            scripts.retain(|script| script.is_file());
            if !scripts.is_empty() {
                next.paths = scripts;
            }
        }
    }
}

fn cannot_watch(error: &notify::Error) -> Failure {
    Failure::Usage(format!("cannot watch files: {error}"))
}

/// The files that an event says have changed, as far as tests can depend on them.
fn collect(event: notify::Result<notify::Event>, changed: &mut HashSet<PathBuf>) {
    let Ok(event) = event else { return };
    if matches!(event.kind, EventKind::Access(_)) {
        return;
    }
    let is_of_interest = |path: &PathBuf| {
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        !hidden && !path.to_string_lossy().ends_with('~') && !path.is_dir()
    };
    changed.extend(event.paths.into_iter().filter(is_of_interest));
}
