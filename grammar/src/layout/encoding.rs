//! The encoding a file declares (PEP 263). apy reads UTF-8; a file that says it is something else
//! is refused, since its bytes would mean other characters.

use super::Layout;

/// Names under which pure ASCII text is the same as in UTF-8.
const ASCII_SUPERSETS: &[&str] = &["ascii", "us-ascii", "latin-1", "iso-8859-1", "iso-latin-1", "iso8859-1"];

impl Layout<'_> {
    /// Look for a declaration in the first two lines.
    pub(super) fn declared_encoding(&mut self) {
        let mut start = 0;
        for _ in 0..2 {
            let line = self.text[start..].split(['\n', '\r']).next().unwrap_or("");
            let code = line.trim_start_matches('\u{feff}').trim_start_matches([' ', '\t', '\x0c']);
            if let Some(comment) = code.strip_prefix('#') {
                if let Some(name) = declaration(comment) {
                    let at = start + (name.as_ptr() as usize - line.as_ptr() as usize);
                    return self.check_encoding(name, at);
                }
            } else if !code.is_empty() {
                return;
            }
            start = self.line_end(start + line.len());
        }
    }

    fn check_encoding(&mut self, name: &str, at: usize) {
        let normal = name.to_ascii_lowercase().replace('_', "-");
        let is_utf8 = matches!(&*normal, "utf-8" | "utf8" | "utf-8-sig" | "u8" | "cp65001")
            || normal.starts_with("utf-8-");
        if is_utf8 || (self.text.is_ascii() && ASCII_SUPERSETS.contains(&&*normal)) {
            return;
        }
        let message = format!("encoding '{name}' is not supported: apy reads UTF-8");
        self.error(at, at + name.len(), message)
            .help
            .push("save the file as UTF-8 and drop this line".into());
    }
}

/// The name in `coding: name` or `coding=name`.
fn declaration(comment: &str) -> Option<&str> {
    let mut rest = comment;
    loop {
        rest = &rest[rest.find("coding")? + "coding".len()..];
        let Some(name) = rest.strip_prefix([':', '=']) else { continue };
        let name = name.trim_start_matches([' ', '\t']);
        let end = name
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(name.len());
        if end > 0 {
            return Some(&name[..end]);
        }
    }
}
