//! Functions computed here against CPython's results (tests/tables/math_functions.py makes the table).

use super::special::Trouble;
use super::{error_function, special};

#[test]
fn results_are_those_of_cpython() {
    let mut wrong = Vec::new();
    for line in include_str!("../../../../tests/tables/math_functions.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let x = f64::from_bits(u64::from_str_radix(fields[1], 16).unwrap());
        let plain = |y: f64| {
            if y.is_nan() || y.is_infinite() && x.is_finite() { Err(Trouble::Domain) } else { Ok(y) }
        };
        let result = match fields[0] {
            "erf" => plain(error_function::erf(x)),
            "erfc" => plain(error_function::erfc(x)),
            "asinh" => plain(special::asinh(x)),
            "acosh" => plain(special::acosh(x)),
            "atanh" => plain(special::atanh(x)),
            "gamma" => special::gamma(x),
            "lgamma" => special::lgamma(x),
            name => panic!("unknown function {name}"),
        };
        let shown = match result {
            Ok(y) => format!("{:016x}", y.to_bits()),
            Err(Trouble::Domain) => "!ValueError".to_owned(),
            Err(Trouble::Range) => "!OverflowError".to_owned(),
        };
        if shown != fields[2] {
            wrong.push(format!("{}({x:?}) is {}, found {shown}", fields[0], fields[2]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
