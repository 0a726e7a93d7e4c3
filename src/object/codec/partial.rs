//! Where bytes can be cut so that what comes before means the same whatever follows.

use super::Encoding;

/// How much of `bytes` can be decoded without knowing what follows.
pub fn complete_length(bytes: &[u8], encoding: Encoding) -> usize {
    let length = bytes.len();
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Sig => complete_utf8(bytes),
        Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be => {
            let whole = length & !1;
            let is_big = encoding == Encoding::Utf16Be
                || encoding == Encoding::Utf16 && bytes.starts_with(&[0xfe, 0xff]);
            // The first half of a pair waits for the second.
            let high = whole.checked_sub(2).and_then(|at| bytes.get(if is_big { at } else { at + 1 }));
            if high.is_some_and(|high| (0xd8..0xdc).contains(high)) { whole - 2 } else { whole }
        }
        Encoding::Utf32 | Encoding::Utf32Le | Encoding::Utf32Be => length & !3,
        Encoding::UnicodeEscape | Encoding::RawUnicodeEscape => complete_escapes(bytes, encoding),
        Encoding::Ascii | Encoding::Latin1 | Encoding::Charmap(_) => length,
    }
}

fn complete_utf8(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    for start in tail..bytes.len() {
        if (0xc2..=0xf4).contains(&bytes[start]) {
            // What is wrong in any case does not wait.
            let is_cut = std::str::from_utf8(&bytes[start..])
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none());
            if is_cut {
                return start;
            }
        }
    }
    bytes.len()
}

fn complete_escapes(bytes: &[u8], encoding: Encoding) -> usize {
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        let start = at + found;
        let needed = match (bytes.get(start + 1), encoding) {
            (None, _) => return start,
            (Some(b'u'), _) => 6,
            (Some(b'U'), _) => 10,
            (Some(b'x'), Encoding::UnicodeEscape) => 4,
            (Some(b'N'), Encoding::UnicodeEscape) => {
                match bytes[start + 2..].iter().position(|byte| *byte == b'}') {
                    Some(end) => end + 3,
                    None => return start,
                }
            }
            (Some(b'0'..=b'7'), Encoding::UnicodeEscape) => {
                let digits = bytes[start + 1..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
                let digits = digits.count();
                // More digits may follow.
                if digits < 3 && start + 1 + digits == bytes.len() {
                    return start;
                }
                1 + digits
            }
            _ => 2,
        };
        if start + needed > bytes.len() {
            let digits = bytes[start + 2..].iter().all(u8::is_ascii_hexdigit);
            return if digits { start } else { bytes.len() };
        }
        at = start + needed;
    }
    bytes.len()
}
