//! Templates of `str.format`: literal text and replacement fields.

use crate::object::fault::Fault;
use crate::object::unicode;

/// A literal text and the field behind it, if there is one.
#[derive(Debug, PartialEq)]
pub struct Piece<'t> {
    pub literal: &'t str,
    pub field: Option<Field<'t>>,
}

/// `{name!conversion:spec}`.
#[derive(Debug, PartialEq)]
pub struct Field<'t> {
    pub name: &'t str,
    pub conversion: Option<char>,
    pub spec: &'t str,
    /// The spec has fields of its own.
    pub is_nested: bool,
}

/// The pieces of a template, in order.
pub struct Template<'t> {
    rest: &'t str,
}

impl<'t> Template<'t> {
    pub fn new(text: &'t str) -> Template<'t> {
        Template { rest: text }
    }

    fn piece(&mut self) -> Result<Piece<'t>, Fault> {
        let Some(brace) = self.rest.bytes().position(|byte| matches!(byte, b'{' | b'}')) else {
            let literal = std::mem::take(&mut self.rest);
            return Ok(Piece { literal, field: None });
        };
        let bytes = self.rest.as_bytes();
        if bytes.get(brace + 1) == Some(&bytes[brace]) {
            // A doubled brace stands for one.
            let literal = &self.rest[..=brace];
            self.rest = &self.rest[brace + 2..];
            return Ok(Piece { literal, field: None });
        }
        if bytes[brace] == b'}' {
            return Err(Fault::value("Single '}' encountered in format string"));
        }
        if brace + 1 == bytes.len() {
            return Err(Fault::value("Single '{' encountered in format string"));
        }
        let literal = &self.rest[..brace];
        self.rest = &self.rest[brace + 1..];
        Ok(Piece { literal, field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<Field<'t>, Fault> {
        let text = self.rest;
        let bytes = text.as_bytes();
        let mut at = 0;
        let end = loop {
            match bytes.get(at) {
                None => return Err(Fault::value("expected '}' before end of string")),
                Some(b'{') => return Err(Fault::value("unexpected '{' in field name")),
                Some(b'[') => {
                    let skipped = bytes[at + 1..].iter().position(|byte| *byte == b']');
                    at = skipped.map_or(bytes.len(), |skipped| at + 1 + skipped);
                }
                Some(end @ (b'}' | b':' | b'!')) => break *end,
                Some(_) => at += 1,
            }
        };
        let mut field = Field { name: &text[..at], conversion: None, spec: "", is_nested: false };
        self.rest = &text[at + 1..];
        if end == b'}' {
            return Ok(field);
        }
        if end == b'!' {
            let mut characters = self.rest.chars();
            field.conversion = characters.next();
            if field.conversion.is_none() {
                return Err(Fault::value("end of string while looking for conversion specifier"));
            }
            match characters.next() {
                Some('}') => {
                    self.rest = characters.as_str();
                    return Ok(field);
                }
                Some(':') | None => self.rest = characters.as_str(),
                Some(_) => return Err(Fault::value("expected ':' after conversion specifier")),
            }
        }
        self.spec(&mut field)?;
        Ok(field)
    }

    fn spec(&mut self, field: &mut Field<'t>) -> Result<(), Fault> {
        let mut depth = 1;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'{' => {
                    field.is_nested = true;
                    depth += 1;
                }
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = &self.rest[..at];
                self.rest = &self.rest[at + 1..];
                return Ok(());
            }
        }
        Err(Fault::value("unmatched '{' in format spec"))
    }
}

impl<'t> Iterator for Template<'t> {
    type Item = Result<Piece<'t>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.rest = "";
        }
        Some(piece)
    }
}

/// What a field's name begins with.
#[derive(Debug, PartialEq)]
pub enum First<'t> {
    /// Nothing: the next argument in order.
    Next,
    Index(usize),
    Name(&'t str),
}

/// One step from an object to another: `.name`, `[index]` or `[key]`.
#[derive(Debug, PartialEq)]
pub enum Step<'t> {
    Attribute(&'t str),
    Index(usize),
    Key(&'t str),
}

/// Cut a field's name into its first part and the steps behind.
pub fn split_name(name: &str) -> Result<(First<'_>, Steps<'_>), Fault> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, rest) = name.split_at(end);
    let first = match integer(first)? {
        Some(index) => First::Index(index),
        None if first.is_empty() => First::Next,
        None => First::Name(first),
    };
    Ok((first, Steps { rest }))
}

/// The steps behind the first part of a field's name.
pub struct Steps<'t> {
    rest: &'t str,
}

impl<'t> Steps<'t> {
    fn step(&mut self) -> Result<Step<'t>, Fault> {
        let (kind, text) = self.rest.split_at(1);
        let step = if kind == "." {
            let end = text.find(['.', '[']).unwrap_or(text.len());
            self.rest = &text[end..];
            Step::Attribute(&text[..end])
        } else {
            let end = text.find(']').ok_or_else(|| Fault::value("Missing ']' in format string"))?;
            self.rest = &text[end + 1..];
            match integer(&text[..end])? {
                Some(index) => Step::Index(index),
                None => Step::Key(&text[..end]),
            }
        };
        match step {
            Step::Attribute("") | Step::Key("") => Err(Fault::value("Empty attribute in format string")),
            step => Ok(step),
        }
    }
}

impl<'t> Iterator for Steps<'t> {
    type Item = Result<Step<'t>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rest.as_bytes().first()? {
            b'.' | b'[' => Some(self.step()),
            _ => {
                self.rest = "";
                let message = "Only '.' or '[' may follow ']' in format field specifier";
                Some(Err(Fault::value(message)))
            }
        }
    }
}

/// A text of nothing but decimal digits, as a number.
fn integer(text: &str) -> Result<Option<usize>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut value = 0_usize;
    for character in text.chars() {
        let Some(digit) = unicode::decimal_value(character) else { return Ok(None) };
        let next = value.checked_mul(10).and_then(|value| value.checked_add(digit as usize));
        value = next
            .filter(|value| *value <= isize::MAX as usize)
            .ok_or_else(|| Fault::value("Too many decimal digits in format string"))?;
    }
    Ok(Some(value))
}

/// How fields without a name are numbered: all by hand or all automatically.
#[derive(Debug, Default)]
pub struct Numbering {
    next: usize,
    is_automatic: Option<bool>,
}

impl Numbering {
    /// The position that a field's first part stands for, or its name.
    pub fn resolve<'t>(&mut self, first: First<'t>) -> Result<Result<usize, &'t str>, Fault> {
        let (automatic, index) = match first {
            First::Name(name) => return Ok(Err(name)),
            First::Next => (true, self.next),
            First::Index(index) => (false, index),
        };
        match (*self.is_automatic.get_or_insert(automatic), automatic) {
            (false, true) => Err(Fault::value(
                "cannot switch from manual field specification to automatic field numbering",
            )),
            (true, false) => Err(Fault::value(
                "cannot switch from automatic field numbering to manual field specification",
            )),
            _ => {
                self.next += usize::from(automatic);
                Ok(Ok(index))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let pieces: Vec<_> = Template::new("a{{b{x[}:]!r:>{w}}c").map(Result::unwrap).collect();
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces[0], Piece { literal: "a{", field: None });
        let field = Field { name: "x[}:]", conversion: Some('r'), spec: ">{w}", is_nested: true };
        assert_eq!(pieces[1], Piece { literal: "b", field: Some(field) });
        assert_eq!(pieces[2].literal, "c");
    }

    #[test]
    fn names() {
        let (first, steps) = split_name("0.a[b.c][12]").unwrap();
        assert_eq!(first, First::Index(0));
        let steps: Vec<_> = steps.map(Result::unwrap).collect();
        assert_eq!(steps, [Step::Attribute("a"), Step::Key("b.c"), Step::Index(12)]);
    }

    #[test]
    fn errors() {
        let error = |text| Template::new(text).find_map(Result::err).map(|fault| fault.message);
        assert_eq!(error("}").as_deref(), Some("Single '}' encountered in format string"));
        assert_eq!(error("a{").as_deref(), Some("Single '{' encountered in format string"));
        assert_eq!(error("{a").as_deref(), Some("expected '}' before end of string"));
        assert_eq!(error("{a!").as_deref(), Some("end of string while looking for conversion specifier"));
        assert_eq!(error("{a!rx}").as_deref(), Some("expected ':' after conversion specifier"));
        assert_eq!(error("{a:{b}").as_deref(), Some("unmatched '{' in format spec"));
        assert_eq!(error("{a{b}").as_deref(), Some("unexpected '{' in field name"));
    }
}
