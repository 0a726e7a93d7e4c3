//! Colours, and how characters that cannot be seen are shown.

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    pub is_on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.is_on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// The part of a bad line that makes it bad.
    pub fn very_bad(self, text: &str) -> String {
        self.with("31;7", text)
    }

    /// The part of a good line that would make it good.
    pub fn very_good(self, text: &str) -> String {
        self.with("32;7", text)
    }

    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn doubtful(self, text: &str) -> String {
        self.with("33", text)
    }

    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }
}

/// The line with a sign for each character that would not be seen: white space at its end, tabs,
/// control characters, and what has no width.
pub fn visible(line: &str) -> String {
    let end = line.trim_end_matches([' ', '\t']).len();
    let mut shown = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        match c {
            ' ' if at >= end => shown.push('·'),
            '\t' => shown.push('→'),
            '\r' => shown.push('␍'),
            '\u{1b}' => shown.push('␛'),
            '\u{a0}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'
            | '\u{feff}' => {
                shown.push_str(&format!("\\u{{{:x}}}", c as u32));
            }
            c if c.is_control() => shown.push_str(&format!("\\x{:02x}", c as u32)),
            c => shown.push(c),
        }
    }
    shown
}
