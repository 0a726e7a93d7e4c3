//! What is said about arguments that do not fit: CPython's texts, of functions written in Python
//! and of each of its argument parsers for natives.

use super::Vm;
use crate::object::convention::{self, Convention};
use crate::object::native::NativeFunction;
use crate::object::spec::{NativeDefault, NativeKind, Signature, TypeSpec};
use crate::object::{Interpreter, Raised, Value, suggestions};

/// `f() got multiple values for argument 'x'`.
pub(super) fn multiple_values(name: &str, argument: &str) -> String {
    format!("{name}() got multiple values for argument '{argument}'")
}

/// `f() got multiple values for keyword argument 'x'`.
pub(super) fn multiple_keyword_values(name: &str, argument: &str) -> String {
    format!("{name}() got multiple values for keyword argument '{argument}'")
}

/// The keyword `text` names no parameter that may be given by name; `names` are all keywords.
pub(super) fn unexpected_keyword(
    name: &str,
    positional_only: &[&str],
    candidates: &[&str],
    names: &[Value],
    text: &str,
) -> String {
    let is_given = |name: &&&str| names.iter().any(|given| given.str_like() == Some(name));
    let only: Vec<&str> = positional_only.iter().filter(is_given).copied().collect();
    if only.is_empty() {
        return format!("{name}() got an unexpected keyword argument '{text}'{}", hint(text, candidates));
    }
    format!("{name}() got some positional-only arguments passed as keyword arguments: '{}'", only.join(", "))
}

fn hint(text: &str, candidates: &[&str]) -> String {
    match suggestions::closest(text, candidates) {
        Some(candidate) => format!(". Did you mean '{candidate}'?"),
        None => String::new(),
    }
}

/// `given` positional arguments are more than the `positional` parameters, of which the last
/// `defaults` may be left out; `keyword_only` arguments were given by name to others.
pub(super) fn too_many_positional(
    name: &str,
    positional: usize,
    defaults: usize,
    given: usize,
    keyword_only: usize,
) -> String {
    let (takes, are_many) = match defaults {
        0 => (positional.to_string(), positional != 1),
        _ => (format!("from {} to {positional}", positional as i64 - defaults as i64), true),
    };
    let also = match keyword_only {
        0 => String::new(),
        _ => format!(
            " positional argument{} (and {keyword_only} keyword-only argument{})",
            plural(given),
            plural(keyword_only),
        ),
    };
    let were = if given == 1 && keyword_only == 0 { "was" } else { "were" };
    format!(
        "{name}() takes {takes} positional argument{} but {given}{also} {were} given",
        if are_many { "s" } else { "" },
    )
}

/// Nothing was given for the parameters `names`, which are of one kind.
pub(super) fn missing_arguments(name: &str, kind: &str, names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = match &quoted[..] {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    };
    format!("{name}() missing {} required {kind} argument{}: {list}", names.len(), plural(names.len()))
}

/// A call of a native whose arguments do not fit.
struct WrongCall<'a> {
    native: &'a NativeFunction,
    signature: &'a Signature,
    /// How many positional arguments were given, the receiver not counted.
    given: usize,
    /// The names of those given by keyword.
    keywords: Vec<&'a str>,
    /// For a method found in a class, the name of that.
    class: Option<String>,
}

impl Vm {
    /// The TypeError for a native called with arguments that do not fit.
    #[cold]
    pub(super) fn wrong_native_call(
        &mut self,
        native: &NativeFunction,
        signature: &Signature,
        has_receiver: bool,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Raised {
        let keywords: Vec<&str> =
            names.unwrap_or_default().iter().map(|name| name.str_like().unwrap_or_default()).collect();
        let given = args.len() - keywords.len();
        let mut call = WrongCall { native, signature, given, keywords, class: None };
        if has_receiver && !matches!(call.convention(), Convention::Script) {
            let receiver = if given > 0 { args.first() } else { None };
            if let Some(message) = self.wrong_receiver(native, receiver) {
                return self.raise_type_error(&message);
            }
            call.class = receiver.and_then(Value::as_type).map(|class| class.qualname_text());
            if matches!(call.convention(), Convention::UnpackOfClass) && native.row.kind == NativeKind::Plain
            {
                call.class = receiver.map(|object| (self as &mut dyn Interpreter).type_name(object));
            }
            call.given -= 1;
        }
        let message = call.message();
        self.raise_type_error(&message)
    }

    /// What is wrong with the receiver itself, if anything: it is checked first.
    fn wrong_receiver(&mut self, native: &NativeFunction, receiver: Option<&Value>) -> Option<String> {
        let (name, kind) = (native.row.name, native.row.kind);
        let is_slot = convention::is_slot(native.owner.unwrap_or_default(), name);
        let owner = error_name(native);
        let Some(receiver) = receiver else {
            return Some(match kind {
                NativeKind::New => format!("{owner}.__new__(): not enough arguments"),
                _ if is_slot => format!("descriptor '{name}' of '{owner}' object needs an argument"),
                _ => {
                    format!("unbound method {}.{name}() needs an argument", native.owner.unwrap_or_default())
                }
            });
        };
        let expected = self.class_of_method(native)?;
        let interp: &mut dyn Interpreter = self;
        if kind == NativeKind::New {
            let class = interp.type_name(receiver);
            let Some(object) = receiver.as_type() else {
                return Some(format!("{owner}.__new__(X): X is not a type object ({class})"));
            };
            let name = object.error_name();
            return (!object.is_subclass_of(&expected))
                .then(|| format!("{owner}.__new__({name}): {name} is not a subtype of {owner}"));
        }
        let class = interp.class_of(receiver);
        if kind != NativeKind::Plain || class.as_type().is_some_and(|class| class.is_subclass_of(&expected)) {
            return None;
        }
        let class = interp.type_name(receiver);
        Some(if is_slot {
            format!("descriptor '{name}' requires a '{owner}' object but received a '{class}'")
        } else {
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{class}' object")
        })
    }

    /// The class in whose dict the method lies; None if it is a function or has no spec.
    fn class_of_method(&mut self, native: &NativeFunction) -> Option<Value> {
        let spec = native.spec?;
        Some(match spec.core {
            Some(core) => self.core(core),
            None => self.type_of_spec(spec),
        })
    }

    /// TypeError unless the first of `args` is what `native` is a method for. Only for calls
    /// through the class, as `list.append(x, 1)`: a method found in its receiver's class fits.
    pub(super) fn check_receiver(
        &mut self,
        native: &NativeFunction,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Result<(), Raised> {
        if native.owner.is_none() || matches!(native.row.kind, NativeKind::Static | NativeKind::Class) {
            return Ok(());
        }
        let receiver = if args.len() > names.map_or(0, <[Value]>::len) { args.first() } else { None };
        if native.row.kind == NativeKind::Plain
            && let Some(receiver) = receiver
            && let Some(expected) = self.class_of_method(native)
            && self.class_of(receiver).is(&expected)
        {
            return Ok(());
        }
        if matches!(native.row.convention, Convention::Script)
            || native.spec.is_some_and(TypeSpec::is_like_script)
        {
            return Ok(());
        }
        match self.wrong_receiver(native, receiver) {
            Some(message) => Err(self.raise_type_error(&message)),
            None => Ok(()),
        }
    }
}

/// The name errors use for the class of a method.
fn error_name(native: &NativeFunction) -> String {
    match native.spec {
        Some(spec) => spec.error_name(),
        None => native.owner.unwrap_or_default().to_owned(),
    }
}

impl WrongCall<'_> {
    /// Whether the function makes or fills objects, so that it goes by its class's name.
    fn is_constructor(&self) -> bool {
        self.native.row.kind == NativeKind::New || self.native.row.name == "__init__"
    }

    /// Whether an object of a class below the constructor's own is made.
    fn is_subclass(&self) -> bool {
        self.class.as_deref().is_some_and(|class| Some(class) != self.native.owner)
    }

    /// As CPython's callers name a function: with its class or module.
    fn full_name(&self) -> String {
        let name = self.native.row.name;
        match (self.native.owner, self.native.module) {
            (Some(_), _) if self.is_constructor() => self.short_name(),
            (Some(_), _) if self.class.is_some() => {
                format!("{}.{name}", self.class.as_deref().unwrap_or_default())
            }
            (Some(owner), _) => format!("{owner}.{name}"),
            (None, Some(module)) => match convention::error_module(module) {
                Some(module) => format!("{module}.{name}"),
                None => name.to_owned(),
            },
            (None, _) => name.to_owned(),
        }
    }

    /// As a function names itself.
    fn short_name(&self) -> String {
        match self.native.owner {
            Some(owner) if self.is_constructor() => owner.to_owned(),
            // One function under two names.
            Some("code") if self.native.row.name == "__replace__" => "replace".to_owned(),
            _ => self.native.row.name.to_owned(),
        }
    }

    fn convention(&self) -> Convention {
        let row = self.native.row;
        let signature = self.signature;
        if !matches!(row.convention, Convention::Auto) {
            return row.convention;
        }
        if self.native.spec.is_some_and(TypeSpec::is_like_script) {
            return Convention::Script;
        }
        let is_plain_method = self.native.owner.is_some() && row.kind == NativeKind::Plain;
        if is_plain_method
            && !matches!(row.name, "__init__" | "__call__")
            && convention::is_slot(self.native.owner.unwrap_or_default(), row.name)
        {
            return Convention::Slot;
        }
        if signature.positional_only < signature.named_count() {
            return Convention::Keywords;
        }
        match (signature.positional, signature.required) {
            _ if self.is_constructor() || signature.has_varargs => Convention::Unpack,
            (0, _) => Convention::NoArguments,
            (1, 1) => Convention::One,
            _ => Convention::Unpack,
        }
    }

    fn message(&self) -> String {
        let convention = self.convention();
        if let Convention::Own(own) = convention
            && let Some(message) = own(self.given, &self.keywords)
        {
            return message;
        }
        match convention {
            Convention::Slot => self.slot(),
            Convention::Keywords => self.keywords(),
            Convention::Fast if !self.keywords.is_empty() || self.is_subclass() => self.keywords(),
            Convention::Own(_) => self.keywords(),
            Convention::Script => self.script(),
            Convention::Format | Convention::UnpackTuple if !self.keywords.is_empty() => {
                format!("{}() takes no keyword arguments", self.short_name())
            }
            _ if !self.keywords.is_empty() && !self.signature.has_varkeywords => {
                format!("{}() takes no keyword arguments", self.full_name())
            }
            Convention::NoArguments => {
                format!("{}() takes no arguments ({} given)", self.full_name(), self.given)
            }
            Convention::One => {
                format!("{}() takes exactly one argument ({} given)", self.full_name(), self.given)
            }
            Convention::Format => self.format(),
            Convention::UnpackOfClass => {
                self.unpack(self.class.as_deref().or(self.native.owner).unwrap_or_default())
            }
            Convention::Auto | Convention::Unpack | Convention::UnpackTuple | Convention::Fast => {
                self.unpack(&self.short_name())
            }
        }
    }

    fn slot(&self) -> String {
        let (name, signature, given) = (self.native.row.name, self.signature, self.given);
        if !self.keywords.is_empty() {
            return format!("wrapper {name}() takes no keyword arguments");
        }
        let owner = self.native.owner.unwrap_or_default();
        if signature.required == signature.positional && !convention::is_unpacked_slot(owner, name) {
            let count = signature.required;
            return format!("expected {count} argument{}, got {given}", plural(count));
        }
        self.unpack("")
    }

    /// `PyArg_UnpackTuple` and `_PyArg_CheckPositional`.
    fn unpack(&self, name: &str) -> String {
        let (least, most) = (self.signature.required, self.signature.positional);
        let (word, count) = match self.given < least {
            _ if least == most && !self.signature.has_varargs => ("", least),
            true => ("at least ", least),
            false => ("at most ", most),
        };
        format!("{name} expected {word}{count} argument{}, got {}", plural(count), self.given)
    }

    /// `PyArg_ParseTuple`.
    fn format(&self) -> String {
        let (least, most) = (self.signature.required, self.signature.positional);
        let (word, count) = match self.given < least {
            _ if least == most => ("exactly", least),
            true => ("at least", least),
            false => ("at most", most),
        };
        format!(
            "{}() takes {word} {count} argument{} ({} given)",
            self.short_name(),
            plural(count),
            self.given
        )
    }

    /// `_PyArg_UnpackKeywords` and `PyArg_ParseTupleAndKeywords`.
    fn keywords(&self) -> String {
        let (name, signature, given) = (self.short_name(), self.signature, self.given);
        let named = signature.named_count();
        let total = given + self.keywords.len();
        let (least, most) = (signature.required, signature.positional);
        if total > named && !signature.has_varargs {
            let kind = if given == 0 { "keyword " } else { "" };
            return format!("{name}() takes at most {named} {kind}argument{} ({total} given)", plural(named));
        }
        if given > most && !signature.has_varargs {
            if most == 0 {
                return format!("{name}() takes no positional arguments");
            }
            let word = if least < most { "at most" } else { "exactly" };
            return format!(
                "{name}() takes {word} {most} positional argument{} ({given} given)",
                plural(most)
            );
        }
        let least_by_place = least.min(signature.positional_only);
        if given < least_by_place {
            let word = if least_by_place < most { "at least" } else { "exactly" };
            return format!(
                "{name}() takes {word} {least_by_place} positional argument{} ({given} given)",
                plural(least_by_place)
            );
        }
        for (index, parameter) in signature.parameters[..named].iter().enumerate().skip(given) {
            let by_name = index >= signature.positional_only && self.keywords.contains(&parameter.name);
            if parameter.default == NativeDefault::Required && !by_name {
                return format!(
                    "{name}() missing required argument '{}' (pos {})",
                    parameter.name,
                    index + 1
                );
            }
        }
        let by_name = &signature.parameters[signature.positional_only..named];
        let twice = by_name.iter().take(given.saturating_sub(signature.positional_only));
        for (index, parameter) in twice.enumerate() {
            if self.keywords.contains(&parameter.name) {
                return format!(
                    "argument for {name}() given by name ('{}') and position ({})",
                    parameter.name,
                    signature.positional_only + index + 1
                );
            }
        }
        let candidates: Vec<&str> = by_name.iter().map(|parameter| parameter.name).collect();
        let unknown = self.keywords.iter().find(|keyword| !candidates.contains(keyword)).copied();
        let unknown = unknown.unwrap_or_default();
        format!("{name}() got an unexpected keyword argument '{unknown}'{}", hint(unknown, &candidates))
    }

    /// A function written in Python; a method's `self` is one of its parameters.
    fn script(&self) -> String {
        let (signature, row) = (self.signature, self.native.row);
        let script_name = self.native.spec.map(|spec| spec.script_name).filter(|name| !name.is_empty());
        let name = match (script_name.or(self.native.owner), row.kind) {
            (Some(owner), NativeKind::New) => format!("{owner}.__init__"),
            (Some(owner), _) => format!("{owner}.{}", row.name),
            (None, _) => row.name.to_owned(),
        };
        let own: &[&str] = match (self.native.owner, row.kind) {
            (None, _) | (_, NativeKind::Static) => &[],
            (_, NativeKind::Class) => &["cls"],
            _ => &["self"],
        };
        let parameters = &signature.parameters[..signature.named_count()];
        let names: Vec<&str> =
            own.iter().copied().chain(parameters.iter().map(|parameter| parameter.name)).collect();
        let positional = signature.positional + own.len();
        // Receivers are not passed by name.
        let positional_only =
            if signature.positional_only > 0 { signature.positional_only + own.len() } else { 0 };
        let placed = self.given.min(positional);
        let is_given = |index: usize| {
            index < placed || index >= positional_only && self.keywords.contains(&names[index])
        };
        let by_name = &names[positional_only..];
        for keyword in &self.keywords {
            match by_name.iter().position(|name| name == keyword) {
                Some(place) if positional_only + place < placed => return multiple_values(&name, keyword),
                None if !signature.has_varkeywords => {
                    let keywords: Vec<Value> = self.keywords.iter().map(|text| Value::str(text)).collect();
                    return unexpected_keyword(&name, &names[..positional_only], by_name, &keywords, keyword);
                }
                _ => {}
            }
        }
        if self.given > positional && !signature.has_varargs {
            let keyword_only = (positional..names.len()).filter(|&index| is_given(index)).count();
            let defaults = signature.positional - signature.required;
            return too_many_positional(&name, positional, defaults, self.given, keyword_only);
        }
        let missing = |range: std::ops::Range<usize>| -> Vec<&str> {
            range
                .filter(|&index| {
                    let is_required =
                        index < own.len() || parameters[index - own.len()].default == NativeDefault::Required;
                    is_required && !is_given(index)
                })
                .map(|index| names[index])
                .collect()
        };
        match missing(0..positional) {
            names if !names.is_empty() => missing_arguments(&name, "positional", &names),
            _ => missing_arguments(&name, "keyword-only", &missing(positional..names.len())),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
