//! Expected lines, and how what was printed compares with them.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;
use std::ops::Range;

/// Stands for any text within an expected line.
const GAP: &str = "[..]";
/// An expected line that stands for any number of lines.
const ANY_LINES: &str = "...";

/// What an expected line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line, which may hold `[..]`.
    Line,
    /// `...`: any number of lines.
    AnyLines,
    /// A line of the region of this number, whose lines may come in any order.
    Unordered(u32),
}

/// One expected line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub text: String,
    pub kind: Kind,
}

/// What is expected of a stream, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    pub slots: Vec<Slot>,
    /// Whether `[..]` and `...` are elisions rather than text.
    pub elides: bool,
    /// Whether the last line must have a line end; `None` if that does not matter.
    pub ends_line: Option<bool>,
}

impl Expected {
    /// Exactly this text, elisions apart.
    pub fn of_text(text: &str, elides: bool) -> Expected {
        let lines = split_lines(text);
        let slots = lines
            .into_iter()
            .map(|line| Slot {
                text: line.to_owned(),
                kind: if elides && line == ANY_LINES { Kind::AnyLines } else { Kind::Line },
            })
            .collect();
        let ends_line = (!text.is_empty()).then(|| text.ends_with('\n'));
        Expected { slots, elides, ends_line }
    }

    /// A slot for a line of an inline expectation.
    pub fn slot(text: &str, region: Option<u32>) -> Slot {
        let kind = match region {
            Some(region) => Kind::Unordered(region),
            None if text == ANY_LINES => Kind::AnyLines,
            None => Kind::Line,
        };
        Slot { text: text.to_owned(), kind }
    }

    /// Whether `text` is what is expected.
    pub fn accepts(&self, text: &str) -> bool {
        let lines = split_lines(text);
        self.accepts_lines(&lines) && self.accepts_end(text)
    }

    /// Whether the end of the last line is as expected.
    pub fn accepts_end(&self, text: &str) -> bool {
        let is_open = self.slots.last().is_some_and(|slot| slot.kind == Kind::AnyLines);
        is_open || text.is_empty() || self.ends_line.is_none_or(|wanted| wanted == text.ends_with('\n'))
    }

    fn accepts_lines(&self, lines: &[&str]) -> bool {
        // Between elisions the number of lines is fixed, so the earliest place is as good as any.
        let mut segments = self.slots.split(|slot| slot.kind == Kind::AnyLines);
        let first = segments.next().unwrap_or_default();
        let rest: Vec<&[Slot]> = segments.collect();
        let Some((last, middle)) = rest.split_last() else {
            return first.len() == lines.len() && self.accepts_segment(first, lines);
        };
        if lines.len() < first.len() + last.len() || !self.accepts_segment(first, &lines[..first.len()]) {
            return false;
        }
        let end = lines.len() - last.len();
        if !self.accepts_segment(last, &lines[end..]) {
            return false;
        }
        let mut left = &lines[first.len()..end];
        for segment in middle {
            let places = 0..(left.len() + 1).saturating_sub(segment.len());
            let found = places.into_iter().find(|&at| self.accepts_segment(segment, &left[at..]));
            let Some(at) = found else { return false };
            left = &left[at + segment.len()..];
        }
        true
    }

    /// Whether the first lines are those of a segment without `...`.
    fn accepts_segment(&self, segment: &[Slot], lines: &[&str]) -> bool {
        if lines.len() < segment.len() {
            return false;
        }
        let mut at = 0;
        while at < segment.len() {
            let kind = segment[at].kind;
            let length = match kind {
                Kind::Unordered(_) => segment[at..].iter().take_while(|slot| slot.kind == kind).count(),
                _ => 1,
            };
            let (wanted, got) = (&segment[at..at + length], &lines[at..at + length]);
            let accepted = match length {
                1 => self.line_matches(&wanted[0].text, got[0]),
                _ => self.is_permutation(wanted, got),
            };
            if !accepted {
                return false;
            }
            at += length;
        }
        true
    }

    fn is_permutation(&self, wanted: &[Slot], got: &[&str]) -> bool {
        if !self.elides || wanted.iter().all(|slot| !slot.text.contains(GAP)) {
            let mut wanted: Vec<&str> = wanted.iter().map(|slot| slot.text.as_str()).collect();
            let mut got = got.to_vec();
            wanted.sort_unstable();
            got.sort_unstable();
            return wanted == got;
        }
        // Patterns may match several lines: look for a perfect matching.
        let mut owner: Vec<Option<usize>> = vec![None; got.len()];
        (0..wanted.len()).all(|at| {
            let mut seen = vec![false; got.len()];
            self.find_owner(at, wanted, got, &mut owner, &mut seen)
        })
    }

    fn find_owner(
        &self,
        at: usize,
        wanted: &[Slot],
        got: &[&str],
        owner: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for line in 0..got.len() {
            if seen[line] || !self.line_matches(&wanted[at].text, got[line]) {
                continue;
            }
            seen[line] = true;
            let is_free = match owner[line] {
                None => true,
                Some(other) => self.find_owner(other, wanted, got, owner, seen),
            };
            if is_free {
                owner[line] = Some(at);
                return true;
            }
        }
        false
    }

    /// Whether `line` is what an expected line means.
    pub fn line_matches(&self, wanted: &str, line: &str) -> bool {
        if self.elides { text_matches(wanted, line) } else { wanted == line }
    }

    /// How the printed lines differ from the expected ones.
    pub fn compare(&self, lines: &[&str]) -> Vec<Change> {
        let order = self.order_for(lines);
        let mut start = 0;
        while start < order.len().min(lines.len()) && self.slot_matches(order[start], lines[start]) {
            start += 1;
        }
        let mut tail = 0;
        while tail < order.len().min(lines.len()) - start
            && self.slot_matches(order[order.len() - 1 - tail], lines[lines.len() - 1 - tail])
        {
            tail += 1;
        }
        let mut changes: Vec<Change> =
            (0..start).map(|at| Change::Same { slot: order[at], line: at }).collect();
        self.compare_middle(
            &order[start..order.len() - tail],
            &lines[start..lines.len() - tail],
            start,
            &mut changes,
        );
        for at in (0..tail).rev() {
            let (slot, line) = (order[order.len() - 1 - at], lines.len() - 1 - at);
            changes.push(Change::Same { slot, line });
        }
        changes
    }

    fn slot_matches(&self, slot: usize, line: &str) -> bool {
        let slot = &self.slots[slot];
        slot.kind != Kind::AnyLines && self.line_matches(&slot.text, line)
    }

    fn compare_middle(&self, order: &[usize], lines: &[&str], base: usize, changes: &mut Vec<Change>) {
        // Each expected line takes the number of a printed line that it matches, or a new one.
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let got: Vec<usize> = lines
            .iter()
            .map(|line| {
                let next = numbers.len();
                *numbers.entry(line).or_insert(next)
            })
            .collect();
        let mut next = numbers.len();
        let mut from = 0;
        let wanted: Vec<usize> = order
            .iter()
            .map(|&slot| {
                let slot = &self.slots[slot];
                let exact = numbers.get(slot.text.as_str()).copied();
                let number = match slot.kind {
                    Kind::AnyLines => None,
                    _ if exact.is_some() || !self.elides || !slot.text.contains(GAP) => exact,
                    _ => {
                        let places = (from..lines.len()).chain(0..from);
                        let found = places.into_iter().find(|&at| text_matches(&slot.text, lines[at]));
                        from = found.map_or(from, |at| at + 1);
                        found.map(|at| got[at])
                    }
                };
                number.unwrap_or_else(|| {
                    next += 1;
                    next
                })
            })
            .collect();
        for op in capture_diff_slices(Algorithm::Myers, &wanted, &got) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                changes.extend(
                    (0..len).map(|i| Change::Same { slot: order[old_index + i], line: base + new_index + i }),
                );
                continue;
            }
            let slots = order[op.old_range()].to_vec();
            let new = op.new_range();
            let lines = base + new.start..base + new.end;
            match (slots.as_slice(), changes.last_mut()) {
                (&[slot], _) if self.slots[slot].kind == Kind::AnyLines => {
                    changes.push(Change::Elided { slot, lines });
                }
                (_, Some(Change::Differ { slots: before, lines: until })) => {
                    before.extend(slots);
                    until.end = lines.end;
                }
                _ => changes.push(Change::Differ { slots, lines }),
            }
        }
        // An elision next to a removal or an addition arrives as a change of its own kind.
        for change in changes.iter_mut() {
            if let Change::Differ { slots, lines } = change
                && let [slot] = slots[..]
                && self.slots[slot].kind == Kind::AnyLines
            {
                *change = Change::Elided { slot, lines: lines.clone() };
            }
        }
    }

    /// The slots, those of an unordered region in the order in which their lines were printed.
    fn order_for(&self, lines: &[&str]) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::with_capacity(self.slots.len());
        let mut used = vec![false; lines.len()];
        let mut at = 0;
        while at < self.slots.len() {
            let kind = self.slots[at].kind;
            if !matches!(kind, Kind::Unordered(_)) {
                order.push(at);
                at += 1;
                continue;
            }
            let end = at + self.slots[at..].iter().take_while(|slot| slot.kind == kind).count();
            let mut places: Vec<(usize, usize)> = (at..end)
                .map(|slot| {
                    let found =
                        (0..lines.len()).find(|&line| !used[line] && self.slot_matches(slot, lines[line]));
                    if let Some(line) = found {
                        used[line] = true;
                    }
                    (found.unwrap_or(usize::MAX), slot)
                })
                .collect();
            places.sort_unstable();
            order.extend(places.into_iter().map(|(_, slot)| slot));
            at = end;
        }
        order
    }
}

/// A step of a comparison. Slots and lines are given by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The line is as expected.
    Same { slot: usize, line: usize },
    /// `...` stands for these lines.
    Elided { slot: usize, lines: Range<usize> },
    /// These lines came instead of those expected.
    Differ { slots: Vec<usize>, lines: Range<usize> },
}

/// Whether `line` is `pattern`, where `[..]` stands for any text.
pub fn text_matches(pattern: &str, line: &str) -> bool {
    let Some((first, rest)) = pattern.split_once(GAP) else { return pattern == line };
    let Some(mut left) = line.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split(GAP).collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    left.ends_with(last)
}

/// The lines of a text without their ends. Only `\n` ends a line: a lone `\r` is something to see.
pub fn split_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(lines: &[(&str, Option<u32>)]) -> Expected {
        let slots = lines.iter().map(|(text, region)| Expected::slot(text, *region)).collect();
        Expected { slots, elides: true, ends_line: None }
    }

    #[test]
    fn gaps_within_a_line() {
        assert!(text_matches("a[..]c", "abc"));
        assert!(text_matches("a[..]c", "ac"));
        assert!(text_matches("[..]b[..]", "abc"));
        assert!(text_matches("a[..]b[..]c", "a1b2b3c"));
        assert!(!text_matches("a[..]a", "a"));
        assert!(!text_matches("a[..]c", "abd"));
    }

    #[test]
    fn any_number_of_lines() {
        let wanted = Expected::of_text("a\n...\nd\n", true);
        assert!(wanted.accepts("a\nd\n"));
        assert!(wanted.accepts("a\nb\nc\nd\n"));
        assert!(!wanted.accepts("a\nb\nc\n"));
        assert!(!wanted.accepts("a\nd"));
        assert!(Expected::of_text("...\n", true).accepts("x"));
        assert!(Expected::of_text("...\nb\n...\nb\n", true).accepts("b\nb\n"));
        assert!(!Expected::of_text("...\nb\n...\nb\n", true).accepts("b\n"));
        assert!(!Expected::of_text("...\n", false).accepts("x\n"));
    }

    #[test]
    fn lines_in_any_order() {
        let wanted = region(&[("start", None), ("a", Some(1)), ("b", Some(1)), ("end", None)]);
        assert!(wanted.accepts("start\nb\na\nend\n"));
        assert!(!wanted.accepts("start\nb\nb\nend\n"));
        let patterns = region(&[("[..]x", Some(1)), ("ax", Some(1)), ("a[..]", Some(1))]);
        assert!(patterns.accepts("ab\nax\nbx\n"));
        assert!(!patterns.accepts("ab\nab\nbx\n"));
    }

    #[test]
    fn differences_keep_what_is_elided() {
        let wanted = Expected::of_text("a\n...\nd\ne\n", true);
        let changes = wanted.compare(&["a", "b", "c", "d", "x"]);
        assert_eq!(
            changes,
            [
                Change::Same { slot: 0, line: 0 },
                Change::Elided { slot: 1, lines: 1..3 },
                Change::Same { slot: 2, line: 3 },
                Change::Differ { slots: vec![3], lines: 4..5 },
            ]
        );
    }

    #[test]
    fn differences_follow_the_printed_order() {
        let wanted = region(&[("a", Some(1)), ("b", Some(1)), ("c", None)]);
        let changes = wanted.compare(&["b", "a", "d"]);
        assert_eq!(
            changes,
            [
                Change::Same { slot: 1, line: 0 },
                Change::Same { slot: 0, line: 1 },
                Change::Differ { slots: vec![2], lines: 2..3 },
            ]
        );
    }
}
