//! Searching, prefixes and suffixes, splitting and joining of bytes.

use super::buffer::{
    Buffer, Content, any_layout, byte, bytes_argument, bytes_required, contiguous, joined, needle,
    searched_range, storage, this,
};
use crate::library::types::str::arguments::limit;
use crate::library::types::str::items_to_join;
use crate::object::sequence::has_index;
use crate::object::text::{check_room, count_bytes, find_bytes, rfind_bytes};
use crate::object::{Completion, Interpreter, Raised, Value};

fn search<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    find: fn(&[u8], &[u8]) -> Option<usize>,
) -> Result<Option<i64>, Raised> {
    let range = searched_range::<B>(interp, args, name)?;
    let needle = needle(interp, &args[1])?;
    let Some((start, end)) = range else { return Ok(None) };
    let data = this::<B>(interp, args, name)?;
    Ok(find(&data[start..end], &needle).map(|at| (start + at) as i64))
}

pub fn find<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(search::<B>(interp, args, "find", find_bytes)?.unwrap_or(-1)))
}

pub fn rfind<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(search::<B>(interp, args, "rfind", rfind_bytes)?.unwrap_or(-1)))
}

pub fn index<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match search::<B>(interp, args, "index", find_bytes)? {
        Some(at) => Ok(Value::int(at)),
        None => Err(interp.value_error("subsection not found")),
    }
}

pub fn rindex<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match search::<B>(interp, args, "rindex", rfind_bytes)? {
        Some(at) => Ok(Value::int(at)),
        None => Err(interp.value_error("subsection not found")),
    }
}

pub fn count<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = searched_range::<B>(interp, args, "count")?;
    let needle = needle(interp, &args[1])?;
    let Some((start, end)) = range else { return Ok(Value::int(0)) };
    let data = this::<B>(interp, args, "count")?;
    let count = match needle.is_empty() {
        true => end - start + 1,
        false => count_bytes(&data[start..end], &needle),
    };
    Ok(Value::int(count as i64))
}

pub fn contains<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let needle = match contiguous(interp, &args[1])? {
        Some(data) => data,
        None if has_index(interp, &args[1]) => Content::Owned(vec![byte(interp, &args[1], "byte")?]),
        None => return Err(bytes_required(interp, &args[1])),
    };
    let data = this::<B>(interp, args, "__contains__")?;
    Ok(Value::bool(find_bytes(&data, &needle).is_some()))
}

pub fn startswith<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    affix::<B>(interp, args, "startswith", |data, prefix| data.starts_with(prefix))
}

pub fn endswith<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    affix::<B>(interp, args, "endswith", |data, suffix| data.ends_with(suffix))
}

fn affix<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    test: fn(&[u8], &[u8]) -> bool,
) -> Completion {
    let range = searched_range::<B>(interp, args, name)?;
    let data = this::<B>(interp, args, name)?;
    let holds = |affix: &[u8]| range.is_some_and(|(start, end)| test(&data[start..end], affix));
    if let Some(affixes) = args[1].tuple_like() {
        for affix in affixes {
            if holds(&bytes_argument(interp, affix)?) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    match contiguous(interp, &args[1])? {
        Some(affix) => Ok(Value::bool(holds(&affix))),
        None => {
            let found = interp.type_name(&args[1]);
            let message = format!("{name} first arg must be bytes or a tuple of bytes, not {found}");
            Err(interp.type_error(&message))
        }
    }
}

pub fn removeprefix<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "removeprefix")?;
    let prefix = bytes_argument(interp, &args[1])?;
    Ok(match data.strip_prefix(&*prefix) {
        Some(rest) if !prefix.is_empty() => B::make(rest),
        _ => B::unchanged(&args[0]),
    })
}

pub fn removesuffix<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "removesuffix")?;
    let suffix = bytes_argument(interp, &args[1])?;
    Ok(match data.strip_suffix(&*suffix) {
        Some(rest) if !suffix.is_empty() => B::make(rest),
        _ => B::unchanged(&args[0]),
    })
}

/// White space of ASCII, as `bytes.isspace` sees it.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// The separator of `split`; `None` means runs of white space.
fn separator<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<Option<Content<'v>>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    let separator = bytes_argument(interp, value)?;
    if separator.is_empty() {
        return Err(interp.value_error("empty separator"));
    }
    Ok(Some(separator))
}

pub fn split<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = limit(interp, &args[2])?;
    let data = this::<B>(interp, args, "split")?;
    let separator = separator(interp, &args[1])?;
    let mut parts = Vec::new();
    let mut rest = &*data;
    match separator {
        Some(separator) => {
            while parts.len() < limit
                && let Some(at) = find_bytes(rest, &separator)
            {
                parts.push(B::make(&rest[..at]));
                rest = &rest[at + separator.len()..];
            }
            parts.push(if parts.is_empty() { B::unchanged(&args[0]) } else { B::make(rest) });
        }
        None => {
            while let Some(start) = rest.iter().position(|byte| !is_space(*byte)) {
                rest = &rest[start..];
                if parts.len() == limit {
                    parts.push(B::make(rest));
                    break;
                }
                let end = rest.iter().position(|byte| is_space(*byte)).unwrap_or(rest.len());
                parts.push(B::make(&rest[..end]));
                rest = &rest[end..];
            }
        }
    }
    Ok(Value::list(parts))
}

pub fn rsplit<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = limit(interp, &args[2])?;
    let data = this::<B>(interp, args, "rsplit")?;
    let separator = separator(interp, &args[1])?;
    let mut parts = Vec::new();
    let mut rest = &*data;
    match separator {
        Some(separator) => {
            while parts.len() < limit
                && let Some(at) = rfind_bytes(rest, &separator)
            {
                parts.push(B::make(&rest[at + separator.len()..]));
                rest = &rest[..at];
            }
            parts.push(if parts.is_empty() { B::unchanged(&args[0]) } else { B::make(rest) });
        }
        None => {
            while let Some(last) = rest.iter().rposition(|byte| !is_space(*byte)) {
                rest = &rest[..=last];
                if parts.len() == limit {
                    parts.push(B::make(rest));
                    break;
                }
                let start = rest.iter().rposition(|byte| is_space(*byte)).map_or(0, |at| at + 1);
                parts.push(B::make(&rest[start..]));
                rest = &rest[..start];
            }
        }
    }
    parts.reverse();
    Ok(Value::list(parts))
}

pub fn splitlines<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let keep_ends = interp.truth(&args[1])?;
    let data = this::<B>(interp, args, "splitlines")?;
    let mut lines = Vec::new();
    let mut rest = &*data;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let next = match &rest[end..] {
            [] => end,
            [b'\r', b'\n', ..] => end + 2,
            _ => end + 1,
        };
        lines.push(B::make(&rest[..if keep_ends { next } else { end }]));
        rest = &rest[next..];
    }
    Ok(Value::list(lines))
}

pub fn partition<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    cut_once::<B>(interp, args, "partition", find_bytes, |whole, empty| [whole, B::make(&[]), empty])
}

pub fn rpartition<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    cut_once::<B>(interp, args, "rpartition", rfind_bytes, |whole, empty| [B::make(&[]), empty, whole])
}

fn cut_once<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    find: fn(&[u8], &[u8]) -> Option<usize>,
    missing: fn(Value, Value) -> [Value; 3],
) -> Completion {
    // A bytearray copies it first.
    let copied = match B::NAME {
        "bytearray" => any_layout(interp, &args[1])?.map(|data| Content::Owned(data.to_vec())),
        _ => None,
    };
    let separator = match copied {
        Some(separator) => separator,
        None => bytes_argument(interp, &args[1])?,
    };
    let data = this::<B>(interp, args, name)?;
    if separator.is_empty() {
        return Err(interp.value_error("empty separator"));
    }
    let parts = match find(&data, &separator) {
        Some(at) => {
            let middle = match args[1].as_bytes() {
                _ if B::NAME == "bytes" => args[1].clone(),
                _ => B::make(&separator),
            };
            [B::make(&data[..at]), middle, B::make(&data[at + separator.len()..])]
        }
        None => {
            // What cannot change is its own only part, whatever class it has.
            let whole = if B::NAME == "bytes" { args[0].clone() } else { B::make(&data) };
            missing(whole, B::make(&[]))
        }
    };
    Ok(Value::tuple(parts.to_vec()))
}

pub fn join<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "join")?;
    // The separator must stay as it is while the iterable runs.
    let exports = storage(&args[0]).map(|array| &array.exports);
    exports.inspect(|exports| exports.set(exports.get() + 1));
    let items = items_to_join(interp, &args[1]);
    exports.inspect(|exports| exports.set(exports.get() - 1));
    let items = items?;
    let separator = this::<B>(interp, args, "join")?;
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(data) = joined(interp, item)? else {
            let name = interp.type_name(item);
            let message = format!("sequence item {index}: expected a bytes-like object, {name} found");
            return Err(interp.type_error(&message));
        };
        if index > 0 {
            out.extend_from_slice(&separator);
        }
        check_room(out.len() + data.len()).map_err(|fault| fault.raise(interp))?;
        out.extend_from_slice(&data);
    }
    Ok(B::make(&out))
}
