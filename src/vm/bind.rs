//! Argument binding: positional and keyword arguments to parameters, for script functions and
//! for natives, with CPython's errors.

use super::Vm;
use super::call::Arguments;
use crate::object::code::CodeObject;
use crate::object::dict::DictObject;
use crate::object::function::FunctionObject;
use crate::object::native::NativeFunction;
use crate::object::spec::{NativeDefault, NativeKind, Signature};
use crate::object::{CoreType, Interpreter, Raised, Value};

impl Vm {
    /// Lay out the arguments of a call of `function` in `slots`, its registers: parameters,
    /// then the closure's cells. On an error the slots are empty again.
    pub(super) fn bind(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut Arguments,
        names: Option<&[Value]>,
        slots: &mut [Value],
    ) -> Result<(), Raised> {
        let result = self.bind_parameters(function, code, args, names, slots);
        if let Err(raised) = result {
            slots.iter_mut().take(code.frame.parameter_count as usize).for_each(|slot| drop(slot.take()));
            return Err(raised);
        }
        let first = code.frame.parameter_count as usize;
        for (slot, cell) in slots[first..].iter_mut().zip(&function.closure) {
            *slot = cell.clone();
        }
        Ok(())
    }

    fn bind_parameters(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut Arguments,
        names: Option<&[Value]>,
        slots: &mut [Value],
    ) -> Result<(), Raised> {
        let spec = &code.code.parameters;
        let (positional, keyword_only) = (spec.positional as usize, spec.keyword_only as usize);
        let named = positional + keyword_only;
        let keyword_count = names.map_or(0, <[Value]>::len);
        let given = args.len() - keyword_count;
        for slot in slots.iter_mut().take(spec.count()) {
            *slot = Value::UNBOUND;
        }
        for (slot, arg) in slots.iter_mut().zip(args.iter_mut()).take(given.min(positional)) {
            *slot = arg.take();
        }
        if spec.has_varargs {
            let rest: Vec<Value> = args.iter_mut().take(given).skip(positional).map(Value::take).collect();
            slots[named] = Value::tuple(rest);
        }
        let varkeywords = spec.has_varkeywords.then(DictObject::new);
        if let Some(names) = names {
            self.bind_keywords(function, code, &mut args[given..], names, slots, varkeywords.as_ref())?;
        }
        if let Some(dict) = varkeywords {
            slots[named + usize::from(spec.has_varargs)] = Value::dict(dict);
        }
        if given > positional && !spec.has_varargs {
            return Err(self.too_many_positional(function, code, given, slots));
        }
        if given < positional {
            let defaults = function.defaults.borrow().clone();
            let first_default = positional - defaults.len().min(positional);
            for index in given..positional {
                if slots[index].is_unbound() && index >= first_default {
                    slots[index] = defaults[index - first_default].clone();
                }
            }
            if slots[..positional].iter().any(Value::is_unbound) {
                return Err(self.missing_arguments(function, code, "positional", 0..positional, slots));
            }
        }
        if slots[positional..named].iter().any(Value::is_unbound) {
            let defaults = function.keyword_defaults.borrow().clone();
            let names = &spec.names[positional..named];
            for (slot, name) in slots[positional..named].iter_mut().zip(names) {
                if slot.is_unbound()
                    && let Some(value) = defaults.as_dict().and_then(|dict| dict.get_str(name))
                {
                    *slot = value;
                }
            }
            if slots[positional..named].iter().any(Value::is_unbound) {
                return Err(self.missing_arguments(function, code, "keyword-only", positional..named, slots));
            }
        }
        Ok(())
    }

    fn bind_keywords(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        values: &mut [Value],
        names: &[Value],
        slots: &mut [Value],
        varkeywords: Option<&DictObject>,
    ) -> Result<(), Raised> {
        let spec = &code.code.parameters;
        let named = (spec.positional + spec.keyword_only) as usize;
        for (name, value) in names.iter().zip(values) {
            let text = name.str_like().expect("keyword names are strings");
            let place = spec.names[spec.positional_only as usize..named].iter().position(|n| **n == *text);
            match (place, varkeywords) {
                (Some(place), _) => {
                    let slot = &mut slots[place + spec.positional_only as usize];
                    if !slot.is_unbound() {
                        let message = format!(
                            "{}() got multiple values for argument '{text}'",
                            function_name(function)
                        );
                        return Err((self as &mut dyn Interpreter).type_error(&message));
                    }
                    *slot = value.take();
                }
                (None, Some(dict)) => {
                    if dict.set_str_value(&name.interned(), value.take()).is_some() {
                        let message = format!(
                            "{}() got multiple values for keyword argument '{text}'",
                            function_name(function)
                        );
                        return Err((self as &mut dyn Interpreter).type_error(&message));
                    }
                }
                (None, None) => return Err(self.unexpected_keyword(function, code, names, text)),
            }
        }
        Ok(())
    }

    #[cold]
    fn unexpected_keyword(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        names: &[Value],
        text: &str,
    ) -> Raised {
        let spec = &code.code.parameters;
        let only: Vec<&str> = spec.names[..spec.positional_only as usize]
            .iter()
            .map(|name| &**name)
            .filter(|name| names.iter().any(|given| given.str_like() == Some(name)))
            .collect();
        let name = function_name(function);
        let interp: &mut dyn Interpreter = self;
        if !only.is_empty() {
            return interp.type_error(&format!(
                "{name}() got some positional-only arguments passed as keyword arguments: '{}'",
                only.join(", ")
            ));
        }
        let candidates: Vec<&str> = spec.names
            [spec.positional_only as usize..(spec.positional + spec.keyword_only) as usize]
            .iter()
            .map(|name| &**name)
            .collect();
        let hint = match crate::object::suggestions::closest(text, &candidates) {
            Some(candidate) => format!(". Did you mean '{candidate}'?"),
            None => String::new(),
        };
        interp.type_error(&format!("{name}() got an unexpected keyword argument '{text}'{hint}"))
    }

    #[cold]
    fn too_many_positional(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        given: usize,
        slots: &[Value],
    ) -> Raised {
        let spec = &code.code.parameters;
        let positional = spec.positional as usize;
        let defaults = function.defaults.borrow().len();
        let keyword_given = slots[positional..positional + spec.keyword_only as usize]
            .iter()
            .filter(|slot| !slot.is_unbound())
            .count();
        let (takes, plural) = if defaults > 0 {
            (format!("from {} to {positional}", positional - defaults), true)
        } else {
            (positional.to_string(), positional != 1)
        };
        let also = if keyword_given > 0 {
            format!(
                " positional argument{} (and {keyword_given} keyword-only argument{})",
                if given == 1 { "" } else { "s" },
                if keyword_given == 1 { "" } else { "s" },
            )
        } else {
            String::new()
        };
        let were = if given == 1 && keyword_given == 0 { "was" } else { "were" };
        let message = format!(
            "{}() takes {takes} positional argument{} but {given}{also} {were} given",
            function_name(function),
            if plural { "s" } else { "" },
        );
        (self as &mut dyn Interpreter).type_error(&message)
    }

    #[cold]
    fn missing_arguments(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        kind: &str,
        range: std::ops::Range<usize>,
        slots: &[Value],
    ) -> Raised {
        let names: Vec<String> = range
            .filter(|&index| slots[index].is_unbound())
            .map(|index| format!("'{}'", code.code.parameters.names[index]))
            .collect();
        let message = format!(
            "{}() missing {} required {kind} argument{}: {}",
            function_name(function),
            names.len(),
            if names.len() == 1 { "" } else { "s" },
            enumerate_names(&names),
        );
        (self as &mut dyn Interpreter).type_error(&message)
    }

    /// The bound arguments of a native.
    pub(super) fn bind_native(
        &mut self,
        native: &NativeFunction,
        signature: &Signature,
        has_receiver: bool,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Result<Arguments, Raised> {
        let keyword_count = names.map_or(0, <[Value]>::len);
        let (positional, keywords) = args.split_at(args.len() - keyword_count);
        let mut bound = Arguments::new();
        let mut positional = positional;
        if has_receiver {
            let Some((receiver, rest)) = positional.split_first() else {
                return Err(self.missing_receiver(native));
            };
            bound.push(receiver.clone());
            positional = rest;
        }
        let first = bound.len();
        let named = signature.parameters.len()
            - usize::from(signature.has_varargs)
            - usize::from(signature.has_varkeywords);
        if positional.len() > signature.positional && !signature.has_varargs {
            return Err(self.native_arity(native, signature, positional.len(), keyword_count));
        }
        bound.extend(positional.iter().take(signature.positional).cloned());
        bound.resize(first + named, Value::UNBOUND);
        let varkeywords = signature.has_varkeywords.then(DictObject::new);
        for (name, value) in names.unwrap_or_default().iter().zip(keywords) {
            let text = name.str_like().unwrap_or_default();
            let place = signature.parameters[signature.positional_only..named]
                .iter()
                .position(|parameter| parameter.name == text);
            match (place, &varkeywords) {
                (Some(place), _) => {
                    let place = place + signature.positional_only;
                    if !bound[first + place].is_unbound() {
                        return Err(self.native_duplicate(native, text, place));
                    }
                    bound[first + place] = value.clone();
                }
                (None, Some(dict)) => {
                    dict.set_str_value(&name.interned(), value.clone());
                }
                (None, None) => return Err(self.native_unexpected(native, signature, text)),
            }
        }
        for (index, parameter) in signature.parameters[..named].iter().enumerate() {
            if bound[first + index].is_unbound() {
                if parameter.default == NativeDefault::Required {
                    let given = positional.len();
                    return Err(self.native_missing(native, signature, index, given, keyword_count));
                }
                bound[first + index] = parameter.default.value();
            }
        }
        if signature.has_varargs {
            let rest = positional.get(signature.positional..).unwrap_or_default();
            bound.push(Value::tuple_from(rest));
        }
        if let Some(dict) = varkeywords {
            bound.push(Value::dict(dict));
        }
        Ok(bound)
    }

    #[cold]
    fn missing_receiver(&mut self, native: &NativeFunction) -> Raised {
        let owner = native.owner.unwrap_or_default();
        let name = native.row.name;
        let message = match native.row.kind {
            NativeKind::New => format!("{owner}.__new__(): not enough arguments"),
            _ if name.starts_with("__") => {
                format!("descriptor '{name}' of '{owner}' object needs an argument")
            }
            _ => format!("unbound method {owner}.{name}() needs an argument"),
        };
        (self as &mut dyn Interpreter).type_error(&message)
    }

    /// How CPython names the function in arity errors: `list.append()`, `len()`, `int()`.
    fn native_name(native: &NativeFunction) -> String {
        if native.row.kind == NativeKind::Class
            && let Some(class) = native.receiver.as_type()
        {
            return format!("{}.{}", class.name_text(), native.row.name);
        }
        match (native.owner, native.row.kind) {
            (Some(owner), NativeKind::New) => owner.to_owned(),
            (Some(owner), _) if native.row.name == "__init__" || native.row.name == "__call__" => {
                owner.to_owned()
            }
            (Some(owner), _) => format!("{owner}.{}", native.row.name),
            (None, _) => match native.module {
                Some(module) if module != "builtins" => format!("{module}.{}", native.row.name),
                _ => native.row.name.to_owned(),
            },
        }
    }

    #[cold]
    fn native_arity(
        &mut self,
        native: &NativeFunction,
        signature: &Signature,
        given: usize,
        keywords: usize,
    ) -> Raised {
        if let Some(name) = like_script(native) {
            return self.script_arity(native, &name, signature, given);
        }
        let is_method = native.owner.is_some();
        let dunder = is_method && is_slot(native);
        let message = if dunder && native.row.name != "__init__" {
            format!("expected {} argument{}, got {given}", signature.positional, plural(signature.positional))
        } else if signature.positional == 0 && signature.parameters.is_empty() {
            format!("{}() takes no arguments ({given} given)", Vm::native_name(native))
        } else if signature.positional == 1
            && signature.required == 1
            && signature.parameters.len() == 1
            && native.row.kind != NativeKind::New
        {
            format!("{}() takes exactly one argument ({given} given)", Vm::native_name(native))
        } else if (signature.positional_only < signature.positional
            || signature.parameters.len() > signature.positional)
            // CPython's `str` and `int` count their arguments themselves.
            && !(native.row.kind == NativeKind::New && matches!(native.owner, Some("str" | "int")))
        {
            let total = given + keywords;
            let most = signature.parameters.len();
            if signature.parameters.len() > signature.positional && signature.positional > 0 {
                let word = if signature.required < signature.positional { "at most" } else { "exactly" };
                format!(
                    "{}() takes {word} {} positional argument{} ({given} given)",
                    short_name(native),
                    signature.positional,
                    plural(signature.positional)
                )
            } else if signature.positional == 0 {
                format!("{}() takes no positional arguments", short_name(native))
            } else {
                let word = if signature.required < most { "at most" } else { "exactly" };
                format!(
                    "{}() takes {word} {most} argument{} ({total} given)",
                    short_name(native),
                    plural(most)
                )
            }
        } else {
            let (word, count) = if signature.required == signature.positional {
                ("", signature.positional)
            } else {
                ("at most ", signature.positional)
            };
            format!("{} expected {word}{count} argument{}, got {given}", short_name(native), plural(count))
        };
        (self as &mut dyn Interpreter).type_error(&message)
    }

    #[cold]
    fn native_missing(
        &mut self,
        native: &NativeFunction,
        signature: &Signature,
        index: usize,
        given: usize,
        keywords: usize,
    ) -> Raised {
        if let Some(name) = like_script(native) {
            return self.script_missing(&name, signature, index, given, keywords);
        }
        let parameter = &signature.parameters[index];
        let is_method = native.owner.is_some();
        let dunder = is_method && is_slot(native);
        let message = if dunder && native.row.name != "__init__" && keywords == 0 {
            let required = signature.required;
            if required == signature.positional {
                format!("expected {required} argument{}, got {given}", plural(required))
            } else {
                format!("expected at least {required} argument{}, got {given}", plural(required))
            }
        } else if signature.positional_only == 1
            && signature.parameters.len() == 1
            && native.row.kind != NativeKind::New
        {
            format!("{}() takes exactly one argument ({given} given)", Vm::native_name(native))
        } else if signature.positional_only == signature.positional && index < signature.positional {
            let required = signature.required;
            let word =
                if required == signature.positional && !signature.has_varargs { "" } else { "at least " };
            format!(
                "{} expected {word}{required} argument{}, got {given}",
                short_name(native),
                plural(required)
            )
        } else if index < signature.positional_only {
            let least = signature.required.min(signature.positional_only);
            let word = if least < signature.positional { "at least" } else { "exactly" };
            format!(
                "{}() takes {word} {least} positional argument{} ({given} given)",
                short_name(native),
                plural(least)
            )
        } else if index < signature.positional {
            format!(
                "{}() missing required argument '{}' (pos {})",
                short_name(native),
                parameter.name,
                index + 1
            )
        } else {
            format!("{}() missing required keyword-only argument: '{}'", short_name(native), parameter.name)
        };
        (self as &mut dyn Interpreter).type_error(&message)
    }

    #[cold]
    fn native_duplicate(&mut self, native: &NativeFunction, text: &str, place: usize) -> Raised {
        if let Some(name) = like_script(native) {
            return self.raise_type_error(&format!("{name}() got multiple values for argument '{text}'"));
        }
        let message = format!(
            "argument for {}() given by name ('{text}') and position ({})",
            short_name(native),
            place + 1
        );
        (self as &mut dyn Interpreter).type_error(&message)
    }

    #[cold]
    fn native_unexpected(&mut self, native: &NativeFunction, signature: &Signature, text: &str) -> Raised {
        let collected = usize::from(signature.has_varargs) + usize::from(signature.has_varkeywords);
        let has_keywords = signature.positional_only + collected < signature.parameters.len();
        let message = if let Some(name) = like_script(native) {
            format!("{name}() got an unexpected keyword argument '{text}'")
        } else if has_keywords {
            format!("{}() got an unexpected keyword argument '{text}'", short_name(native))
        } else {
            format!("{}() takes no keyword arguments", Vm::native_name(native))
        };
        self.raise_type_error(&message)
    }

    /// Too many positional arguments of a native that stands for a script function.
    fn script_arity(
        &mut self,
        native: &NativeFunction,
        name: &str,
        signature: &Signature,
        given: usize,
    ) -> Raised {
        let own = usize::from(native.owner.is_some());
        let (most, given) = (signature.positional + own, given + own);
        let takes = match signature.positional - signature.required {
            0 => most.to_string(),
            _ => format!("from {} to {most}", signature.required + own),
        };
        let plural = if takes == "1" { "" } else { "s" };
        let were = if given == 1 { "was" } else { "were" };
        self.raise_type_error(&format!(
            "{name}() takes {takes} positional argument{plural} but {given} {were} given"
        ))
    }

    /// Missing arguments of a native that stands for a script function: all of them are named.
    fn script_missing(
        &mut self,
        name: &str,
        signature: &Signature,
        index: usize,
        given: usize,
        keywords: usize,
    ) -> Raised {
        // With keywords, those given by name cannot be told here from those missing.
        let end = if keywords > 0 { index + 1 } else { signature.positional.max(index + 1) };
        let (kind, from) = match index < signature.positional {
            true => ("positional", index.max(given)),
            false => ("keyword-only", index),
        };
        let names: Vec<String> = signature.parameters[from..end]
            .iter()
            .filter(|parameter| parameter.default == NativeDefault::Required)
            .map(|parameter| format!("'{}'", parameter.name))
            .collect();
        self.raise_type_error(&format!(
            "{name}() missing {} required {kind} argument{}: {}",
            names.len(),
            plural(names.len()),
            enumerate_names(&names),
        ))
    }

    #[cold]
    pub(super) fn raise_type_error(&mut self, message: &str) -> Raised {
        (self as &mut dyn Interpreter).raise(CoreType::TypeError, message)
    }
}

/// The qualified name of a native that stands for a function CPython writes in Python.
fn like_script(native: &NativeFunction) -> Option<String> {
    if native.row.is_like_script {
        return Some(native.row.name.to_owned());
    }
    let class = native.spec.map(|spec| spec.script_name).filter(|name| !name.is_empty())?;
    let name = if native.row.kind == NativeKind::New { "__init__" } else { native.row.name };
    Some(format!("{class}.{name}"))
}

fn short_name(native: &NativeFunction) -> String {
    match (native.owner, native.row.kind) {
        (Some(owner), NativeKind::New) => owner.to_owned(),
        (Some(owner), _) if native.row.name == "__init__" => owner.to_owned(),
        _ => native.row.name.to_owned(),
    }
}

/// Special methods that CPython keeps as plain methods, with the errors of such.
const WITHOUT_SLOT: &[&str] = &[
    "__ceil__",
    "__class_getitem__",
    "__complex__",
    "__copy__",
    "__deepcopy__",
    "__dir__",
    "__enter__",
    "__exit__",
    "__floor__",
    "__format__",
    "__getnewargs__",
    "__length_hint__",
    "__reduce__",
    "__reduce_ex__",
    "__reversed__",
    "__round__",
    "__sizeof__",
    "__trunc__",
];

/// Whether the row stands for one of a type's slots.
fn is_slot(native: &NativeFunction) -> bool {
    let row = native.row;
    row.name.starts_with("__") && row.kind == NativeKind::Plain && !WITHOUT_SLOT.contains(&row.name)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `__qualname__`, as errors name a function.
fn function_name(function: &FunctionObject) -> String {
    function.qualname.borrow().as_str().unwrap_or_default().to_owned()
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn enumerate_names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
