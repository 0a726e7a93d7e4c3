//! Which part of an underlined expression is to blame: the operator of a binary operation, the
//! brackets of a subscript, the parentheses of a call. A small scanner takes the place of a
//! parser: the text has been parsed before, so only its outermost structure is looked for.

/// From which character to which (exclusive) the `^` stand; the rest gets `~`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchors {
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Name,
    Literal,
    Operator,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    text: String,
    start: usize,
    end: usize,
    /// Brackets open around it; an opening or closing bracket counts as outside of itself.
    depth: usize,
}

/// The anchors of `segment`, in characters, if it is one of the expressions that have any.
pub fn anchors(segment: &str) -> Option<Anchors> {
    let tokens = Scanner { chars: segment.chars().collect(), at: 0, depth: 0 }.tokens()?;
    outermost(&tokens)
}

/// Whether `segment` is a call of a plain name.
pub fn is_call_of_name(segment: &str) -> bool {
    let Some(tokens) = (Scanner { chars: segment.chars().collect(), at: 0, depth: 0 }).tokens() else {
        return false;
    };
    let [name, open, .., close] = tokens.as_slice() else { return false };
    let is_closed = tokens[2..tokens.len() - 1].iter().all(|token| token.depth > 0);
    name.kind == Kind::Name && open.text == "(" && close.text == ")" && close.depth == 0 && is_closed
}

/// Keywords and operators after which the whole is no binary operation, subscript or call.
const OTHER: &[&str] = &[
    "and", "or", "not", "in", "is", "if", "else", "lambda", "for", "async", "yield", "from", "raise",
    "return", "assert", "del", "import", "global", "nonlocal", "pass", "while", "with", "try", "class",
    "def", "<", ">", "<=", ">=", "==", "!=", ":=", "=", ",", ":", ";", "->", "+=", "-=", "*=", "/=", "//=",
    "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**=",
];

/// How tightly a binary operator binds.
fn precedence(operator: &str) -> Option<u8> {
    Some(match operator {
        "|" => 1,
        "^" => 2,
        "&" => 3,
        "<<" | ">>" => 4,
        "+" | "-" => 5,
        "*" | "/" | "//" | "%" | "@" => 6,
        "**" => 8,
        _ => return None,
    })
}

/// How tightly a unary operator binds: between `*` and `**`.
const UNARY: u8 = 7;

fn outermost(tokens: &[Token]) -> Option<Anchors> {
    let depth = tokens.first()?.depth;
    let outer = |token: &&Token| token.depth == depth;
    if tokens
        .iter()
        .filter(outer)
        .any(|token| token.kind != Kind::Literal && OTHER.contains(&token.text.as_str()))
    {
        return None;
    }
    if let Some(inner) = without_parentheses(tokens) {
        return outermost(inner);
    }
    let mut loosest: Option<(u8, usize)> = None;
    let mut expects_operand = true;
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.depth == depth) {
        let text = token.text.as_str();
        if token.kind == Kind::Operator {
            if expects_operand {
                if matches!(text, "+" | "-" | "~") {
                    // Elsewhere it belongs to the operand of the operator before it.
                    loosest = loosest.or(Some((UNARY, index)));
                } else if matches!(text, "*" | "**") {
                    return None;
                }
                expects_operand = !matches!(text, "(" | "[" | "{");
                continue;
            }
            if let Some(level) = precedence(text) {
                // The last of equal operators is the outermost, but for `**` the first.
                let is_looser =
                    loosest.is_none_or(|(known, _)| if level == 8 { level < known } else { level <= known });
                if is_looser {
                    loosest = Some((level, index));
                }
                expects_operand = true;
            }
            if text == "." {
                expects_operand = true;
            }
        } else {
            // `await` stands before its operand.
            expects_operand = token.kind == Kind::Name && text == "await";
            if expects_operand && loosest.is_none() {
                loosest = Some((9, index));
            }
        }
    }
    match loosest {
        Some((UNARY | 9, _)) => None,
        Some((_, index)) => Some(operator_anchors(tokens, index)),
        None => trailer_anchors(tokens),
    }
}

/// What is inside of parentheses around the whole.
fn without_parentheses(tokens: &[Token]) -> Option<&[Token]> {
    let [open, inner @ .., close] = tokens else { return None };
    let is_whole = open.text == "("
        && open.kind == Kind::Operator
        && close.text == ")"
        && inner.iter().all(|token| token.depth > open.depth);
    (is_whole && !inner.is_empty()).then_some(inner)
}

fn operator_anchors(tokens: &[Token], index: usize) -> Anchors {
    let operator = &tokens[index];
    // The right operand begins inside of the parentheses around it: a single operator that
    // touches them takes the first along, as in CPython.
    let mut right = &tokens[index + 1..];
    while let Some(inner) = without_parentheses(right) {
        right = inner;
    }
    let right_start = right.first().map_or(operator.end, |token| token.start);
    let next = &tokens[index + 1..].first();
    let touches = next.is_some_and(|next| next.start == operator.start + 1);
    let length = operator.end - operator.start;
    let end = if length == 1 && touches && operator.start + 1 < right_start {
        operator.start + 2
    } else {
        operator.start + length
    };
    Anchors { start: operator.start, end }
}

/// The last trailer, if it is a subscript or a call.
fn trailer_anchors(tokens: &[Token]) -> Option<Anchors> {
    let close = tokens.last()?;
    if close.kind != Kind::Operator || !matches!(close.text.as_str(), ")" | "]") {
        return None;
    }
    let open = tokens[..tokens.len() - 1].iter().rposition(|token| token.depth == close.depth)?;
    // An opening bracket at the start is a display or a group, not a trailer.
    if open == 0 || !matches!(tokens[open].text.as_str(), "(" | "[") {
        return None;
    }
    Some(Anchors { start: tokens[open].start, end: close.end })
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// All tokens; `None` if brackets do not match.
    fn tokens(mut self) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        while let Some(character) = self.peek(0) {
            let start = self.at;
            if character.is_whitespace() || character == '\\' {
                self.at += 1;
                continue;
            }
            if character == '#' {
                while self.peek(0).is_some_and(|character| character != '\n') {
                    self.at += 1;
                }
                continue;
            }
            let kind = if self.string_prefix().is_some() {
                self.string();
                Kind::Literal
            } else if character.is_ascii_digit()
                || (character == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit()))
            {
                self.number();
                Kind::Literal
            } else if character == '_' || character.is_alphabetic() {
                while self.peek(0).is_some_and(|next| next == '_' || next.is_alphanumeric()) {
                    self.at += 1;
                }
                Kind::Name
            } else {
                self.operator();
                Kind::Operator
            };
            let text: String = self.chars[start..self.at].iter().collect();
            if kind == Kind::Operator && matches!(text.as_str(), ")" | "]" | "}") {
                self.depth = self.depth.checked_sub(1)?;
            }
            let opens = kind == Kind::Operator && matches!(text.as_str(), "(" | "[" | "{");
            tokens.push(Token { kind, text, start, end: self.at, depth: self.depth });
            if opens {
                self.depth += 1;
            }
        }
        (self.depth == 0).then_some(tokens)
    }

    /// The length of a string's prefix, if a string begins here.
    fn string_prefix(&self) -> Option<usize> {
        let length = (0..3).find(|&ahead| !matches!(self.peek(ahead), Some('a'..='z' | 'A'..='Z')))?;
        let is_prefix = (0..length)
            .all(|ahead| matches!(self.peek(ahead), Some('r' | 'R' | 'b' | 'B' | 'f' | 'F' | 'u' | 'U')));
        (is_prefix && matches!(self.peek(length), Some('"' | '\''))).then_some(length)
    }

    fn string(&mut self) {
        let length = self.string_prefix().unwrap_or(0);
        let is_formatted = (0..length).any(|ahead| matches!(self.peek(ahead), Some('f' | 'F')));
        self.at += length;
        let quote = self.peek(0);
        let is_triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if is_triple { 3 } else { 1 };
        while let Some(character) = self.peek(0) {
            if character == '\\' {
                self.at += 2;
            } else if Some(character) == quote
                && (!is_triple || (self.peek(1) == quote && self.peek(2) == quote))
            {
                self.at += if is_triple { 3 } else { 1 };
                return;
            } else if is_formatted && character == '{' {
                if self.peek(1) == Some('{') { self.at += 2 } else { self.field() }
            } else {
                self.at += 1;
            }
        }
    }

    /// A replacement field of an f-string, with the strings in it.
    fn field(&mut self) {
        let mut depth = 0;
        while let Some(character) = self.peek(0) {
            if self.string_prefix().is_some() {
                self.string();
                continue;
            }
            self.at += 1;
            match character {
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn number(&mut self) {
        while let Some(character) = self.peek(0) {
            let is_sign = matches!(character, '+' | '-')
                && matches!(self.chars.get(self.at.wrapping_sub(1)), Some('e' | 'E'))
                && !self.chars[..self.at]
                    .iter()
                    .rev()
                    .take_while(|c| c.is_alphanumeric())
                    .any(|c| matches!(c, 'x' | 'X'));
            if !(character.is_alphanumeric() || matches!(character, '.' | '_') || is_sign) {
                break;
            }
            self.at += 1;
        }
    }

    fn operator(&mut self) {
        let three: String = self.chars[self.at..].iter().take(3).collect();
        let length = if ["**=", "//=", ">>=", "<<=", "..."].contains(&three.as_str()) {
            3
        } else {
            let two: String = three.chars().take(2).collect();
            const TWO: &[&str] = &[
                "**", "//", ">>", "<<", "<=", ">=", "==", "!=", ":=", "->", "+=", "-=", "*=", "/=", "%=",
                "@=", "&=", "|=", "^=",
            ];
            if TWO.contains(&two.as_str()) { 2 } else { 1 }
        };
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::{anchors, is_call_of_name};

    fn marked(segment: &str) -> String {
        let Some(anchors) = anchors(segment) else { return "none".to_owned() };
        segment.chars().skip(anchors.start).take(anchors.end - anchors.start).collect()
    }

    #[test]
    fn operators_brackets_and_calls() {
        for (segment, expected) in [
            ("a + b", "+"),
            ("a + b * c", "+"),
            ("a * b + c - d", "-"),
            ("a ** b ** c", "**"),
            ("a//b", "//"),
            ("a+(b)", "+("),
            ("a + (b)", "+"),
            ("-a ** b", "none"),
            ("-a * b", "*"),
            ("2 ** -1", "**"),
            ("x[1]", "[1]"),
            ("x[1][2]", "[2]"),
            ("f(x)", "(x)"),
            ("f(x).g", "none"),
            ("f(x)(y)", "(y)"),
            ("(a + b)", "+"),
            ("[1, 2][5]", "[5]"),
            ("[1, 2]", "none"),
            ("a < b", "none"),
            ("a, b", "none"),
            ("await f()", "none"),
            ("await f() + 1", "+"),
            ("x if y else z", "none"),
            ("'a' + \"b + c\"", "+"),
            ("f'{a + b}' - 1", "-"),
            ("lambda: x + 1", "none"),
            ("1e+5 / 0", "/"),
            ("not a", "none"),
        ] {
            assert_eq!(marked(segment), expected, "{segment}");
        }
    }

    #[test]
    fn calls_of_names() {
        assert!(is_call_of_name("f(a, (b), c(d))"));
        assert!(is_call_of_name("f()"));
        assert!(!is_call_of_name("f()()"));
        assert!(!is_call_of_name("a.f()"));
        assert!(!is_call_of_name("f(a) + g(b)"));
    }
}
