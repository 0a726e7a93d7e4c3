//! `struct`: values as bytes by a format. The class `Struct` is written in apy over these functions.

use crate::library::types::bytes::buffer::{bytes_argument, contiguous, storage};
use crate::library::types::bytes::bytearray::ByteArray;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value};
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub static STRUCT: ModuleSpec = ModuleSpec {
    name: "struct",
    doc: "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct\nand also as format strings (explained below) to describe the layout of data\nin the C struct.",
    functions: FUNCTIONS,
    script: script!("struct.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "calcsize",
        "format, /",
        calcsize,
        "Return size in bytes of the struct described by the format string.",
    ),
    native("_clearcache", "", |_, _| Ok(Value::NONE), "Clear the internal cache."),
    native(
        "pack",
        "*values",
        pack,
        "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed according\nto the format string.  See help(struct) for more on format strings.",
    ),
    native(
        "pack_into",
        "*values",
        pack_into,
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string and write\nthe packed bytes into the writable buffer buf starting at offset.",
    ),
    native(
        "unpack",
        "format, buffer, /",
        unpack,
        "Return a tuple containing values unpacked according to the format string.",
    ),
    native(
        "unpack_from",
        "format, /, buffer, offset=0",
        unpack_from,
        "Return a tuple containing values unpacked according to the format string.",
    ),
    native(
        "_unpack_all",
        "format, buffer, /",
        unpack_all,
        "A list of what `unpack` makes of each piece of the buffer.",
    ),
];

/// What stands for some bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Pad,
    Char,
    Bool,
    /// Whether it has a sign.
    Integer(bool),
    Half,
    Single,
    Double,
    Text,
    Pascal,
}

/// A part of a format: so many values of a kind, or for texts one value of that many bytes.
#[derive(Debug)]
struct Item {
    kind: Kind,
    letter: char,
    offset: usize,
    size: usize,
    count: usize,
}

/// A format, understood.
struct Format {
    items: Vec<Item>,
    size: usize,
    values: usize,
    big_endian: bool,
    /// In the machine's own layout, where floats that are too large become infinite.
    is_native: bool,
}

thread_local! {
    static KNOWN: RefCell<HashMap<String, Rc<Format>>> = RefCell::default();
}

/// Formats remembered.
const MOST_KNOWN: usize = 100;

/// `struct.error`.
#[cold]
fn error(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let made = interp.import("struct").and_then(|module| {
        let class = interp.attribute(&module, "error")?;
        interp.call(&class, &[Value::str(message)])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// The size of a kind, where sizes are the same everywhere, and in the machine's own layout.
fn kind_of(letter: char, native: bool) -> Option<(Kind, usize)> {
    Some(match letter {
        'x' => (Kind::Pad, 1),
        'c' => (Kind::Char, 1),
        '?' => (Kind::Bool, 1),
        'b' => (Kind::Integer(true), 1),
        'B' => (Kind::Integer(false), 1),
        'h' => (Kind::Integer(true), 2),
        'H' => (Kind::Integer(false), 2),
        'i' => (Kind::Integer(true), 4),
        'I' => (Kind::Integer(false), 4),
        'l' => (Kind::Integer(true), if native { 8 } else { 4 }),
        'L' => (Kind::Integer(false), if native { 8 } else { 4 }),
        'q' => (Kind::Integer(true), 8),
        'Q' => (Kind::Integer(false), 8),
        'n' if native => (Kind::Integer(true), 8),
        'N' | 'P' if native => (Kind::Integer(false), 8),
        'e' => (Kind::Half, 2),
        'f' => (Kind::Single, 4),
        'd' => (Kind::Double, 8),
        's' => (Kind::Text, 1),
        'p' => (Kind::Pascal, 1),
        _ => return None,
    })
}

impl Format {
    fn parse(text: &str) -> Result<Format, &'static str> {
        let (native, aligned, big_endian, rest) = match text.chars().next() {
            Some('@') => (true, true, cfg!(target_endian = "big"), &text[1..]),
            Some('=') => (false, false, cfg!(target_endian = "big"), &text[1..]),
            Some('<') => (false, false, false, &text[1..]),
            Some('>' | '!') => (false, false, true, &text[1..]),
            _ => (true, true, cfg!(target_endian = "big"), text),
        };
        let too_long = "total struct size too long";
        let mut format = Format { items: Vec::new(), size: 0, values: 0, big_endian, is_native: native };
        let mut letters = rest.chars();
        while let Some(mut letter) = letters.next() {
            if letter.is_ascii_whitespace() {
                continue;
            }
            let mut count = 1;
            if letter.is_ascii_digit() {
                count = 0_usize;
                while let Some(digit) = letter.to_digit(10) {
                    count = count
                        .checked_mul(10)
                        .and_then(|count| count.checked_add(digit as usize))
                        .ok_or(too_long)?;
                    letter = letters.next().ok_or("repeat count given without format specifier")?;
                }
            }
            if letter == '\0' {
                return Err("embedded null character");
            }
            let (kind, size) = kind_of(letter, native).ok_or("bad char in struct format")?;
            if aligned && !matches!(kind, Kind::Pad | Kind::Text | Kind::Pascal) {
                format.size = format.size.checked_next_multiple_of(size).ok_or(too_long)?;
            }
            let offset = format.size;
            let all = size.checked_mul(count).filter(|all| *all <= isize::MAX as usize).ok_or(too_long)?;
            format.size =
                offset.checked_add(all).filter(|size| *size <= isize::MAX as usize).ok_or(too_long)?;
            match kind {
                Kind::Pad => continue,
                Kind::Text | Kind::Pascal => format.values += 1,
                _ => format.values += count,
            }
            format.items.push(Item { kind, letter, offset, size, count });
        }
        Ok(format)
    }

    /// The format that an argument describes.
    fn of(interp: &mut dyn Interpreter, value: &Value) -> Result<Rc<Format>, Raised> {
        let text = match (value.str_like(), value.bytes_like()) {
            (Some(text), _) => text.to_owned(),
            (_, Some(data)) => String::from_utf8_lossy(data).into_owned(),
            _ => {
                let class = interp.type_name(value);
                let message = format!("Struct() argument 1 must be a str or bytes object, not {class}");
                return Err(interp.type_error(&message));
            }
        };
        if let Some(known) = KNOWN.with_borrow(|known| known.get(&text).cloned()) {
            return Ok(known);
        }
        let format = match Format::parse(&text) {
            Ok(format) => Rc::new(format),
            Err(message) => return Err(error(interp, message)),
        };
        KNOWN.with_borrow_mut(|known| {
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(text, format.clone());
        });
        Ok(format)
    }

    fn pack(&self, interp: &mut dyn Interpreter, values: &[Value]) -> Result<Vec<u8>, Raised> {
        let mut data = Vec::new();
        if data.try_reserve_exact(self.size).is_err() {
            return Err(interp.raise_args(CoreType::MemoryError, &[]));
        }
        data.resize(self.size, 0);
        let mut values = values.iter();
        for item in &self.items {
            if matches!(item.kind, Kind::Text | Kind::Pascal) {
                let Some(value) = values.next() else { break };
                let field = &mut data[item.offset..item.offset + item.count];
                pack_text(interp, item, value, field)?;
                continue;
            }
            for (number, value) in values.by_ref().take(item.count).enumerate() {
                let at = item.offset + number * item.size;
                pack_value(interp, item, value, &mut data[at..at + item.size], self)?;
            }
        }
        Ok(data)
    }

    fn unpack(&self, data: &[u8]) -> Value {
        let mut values = Vec::with_capacity(self.values);
        for item in &self.items {
            match item.kind {
                Kind::Text => values.push(Value::bytes(&data[item.offset..item.offset + item.count])),
                Kind::Pascal => {
                    let field = &data[item.offset..item.offset + item.count];
                    let length = field.first().map_or(0, |first| (*first as usize).min(item.count - 1));
                    values.push(Value::bytes(field.get(1..=length).unwrap_or_default()));
                }
                _ => {
                    let all = &data[item.offset..item.offset + item.count * item.size];
                    values.extend(
                        all.chunks_exact(item.size).map(|part| read(item.kind, part, self.big_endian)),
                    );
                }
            }
        }
        Value::tuple(values)
    }
}

fn pack_text(
    interp: &mut dyn Interpreter,
    item: &Item,
    value: &Value,
    field: &mut [u8],
) -> Result<(), Raised> {
    let array = value.downcast::<ByteArray>();
    if value.bytes_like().is_none() && array.is_none() {
        return Err(error(interp, &format!("argument for '{}' must be a bytes object", item.letter)));
    }
    let data = bytes_argument(interp, value)?;
    if item.kind == Kind::Text {
        let length = data.len().min(field.len());
        field[..length].copy_from_slice(&data[..length]);
    } else if let Some((first, rest)) = field.split_first_mut() {
        let length = data.len().min(rest.len());
        rest[..length].copy_from_slice(&data[..length]);
        *first = length.min(255) as u8;
    }
    Ok(())
}

fn pack_value(
    interp: &mut dyn Interpreter,
    item: &Item,
    value: &Value,
    field: &mut [u8],
    format: &Format,
) -> Result<(), Raised> {
    match item.kind {
        Kind::Char => match value.bytes_like() {
            Some([byte]) => field[0] = *byte,
            _ => return Err(error(interp, "char format requires a bytes object of length 1")),
        },
        Kind::Bool => field[0] = u8::from(interp.truth(value)?),
        Kind::Integer(signed) => {
            let number = integer(interp, item, value, signed)?;
            let bytes = number.to_le_bytes();
            field.copy_from_slice(&bytes[..field.len()]);
            if format.big_endian {
                field.reverse();
            }
        }
        Kind::Half | Kind::Single | Kind::Double => {
            let float = match interp.expect_float(value) {
                Ok(float) => Value::plain_nan(float),
                Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
                    return Err(error(interp, "required argument is not a float"));
                }
                Err(raised) => return Err(raised),
            };
            let overflow = |letter: char| format!("float too large to pack with {letter} format");
            match item.kind {
                Kind::Half => match half_bits(float) {
                    Some(bits) => field.copy_from_slice(&bits.to_le_bytes()),
                    None => return Err(interp.overflow_error(&overflow('e'))),
                },
                Kind::Single => {
                    let single = float as f32;
                    if single.is_infinite() && float.is_finite() && !format.is_native {
                        return Err(interp.overflow_error(&overflow('f')));
                    }
                    field.copy_from_slice(&single.to_le_bytes());
                }
                _ => field.copy_from_slice(&float.to_le_bytes()),
            }
            if format.big_endian {
                field.reverse();
            }
        }
        Kind::Pad | Kind::Text | Kind::Pascal => {}
    }
    Ok(())
}

/// An integer argument in the range of its format.
fn integer(interp: &mut dyn Interpreter, item: &Item, value: &Value, signed: bool) -> Result<i128, Raised> {
    let index = if value.is_integer() {
        value.clone()
    } else {
        match crate::object::sequence::has_index(interp, value) {
            true => interp.index(value)?,
            false => return Err(error(interp, "required argument is not an integer")),
        }
    };
    let bits = item.size as u32 * 8;
    let (least, most) = match signed {
        true => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        false => (0, (1_i128 << bits) - 1),
    };
    let number = match index.int_like() {
        Some(small) => Some(i128::from(small)),
        None => index.to_big_int().and_then(|big| big.to_i128()),
    };
    if item.letter == 'P' {
        // Negative addresses are taken modulo 2**64.
        return match number.filter(|number| (i64::MIN.into()..=most).contains(number)) {
            Some(number) => Ok(number),
            None => Err(error(interp, "int too large to convert")),
        };
    }
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(number),
        None => {
            let message = format!("'{}' format requires {least} <= number <= {most}", item.letter);
            Err(error(interp, &message))
        }
    }
}

fn read(kind: Kind, field: &[u8], big_endian: bool) -> Value {
    let mut bytes = [0; 8];
    bytes[..field.len()].copy_from_slice(field);
    if big_endian {
        bytes[..field.len()].reverse();
    }
    let number = u64::from_le_bytes(bytes);
    match kind {
        Kind::Char => Value::bytes(field),
        Kind::Bool => Value::bool(field[0] != 0),
        Kind::Integer(true) => {
            let unused = 64 - 8 * field.len() as u32;
            Value::int(((number << unused) as i64) >> unused)
        }
        Kind::Integer(false) => match i64::try_from(number) {
            Ok(small) => Value::int(small),
            Err(_) => Value::big_int(BigInt::from_bytes_le(Sign::Plus, &number.to_le_bytes())),
        },
        Kind::Half => Value::float(half_value(number as u16)),
        Kind::Single => Value::float(f64::from(f32::from_bits(number as u32))),
        Kind::Double => Value::float(f64::from_bits(number)),
        Kind::Pad | Kind::Text | Kind::Pascal => Value::NONE,
    }
}

/// The bits of the nearest half-precision float, ties to even; `None` if it is too large.
fn half_bits(value: f64) -> Option<u16> {
    let sign = u16::from(value.is_sign_negative()) << 15;
    let magnitude = value.abs();
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if magnitude == 0.0 {
        return Some(sign);
    }
    // The exponent of the last of the ten bits behind the leading one.
    let exponent = (magnitude.log2().floor() as i32).max(-14);
    let exponent = if magnitude < 2_f64.powi(exponent) { (exponent - 1).max(-14) } else { exponent };
    let scaled = magnitude * 2_f64.powi(10 - exponent);
    let rounded = scaled.round_ties_even() as u32;
    // A rounding up to the next power of two carries into the exponent by itself.
    let bits = ((exponent + 14) as u32).wrapping_shl(10).wrapping_add(rounded);
    (bits < 0x7c00).then_some(sign | bits as u16)
}

fn half_value(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN.copysign(sign),
        _ => sign * (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    }
}

fn calcsize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(Format::of(interp, &args[0])?.size as i64))
}

fn check_count(interp: &mut dyn Interpreter, name: &str, wanted: usize, found: usize) -> Result<(), Raised> {
    if wanted == found {
        return Ok(());
    }
    Err(error(interp, &format!("{name} expected {wanted} items for packing (got {found})")))
}

fn pack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let all = args[0].as_tuple().unwrap_or_default();
    let Some((format, values)) = all.split_first() else {
        return Err(interp.type_error("missing format argument"));
    };
    let format = Format::of(interp, format)?;
    check_count(interp, "pack", format.values, values.len())?;
    Ok(Value::bytes(format.pack(interp, values)?))
}

fn pack_into(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let all = args[0].as_tuple().unwrap_or_default();
    let Some((format, rest)) = all.split_first() else {
        return Err(interp.type_error("missing format argument"));
    };
    let format = Format::of(interp, format)?;
    let [buffer, offset, values @ ..] = rest else {
        let missing = if rest.is_empty() { "buffer" } else { "offset" };
        return Err(interp.type_error(&format!("pack_into expected {missing} argument")));
    };
    check_count(interp, "pack_into", format.values, values.len())?;
    let offset = interp.expect_int(offset)?;
    let length = match contiguous(interp, buffer)? {
        Some(data) if buffer.bytes_like().is_none() => data.len(),
        _ => {
            let class = interp.type_name(buffer);
            let message = format!("argument must be read-write bytes-like object, not {class}");
            return Err(interp.type_error(&message));
        }
    };
    let size = format.size as i64;
    let at = if offset < 0 {
        if offset + size > 0 {
            return Err(error(interp, &format!("no space to pack {size} bytes at offset {offset}")));
        }
        if offset + (length as i64) < 0 {
            let message = format!("offset {offset} out of range for {length}-byte buffer");
            return Err(error(interp, &message));
        }
        offset + length as i64
    } else {
        offset
    };
    if length as i64 - at < size {
        let message = format!(
            "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset {at} (actual \
             buffer size is {length})",
            i128::from(size) + i128::from(at)
        );
        return Err(error(interp, &message));
    }
    let data = format.pack(interp, values)?;
    let (at, end) = (at as usize, at as usize + data.len());
    if let Some(array) = storage(buffer) {
        array.with_bytes(|bytes| {
            if let Some(target) = bytes.get_mut(at..end) {
                target.copy_from_slice(&data);
            }
        });
        return Ok(Value::NONE);
    }
    // A view: by assignment to its slice.
    let bounds = [Value::int(at as i64), Value::int(end as i64)];
    let slice = interp.builtins().as_dict().and_then(|builtins| builtins.get_str("slice"));
    let slice = interp.call(&slice.unwrap_or_default(), &bounds)?;
    interp.set_item(buffer, &slice, &Value::bytes(data))?;
    Ok(Value::NONE)
}

fn unpack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = Format::of(interp, &args[0])?;
    let data = bytes_argument(interp, &args[1])?;
    if data.len() != format.size {
        drop(data);
        return Err(error(interp, &format!("unpack requires a buffer of {} bytes", format.size)));
    }
    Ok(format.unpack(&data))
}

fn unpack_from(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = Format::of(interp, &args[0])?;
    let offset = interp.expect_int(&args[2])?;
    let data = bytes_argument(interp, &args[1])?;
    let (length, size) = (data.len() as i64, format.size as i64);
    let mut at = offset;
    let mut wrong = None;
    if at < 0 {
        if at + size > 0 {
            wrong = Some(format!("not enough data to unpack {size} bytes at offset {at}"));
        } else if at + length < 0 {
            wrong = Some(format!("offset {at} out of range for {length}-byte buffer"));
        }
        at += length;
    }
    if wrong.is_none() && length - at < size {
        wrong = Some(format!(
            "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {at} (actual \
             buffer size is {length})",
            i128::from(size) + i128::from(at)
        ));
    }
    match wrong {
        None => Ok(format.unpack(&data[at as usize..][..format.size])),
        Some(message) => {
            drop(data);
            Err(error(interp, &message))
        }
    }
}

fn unpack_all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = Format::of(interp, &args[0])?;
    if format.size == 0 {
        return Err(error(interp, "cannot iteratively unpack with a struct of length 0"));
    }
    let data = bytes_argument(interp, &args[1])?;
    if data.len() % format.size != 0 {
        drop(data);
        let message = format!("iterative unpacking requires a buffer of a multiple of {} bytes", format.size);
        return Err(error(interp, &message));
    }
    Ok(Value::list(data.chunks_exact(format.size).map(|piece| format.unpack(piece)).collect()))
}
