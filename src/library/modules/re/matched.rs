//! `re.Match`.

use super::pattern::{Pattern, expand};
use super::target::Target;
use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};

/// A match.
pub struct Match {
    pub pattern: Value,
    pub target: Target,
    /// Bytes where groups begin and end.
    pub groups: Vec<Option<(usize, usize)>>,
    /// The group that was closed last; 0 if none.
    pub last: usize,
    /// Where the search was asked to begin and end, in characters.
    pub from: usize,
    pub to: usize,
}

pub static MATCH: TypeSpec = TypeSpec {
    name: "Match",
    module: "re",
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "group",
        "*args",
        group,
        "group([group1, ...]) -> str or tuple.\n    Return subgroup(s) of the match by indices or names.\n    For 0 returns the entire match.",
    ),
    native("__getitem__", "key, /", get_item, "Return self[key]."),
    native(
        "groups",
        "default=None",
        groups,
        "Return a tuple containing all the subgroups of the match, from 1.\n\n  default\n    Is used for groups that did not participate in the match.",
    ),
    native(
        "groupdict",
        "default=None",
        group_dict,
        "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match.",
    ),
    native("start", "group=0, /", start, "Return index of the start of the substring matched by group."),
    native("end", "group=0, /", end, "Return index of the end of the substring matched by group."),
    native(
        "span",
        "group=0, /",
        span,
        "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
    ),
    native(
        "expand",
        "template",
        expand_template,
        "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__copy__", "", copy, ""),
    native("__deepcopy__", "memo, /", copy, ""),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[
    member(
        "string",
        |i, v| Ok(this(i, v, "string")?.target.value.clone()),
        "The string passed to match() or search().",
    ),
    member("re", |i, v| Ok(this(i, v, "re")?.pattern.clone()), "The regular expression object."),
    member(
        "pos",
        |i, v| Ok(Value::int(this(i, v, "pos")?.from as i64)),
        "The index into the string at which the RE engine started looking for a match.",
    ),
    member(
        "endpos",
        |i, v| Ok(Value::int(this(i, v, "endpos")?.to as i64)),
        "The index into the string beyond which the RE engine will not go.",
    ),
    getter("lastindex", last_index, "The integer index of the last matched capturing group."),
    getter("lastgroup", last_group, "The name of the last matched capturing group."),
    getter("regs", regs, ""),
];

impl Traverse for Match {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.pattern);
        visit(&self.target.value);
    }

    fn clear(&self) {}
}

impl NativeObject for Match {
    fn spec(&self) -> &'static TypeSpec {
        &MATCH
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, method: &str) -> Result<&'v Match, Raised> {
    value.downcast::<Match>().ok_or_else(|| wrong_receiver(interp, "re.Match", method, value))
}

impl Match {
    /// The text of a group; `default` if it did not take part.
    pub fn text(&self, group: usize, default: &Value) -> Value {
        match self.groups.get(group).copied().flatten() {
            Some((start, end)) => self.target.part(start, end),
            None => default.clone(),
        }
    }

    /// Start and end of a group in characters; -1 if it did not take part.
    fn span(&self, group: usize) -> (i64, i64) {
        match self.groups.get(group).copied().flatten() {
            Some((start, end)) => {
                let first = self.target.index(start);
                let length = self.target.index(end) - first;
                (first as i64, (first + length) as i64)
            }
            None => (-1, -1),
        }
    }

    fn pattern(&self) -> &Pattern {
        self.pattern.downcast::<Pattern>().expect("a match is made by a pattern")
    }

    /// The number of a group given by number or name.
    fn find(&self, interp: &mut dyn Interpreter, which: &Value) -> Result<usize, Raised> {
        let number = match which.as_int() {
            Some(number) => Some(number),
            None if which.str_like().is_some() => None,
            None if interp
                .class_of(which)
                .as_type()
                .is_some_and(|class| class.lookup(&crate::object::string::intern("__index__")).is_some()) =>
            {
                interp.index(which)?.as_int()
            }
            None => None,
        };
        let number = match number {
            Some(number) => Some(number),
            None => match self.pattern().names.as_dict() {
                Some(names) if !names.is_empty() => {
                    names.get(interp, which)?.and_then(|number| number.as_int())
                }
                _ => None,
            },
        };
        match number.and_then(|number| usize::try_from(number).ok()) {
            Some(number) if number < self.groups.len() => Ok(number),
            _ => Err(interp.raise(CoreType::IndexError, "no such group")),
        }
    }
}

fn group(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "group")?;
    let wanted = args[1].as_tuple().unwrap_or_default();
    match wanted {
        [] => Ok(matched.text(0, &Value::NONE)),
        [one] => Ok(matched.text(matched.find(interp, one)?, &Value::NONE)),
        several => {
            let mut texts = Vec::with_capacity(several.len());
            for which in several {
                texts.push(matched.text(matched.find(interp, which)?, &Value::NONE));
            }
            Ok(Value::tuple(texts))
        }
    }
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "__getitem__")?;
    Ok(matched.text(matched.find(interp, &args[1])?, &Value::NONE))
}

fn groups(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "groups")?;
    Ok(Value::tuple((1..matched.groups.len()).map(|group| matched.text(group, &args[1])).collect()))
}

fn group_dict(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "groupdict")?;
    let found = DictObject::new();
    if let Some(names) = matched.pattern().names.as_dict() {
        for entry in names.entries() {
            let group = entry.value.as_int().unwrap_or(0) as usize;
            found.set(interp, &entry.key, matched.text(group, &args[1]))?;
        }
    }
    Ok(Value::dict(found))
}

fn start(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "start")?;
    let group = matched.find(interp, &args[1])?;
    Ok(Value::int(matched.span(group).0))
}

fn end(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "end")?;
    let group = matched.find(interp, &args[1])?;
    Ok(Value::int(matched.span(group).1))
}

fn pair((start, end): (i64, i64)) -> Value {
    Value::tuple(vec![Value::int(start), Value::int(end)])
}

fn span(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "span")?;
    let group = matched.find(interp, &args[1])?;
    Ok(pair(matched.span(group)))
}

fn regs(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    let matched = this(interp, value, "regs")?;
    Ok(Value::tuple((0..matched.groups.len()).map(|group| pair(matched.span(group))).collect()))
}

fn last_index(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    Ok(match this(interp, value, "lastindex")?.last {
        0 => Value::NONE,
        group => Value::int(group as i64),
    })
}

fn last_group(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    let matched = this(interp, value, "lastgroup")?;
    Ok(match matched.last {
        0 => Value::NONE,
        group => matched.pattern().name_of(group),
    })
}

fn expand_template(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "expand")?;
    let pieces = matched.pattern().template(interp, &args[1])?;
    let mut parts = Vec::new();
    expand(&pieces, &matched.target, &matched.groups, &mut parts);
    matched.target.join(interp, parts)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let matched = this(interp, &args[0], "__repr__")?;
    let (start, end) = matched.span(0);
    let text = interp.repr(&matched.text(0, &Value::NONE))?;
    let text: String = text.str_like().unwrap_or_default().chars().take(50).collect();
    Ok(Value::str(&format!("<re.Match object; span=({start}, {end}), match={text}>")))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__copy__")?;
    Ok(args[0].clone())
}
