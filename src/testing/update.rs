//! Rewrites expectations to what was printed: files beside the script, or comments in it.
//!
//! Lines that are right stay as they are written, elisions included. Each place that changes is
//! a hunk, which the caller may refuse.

use super::case::Case;
use super::directive::{Inline, Site, stands_alone};
use super::judge::{Diff, Seen, failure};
use super::pattern::{Change, Expected, Kind, split_lines};
use std::path::PathBuf;

/// A change to be accepted or refused.
#[derive(Debug)]
pub enum Hunk<'a> {
    /// A change of a difference, by its place in it; `what` is `standard output` or so.
    Lines { what: &'static str, diff: &'a Diff, change: usize },
    /// Something of one line: what it was and what it becomes.
    Fact { what: &'static str, old: String, new: String },
}

/// Whether a hunk is accepted.
pub type Accept<'a> = &'a mut dyn FnMut(&Hunk<'_>) -> bool;

/// A file's new content; `None` if it goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Write {
    pub path: PathBuf,
    pub content: Option<String>,
}

/// What must be written so that `seen` is what is expected, as far as `accept` agrees. With
/// `inline`, a script without expectations gets comments rather than files.
pub fn update(case: &Case, seen: &Seen, inline: bool, accept: Accept<'_>) -> Vec<Write> {
    let mut update = Update { case, seen, accept, edits: Vec::new(), writes: Vec::new() };
    let starts_inline = inline && !case.has_expectations();
    if case.inline.says_output() || starts_inline {
        update.inline_output(starts_inline);
    } else if case.expected_out().is_some() && !(case.is_inline() && seen.out.is_empty()) {
        update.side_output();
    }
    update.errors(starts_inline || case.is_inline());
    update.exit();
    update.finish()
}

/// A replacement in the script: a range of bytes and its new text.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

struct Update<'a> {
    case: &'a Case,
    seen: &'a Seen,
    accept: Accept<'a>,
    edits: Vec<Edit>,
    writes: Vec<Write>,
}

impl Update<'_> {
    /// The changes of a difference that are accepted.
    fn accepted(&mut self, what: &'static str, diff: &Diff) -> Vec<bool> {
        (0..diff.changes.len())
            .map(|change| {
                matches!(diff.changes[change], Change::Differ { .. })
                    && (self.accept)(&Hunk::Lines { what, diff, change })
            })
            .collect()
    }

    fn side_output(&mut self) {
        let expected = self.case.expected_out().unwrap_or_default();
        let known = self.case.out.is_some();
        if known && expected.accepts(&self.seen.out) {
            return;
        }
        let text = self.new_text("standard output", &expected, &self.seen.out.clone());
        if !known || Some(&text) != self.case.out.as_ref() {
            self.writes.push(Write { path: self.case.side_file("out"), content: Some(text) });
        }
    }

    /// The expected text with the changes that are accepted.
    fn new_text(&mut self, what: &'static str, expected: &Expected, got: &str) -> String {
        let diff = Diff::of(expected, got, &self.seen.printed_by);
        let accepted = self.accepted(what, &diff);
        let lines = new_lines(&diff, &accepted);
        let mut text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let is_complete = !accepted.is_empty()
            && diff
                .changes
                .iter()
                .zip(&accepted)
                .all(|(change, accepted)| *accepted || !matches!(change, Change::Differ { .. }));
        let mut ends_line = expected.ends_line.unwrap_or(true);
        if !expected.accepts_end(got) && is_complete {
            let shown = |ends: bool| if ends { "ends in a line end" } else { "has no line end" }.to_owned();
            let hunk = Hunk::Fact { what, old: shown(ends_line), new: shown(!ends_line) };
            if (self.accept)(&hunk) {
                ends_line = !ends_line;
            }
        } else if expected.ends_line.is_none() {
            ends_line = got.is_empty() || got.ends_with('\n');
        }
        if !ends_line && !text.is_empty() {
            text.pop();
        }
        text
    }

    fn inline_output(&mut self, is_new: bool) {
        let expected = self.case.inline.expected(!self.case.header.elide_off);
        if !is_new && expected.accepts(&self.seen.out) {
            return;
        }
        let diff = Diff::of(&expected, &self.seen.out, &self.seen.printed_by);
        let accepted = self.accepted("standard output", &diff);
        if !accepted.contains(&true) {
            return;
        }
        let sites = &self.case.inline.lines;
        if self.case.inline.block.is_some() {
            self.edit_in_place(&diff, &accepted);
        } else if grows(&diff, &accepted) {
            let lines = new_lines(&diff, &accepted);
            let is_plain = expected.slots.iter().all(|slot| slot.kind == Kind::Line);
            let is_whole = lines.len() == diff.lines.len();
            match self.at_their_lines(&lines) {
                Some(edits) if is_plain && is_whole => self.edits.extend(edits),
                _ if is_plain && (is_whole || sites.is_empty()) => self.make_block(&lines),
                _ => self.edit_in_place(&diff, &accepted),
            }
        } else {
            self.edit_in_place(&diff, &accepted);
        }
    }

    /// Rewrite, drop and insert comments where they stand.
    fn edit_in_place(&mut self, diff: &Diff, accepted: &[bool]) {
        let is_block = self.case.inline.block.is_some();
        let sites = &self.case.inline.lines;
        // What is inserted goes behind the comment before it.
        let mut last: Option<&Site> = self.case.inline.block.as_ref();
        let text = &self.case.text;
        let mut edits = Vec::new();
        for (change, accepted) in diff.changes.iter().zip(accepted) {
            match change {
                Change::Same { slot, .. } | Change::Elided { slot, .. } => last = Some(&sites[*slot]),
                Change::Differ { slots, .. } if !accepted => {
                    last = slots.last().map(|slot| &sites[*slot]).or(last);
                }
                Change::Differ { slots, lines } => {
                    let mut new = diff.lines[lines.clone()].iter();
                    for slot in slots {
                        let site = &sites[*slot];
                        edits.push(match new.next() {
                            Some(line) => {
                                Edit { start: site.start, end: site.end, text: comment(line, is_block) }
                            }
                            None => without(text, site),
                        });
                        last = Some(site);
                    }
                    let rest: Vec<&String> = new.collect();
                    if rest.is_empty() {
                        continue;
                    }
                    let at = last.map_or(0, |site| site.end);
                    let indent = last.map_or("", |site| indentation(text, site.start));
                    let mut inserted = String::new();
                    for line in rest {
                        match last {
                            Some(_) => inserted.push_str(&format!("\n{indent}{}", comment(line, is_block))),
                            None => inserted.push_str(&format!("{}\n", comment(line, is_block))),
                        }
                    }
                    edits.push(Edit { start: at, end: at, text: inserted });
                }
            }
        }
        self.edits.extend(edits);
    }

    /// Every expectation on the line that printed it, if the order of lines is that of the output.
    fn at_their_lines(&self, lines: &[String]) -> Option<Vec<Edit>> {
        let origins = &self.seen.printed_by;
        let text = &self.case.text;
        let is_known = origins.len() == lines.len() && origins.iter().all(|line| *line > 0);
        if !is_known || !origins.is_sorted() {
            return None;
        }
        let sites = &self.case.inline.lines;
        let mut edits: Vec<Edit> = sites.iter().map(|site| without(text, site)).collect();
        let starts = line_starts(text);
        let mut at = 0;
        while at < lines.len() {
            let count = origins[at..].iter().take_while(|line| **line == origins[at]).count();
            let start = *starts.get(origins[at] as usize - 1)?;
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            // A comment that goes from the end of this line takes the space before it along.
            let end = edits
                .iter()
                .find(|edit| edit.end == end && edit.start > start)
                .map_or(start + text[start..end].trim_end().len(), |edit| edit.start);
            let indent = indentation(text, start);
            let mut added = String::new();
            for (number, line) in lines[at..at + count].iter().enumerate() {
                match number {
                    0 => added.push_str(&format!("  {}", comment(line, false))),
                    _ => added.push_str(&format!("\n{indent}{}", comment(line, false))),
                }
            }
            edits.push(Edit { start: end, end, text: added });
            at += count;
        }
        // A line may end within a string, or in a backslash.
        let changed = Inline::read(&apply(text, &edits));
        let found: Vec<&str> = changed.lines.iter().map(|site| site.text.as_str()).collect();
        (found == lines.iter().map(String::as_str).collect::<Vec<_>>()).then_some(edits)
    }

    /// All expectations in a block at the end.
    fn make_block(&mut self, lines: &[String]) {
        let text = &self.case.text;
        let sites = &self.case.inline.lines;
        self.edits.extend(sites.iter().map(|site| without(text, site)));
        let mut block = match text.is_empty() || text.ends_with('\n') {
            true => "\n# output:\n".to_owned(),
            false => "\n\n# output:\n".to_owned(),
        };
        for line in lines {
            block.push_str(&comment(line, true));
            block.push('\n');
        }
        self.edits.push(Edit { start: text.len(), end: text.len(), text: block });
    }

    fn errors(&mut self, is_inline: bool) {
        let case = self.case;
        if !case.header.stderr_has.is_empty() || case.header.stderr_any {
            return;
        }
        if let Some(diag) = &case.diag {
            let Some(failure) = failure(case, &self.seen.err) else { return };
            let file = case.path.file_name().unwrap_or_default().to_string_lossy();
            let line = failure.lines.first().copied().unwrap_or(1);
            let new = format!("{}\n{file}:{line}\n", failure.text);
            if new != *diag {
                let hunk = Hunk::Fact { what: ".diag", old: one_line(diag), new: one_line(&new) };
                if (self.accept)(&hunk) {
                    self.writes.push(Write { path: case.side_file("diag"), content: Some(new) });
                }
            }
            return;
        }
        let found = failure(case, &self.seen.err);
        if let Some(site) = &case.inline.error {
            self.inline_error(site, found);
        } else if is_inline && case.err.is_none() && !self.seen.err.is_empty() && found.is_some() {
            self.new_inline_error(found);
        } else if let Some(expected) = case.expected_err()
            && !expected.accepts(&self.seen.err)
        {
            let text = self.new_text("standard error", &expected, &self.seen.err.clone());
            let content = (!text.is_empty()).then_some(text);
            if content != case.err {
                self.writes.push(Write { path: case.side_file("err"), content });
            }
        }
    }

    fn inline_error(&mut self, site: &Site, found: Option<super::judge::Failure>) {
        let what = "the exception that ends it";
        let text = &self.case.text;
        let Some(found) = found else {
            let hunk = Hunk::Fact { what, old: site.text.clone(), new: "none".to_owned() };
            if (self.accept)(&hunk) {
                self.edits.push(without(text, site));
            }
            return;
        };
        let is_right = super::pattern::text_matches(&site.text, &found.text);
        if is_right && found.lines.contains(&site.line) {
            return;
        }
        let line = found.lines.last().copied().unwrap_or(site.line);
        let old = format!("{} (line {})", site.text, site.line);
        let hunk = Hunk::Fact { what, old, new: format!("{} (line {line})", found.text) };
        if !(self.accept)(&hunk) {
            return;
        }
        let comment = format!("# expect-error: {}", if is_right { &site.text } else { &found.text });
        if found.lines.contains(&site.line) {
            self.edits.push(Edit { start: site.start, end: site.end, text: comment });
        } else {
            self.edits.push(without(text, site));
            self.edits.extend(at_end_of_line(text, line, &comment));
        }
    }

    fn new_inline_error(&mut self, found: Option<super::judge::Failure>) {
        let Some(found) = found else { return };
        let what = "the exception that ends it";
        let hunk = Hunk::Fact { what, old: "none".to_owned(), new: found.text.clone() };
        if let Some(line) = found.lines.last()
            && (self.accept)(&hunk)
        {
            let comment = format!("# expect-error: {}", found.text);
            self.edits.extend(at_end_of_line(&self.case.text, *line, &comment));
        }
    }

    fn exit(&mut self) {
        let Some(code) = self.seen.exit else { return };
        let text = &self.case.text;
        // What it is without a comment, after the other changes.
        let changed = Inline::read(&apply(text, &self.edits));
        let by_default = i32::from(self.case.diag.is_some() || changed.error.is_some());
        let own = self.case.inline.exit.as_ref();
        let wanted = own.map(|(_, code)| *code).or(self.case.header.exit).unwrap_or(by_default);
        if code == wanted {
            return;
        }
        let hunk = Hunk::Fact { what: "the exit code", old: wanted.to_string(), new: code.to_string() };
        if !(self.accept)(&hunk) {
            return;
        }
        // No line above code may come or go: tracebacks name lines.
        let new = format!("# exit: {code}");
        if let Some((site, _)) = own {
            self.edits.push(match code == by_default && self.case.header.exit.is_none() {
                true => without(text, site),
                false => Edit { start: site.start, end: site.end, text: new },
            });
            return;
        }
        let mut start = 0;
        for line in text.split_inclusive('\n').take_while(|line| line.starts_with('#')) {
            if line.trim_start_matches('#').trim_start().starts_with("exit:") {
                let end = start + line.trim_end().len();
                self.edits.push(Edit { start, end, text: new });
                return;
            }
            start += line.len();
        }
        let place = self.case.inline.block.as_ref().map_or(text.len(), |block| block.start);
        let before = if text[..place].ends_with('\n') || place == 0 { "" } else { "\n" };
        self.edits.push(Edit { start: place, end: place, text: format!("{before}{new}\n") });
    }

    fn finish(mut self) -> Vec<Write> {
        if !self.edits.is_empty() && self.case.is_text {
            let text = apply(&self.case.text, &self.edits);
            self.writes.push(Write { path: self.case.path.clone(), content: Some(text) });
        }
        self.writes
    }
}

/// Whether the accepted changes have more lines than before.
fn grows(diff: &Diff, accepted: &[bool]) -> bool {
    diff.changes.iter().zip(accepted).any(|(change, accepted)| match change {
        Change::Differ { slots, lines } => *accepted && lines.len() > slots.len(),
        _ => false,
    })
}

/// The expected lines, in their order, with the accepted changes.
fn new_lines(diff: &Diff, accepted: &[bool]) -> Vec<String> {
    // Lines of an unordered region were compared in the printed order: put them back.
    let slots = &diff.expected.slots;
    let mut kept: Vec<Option<&str>> = slots.iter().map(|slot| Some(slot.text.as_str())).collect();
    let mut inserted: Vec<Vec<&str>> = vec![Vec::new(); slots.len() + 1];
    let mut last = 0;
    for (change, accepted) in diff.changes.iter().zip(accepted) {
        match change {
            Change::Same { slot, .. } | Change::Elided { slot, .. } => last = slot + 1,
            Change::Differ { slots, lines } => {
                if *accepted {
                    slots.iter().for_each(|slot| kept[*slot] = None);
                    let place = slots.iter().min().copied().unwrap_or(last);
                    inserted[place].extend(diff.lines[lines.clone()].iter().map(String::as_str));
                }
                last = slots.iter().max().map_or(last, |slot| slot + 1);
            }
        }
    }
    let mut lines = Vec::new();
    for (at, before) in inserted.into_iter().enumerate() {
        lines.extend(before.into_iter().map(str::to_owned));
        lines.extend(kept.get(at).copied().flatten().map(str::to_owned));
    }
    lines
}

fn comment(line: &str, is_block: bool) -> String {
    let text = if is_block { format!("# {line}") } else { format!("# expect: {line}") };
    text.trim_end().to_owned()
}

/// The removal of a comment: with its line if nothing else is on it.
fn without(text: &str, site: &Site) -> Edit {
    let start = text[..site.start].rfind('\n').map_or(0, |newline| newline + 1);
    if stands_alone(text, site.start) {
        let end = if text[site.end..].starts_with('\n') { site.end + 1 } else { site.end };
        return Edit { start, end, text: String::new() };
    }
    let start = start + text[start..site.start].trim_end().len();
    Edit { start, end: site.end, text: String::new() }
}

fn at_end_of_line(text: &str, line: u32, comment: &str) -> Option<Edit> {
    let start = *line_starts(text).get(line.checked_sub(1)? as usize)?;
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    Some(Edit { start: end, end, text: format!("  {comment}") })
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The white space at the start of the line of `at`.
fn indentation(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].split('\n').next().unwrap_or_default();
    &line[..line.len() - line.trim_start().len()]
}

/// The text with the replacements; where two insertions meet, the first comes first.
fn apply(text: &str, edits: &[Edit]) -> String {
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| (edit.start, edit.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in order {
        result.push_str(&text[done..edit.start.max(done)]);
        result.push_str(&edit.text);
        done = edit.end.max(done);
    }
    result.push_str(&text[done..]);
    result
}

fn one_line(text: &str) -> String {
    split_lines(text).join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::directive::Header;
    use std::path::Path;

    fn case(text: &str, out: Option<&str>) -> Case {
        let mut header = Header::default();
        header.read(text);
        Case {
            path: Path::new("/t/x.apy").to_owned(),
            name: "x.apy".to_owned(),
            text: text.to_owned(),
            is_text: true,
            header,
            inline: Inline::read(text),
            out: out.map(str::to_owned),
            err: None,
            diag: None,
        }
    }

    fn script_after(text: &str, out: &str, printed_by: &[u32]) -> String {
        let seen =
            Seen { out: out.to_owned(), exit: Some(0), printed_by: printed_by.to_vec(), ..Seen::default() };
        let writes = update(&case(text, None), &seen, true, &mut |_| true);
        assert!(writes.len() <= 1, "{writes:?}");
        writes.into_iter().next().and_then(|write| write.content).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn comments_are_rewritten_in_place() {
        let text = "print(1)  # expect: 0\nprint(2)  # expect: 2\n";
        assert_eq!(script_after(text, "1\n2\n", &[]), "print(1)  # expect: 1\nprint(2)  # expect: 2\n");
        assert_eq!(script_after(text, "2\n", &[]), "print(1)\nprint(2)  # expect: 2\n");
    }

    #[test]
    fn new_lines_go_to_the_line_that_printed_them() {
        let text = "def f():\n    print(1)\n    print(2)  # expect: 2\nprint(0)  # expect: 0\n";
        let after = script_after(text, "1\n2\n3\n0\n", &[2, 3, 3, 4]);
        assert_eq!(
            after,
            "def f():\n    print(1)  # expect: 1\n    print(2)  # expect: 2\n    # expect: 3\nprint(0)  # expect: 0\n"
        );
        assert_eq!(script_after(&after, "1\n2\n3\n0\n", &[2, 3, 3, 4]), after);
    }

    #[test]
    fn another_order_makes_a_block() {
        let text = "print(1)  # expect: 1\nprint(2)\n";
        let after = script_after(text, "2\n1\n", &[2, 1]);
        assert_eq!(after, "print(1)\nprint(2)\n\n# output:\n# 2\n# 1\n");
        assert_eq!(script_after(&after, "2\n\n1\n", &[]), "print(1)\nprint(2)\n\n# output:\n# 2\n#\n# 1\n");
    }

    #[test]
    fn a_string_over_several_lines_takes_no_comment() {
        let text = "print('''a\nb''')\n";
        assert_eq!(script_after(text, "a\nb\n", &[1, 1]), "print('''a\nb''')\n\n# output:\n# a\n# b\n");
    }

    #[test]
    fn elisions_stay_in_files() {
        let seen = Seen { out: "a 1\nb\nc\n".to_owned(), exit: Some(3), ..Seen::default() };
        let writes = update(&case("pass\n", Some("a [..]\nx\n...\n")), &seen, false, &mut |_| true);
        let contents: Vec<&str> = writes.iter().filter_map(|write| write.content.as_deref()).collect();
        assert_eq!(contents[1], "pass\n# exit: 3\n");
        assert!(contents[0].starts_with("a [..]\n"), "{}", contents[0]);
    }

    #[test]
    fn what_is_refused_stays() {
        let seen = Seen { out: "1\n2\n3\n".to_owned(), exit: Some(0), ..Seen::default() };
        let mut answers = [true, false].into_iter();
        let writes =
            update(&case("pass\n", Some("0\n2\n0\n")), &seen, false, &mut |_| answers.next().unwrap());
        assert_eq!(writes[0].content.as_deref(), Some("1\n2\n0\n"));
    }
}
