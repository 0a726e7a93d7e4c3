//! Runs a test in many orders of its tasks; what fails in one of them is brought down to the
//! fewest departures from asyncio's order.

use super::case::Case;
use super::judge::Problem;
use super::report::interleaving;
use super::runner::{Ran, Setting, Verdict};
use super::worker::{Departure, Report};
use std::time::{Duration, Instant};

/// Runs and time spent on making one failure smaller.
const MOST_TRIES: usize = 400;
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

    /// Leave out departures as long as it fails without them, many at a time first: delta
    /// debugging, after Zeller.
    fn shrink(&self, least: &mut Vec<Departure>, best: &mut (Ran, Option<Report>)) {
        let started = Instant::now();
        let mut tries = 0;
        let mut may_go_on = || {
            tries += 1;
            tries <= MOST_TRIES && started.elapsed() < LONGEST
        };
        let mut size = least.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            let mut has_shrunk = false;
            while start < least.len() {
                if !may_go_on() {
                    return;
                }
                let mut fewer = least.clone();
                fewer.drain(start..(start + size).min(fewer.len()));
                match self.fails(&fewer) {
                    Some(failed) => {
                        (*least, *best) = (fewer, failed);
                        has_shrunk = true;
                    }
                    None => start += size,
                }
            }
            if size > 1 || !has_shrunk {
                size /= 2;
            }
        }
        // A task that is held back for less long is easier to follow.
        for at in 0..least.len() {
            let Some((choice, turns)) = least[at].choice.split_once('+') else { continue };
            let (choice, turns) = (choice.to_owned(), turns.parse::<u32>().unwrap_or(1));
            for fewer_turns in 1..turns.min(8) {
                if !may_go_on() {
                    return;
                }
                let mut fewer = least.clone();
                fewer[at].choice = format!("{choice}+{fewer_turns}");
                if let Some(failed) = self.fails(&fewer) {
                    (*least, *best) = (fewer, failed);
                    break;
                }
            }
        }
    }
}

/// The run with one problem more, which comes first.
fn with_problem(mut ran: Ran, problem: Problem) -> Ran {
    if let Verdict::Failed(problems) = &mut ran.verdict {
        problems.insert(0, problem);
    }
    ran
}
