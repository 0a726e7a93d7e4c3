//! Literals of all kinds, and texts that look like format specs.

use crate::Choices;

const CHARACTERS: &[&str] = &[
    "a",
    "Z",
    "0",
    "9",
    " ",
    "\\n",
    "\\\\",
    "\\'",
    "\\\"",
    "{",
    "}",
    "%",
    "\\x00",
    "\\x7f",
    "\\xa0",
    "\\xe9",
    "\\u0130",
    "\\u2028",
    "\\U0001f600",
    "\\ud800",
    "\\udfff",
    "_",
    ".",
    ",",
    "+",
    "-",
    "<",
    ">",
    "=",
    "^",
    "!",
    "#",
    "[",
    "]",
    "(",
    ")",
    "x",
    "s",
    "d",
    "$",
];
const DIGITS: &[&str] =
    &["0", "1", "7", "9", "00", "123", "4294967296", "9223372036854775807", "99999999999999999999"];
const PIECES: &[&str] = &[
    "",
    "<",
    ">",
    "^",
    "=",
    "+",
    "-",
    " ",
    "z",
    "#",
    "0",
    ",",
    "_",
    ".",
    "5",
    "12",
    "3",
    "60",
    "9999",
    "99999999999999999999",
    "b",
    "c",
    "d",
    "e",
    "E",
    "f",
    "F",
    "g",
    "G",
    "n",
    "o",
    "s",
    "x",
    "X",
    "%",
    "r",
    "a",
    "i",
    "u",
    "*",
    "(k)",
    "(",
    ")",
    "%%",
    "{",
    "}",
    "{}",
    "{0}",
    "{a}",
    "{0[0]}",
    "{0.real}",
    "{0!r}",
    "{0:>{0}}",
    "!r",
    ":",
    "[",
    "]",
    "[k]",
    ".real",
    "\\xe9",
    "\\ud800",
    "\\x00",
    "q",
    "l",
    "h",
];

/// The source of a literal.
pub fn value(choices: &mut Choices) -> String {
    nested(choices, 3)
}

fn nested(choices: &mut Choices, depth: usize) -> String {
    let kind = choices.below(if depth == 0 { 7 } else { 12 });
    let mut items = |separator: &str| {
        let count = choices.below(4);
        let items: Vec<String> = (0..count).map(|_| nested(choices, depth - 1)).collect();
        items.iter().map(|item| format!("{item}{separator}")).collect::<String>()
    };
    match kind {
        0 => format!(
            "{}{}",
            choices.pick(&["", "-"]),
            choices.pick(&[
                "0",
                "1",
                "255",
                "1_000",
                "0x1f",
                "0b11",
                "0o17",
                "4294967296",
                "9223372036854775808",
                "123456789012345678901234567890"
            ])
        ),
        1 => float(choices),
        2 => format!("{}j", float(choices)),
        3 => text(choices, ""),
        4 => text(choices, "b"),
        5 => choices.pick(&["True", "False", "None", "...", "()", "[]", "{}"]).to_owned(),
        6 => format!("({} + {}j)", float(choices), float(choices)),
        7 => format!("[{}]", items(", ")),
        8 => format!("({})", items(", ")),
        9 => {
            let count = choices.below(3);
            let pairs: Vec<String> = (0..count)
                .map(|_| format!("{}: {}", text(choices, ""), nested(choices, depth - 1)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        10 => format!("bytearray({})", text(choices, "b")),
        _ => format!("{{*[{}, {}]}}", choices.byte(), choices.byte()),
    }
}

fn float(choices: &mut Choices) -> String {
    let (whole, part) = (choices.pick(DIGITS).trim_start_matches('0'), choices.pick(DIGITS));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = choices.pick(&["", "-"]);
    format!(
        "{sign}{whole}.{part}{}",
        choices.pick(&["", "", "e5", "e-7", "e300", "e-320", "e16", "e999", "E-5"])
    )
}

fn text(choices: &mut Choices, prefix: &str) -> String {
    let mut out = format!("{prefix}'");
    for _ in 0..choices.below(9) {
        let character = choices.pick(CHARACTERS);
        // What would be no escape there.
        if prefix.is_empty() || !character.starts_with("\\u") && !character.starts_with("\\U") {
            out.push_str(character);
        }
    }
    out.push('\'');
    out
}

/// The source of a text that may be a format spec, a `%` format or a template.
pub fn format_spec(choices: &mut Choices) -> String {
    let mut out = String::from("'");
    for _ in 0..choices.below(8) {
        out.push_str(choices.pick(PIECES));
    }
    out.push('\'');
    out
}
