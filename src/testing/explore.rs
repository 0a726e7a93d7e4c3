//! Runs a test in many orders of its tasks; what fails in one of them is brought down to the
//! fewest departures from asyncio's order.

use super::case::Case;
use super::judge::{Problem, Seen};
use super::report::interleaving;
use super::runner::{Ran, Setting, Verdict};
use super::worker::{Departure, Report};
use std::time::{Duration, Instant};

/// Runs and time spent on making one failure smaller.
const MOST_TRIES: usize = 600;
const LONGEST: Duration = Duration::from_secs(20);

/// Run a test in asyncio's order and in `orders` drawn ones; the first failure counts.
pub fn explore(case: &Case, setting: &Setting, orders: usize) -> Ran {
    let usual = setting.run(case);
    if !matches!(usual.verdict, Verdict::Passed) || case.has_flag("--schedule") {
        return usual;
    }
    let mut elapsed = usual.elapsed;
    for seed in 1..=orders {
        let (ran, report) = in_order(setting, case, format!("explore={seed}"));
        elapsed += ran.elapsed;
        if ran.is_failed() {
            return Failure { case, setting, seed, orders }.explain(ran, report);
        }
        // Without a choice there is one order only.
        if report.is_none_or(|report| report.decisions == 0) {
            break;
        }
    }
    Ran { elapsed, ..usual }
}

fn in_order(setting: &Setting, case: &Case, schedule: String) -> (Ran, Option<Report>) {
    let setting = Setting { schedule: Some(schedule), ..setting.clone() };
    setting.run_with_report(case)
}

fn replay(choices: &[Departure]) -> String {
    let choices: Vec<&str> = choices.iter().map(|departure| departure.choice.as_str()).collect();
    format!("replay={}", choices.join(","))
}

/// An order in which a test fails.
struct Failure<'a> {
    case: &'a Case,
    setting: &'a Setting,
    seed: usize,
    orders: usize,
}

impl Failure<'_> {
    /// The failure in the fewest departures, with what differs from asyncio's order.
    fn explain(&self, ran: Ran, report: Option<Report>) -> Ran {
        let found = format!("fails in another order of its tasks (seed {} of {})", self.seed, self.orders);
        let Some(report) = report else {
            // The process was ended, so nobody knows its departures: the seed must do.
            return with_problem(ran, Problem::new("order", found));
        };
        let mut least = report.departures;
        let count = least.len();
        let mut best = match self.fails(&least) {
            Some(failed) => failed,
            None => {
                let message = format!("{found}, but not when that order is repeated");
                return with_problem(ran, Problem::new("order", message));
            }
        };
        self.shrink(&mut least, &mut best);
        let (mut ran, report) = best;
        let (_, usual) = in_order(self.setting, self.case, "replay=".to_owned());
        let departures = report.as_ref().map(|report| report.departures.clone()).unwrap_or_default();
        let mut text = match count == departures.len() {
            true => "departures from asyncio's order:\n".to_owned(),
            false => format!("departures from asyncio's order, of {count} in the first place:\n"),
        };
        for departure in &departures {
            text.push_str(&format!("  {}  {}\n", departure.choice, departure.shown));
        }
        if let (Some(usual), Some(report)) = (usual, report) {
            text.push('\n');
            text.push_str(&interleaving::side_by_side(self.case, &usual.events, &report.events));
        }
        ran.schedule = Some(replay(&least));
        with_problem(ran, Problem::new("order", found).with_text(&text))
    }

    /// The run with these departures alone, if it fails.
    fn fails(&self, departures: &[Departure]) -> Option<(Ran, Option<Report>)> {
        let run = in_order(self.setting, self.case, replay(departures));
        run.0.is_failed().then_some(run)
    }

    /// Bring the departures down to few that fail, too.
    fn shrink(&self, least: &mut Vec<Departure>, best: &mut (Ran, Option<Report>)) {
        let shrinker = Shrinker {
            failure: self,
            least: std::mem::take(least),
            best: std::mem::replace(best, (Ran::new(Verdict::Passed, Seen::default(), Duration::ZERO), None)),
            tries: 0,
            started: Instant::now(),
        };
        (*least, *best) = shrinker.run();
    }
}

/// Makes a failing order simpler step by step.
struct Shrinker<'a> {
    failure: &'a Failure<'a>,
    least: Vec<Departure>,
    /// The run with these departures.
    best: (Ran, Option<Report>),
    tries: usize,
    started: Instant,
}

/// For how many turns a task is held back in place of several times for few.
const LONGER: [u32; 5] = [4, 8, 16, 32, 64];

impl Shrinker<'_> {
    fn run(mut self) -> (Vec<Departure>, (Ran, Option<Report>)) {
        self.leave_out();
        while self.least.len() > 1 && self.hold_longer() {
            self.leave_out();
        }
        self.hold_shorter();
        (self.least, self.best)
    }

    /// Whether it fails with these departures; then they are the least from now on.
    fn try_out(&mut self, departures: Vec<Departure>) -> bool {
        self.tries += 1;
        if self.tries > MOST_TRIES || self.started.elapsed() > LONGEST {
            return false;
        }
        match self.failure.fails(&departures) {
            Some(failed) => {
                (self.least, self.best) = (departures, failed);
                true
            }
            None => false,
        }
    }

    /// Leave out departures as long as it fails without them, many at a time first: delta
    /// debugging, after Zeller.
    fn leave_out(&mut self) {
        let mut size = self.least.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            let mut has_shrunk = false;
            while start < self.least.len() {
                let mut fewer = self.least.clone();
                fewer.drain(start..(start + size).min(fewer.len()));
                if self.try_out(fewer) {
                    has_shrunk = true;
                } else {
                    start += size;
                }
            }
            if size > 1 || !has_shrunk {
                size /= 2;
            }
        }
    }

    /// Hold one task back for long in place of all that happens to it otherwise, or to all tasks;
    /// whether that fails, too.
    fn hold_longer(&mut self) -> bool {
        for at in 0..self.least.len() {
            for turns in LONGER {
                let held = self.least[at].for_turns(turns);
                if self.try_out(vec![held.clone()]) {
                    return true;
                }
                let task = held.task().to_owned();
                let mut fewer = self.least.clone();
                fewer[at] = held;
                let mut place = 0;
                fewer.retain(|departure| {
                    place += 1;
                    place - 1 == at || departure.task() != task
                });
                if fewer.len() < self.least.len() && self.try_out(fewer) {
                    return true;
                }
            }
        }
        false
    }

    /// A task that is held back for less long is easier to follow.
    fn hold_shorter(&mut self) {
        for at in 0..self.least.len() {
            for turns in 1..self.least[at].turns() {
                let mut shorter = self.least.clone();
                shorter[at] = shorter[at].for_turns(turns);
                if self.try_out(shorter) {
                    break;
                }
            }
        }
    }
}

impl Departure {
    /// The name of the task that goes on or is held back.
    fn task(&self) -> &str {
        let end = [" at ", " is held back", " goes on"].iter().filter_map(|word| self.shown.find(word)).min();
        &self.shown[..end.unwrap_or(self.shown.len())]
    }

    /// For how many turns; 0 if it goes on.
    fn turns(&self) -> u32 {
        self.choice.split_once('+').and_then(|(_, turns)| turns.parse().ok()).unwrap_or(0)
    }

    /// The same task held back for so many turns.
    fn for_turns(&self, turns: u32) -> Departure {
        let place = self.choice.split('+').next().unwrap_or_default();
        Departure { choice: format!("{place}+{turns}"), shown: self.shown.clone() }
    }
}

/// The run with one problem more, which comes first.
fn with_problem(mut ran: Ran, problem: Problem) -> Ran {
    if let Verdict::Failed(problems) = &mut ran.verdict {
        problems.insert(0, problem);
    }
    ran
}
