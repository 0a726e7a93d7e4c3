//! Objects as trees, first step: nodes by the definition, with CPython's errors for what is missing
//! or of a wrong class.

use super::Tree;
use super::nodes::{Classes, Root};
use crate::object::nodes::{Count, Field, definition};
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Value};
use apy_grammar::ast::{self, MAX_DEPTH};
use apy_grammar::{SourceFile, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A place as its four attributes say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub line: i64,
    pub column: i64,
    pub end_line: i64,
    pub end_column: i64,
}

/// A node with its fields in the order of the definition.
pub(super) struct Node {
    pub name: &'static str,
    pub fields: Vec<Content>,
    pub place: Place,
}

/// What a field holds.
pub(super) enum Content {
    /// None, or nothing.
    Nothing,
    Node(Box<Node>),
    Nodes(Vec<Option<Node>>),
    Text(Rc<str>),
    Texts(Vec<Option<Rc<str>>>),
    Int(i64),
    Constant(Value),
}

impl Node {
    /// The content of the field `name`, which the node has.
    fn field(&mut self, name: &str) -> &mut Content {
        let constructor =
            &definition().constructors[definition().find(self.name).expect("nodes are defined")];
        let index = constructor.fields.iter().position(|field| field.name == name);
        &mut self.fields[index.expect("only fields of the definition are asked for")]
    }

    /// Take a node out of a field.
    pub fn node(&mut self, name: &str) -> Option<Node> {
        match std::mem::replace(self.field(name), Content::Nothing) {
            Content::Node(node) => Some(*node),
            _ => None,
        }
    }

    pub fn nodes(&mut self, name: &str) -> Vec<Option<Node>> {
        match std::mem::replace(self.field(name), Content::Nothing) {
            Content::Nodes(nodes) => nodes,
            _ => Vec::new(),
        }
    }

    pub fn text(&mut self, name: &str) -> Option<Rc<str>> {
        match self.field(name) {
            Content::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn texts(&mut self, name: &str) -> Vec<Option<Rc<str>>> {
        match std::mem::replace(self.field(name), Content::Nothing) {
            Content::Texts(texts) => texts,
            _ => Vec::new(),
        }
    }

    pub fn int(&mut self, name: &str) -> i64 {
        match self.field(name) {
            Content::Int(value) => *value,
            _ => 0,
        }
    }

    pub fn constant(&mut self, name: &str) -> Value {
        match self.field(name) {
            Content::Constant(value) => value.clone(),
            _ => Value::NONE,
        }
    }
}

/// Reads attributes of objects.
struct Reader<'i, 'c> {
    interp: &'i mut dyn Interpreter,
    classes: &'c Classes,
    depth: u16,
    places: Vec<Place>,
}

/// Check that `object` is what a `root` is.
pub(super) fn expect_root(
    interp: &mut dyn Interpreter,
    classes: &Classes,
    object: &Value,
    root: Root,
) -> Result<(), Raised> {
    let name = root.name();
    if interp.is_instance(object, &classes.named(name).class.clone())? {
        return Ok(());
    }
    let class = interp.bare_type_name(object);
    Err(interp.type_error(&format!("expected {name} node, got {class}")))
}

pub(super) fn tree(
    interp: &mut dyn Interpreter,
    classes: &Classes,
    object: &Value,
    root: Root,
    file: &str,
) -> Result<Tree, Raised> {
    expect_root(interp, classes, object, root)?;
    let mut reader = Reader { interp, classes, depth: 0, places: Vec::new() };
    let index = definition().type_named("mod").expect("it is defined");
    let node = reader.of_type(object, index)?;
    let places = std::mem::take(&mut reader.places);
    let (source, offsets) = Offsets::of(file, &places);
    let mut typed = Typed { interp, offsets };
    let module = match node {
        Some(mut node) => ast::Module { body: typed.root(&mut node)? },
        None => ast::Module::default(),
    };
    Ok(Tree { module, source: Rc::new(source) })
}

impl Reader<'_, '_> {
    /// A node of the type at `index`; `None` for None.
    fn of_type(&mut self, object: &Value, index: usize) -> Result<Option<Node>, Raised> {
        let node_type = &definition().types[index];
        if self.depth >= MAX_DEPTH {
            let text = "maximum recursion depth exceeded during ast construction";
            return Err(self.interp.raise(CoreType::RecursionError, text));
        }
        if object.is_none() && !node_type.is_product {
            return Ok(None);
        }
        let constructor = if node_type.is_product {
            definition().find(node_type.name)
        } else {
            let of_type = definition().constructors.iter().enumerate().filter(|(_, c)| c.of == index);
            let class = self.interp.class_of(object);
            let mut found =
                of_type.clone().find(|(at, _)| self.classes.all[*at].class.is(&class)).map(|(at, _)| at);
            if found.is_none() {
                for (at, _) in of_type {
                    if self.interp.is_instance(object, &self.classes.all[at].class)? {
                        found = Some(at);
                        break;
                    }
                }
            }
            found
        };
        let Some(constructor) = constructor else {
            // What lacks its place is told so before anything else.
            self.place(object, index)?;
            let shown = self.interp.repr(object)?;
            let text = format!(
                "expected some sort of {}, but got {}",
                node_type.name,
                shown.str_like().unwrap_or_default()
            );
            return Err(self.interp.type_error(&text));
        };
        // CPython reads the places of sums first, those of products last.
        let early = if node_type.is_product { None } else { Some(self.place(object, index)?) };
        let owner = definition().constructors[constructor].name;
        self.depth += 1;
        let mut fields = Vec::new();
        for field in &definition().constructors[constructor].fields {
            fields.push(self.field(object, field, owner)?);
        }
        self.depth -= 1;
        let place = match early {
            Some(place) => place,
            None => self.place(object, index)?,
        };
        Ok(Some(Node { name: owner, fields, place }))
    }

    fn place(&mut self, object: &Value, index: usize) -> Result<Place, Raised> {
        let node_type = &definition().types[index];
        let mut numbers = [0; 4];
        for (number, field) in numbers.iter_mut().zip(&node_type.attributes) {
            match self.field(object, field, node_type.name)? {
                Content::Int(value) => *number = value,
                // The end of what ends nowhere is its beginning.
                _ if field.name == "end_lineno" => *number = i64::MIN,
                _ => *number = i64::MIN,
            }
        }
        let [line, column, end_line, end_column] = numbers;
        let end = |given: i64, start: i64| if given == i64::MIN { start } else { given };
        let place =
            Place { line, column, end_line: end(end_line, line), end_column: end(end_column, column) };
        if !node_type.attributes.is_empty() {
            self.places.push(place);
        }
        Ok(place)
    }

    fn field(&mut self, object: &Value, field: &Field, owner: &str) -> Result<Content, Raised> {
        let found = self.interp.find_attr(object, &intern(field.name))?;
        match field.count {
            Count::Many => self.list(found, field, owner),
            Count::Optional if found.as_ref().is_none_or(Value::is_none) => Ok(Content::Nothing),
            Count::One if found.is_none() => {
                let text = format!("required field \"{}\" missing from {owner}", field.name);
                Err(self.interp.type_error(&text))
            }
            Count::One | Count::Optional => self.one(&found.unwrap_or(Value::NONE), field, owner),
        }
    }

    fn one(&mut self, value: &Value, field: &Field, owner: &str) -> Result<Content, Raised> {
        match field.kind {
            "identifier" | "string" => match self.text(value, field.kind)? {
                Some(text) => Ok(Content::Text(text)),
                None if field.count == Count::One => Err(self.required(field, owner)),
                None => Ok(Content::Nothing),
            },
            "int" => self.int(value).map(Content::Int),
            "constant" => Ok(Content::Constant(value.clone())),
            kind => {
                let index = definition().type_named(kind).expect("kinds are types");
                match self.of_type(value, index)? {
                    Some(node) => Ok(Content::Node(Box::new(node))),
                    None if field.count == Count::One => Err(self.required(field, owner)),
                    None => Ok(Content::Nothing),
                }
            }
        }
    }

    fn required(&mut self, field: &Field, owner: &str) -> Raised {
        self.interp.value_error(&format!("field '{}' is required for {owner}", field.name))
    }

    fn text(&mut self, value: &Value, kind: &str) -> Result<Option<Rc<str>>, Raised> {
        match value.as_str() {
            Some(text) => Ok(Some(text.into())),
            None if value.is_none() => Ok(None),
            None if kind == "string" && value.bytes_like().is_some() => Ok(Some("".into())),
            None => Err(self.interp.type_error(&format!("AST {kind} must be of type str"))),
        }
    }

    fn int(&mut self, value: &Value) -> Result<i64, Raised> {
        if !value.is_integer() {
            let shown = self.interp.repr(value)?;
            let text = format!("invalid integer value: {}", shown.str_like().unwrap_or_default());
            return Err(self.interp.value_error(&text));
        }
        match value.int_like().and_then(|value| i32::try_from(value).ok()) {
            Some(value) => Ok(i64::from(value)),
            None => Err(self.interp.overflow_error("Python int too large to convert to C int")),
        }
    }

    fn list(&mut self, found: Option<Value>, field: &Field, owner: &str) -> Result<Content, Raised> {
        let is_text = field.kind == "identifier";
        let Some(found) = found else {
            return Ok(if is_text { Content::Texts(Vec::new()) } else { Content::Nodes(Vec::new()) });
        };
        let Some(list) = found.list_like() else {
            let class = self.interp.bare_type_name(&found);
            let text = format!("{owner} field \"{}\" must be a list, not a {class}", field.name);
            return Err(self.interp.type_error(&text));
        };
        let length = list.items.borrow().len();
        let (mut texts, mut nodes) = (Vec::new(), Vec::new());
        for index in 0..length {
            let item = list.items.borrow().get(index).cloned().unwrap_or_default();
            if is_text {
                texts.push(self.text(&item, "identifier")?);
            } else {
                let index = definition().type_named(field.kind).expect("kinds are types");
                nodes.push(self.of_type(&item, index)?);
            }
            if list.items.borrow().len() != length {
                let text = format!("{owner} field \"{}\" changed size during iteration", field.name);
                return Err(self.interp.runtime_error(&text));
            }
        }
        Ok(if is_text { Content::Texts(texts) } else { Content::Nodes(nodes) })
    }
}

/// More lines than this a tree does not have, whatever its nodes say.
const MOST_LINES: i64 = 1 << 22;

/// Where lines and columns are in the source of a tree.
pub(super) struct Offsets {
    starts: Vec<u32>,
}

impl Offsets {
    /// The file `name` if all places are in it; otherwise a source of lines as long as needed.
    fn of(name: &str, places: &[Place]) -> (SourceFile, Offsets) {
        let mut widths: BTreeMap<i64, i64> = BTreeMap::new();
        for place in places {
            for (line, column) in [(place.line, place.column), (place.end_line, place.end_column)] {
                let width = widths.entry(line.clamp(1, MOST_LINES)).or_default();
                *width = (*width).max(column.clamp(0, i64::from(u16::MAX)));
            }
        }
        if !name.starts_with('<')
            && let Ok(text) = std::fs::read_to_string(name)
            && text.len() < u32::MAX as usize
        {
            let source = SourceFile::new(name, text);
            let fits = |(&line, &width): (&i64, &i64)| {
                line <= i64::from(source.line_count()) && width <= source.line_text(line as u32).len() as i64
            };
            if widths.iter().all(fits) {
                let starts = (1..=source.line_count()).map(|line| source.line_start(line)).collect();
                return (source, Offsets { starts });
            }
        }
        let last = widths.last_key_value().map_or(1, |(line, _)| *line);
        let mut starts = Vec::with_capacity(last as usize + 1);
        let mut start = 0_u32;
        for line in 1..=last {
            starts.push(start);
            let width = widths.get(&line).copied().unwrap_or(0);
            start = start.saturating_add(width as u32 + 1);
        }
        (SourceFile::of_places(name, starts.clone()), Offsets { starts })
    }

    fn offset(&self, line: i64, column: i64) -> u32 {
        let line = line.clamp(1, MOST_LINES) as usize;
        let column = column.clamp(0, i64::from(u16::MAX)) as u32;
        self.starts.get(line - 1).map_or(0, |start| start.saturating_add(column))
    }

    /// The span of a place.
    pub fn span(&self, place: Place) -> Span {
        let start = self.offset(place.line, place.column);
        Span::new(start, self.offset(place.end_line, place.end_column).max(start))
    }
}

/// Second step: nodes as the grammar's tree, with CPython's errors for trees that cannot be.
pub(super) struct Typed<'i> {
    pub interp: &'i mut dyn Interpreter,
    pub offsets: Offsets,
}

impl Typed<'_> {
    fn root(&mut self, node: &mut Node) -> Result<ast::Block, Raised> {
        match node.name {
            "Expression" => {
                let value = self.load(node.node("body"))?;
                let span = value.span;
                Ok(vec![ast::Stmt { kind: ast::StmtKind::Expr(Box::new(value)), span }])
            }
            "FunctionType" => Err(self.interp.value_error("this compiler does not handle FunctionTypes")),
            _ => self.block(node.nodes("body")),
        }
    }

    /// A place that can be, as a span.
    pub fn span(&mut self, place: Place) -> Result<Span, Raised> {
        let Place { line, column, end_line, end_column } = place;
        let text = if line > end_line {
            format!("AST node line range ({line}, {end_line}) is not valid")
        } else if (line < 0 && end_line != line) || (column < 0 && column != end_column) {
            format!(
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
            )
        } else if line == end_line && column > end_column {
            format!("line {line}, column {column}-{end_column} is not a valid range")
        } else {
            return Ok(self.offsets.span(place));
        };
        Err(self.interp.value_error(&text))
    }

    /// A name, which must not be that of a constant.
    pub fn identifier(&mut self, name: &Rc<str>, span: Span) -> Result<ast::Identifier, Raised> {
        if matches!(&**name, "None" | "True" | "False") {
            let text = format!("identifier field can't represent '{name}' constant");
            return Err(self.interp.value_error(&text));
        }
        Ok(ast::Identifier { name: name.clone(), span })
    }

    /// The names of a list.
    pub fn identifiers(
        &mut self,
        names: Vec<Option<Rc<str>>>,
        span: Span,
    ) -> Result<Vec<ast::Identifier>, Raised> {
        names.iter().flatten().map(|name| self.identifier(name, span)).collect()
    }

    /// What must not be empty.
    pub fn not_empty<T>(&mut self, items: &[T], what: &str, owner: &str) -> Result<(), Raised> {
        if items.is_empty() {
            return Err(self.interp.value_error(&format!("empty {what} on {owner}")));
        }
        Ok(())
    }

    /// The error for a tree that is too deep.
    pub fn too_deep(&mut self) -> Raised {
        self.interp.raise(CoreType::RecursionError, "maximum recursion depth exceeded during compilation")
    }
}
