//! Calls of classes: `__new__`, then `__init__`.

use super::bind::fill_cells;
use super::call::{Entered, take_arguments, with_first};
use super::registers::{Cursor, RecordKind, window};
use super::{Flow, Vm};
use crate::object::class::{Maker, TypeObject};
use crate::object::exception::ExceptionState;
use crate::object::native::NativeFunction;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value, descriptor};

impl Vm {
    /// Call the class in register `a`.
    pub(super) fn construct(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        class: &Value,
        names: Option<&[Value]>,
    ) -> Result<Flow, Raised> {
        let object = class.as_type().expect("callers check");
        if names.is_none()
            && let Some(maker) = object.maker()
            && let Some(made) = self.make_plainly(maker, w.range_mut(a, count + 1))
        {
            w.clear(a, count + 1);
            w.set(a, made?);
            return Ok(Flow::Continue(w));
        }
        if !object.is_abstract.get()
            && object.core != Some(CoreType::Type)
            && self.has_plain_call(class)
            && let Some(new) = object.lookup_cached(&self.names.new)
            && let Some(native) = new.as_native()
            && let Some(init) = object.lookup_cached(&self.names.init)
        {
            let has_init = init.as_native().is_none_or(|init| init.owner != Some("object"));
            let result = match native.owner {
                Some("object") if object.is_heap && (has_init || count == 0) => {
                    Value::instance(class.clone(), None)
                }
                Some("BaseException") => {
                    let given = count - names.map_or(0, <[Value]>::len);
                    let args = Value::tuple_from(w.range(a + 1, given));
                    Value::instance(class.clone(), Some(ExceptionState::payload(args)))
                }
                // The class in register `a` is the first argument of its `__new__`.
                _ => self.call_native_new(native, object, w.range(a, count + 1), names)?,
            };
            // `BaseException.__init__` would only set the arguments that `__new__` has set.
            let is_complete = native.owner == Some("BaseException")
                && names.is_none()
                && init.as_native().is_some_and(|init| init.owner == native.owner);
            if !has_init || is_complete {
                w.clear(a + 1, count);
                w.set(a, result);
                return Ok(Flow::Continue(w));
            }
            let made = self.class_of_value(&result);
            let is_made = made.is(class) || made.as_type().is_some_and(|made| made.is_subclass_of(class));
            if is_made
                && let Some(init) = made.as_type().and_then(|made| made.lookup_cached(&self.names.init))
            {
                if init.as_function().is_some() {
                    return self.enter_init(w, a, count, result, &init, names);
                }
                if let Some(native) = init.as_native()
                    && native.is_method()
                {
                    w.set(a, result.clone());
                    let returned = self.call_native(native, w.range(a, count + 1), names);
                    w.clear(a, count + 1);
                    w.set(a, self.checked_init(returned?, result)?);
                    return Ok(Flow::Continue(w));
                }
                let bound = self.bind_descriptor(&init, &result, &made)?;
                let args = take_arguments(w, a + 1, count);
                let returned = self.nested(|vm| vm.call_value(&bound, &args, names))?;
                w.set(a, self.checked_init(returned, result)?);
                return Ok(Flow::Continue(w));
            }
            w.clear(a + 1, count);
            w.set(a, result);
            return Ok(Flow::Continue(w));
        }
        let args = take_arguments(w, a + 1, count);
        let result = self.construct_value(class, &args, names)?;
        w.set(a, result);
        Ok(Flow::Continue(w))
    }

    /// An object of a native class, with the class and the arguments in `registers`; None, and
    /// nothing done, if these need more than defaults.
    fn make_plainly(&mut self, maker: &Maker, registers: &mut [Value]) -> Option<Completion> {
        let new = maker.new.as_native()?;
        let Some(init) = &maker.init else { return self.call_with_defaults(new, registers) };
        // Both look at the number of arguments.
        let init = init.as_native()?;
        let (new, _) = (new.row.positional?, init.defaults_for(registers.len())?);
        Some(new(self, registers).and_then(|made| {
            registers[0] = made;
            let returned = self.call_with_defaults(init, registers).expect("just asked");
            let returned = returned?;
            self.checked_init(returned, registers[0].clone())
        }))
    }

    /// Enter the script function `init` for a new instance.
    fn enter_init(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        instance: Value,
        init: &Value,
        names: Option<&[Value]>,
    ) -> Result<Flow, Raised> {
        let function = init.as_function().expect("callers check");
        let code = function.code.as_code().expect("a function's code is a code object");
        w.set(a, instance.clone());
        if names.is_none() && code.frame.simple_arity == count as u32 + 1 {
            let is_suspendable = w.code().frame.is_suspendable;
            let base = if is_suspendable { self.top } else { w.slot(a as usize) };
            self.check_room(base, code)?;
            if is_suspendable {
                for (index, slot) in window(base, count + 1).iter_mut().enumerate() {
                    *slot = w.take(a + index as u8);
                }
            }
            fill_cells(function, code, window(base, code.frame.register_count as usize));
            let record = self.records.push(w, a, RecordKind::Init, std::ptr::null_mut());
            record.extra = instance;
            return Ok(Flow::Continue(Cursor::at(code, 0, base)));
        }
        self.enter_window(w, a, count + 1, init, names, Entered { dst: a, instance: Some(instance) })
    }

    /// Whether calling the class means `type.__call__`.
    fn has_plain_call(&mut self, class: &Value) -> bool {
        let meta = class.as_type().expect("callers check").metaclass.borrow().clone();
        let Some(meta) = meta.as_type() else { return true };
        if meta.core == Some(CoreType::Type) {
            return true;
        }
        match meta.lookup_cached(&self.names.call) {
            Some(call) => call.as_native().is_some_and(|native| native.owner == Some("type")),
            None => true,
        }
    }

    /// `class(*args)`.
    pub(super) fn construct_value(
        &mut self,
        class: &Value,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Completion {
        if !self.has_plain_call(class) {
            let meta = class.as_type().expect("callers check").metaclass.borrow().clone();
            let call = meta.as_type().and_then(|meta| meta.lookup_cached(&self.names.call));
            let call = call.expect("has_plain_call found one");
            let bound = self.bind_descriptor(&call, class, &meta)?;
            return self.nested(|vm| vm.call_value(&bound, args, names));
        }
        self.nested(|vm| vm.type_call(class, args, names))
    }

    /// `type.__call__(class, *args)`.
    pub(super) fn type_call(&mut self, class: &Value, args: &[Value], names: Option<&[Value]>) -> Completion {
        let object = class.as_type().expect("callers check");
        if object.core == Some(CoreType::Type) && args.len() == 1 && names.is_none() {
            return Ok(self.class_of(&args[0]));
        }
        if names.is_none()
            && let Some(maker) = object.maker()
        {
            let mut with_class = with_first(class, args);
            if let Some(made) = self.make_plainly(maker, &mut with_class) {
                return made;
            }
        }
        let Some(new) = object.lookup_cached(&self.names.new) else {
            let message = format!("cannot create '{}' instances", self.full_name(class));
            return Err(self.raise_type_error(&message));
        };
        if names.is_none()
            && is_plain_exception(&new)
            && object.lookup_cached(&self.names.init).is_some_and(|init| is_plain_exception(&init))
        {
            let args = Value::tuple(args.to_vec());
            return Ok(Value::instance(class.clone(), Some(ExceptionState::payload(args))));
        }
        let with_class = with_first(class, args);
        let result = match new.as_native() {
            Some(native) => self.call_native_new(native, object, &with_class, names)?,
            None => {
                let function = descriptor::bind(self, &new, None, class)?;
                self.call_value(&function, &with_class, names)?
            }
        };
        let made = self.class_of(&result);
        if !made.is(class) && !made.as_type().is_some_and(|made| made.is_subclass_of(class)) {
            return Ok(result);
        }
        let Some(init) = made.as_type().and_then(|made| made.lookup_cached(&self.names.init)) else {
            return Ok(result);
        };
        if init.as_native().is_some_and(|native| native.owner == Some("object")) {
            return Ok(result);
        }
        let with_self = with_first(&result, args);
        let returned = if let Some(native) = init.as_native()
            && native.is_method()
        {
            self.call_native(native, &with_self, names)?
        } else if init.as_function().is_some() {
            self.call_function(&init, with_self, names)?
        } else {
            let bound = self.bind_descriptor(&init, &result, &made)?;
            self.call_value(&bound, args, names)?
        };
        self.checked_init(returned, result)
    }

    /// Call a native `__new__`. A subclass's own `__init__` may take keywords of which a class that
    /// takes none knows nothing: those are not for `__new__`.
    fn call_native_new(
        &mut self,
        native: &NativeFunction,
        class: &TypeObject,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Completion {
        if let Some(names) = names
            && class.is_heap
            && native.signature().named_count() == native.signature().positional_only
            && !native.signature().has_varkeywords
            && class.lookup_cached(&self.names.init).is_some_and(|init| init.as_native().is_none())
        {
            return self.call_native(native, &args[..args.len() - names.len()], None);
        }
        self.call_native(native, args, names)
    }

    /// The instance, if its `__init__` returned None.
    pub(super) fn checked_init(&mut self, returned: Value, instance: Value) -> Completion {
        if returned.is_none() {
            return Ok(instance);
        }
        let class = (self as &mut dyn Interpreter).type_name(&returned);
        Err(self.raise_type_error(&format!("__init__() should return None, not '{class}'")))
    }

    /// What `__new__` of a native class made, as an instance of `class`.
    pub(super) fn wrap_new(&mut self, native: &NativeFunction, class: &Value, made: Value) -> Completion {
        let Some(object) = class.as_type() else {
            let owner = native.owner.unwrap_or_default();
            let name = (self as &mut dyn Interpreter).type_name(class);
            return Err(
                self.raise_type_error(&format!("{owner}.__new__(X): X is not a type object ({name})"))
            );
        };
        if let Some(spec) = native.spec {
            let base = (self as &mut dyn Interpreter).type_of_spec(spec);
            if !class.is(&base) && !object.is_subclass_of(&base) {
                let (owner, name) = (spec.name, object.name_text());
                return Err(self.raise_type_error(&format!(
                    "{owner}.__new__({name}): {name} is not a subtype of {owner}"
                )));
            }
            // A native class with a constructor of its own is made by that one alone.
            let own = if object.is_heap { None } else { object.own_dict().get_str("__new__") };
            if !class.is(&base)
                && let Some(own) = own.as_ref().and_then(Value::as_native)
                && own.spec.is_some_and(|own| !std::ptr::eq(own, spec))
            {
                let (owner, name) = (spec.name, object.name_text());
                return Err(self.raise_type_error(&format!(
                    "{owner}.__new__({name}) is not safe, use {name}.__new__()"
                )));
            }
        }
        if matches!(made.tag(), crate::object::Tag::Instance | crate::object::Tag::Type) {
            return Ok(made);
        }
        if made.downcast::<ExceptionState>().is_some() || object.is_heap {
            let namespace = made.as_module().map(|module| module.dict.borrow().clone());
            let instance = Value::instance(class.clone(), Some(made));
            if let (Some(namespace), Some(object)) = (namespace, instance.as_instance()) {
                object.set_dict(namespace);
            }
            return Ok(instance);
        }
        Ok(made)
    }

    /// `module.qualname` of a class, `builtins.` left out.
    pub(super) fn full_name(&mut self, class: &Value) -> String {
        let name = class.as_type().map_or_else(String::new, |class| {
            class.qualname.borrow().as_str().unwrap_or_default().to_owned()
        });
        match self.get_attr(class, &self.names.module.clone()) {
            Ok(module) => match module.as_str() {
                Some("builtins") | None => name,
                Some(module) => format!("{module}.{name}"),
            },
            Err(_) => name,
        }
    }
}

/// Whether a method is `BaseException`'s own, which does nothing but keep the arguments.
fn is_plain_exception(method: &Value) -> bool {
    method.as_native().is_some_and(|native| native.owner == Some("BaseException"))
}
