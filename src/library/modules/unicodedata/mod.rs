//! `unicodedata`: what Unicode 15.1 says of characters.

mod database;

use crate::object::spec::{ModuleSpec, native};
use crate::object::surrogate;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, unicode};
use database::{Database, Form};

pub static UNICODEDATA: ModuleSpec = ModuleSpec {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters.",
    functions: FUNCTIONS,
    constants: &[("unidata_version", |_| Value::str(unicode::VERSION))],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "bidirectional",
        "chr, /",
        bidirectional,
        "Returns the bidirectional class assigned to the character chr as string.",
    ),
    native(
        "category",
        "chr, /",
        category,
        "Returns the general category assigned to the character chr as string.",
    ),
    native(
        "combining",
        "chr, /",
        combining,
        "Returns the canonical combining class assigned to the character chr as integer.",
    ),
    native(
        "decimal",
        "chr, default=?, /",
        decimal,
        "Converts a Unicode character into its equivalent decimal value.",
    ),
    native(
        "decomposition",
        "chr, /",
        decomposition,
        "Returns the character decomposition mapping assigned to the character chr as string.",
    ),
    native(
        "digit",
        "chr, default=?, /",
        digit,
        "Converts a Unicode character into its equivalent digit value.",
    ),
    native(
        "east_asian_width",
        "chr, /",
        east_asian_width,
        "Returns the east asian width assigned to the character chr as string.",
    ),
    native(
        "is_normalized",
        "form, unistr, /",
        is_normalized,
        "Return whether the Unicode string unistr is in the normal form 'form'.",
    ),
    native("lookup", "name, /", lookup, "Look up character by name."),
    native(
        "mirrored",
        "chr, /",
        mirrored,
        "Returns the mirrored property assigned to the character chr as integer.",
    ),
    native("name", "chr, default=?, /", name, "Returns the name assigned to the character chr as a string."),
    native(
        "normalize",
        "form, unistr, /",
        normalize,
        "Return the normal form 'form' for the Unicode string unistr.",
    ),
    native(
        "numeric",
        "chr, default=?, /",
        numeric,
        "Converts a Unicode character into its equivalent numeric value.",
    ),
];

/// The code of the only argument, or of the first of two.
fn character(interp: &mut dyn Interpreter, function: &str, args: &[Value]) -> Result<u32, Raised> {
    if let Some(text) = args[0].str_like() {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Ok(surrogate::code(character));
        }
    }
    let class = interp.type_name(&args[0]);
    let which = if args.len() == 1 { "argument" } else { "argument 1" };
    Err(interp.type_error(&format!("{function}() {which} must be a unicode character, not {class}")))
}

fn bidirectional(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "bidirectional", args)?;
    Ok(Value::str(Database::get().record(code).bidirectional))
}

fn category(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "category", args)?;
    Ok(Value::str(Database::get().record(code).category))
}

fn combining(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "combining", args)?;
    Ok(Value::int(Database::get().record(code).combining.into()))
}

fn mirrored(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "mirrored", args)?;
    Ok(Value::int(Database::get().record(code).is_mirrored.into()))
}

fn east_asian_width(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "east_asian_width", args)?;
    Ok(Value::str(Database::get().record(code).width))
}

fn decomposition(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "decomposition", args)?;
    Ok(Value::str(Database::get().decomposition(code).unwrap_or_default()))
}

/// The default, or the error that there is no value.
fn or_default(interp: &mut dyn Interpreter, args: &[Value], message: &str) -> Completion {
    match args[1].given() {
        Some(default) => Ok(default.clone()),
        None => Err(interp.value_error(message)),
    }
}

fn decimal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "decimal", args)?;
    match Database::get().number(code) {
        Some(number) if number.kind == b'd' => Ok(Value::int(number.numerator)),
        _ => or_default(interp, args, "not a decimal"),
    }
}

fn digit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "digit", args)?;
    match Database::get().number(code) {
        Some(number) if number.kind != b'n' => Ok(Value::int(number.numerator)),
        _ => or_default(interp, args, "not a digit"),
    }
}

fn numeric(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "numeric", args)?;
    match Database::get().number(code) {
        Some(number) => Ok(Value::float(number.numerator as f64 / number.denominator as f64)),
        None => or_default(interp, args, "not a numeric character"),
    }
}

/// Whether the character exists in this version of Unicode: the names are of a newer one.
fn is_assigned(code: u32) -> bool {
    Database::get().record(code).category != "Cn"
}

fn name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = character(interp, "name", args)?;
    match char::from_u32(code).filter(|_| is_assigned(code)).and_then(unicode_names2::name) {
        Some(name) => Ok(Value::str(&name.to_string())),
        None => or_default(interp, args, "no such name"),
    }
}

fn lookup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = match (args[0].str_like(), args[0].bytes_like()) {
        (Some(text), _) => text.to_owned(),
        (_, Some(data)) => String::from_utf8_lossy(data).into_owned(),
        _ => {
            let class = interp.type_name(&args[0]);
            return Err(interp.type_error(&format!("a bytes-like object is required, not '{class}'")));
        }
    };
    // Unlike the crate, CPython takes no spaces, hyphens or underscores for one another.
    let exact = name.to_ascii_uppercase();
    let found = unicode_names2::character(&name).filter(|found| {
        is_assigned(u32::from(*found))
            && (unicode_names2::name(*found).is_none_or(|known| known.to_string() == exact)
                || database::is_alias(&exact))
    });
    match found {
        Some(found) => Ok(Value::str(found.encode_utf8(&mut [0; 4]))),
        None => {
            let message = Value::str(&format!("undefined character name '{name}'"));
            Err(interp.raise_args(CoreType::KeyError, &[message]))
        }
    }
}

/// The form and the text of `normalize` and `is_normalized`.
fn form_and_text<'v>(
    interp: &mut dyn Interpreter,
    function: &str,
    args: &'v [Value],
) -> Result<(Form, &'v str), Raised> {
    let form = interp.expect_str_argument(&args[0], format_args!("{function}() argument 1"))?;
    let text = interp.expect_str_argument(&args[1], format_args!("{function}() argument 2"))?;
    match Form::by_name(form) {
        Some(form) => Ok((form, text)),
        None => Err(interp.value_error("invalid normalization form")),
    }
}

fn normalize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (form, text) = form_and_text(interp, "normalize", args)?;
    if text.is_ascii() {
        return Ok(args[1].clone());
    }
    Ok(Value::str(&Database::get().normalize(form, text)))
}

fn is_normalized(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (form, text) = form_and_text(interp, "is_normalized", args)?;
    Ok(Value::bool(text.is_ascii() || Database::get().normalize(form, text) == text))
}
