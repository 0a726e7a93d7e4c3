//! A difference as text: `-` what was expected, `+` what was printed.

use super::paint::{Paint, visible};
use crate::testing::judge::Diff;
use crate::testing::pattern::Change;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Equal lines shown around a change.
const CONTEXT: usize = 3;
/// Lines shown of one difference; beyond them nobody reads on.
const MOST: usize = 120;

/// One line of a difference.
struct Row {
    sign: char,
    /// The number of the printed line.
    number: Option<usize>,
    text: String,
    is_change: bool,
}

/// The difference, each line indented. `only` shows one change alone, by its place in
/// `diff.changes`.
pub fn render(diff: &Diff, only: Option<usize>, paint: Paint) -> String {
    let mut rows = Vec::new();
    let mut wanted = 0..0;
    for (at, change) in diff.changes.iter().enumerate() {
        let start = rows.len();
        push_rows(diff, change, paint, &mut rows);
        if only == Some(at) {
            wanted = start..rows.len();
        }
    }
    let near = |at: usize| match only {
        Some(_) => at + CONTEXT >= wanted.start && at < wanted.end + CONTEXT,
        None => {
            let (from, to) = (at.saturating_sub(CONTEXT), (at + CONTEXT + 1).min(rows.len()));
            rows[from..to].iter().any(|row| row.is_change)
        }
    };
    let mut text = String::new();
    let (mut hidden, mut shown) = (false, 0);
    for (at, row) in rows.iter().enumerate() {
        if !near(at) || shown >= MOST {
            hidden |= only.is_none();
            continue;
        }
        if hidden && shown < MOST {
            text.push_str(&paint.faint("         ⋮\n"));
        }
        hidden = false;
        shown += 1;
        let number = row.number.map_or_else(String::new, |number| number.to_string());
        text.push_str(&format!("  {} {}  {}\n", paint.faint(&format!("{number:>5}")), row.sign, row.text));
    }
    if hidden {
        text.push_str(&paint.faint("         ⋮\n"));
    }
    text
}

/// Which line of the script printed the first line that is wrong.
pub fn first_origin(diff: &Diff) -> Option<u32> {
    let change = diff.changes.iter().find_map(|change| match change {
        Change::Differ { lines, .. } => Some(lines.start),
        _ => None,
    })?;
    diff.printed_by.get(change).copied().filter(|line| *line > 0)
}

fn push_rows(diff: &Diff, change: &Change, paint: Paint, rows: &mut Vec<Row>) {
    let plain = |number: usize| Row {
        sign: ' ',
        number: Some(number + 1),
        text: diff.lines[number].clone(),
        is_change: false,
    };
    match change {
        Change::Same { line, .. } => rows.push(plain(*line)),
        Change::Elided { lines, .. } => rows.extend(lines.clone().map(plain)),
        Change::Differ { slots, lines } => {
            let old: Vec<&str> = slots.iter().map(|slot| diff.expected.slots[*slot].text.as_str()).collect();
            let new: Vec<&str> = diff.lines[lines.clone()].iter().map(String::as_str).collect();
            // Lines that stand for each other show which of their words differ.
            let is_paired = old.len() == new.len();
            let pairs: Vec<(String, String)> = match is_paired {
                true => old.iter().zip(&new).map(|(old, new)| words(old, new, paint)).collect(),
                false => Vec::new(),
            };
            for (at, line) in old.iter().enumerate() {
                let text = if is_paired { pairs[at].0.clone() } else { paint.good(&visible(line)) };
                rows.push(Row { sign: '-', number: None, text, is_change: true });
            }
            for (at, line) in new.iter().enumerate() {
                let text = if is_paired { pairs[at].1.clone() } else { paint.bad(&visible(line)) };
                rows.push(Row { sign: '+', number: Some(lines.start + at + 1), text, is_change: true });
            }
        }
    }
}

/// Both lines, the words that differ marked.
fn words(old: &str, new: &str, paint: Paint) -> (String, String) {
    let (old, new) = (visible(old), visible(new));
    let (old, new) = (split_words(&old), split_words(&new));
    let (mut left, mut right) = (String::new(), String::new());
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (was, is) = (old[op.old_range()].concat(), new[op.new_range()].concat());
        if matches!(op, DiffOp::Equal { .. }) {
            left.push_str(&paint.good(&was));
            right.push_str(&paint.bad(&is));
        } else {
            left.push_str(&paint.very_good(&was));
            right.push_str(&paint.very_bad(&is));
        }
    }
    (left, right)
}

/// Words, and each other character by itself.
fn split_words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        if at > start && !(in_word && is_word) {
            words.push(&line[start..at]);
            start = at;
        }
        in_word = is_word;
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pattern::Expected;

    #[test]
    fn invisible_characters_are_shown() {
        let expected = Expected::of_text("a\nb \n", true);
        let diff = Diff::of(&expected, "a\nb\t\u{200b}\r\n", &[]);
        let text = render(&diff, None, Paint::default());
        assert_eq!(text, "      1    a\n        -  b·\n      2 +  b→\\u{200b}␍\n");
    }

    #[test]
    fn words_that_differ_are_marked() {
        let (left, right) = words("total: 3 apples", "total: 4 apples", Paint { is_on: true });
        assert!(left.contains("\x1b[32;7m3\x1b[0m"), "{left:?}");
        assert!(right.contains("\x1b[31;7m4\x1b[0m"), "{right:?}");
    }
}
