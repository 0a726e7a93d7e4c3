//! Calls: from instructions, where script code runs in the same `run` and its window overlaps
//! the caller's, and from natives, where it runs in a nested one.

use super::bind::{bind_in_place, fill_cells};
use super::registers::{Cursor, RecordKind, window};
use super::{Flow, Vm};
use crate::object::code::{Cache, CacheKind, CodeObject};
use crate::object::function::FunctionObject;
use crate::object::native::NativeFunction;
use crate::object::{Completion, Interpreter, Raised, Resumed, Tag, Value};
use smallvec::SmallVec;

/// Arguments taken out of their registers.
pub(super) type Arguments = SmallVec<[Value; 8]>;

/// What becomes of the result of a script function entered by an instruction.
pub(super) struct Entered {
    pub dst: u8,
    /// For `__init__`: the instance that becomes the result.
    pub instance: Option<Value>,
}

impl Vm {
    /// Enter `callee`, a script function whose call needs no binding, with the `count` registers
    /// from `first` on; `w` is then its start. Its result becomes register `dst`.
    #[inline(always)]
    pub(super) fn enter(&mut self, w: &mut Cursor, dst: u8, first: u8, count: usize, callee: &Value) -> bool {
        let Some(function) = callee.as_function() else { return false };
        let Some(code) = function.code.as_code() else { return false };
        if code.frame.simple_arity != count as u32 {
            return false;
        }
        let is_suspendable = w.code().frame.is_suspendable;
        let base = if is_suspendable { self.top } else { w.slot(first as usize) };
        if !self.stack.has_room(base, code.frame.register_count as usize) || !self.records.push_plain(*w, dst)
        {
            return false;
        }
        if is_suspendable {
            move_arguments(*w, first, count, base);
        }
        if !function.closure.is_empty() {
            fill_cells(function, code, window(base, code.frame.register_count as usize));
        }
        *w = Cursor::at(code, 0, base);
        true
    }

    /// As [`enter`](Self::enter) for the callee in register `a`, the arguments behind it.
    #[inline(always)]
    pub(super) fn enter_simple(&mut self, w: &mut Cursor, a: u8, count: usize) -> bool {
        let here = *w;
        self.enter(w, a, a + 1, count, here.reg(a))
    }

    /// Enter the method that `cache` knows for the instance in register `a`, if its call needs
    /// no binding.
    #[inline(always)]
    pub(super) fn enter_method(&mut self, w: &mut Cursor, a: u8, count: usize, cache: &Cache) -> bool {
        let Some(instance) = w.reg(a).as_instance() else { return false };
        if cache.kind.get() != CacheKind::Method
            || instance.shape() != cache.shape()
            || instance.with_class(|class| class.version()) != cache.version.get()
        {
            return false;
        }
        self.enter(w, a, a, count + 1, &cache.value.borrow())
    }

    /// Look up the method that `cache` names for the receiver in register `a` and call it: what
    /// `enter_method` left over. Where the lookup fails, `current` is `words` back.
    #[inline(never)]
    pub(super) fn invoke(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        cache: &Cache,
        names: Option<&[Value]>,
        words: usize,
    ) -> Result<Flow, Raised> {
        let (callee, is_method) = match self.load_method(w.reg(a), cache) {
            Ok(found) => found,
            Err(raised) => {
                w.back_by(words);
                self.current = w;
                return Err(raised);
            }
        };
        if is_method {
            return self.call_with_receiver(w, a, count, &callee, names);
        }
        if let Some(native) = callee.as_native()
            && native.is_function()
        {
            return self.call_native_window(w, a + 1, count, native, names, a);
        }
        w.set(a, callee);
        if names.is_none() && self.enter_simple(&mut w, a, count) {
            return Ok(Flow::Continue(w));
        }
        self.call_window(w, a, count, names)
    }

    /// Call the window at `a` that `LoadMethod` began: the callee, then the receiver or nothing,
    /// then the arguments; `count` registers after the callee.
    pub(super) fn call_loaded(
        &mut self,
        mut w: Cursor,
        a: u8,
        mut count: usize,
        names: Option<&[Value]>,
    ) -> Result<Flow, Raised> {
        if w.reg(a + 1).is_unbound() {
            // No receiver: the arguments move down.
            count -= 1;
            for register in a + 1..=a + count as u8 {
                let value = w.take(register + 1);
                w.set(register, value);
            }
        } else if let Some(native) = w.reg(a).as_native()
            && native.receiver.is_unbound()
        {
            // Found in the receiver's class: it needs no check.
            let callee = w.reg(a).clone();
            let native = callee.as_native().expect("just seen");
            return self.call_native_window(w, a + 1, count, native, names, a);
        }
        if names.is_none() && self.enter_simple(&mut w, a, count) {
            return Ok(Flow::Continue(w));
        }
        self.call_window(w, a, count, names)
    }

    /// Call the window at `a`: what `enter_simple` left over.
    #[inline(never)]
    pub(super) fn call_window(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        names: Option<&[Value]>,
    ) -> Result<Flow, Raised> {
        let callee = w.reg(a).clone();
        match callee.tag() {
            Tag::Function => {
                self.enter_window(w, a + 1, count, &callee, names, Entered { dst: a, instance: None })
            }
            Tag::Native => {
                let native = callee.get::<NativeFunction>().expect("by its tag");
                let (first, count) = if native.receiver.is_unbound() {
                    self.check_receiver(native, w.range(a + 1, count), names)?;
                    (a + 1, count)
                } else {
                    w.set(a, native.receiver.clone());
                    (a, count + 1)
                };
                self.call_native_window(w, first, count, native, names, a)
            }
            Tag::Method => {
                let method = callee.as_method().expect("by its tag");
                w.set(a, method.receiver.clone());
                self.call_with_receiver(w, a, count, &method.function, names)
            }
            Tag::Type => self.construct(w, a, count, &callee, names),
            _ => match self.call_attribute(&callee) {
                Some(function)
                    if function.as_function().is_some()
                        || function.as_native().is_some_and(|native| native.is_method()) =>
                {
                    self.call_with_receiver(w, a, count, &function, names)
                }
                _ => {
                    let args = take_arguments(w, a + 1, count);
                    let result = self.call_value(&callee, &args, names)?;
                    w.set(a, result);
                    Ok(Flow::Continue(w))
                }
            },
        }
    }

    /// Call `function` with the receiver in register `a` and the `count` arguments after it.
    pub(super) fn call_with_receiver(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        function: &Value,
        names: Option<&[Value]>,
    ) -> Result<Flow, Raised> {
        match function.tag() {
            Tag::Function => {
                self.enter_window(w, a, count + 1, function, names, Entered { dst: a, instance: None })
            }
            Tag::Native => {
                let native = function.get::<NativeFunction>().expect("by its tag");
                if native.receiver.is_unbound() {
                    return self.call_native_window(w, a, count + 1, native, names, a);
                }
                let args = take_arguments(w, a, count + 1);
                let result = self.call_value(function, &args, names)?;
                w.set(a, result);
                Ok(Flow::Continue(w))
            }
            _ => {
                let args = take_arguments(w, a, count + 1);
                let result = self.call_value(function, &args, names)?;
                w.set(a, result);
                Ok(Flow::Continue(w))
            }
        }
    }

    /// Enter a script function whose arguments are the `count` registers from `first` on. For
    /// generator functions and coroutine functions, make the object instead.
    pub(super) fn enter_window(
        &mut self,
        mut w: Cursor,
        first: u8,
        count: usize,
        function: &Value,
        names: Option<&[Value]>,
        entered: Entered,
    ) -> Result<Flow, Raised> {
        let callee = function.as_function().expect("callers check");
        let code = callee.code.as_code().expect("a function's code is a code object");
        if code.frame.is_suspendable {
            let is_call = entered.instance.is_none();
            if is_call
                && let Some(flow) = self.enter_awaited(w, (first, count), function, code, names, entered.dst)
            {
                return flow;
            }
            let made = self.make_generator(callee, code, w.range_mut(first, count), names);
            w.clear(first, count);
            return self.generator_made(w, made, entered);
        }
        let is_overlapping = !w.code().frame.is_suspendable;
        let base = if is_overlapping { w.slot(first as usize) } else { self.top };
        self.check_room(base, code)?;
        let slots = window(base, code.frame.register_count as usize);
        if !is_overlapping {
            self.lay_out(callee, code, w.range_mut(first, count), names, slots)?;
        } else if bind_in_place(callee, code, slots, count, names) {
            fill_cells(callee, code, slots);
        } else {
            let mut args = take_arguments(w, first, count);
            self.bind(callee, code, &mut args, names, slots)?;
        }
        Ok(self.push_function(w, code, base, entered))
    }

    /// As [`enter_window`](Self::enter_window) for arguments that lie elsewhere; they are taken.
    fn enter_function(
        &mut self,
        w: Cursor,
        function: &Value,
        args: &mut [Value],
        names: Option<&[Value]>,
        entered: Entered,
    ) -> Result<Flow, Raised> {
        let callee = function.as_function().expect("callers check");
        let code = callee.code.as_code().expect("a function's code is a code object");
        if code.frame.is_suspendable {
            let made = self.make_generator(callee, code, args, names);
            return self.generator_made(w, made, entered);
        }
        let base = if w.code().frame.is_suspendable { self.top } else { w.slot(entered.dst as usize + 1) };
        self.check_room(base, code)?;
        self.lay_out(callee, code, args, names, window(base, code.frame.register_count as usize))?;
        Ok(self.push_function(w, code, base, entered))
    }

    /// A call made a generator instead of running.
    fn generator_made(&mut self, mut w: Cursor, made: Completion, entered: Entered) -> Result<Flow, Raised> {
        let result = match entered.instance {
            None => made?,
            Some(instance) => self.checked_init(made?, instance)?,
        };
        w.set(entered.dst, result);
        Ok(Flow::Continue(w))
    }

    /// The start of a function whose arguments are laid out at `base`.
    #[inline]
    fn push_function(&mut self, w: Cursor, code: &CodeObject, base: *mut Value, entered: Entered) -> Flow {
        match entered.instance {
            None => {
                self.records.push(w, entered.dst, RecordKind::Plain, std::ptr::null_mut());
            }
            Some(instance) => {
                let record = self.records.push(w, entered.dst, RecordKind::Init, std::ptr::null_mut());
                record.extra = instance;
            }
        }
        Flow::Continue(Cursor::at(code, 0, base))
    }

    /// RecursionError unless one more frame of `code` fits at `base`.
    pub(super) fn check_room(&mut self, base: *mut Value, code: &CodeObject) -> Result<(), Raised> {
        if self.records.is_full() || !self.stack.has_room(base, code.frame.register_count as usize) {
            return Err(self.recursion_error());
        }
        Ok(())
    }

    #[cold]
    pub(super) fn recursion_error(&mut self) -> Raised {
        self.recursion_error_in("")
    }

    /// The error of code that went too deep; `where_` is what CPython says it was at, in C.
    #[cold]
    pub(super) fn recursion_error_in(&mut self, where_: &str) -> Raised {
        let message = format!("maximum recursion depth exceeded{where_}");
        let interp: &mut dyn Interpreter = self;
        // Handlers and `finally` blocks need some room to run.
        let limit = interp.recursion_limit();
        interp.set_recursion_limit(limit + 50);
        let raised = interp.raise(crate::object::CoreType::RecursionError, &message);
        interp.set_recursion_limit(limit);
        raised
    }

    /// `R[a] = R[a](*R[a+1], **R[a+2])`.
    pub(super) fn call_ex(&mut self, mut w: Cursor, a: u8) -> Result<Flow, Raised> {
        let (positional, keywords) = (w.take(a + 1), w.take(a + 2));
        let mut args: Arguments = match (positional.as_tuple(), positional.as_list()) {
            (Some(items), _) => items.iter().cloned().collect(),
            (_, Some(list)) => list.items.borrow().iter().cloned().collect(),
            _ => (self as &mut dyn Interpreter).collect(&positional)?.into(),
        };
        let mut names: SmallVec<[Value; 8]> = SmallVec::new();
        if let Some(dict) = keywords.dict_like() {
            for entry in dict.entries() {
                if entry.key.str_like().is_none() {
                    let callee = w.reg(a).clone();
                    if !(self as &mut dyn Interpreter).is_callable(&callee) {
                        let name = (self as &mut dyn Interpreter).type_name(&callee);
                        return Err(self.raise_type_error(&format!("'{name}' object is not callable")));
                    }
                    return Err((self as &mut dyn Interpreter).type_error("keywords must be strings"));
                }
                names.push(entry.key.interned());
                args.push(entry.value);
            }
        }
        let names = if names.is_empty() { None } else { Some(&names[..]) };
        let callee = w.reg(a).clone();
        if callee.as_function().is_some() {
            return self.enter_function(w, &callee, &mut args, names, Entered { dst: a, instance: None });
        }
        if let Some(method) = callee.as_method()
            && method.function.as_function().is_some()
        {
            args.insert(0, method.receiver.clone());
            return self.enter_function(
                w,
                &method.function,
                &mut args,
                names,
                Entered { dst: a, instance: None },
            );
        }
        let result = self.call_value(&callee, &args, names)?;
        w.set(a, result);
        Ok(Flow::Continue(w))
    }

    /// Call anything with values; script code runs in a nested `run`. The last `names.len()`
    /// arguments are keyword arguments.
    pub(super) fn call_value(
        &mut self,
        callee: &Value,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Completion {
        match callee.tag() {
            Tag::Function => {
                let function = callee.as_function().expect("by its tag");
                if names.is_none()
                    && let Some(result) = self.call_if_simple(function, None, args)
                {
                    return result;
                }
                self.call_function(callee, args.iter().cloned().collect(), names)
            }
            Tag::Native => {
                let native = callee.get::<NativeFunction>().expect("by its tag");
                if native.receiver.is_unbound() {
                    self.check_receiver(native, args, names)?;
                    return self.call_native(native, args, names);
                }
                let args = with_first(&native.receiver, args);
                self.call_native(native, &args, names)
            }
            Tag::Method => {
                let method = callee.as_method().expect("by its tag");
                let args = with_first(&method.receiver, args);
                if method.function.as_function().is_some() {
                    return self.call_function(&method.function, args, names);
                }
                self.nested(|vm| vm.call_value(&method.function, &args, names))
            }
            Tag::Type => self.construct_value(callee, args, names),
            _ => {
                let Some(function) = self.call_attribute(callee) else {
                    let interp: &mut dyn Interpreter = self;
                    let name = interp.type_name(callee);
                    return Err(interp.type_error(&format!("'{name}' object is not callable")));
                };
                if function.as_function().is_some()
                    || function.as_native().is_some_and(|native| native.is_method())
                {
                    let args = with_first(callee, args);
                    return self.nested(|vm| vm.call_value(&function, &args, names));
                }
                let class = self.class_of(callee);
                let bound = self.bind_descriptor(&function, callee, &class)?;
                self.nested(|vm| vm.call_value(&bound, args, names))
            }
        }
    }

    /// TypeError unless all names of keyword arguments are texts.
    pub(super) fn check_keyword_names(&mut self, names: &[Value]) -> Result<(), Raised> {
        match names.iter().all(|name| name.str_like().is_some()) {
            true => Ok(()),
            false => Err(self.raise_type_error("keywords must be strings")),
        }
    }

    /// Run `f` one level deeper on the native stack.
    pub(super) fn nested<R>(&mut self, f: impl FnOnce(&mut Vm) -> Result<R, Raised>) -> Result<R, Raised> {
        self.enter_native()?;
        let result = f(self);
        self.leave_native();
        result
    }

    /// Call a script function in a nested `run`, if `first` and `args` need no binding.
    pub(super) fn call_if_simple(
        &mut self,
        function: &FunctionObject,
        first: Option<&Value>,
        args: &[Value],
    ) -> Option<Completion> {
        let code = function.code.as_code()?;
        if code.frame.simple_arity as usize != args.len() + usize::from(first.is_some()) {
            return None;
        }
        if let Err(raised) = self.enter_native() {
            return Some(Err(raised));
        }
        let base = self.free_top();
        let result = match self.check_room(base, code) {
            Ok(()) => {
                let slots = window(base, code.frame.register_count as usize);
                for (slot, arg) in slots.iter_mut().zip(first.into_iter().chain(args)) {
                    *slot = arg.clone();
                }
                fill_cells(function, code, slots);
                self.run_function(code, base)
            }
            Err(raised) => Err(raised),
        };
        self.leave_native();
        Some(result)
    }

    /// Run a function whose arguments are laid out at `base`.
    #[inline]
    fn run_function(&mut self, code: &CodeObject, base: *mut Value) -> Completion {
        let (current, top) = (self.current, self.top);
        self.records.push(current, 0, RecordKind::Entry, top);
        let result = self.run(Cursor::at(code, 0, base));
        self.current = current;
        self.top = top;
        match result? {
            Resumed::Returned(value) => Ok(value),
            Resumed::Yielded(_) => unreachable!("internal error: a plain function yielded"),
        }
    }

    /// Call a script function in a nested `run`.
    pub(super) fn call_function(
        &mut self,
        function: &Value,
        mut args: Arguments,
        names: Option<&[Value]>,
    ) -> Completion {
        let callee = function.as_function().expect("callers check");
        let code = callee.code.as_code().expect("a function's code is a code object");
        if code.frame.is_suspendable {
            return self.make_generator(callee, code, &mut args, names);
        }
        self.enter_native()?;
        let result = self.call_function_nested(callee, code, &mut args, names);
        drop(args);
        self.leave_native();
        result
    }

    fn call_function_nested(
        &mut self,
        callee: &FunctionObject,
        code: &CodeObject,
        args: &mut [Value],
        names: Option<&[Value]>,
    ) -> Completion {
        let base = self.free_top();
        self.check_room(base, code)?;
        self.lay_out(callee, code, args, names, window(base, code.frame.register_count as usize))?;
        self.run_function(code, base)
    }

    /// The `__call__` of the class of `callee`.
    pub(super) fn call_attribute(&mut self, callee: &Value) -> Option<Value> {
        let class = self.class_of(callee);
        class.as_type()?.lookup_cached(&self.names.call)
    }
}

/// `first` and then `rest`.
pub(super) fn with_first(first: &Value, rest: &[Value]) -> Arguments {
    let mut args = Arguments::with_capacity(rest.len() + 1);
    args.push(first.clone());
    args.extend(rest.iter().cloned());
    args
}

/// Take `count` arguments out of the registers from `first` on.
#[inline(always)]
pub(super) fn take_arguments(mut w: Cursor, first: u8, count: usize) -> Arguments {
    (0..count).map(|index| w.take(first + index as u8)).collect()
}

/// Move `count` arguments from the registers of a generator to the stack.
#[inline]
fn move_arguments(mut w: Cursor, first: u8, count: usize, base: *mut Value) {
    for (index, slot) in window(base, count).iter_mut().enumerate() {
        *slot = w.take(first + index as u8);
    }
}
