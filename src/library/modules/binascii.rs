//! `binascii`: bytes as digits, and checksums.

use super::quoted;
use crate::library::types::bytes::buffer::{bytes_argument, content};
use crate::object::spec::{ModuleSpec, Script, native};
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};

pub static BINASCII: ModuleSpec = ModuleSpec {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: FUNCTIONS,
    script: Script::inline(
        "class Error(ValueError):\n    pass\n\n\nclass Incomplete(Exception):\n    pass\n\n\na2b_hex, b2a_hex = unhexlify, hexlify\n",
    ),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("a2b_base64", "data, /, *, strict_mode=False", from_base64, "Decode a line of base64 data."),
    native("a2b_qp", "data, header=False", quoted::from_quoted, "Decode a string of qp-encoded data."),
    native("a2b_uu", "data, /", quoted::from_uu, "Decode a line of uuencoded data."),
    native(
        "b2a_qp",
        "data, quotetabs=False, istext=True, header=False",
        quoted::to_quoted,
        "Encode a string using quoted-printable encoding.",
    ),
    native("b2a_uu", "data, /, *, backtick=False", quoted::to_uu, "Uuencode line of data."),
    native("crc_hqx", "data, crc, /", quoted::crc_hqx, "Compute CRC-CCITT incrementally."),
    native("b2a_base64", "data, /, *, newline=True", to_base64, "Base64-code line of data."),
    native("crc32", "data, crc=0, /", crc32, "Compute CRC-32 incrementally."),
    native("hexlify", "data, sep=?, bytes_per_sep=1", hexlify, "Hexadecimal representation of binary data."),
    native("unhexlify", "hexstr, /", unhexlify, "Binary data of hexadecimal representation."),
];

/// `binascii.Error`.
#[cold]
pub fn error(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let made = interp.import("binascii").and_then(|module| {
        let class = interp.attribute(&module, "Error")?;
        interp.call(&class, &[Value::str(message)])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// The bytes of an argument that may also be a text of ASCII.
pub fn ascii_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<u8>, Raised> {
    if let Some(text) = value.str_like() {
        if !text.is_ascii() {
            return Err(interp.value_error("string argument should contain only ASCII characters"));
        }
        return Ok(text.as_bytes().to_vec());
    }
    match content(value) {
        Some(data) => Ok(data.to_vec()),
        None => {
            let class = interp.type_name(value);
            let message = format!("argument should be bytes, buffer or ASCII string, not '{class}'");
            Err(interp.type_error(&message))
        }
    }
}

fn hexlify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].given().is_none() {
        let data = bytes_argument(interp, &args[0])?;
        let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
        return Ok(Value::bytes(
            data.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<Vec<u8>>(),
        ));
    }
    let data = Value::bytes(&*bytes_argument(interp, &args[0])?);
    let mut rest = Vec::new();
    if let Some(separator) = args[1].given() {
        rest.extend([separator.clone(), args[2].clone()]);
    }
    let text = interp.call_method(&data, "hex", &rest)?;
    Ok(Value::bytes(text.as_str().unwrap_or_default().as_bytes()))
}

fn unhexlify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let digits = ascii_argument(interp, &args[0])?;
    if digits.len() % 2 != 0 {
        return Err(error(interp, "Odd-length string"));
    }
    let value = |digit: u8| (digit as char).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.chunks_exact(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?));
    match pairs.collect::<Option<Vec<u8>>>() {
        Some(data) => Ok(Value::bytes(data)),
        None => Err(error(interp, "Non-hexadecimal digit found")),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What the digits stand for; `NO_DIGIT` for other bytes.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 64 {
        digits[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = 0xff;

/// The whole groups of digits at the beginning: their bytes, and how many digits they are.
fn whole_groups(digits: &[u8], out: &mut Vec<u8>) -> usize {
    let mut used = 0;
    for group in digits.chunks_exact(4) {
        let values = [group[0], group[1], group[2], group[3]].map(|digit| DIGITS[usize::from(digit)]);
        if values.contains(&NO_DIGIT) {
            break;
        }
        let bits = values.iter().fold(0_u32, |bits, value| bits << 6 | u32::from(*value));
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
        used += 4;
    }
    used
}

fn to_base64(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let newline = interp.truth(&args[1])?;
    let data = bytes_argument(interp, &args[0])?;
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for part in data.chunks(3) {
        let bits =
            part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for number in 0..4 {
            out.push(match number <= part.len() {
                true => ALPHABET[(bits >> (18 - 6 * number) & 63) as usize],
                false => b'=',
            });
        }
    }
    if newline {
        out.push(b'\n');
    }
    Ok(Value::bytes(out))
}

fn from_base64(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let strict = interp.truth(&args[1])?;
    let digits = ascii_argument(interp, &args[0])?;
    if strict && digits.first() == Some(&b'=') {
        return Err(error(interp, "Leading padding not allowed"));
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    // How many of the four digits of a group have been seen, and their bits.
    let (mut seen, mut bits, mut padding) = (0_usize, 0_u32, 0_usize);
    let used = whole_groups(&digits, &mut out);
    for (at, digit) in digits.iter().enumerate().skip(used) {
        if *digit == b'=' {
            padding += 1;
            if seen >= 2 && seen + padding >= 4 {
                if strict && at + 1 < digits.len() {
                    return Err(error(interp, "Excess data after padding"));
                }
                return Ok(Value::bytes(out));
            }
            continue;
        }
        let Some(value) = Some(DIGITS[usize::from(*digit)]).filter(|value| *value != NO_DIGIT) else {
            if strict {
                return Err(error(interp, "Only base64 data is allowed"));
            }
            continue;
        };
        if strict && padding > 0 {
            return Err(error(interp, "Discontinuous padding not allowed"));
        }
        padding = 0;
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        seen += 1;
        match seen {
            2 => out.push((bits >> 4) as u8),
            3 => out.push((bits >> 2) as u8),
            4 => {
                out.push(bits as u8);
                seen = 0;
            }
            _ => {}
        }
    }
    match seen {
        0 => Ok(Value::bytes(out)),
        1 => {
            let count = out.len() / 3 * 4 + 1;
            let message = format!(
                "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a \
                 multiple of 4"
            );
            Err(error(interp, &message))
        }
        _ => Err(error(interp, "Incorrect padding")),
    }
}

pub fn crc32(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let start = interp.index(&args[1])?.to_big_int().map(|big| &*big & num_bigint::BigInt::from(u32::MAX));
    let start = start.and_then(|start| u32::try_from(start).ok()).unwrap_or_default();
    let mut state = crc32fast::Hasher::new_with_initial(start);
    state.update(&bytes_argument(interp, &args[0])?);
    Ok(Value::int(state.finalize().into()))
}
