//! For people: what failed and why, progress on a terminal, and what it comes to.

use super::paint::Paint;
use super::{Summary, diff};
use crate::testing::case::Case;
use crate::testing::judge::{Detail, Problem};
use crate::testing::runner::{Ran, Verdict};
use std::time::Duration;

/// Lines shown of a text such as standard error.
const MOST: usize = 60;

/// How much is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub paint: Paint,
    /// Also name tests that passed.
    pub is_verbose: bool,
    /// Leave out what differs from run to run: durations.
    pub is_timeless: bool,
}

impl Style {
    /// What there is to say about a test; often nothing.
    pub fn result(&self, case: &Case, ran: &Ran, again: &str) -> String {
        let paint = self.paint;
        let name = match ran.repetition {
            1 => case.name.clone(),
            n => format!("{} (run {n})", case.name),
        };
        let time = if self.is_timeless || ran.elapsed.is_zero() {
            String::new()
        } else {
            paint.faint(&format!("  {}", duration(ran.elapsed)))
        };
        match &ran.verdict {
            Verdict::Passed if self.is_verbose => format!("{}  {name}{time}\n", paint.good("pass")),
            Verdict::Passed => String::new(),
            Verdict::Skipped(why) if self.is_verbose => {
                format!("{}  {name}: {why}\n", paint.doubtful("skip"))
            }
            Verdict::Skipped(_) => String::new(),
            Verdict::FailedAsExpected(why) if self.is_verbose => {
                format!("{} {name}: {why}{time}\n", paint.doubtful("xfail"))
            }
            Verdict::FailedAsExpected(_) => String::new(),
            Verdict::Failed(problems) => {
                let mut text = format!("{}  {}{time}\n", paint.bad("FAIL"), paint.strong(&name));
                for problem in problems {
                    text.push_str(&self.problem(case, problem));
                }
                text.push_str(&format!("  {}\n\n", paint.faint(&format!("again: {again}"))));
                text
            }
        }
    }

    /// One problem with its details.
    pub fn problem(&self, case: &Case, problem: &Problem) -> String {
        let paint = self.paint;
        let place = match problem.line {
            Some(line) => format!("{}:{line}: ", case.name),
            None => String::new(),
        };
        let mut text = format!("  {place}{}\n", problem.message);
        match &problem.detail {
            Detail::Nothing => {}
            Detail::Text(detail) => text.push_str(&quoted(detail, paint)),
            Detail::Diff(diff) => {
                let origin = diff::first_origin(diff)
                    .map_or_else(String::new, |line| format!(", first by line {line} of the script"));
                text.truncate(text.trim_end().len());
                text.push_str(&format!(" (- expected, + printed{origin}):\n"));
                text.push_str(&diff::render(diff, None, paint));
            }
        }
        text
    }

    /// What it comes to.
    pub fn summary(&self, summary: &Summary) -> String {
        let paint = self.paint;
        let mut parts = vec![match summary.passed {
            0 => "0 passed".to_owned(),
            count => paint.good(&format!("{count} passed")),
        }];
        if summary.failed > 0 {
            parts.insert(0, paint.bad(&format!("{} failed", summary.failed)));
        }
        if summary.expected > 0 {
            parts.push(format!("{} failed as expected", summary.expected));
        }
        if summary.skipped > 0 {
            parts.push(format!("{} skipped", summary.skipped));
        }
        let time =
            if self.is_timeless { String::new() } else { format!(" in {}", duration(summary.elapsed)) };
        format!("{}{}\n", parts.join(", "), paint.faint(&time))
    }

    /// The slowest tests.
    pub fn slowest(&self, mut times: Vec<(String, Duration)>, count: usize) -> String {
        times.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut text = format!("slowest {}:\n", count.min(times.len()));
        for (name, time) in times.into_iter().take(count) {
            let time = if self.is_timeless { String::new() } else { format!("{:>9}", duration(time)) };
            text.push_str(&format!("{time}  {name}\n"));
        }
        text
    }
}

fn quoted(text: &str, paint: Paint) -> String {
    let mut shown = String::new();
    for (at, line) in text.lines().enumerate() {
        if at == MOST {
            shown.push_str(&paint.faint(&format!("      … {} more lines\n", text.lines().count() - MOST)));
            break;
        }
        shown.push_str(format!("      {}", super::paint::visible(line)).trim_end());
        shown.push('\n');
    }
    shown
}

/// A duration with two or three digits.
pub fn duration(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1e3;
    match ms {
        _ if ms < 10.0 => format!("{ms:.1} ms"),
        _ if ms < 1000.0 => format!("{ms:.0} ms"),
        _ if ms < 100_000.0 => format!("{:.1} s", ms / 1e3),
        _ => format!("{:.0} s", ms / 1e3),
    }
}
