//! `SyntaxError`: where the text is wrong.

use super::super::support::items;
use super::base::{plain_str, set_arguments, this};
use crate::object::exception::{ExceptionState, field};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static METHODS: &[NativeRow] = &[
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", to_str, "Return str(self)."),
];

macro_rules! getters {
    ($($name:literal = $get:ident, $set:ident, $index:literal, $doc:literal;)+) => {
        pub static GETTERS: &[GetterRow] = &[$(writable_member($name, $get, $set, $doc)),+];

        $(
            fn $get(interp: &mut dyn Interpreter, object: &Value) -> Completion {
                Ok(part(this(interp, object, $name)?, $index))
            }

            fn $set(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
                let value = value.given().cloned().unwrap_or(Value::NONE);
                drop(this(interp, object, $name)?.set_field($index, value));
                Ok(())
            }
        )+
    };
}

getters! {
    "msg" = msg, set_msg, 0, "exception msg";
    "filename" = filename, set_filename, 1, "exception filename";
    "lineno" = lineno, set_lineno, 2, "exception lineno";
    "offset" = offset, set_offset, 3, "exception offset";
    "text" = text, set_text, 4, "exception text";
    "end_lineno" = end_lineno, set_end_lineno, 5, "exception end lineno";
    "end_offset" = end_offset, set_end_offset, 6, "exception end offset";
    "print_file_and_line" = print_file_and_line, set_print_file_and_line, 7, "exception print_file_and_line";
}

/// The part at `index` of [`field::SYNTAX_ERROR`]: as set, or as it follows from the arguments.
fn part(state: &ExceptionState, index: usize) -> Value {
    if let Some(set) = state.field(index).given() {
        return set.clone();
    }
    if index == field::SYNTAX_MESSAGE {
        return state.argument(0).unwrap_or(Value::NONE);
    }
    let details = state.argument(1).filter(|_| state.argument(2).is_none());
    let details = details.as_ref().and_then(Value::tuple_like);
    details.and_then(|details| details.get(index - 1)).cloned().unwrap_or(Value::NONE)
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    super::base::refuse_keywords(interp, &args[0], &args[2])?;
    let state = set_arguments(interp, args)?;
    let arguments = items(&args[1]);
    if let Some(message) = arguments.first() {
        drop(state.set_field(field::SYNTAX_MESSAGE, message.clone()));
    }
    if let [_, details] = arguments {
        let details = interp.collect(details)?;
        let count = details.len();
        if count < 4 {
            return Err(interp.type_error(&format!("function takes at least 4 arguments ({count} given)")));
        }
        if count > 6 {
            return Err(interp.type_error(&format!("function takes at most 6 arguments ({count} given)")));
        }
        if count == 5 {
            return Err(interp.type_error("end_offset must be provided when end_lineno is provided"));
        }
        for (index, detail) in details.into_iter().enumerate() {
            drop(state.set_field(index + 1, detail));
        }
    }
    Ok(Value::NONE)
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__str__")?;
    if state.args.borrow().as_tuple().is_none() {
        return plain_str(interp, state);
    }
    let (message, filename, line) = (part(state, 0), part(state, 1), part(state, 2));
    let message = interp.to_str(&message)?;
    let message = message.str_like().unwrap_or_default();
    // Only the last component of the path is shown.
    let filename = filename.str_like().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
    let text = match (filename, line.as_int_or_bool()) {
        (Some(filename), Some(line)) => format!("{message} ({filename}, line {line})"),
        (Some(filename), None) => format!("{message} ({filename})"),
        (None, Some(line)) => format!("{message} (line {line})"),
        (None, None) => return Ok(Value::str(message)),
    };
    Ok(Value::str(&text))
}
