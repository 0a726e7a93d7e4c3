//! Strings as sequences of code points: what operators and methods need, without rows and without
//! an interpreter. The VM calls these directly for exact strings.

use super::fault::Fault;
use super::heap::StrObject;
use super::slice::{SliceIndices, wrap_index};
use super::surrogate;
use super::value::Value;
use std::cmp::Ordering;

/// Results larger than this are tried out before they are allocated for good.
const LARGE: usize = 1 << 26;

/// Whether a result of `bytes` bytes can be held.
pub fn check_room(bytes: usize) -> Result<(), Fault> {
    if bytes < LARGE {
        return Ok(());
    }
    let mut probe: Vec<u8> = Vec::new();
    match isize::try_from(bytes) {
        // The address space may be there when the memory is not; nobody has a terabyte of text.
        Ok(size) if size < 1 << 40 => probe.try_reserve_exact(bytes).map_err(|_| Fault::memory()),
        _ => Err(Fault::memory()),
    }
}

/// `left + right`.
#[inline]
pub fn concat(left: &StrObject, right: &StrObject) -> Value {
    let (a, b) = (left.as_str(), right.as_str());
    Value::str_parts(a.len() + b.len(), left.char_count() + right.char_count(), [a, b])
}

/// `left + right` if both are exact strings; either itself if the other is empty.
#[inline]
pub fn add(left: &Value, right: &Value) -> Option<Value> {
    let (a, b) = (left.as_str_object()?, right.as_str_object()?);
    if a.as_str().is_empty() {
        return Some(right.clone());
    }
    if b.as_str().is_empty() {
        return Some(left.clone());
    }
    Some(concat(a, b))
}

/// The strings in `parts` one after the other: an f-string. Other values count as empty.
#[inline]
pub fn build(parts: &[Value]) -> Value {
    let strings = || parts.iter().filter_map(Value::str_object_like);
    let (length, chars) = strings().fold((0, 0), |sum, s| (sum.0 + s.as_str().len(), sum.1 + s.char_count()));
    Value::str_parts(length, chars, strings().map(StrObject::as_str))
}

/// `string * count`.
pub fn repeat(string: &StrObject, count: i64) -> Result<Value, Fault> {
    let text = string.as_str();
    let count = count.max(0) as usize;
    if text.is_empty() || count == 0 {
        return Ok(Value::str(""));
    }
    let length = text
        .len()
        .checked_mul(count)
        .filter(|length| *length <= isize::MAX as usize)
        .ok_or_else(|| Fault::overflow("repeated string is too long"))?;
    check_room(length)?;
    let chars = string.char_count() * count;
    if text.len() * 8 < length {
        // Copying a longer text fewer times: doubling costs less than many tiny copies.
        let unit = text.repeat(64_usize.div_ceil(text.len()).min(count));
        let (units, rest) = (length / unit.len(), length % unit.len());
        let parts = std::iter::repeat_n(&*unit, units).chain([&unit[..rest]]);
        return Ok(Value::str_parts(length, chars, parts));
    }
    Ok(Value::str_parts(length, chars, std::iter::repeat_n(text, count)))
}

/// Order by code points.
#[inline]
pub fn compare(left: &str, right: &str) -> Ordering {
    surrogate::compare(left, right)
}

/// Equality of exact strings; `None` if one is something else.
#[inline]
pub fn equal(left: &Value, right: &Value) -> Option<bool> {
    let (a, b) = (left.as_str_object()?, right.as_str_object()?);
    Some(std::ptr::eq(a, b) || a.as_str() == b.as_str())
}

/// `needle in haystack`.
#[inline]
pub fn contains(haystack: &str, needle: &str) -> bool {
    find_bytes(haystack.as_bytes(), needle.as_bytes()).is_some()
}

/// Where `needle` first occurs, in bytes.
#[inline]
pub fn find_bytes(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, haystack),
        _ if needle.len() > haystack.len() => None,
        _ => memchr::memmem::find(haystack, needle),
    }
}

/// Where `needle` last occurs, in bytes.
#[inline]
pub fn rfind_bytes(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(haystack.len()),
        [byte] => memchr::memrchr(*byte, haystack),
        _ if needle.len() > haystack.len() => None,
        _ => memchr::memmem::rfind(haystack, needle),
    }
}

/// How often `needle` occurs without overlap; it is not empty.
pub fn count_bytes(haystack: &[u8], needle: &[u8]) -> usize {
    match needle {
        [byte] => memchr::memchr_iter(*byte, haystack).count(),
        _ if needle.len() > haystack.len() => 0,
        _ => memchr::memmem::find_iter(haystack, needle).count(),
    }
}

/// The byte at which code point number `index` of `string` begins; its length if there are not so
/// many.
#[inline]
pub fn offset(string: &StrObject, index: usize) -> usize {
    let text = string.as_str();
    if string.is_ascii() {
        return index.min(text.len());
    }
    if index >= string.char_count() {
        return text.len();
    }
    if index <= string.char_count() / 2 { offset_in(text, index) } else { offset_from_end(string, index) }
}

/// As [`offset`], of a text whose number of code points is not known.
pub fn offset_in(text: &str, index: usize) -> usize {
    let Some(last) = index.checked_sub(1) else { return 0 };
    let mut characters = text.chars();
    // `nth` of `Chars` counts 32 bytes at a time.
    match characters.nth(last) {
        Some(_) => text.len() - characters.as_str().len(),
        None => text.len(),
    }
}

fn offset_from_end(string: &StrObject, index: usize) -> usize {
    let mut characters = string.as_str().chars();
    let skipped = string.char_count() - index - 1;
    characters.nth_back(skipped);
    characters.as_str().len()
}

/// The number of the code point that begins at byte `offset`.
#[inline]
pub fn char_index(string: &StrObject, offset: usize) -> usize {
    if string.is_ascii() { offset } else { string.as_str()[..offset].chars().count() }
}

/// `string[index]`.
#[inline]
pub fn index(string: &StrObject, index: i64) -> Option<Value> {
    let index = wrap_index(index, string.char_count())?;
    if string.is_ascii() {
        return Some(Value::char(string.as_str().as_bytes()[index] as char));
    }
    string.as_str()[offset(string, index)..].chars().next().map(Value::char)
}

/// The text from code point `start` up to `stop`, which is not smaller.
#[inline]
pub fn range(string: &StrObject, start: usize, stop: usize) -> &str {
    let text = string.as_str();
    if string.is_ascii() {
        return &text[start.min(text.len())..stop.min(text.len())];
    }
    let first = offset(string, start);
    // Near the start it is cheaper to go on than to count anew.
    let length = stop - start;
    let last = if length < string.char_count() - stop.min(string.char_count()) {
        first + offset_in(&text[first..], length)
    } else {
        offset(string, stop)
    };
    &text[first..last]
}

/// `string[slice]`.
pub fn slice(string: &StrObject, slice: SliceIndices) -> Value {
    let text = string.as_str();
    let SliceIndices { start, step, length, .. } = slice;
    if length == 0 {
        return Value::str("");
    }
    if step == 1 {
        let part = range(string, start as usize, start as usize + length);
        return Value::str_parts(part.len(), length, [part]);
    }
    if string.is_ascii() {
        let picked = slice.iter().map(|index| &text[index..=index]);
        return Value::str_parts(length, length, picked);
    }
    // Walk once, in the direction of the step.
    let stride = step.unsigned_abs() as usize;
    let mut picked = String::new();
    if step > 0 {
        let rest = text[offset(string, start as usize)..].chars();
        picked.extend(rest.step_by(stride).take(length));
    } else {
        let rest = text[..offset(string, start as usize + 1)].chars().rev();
        picked.extend(rest.step_by(stride).take(length));
    }
    Value::str_parts(picked.len(), length, [&*picked])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<R>(text: &str, f: impl Fn(&StrObject) -> R) -> R {
        let value = Value::str(text);
        f(value.as_str_object().unwrap())
    }

    fn sliced(text: &str, start: Option<i64>, stop: Option<i64>, step: i64) -> String {
        let indices = with(text, |s| SliceIndices::new(start, stop, step, s.char_count()));
        with(text, |s| slice(s, indices).as_str().unwrap().to_owned())
    }

    #[test]
    fn indices_are_code_points() {
        let text = "aé€😀b";
        for (at, wanted) in [(0, "a"), (1, "é"), (2, "€"), (3, "😀"), (4, "b"), (-1, "b"), (-2, "😀")]
        {
            assert_eq!(with(text, |s| index(s, at).unwrap().as_str().unwrap().to_owned()), wanted);
        }
        assert!(with(text, |s| index(s, 5).is_none() && index(s, -6).is_none()));
        assert_eq!(with(text, |s| char_index(s, 6)), 3);
    }

    #[test]
    fn slices() {
        for text in ["abcdefgh", "aé€😀bßxy"] {
            let all: Vec<char> = text.chars().collect();
            for start in -9..=9 {
                for stop in -9..=9 {
                    for step in [-3, -2, -1, 1, 2, 3] {
                        let indices = SliceIndices::new(Some(start), Some(stop), step, all.len());
                        let wanted: String = indices.iter().map(|i| all[i]).collect();
                        assert_eq!(sliced(text, Some(start), Some(stop), step), wanted);
                    }
                }
            }
        }
    }

    #[test]
    fn repetition() {
        assert_eq!(with("ab", |s| repeat(s, 3).unwrap().as_str().unwrap().to_owned()), "ababab");
        let long = with("abc", |s| repeat(s, 1000).unwrap());
        assert_eq!(long.as_str().unwrap(), "abc".repeat(1000));
        assert_eq!(with("ab", |s| repeat(s, -3).unwrap().as_str().unwrap().len()), 0);
        assert_eq!(with("ab", |s| repeat(s, 1 << 62)).unwrap_err().message, "repeated string is too long");
        assert_eq!(with("a", |s| repeat(s, 1 << 62)).unwrap_err(), Fault::memory());
    }

    #[test]
    fn searching() {
        assert_eq!(find_bytes(b"abcabc", b"ca"), Some(2));
        assert_eq!(rfind_bytes(b"abcabc", b"bc"), Some(4));
        assert_eq!(count_bytes(b"aaaa", b"aa"), 2);
        assert!(contains("", "") && !contains("", "a"));
    }
}
