//! For programs: one JSON object per line, a test each, and a summary at the end.

use super::Summary;
use super::diff;
use super::paint::Paint;
use crate::testing::case::Case;
use crate::testing::judge::{Detail, Problem};
use crate::testing::runner::{Ran, Verdict};
use serde_json::{Map, Value, json};

/// A test.
pub fn result(case: &Case, ran: &Ran, is_timeless: bool) -> String {
    let mut object = Map::new();
    object.insert("type".to_owned(), json!("test"));
    object.insert("name".to_owned(), json!(case.name));
    let (status, reason) = match &ran.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(_) => ("failed", None),
        Verdict::Skipped(why) => ("skipped", Some(why)),
        Verdict::FailedAsExpected(why) => ("xfailed", Some(why)),
    };
    object.insert("status".to_owned(), json!(status));
    if ran.repetition > 1 {
        object.insert("run".to_owned(), json!(ran.repetition));
    }
    if let Some(reason) = reason {
        object.insert("reason".to_owned(), json!(reason));
    }
    if !is_timeless {
        object.insert("seconds".to_owned(), json!(ran.elapsed.as_secs_f64()));
    }
    if ran.is_failed() {
        let problems: Vec<Value> = ran.problems().iter().map(problem).collect();
        object.insert("problems".to_owned(), json!(problems));
    }
    format!("{}\n", Value::Object(object))
}

fn problem(problem: &Problem) -> Value {
    let mut object = Map::new();
    object.insert("kind".to_owned(), json!(problem.kind));
    object.insert("message".to_owned(), json!(problem.message));
    if let Some(line) = problem.line {
        object.insert("line".to_owned(), json!(line));
    }
    match &problem.detail {
        Detail::Nothing => {}
        Detail::Text(text) => _ = object.insert("text".to_owned(), json!(text)),
        Detail::Diff(difference) => {
            let expected: Vec<&str> =
                difference.expected.slots.iter().map(|slot| slot.text.as_str()).collect();
            object.insert("expected".to_owned(), json!(expected));
            object.insert("printed".to_owned(), json!(difference.lines));
            let shown = diff::render(difference, None, Paint::default());
            object.insert("diff".to_owned(), json!(shown));
            if let Some(line) = diff::first_origin(difference) {
                object.insert("line".to_owned(), json!(line));
            }
        }
    }
    Value::Object(object)
}

/// What it comes to.
pub fn summary(summary: &Summary, is_timeless: bool) -> String {
    let mut object = json!({
        "type": "summary",
        "passed": summary.passed,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "xfailed": summary.expected,
    });
    if !is_timeless {
        object["seconds"] = json!(summary.elapsed.as_secs_f64());
    }
    format!("{object}\n")
}
