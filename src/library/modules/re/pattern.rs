//! `re.Pattern`.

use super::machine::{Machine, Mode, Stop};
use super::matched::Match;
use super::program::Program;
use super::target::Target;
use super::template::{self, Piece};
use super::tree::flag;
use super::{codes, refuse};
use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::object::descriptor::MappingProxy;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::Cell;

/// A compiled pattern.
pub struct Pattern {
    /// The text it was made of.
    pub source: Value,
    pub flags: u32,
    pub is_text: bool,
    pub program: Program,
    /// A dict of numbers of groups by name.
    pub names: Value,
}

pub static PATTERN: TypeSpec = TypeSpec {
    name: "Pattern",
    module: "re",
    doc: "Compiled regular expression object.",
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "match",
        "string, pos=0, endpos=9223372036854775807",
        match_,
        "Matches zero or more characters at the beginning of the string.",
    ),
    native(
        "fullmatch",
        "string, pos=0, endpos=9223372036854775807",
        full_match,
        "Matches against all of the string.",
    ),
    native(
        "search",
        "string, pos=0, endpos=9223372036854775807",
        search,
        "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches.",
    ),
    native(
        "sub",
        "repl, string, count=0",
        sub,
        "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
    ),
    native(
        "subn",
        "repl, string, count=0",
        subn,
        "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
    ),
    native(
        "findall",
        "string, pos=0, endpos=9223372036854775807",
        find_all,
        "Return a list of all non-overlapping matches of pattern in string.",
    ),
    native("split", "string, maxsplit=0", split, "Split string by the occurrences of pattern."),
    native(
        "finditer",
        "string, pos=0, endpos=9223372036854775807",
        find_iter,
        "Return an iterator over all non-overlapping matches for the RE pattern in string.\n\nFor each match, the iterator returns a match object.",
    ),
    native("scanner", "string, pos=0, endpos=9223372036854775807", scanner, ""),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__copy__", "", copy, ""),
    native("__deepcopy__", "memo, /", copy, ""),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[
    member(
        "pattern",
        |i, v| Ok(this(i, v, "pattern")?.source.clone()),
        "The pattern string from which the RE object was compiled.",
    ),
    member("flags", |i, v| Ok(Value::int(this(i, v, "flags")?.flags.into())), "The regex matching flags."),
    member(
        "groups",
        |i, v| Ok(Value::int(this(i, v, "groups")?.program.groups as i64)),
        "The number of capturing groups in the pattern.",
    ),
    getter(
        "groupindex",
        |i, v| {
            let names = &this(i, v, "groupindex")?.names;
            let is_empty = names.as_dict().is_none_or(|names| names.is_empty());
            Ok(if is_empty {
                Value::dict(DictObject::default())
            } else {
                Value::object(MappingProxy { mapping: names.clone() })
            })
        },
        "A dictionary mapping group names to group numbers.",
    ),
];

impl Traverse for Pattern {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.source);
        visit(&self.names);
    }

    fn clear(&self) {}
}

impl NativeObject for Pattern {
    fn spec(&self) -> &'static TypeSpec {
        &PATTERN
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, method: &str) -> Result<&'v Pattern, Raised> {
    value.downcast::<Pattern>().ok_or_else(|| wrong_receiver(interp, "re.Pattern", method, value))
}

/// Groups of a match, by bytes.
pub type Groups = Vec<Option<(usize, usize)>>;

/// A search that goes on where the last match ended.
pub struct Search {
    pub target: Target,
    from: usize,
    to: usize,
    /// Bytes where the next search begins, and the text ends.
    place: usize,
    end: usize,
    must_advance: bool,
    is_over: bool,
}

impl Search {
    /// `pos` and `endpos` are in characters, as scripts give them.
    pub fn new(
        interp: &mut dyn Interpreter,
        pattern: &Pattern,
        string: &Value,
        pos: &Value,
        endpos: &Value,
    ) -> Result<Search, Raised> {
        let target = Target::new(interp, string, pattern.is_text)?;
        let length = target.length();
        let clip = |interp: &mut dyn Interpreter, value: &Value| -> Result<usize, Raised> {
            let index = interp.index(value)?;
            Ok(match index.as_int() {
                Some(index) => index.clamp(0, length as i64) as usize,
                None if interp.compare_bool(
                    crate::object::interpreter::Comparison::Lt,
                    &index,
                    &Value::int(0),
                )? =>
                {
                    0
                }
                None => length,
            })
        };
        let to = clip(interp, endpos)?;
        let from = clip(interp, pos)?;
        let (place, end) = (target.offset(from), target.offset(to));
        Ok(Search { target, from, to, place, end, must_advance: false, is_over: from > to })
    }

    /// The groups of the next match, and the group closed last.
    pub fn next(
        &mut self,
        interp: &mut dyn Interpreter,
        pattern: &Pattern,
        mode: Mode,
    ) -> Result<Option<(Groups, usize)>, Raised> {
        if self.is_over {
            return Ok(None);
        }
        let mut raised = None;
        let mut poll = || match interp.poll() {
            Ok(()) => true,
            Err(error) => {
                raised = Some(error);
                false
            }
        };
        let mut machine = Machine::new(&pattern.program, self.target.subject(), self.end, &mut poll);
        let found = match machine.run(self.place, mode, self.must_advance) {
            Ok(true) => {
                let groups: Groups = (0..=pattern.program.groups).map(|group| machine.group(group)).collect();
                Some((groups, machine.last))
            }
            Ok(false) => None,
            Err(stop) => {
                return Err(match (stop, raised) {
                    (Stop::Interrupted, Some(raised)) => raised,
                    _ => interp.raise(CoreType::MemoryError, ""),
                });
            }
        };
        match &found {
            Some((groups, _)) => {
                let (start, end) = groups[0].unwrap_or_default();
                self.must_advance = start == end;
                self.place = end;
            }
            None => self.is_over = true,
        }
        Ok(found)
    }

    /// The next match as an object, or None.
    pub fn next_match(&mut self, interp: &mut dyn Interpreter, pattern: &Value, mode: Mode) -> Completion {
        let Some(own) = pattern.downcast::<Pattern>() else { return Ok(Value::NONE) };
        Ok(match self.next(interp, own, mode)? {
            Some((groups, last)) => self.matched(pattern, groups, last),
            None => Value::NONE,
        })
    }

    fn matched(&self, pattern: &Value, groups: Groups, last: usize) -> Value {
        let (target, from, to) = (self.target.clone(), self.from, self.to);
        Value::object(Match { pattern: pattern.clone(), target, groups, last, from, to })
    }
}

impl Pattern {
    /// The name of a group, or None.
    pub fn name_of(&self, group: usize) -> Value {
        let entries = self.names.as_dict().map(|names| names.entries()).unwrap_or_default();
        let found = entries.into_iter().find(|entry| entry.value.as_int() == Some(group as i64));
        found.map_or(Value::NONE, |entry| entry.key)
    }

    /// A replacement text, read.
    pub fn template(&self, interp: &mut dyn Interpreter, text: &Value) -> Result<Vec<Piece>, Raised> {
        let Some((codes, is_text)) = codes(text) else {
            // CPython looks it up among those it has read before.
            interp.hash(text)?;
            let class = interp.type_name(text);
            let message = format!("decoding to str: need a bytes-like object, {class} found");
            return Err(interp.type_error(&message));
        };
        let named = |name: &str| {
            let number = self.names.as_dict()?.get_str_value(&intern(name))?.as_int()?;
            usize::try_from(number).ok()
        };
        template::parse(codes, is_text, self.program.groups, named)
            .map_err(|refusal| refuse(interp, refusal, text))
    }
}

/// Append what a template makes of a match.
pub fn expand(pieces: &[Piece], target: &Target, groups: &Groups, parts: &mut Vec<Value>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(text.clone()),
            Piece::Group(group) => {
                if let Some((start, end)) = groups[*group] {
                    parts.push(target.part(start, end));
                }
            }
        }
    }
}

fn apply(interp: &mut dyn Interpreter, args: &[Value], method: &str, mode: Mode) -> Completion {
    let pattern = this(interp, &args[0], method)?;
    let mut search = Search::new(interp, pattern, &args[1], &args[2], &args[3])?;
    search.next_match(interp, &args[0], mode)
}

fn match_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    apply(interp, args, "match", Mode::Match)
}

fn full_match(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    apply(interp, args, "fullmatch", Mode::Full)
}

fn search(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    apply(interp, args, "search", Mode::Search)
}

fn find_all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pattern = this(interp, &args[0], "findall")?;
    let mut search = Search::new(interp, pattern, &args[1], &args[2], &args[3])?;
    let empty = search.target.part(0, 0);
    let mut found = Vec::new();
    while let Some((groups, _)) = search.next(interp, pattern, Mode::Search)? {
        let text = |group: usize| match groups[group] {
            Some((start, end)) => search.target.part(start, end),
            None => empty.clone(),
        };
        found.push(match pattern.program.groups {
            0 => text(0),
            1 => text(1),
            count => Value::tuple((1..=count).map(text).collect()),
        });
    }
    Ok(Value::list(found))
}

fn split(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pattern = this(interp, &args[0], "split")?;
    let most = interp.expect_int(&args[2])?;
    let (start, end) = (Value::int(0), Value::int(i64::MAX));
    let mut search = Search::new(interp, pattern, &args[1], &start, &end)?;
    let mut parts = Vec::new();
    let (mut last, mut count) = (0, 0);
    while most == 0 || count < most {
        let Some((groups, _)) = search.next(interp, pattern, Mode::Search)? else { break };
        let (start, end) = groups[0].unwrap_or_default();
        parts.push(search.target.part(last, start));
        for group in &groups[1..] {
            parts.push(group.map_or(Value::NONE, |(start, end)| search.target.part(start, end)));
        }
        last = end;
        count += 1;
    }
    let end = search.target.subject().bytes.len();
    parts.push(search.target.part(last, end));
    Ok(Value::list(parts))
}

fn substitute(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Result<(Value, i64), Raised> {
    let pattern = this(interp, &args[0], method)?;
    let most = interp.expect_int(&args[3])?;
    let replacement = &args[1];
    let is_called = interp.is_callable(replacement);
    let pieces = if is_called {
        Vec::new()
    } else {
        match codes(replacement) {
            Some((codes, _)) if !codes.contains(&('\\' as u32)) => vec![Piece::Text(replacement.clone())],
            _ => pattern.template(interp, replacement)?,
        }
    };
    let (start, end) = (Value::int(0), Value::int(i64::MAX));
    let mut search = Search::new(interp, pattern, &args[2], &start, &end)?;
    let mut parts = Vec::new();
    let (mut last, mut count) = (0, 0);
    while most == 0 || count < most {
        let Some((groups, closed)) = search.next(interp, pattern, Mode::Search)? else { break };
        let (start, end) = groups[0].unwrap_or_default();
        if last < start {
            parts.push(search.target.part(last, start));
        }
        if is_called {
            let matched = search.matched(&args[0], groups, closed);
            let text = interp.call(replacement, &[matched])?;
            if !text.is_none() {
                parts.push(text);
            }
        } else {
            expand(&pieces, &search.target, &groups, &mut parts);
        }
        last = end;
        count += 1;
    }
    if count == 0 {
        let whole = search.target.subject().bytes.len();
        return Ok((search.target.part(0, whole), 0));
    }
    let end = search.target.subject().bytes.len();
    if last < end {
        parts.push(search.target.part(last, end));
    }
    Ok((search.target.join(interp, parts)?, count))
}

fn sub(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    substitute(interp, args, "sub").map(|(text, _)| text)
}

fn subn(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (text, count) = substitute(interp, args, "subn")?;
    Ok(Value::tuple(vec![text, Value::int(count)]))
}

/// What `finditer` returns, and what `scanner` does.
struct Scanner {
    pattern: Value,
    /// Taken out while it searches.
    search: Cell<Option<Search>>,
    spec: &'static TypeSpec,
}

static FOUND: TypeSpec = TypeSpec { name: "callable_iterator", native_next: true, ..TypeSpec::EMPTY };

static SCANNER: TypeSpec = TypeSpec {
    name: "SRE_Scanner",
    module: "_sre",
    methods: &[
        native("match", "", |i, args| scan(i, args, Mode::Match), ""),
        native("search", "", |i, args| scan(i, args, Mode::Search), ""),
    ],
    getters: &[getter(
        "pattern",
        |i, v| match v.downcast::<Scanner>() {
            Some(scanner) => Ok(scanner.pattern.clone()),
            None => Err(wrong_receiver(i, "_sre.SRE_Scanner", "pattern", v)),
        },
        "",
    )],
    ..TypeSpec::EMPTY
};

impl Traverse for Scanner {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.pattern);
    }

    fn clear(&self) {}
}

impl Scanner {
    fn advance(&self, interp: &mut dyn Interpreter, mode: Mode) -> Completion {
        let Some(mut search) = self.search.take() else { return Ok(Value::NONE) };
        let found = search.next_match(interp, &self.pattern, mode);
        self.search.set(Some(search));
        found
    }
}

impl NativeObject for Scanner {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        Ok(Some(self.advance(interp, Mode::Search)?).filter(|found| !found.is_none()))
    }
}

fn scan(interp: &mut dyn Interpreter, args: &[Value], mode: Mode) -> Completion {
    match args[0].downcast::<Scanner>() {
        Some(scanner) => scanner.advance(interp, mode),
        None => Err(wrong_receiver(interp, "_sre.SRE_Scanner", "match", &args[0])),
    }
}

fn scanning(interp: &mut dyn Interpreter, args: &[Value], spec: &'static TypeSpec) -> Completion {
    let pattern = this(interp, &args[0], "finditer")?;
    let search = Search::new(interp, pattern, &args[1], &args[2], &args[3])?;
    Ok(Value::object(Scanner { pattern: args[0].clone(), search: Cell::new(Some(search)), spec }))
}

fn find_iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    scanning(interp, args, &FOUND)
}

fn scanner(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    scanning(interp, args, &SCANNER)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pattern = this(interp, &args[0], "__repr__")?;
    let mut flags = pattern.flags;
    // What every pattern of text has is not told.
    if pattern.is_text && flags & (flag::LOCALE | flag::UNICODE | flag::ASCII) == flag::UNICODE {
        flags &= !flag::UNICODE;
    }
    let names = [
        (flag::IGNORECASE, "IGNORECASE"),
        (flag::LOCALE, "LOCALE"),
        (flag::MULTILINE, "MULTILINE"),
        (flag::DOTALL, "DOTALL"),
        (flag::UNICODE, "UNICODE"),
        (flag::VERBOSE, "VERBOSE"),
        (flag::DEBUG, "DEBUG"),
        (flag::ASCII, "ASCII"),
    ];
    let mut told: Vec<String> =
        names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| format!("re.{name}")).collect();
    let known = names.iter().fold(0, |known, (bit, _)| known | bit);
    if flags & !known != 0 {
        told.push(format!("{:#x}", flags & !known));
    }
    let source = interp.repr(&pattern.source)?;
    let source: String = source.str_like().unwrap_or_default().chars().take(200).collect();
    let told = if told.is_empty() { String::new() } else { format!(", {}", told.join("|")) };
    Ok(Value::str(&format!("re.compile({source}{told})")))
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pattern = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].downcast::<Pattern>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = pattern.flags == other.flags && pattern.is_text == other.is_text;
    Ok(Value::bool(same && interp.equals(&pattern.source, &other.source)?))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pattern = this(interp, &args[0], "__hash__")?;
    let (source, flags) = (pattern.source.clone(), i64::from(pattern.flags));
    Ok(Value::int(interp.hash(&source)? ^ flags))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__copy__")?;
    Ok(args[0].clone())
}
