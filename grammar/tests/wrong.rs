//! What is said of wrong programs, against CPython's words and places.
//!
//! `wrong.txt` holds a thousand programs with CPython's answer, and ours where it differs.

mod support;

use apy_grammar::{Mode, SourceFile, parse};
use support::{cpython, skipped};

const TABLE: &str = include_str!("wrong.txt");

struct Case {
    /// `parse` or `compile`: how far CPython has to go.
    stage: String,
    program: String,
    theirs: String,
    /// Where it is known to differ.
    ours: Option<String>,
}

fn cases() -> Vec<Case> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (line, ours) = match line.split_once("\tOURS\t") {
                Some((line, ours)) => (line, Some(ours.to_owned())),
                None => (line, None),
            };
            let mut fields = line.splitn(3, '\t');
            let mut field = || fields.next().unwrap_or_else(|| panic!("too short: {line:?}")).to_owned();
            Case { stage: field(), program: unescape(&field()), theirs: field(), ours }
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut length = 2;
        match &rest[at + 1..at + 2] {
            "n" => out.push('\n'),
            "t" => out.push('\t'),
            "\\" => out.push('\\'),
            "u" => {
                let end = at + rest[at..].find('}').expect("\\u{...}");
                let code = u32::from_str_radix(&rest[at + 3..end], 16).expect("hexadecimal");
                out.push(char::from_u32(code).expect("a character"));
                length = end + 1 - at;
            }
            other => panic!("unknown escape \\{other}"),
        }
        rest = &rest[at + length..];
    }
    out + rest
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '\u{a0}' | '\u{200b}' => out.push_str(&format!("\\u{{{:x}}}", character as u32)),
            _ if character.is_control() => out.push_str(&format!("\\u{{{:x}}}", character as u32)),
            _ => out.push(character),
        }
    }
    out
}

/// Our answer in the form of the table: class, line, column from 1, message.
fn our_answer(program: &str) -> String {
    let source = SourceFile::new("test", program);
    let parsed = parse(&source, Mode::Module);
    let Some(error) = parsed.first_error() else { return "OK".to_owned() };
    if let Some(exact) = &error.exact {
        let (line, column) = (exact.line, exact.offset);
        return format!("{}\t{line}\t{column}\t{}", error.kind.name(), escape(&error.message));
    }
    let place = source.position(error.span.start);
    let line = source.line_text(place.line);
    let column = line.get(..place.column as usize).map_or(0, |before| before.chars().count()) + 1;
    format!("{}\t{}\t{column}\t{}", error.kind.name(), place.line, escape(&error.message))
}

const SCRIPT: &str = r#"
import ast, sys
sys.stdin.reconfigure(newline="")
for case in sys.stdin.read().split("\0"):
    stage, _, text = case.partition("\1")
    try:
        if stage == "parse":
            ast.parse(text)
        else:
            compile(text, "test", "exec")
        print("OK")
    except SyntaxError as e:
        message = e.msg.replace("\\", "\\\\").replace("\n", "\\n")
        print(type(e).__name__, e.lineno, e.offset, message, sep="\t")
"#;

#[test]
fn words_are_cpythons() {
    let mut cases = cases();
    let input: Vec<String> =
        cases.iter().map(|case| format!("{}\u{1}{}", case.stage, case.program)).collect();
    let live = cpython(SCRIPT, input.join("\0").as_bytes());
    let bless = std::env::var_os("APY_BLESS").is_some();
    let mut wrong = Vec::new();
    match &live {
        None => skipped("the table of wrong programs"),
        Some(output) => {
            for (case, theirs) in cases.iter_mut().zip(output.lines()) {
                if case.theirs != theirs && !bless {
                    wrong.push(format!("CPython\n  {theirs}\ntable\n  {}\n{}", case.theirs, case.program));
                }
                case.theirs = theirs.to_owned();
            }
        }
    }
    for case in &mut cases {
        let answer = our_answer(&case.program);
        if bless {
            case.ours = (answer != case.theirs).then_some(answer);
            continue;
        }
        let expected = case.ours.as_ref().unwrap_or(&case.theirs);
        if answer != *expected {
            wrong.push(format!("expected\n  {expected}\nfound\n  {answer}\n{}", case.program));
        }
    }
    if bless && live.is_some() {
        write(&cases);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn write(cases: &[Case]) {
    let mut text: String =
        TABLE.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    for case in cases {
        let ours = case.ours.as_ref().map_or(String::new(), |ours| format!("\tOURS\t{ours}"));
        text.push_str(&format!("{}\t{}\t{}{ours}\n", case.stage, escape(&case.program), case.theirs));
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrong.txt"), text).unwrap();
}

fn all_messages(program: &str) -> Vec<String> {
    let source = SourceFile::new("test", program);
    let parsed = parse(&source, Mode::Module);
    let errors = parsed.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_error());
    errors.map(|error| format!("{}: {}", source.line(error.span.start), error.message)).collect()
}

#[test]
fn every_fault_of_a_file_is_told_once() {
    let program = "\
def f(x
    a = 1
    return (a b)
class A
    def g(self): retrun x
    x = 1 +
    y = [1, 2
def h():
    1 = x; f() += 2
    print 'hello'
    if x = 1:
        z = 'unterminated
    elif y:
        pass
  w = 3
for i in range(3)
    total += i
try:
    pass
except A B:
    pass
else:
    pass
match x:
    case 1 2:
        a b
    case Point(x=0, 1):
        pass
f(a=1, 2)
x = 0777
";
    let expected = [
        "1: '(' was never closed",
        "3: invalid syntax. Perhaps you forgot a comma?",
        "4: expected ':'",
        "5: invalid syntax",
        "6: invalid syntax",
        "7: '[' was never closed",
        "9: cannot assign to literal here. Maybe you meant '==' instead of '='?",
        "9: 'function call' is an illegal expression for augmented assignment",
        "10: Missing parentheses in call to 'print'. Did you mean print(...)?",
        "11: invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
        "12: unterminated string literal (detected at line 12)",
        "15: unindent does not match any outer indentation level",
        "16: expected ':'",
        "20: invalid syntax",
        "25: invalid syntax",
        "26: invalid syntax",
        "27: positional patterns follow keyword patterns",
        "29: positional argument follows keyword argument",
        "30: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
    ];
    assert_eq!(all_messages(program), expected);
}

#[test]
fn a_prompt_knows_when_to_ask_for_more() {
    for (text, more) in [
        ("if x:", true),
        ("def f():\n", true),
        ("@decorated", true),
        ("try:\n  x", true),
        ("try:\n x\nexcept:", true),
        ("x = (", true),
        ("'''text", true),
        ("f'''text{", true),
        ("x = \\", true),
        ("class A:\n  def f(self):", true),
        ("match x:", true),
        ("match x:\n case 1:", true),
        ("if x:\n  y", true),
        ("if x:\n  y\n", true),
        ("if x: y", true),
        ("if x:\n  y\n\n", false),
        ("x", false),
        ("", false),
        ("# only a comment", false),
        ("f(1))", false),
        ("'text", false),
        ("x +", false),
        ("if x", false),
        ("class A:\n x = 1 2\n def f():", false),
    ] {
        let source = SourceFile::new("test", text);
        assert_eq!(parse(&source, Mode::Interactive).wants_more(&source), more, "{text:?}");
    }
}

#[test]
fn warnings_are_cpythons() {
    for (program, expected) in [
        ("'\\d'\n", "1:1 invalid escape sequence '\\d'"),
        ("'\\d\\w'\n", "1:1 invalid escape sequence '\\d'"),
        ("b'\\d'\n", "1:2 invalid escape sequence '\\d'"),
        ("f'{a}\\d'\n", "1:5 invalid escape sequence '\\d'"),
        ("f'\\{a}'\n", "1:2 invalid escape sequence '\\{'"),
        ("'\\400'\n", "1:1 invalid octal escape sequence '\\400'"),
        ("1if 2else 3\n", "1:1 invalid decimal literal"),
        ("0x1for x in y\n", "1:4 invalid hexadecimal literal"),
        ("assert (a, 'b')\n", "1:7 assertion is always true, perhaps remove parentheses?"),
        ("a is 1\n", "1:0 \"is\" with 'int' literal. Did you mean \"==\"?"),
        ("a is not 'b'\n", "1:0 \"is not\" with 'str' literal. Did you mean \"!=\"?"),
        ("a is -1\n", "1:0 \"is\" with 'int' literal. Did you mean \"==\"?"),
        ("(1, 2) (3)\n", "1:0 'tuple' object is not callable; perhaps you missed a comma?"),
        ("1[2]\n", "1:0 'int' object is not subscriptable; perhaps you missed a comma?"),
        (
            "[1, 2]['a']\n",
            "1:0 list indices must be integers or slices, not str; perhaps you missed a comma?",
        ),
    ] {
        let source = SourceFile::new("test", program);
        let parsed = parse(&source, Mode::Module);
        let warnings: Vec<String> = parsed
            .diagnostics
            .iter()
            .filter(|diagnostic| !diagnostic.kind.is_error())
            .map(|warning| {
                let place = source.position(warning.span.start);
                format!("{}:{} {}", place.line, place.column, warning.message)
            })
            .collect();
        assert_eq!(warnings.iter().take(1).collect::<Vec<_>>(), [expected], "{program:?}");
    }
    // None where nothing is wrong.
    for program in
        ["r'\\d'\n", "'\\\\d'\n", "a is None\n", "assert ()\n", "'abc'[0]\n", "f'\\\\{a}'\n", "'\\é'\n"]
    {
        let parsed = parse(&SourceFile::new("test", program), Mode::Module);
        assert_eq!(parsed.diagnostics, [], "{program:?}");
    }
}

#[test]
fn other_encodings_and_null_bytes_are_refused() {
    assert_eq!(all_messages("x\0y\n"), ["1: source code cannot contain null bytes"]);
    assert_eq!(
        all_messages("# -*- coding: koi8-r -*-\nx\n"),
        ["1: encoding 'koi8-r' is not supported: apy reads UTF-8"]
    );
    assert_eq!(
        all_messages("# coding: latin-1\n'é'\n"),
        ["1: encoding 'latin-1' is not supported: apy reads UTF-8"]
    );
    for text in [
        "# coding: utf-8\n'é'\n",
        "#!x\n# vim: set fileencoding=UTF8\n",
        "# coding: latin-1\nx\n",
        "x\n# coding: koi8-r\n",
    ] {
        assert_eq!(all_messages(text), [""; 0], "{text:?}");
    }
    assert_eq!(all_messages("\u{feff}x = 1\n"), [""; 0]);
    // Lone surrogates in escapes are legal.
    assert_eq!(all_messages("'\\ud800'\n"), [""; 0]);
}
