//! What was expected against what happened.

use super::case::Case;
use super::normalize::{Place, normalize};
use super::pattern::{Change, Expected, split_lines};
use super::process::{End, Limits, Outcome, signal_name};
use crate::session::Leak;
use std::path::Path;

/// What the text of a run is, ready to be compared.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub out: String,
    pub err: String,
    pub exit: Option<i32>,
    /// For each printed line the line of the script that printed it, or 0.
    pub printed_by: Vec<u32>,
}

impl Seen {
    /// Take what depends on the machine out of an outcome.
    pub fn of(case: &Case, outcome: &Outcome, scratch: Option<&Path>) -> Seen {
        let place = Place { folder: case.folder(), scratch };
        let text = |bytes: &[u8]| normalize(&String::from_utf8_lossy(bytes), &place, &case.header.rules);
        Seen {
            out: text(&outcome.out),
            err: text(&outcome.err),
            exit: match outcome.end {
                End::Exit(code) => Some(code),
                _ => None,
            },
            printed_by: outcome.report.as_ref().map(|report| report.printed_by.clone()).unwrap_or_default(),
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone)]
pub struct Problem {
    /// One word, for programs.
    pub kind: &'static str,
    /// One line, for people.
    pub message: String,
    /// The line of the script that it is about.
    pub line: Option<u32>,
    pub detail: Detail,
}

/// What more there is to say.
#[derive(Debug, Clone, Default)]
pub enum Detail {
    #[default]
    Nothing,
    /// Text to be shown below, such as the whole of standard error.
    Text(String),
    Diff(Diff),
}

impl Problem {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Problem {
        Problem { kind, message: message.into(), line: None, detail: Detail::Nothing }
    }

    fn at(mut self, line: u32) -> Problem {
        self.line = (line > 0).then_some(line);
        self
    }

    pub fn with_text(mut self, text: &str) -> Problem {
        self.detail = Detail::Text(text.to_owned());
        self
    }
}

/// How a text differs from what was expected, line by line.
#[derive(Debug, Clone)]
pub struct Diff {
    pub expected: Expected,
    pub lines: Vec<String>,
    pub changes: Vec<Change>,
    /// For each printed line the line of the script that printed it, or 0.
    pub printed_by: Vec<u32>,
}

impl Diff {
    pub fn of(expected: &Expected, text: &str, printed_by: &[u32]) -> Diff {
        let lines = split_lines(text);
        let changes = expected.compare(&lines);
        let lines = lines.into_iter().map(str::to_owned).collect();
        Diff { expected: expected.clone(), lines, changes, printed_by: printed_by.to_vec() }
    }
}

/// All that is wrong with a run.
pub fn judge(case: &Case, outcome: &Outcome, seen: &Seen, limits: &Limits) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, message) in case.header.faults.iter().chain(&case.inline.faults) {
        problems.push(Problem::new("directive", message.clone()).at(*line));
    }
    if case.out.is_some() && case.inline.says_output() {
        problems.push(Problem::new("directive", "both a .out file and comments say what is printed"));
    }
    if !case.has_expectations() {
        problems.push(Problem::new("no-expectations", "nothing says what it must print"));
    }
    judge_end(outcome, limits, &mut problems);
    if let Some(feature) = &case.header.not_yet {
        problems.extend(judge_refusal(feature, seen));
        return problems;
    }
    if let End::Exit(code) = outcome.end {
        judge_exit(case, code, seen, &mut problems);
    }
    judge_out(case, seen, &mut problems);
    // A process that was ended has not said its last words.
    if matches!(outcome.end, End::Exit(_)) {
        judge_err(case, seen, &mut problems);
    }
    let leaks = outcome.report.iter().flat_map(|report| &report.leaks);
    problems.extend(leaks.filter(|leak| !is_allowed(case, leak)).map(leak_problem));
    problems
}

fn judge_end(outcome: &Outcome, limits: &Limits, problems: &mut Vec<Problem>) {
    let problem = match outcome.end {
        End::Exit(_) => return,
        End::Signal(number) => Problem::new("signal", format!("killed by {}", signal_name(number))),
        End::TooLong => {
            Problem::new("timeout", format!("still running after {} s", limits.time.as_secs_f64()))
        }
        End::TooMuchOutput => {
            Problem::new("output-limit", format!("printed more than {} MiB", limits.output >> 20))
        }
        End::TooMuchMemory => {
            Problem::new("memory-limit", format!("used more than {} MiB of memory", limits.memory >> 20))
        }
    };
    problems.push(problem);
}

/// What apy does not know yet it must name, before it runs anything.
fn judge_refusal(feature: &str, seen: &Seen) -> Option<Problem> {
    let refusal = format!("SyntaxError: {feature} is not supported yet by apy");
    if seen.err.lines().next() == Some(&refusal) && seen.exit == Some(1) && seen.out.is_empty() {
        return None;
    }
    let message = format!("neither refused with {refusal:?} nor is the line `# not-yet:` gone");
    Some(Problem::new("refusal", message).with_text(&format!("{}{}", seen.out, seen.err)))
}

fn judge_exit(case: &Case, code: i32, seen: &Seen, problems: &mut Vec<Problem>) {
    let wanted = case.expected_exit();
    if code == wanted {
        return;
    }
    let problem = Problem::new("exit", format!("exit code {code} instead of {wanted}"));
    // Standard error is shown as a difference if it was to be something else.
    let is_shown = case.expected_err().is_some();
    problems.push(if is_shown || seen.err.is_empty() { problem } else { problem.with_text(&seen.err) });
}

fn judge_out(case: &Case, seen: &Seen, problems: &mut Vec<Problem>) {
    if let Some(expected) = case.expected_out()
        && !expected.accepts(&seen.out)
    {
        let mut message = "standard output differs".to_owned();
        if case.out.is_none() && !case.is_inline() {
            message = "there is no .out file".to_owned();
        } else if !expected.accepts_end(&seen.out) {
            let which = if seen.out.ends_with('\n') { "has a" } else { "has no" };
            message.push_str(&format!(": its last line {which} line end"));
        }
        let diff = Diff::of(&expected, &seen.out, &seen.printed_by);
        problems.push(Problem { detail: Detail::Diff(diff), ..Problem::new("stdout", message) });
    } else if case.out.is_none() && !case.is_inline() {
        problems.push(Problem::new("stdout", "there is no .out file, which may be empty"));
    }
    for site in &case.inline.never {
        let gap = format!("[..]{}[..]", site.text);
        let lines = split_lines(&seen.out);
        if let Some(at) = lines.iter().position(|line| super::pattern::text_matches(&gap, line)) {
            let message = format!("line {} of the output holds {:?}", at + 1, site.text);
            problems.push(Problem::new("forbidden", message).at(site.line).with_text(lines[at]));
        }
    }
}

fn judge_err(case: &Case, seen: &Seen, problems: &mut Vec<Problem>) {
    let err = seen.err.as_str();
    for text in &case.header.stderr_has {
        if !err.contains(text.as_str()) {
            let message = format!("standard error lacks {text:?}");
            problems.push(Problem::new("stderr", message).with_text(err));
        }
    }
    let (err, more) = match case.header.aside.is_empty() {
        true => (err.to_owned(), ""),
        false => split_aside(err),
    };
    let err = err.as_str();
    for text in case.header.aside.iter().filter(|text| !more.contains(text.as_str())) {
        let message = format!("the notes around the error lack {text:?}");
        problems.push(Problem::new("stderr", message).with_text(more));
    }
    if let Some(facts) = &case.diag {
        let mut facts = facts.lines();
        let message = facts.next().unwrap_or_default();
        if err.lines().next() != Some(message) {
            let message = format!("the report does not open with {message:?}");
            problems.push(Problem::new("report", message).with_text(err));
        }
        let place = format!("{}:", facts.next().unwrap_or_default());
        if !err.contains(&place) {
            let message = format!("the report does not name {place:?}");
            problems.push(Problem::new("report", message).with_text(err));
        }
    }
    if let Some(site) = &case.inline.error {
        judge_error(case, &site.text, site.line, err, problems);
    }
    if let Some(expected) = case.expected_err()
        && !expected.accepts(err)
    {
        let diff = Diff::of(&expected, err, &[]);
        let problem = Problem::new("stderr", "standard error differs");
        problems.push(Problem { detail: Detail::Diff(diff), ..problem });
    }
}

/// What an error wrote, and the notes and help that apy adds before its traceback.
fn split_aside(err: &str) -> (String, &str) {
    let lines =
        || err.split_inclusive('\n').map(|line| (line.as_ptr() as usize - err.as_ptr() as usize, line));
    let first = lines().find(|(_, line)| is_aside(line)).map_or(err.len(), |(at, _)| at);
    let end = lines()
        .find(|(at, line)| {
            *at > first && line.trim_start_matches([' ', '+']).contains("Traceback (most recent call last):")
        })
        .map_or(err.len(), |(at, _)| at);
    (format!("{}{}", &err[..first], &err[end..]), &err[first..end])
}

/// Whether a line of standard error begins a note or help of apy.
fn is_aside(line: &str) -> bool {
    line.starts_with("note: ") || line.starts_with("help: ")
}

/// The uncaught exception, or the first fault of the text.
pub struct Failure {
    pub text: String,
    /// Lines of the script that its report names.
    pub lines: Vec<u32>,
}

/// What ended the script, from what it wrote to standard error.
pub fn failure(case: &Case, err: &str) -> Option<Failure> {
    let file = case.path.file_name()?.to_string_lossy().into_owned();
    let frame = format!("  File \"{file}\", line ");
    let is_traceback = err.lines().any(|line| line.ends_with("Traceback (most recent call last):"));
    if is_traceback {
        let frames = err.lines().filter_map(|line| line.strip_prefix(frame.as_str()));
        let lines = frames.filter_map(|rest| rest.split(',').next()?.trim().parse().ok()).collect();
        let text = err.lines().rfind(|line| {
            let is_text = line.starts_with(|c: char| c.is_alphabetic() || c == '_');
            is_text && !line.starts_with("Traceback") && !is_aside(line)
        })?;
        return Some(Failure { text: text.to_owned(), lines });
    }
    let text =
        err.lines().find(|line| line.split(": ").next().is_some_and(|kind| kind.ends_with("Error")))?;
    let place = format!("{file}:");
    let after = err.split(place.as_str()).nth(1).unwrap_or_default();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some(Failure { text: text.to_owned(), lines: digits.parse().into_iter().collect() })
}

fn judge_error(case: &Case, wanted: &str, line: u32, err: &str, problems: &mut Vec<Problem>) {
    let Some(failure) = failure(case, err) else {
        let problem = Problem::new("error", format!("no exception ended it, but expected was {wanted:?}"));
        problems.push(problem.at(line));
        return;
    };
    if !super::pattern::text_matches(wanted, &failure.text) {
        let message = format!("ended by {:?} instead of {wanted:?}", failure.text);
        problems.push(Problem::new("error", message).at(line).with_text(err));
    } else if !failure.lines.contains(&line) {
        let places: Vec<String> = failure.lines.iter().map(u32::to_string).collect();
        let message = format!("{wanted:?} came from line {} instead of {line}", places.join(", "));
        problems.push(Problem::new("error", message).at(line).with_text(err));
    }
}

/// A leak that the expectations speak of is one that the author knows.
fn is_allowed(case: &Case, leak: &Leak) -> bool {
    let said = match leak.kind.as_ref() {
        "coroutines" => "was never awaited",
        "exceptions" => "exception was never retrieved",
        "tasks" => "Task was destroyed but it is pending",
        "loops" => "unclosed event loop",
        _ => "ResourceWarning",
    };
    let err = case.err.as_deref().unwrap_or_default();
    let says = |text: &String| said.contains(text.as_str()) || text.contains(said);
    case.header.leaks_allowed.iter().any(|kind| *kind == leak.kind)
        || err.contains(said)
        || case.header.stderr_has.iter().any(says)
}

fn leak_problem(leak: &Leak) -> Problem {
    let mut message = format!("leak: {}", leak.text);
    if leak.line > 0 {
        message.push_str(&format!("; made at {}:{}", leak.file, leak.line));
    }
    Problem::new("leak", message).at(leak.line)
}
