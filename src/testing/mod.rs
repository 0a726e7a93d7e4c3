//! `apy test`: runs scripts and compares what they print with what they should print.
//!
//! Each test is a process of its own, so that none can harm another; the interpreter in it is
//! told to keep account of what is left behind ([`worker`]). Everything else happens here:
//! [`discover`] finds tests, [`directive`] reads what their comments say, [`runner`] runs them,
//! [`judge`] compares, [`update`] rewrites expectations, [`report`] tells. Knows no values and
//! nothing of how scripts run.

pub mod case;
pub mod cpython;
pub mod directive;
pub mod discover;
pub mod explore;
mod history;
pub mod judge;
pub mod normalize;
pub mod pattern;
pub mod process;
pub mod report;
mod review;
pub mod runner;
pub mod update;
mod watch;
pub mod worker;

use case::Case;
use cpython::Cpython;
use discover::{Found, Selection, discover};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use process::Limits;
use report::Summary;
use report::human::Style;
use report::paint::Paint;
use runner::{Plan, Ran, Setting, Verdict, run_all};
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// All tests passed.
pub const PASSED: i32 = 0;
/// Some failed.
pub const FAILED: i32 = 1;
/// There was nothing to run, or not as asked.
pub const USAGE: i32 = 2;

/// What is done about expectations that are not met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Update {
    #[default]
    No,
    All,
    /// Ask for each change.
    Review,
}

/// How results are told.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    pub style: Style,
    /// JSON lines instead of text.
    pub json: bool,
    /// Where to write JUnit's XML.
    pub junit: Option<PathBuf>,
    /// Annotations for GitHub besides.
    pub github: bool,
    /// So many of the slowest tests.
    pub slowest: Option<usize>,
    pub progress: bool,
}

/// What is asked of `apy test`.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files and folders; the current folder if empty.
    pub paths: Vec<PathBuf>,
    pub selection: Selection,
    /// Only what failed last time.
    pub failed: bool,
    pub list: bool,
    pub watch: bool,
    pub fail_fast: bool,
    pub repeat: usize,
    /// Tests at once; 0 for as many as there are cores.
    pub jobs: usize,
    pub update: Update,
    /// New expectations go into the script.
    pub inline: bool,
    pub prune: bool,
    /// Take expectations from this CPython.
    pub bless_with: Option<String>,
    /// Compare with this CPython instead of with expectations.
    pub against: Option<String>,
    /// Run each test in so many orders of its tasks besides asyncio's.
    pub explore: usize,
    /// The order of tasks, as `apy --schedule` takes it.
    pub schedule: Option<String>,
    pub limit: Option<Duration>,
    pub real_clock: bool,
    pub ignore_leaks: bool,
    pub allowed: Vec<String>,
    pub reports: Reports,
}

/// Run the command; its exit code. `out` gets the report.
pub fn run(options: &Options, out: &mut dyn Write) -> i32 {
    if options.update != Update::No && is_ci() {
        return usage("expectations are not updated by a build server (CI is set)");
    }
    let outcome = if options.watch { watch::watch(options, out) } else { once(options, out) };
    match outcome {
        Ok(code) => code,
        Err(Failure::Usage(message)) => usage(&message),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => FAILED,
        Err(Failure::Output(error)) => usage(&format!("cannot write: {error}")),
    }
}

/// Why a run came to nothing.
enum Failure {
    Usage(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Usage(message)
    }
}

fn usage(message: &str) -> i32 {
    eprintln!("apy test: {message}");
    USAGE
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The tests that are asked for, and whether the search found any at all.
fn find(options: &Options, base: &Path) -> Result<(Found, bool), Failure> {
    let here = [base.to_owned()];
    let paths: &[PathBuf] = if options.paths.is_empty() { &here } else { &options.paths };
    let takes_all = options.bless_with.is_some() || options.against.is_some();
    let mut found = discover(paths, base, takes_all)?;
    let is_any = !found.cases.is_empty();
    let mut selection = options.selection.clone();
    if options.failed {
        selection.only = Some(history::failed(base));
    }
    found.cases = selection.apply(found.cases);
    Ok((found, is_any))
}

fn once(options: &Options, out: &mut dyn Write) -> Result<i32, Failure> {
    let base = std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    let (found, is_any) = find(options, &base)?;
    if options.list {
        for case in &found.cases {
            writeln!(out, "{}", case.name)?;
        }
        return Ok(PASSED);
    }
    let orphans = report_orphans(options, &found, &base, out)?;
    if found.cases.is_empty() {
        if options.failed && is_any {
            writeln!(out, "nothing failed last time")?;
            return Ok(PASSED);
        }
        return if orphans && options.prune { Ok(PASSED) } else { Err("no tests found".to_owned().into()) };
    }
    let setting = setting(options)?;
    let code = Session { options, base: &base, setting: &setting, cases: found.cases }.run(out);
    // Folders of processes that we had to kill may still hold something.
    let _ = std::fs::remove_dir_all(&setting.scratch);
    code
}

/// Tell of expectation files without a script, or remove them; whether there are any.
fn report_orphans(
    options: &Options,
    found: &Found,
    base: &Path,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    for path in &found.orphans {
        let name = discover::shown(path, base);
        if options.prune {
            std::fs::remove_file(path).map_err(|error| format!("cannot remove {name}: {error}"))?;
            writeln!(out, "removed {name}")?;
        } else if !options.reports.json {
            writeln!(out, "orphaned: {name} (no script of this name; --prune removes it)")?;
        }
    }
    Ok(!found.orphans.is_empty())
}

fn setting(options: &Options) -> Result<Setting, Failure> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find my own program: {error}"))?;
    let mut limits = Limits::default();
    if let Some(limit) = options.limit {
        limits.time = limit;
    }
    Ok(Setting {
        program,
        limits,
        is_virtual: !options.real_clock,
        checks_leaks: !options.ignore_leaks,
        allowed: options.allowed.clone(),
        schedule: options.schedule.clone(),
        scratch: std::env::temp_dir().join(format!("apy-test-{}", std::process::id())),
    })
}

/// One run of the tests that were selected.
struct Session<'a> {
    options: &'a Options,
    base: &'a Path,
    setting: &'a Setting,
    cases: Vec<Case>,
}

impl Session<'_> {
    fn run(&self, out: &mut dyn Write) -> Result<i32, Failure> {
        let options = self.options;
        let cpython = match options.bless_with.as_ref().or(options.against.as_ref()) {
            Some(command) => Some(Cpython::find(command)?),
            None => None,
        };
        let run = |index: usize| -> Ran {
            let case = &self.cases[index];
            match &cpython {
                Some(cpython) if options.against.is_some() => cpython.compare(case, self.setting),
                Some(cpython) => cpython.run(case, self.setting),
                None if options.explore > 0 => explore::explore(case, self.setting, options.explore),
                None => self.setting.run(case),
            }
        };
        let plan = Plan {
            jobs: match options.jobs {
                0 => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
                jobs => jobs,
            },
            repeat: options.repeat.max(1),
            fail_fast: options.fail_fast,
        };
        let started = Instant::now();
        let bar = progress_bar(options, self.cases.len() * plan.repeat);
        let mut results = Vec::new();
        let mut failure = None;
        run_all(
            plan,
            self.cases.len(),
            run,
            |done| bar.set_position(done as u64),
            |ran| {
                let told = bar.suspend(|| self.tell(ran, out));
                match told {
                    Ok(ran) => results.push(ran),
                    Err(error) => failure = Some(error),
                }
            },
        );
        bar.finish_and_clear();
        if let Some(error) = failure {
            return Err(error);
        }
        self.conclude(&results, started.elapsed(), out)
    }

    /// Say what became of a test; first change its expectations if that is asked.
    fn tell(&self, mut ran: Ran, out: &mut dyn Write) -> Result<Ran, Failure> {
        let options = self.options;
        let case = &self.cases[ran.index];
        let takes_over = options.bless_with.is_some() && !matches!(ran.verdict, Verdict::Skipped(_));
        if takes_over || ran.is_failed() && options.update != Update::No {
            ran = self.update(ran, out)?;
        }
        let reports = &options.reports;
        let text = match reports.json {
            true => report::json::result(case, &ran, reports.style.is_timeless),
            false => reports.style.result(case, &ran, &self.again(case, &ran)),
        };
        out.write_all(text.as_bytes())?;
        if reports.github {
            out.write_all(report::github::result(case, &ran).as_bytes())?;
        }
        out.flush()?;
        Ok(ran)
    }

    /// The command that runs this test again in the same way.
    fn again(&self, case: &Case, ran: &Ran) -> String {
        let mut command = "apy test".to_owned();
        if let Some(schedule) = &ran.schedule {
            command.push_str(&format!(" --schedule {schedule}"));
        }
        if self.options.real_clock {
            command.push_str(" --clock real");
        }
        if let Some(python) = &self.options.against {
            command.push_str(&format!(" --against {python}"));
        }
        let name = match case.name.contains([' ', '\'', '"', '\\', '$', '*', '?', ';', '&', '(', ')']) {
            true => format!("'{}'", case.name.replace('\'', r"'\''")),
            false => case.name.clone(),
        };
        format!("{command} {name}")
    }

    /// Take over what was printed, and run the test again.
    fn update(&self, ran: Ran, out: &mut dyn Write) -> Result<Ran, Failure> {
        let options = self.options;
        let case = &self.cases[ran.index];
        if ran.seen.exit.is_none() || case.header.not_yet.is_some() || case.header.xfail.is_some() {
            return Ok(ran);
        }
        let writes = match options.update {
            Update::Review => {
                let mut review = review::Review::new(case, options.reports.style.paint, out);
                let writes = update::update(case, &ran.seen, options.inline, &mut |hunk| review.ask(hunk));
                review.finish()?;
                writes
            }
            _ => update::update(case, &ran.seen, options.inline, &mut |_| true),
        };
        for write in &writes {
            let name = discover::shown(&write.path, self.base);
            let done = match &write.content {
                Some(content) => std::fs::write(&write.path, content),
                None => std::fs::remove_file(&write.path),
            };
            done.map_err(|error| format!("cannot write {name}: {error}"))?;
            if !options.reports.json {
                let verb = if write.content.is_some() { "updated" } else { "removed" };
                writeln!(out, "{verb} {name}")?;
            }
        }
        if writes.is_empty() || options.bless_with.is_some() {
            return Ok(ran);
        }
        let defaults = case::Defaults::default().of(case.folder());
        let case = Case::read(&case.path, case.name.clone(), &defaults)
            .map_err(|error| format!("cannot read {}: {error}", case.name))?;
        Ok(Ran { index: ran.index, repetition: ran.repetition, ..self.setting.run(&case) })
    }

    /// The summary, the reports at the end, and the exit code.
    fn conclude(&self, results: &[Ran], elapsed: Duration, out: &mut dyn Write) -> Result<i32, Failure> {
        let reports = &self.options.reports;
        let mut summary = Summary { elapsed, ..Summary::default() };
        results.iter().for_each(|ran| summary.count(ran));
        let name = |ran: &Ran| self.cases[ran.index].name.clone();
        let ran: HashSet<String> = results.iter().map(name).collect();
        let failed = results.iter().filter(|ran| ran.is_failed()).map(name).collect();
        history::remember(self.base, &ran, &failed);
        if let Some(path) = &reports.junit {
            let text = report::junit::report(&self.cases, results, reports.style.is_timeless)?;
            std::fs::write(path, text)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        if reports.json {
            out.write_all(report::json::summary(&summary, reports.style.is_timeless).as_bytes())?;
        } else {
            if let Some(count) = reports.slowest {
                let times = results.iter().map(|ran| (name(ran), ran.elapsed)).collect();
                out.write_all(reports.style.slowest(times, count).as_bytes())?;
            }
            out.write_all(reports.style.summary(&summary).as_bytes())?;
        }
        out.flush()?;
        Ok(if summary.failed > 0 { FAILED } else { PASSED })
    }
}

fn progress_bar(options: &Options, total: usize) -> ProgressBar {
    if !options.reports.progress || options.update == Update::Review {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} tests, {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// A style for reports that are kept: no colours, no durations.
pub fn plain_style() -> Style {
    Style { paint: Paint::default(), is_verbose: false, is_timeless: true }
}
