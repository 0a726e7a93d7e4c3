//! The operations against CPython's results (tests/tables/number_results.py makes the table).

use super::*;
use crate::object::format::integer::{digits, int_str, set_max_str_digits};
use crate::object::interpreter::Comparison;
use num_traits::Num;

const TABLE: &str = include_str!("../../../tests/tables/number_results.txt");

fn float(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).unwrap())
}

fn read(field: &str) -> Value {
    let (kind, rest) = field.split_at(1);
    match kind {
        "i" => Value::big_int(BigInt::from_str_radix(rest, 10).unwrap()),
        "b" => Value::bool(rest == "1"),
        "f" => Value::float(float(rest)),
        "c" => {
            let (real, imag) = rest.split_once(',').unwrap();
            Value::complex(float(real), float(imag))
        }
        _ => panic!("no number: {field}"),
    }
}

fn read_text(field: &str) -> String {
    let digits: Vec<u8> =
        (1..field.len()).step_by(2).map(|at| u8::from_str_radix(&field[at..at + 2], 16).unwrap()).collect();
    String::from_utf8(digits).unwrap()
}

fn bits(value: f64) -> String {
    let value = if value.is_nan() { f64::NAN.abs() } else { value };
    format!("{:016x}", value.to_bits())
}

fn show(value: &Value) -> String {
    if let Some(value) = value.as_bool() {
        return format!("b{}", u8::from(value));
    }
    if let Some(text) = value.as_str() {
        return show_text(text);
    }
    match Number::exact(value).unwrap() {
        Number::Float(value) => format!("f{}", bits(value)),
        Number::Complex(value) => format!("c{},{}", bits(value.real), bits(value.imag)),
        number => format!("i{}", number.to_big()),
    }
}

fn show_text(text: &str) -> String {
    text.bytes().fold("s".to_owned(), |shown, byte| format!("{shown}{byte:02x}"))
}

fn show_fault(fault: Fault) -> String {
    match fault.errno {
        Some(errno) => format!("!{}: ({errno}, '{}')", fault.class.name(), fault.message),
        None => format!("!{}: {}", fault.class.name(), fault.message),
    }
}

fn show_outcome(outcome: Option<Outcome>) -> String {
    match outcome {
        None => "-".to_owned(),
        Some(Ok(value)) => show(&value),
        Some(Err(fault)) => show_fault(fault),
    }
}

fn show_pair(outcome: Option<Outcome<(Value, Value)>>) -> String {
    match outcome {
        Some(Ok((a, b))) => format!("({} {})", show(&a), show(&b)),
        Some(Err(fault)) => show_fault(fault),
        None => "-".to_owned(),
    }
}

fn show_radix(value: &Value, radix: u32, prefix: &str) -> String {
    let (is_negative, digits) = digits(value, radix, false).unwrap();
    show_text(&format!("{}{prefix}{digits}", if is_negative { "-" } else { "" }))
}

fn show_parsed(parsed: Result<Value, ParseError>, malformed: &str) -> String {
    match parsed {
        Ok(value) => show(&value),
        Err(ParseError::Malformed) => format!("!ValueError: {malformed}"),
        Err(ParseError::Underscore) => "!ValueError: could not convert string to complex".to_owned(),
        Err(ParseError::Fault(fault)) => show_fault(fault),
    }
}

fn operate(name: &str, fields: &[&str]) -> Option<String> {
    if let Some(op) = Op::ALL.iter().find(|op| format!("{op:?}") == name)
        && (Op::Add as u8..=Op::BitXor as u8).contains(&(*op as u8))
    {
        let (a, b) = (read(fields[0]), read(fields[1]));
        if let (Some(a), Some(b), Op::BitAnd | Op::BitOr | Op::BitXor) = (a.as_bool(), b.as_bool(), op) {
            return Some(format!("b{}", u8::from([a & b, a | b, a ^ b][*op as usize - Op::BitAnd as usize])));
        }
        return Some(show_outcome(apply(*op, Number::exact(&a)?, Number::exact(&b)?)));
    }
    let comparisons =
        [Comparison::Lt, Comparison::Le, Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge];
    if let Some(comparison) = comparisons.iter().find(|comparison| format!("{comparison:?}") == name) {
        let (a, b) = (read(fields[0]), read(fields[1]));
        let holds = rich_compare(*comparison, &a, &b);
        return Some(holds.map_or("-".to_owned(), |holds| format!("b{}", u8::from(holds))));
    }
    let values: Vec<Value> = match name {
        "Int" | "Float" | "Complex" | "FromHex" => Vec::new(),
        _ => fields.iter().map(|field| read(field)).collect(),
    };
    let numbers: Vec<Number<'_>> = values.iter().filter_map(Number::exact).collect();
    Some(match (name, &*numbers) {
        ("DivMod", &[a, b]) => show_pair(div_mod(a, b)),
        ("Neg", &[a]) => show_outcome(apply_unary(Op::Neg, a).map(Ok)),
        ("Pos", &[a]) => show_outcome(apply_unary(Op::Pos, a).map(Ok)),
        ("Invert", &[a]) => show_outcome(apply_unary(Op::Invert, a).map(Ok)),
        ("Abs", &[a]) => show_outcome(Some(absolute(a))),
        ("PowMod", &[a, b, c]) => show_outcome(power_mod(a, b, c)),
        ("Round", &[Number::Float(a)]) => show_outcome(Some(round_float(a, None))),
        ("Round", &[Number::Float(a), digits]) => show_outcome(Some(round_float(a, Some(digits)))),
        ("Round", &[a]) => show(&a.to_value()),
        ("Round", &[a, digits]) => show(&round_int(a, digits)),
        ("Hex", &[Number::Float(a)]) => {
            let plain = if a.is_nan() { "nan".to_owned() } else { a.to_string() };
            show_text(&float_to_hex(a).unwrap_or(plain))
        }
        ("Ratio", &[Number::Float(a)]) => show_pair(Some(float_ratio(a))),
        ("Trunc", &[Number::Float(a)]) => show_outcome(Some(float_to_int(a))),
        ("Hash", _) => format!("i{}", crate::object::hash::hash_simple(&values[0])?),
        ("BitLength", &[a]) => format!("i{}", bit_length(a)),
        ("BitCount", &[a]) => format!("i{}", bit_count(a)),
        ("Str", _) => int_str(&values[0]).map_or_else(show_fault, |text| show_text(&text)),
        ("Bin", _) => show_radix(&values[0], 2, "0b"),
        ("Oct", _) => show_radix(&values[0], 8, "0o"),
        ("HexInt", _) => show_radix(&values[0], 16, "0x"),
        ("FromHex", []) => show_outcome(Some(float_from_hex(&read_text(fields[0])).map(Value::float))),
        ("Int", []) => {
            let base: u32 = fields[1][1..].parse().unwrap();
            let text = read_text(fields[0]);
            show_parsed(parse_int(&text, base), &format!("invalid literal for int() with base {base}"))
        }
        ("Float", []) => show_parsed(
            parse_float(&read_text(fields[0])).map(Value::float).ok_or(ParseError::Malformed),
            "could not convert string to float",
        ),
        ("Complex", []) => show_parsed(
            parse_complex(&read_text(fields[0])).map(|complex| Value::complex(complex.real, complex.imag)),
            "complex() arg is a malformed string",
        ),
        _ => panic!("unknown operation {name}"),
    })
}

#[test]
fn results_are_those_of_cpython() {
    let mut wrong = Vec::new();
    for line in TABLE.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (expected, operands) = fields[1..].split_last().unwrap();
        let found = operate(fields[0], operands).unwrap();
        // The repr of the text that CPython appends is not made here.
        let is_same = found == *expected
            || found.starts_with("!ValueError: ")
                && expected.strip_prefix(&*found).is_some_and(|r| r.starts_with(": "));
        if !is_same {
            wrong.push(format!("{line}\n    found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

#[test]
fn large_numbers_convert_both_ways() {
    for digits in [1, 500, 1999, 2000, 2001, 4000, 4001, 30_000, 100_003] {
        let text: String = (0..digits).map(|at| (b'1' + (at * 7 % 9) as u8) as char).collect();
        set_max_str_digits(0);
        let value = parse_int(&text, 10).unwrap();
        assert_eq!(int_str(&value).unwrap(), text);
        set_max_str_digits(4300);
    }
}

#[test]
fn absurd_sizes_are_refused() {
    let big = |text: &str| Value::big_int(BigInt::from_str_radix(text, 10).unwrap());
    let refused = |op: Op, a: &Value, b: &Value| {
        let outcome = apply(op, Number::exact(a).unwrap(), Number::exact(b).unwrap()).unwrap();
        assert_eq!(outcome.unwrap_err().class, CoreType::MemoryError);
    };
    refused(Op::Pow, &Value::int(10), &Value::int(1_000_000_000_000_000_000));
    refused(Op::Pow, &Value::int(-3), &big("100000000000000000000000000"));
    refused(Op::Pow, &big("100000000000000000000000000"), &Value::int(1_000_000_000));
    refused(Op::LShift, &Value::int(1), &Value::int(1 << 40));
    refused(Op::LShift, &big("-100000000000000000000000000"), &Value::int(i64::MAX));
    assert!(check_bits(1 << 20).is_ok() && check_bits(u64::MAX).is_err());
    // No time is lost with numbers whose text would be too long.
    let huge = apply(Op::LShift, Number::Int(1), Number::Int(1 << 26)).unwrap().unwrap();
    assert_eq!(int_str(&huge).unwrap_err().class, CoreType::ValueError);
}
