//! Argument binding: positional and keyword arguments to parameters, for script functions and
//! for natives, in the order in which CPython finds errors.

use super::Vm;
use super::bind_errors as errors;
use super::call::Arguments;
use crate::object::code::CodeObject;
use crate::object::dict::DictObject;
use crate::object::function::FunctionObject;
use crate::object::native::NativeFunction;
use crate::object::spec::{NativeDefault, Signature};
use crate::object::{CoreType, Interpreter, Raised, Value};

impl Vm {
    /// Lay out the arguments of a call of `function` in `slots`, its registers: parameters,
    /// then the closure's cells. On an error the slots are empty again.
    pub(super) fn bind(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut [Value],
        names: Option<&[Value]>,
        slots: &mut [Value],
    ) -> Result<(), Raised> {
        let result = self.bind_parameters(function, code, args, names, slots);
        if let Err(raised) = result {
            slots.iter_mut().take(code.frame.parameter_count as usize).for_each(|slot| drop(slot.take()));
            return Err(raised);
        }
        fill_cells(function, code, slots);
        Ok(())
    }

    /// As [`bind`](Self::bind); plain calls take a short way. The arguments are taken.
    pub(super) fn lay_out(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut [Value],
        names: Option<&[Value]>,
        slots: &mut [Value],
    ) -> Result<(), Raised> {
        if args.len() as u64 <= code.frame.positional_arity as u64 && code.frame.positional_arity != u32::MAX
        {
            for (slot, arg) in slots.iter_mut().zip(args.iter_mut()) {
                *slot = arg.take();
            }
            if bind_in_place(function, code, slots, args.len(), names) {
                fill_cells(function, code, slots);
                return Ok(());
            }
            for (slot, arg) in slots.iter_mut().zip(args.iter_mut()) {
                *arg = slot.take();
            }
        }
        self.bind(function, code, args, names, slots)
    }

    fn bind_parameters(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut [Value],
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
            // A script may set more than there are parameters: the last ones count.
            let defaults = &defaults[defaults.len().saturating_sub(positional)..];
            let first_default = positional - defaults.len();
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
                        let name = function_name(function);
                        return Err(self.raise_type_error(&errors::multiple_values(&name, text)));
                    }
                    *slot = value.take();
                }
                (None, Some(dict)) => {
                    if dict.set_str_value(&name.interned(), value.take()).is_some() {
                        let name = function_name(function);
                        return Err(self.raise_type_error(&errors::multiple_keyword_values(&name, text)));
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
        let (only, rest) = spec.names.split_at(spec.positional_only as usize);
        let rest = &rest[..(spec.positional + spec.keyword_only - spec.positional_only) as usize];
        let message = errors::unexpected_keyword(
            &function_name(function),
            &only.iter().map(|name| &**name).collect::<Vec<_>>(),
            &rest.iter().map(|name| &**name).collect::<Vec<_>>(),
            names,
            text,
        );
        self.raise_type_error(&message)
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
        let keyword_only = &slots[positional..positional + spec.keyword_only as usize];
        let message = errors::too_many_positional(
            &function_name(function),
            positional,
            function.defaults.borrow().len(),
            given,
            keyword_only.iter().filter(|slot| !slot.is_unbound()).count(),
        );
        self.raise_type_error(&message)
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
        let names: Vec<&str> = range
            .filter(|&index| slots[index].is_unbound())
            .map(|index| &*code.code.parameters.names[index])
            .collect();
        self.raise_type_error(&errors::missing_arguments(&function_name(function), kind, &names))
    }

    /// Append the arguments of a native to `bound`, one for each of its parameters.
    pub(super) fn bind_native(
        &mut self,
        native: &NativeFunction,
        signature: &Signature,
        has_receiver: bool,
        args: &[Value],
        names: Option<&[Value]>,
        bound: &mut Arguments,
    ) -> Result<(), Raised> {
        match try_bind_native(signature, has_receiver, args, names, bound) {
            Some(()) => Ok(()),
            None => Err(self.wrong_native_call(native, signature, has_receiver, args, names)),
        }
    }

    #[cold]
    pub(super) fn raise_type_error(&mut self, message: &str) -> Raised {
        (self as &mut dyn Interpreter).raise(CoreType::TypeError, message)
    }
}

/// Put the closure's cells behind the parameters.
#[inline]
pub(super) fn fill_cells(function: &FunctionObject, code: &CodeObject, slots: &mut [Value]) {
    if function.closure.is_empty() {
        return;
    }
    let first = code.frame.parameter_count as usize;
    for (slot, cell) in slots[first..].iter_mut().zip(&function.closure) {
        *slot = cell.clone();
    }
}

/// Bind arguments that lie in the first `count` slots already, keyword arguments last, to
/// parameters that are all positional or by name; whether that was possible. If not, nothing has
/// changed, and [`Vm::bind`] finds the error.
pub(super) fn bind_in_place(
    function: &FunctionObject,
    code: &CodeObject,
    slots: &mut [Value],
    count: usize,
    names: Option<&[Value]>,
) -> bool {
    let arity = code.frame.positional_arity as usize;
    if count > arity || arity > 64 {
        return false;
    }
    let defaults = function.defaults.borrow();
    let defaults = &defaults[defaults.len().saturating_sub(arity)..];
    let first_default = arity - defaults.len();
    let names = names.unwrap_or_default();
    let given = count - names.len();
    let mut by_name = 0u64;
    let mut places = [0u8; 64];
    if !names.is_empty() {
        let spec = &code.code.parameters;
        let only = spec.positional_only as usize;
        for (name, place) in names.iter().zip(&mut places) {
            let text = name.str_like().unwrap_or_default();
            let Some(found) = spec.names[only..arity].iter().position(|name| **name == *text) else {
                return false;
            };
            let found = found + only;
            if found < given || by_name >> found & 1 == 1 {
                return false;
            }
            by_name |= 1 << found;
            *place = found as u8;
        }
    }
    if (given..first_default).any(|index| by_name >> index & 1 == 0) {
        return false;
    }
    if !names.is_empty() {
        let values: Arguments = slots[given..count].iter_mut().map(Value::take).collect();
        for (value, place) in values.into_iter().zip(places) {
            slots[place as usize] = value;
        }
    }
    for index in given.max(first_default)..arity {
        if by_name >> index & 1 == 0 {
            slots[index] = defaults[index - first_default].clone();
        }
    }
    true
}

/// Append the arguments of a native to `bound`; None if they do not fit its parameters.
fn try_bind_native(
    signature: &Signature,
    has_receiver: bool,
    args: &[Value],
    names: Option<&[Value]>,
    bound: &mut Arguments,
) -> Option<()> {
    let keyword_count = names.map_or(0, <[Value]>::len);
    let (mut positional, keywords) = args.split_at(args.len() - keyword_count);
    if has_receiver {
        let (receiver, rest) = positional.split_first()?;
        bound.push(receiver.clone());
        positional = rest;
    }
    if positional.len() > signature.positional && !signature.has_varargs {
        return None;
    }
    let first = bound.len();
    let named = signature.named_count();
    bound.extend(positional.iter().take(signature.positional).cloned());
    bound.resize(first + named, Value::UNBOUND);
    let varkeywords = signature.has_varkeywords.then(DictObject::new);
    for (name, value) in names.unwrap_or_default().iter().zip(keywords) {
        let text = name.str_like().unwrap_or_default();
        let by_name = &signature.parameters[signature.positional_only..named];
        match (by_name.iter().position(|parameter| parameter.name == text), &varkeywords) {
            (Some(place), _) => {
                let slot = &mut bound[first + signature.positional_only + place];
                if !slot.is_unbound() {
                    return None;
                }
                *slot = value.clone();
            }
            (None, Some(dict)) => drop(dict.set_str_value(&name.interned(), value.clone())),
            (None, None) => return None,
        }
    }
    for (slot, parameter) in bound[first..].iter_mut().zip(&signature.parameters[..named]) {
        if slot.is_unbound() {
            if parameter.default == NativeDefault::Required {
                return None;
            }
            *slot = parameter.default.value();
        }
    }
    if signature.has_varargs {
        bound.push(Value::tuple_from(positional.get(signature.positional..).unwrap_or_default()));
    }
    bound.extend(varkeywords.map(Value::dict));
    Some(())
}

/// `__qualname__`, as errors name a function.
fn function_name(function: &FunctionObject) -> String {
    function.qualname.borrow().as_str().unwrap_or_default().to_owned()
}
