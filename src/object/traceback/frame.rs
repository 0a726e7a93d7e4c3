//! One frame of a traceback: the place, the source lines, the carets.

use super::anchors::{self, Anchors};
use super::width::display_width;
use crate::object::interpreter::CodePlace;

/// What is shown of one frame.
#[derive(Debug, Clone)]
pub struct FrameSummary {
    pub file: String,
    pub line: u32,
    pub name: String,
    /// The lines from the first to the last that the code spans, as they are in the source.
    lines: Vec<String>,
    /// Columns in characters: the start in the first line, the end in the last. `None` if the
    /// code has no span of its own.
    columns: Option<(usize, usize)>,
    /// The last line, and the columns in bytes, of the span; `None` as above.
    pub end: Option<(u32, u32, u32)>,
}

impl FrameSummary {
    /// The summary for a place in code.
    pub fn new(place: &CodePlace) -> FrameSummary {
        let line = place.line();
        let Some(code) = place.code.as_code() else {
            let file = place.file().to_string();
            return FrameSummary {
                file,
                line,
                name: String::new(),
                lines: Vec::new(),
                columns: None,
                end: None,
            };
        };
        let code = &code.code;
        let source = &code.source;
        let span = code.spans.get(place.word as usize).copied().filter(|span| span.start < span.end);
        let last = span.map_or(line, |span| source.line(span.end - 1).max(line));
        let lines = (line..=last)
            .filter(|_| source.is_quotable())
            .map(|line| source.line_text(line).trim_end().to_owned())
            .collect();
        let columns = span.map(|span| {
            let column = |offset: u32, line: u32| {
                let text = source.line_text(line);
                let bytes = (offset - source.line_start(line)) as usize;
                text.char_indices().take_while(|&(at, _)| at < bytes).count()
            };
            (column(span.start, line), column(span.end, last))
        });
        let end =
            span.map(|span| (last, source.position(span.start).column, span.end - source.line_start(last)));
        FrameSummary {
            file: source.name().to_string(),
            line,
            name: code.name.to_string(),
            lines,
            columns,
            end,
        }
    }

    /// The first line of source, stripped.
    pub fn source_line(&self) -> &str {
        self.lines.first().map_or("", |line| line.trim())
    }

    /// The frame with its first line and no carets: how a stack is shown.
    pub fn plain_text(&self) -> String {
        let text = format!("  File \"{}\", line {}, in {}\n", self.file, self.line, self.name);
        match self.source_line() {
            "" => text,
            line => format!("{text}    {line}\n"),
        }
    }

    /// The lines that a traceback shows for the frame.
    pub fn text(&self) -> String {
        let mut text = format!("  File \"{}\", line {}, in {}\n", self.file, self.line, self.name);
        let (lines, dedent) = dedented(&self.lines);
        if lines.iter().all(|line| line.trim().is_empty()) {
            return text;
        }
        match self.columns {
            None => text.push_str(&format!("    {}\n", self.source_line())),
            Some((start, end)) => {
                let marked = Marked::new(&lines, start.saturating_sub(dedent), end.saturating_sub(dedent));
                for line in dedented(&marked.lines()).0 {
                    text.push_str("    ");
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        text
    }
}

/// The lines without the whitespace they have in common, and how many characters that is for
/// the first of them. Lines of nothing but whitespace become empty.
fn dedented(lines: &[String]) -> (Vec<String>, usize) {
    let mut margin: Option<&str> = None;
    for line in lines.iter().filter(|line| !line.trim_matches([' ', '\t']).is_empty()) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(known) => {
                let common = known.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &known[..common]
            }
        });
    }
    let margin = margin.unwrap_or_default().len();
    let lines = lines
        .iter()
        .map(|line| {
            if line.trim_matches([' ', '\t']).is_empty() { String::new() } else { line[margin..].to_owned() }
        })
        .collect();
    (lines, margin)
}

/// Lines with a part of them underlined.
struct Marked<'l> {
    lines: &'l [String],
    /// Columns in characters.
    start: usize,
    end: usize,
    /// Line and column, both from 0, of the anchors.
    anchors: Option<((usize, usize), (usize, usize))>,
    has_carets: bool,
}

fn char_count(line: &str) -> usize {
    line.chars().count()
}

fn from_char(line: &str, index: usize) -> &str {
    line.char_indices().nth(index).map_or("", |(at, _)| &line[at..])
}

fn up_to_char(line: &str, index: usize) -> &str {
    line.char_indices().nth(index).map_or(line, |(at, _)| &line[..at])
}

impl<'l> Marked<'l> {
    fn new(lines: &'l [String], start: usize, end: usize) -> Marked<'l> {
        let segment = match lines {
            [only] => up_to_char(only, end).chars().skip(start).collect::<String>(),
            [first, middle @ .., last] => {
                let mut parts = vec![from_char(first, start)];
                parts.extend(middle.iter().map(String::as_str));
                parts.push(up_to_char(last, end));
                parts.join("\n")
            }
            [] => String::new(),
        };
        let anchors = anchors::anchors(&segment).map(|Anchors { start: left, end: right }| {
            let place = |index: usize| {
                let before: String = segment.chars().take(index).collect();
                let line = before.matches('\n').count();
                let column = char_count(before.rsplit('\n').next().unwrap_or_default());
                // Columns of the segment's first line count from where it starts.
                let shift = if line == 0 { start } else { 0 };
                (line, display_width(&lines[line], column + shift))
            };
            (place(left), place(right))
        });
        let has_carets = shows_carets(lines, start, end, &segment, anchors.is_some());
        Marked { lines, start, end, anchors, has_carets }
    }

    /// What is shown: the first and last line and those around the anchors, each with its carets.
    fn lines(&self) -> Vec<String> {
        let count = self.lines.len();
        let mut shown = vec![0, count - 1];
        if let Some(((left, _), (right, _))) = self.anchors {
            for middle in [left, right] {
                shown.extend(middle.saturating_sub(1)..=(middle + 1).min(count - 1));
            }
        }
        shown.sort_unstable();
        shown.dedup();
        let mut result = Vec::new();
        let mut before: Option<usize> = None;
        for line in shown {
            match before.map(|before| line - before) {
                Some(2) => self.push(line - 1, &mut result),
                Some(distance) if distance > 2 => result.push(format!("...<{} lines>...", distance - 1)),
                _ => {}
            }
            self.push(line, &mut result);
            before = Some(line);
        }
        result
    }

    fn push(&self, index: usize, result: &mut Vec<String>) {
        let line = &self.lines[index];
        result.push(line.clone());
        if !self.has_carets {
            return;
        }
        let spaces = char_count(line) - char_count(line.trim_start());
        let is_last = index + 1 == self.lines.len();
        let end = display_width(line, if is_last { self.end } else { char_count(line) });
        let start = if index == 0 { display_width(line, self.start) } else { 0 };
        let carets = (0..end).map(|column| {
            if column < spaces || column < start {
                return ' ';
            }
            match self.anchors {
                Some((left, right)) if (index, column) >= left && (index, column) < right => '^',
                Some(_) => '~',
                None => '^',
            }
        });
        result.push(carets.collect());
    }
}

/// Whether underlining says more than the line alone.
fn shows_carets(lines: &[String], start: usize, end: usize, segment: &str, has_anchors: bool) -> bool {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return false };
    let (before, after) = (up_to_char(first, start), from_char(last, end).trim());
    let (statement, rest) = without_parentheses(before, after);
    if is_plain_statement(statement)
        && (rest.is_empty() || rest.starts_with(['#', ';']))
        && anchors::is_call_of_name(segment)
    {
        return false;
    }
    has_anchors || !before.trim_start().is_empty() || !after.is_empty()
}

/// What stands before and after parentheses around the underlined part.
fn without_parentheses<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let (mut before, mut after) = (before, after);
    while let (Some(outer), Some(rest)) = (before.trim_end().strip_suffix('('), after.strip_prefix(')')) {
        (before, after) = (outer, rest.trim_start());
    }
    (before, after)
}

/// Whether the text before a call is `return` or `name =`.
fn is_plain_statement(before: &str) -> bool {
    if before.trim_end() == "return" && before.ends_with(char::is_whitespace) {
        return true;
    }
    let Some(name) = before.trim_end().strip_suffix('=') else { return false };
    let name = name.trim_end();
    !name.is_empty()
        && name.chars().all(|character| character == '_' || character.is_alphanumeric())
        && !name.starts_with(|character: char| character.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::Marked;

    fn show(lines: &[&str], start: usize, end: usize) -> Vec<String> {
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        Marked::new(&lines, start, end).lines()
    }

    #[test]
    fn carets_as_cpython_draws_them() {
        assert_eq!(show(&["x = a + b"], 4, 9), ["x = a + b", "    ~~^~~"]);
        assert_eq!(show(&["raise ValueError(1)"], 0, 19), ["raise ValueError(1)"]);
        assert_eq!(show(&["return f(1)"], 7, 11), ["return f(1)"]);
        assert_eq!(show(&["x = g.f(1)"], 4, 10), ["x = g.f(1)", "    ~~~^^^"]);
        assert_eq!(show(&["print(1 / 0)"], 6, 11), ["print(1 / 0)", "      ~~^~~"]);
    }
}
