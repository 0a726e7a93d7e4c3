//! Searching and replacing.

use super::arguments::{bad_argument, limit, plain, text_argument, this, window};
use crate::object::heap::StrObject;
use crate::object::text::{self, char_index, check_room, count_bytes, find_bytes, offset, rfind_bytes};
use crate::object::{Completion, Interpreter, Raised, Value};
use smallvec::SmallVec;

/// The part of the receiver that is searched.
struct Searched<'a> {
    string: &'a StrObject,
    /// In bytes.
    start: usize,
    end: usize,
}

impl<'a> Searched<'a> {
    /// From the arguments `start` and `end`; `None` if nothing, not even an empty text, can be found.
    fn new(
        interp: &mut dyn Interpreter,
        string: &'a StrObject,
        args: &[Value],
    ) -> Result<Option<Searched<'a>>, Raised> {
        let window = window(interp, &args[2], &args[3], string.char_count())?;
        Ok(window.map(|(start, end)| {
            let first = offset(string, start);
            let end = if end == string.char_count() { string.as_str().len() } else { offset(string, end) };
            Searched { string, start: first, end }
        }))
    }

    fn text(&self) -> &'a str {
        &self.string.as_str()[self.start..self.end]
    }

    fn bytes(&self) -> &'a [u8] {
        self.text().as_bytes()
    }

    /// The index of the code point at a byte of the searched part.
    fn index(&self, at: usize) -> i64 {
        char_index(self.string, self.start + at) as i64
    }
}

fn search(interp: &mut dyn Interpreter, args: &[Value], name: &str) -> Result<Option<i64>, Raised> {
    let string = this(interp, args, name)?;
    let needle = text_argument(interp, name, "argument 1", &args[1])?.as_str().as_bytes();
    let Some(searched) = Searched::new(interp, string, args)? else { return Ok(None) };
    let found = if name.starts_with('r') {
        rfind_bytes(searched.bytes(), needle)
    } else {
        find_bytes(searched.bytes(), needle)
    };
    Ok(found.map(|at| searched.index(at)))
}

pub fn find(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(search(interp, args, "find")?.unwrap_or(-1)))
}

pub fn rfind(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(search(interp, args, "rfind")?.unwrap_or(-1)))
}

pub fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match search(interp, args, "index")? {
        Some(at) => Ok(Value::int(at)),
        None => Err(interp.value_error("substring not found")),
    }
}

pub fn rindex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match search(interp, args, "rindex")? {
        Some(at) => Ok(Value::int(at)),
        None => Err(interp.value_error("substring not found")),
    }
}

pub fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "count")?;
    let needle = text_argument(interp, "count", "argument 1", &args[1])?.as_str();
    let Some(searched) = Searched::new(interp, string, args)? else { return Ok(Value::int(0)) };
    let count = match needle.is_empty() {
        true => searched.text().chars().count() + 1,
        false => count_bytes(searched.bytes(), needle.as_bytes()),
    };
    Ok(Value::int(count as i64))
}

pub fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "__contains__")?;
    match args[1].str_like() {
        Some(needle) => Ok(Value::bool(text::contains(string.as_str(), needle))),
        None => {
            let name = interp.type_name(&args[1]);
            let message = format!("'in <string>' requires string as left operand, not {name}");
            Err(interp.type_error(&message))
        }
    }
}

pub fn startswith(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    affix(interp, args, "startswith", |text, prefix| text.starts_with(prefix))
}

pub fn endswith(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    affix(interp, args, "endswith", |text, suffix| text.ends_with(suffix))
}

fn affix(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    test: fn(&[u8], &[u8]) -> bool,
) -> Completion {
    let string = this(interp, args, name)?;
    let searched = Searched::new(interp, string, args)?;
    let holds = |affix: &str| searched.as_ref().is_some_and(|s| test(s.bytes(), affix.as_bytes()));
    if let Some(affix) = args[1].str_like() {
        return Ok(Value::bool(holds(affix)));
    }
    let Some(affixes) = args[1].tuple_like() else {
        let found = interp.type_name(&args[1]);
        let message = format!("{name} first arg must be str or a tuple of str, not {found}");
        return Err(interp.type_error(&message));
    };
    for affix in affixes {
        match affix.str_like() {
            Some(affix) if holds(affix) => return Ok(Value::TRUE),
            Some(_) => {}
            None => {
                let found = interp.type_name(affix);
                let message = format!("tuple for {name} must only contain str, not {found}");
                return Err(interp.type_error(&message));
            }
        }
    }
    Ok(Value::FALSE)
}

pub fn removeprefix(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "removeprefix")?.as_str();
    let Some(prefix) = args[1].str_like() else {
        return Err(bad_argument(interp, "removeprefix", "argument", "str", &args[1]));
    };
    Ok(text.strip_prefix(prefix).map_or_else(|| plain(&args[0]), Value::str))
}

pub fn removesuffix(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "removesuffix")?.as_str();
    let Some(suffix) = args[1].str_like() else {
        return Err(bad_argument(interp, "removesuffix", "argument", "str", &args[1]));
    };
    Ok(text.strip_suffix(suffix).map_or_else(|| plain(&args[0]), Value::str))
}

pub fn replace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "replace")?;
    let old = text_argument(interp, "replace", "argument 1", &args[1])?;
    let new = text_argument(interp, "replace", "argument 2", &args[2])?;
    let limit = limit(interp, &args[3])?;
    let text = string.as_str();
    if limit == 0 || old.char_count() > string.char_count() || old.as_str() == new.as_str() {
        return Ok(plain(&args[0]));
    }
    if old.as_str().is_empty() {
        return interleave(interp, string, new, limit);
    }
    let needle = old.as_str().as_bytes();
    let places: SmallVec<[usize; 32]> = match needle {
        [byte] => memchr::memchr_iter(*byte, text.as_bytes()).take(limit).collect(),
        _ => memchr::memmem::find_iter(text.as_bytes(), needle).take(limit).collect(),
    };
    let Some(last) = places.last() else { return Ok(plain(&args[0])) };
    let tail = &text[last + needle.len()..];
    let count = places.len();
    let Some(length) = size(text.len() - needle.len() * count, new.as_str().len(), count) else {
        return Err(interp.overflow_error("replace string is too long"));
    };
    check_room(length).map_err(|fault| fault.raise(interp))?;
    let chars = string.char_count() - old.char_count() * count + new.char_count() * count;
    let mut shown = 0;
    let changed = places.iter().flat_map(|at| {
        let before = &text[shown..*at];
        shown = at + needle.len();
        [before, new.as_str()]
    });
    Ok(Value::str_parts(length, chars, changed.chain([tail])))
}

fn size(kept: usize, unit: usize, count: usize) -> Option<usize> {
    unit.checked_mul(count)?.checked_add(kept).filter(|size| *size <= isize::MAX as usize)
}

/// `string.replace("", new)`: before every character and at the end.
fn interleave(interp: &mut dyn Interpreter, string: &StrObject, new: &StrObject, limit: usize) -> Completion {
    let (text, new_text) = (string.as_str(), new.as_str());
    let count = limit.min(string.char_count() + 1);
    let Some(length) = size(text.len(), new_text.len(), count) else {
        return Err(interp.overflow_error("replace string is too long"));
    };
    check_room(length).map_err(|fault| fault.raise(interp))?;
    let mut out = String::with_capacity(length);
    let mut characters = text.chars();
    for done in 0..count {
        out.push_str(new_text);
        if done < count - 1 {
            out.extend(characters.next());
        }
    }
    out.push_str(characters.as_str());
    Ok(Value::str(&out))
}
