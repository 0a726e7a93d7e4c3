//! `str.format`, `str.format_map` and `str.__format__`.

use super::arguments::{plain, this};
use crate::object::escape::to_ascii;
use crate::object::fault::Fault;
use crate::object::format::format_exact;
use crate::object::format::integer::decimal;
use crate::object::format::template::{Field, Numbering, Step, Template, split_name};
use crate::object::format::text::format_str;
use crate::object::surrogate;
use crate::object::{Completion, Interpreter, Raised, Value};

/// How deep specs may have fields in them.
const DEPTH: u32 = 2;

pub fn dunder_format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__format__")?;
    let spec = interp.expect_str_argument(&args[1], "__format__() argument")?;
    if spec.is_empty() {
        return if args[0].as_str().is_some() { Ok(args[0].clone()) } else { interp.to_str(&args[0]) };
    }
    let name = match args[0].as_str() {
        Some(_) => "str".to_owned(),
        None => interp.type_name(&args[0]),
    };
    format_str(&plain(&args[0]), spec, &name).map_err(|fault| fault.raise(interp))
}

pub fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "format")?.as_str();
    let sources = Sources { positional: args[1].tuple_like(), named: &args[2] };
    fill(interp, &args[0], text, &sources)
}

pub fn format_map(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "format_map")?.as_str();
    fill(interp, &args[0], text, &Sources { positional: None, named: &args[1] })
}

/// Where fields get their values from.
struct Sources<'a> {
    /// `None` for `format_map`.
    positional: Option<&'a [Value]>,
    named: &'a Value,
}

fn fill(interp: &mut dyn Interpreter, string: &Value, text: &str, sources: &Sources<'_>) -> Completion {
    if !text.is_empty() && !text.contains(['{', '}']) {
        return Ok(string.clone());
    }
    let mut out = String::with_capacity(text.len() + 16);
    push_template(interp, &mut out, text, sources, &mut Numbering::default(), DEPTH)?;
    Ok(Value::str(&out))
}

fn push_template(
    interp: &mut dyn Interpreter,
    out: &mut String,
    text: &str,
    sources: &Sources<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> Result<(), Raised> {
    if depth == 0 {
        return Err(interp.value_error("Max string recursion exceeded"));
    }
    for piece in Template::new(text) {
        let piece = piece.map_err(|fault| fault.raise(interp))?;
        out.push_str(piece.literal);
        if let Some(field) = piece.field {
            push_field(interp, out, &field, sources, numbering, depth)?;
        }
    }
    Ok(())
}

fn push_field(
    interp: &mut dyn Interpreter,
    out: &mut String,
    field: &Field<'_>,
    sources: &Sources<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> Result<(), Raised> {
    let mut value = field_value(interp, field.name, sources, numbering)?;
    if let Some(conversion) = field.conversion {
        value = convert(interp, &value, conversion)?;
    }
    if !field.is_nested {
        return push_formatted(interp, out, &value, field.spec);
    }
    let mut spec = String::new();
    push_template(interp, &mut spec, field.spec, sources, numbering, depth - 1)?;
    push_formatted(interp, out, &value, &spec)
}

/// Append `format(value, spec)`.
fn push_formatted(
    interp: &mut dyn Interpreter,
    out: &mut String,
    value: &Value,
    spec: &str,
) -> Result<(), Raised> {
    if spec.is_empty()
        && let Some(number) = value.as_int()
    {
        out.push_str(decimal(number, &mut [0; 20]));
        return Ok(());
    }
    let text = match format_exact(value, spec) {
        Some(text) => text.map_err(|fault| fault.raise(interp))?,
        None => interp.format(value, spec)?,
    };
    out.push_str(text.str_like().unwrap_or_default());
    Ok(())
}

fn convert(interp: &mut dyn Interpreter, value: &Value, conversion: char) -> Completion {
    match conversion {
        's' => interp.to_str(value),
        'r' => interp.repr(value),
        'a' => Ok(to_ascii(&plain(&interp.repr(value)?))),
        '!'..='~' => Err(interp.value_error(&format!("Unknown conversion specifier {conversion}"))),
        _ => {
            let code = surrogate::code(conversion);
            Err(interp.value_error(&format!("Unknown conversion specifier \\x{code:x}")))
        }
    }
}

fn field_value(
    interp: &mut dyn Interpreter,
    name: &str,
    sources: &Sources<'_>,
    numbering: &mut Numbering,
) -> Completion {
    let resolved = split_name(name).and_then(|(first, steps)| match sources.positional {
        // `format_map` does not number its fields, and so refuses them all in the same way.
        None => match Numbering::default().resolve(first)? {
            Err(name) => Ok((Err(name), steps)),
            Ok(_) => Err(Fault::value("Format string contains positional fields")),
        },
        Some(_) => Ok((numbering.resolve(first)?, steps)),
    });
    let (first, steps) = resolved.map_err(|fault| fault.raise(interp))?;
    let mut value = match first {
        Ok(index) => match sources.positional.and_then(|values| values.get(index)) {
            Some(value) => value.clone(),
            None => {
                let message = format!("Replacement index {index} out of range for positional args tuple");
                return Err(interp.index_error(&message));
            }
        },
        Err(name) => interp.get_item(sources.named, &Value::str(name))?,
    };
    for step in steps {
        value = match step.map_err(|fault| fault.raise(interp))? {
            Step::Attribute(name) => interp.attribute(&value, name)?,
            Step::Index(index) => interp.get_item(&value, &Value::int(index as i64))?,
            Step::Key(key) => interp.get_item(&value, &Value::str(key))?,
        };
    }
    Ok(value)
}
