//! Writing: `make_encoder`. As in `scan`, what is nested waits on a stack of its own.

use super::text::push_quoted;
use super::{MOST_NESTED, too_deep};
use crate::library::types::receiver::wrong_receiver;
use crate::object::format::float::Repr;
use crate::object::format::integer::int_str;
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, Tag, TypeSpec, Value};
use rustc_hash::FxHashSet;

/// How an encoder wants to write.
struct Encoder {
    /// Whether objects within themselves are looked for.
    check_circular: bool,
    /// Called with what JSON does not know.
    default: Value,
    /// Called with strings; unbound if they are written here.
    quote: Value,
    ascii: bool,
    /// The text of one level, if lines are indented.
    indent: Option<String>,
    key_separator: String,
    item_separator: String,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

pub static ENCODER: TypeSpec = TypeSpec {
    name: "make_encoder",
    module: "_json",
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    methods: METHODS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "obj, _current_indent_level", call, "Call self as a function."),
];

impl Traverse for Encoder {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.default);
        visit(&self.quote);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken elsewhere.
    }
}

impl NativeObject for Encoder {
    fn spec(&self) -> &'static TypeSpec {
        &ENCODER
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [_, markers, default, quote, indent, key_separator, item_separator, sort_keys, skip_keys, allow_nan] =
        args
    else {
        return Err(interp.type_error("make_encoder() takes 9 arguments"));
    };
    if !markers.is_none() && markers.dict_like().is_none() {
        let class = interp.type_name(markers);
        return Err(
            interp.type_error(&format!("make_encoder() argument 1 must be dict or None, not {class}"))
        );
    }
    let separator = |interp: &mut dyn Interpreter, value: &Value, number: usize| {
        let text = interp.expect_str_argument(value, format_args!("make_encoder() argument {number}"))?;
        Ok::<_, Raised>(text.to_owned())
    };
    let own = quote.as_native().filter(|native| native.module == Some("_json")).map(|native| native.row.name);
    Ok(Value::object(Encoder {
        check_circular: !markers.is_none(),
        default: default.clone(),
        quote: if own.is_some() { Value::UNBOUND } else { quote.clone() },
        ascii: own == Some("encode_basestring_ascii"),
        indent: indent.str_like().map(str::to_owned),
        key_separator: separator(interp, key_separator, 5)?,
        item_separator: separator(interp, item_separator, 6)?,
        sort_keys: interp.truth(sort_keys)?,
        skip_keys: interp.truth(skip_keys)?,
        allow_nan: interp.truth(allow_nan)?,
    }))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(encoder) = args[0].downcast::<Encoder>() else {
        return Err(wrong_receiver(interp, "_json.Encoder", "__call__", &args[0]));
    };
    let level = interp.expect_int(&args[2])?.max(0) as usize;
    let mut writing =
        Writing { encoder, out: String::new(), open: Vec::new(), within: FxHashSet::default(), level };
    writing.all(interp, args[1].clone())?;
    Ok(Value::tuple(vec![Value::str(&writing.out)]))
}

/// What is being written: what is left of it, and its address if it is looked for in itself.
enum Open {
    /// The next index; what became of the list meanwhile counts.
    List {
        next: usize,
        object: Value,
    },
    Dict {
        pairs: std::vec::IntoIter<(Value, Value)>,
        object: Value,
        is_first: bool,
    },
    /// What `default` was called with.
    Replaced {
        object: Value,
    },
}

struct Writing<'w> {
    encoder: &'w Encoder,
    out: String,
    open: Vec<Open>,
    within: FxHashSet<usize>,
    level: usize,
}

impl Writing<'_> {
    fn all(&mut self, interp: &mut dyn Interpreter, value: Value) -> Result<(), Raised> {
        self.value(interp, value)?;
        while let Some(open) = self.open.last_mut() {
            let next = match open {
                Open::List { next, object } => {
                    *next += 1;
                    item_at(object, *next - 1).map(|item| (None, item, false))
                }
                Open::Dict { pairs, is_first, .. } => {
                    pairs.next().map(|(key, item)| (Some(key), item, *is_first))
                }
                Open::Replaced { .. } => None,
            };
            let Some((key, item, is_first)) = next else {
                self.close();
                continue;
            };
            match key {
                // The first item of a list was written with its bracket.
                None => {
                    self.out.push_str(&self.encoder.item_separator);
                    self.new_line();
                }
                Some(key) => {
                    if !self.key(interp, &key, is_first)? {
                        continue;
                    }
                    if let Some(Open::Dict { is_first, .. }) = self.open.last_mut() {
                        *is_first = false;
                    }
                }
            }
            self.value(interp, item)?;
        }
        Ok(())
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.encoder.indent {
            self.out.push('\n');
            for _ in 0..self.level {
                self.out.push_str(indent);
            }
        }
    }

    /// Remember an object that is being written.
    fn enter(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        if self.encoder.check_circular && object.is_heap() && !self.within.insert(object.address()) {
            return Err(interp.value_error("Circular reference detected"));
        }
        if self.open.len() >= MOST_NESTED {
            return Err(too_deep(interp, "encoding a JSON object"));
        }
        Ok(())
    }

    fn close(&mut self) {
        let (object, bracket) = match self.open.pop() {
            Some(Open::List { object, .. }) => (object, "]"),
            Some(Open::Dict { object, .. }) => (object, "}"),
            Some(Open::Replaced { object }) => (object, ""),
            None => return,
        };
        if !bracket.is_empty() {
            self.level -= 1;
            self.new_line();
            self.out.push_str(bracket);
        }
        if self.encoder.check_circular {
            self.within.remove(&object.address());
        }
    }

    fn string(&mut self, interp: &mut dyn Interpreter, value: &Value, text: &str) -> Result<(), Raised> {
        if self.encoder.quote.is_unbound() {
            push_quoted(&mut self.out, text, self.encoder.ascii);
            return Ok(());
        }
        let quoted = interp.call(&self.encoder.quote, std::slice::from_ref(value))?;
        let text =
            interp.expect_str(&quoted, |class| format!("encoder() must return a string, not {class}"))?;
        self.out.push_str(text);
        Ok(())
    }

    fn float(&self, interp: &mut dyn Interpreter, value: f64) -> Result<String, Raised> {
        if value.is_finite() {
            return Ok(Repr::new(value).as_str().to_owned());
        }
        let (text, shown) = match (value.is_nan(), value > 0.0) {
            (true, _) => ("NaN", "nan"),
            (_, true) => ("Infinity", "inf"),
            _ => ("-Infinity", "-inf"),
        };
        if !self.encoder.allow_nan {
            let message = format!("Out of range float values are not JSON compliant: {shown}");
            return Err(interp.value_error(&message));
        }
        Ok(text.to_owned())
    }

    /// Write the beginning of a pair; whether there is one.
    fn key(&mut self, interp: &mut dyn Interpreter, key: &Value, is_first: bool) -> Result<bool, Raised> {
        let text = if let Some(text) = key.str_like() {
            text.to_owned()
        } else if let Some(value) = key.float_like() {
            self.float(interp, value)?
        } else if let Some(value) = key.as_bool() {
            if value { "true".to_owned() } else { "false".to_owned() }
        } else if key.is_none() {
            "null".to_owned()
        } else if key.is_integer() {
            int_str(key).map_err(|fault| fault.raise(interp))?.into_owned()
        } else if self.encoder.skip_keys {
            return Ok(false);
        } else {
            let class = interp.bare_type_name(key);
            let message = format!("keys must be str, int, float, bool or None, not {class}");
            return Err(interp.type_error(&message));
        };
        if !is_first {
            self.out.push_str(&self.encoder.item_separator);
            self.new_line();
        }
        if self.encoder.quote.is_unbound() {
            push_quoted(&mut self.out, &text, self.encoder.ascii);
        } else {
            self.string(interp, &Value::str(&text), &text)?;
        }
        self.out.push_str(&self.encoder.key_separator);
        Ok(true)
    }

    fn value(&mut self, interp: &mut dyn Interpreter, value: Value) -> Result<(), Raised> {
        match value.tag() {
            Tag::None => self.out.push_str("null"),
            Tag::Bool => self.out.push_str(if value.is(&Value::TRUE) { "true" } else { "false" }),
            _ => {
                if let Some(text) = value.str_like() {
                    let text = text.to_owned();
                    self.string(interp, &value, &text)?;
                } else if value.is_integer() {
                    let text = int_str(&value).map_err(|fault| fault.raise(interp))?;
                    self.out.push_str(&text);
                } else if let Some(float) = value.float_like() {
                    let text = self.float(interp, float)?;
                    self.out.push_str(&text);
                } else if value.list_like().is_some() || value.tuple_like().is_some() {
                    self.list(interp, value)?;
                } else if value.dict_like().is_some() {
                    self.dict(interp, value)?;
                } else {
                    self.enter(interp, &value)?;
                    let replaced = interp.call(&self.encoder.default, std::slice::from_ref(&value))?;
                    self.open.push(Open::Replaced { object: value });
                    self.value(interp, replaced)?;
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let Some(first) = item_at(&object, 0) else {
            self.out.push_str("[]");
            return Ok(());
        };
        self.enter(interp, &object)?;
        self.out.push('[');
        self.level += 1;
        self.new_line();
        self.open.push(Open::List { next: 1, object });
        self.value(interp, first)
    }

    fn dict(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let mut pairs = match object.as_dict() {
            Some(dict) => dict.entries().into_iter().map(|entry| (entry.key, entry.value)).collect(),
            None => pairs_of(interp, &object)?,
        };
        if pairs.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.enter(interp, &object)?;
        if self.encoder.sort_keys {
            let items = pairs.into_iter().map(|(key, value)| Value::pair(key, value)).collect();
            let items = Value::list(items);
            interp.call_method(&items, "sort", &[])?;
            let sorted = items.as_list().map(|list| list.items.borrow().clone()).unwrap_or_default();
            pairs = sorted
                .iter()
                .filter_map(|pair| match pair.as_tuple() {
                    Some([key, value]) => Some((key.clone(), value.clone())),
                    _ => None,
                })
                .collect();
        }
        self.level += 1;
        self.out.push('{');
        self.new_line();
        self.open.push(Open::Dict { pairs: pairs.into_iter(), object, is_first: true });
        Ok(())
    }
}

fn item_at(sequence: &Value, index: usize) -> Option<Value> {
    match sequence.list_like() {
        Some(list) => list.items.borrow().get(index).cloned(),
        None => sequence.tuple_like()?.get(index).cloned(),
    }
}

/// The items of an instance of a subclass of dict.
fn pairs_of(interp: &mut dyn Interpreter, object: &Value) -> Result<Vec<(Value, Value)>, Raised> {
    let items = interp.call_method(object, "items", &[])?;
    let mut pairs = Vec::new();
    for item in interp.collect(&items)? {
        match item.as_tuple() {
            Some([key, value]) => pairs.push((key.clone(), value.clone())),
            _ => return Err(interp.value_error("items must return 2-tuples")),
        }
    }
    Ok(pairs)
}
