//! What went on when, in two orders of tasks side by side.

use crate::session::{Event, Step};
use crate::testing::case::Case;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Events shown before the first difference.
const BEFORE: usize = 3;
/// Events shown after the last.
const AFTER: usize = 2;
/// Rows shown from there on.
const MOST: usize = 30;
/// Characters of a column.
const WIDTH: usize = 46;

/// The events of asyncio's order on the left, those of the other on the right; equal ones stand
/// beside each other.
pub fn side_by_side(case: &Case, usual: &[Event], other: &[Event]) -> String {
    let lines: Vec<&str> = case.text.lines().collect();
    let file = case.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shown = |event: &Event| shown(event, &file, &lines);
    // Callbacks follow from what the tasks do.
    let is_task = |event: &&Event| !matches!(event, Event::WentOn(Step { line: 0, .. }));
    let usual: Vec<Event> = usual.iter().filter(is_task).cloned().collect();
    let other: Vec<Event> = other.iter().filter(is_task).cloned().collect();
    let mut rows: Vec<(String, char, String)> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &usual, &other) {
        let (left, right) = (&usual[op.old_range()], &other[op.new_range()]);
        if matches!(op, DiffOp::Equal { .. }) {
            rows.extend(left.iter().zip(right).map(|(left, right)| (shown(left), ' ', shown(right))));
        } else {
            rows.extend(left.iter().map(|event| (shown(event), '<', String::new())));
            rows.extend(right.iter().map(|event| (String::new(), '>', shown(event))));
        }
    }
    let Some(first) = rows.iter().position(|(_, sign, _)| *sign != ' ') else { return String::new() };
    let last = rows.iter().rposition(|(_, sign, _)| *sign != ' ').unwrap_or(first);
    let end = (last + 1 + AFTER).min(rows.len());
    let start = first.saturating_sub(BEFORE);
    let mut text = row("asyncio's order", ' ', "this order");
    if start > 0 {
        text.push_str(&row("⋮", ' ', "⋮"));
    }
    for (left, sign, right) in rows[..end].iter().skip(start).take(MOST) {
        text.push_str(&row(left, *sign, right));
    }
    if rows.len() > end.min(start + MOST) {
        text.push_str(&row("⋮", ' ', "⋮"));
    }
    text
}

fn row(left: &str, sign: char, right: &str) -> String {
    let left: String = left.chars().take(WIDTH).collect();
    let right: String = right.chars().take(WIDTH).collect();
    let padding = " ".repeat(WIDTH - left.chars().count());
    format!("{left}{padding} {sign} {right}").trim_end().to_owned() + "\n"
}

fn shown(event: &Event, file: &str, lines: &[&str]) -> String {
    match event {
        Event::Printed(text) => format!("    prints {text:?}"),
        Event::WentOn(Step { name, function, file: own, line }) => {
            let source = lines.get((*line as usize).wrapping_sub(1)).filter(|_| own == file);
            match source {
                Some(source) => format!("{name} {line}: {}", source.trim()),
                None => format!("{name} in {function}"),
            }
        }
    }
}
