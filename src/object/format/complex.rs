//! Complex numbers as text.

use super::float::{Flags, body, pieces, spec_body};
use super::layout::Laid;
use super::spec::{Align, FormatSpec};
use super::text::pad;
use crate::object::complex::ComplexObject;
use crate::object::fault::Fault;
use crate::object::value::Value;

/// Whether `str` leaves the real part out.
fn is_imaginary(real: f64) -> bool {
    real == 0.0 && real.is_sign_positive()
}

/// `repr` of a complex number.
pub fn repr(value: ComplexObject) -> String {
    let part = |value: f64, with_plus: bool| {
        let sign = match (value.is_sign_negative() && !value.is_nan(), with_plus) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        format!("{sign}{}", body(value, 'r', 0, Flags::default()))
    };
    if is_imaginary(value.real) {
        return format!("{}j", part(value.imag, false));
    }
    format!("({}{}j)", part(value.real, false), part(value.imag, true))
}

/// `complex.__format__`; the spec is not empty.
pub fn format_complex(value: ComplexObject, text: &str, type_name: &str) -> Result<Value, Fault> {
    let spec = FormatSpec::parse(text, '\0', Align::Right, type_name)?;
    if !matches!(spec.kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n') {
        return Err(spec.unknown_kind(type_name));
    }
    if spec.fill == '0' {
        return Err(Fault::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(Fault::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let skips_real = spec.kind == '\0' && is_imaginary(value.real);
    let has_parentheses = spec.kind == '\0' && !skips_real;
    let mut plain = FormatSpec { fill: ' ', align: Align::Left, width: None, ..spec };
    let mut out = String::new();
    if has_parentheses {
        out.push('(');
    }
    if !skips_real {
        let (negative, body) = spec_body(value.real, &plain, false)?;
        Laid::new(pieces(negative, &body), &plain)?.push_to(&mut out);
        plain.sign = Some('+');
    }
    let (negative, body) = spec_body(value.imag, &plain, false)?;
    Laid::new(pieces(negative, &body), &plain)?.push_to(&mut out);
    out.push('j');
    if has_parentheses {
        out.push(')');
    }
    pad(&out, out.len(), spec.fill, spec.align, spec.width.unwrap_or(0))
}
