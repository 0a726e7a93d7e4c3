//! Runs tests under CPython: to take expectations from it, or to see where it differs.

use super::case::Case;
use super::judge::{Detail, Diff, Problem, Seen};
use super::pattern::Expected;
use super::process::{End, Job};
use super::runner::{Ran, Setting, Verdict};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// What CPython runs: it makes itself the script's main program.
const DRIVER: &str = include_str!("cpython.py");

/// A CPython.
pub struct Cpython {
    program: PathBuf,
    /// The folder of its library, whose frames are left out of tracebacks.
    library: String,
}

impl Cpython {
    /// Ask a command what it is.
    pub fn find(command: &str) -> Result<Cpython, String> {
        let probe = "import os, sys; print('%d.%d' % sys.version_info[:2], os.path.dirname(os.__file__))";
        let done = Command::new(command).args(["-c", probe]).output();
        let done = done.map_err(|error| format!("cannot run {command}: {error}"))?;
        let text = String::from_utf8_lossy(&done.stdout);
        let Some((_, library)) = text.trim().split_once(' ').filter(|_| done.status.success()) else {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!("{command} is no CPython: {}", said.lines().next().unwrap_or_default()));
        };
        Ok(Cpython { program: command.into(), library: library.to_owned() })
    }

    /// What a test does under CPython; a failure if that says nothing.
    pub fn run(&self, case: &Case, setting: &Setting) -> Ran {
        if let Some(why) = case.header.skip_cpython.clone().or_else(|| case.skip_reason(&setting.allowed)) {
            return Ran::new(Verdict::Skipped(why), Seen::default(), Duration::ZERO);
        }
        match self.run_case(case, setting) {
            Ok((End::Exit(_), seen, elapsed)) => Ran::new(Verdict::Passed, seen, elapsed),
            Ok((end, seen, elapsed)) => {
                let problem = Problem::new("cpython", format!("CPython did not end: {end:?}"));
                Ran::new(Verdict::Failed(vec![problem]), Seen { exit: None, ..seen }, elapsed)
            }
            Err(error) => {
                let problem = Problem::new("start", format!("CPython cannot be run: {error}"));
                Ran::new(Verdict::Failed(vec![problem]), Seen::default(), Duration::ZERO)
            }
        }
    }

    /// Where apy prints something else than CPython.
    pub fn compare(&self, case: &Case, setting: &Setting) -> Ran {
        let theirs = self.run(case, setting);
        if !matches!(theirs.verdict, Verdict::Passed) {
            return theirs;
        }
        let ours = setting.run(case);
        let mut problems = Vec::new();
        if ours.seen.exit != theirs.seen.exit {
            let shown = |exit: Option<i32>| exit.map_or("no exit code".to_owned(), |code| code.to_string());
            let message =
                format!("exit code {}, but CPython's is {}", shown(ours.seen.exit), shown(theirs.seen.exit));
            problems.push(Problem::new("exit", message));
        }
        differ("standard output", &theirs.seen.out, &ours.seen.out, &ours.seen.printed_by, &mut problems);
        if !case.has_own_stderr() && case.inline.error.is_none() {
            differ("standard error", &theirs.seen.err, &ours.seen.err, &[], &mut problems);
        }
        let verdict = if problems.is_empty() { Verdict::Passed } else { Verdict::Failed(problems) };
        Ran::new(verdict, ours.seen, ours.elapsed)
    }

    fn run_case(&self, case: &Case, setting: &Setting) -> std::io::Result<(End, Seen, Duration)> {
        let folder = setting.own_folder();
        std::fs::create_dir_all(&folder)?;
        let clock = if case.is_virtual(setting.is_virtual) { "virtual" } else { "real" };
        let mut args: Vec<OsString> = vec!["-c".into(), DRIVER.into(), clock.into()];
        args.extend(case.path.file_name().map(OsString::from));
        args.extend(case.header.args.iter().map(OsString::from));
        let mut env: Vec<(String, OsString)> = [
            ("PYTHONHASHSEED", "0"),
            ("PYTHONUTF8", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("NO_COLOR", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
        env.push(("TMPDIR".to_owned(), folder.clone().into_os_string()));
        env.extend(case.header.env.iter().map(|(name, value)| (name.clone(), OsString::from(value))));
        let job = Job {
            program: &self.program,
            args,
            folder: case.folder(),
            env,
            stdin: case.stdin(),
            limits: setting.limits_for(case),
            report: None,
        };
        let outcome = job.run();
        // Nothing that a script leaves there is of interest.
        let _ = std::fs::remove_dir_all(&folder);
        let outcome = outcome?;
        let mut seen = Seen::of(case, &outcome, Some(&folder));
        seen.err = without_frames(&seen.err, &self.library);
        Ok((outcome.end, seen, outcome.elapsed))
    }
}

fn differ(what: &str, theirs: &str, ours: &str, printed_by: &[u32], problems: &mut Vec<Problem>) {
    let expected = Expected::of_text(theirs, false);
    if !expected.accepts(ours) {
        let diff = Diff::of(&expected, ours, printed_by);
        let problem = Problem::new("cpython", format!("{what} is not CPython's"));
        problems.push(Problem { detail: Detail::Diff(diff), ..problem });
    }
}

/// Drop frames of CPython's own library and of the driver: apy's are native or hidden.
fn without_frames(text: &str, library: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_dropping = false;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_start_matches([' ', '|', '+']);
        if inner.starts_with("File \"") {
            is_dropping = ["<frozen", "<string>", library]
                .iter()
                .any(|place| inner.strip_prefix("File \"").is_some_and(|file| file.starts_with(place)));
        } else if !(line.trim_start_matches(['|', ' ']).len() < line.len() && line.starts_with("    ")
            || line.starts_with("  |     "))
        {
            is_dropping = false;
        }
        if !is_dropping {
            kept.push_str(line);
        }
    }
    kept
}
