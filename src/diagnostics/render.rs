//! The only user of `ariadne`: a diagnostic with its source lines, for a terminal or a file.

use apy_grammar::{Diagnostic, SourceFile, Span};
use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};
use std::fmt::Write as _;
use std::io::IsTerminal;

/// Whether reports on standard error should be coloured.
pub fn use_colour() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_colour && std::io::stderr().is_terminal()
}

/// Reports that are drawn of one text; a file that is no script at all may earn thousands.
const MOST: usize = 100;
/// Longer source lines are shown in part only: this many characters before and after the fault.
const BEFORE: usize = 60;
const AFTER: usize = 100;

/// The reports for all that was said about a text, one after the other.
pub fn render_all(diagnostics: &[Diagnostic], source: &SourceFile, colour: bool) -> String {
    let text = masked(source.text());
    let lines = Source::from(text.as_str());
    let mut drawn: String = diagnostics
        .iter()
        .take(MOST)
        .map(|diagnostic| render_one(diagnostic, source, &text, &lines, colour))
        .collect();
    if diagnostics.len() > MOST {
        let _ = writeln!(drawn, "... and {} more", diagnostics.len() - MOST);
    }
    drawn
}

/// The report for one diagnostic: `SyntaxError: message`, `file:line:column`, the lines.
fn render_one(
    diagnostic: &Diagnostic,
    source: &SourceFile,
    text: &str,
    lines: &Source<&str>,
    colour: bool,
) -> String {
    let name = source.name().to_string();
    let span = |span: Span| {
        let (start, end) = (clamp(text, span.start as usize), clamp(text, span.end as usize));
        (name.clone(), start..end.max(start))
    };
    // A label over several lines would be drawn as a big box: point at its first line.
    let first_line = |span: Span| {
        let end = source.line_start(source.line(span.start)) as usize
            + source.line_text(source.line(span.start)).len();
        Span::new(span.start, span.end.min((end as u32).max(span.start)))
    };
    let kind = diagnostic.kind.name();
    let main = if diagnostic.kind.is_error() { Color::Red } else { Color::Yellow };
    let mut labels: Vec<(Span, String, Color)> = diagnostic
        .labels
        .iter()
        .map(|label| (first_line(label.span), label.text.clone(), Color::Blue))
        .collect();
    if !labels.iter().any(|(span, ..)| *span == first_line(diagnostic.span)) {
        labels.push((first_line(diagnostic.span), "here".to_owned(), main));
    }
    // ariadne splits a file into snippets unless labels come in source order.
    labels.sort_by_key(|(span, ..)| (span.start, span.end));
    let config = Config::new().with_index_type(IndexType::Byte).with_color(colour).with_tab_width(4);
    let mut report = Report::build(ReportKind::Custom(kind, main), span(diagnostic.span))
        .with_config(config)
        .with_message(&diagnostic.message);
    for (place, label, colour) in labels {
        report = report.with_label(Label::new(span(place)).with_message(label).with_color(colour));
    }
    for help in &diagnostic.help {
        report = report.with_help(help);
    }
    let mut out = Vec::new();
    let cache = (name.clone(), lines);
    if report.finish().write(cache, &mut out).is_err() {
        let position = source.position(diagnostic.span.start);
        return format!(
            "{kind}: {}\n  {}:{}:{}\n",
            diagnostic.message,
            source.name(),
            position.line,
            position.column + 1
        );
    }
    let drawn = String::from_utf8_lossy(&out).into_owned();
    let column = source.position(diagnostic.span.start).column as usize;
    if source.line_text(source.line(diagnostic.span.start)).len() > BEFORE + AFTER {
        return narrowed(&without_escapes(&drawn), column);
    }
    // Custom kinds are coloured even when colours are off.
    if colour { drawn } else { without_escapes(&drawn) }
}

/// A report of which only what stands around `column` of the source is kept.
fn narrowed(drawn: &str, column: usize) -> String {
    let from = column.saturating_sub(BEFORE);
    let mut kept = String::new();
    for line in drawn.lines() {
        // Source lines and what is drawn under them have the same margin: ` 12 │ `.
        let margin = line.chars().position(|c| c == '│').map_or(0, |bar| bar + 2);
        let length = line.chars().count();
        if margin == 0 || length <= margin + BEFORE + AFTER {
            kept.push_str(line);
        } else {
            let cut = if from == 0 { "" } else { "…" };
            kept.extend(line.chars().take(margin));
            kept.push_str(if line.chars().skip(margin).take(from).all(char::is_whitespace) {
                " "
            } else {
                cut
            });
            kept.extend(line.chars().skip(margin + from).take(BEFORE + AFTER));
            if length > margin + from + BEFORE + AFTER {
                kept.push('…');
            }
            kept.truncate(kept.trim_end().len());
        }
        kept.push('\n');
    }
    kept
}

fn clamp(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The text with the line separators that only ariadne takes for such replaced by blanks of the
/// same length.
fn masked(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{0b}' | '\u{0c}' => ' '.to_string(),
            '\u{85}' => "  ".to_owned(),
            '\u{2028}' | '\u{2029}' => "   ".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            plain.push(character);
        }
    }
    plain
}
