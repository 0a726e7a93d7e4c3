//! Runs tests, several at once, and hands on their results in the order of the tests.

use super::case::Case;
use super::judge::{Problem, Seen, judge};
use super::process::{Job, Limits, Outcome};
use super::worker::Report;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How tests are run.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The interpreter.
    pub program: PathBuf,
    pub limits: Limits,
    /// Whether the clock is virtual unless a test says otherwise.
    pub is_virtual: bool,
    /// Whether leaks are failures unless a test says otherwise.
    pub checks_leaks: bool,
    /// Needs that are met here: see `# requires:`.
    pub allowed: Vec<String>,
    /// The order of ready tasks, as `--schedule` takes it; `None` for asyncio's.
    pub schedule: Option<String>,
    /// A folder for what is temporary.
    pub scratch: PathBuf,
}

/// What became of a test.
#[derive(Debug, Clone)]
pub enum Verdict {
    Passed,
    Failed(Vec<Problem>),
    /// Not run, and why.
    Skipped(String),
    /// Failed, as `# xfail:` says.
    FailedAsExpected(String),
}

/// A test that was run, or skipped.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Where it stands in the list of tests.
    pub index: usize,
    /// Which of several runs this is, from 1.
    pub repetition: usize,
    pub verdict: Verdict,
    pub seen: Seen,
    pub elapsed: Duration,
    /// The order of tasks in which it failed, if that was not asyncio's.
    pub schedule: Option<String>,
}

impl Ran {
    pub fn new(verdict: Verdict, seen: Seen, elapsed: Duration) -> Ran {
        Ran { index: 0, repetition: 1, verdict, seen, elapsed, schedule: None }
    }

    pub fn is_failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }

    pub fn problems(&self) -> &[Problem] {
        match &self.verdict {
            Verdict::Failed(problems) => problems,
            _ => &[],
        }
    }
}

impl Setting {
    /// The folder for the temporary files of one run.
    pub fn own_folder(&self) -> PathBuf {
        static SERIAL: AtomicUsize = AtomicUsize::new(0);
        self.scratch.join(SERIAL.fetch_add(1, Ordering::Relaxed).to_string())
    }

    /// The options with which apy runs a test.
    pub fn options_for(&self, case: &Case) -> Vec<OsString> {
        let mut options: Vec<OsString> = Vec::new();
        if let Some(schedule) = &self.schedule
            && !case.has_flag("--schedule")
        {
            options.push(format!("--schedule={schedule}").into());
        }
        if case.is_virtual(self.is_virtual) && !case.has_flag("--virtual-time") {
            options.push("--virtual-time".into());
        }
        if !case.has_flag("--seed") {
            options.push(format!("--seed={}", case.header.seed.unwrap_or(0)).into());
        }
        options.extend(case.header.flags.iter().map(OsString::from));
        options
    }

    pub fn limits_for(&self, case: &Case) -> Limits {
        Limits {
            time: case.header.timeout.unwrap_or(self.limits.time),
            memory: case.header.memory.map_or(self.limits.memory, |mib| mib << 20),
            output: self.limits.output,
        }
    }

    /// Run a test once.
    pub fn run(&self, case: &Case) -> Ran {
        self.run_with_report(case).0
    }

    /// Run a test once; also what the interpreter said about the run.
    pub fn run_with_report(&self, case: &Case) -> (Ran, Option<Report>) {
        if let Some(why) = case.skip_reason(&self.allowed) {
            return (Ran::new(Verdict::Skipped(why), Seen::default(), Duration::ZERO), None);
        }
        let (problems, seen, elapsed, report) = match self.run_case(case) {
            Ok((outcome, seen)) => {
                let problems = judge(case, &outcome, &seen, &self.limits_for(case));
                (problems, seen, outcome.elapsed, outcome.report)
            }
            Err(error) => {
                let problem = Problem::new("start", format!("cannot be run: {error}"));
                (vec![problem], Seen::default(), Duration::ZERO, None)
            }
        };
        let verdict = match &case.header.xfail {
            Some(why) if problems.is_empty() => {
                Verdict::Failed(vec![Problem::new("xfail", format!("passes, but was to fail: {why}"))])
            }
            Some(why) => Verdict::FailedAsExpected(why.clone()),
            None if problems.is_empty() => Verdict::Passed,
            None => Verdict::Failed(problems),
        };
        let schedule = self.schedule.clone();
        (Ran { schedule, ..Ran::new(verdict, seen, elapsed) }, report)
    }

    fn run_case(&self, case: &Case) -> std::io::Result<(Outcome, Seen)> {
        let limits = self.limits_for(case);
        let folder = self.own_folder();
        std::fs::create_dir_all(&folder)?;
        let report = folder.with_extension("json");
        let mut args = Vec::new();
        if self.checks_leaks || case.is_inline() || self.schedule.is_some() {
            args.push("--test-report".into());
            args.push(report.clone().into_os_string());
            args.push(format!("--test-memory={}", limits.memory).into());
        }
        args.extend(self.options_for(case));
        args.extend(case.path.file_name().map(OsString::from));
        args.extend(case.header.args.iter().map(OsString::from));
        let mut env = vec![
            ("NO_COLOR".to_owned(), OsString::from("1")),
            ("TMPDIR".to_owned(), folder.clone().into_os_string()),
        ];
        env.extend(case.header.env.iter().map(|(name, value)| (name.clone(), OsString::from(value))));
        let job = Job {
            program: &self.program,
            args,
            folder: case.folder(),
            env,
            stdin: case.stdin(),
            limits,
            report: Some(report.clone()),
        };
        let outcome = job.run();
        remove(&folder, &report);
        let mut outcome = outcome?;
        if !self.checks_leaks
            && let Some(report) = &mut outcome.report
        {
            report.leaks.clear();
        }
        let seen = Seen::of(case, &outcome, Some(&folder));
        Ok((outcome, seen))
    }
}

/// What a run leaves in its folder is of no interest, nor whether it left anything.
fn remove(folder: &Path, report: &Path) {
    if std::fs::remove_dir(folder).is_err() {
        let _ = std::fs::remove_dir_all(folder);
    }
    let _ = std::fs::remove_file(report);
}

/// How many tests are run, and how.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub jobs: usize,
    pub repeat: usize,
    pub fail_fast: bool,
}

/// Run `count` tests by `run` (which gets the number of the test), as often as the plan says, and
/// hand each result on in order.
pub fn run_all(
    plan: Plan,
    count: usize,
    run: impl Fn(usize) -> Ran + Sync,
    mut progress: impl FnMut(usize),
    mut each: impl FnMut(Ran),
) {
    let total = count * plan.repeat;
    let next = AtomicUsize::new(0);
    let is_stopped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel::<(usize, Ran)>();
        for _ in 0..plan.jobs.clamp(1, total.max(1)) {
            let sender = sender.clone();
            let (next, is_stopped, run) = (&next, &is_stopped, &run);
            scope.spawn(move || {
                while !is_stopped.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= total {
                        break;
                    }
                    let mut ran = run(at / plan.repeat);
                    (ran.index, ran.repetition) = (at / plan.repeat, at % plan.repeat + 1);
                    if ran.is_failed() && plan.fail_fast {
                        is_stopped.store(true, Ordering::Relaxed);
                    }
                    if sender.send((at, ran)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (done, (at, ran)) in receiver.iter().enumerate() {
            progress(done + 1);
            early.insert(at, ran);
            while let Some(ran) = early.remove(&due) {
                each(ran);
                due += 1;
            }
        }
    });
}
