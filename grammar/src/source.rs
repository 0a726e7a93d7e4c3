//! Source text and positions in it. Knows nothing of tokens or trees.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

/// A half-open range of byte offsets into one [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of this one.
    pub fn at_start(self) -> Self {
        Self { start: self.start, end: self.start }
    }

    /// The range as indices for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line and column, both as CPython's `ast` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line number, from 1.
    pub line: u32,
    /// Column in UTF-8 bytes, from 0 (CPython's `col_offset`).
    pub column: u32,
}

/// One text with its name and line index.
#[derive(Debug)]
pub struct SourceFile {
    name: Rc<str>,
    text: Cow<'static, str>,
    /// Whether tracebacks show lines of it.
    quotable: bool,
    /// Byte offset of the start of each line; the first is 0.
    line_starts: OnceCell<Vec<u32>>,
}

impl SourceFile {
    /// Index `text` under `name` (a path, or `<stdin>`, `<string>`).
    ///
    /// Lines end at `\n`, `\r\n` or a lone `\r`, as in CPython. Texts of 4 GiB and more
    /// cannot be indexed by a [`Span`]: the caller refuses them first.
    pub fn new(name: impl Into<Rc<str>>, text: impl Into<String>) -> Self {
        Self::of(name.into(), Cow::Owned(text.into()))
    }

    /// As [`new`](Self::new) for a text that is part of the program.
    pub fn of_library(name: impl Into<Rc<str>>, text: &'static str) -> Self {
        Self::of(name.into(), Cow::Borrowed(text))
    }

    /// A source without text, of which only the places are known: the offsets at which lines start,
    /// in order, the first 0.
    pub fn of_places(name: impl Into<Rc<str>>, line_starts: Vec<u32>) -> Self {
        let places = OnceCell::from(if line_starts.is_empty() { vec![0] } else { line_starts });
        let text = Cow::Borrowed("");
        Self { name: name.into(), text, quotable: false, line_starts: places }
    }

    fn of(name: Rc<str>, text: Cow<'static, str>) -> Self {
        Self { name, text, quotable: true, line_starts: OnceCell::new() }
    }

    /// Lines are found when somebody asks for one.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (at, &byte) in bytes.iter().enumerate() {
                match byte {
                    b'\n' => starts.push(at as u32 + 1),
                    b'\r' if bytes.get(at + 1) != Some(&b'\n') => starts.push(at as u32 + 1),
                    _ => {}
                }
            }
            starts
        })
    }

    /// The same, never quoted by tracebacks: a text that is in no file.
    pub fn unquoted(mut self) -> Self {
        self.quotable = false;
        self
    }

    /// Whether tracebacks show lines of the text.
    pub fn is_quotable(&self) -> bool {
        self.quotable
    }

    /// The name the text was given.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that `span` covers; nothing of a source without text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let index = self.line_starts().partition_point(|&start| start <= offset) - 1;
        Position { line: index as u32 + 1, column: offset - self.line_starts()[index] }
    }

    /// Line number, from 1, of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts().partition_point(|&start| start <= offset) as u32
    }

    /// The text of line `line` (from 1) without its line end; empty past the end.
    pub fn line_text(&self, line: u32) -> &str {
        let Some(&start) = self.line_starts().get(line.wrapping_sub(1) as usize) else { return "" };
        let end = self.line_starts().get(line as usize).map_or(self.text.len(), |&end| end as usize);
        let line = self.text.get(start as usize..end).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }

    /// Byte offset at which line `line` (from 1) starts.
    pub fn line_start(&self, line: u32) -> u32 {
        self.line_starts().get(line.wrapping_sub(1) as usize).copied().unwrap_or(self.text.len() as u32)
    }

    /// Number of lines; a text that ends in a line end counts the empty line after it.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }
}
