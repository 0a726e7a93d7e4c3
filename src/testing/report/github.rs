//! For GitHub: a failure as an annotation of the line that it is about.

use super::diff;
use super::paint::Paint;
use crate::testing::case::Case;
use crate::testing::judge::{Detail, Problem};
use crate::testing::runner::Ran;

/// The annotations of a test.
pub fn result(case: &Case, ran: &Ran) -> String {
    ran.problems().iter().map(|problem| annotation(case, problem)).collect()
}

fn annotation(case: &Case, problem: &Problem) -> String {
    let mut message = problem.message.clone();
    let mut line = problem.line.unwrap_or(1);
    match &problem.detail {
        Detail::Nothing => {}
        Detail::Text(text) => message.push_str(&format!("\n{text}")),
        Detail::Diff(difference) => {
            line = diff::first_origin(difference).unwrap_or(line);
            message.push_str(&format!("\n{}", diff::render(difference, None, Paint::default())));
        }
    }
    let file = escape(&case.name).replace(':', "%3A").replace(',', "%2C");
    format!("::error file={file},line={line},title=apy test::{}\n", escape(message.trim_end()))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
