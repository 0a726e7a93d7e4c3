//! For build servers: JUnit's XML, a suite per folder.

use super::diff;
use super::paint::Paint;
use crate::testing::case::Case;
use crate::testing::judge::Detail;
use crate::testing::runner::{Ran, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;
use std::time::Duration;

/// The whole report. Without durations all times are 0.
pub fn report(cases: &[Case], results: &[Ran], is_timeless: bool) -> Result<String, String> {
    let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for ran in results {
        let case = &cases[ran.index];
        let (folder, file) = case.name.rsplit_once('/').unwrap_or((".", &case.name));
        suites.entry(folder.to_owned()).or_default().push(test_case(ran, folder, file, is_timeless));
    }
    let mut report = Report::new("apy test");
    let mut total = Duration::ZERO;
    for (name, cases) in suites {
        let mut suite = TestSuite::new(name);
        let time: Duration = cases.iter().filter_map(|case| case.time).sum();
        total += time;
        suite.set_time(time);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    report.set_time(total);
    let text = report.to_string().map_err(|error| error.to_string())?;
    // The schema that build servers check by counts what was skipped in suites only.
    let start = text.find("<testsuites").unwrap_or_default();
    let end = text[start..].find('>').map_or(text.len(), |length| start + length);
    let head = match text[start..end].split_once(" skipped=\"") {
        Some((before, after)) => {
            format!("{before}{}", after.split_once('"').map_or("", |(_, rest)| rest))
        }
        None => text[start..end].to_owned(),
    };
    // The two characters that XML has no place for, and that the library lets pass.
    Ok(format!("{}{head}{}", &text[..start], &text[end..]).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

fn test_case(ran: &Ran, folder: &str, file: &str, is_timeless: bool) -> TestCase {
    let status = match &ran.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Skipped(why) | Verdict::FailedAsExpected(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        Verdict::Failed(problems) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = problems.first() {
                status.set_type(first.kind).set_message(first.message.as_str());
            }
            let mut text = String::new();
            for problem in problems {
                text.push_str(&problem.message);
                text.push('\n');
                match &problem.detail {
                    Detail::Nothing => {}
                    Detail::Text(detail) => text.push_str(detail),
                    Detail::Diff(difference) => {
                        text.push_str(&diff::render(difference, None, Paint::default()));
                    }
                }
            }
            status.set_description(text);
            status
        }
    };
    let name = match ran.repetition {
        1 => file.to_owned(),
        n => format!("{file} (run {n})"),
    };
    let mut test = TestCase::new(name, status);
    test.set_classname(folder.replace('/', "."));
    test.set_time(if is_timeless { Duration::ZERO } else { ran.elapsed });
    test
}
