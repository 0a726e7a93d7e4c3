//! The format-spec mini-language:
//! `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use crate::object::fault::Fault;
use crate::object::unicode;

/// Where padding goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Center,
    /// Between sign and digits.
    AfterSign,
}

impl Align {
    fn of(character: char) -> Option<Align> {
        Some(match character {
            '<' => Align::Left,
            '>' => Align::Right,
            '^' => Align::Center,
            '=' => Align::AfterSign,
            _ => return None,
        })
    }
}

/// How the integer digits are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    Comma,
    Underscore,
    /// An underscore every four digits: binary, octal, hexadecimal.
    UnderscoreFour,
}

/// A parsed format spec.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FormatSpec {
    pub fill: char,
    pub align: Align,
    /// `'+'`, `'-'` or `' '`.
    pub sign: Option<char>,
    /// `z`: a negative zero loses its sign.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    pub width: Option<usize>,
    pub grouping: Option<Grouping>,
    pub precision: Option<usize>,
    /// The presentation type, the default one if it was left out.
    pub kind: char,
}

impl FormatSpec {
    /// Parse `text`. `kind` and `align` are the defaults; `type_name` is for messages.
    pub fn parse(text: &str, kind: char, align: Align, type_name: &str) -> Result<FormatSpec, Fault> {
        let mut spec = FormatSpec {
            fill: ' ',
            align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: None,
            precision: None,
            kind,
        };
        let mut rest = text;
        let (mut has_fill, mut has_align) = (false, false);
        let mut start = text.chars();
        if let Some(first) = start.next() {
            if let Some(align) = start.next().and_then(Align::of) {
                (spec.fill, spec.align) = (first, align);
                (has_fill, has_align) = (true, true);
                rest = start.as_str();
            } else if let Some(align) = Align::of(first) {
                (spec.align, has_align) = (align, true);
                rest = &text[1..];
            }
        }
        if let Some(sign @ (b' ' | b'+' | b'-')) = rest.as_bytes().first() {
            spec.sign = Some(*sign as char);
            rest = &rest[1..];
        }
        spec.no_negative_zero = take(&mut rest, "z");
        spec.alternate = take(&mut rest, "#");
        if !has_fill && take(&mut rest, "0") {
            spec.fill = '0';
            if !has_align && align == Align::Right {
                spec.align = Align::AfterSign;
            }
        }
        spec.width = number(&mut rest)?;
        spec.grouping = grouping(&mut rest)?;
        if take(&mut rest, ".") {
            spec.precision = number(&mut rest)?;
            if spec.precision.is_none() {
                return Err(Fault::value("Format specifier missing precision"));
            }
        }
        let mut kinds = rest.chars();
        if let Some(kind) = kinds.next() {
            if !kinds.as_str().is_empty() {
                let message = format!("Invalid format specifier '{text}' for object of type '{type_name}'");
                return Err(Fault::value(message));
            }
            spec.kind = kind;
        }
        spec.check_grouping()?;
        Ok(spec)
    }

    fn check_grouping(&mut self) -> Result<(), Fault> {
        let Some(grouping) = self.grouping else { return Ok(()) };
        match self.kind {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => return Ok(()),
            'b' | 'o' | 'x' | 'X' if grouping == Grouping::Underscore => {
                self.grouping = Some(Grouping::UnderscoreFour);
                return Ok(());
            }
            _ => {}
        }
        let separator = if grouping == Grouping::Comma { ',' } else { '_' };
        let kind = shown(self.kind);
        Err(Fault::value(format!("Cannot specify '{separator}' with '{kind}'.")))
    }

    /// The error for a presentation type that the class does not know.
    #[cold]
    pub fn unknown_kind(&self, type_name: &str) -> Fault {
        let kind = shown(self.kind);
        Fault::value(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
    }
}

/// A presentation type as messages show it.
fn shown(kind: char) -> String {
    match kind {
        '!'..='\x7f' => kind.to_string(),
        _ => format!("\\x{:x}", crate::object::surrogate::code(kind)),
    }
}

fn take(rest: &mut &str, what: &str) -> bool {
    match rest.strip_prefix(what) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Decimal digits of any script, as a number.
fn number(rest: &mut &str) -> Result<Option<usize>, Fault> {
    let mut value: Option<usize> = None;
    let mut characters = rest.chars();
    while let Some(digit) = characters.next().and_then(unicode::decimal_value) {
        let digit = digit as usize;
        let known = value.unwrap_or(0);
        if known > (isize::MAX as usize - digit) / 10 {
            return Err(Fault::value("Too many decimal digits in format string"));
        }
        value = Some(known * 10 + digit);
        *rest = characters.as_str();
    }
    Ok(value)
}

fn grouping(rest: &mut &str) -> Result<Option<Grouping>, Fault> {
    let comma = take(rest, ",");
    let underscore = take(rest, "_");
    if underscore && (comma || rest.starts_with(',')) {
        return Err(Fault::value("Cannot specify both ',' and '_'."));
    }
    Ok(match (comma, underscore) {
        (true, _) => Some(Grouping::Comma),
        (_, true) => Some(Grouping::Underscore),
        _ => None,
    })
}
