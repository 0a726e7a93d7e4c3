//! `decimal`: the General Decimal Arithmetic specification as CPython's module has it. Exceptions
//! and the named tuple are written in apy; everything else is native.

mod arithmetic;
mod calls;
mod coefficient;
mod compare;
mod context_fields;
mod context_rows;
mod convert;
mod decimal_rows;
mod digits;
mod format;
mod functions;
mod number;
mod operators;
mod state;
mod text;

use crate::object::Value;
use crate::object::spec::ModuleSpec;

pub static DECIMAL: ModuleSpec = ModuleSpec {
    name: "decimal",
    doc: "C decimal arithmetic module",
    functions: context_rows::FUNCTIONS,
    types: &[&decimal_rows::DECIMAL, &context_rows::CONTEXT],
    constants: &[
        ("MAX_PREC", |_| Value::int(number::MAX_PREC)),
        ("MAX_EMAX", |_| Value::int(number::MAX_EMAX)),
        ("MIN_EMIN", |_| Value::int(number::MIN_EMIN)),
        ("MIN_ETINY", |_| Value::int(number::MIN_ETINY)),
        ("HAVE_THREADS", |_| Value::TRUE),
        ("HAVE_CONTEXTVAR", |_| Value::TRUE),
    ],
    script: script!("decimal.apy"),
    setup: Some(state::setup),
    ..ModuleSpec::EMPTY
};
