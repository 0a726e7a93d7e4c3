//! The machine as natives see it: the [`Interpreter`] trait, each method handed to the part of
//! the VM that does it, and safe points.

use super::Vm;
use super::frames::stack_places;
use crate::bytecode::Op;
use crate::bytecode::VariableSlot;
use crate::object::class_like;
use crate::object::exception::ExceptionState;
use crate::object::fiber::{self, FiberBody, FiberId};
use crate::object::frame::FrameObject;
use crate::object::interpreter::{CodePlace, Comparison, TextRequest};
use crate::object::spec::ModuleSpec;
use crate::object::string::intern;
use crate::object::{
    Completion, CoreType, Interpreter, Raised, Resume, Resumed, Tag, TypeSpec, Value, heap, interrupt,
    traceback, warnings,
};
use apy_grammar::SourceFile;
use smallvec::SmallVec;
use std::path::PathBuf;
use std::rc::Rc;

impl Interpreter for Vm {
    fn call(&mut self, callable: &Value, args: &[Value]) -> Completion {
        self.call_value(callable, args, None)
    }

    fn call_keywords(&mut self, callable: &Value, args: &[Value], keywords: &[(Value, Value)]) -> Completion {
        if keywords.is_empty() {
            return self.call_value(callable, args, None);
        }
        let mut all: SmallVec<[Value; 8]> = args.iter().cloned().collect();
        all.extend(keywords.iter().map(|(_, value)| value.clone()));
        let names: Vec<Value> = keywords.iter().map(|(name, _)| name.clone()).collect();
        self.check_keyword_names(&names)?;
        self.call_value(callable, &all, Some(&names))
    }

    fn instantiate(&mut self, class: &Value, args: &[Value], keywords: &[(Value, Value)]) -> Completion {
        let mut all: SmallVec<[Value; 8]> = args.iter().cloned().collect();
        all.extend(keywords.iter().map(|(_, value)| value.clone()));
        let names: Vec<Value> = keywords.iter().map(|(name, _)| name.clone()).collect();
        self.check_keyword_names(&names)?;
        let names = if names.is_empty() { None } else { Some(&names[..]) };
        self.nested(|vm| vm.type_call(class, &all, names))
    }

    fn call_method(&mut self, receiver: &Value, name: &str, args: &[Value]) -> Completion {
        let name = intern(name);
        if let Some(object) = receiver.as_object()
            && object.own_attribute(&name).is_none()
            && self.find_special_getattribute(receiver)
        {
            let class = self.class_of_value(receiver);
            if let Some(method) = class.as_type().and_then(|class| class.lookup_cached(&name))
                && method.as_native().is_some()
            {
                return self.call_found(&method, receiver, &class, args);
            }
        }
        let method = self.get_attr(receiver, &name)?;
        self.call_value(&method, args, None)
    }

    fn call_special(
        &mut self,
        receiver: &Value,
        name: &str,
        args: &[Value],
    ) -> Result<Option<Value>, Raised> {
        let name = intern(name);
        self.nested(|vm| vm.special(receiver, &name, args))
    }

    fn resume(&mut self, generator: &Value, how: Resume) -> Result<Resumed, Raised> {
        self.resume_generator(generator, how)
    }

    fn get_attr(&mut self, object: &Value, name: &Value) -> Completion {
        let name = name.interned();
        match self.lookup_attr(object, &name)? {
            Some(value) => Ok(value),
            None => Err(self.missing_attribute(object, &name)),
        }
    }

    fn find_attr(&mut self, object: &Value, name: &Value) -> Result<Option<Value>, Raised> {
        match self.lookup_attr(object, &name.interned()) {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::AttributeError) => {
                Ok(None)
            }
            other => other,
        }
    }

    fn set_attr(&mut self, object: &Value, name: &Value, value: &Value) -> Result<(), Raised> {
        let name = name.interned();
        let class = self.class_of_value(object);
        let setattr = class.as_type().and_then(|class| class.lookup_cached(&self.names.setattr));
        match setattr {
            Some(setattr)
                if setattr.as_native().is_none_or(|n| !matches!(n.owner, Some("object" | "type"))) =>
            {
                self.call_found(&setattr, object, &class, &[name, value.clone()])?;
                Ok(())
            }
            _ => self.default_assign(object, &name, value),
        }
    }

    fn del_attr(&mut self, object: &Value, name: &Value) -> Result<(), Raised> {
        let name = name.interned();
        let class = self.class_of_value(object);
        let delattr = class.as_type().and_then(|class| class.lookup_cached(&self.names.delattr));
        match delattr {
            Some(delattr)
                if delattr.as_native().is_none_or(|n| !matches!(n.owner, Some("object" | "type"))) =>
            {
                self.call_found(&delattr, object, &class, &[name])?;
                Ok(())
            }
            _ => self.default_assign(object, &name, &Value::UNBOUND),
        }
    }

    fn object_get_attr(&mut self, object: &Value, name: &Value) -> Completion {
        let name = name.interned();
        match self.default_lookup(object, &name)? {
            Some(value) => Ok(value),
            None => Err(self.missing_attribute(object, &name)),
        }
    }

    fn object_set_attr(&mut self, object: &Value, name: &Value, value: &Value) -> Result<(), Raised> {
        self.default_assign(object, &name.interned(), value)
    }

    fn object_del_attr(&mut self, object: &Value, name: &Value) -> Result<(), Raised> {
        self.default_assign(object, &name.interned(), &Value::UNBOUND)
    }

    fn iter(&mut self, object: &Value) -> Completion {
        self.iter_slow(object)
    }

    fn next(&mut self, iterator: &Value) -> Result<Option<Value>, Raised> {
        // What natives make of an endless iterator ends here when memory does.
        self.poll()?;
        self.next_slow(iterator)
    }

    fn get_item(&mut self, object: &Value, key: &Value) -> Completion {
        self.get_item_slow(object, key)
    }

    fn set_item(&mut self, object: &Value, key: &Value, value: &Value) -> Result<(), Raised> {
        self.set_item_slow(object, key, value)
    }

    fn del_item(&mut self, object: &Value, key: &Value) -> Result<(), Raised> {
        self.del_item_slow(object, key)
    }

    fn length(&mut self, object: &Value) -> Result<usize, Raised> {
        match object.tag() {
            Tag::List => return Ok(object.as_list().map_or(0, |list| list.items.borrow().len())),
            Tag::Tuple => return Ok(object.as_tuple().map_or(0, <[Value]>::len)),
            Tag::Dict => return Ok(object.as_dict().map_or(0, |dict| dict.len())),
            Tag::Str => return Ok(object.as_str_object().map_or(0, |string| string.char_count())),
            Tag::Set => return Ok(object.as_set().map_or(0, |set| set.len())),
            _ => {}
        }
        let name = self.names.len.clone();
        let result = self.special(object, &name, &[])?;
        let interp: &mut dyn Interpreter = self;
        let Some(result) = result else {
            let class = interp.type_name(object);
            return Err(interp.type_error(&format!("object of type '{class}' has no len()")));
        };
        let length = match result.int_like() {
            Some(length) => length,
            None => {
                let index = interp.index(&result)?;
                match index.as_int() {
                    Some(length) => length,
                    None if interp.compare_bool(Comparison::Lt, &index, &Value::int(0))? => -1,
                    None => return Err(crate::object::sequence::too_large(interp, &result)),
                }
            }
        };
        match usize::try_from(length) {
            Ok(length) => Ok(length),
            Err(_) => Err(interp.value_error("__len__() should return >= 0")),
        }
    }

    fn contains(&mut self, container: &Value, item: &Value) -> Result<bool, Raised> {
        self.contains_slow(container, item)
    }

    fn binary(&mut self, op: Op, left: &Value, right: &Value) -> Completion {
        self.binary_slow(op, left, right)
    }

    fn inplace(&mut self, op: Op, left: &Value, right: &Value) -> Completion {
        self.inplace_slow(op, left, right)
    }

    fn unary(&mut self, op: Op, value: &Value) -> Completion {
        self.unary_slow(op, value)
    }

    fn compare(&mut self, op: Comparison, left: &Value, right: &Value) -> Completion {
        self.compare_slow(op, left, right)
    }

    fn compare_bool(&mut self, op: Comparison, left: &Value, right: &Value) -> Result<bool, Raised> {
        self.compare_truth(op, left, right)
    }

    fn equals(&mut self, left: &Value, right: &Value) -> Result<bool, Raised> {
        self.equals_slow(left, right)
    }

    fn hash(&mut self, object: &Value) -> Result<i64, Raised> {
        self.hash_slow(object)
    }

    fn truth(&mut self, object: &Value) -> Result<bool, Raised> {
        self.truth_slow(object)
    }

    fn repr(&mut self, object: &Value) -> Completion {
        self.repr_slow(object)
    }

    fn to_str(&mut self, object: &Value) -> Completion {
        self.str_slow(object)
    }

    fn format(&mut self, object: &Value, spec: &str) -> Completion {
        self.format_slow(object, spec)
    }

    fn index(&mut self, object: &Value) -> Completion {
        match object.tag() {
            Tag::Int | Tag::BigInt => return Ok(object.clone()),
            Tag::Bool => return Ok(Value::int(object.bits() as i64)),
            _ => {}
        }
        if object.is_integer() {
            let payload = object.as_instance().and_then(|instance| instance.payload_ref()).cloned();
            return self.index(&payload.expect("only instances are left"));
        }
        let name = self.names.index.clone();
        let result = self.special(object, &name, &[])?;
        let interp: &mut dyn Interpreter = self;
        match result {
            Some(result) if matches!(result.tag(), Tag::Int | Tag::BigInt) => Ok(result),
            Some(result) if result.is_integer() => {
                let class = interp.type_name(&result);
                let text = format!(
                    "__index__ returned non-int (type {class}).  The ability to return an instance of a \
                     strict subclass of int is deprecated, and may be removed in a future version of Python."
                );
                let place = interp.stack(1).pop();
                interp.warn(CoreType::DeprecationWarning, &text, place)?;
                interp.index(&result)
            }
            Some(result) => {
                let class = interp.type_name(&result);
                Err(interp.type_error(&format!("__index__ returned non-int (type {class})")))
            }
            None => {
                let class = interp.type_name(object);
                Err(interp.type_error(&format!("'{class}' object cannot be interpreted as an integer")))
            }
        }
    }

    fn class_of(&mut self, object: &Value) -> Value {
        self.class_of_value(object)
    }

    fn core(&self, core: CoreType) -> Value {
        self.core_types[core as usize].clone()
    }

    fn type_of_spec(&mut self, spec: &'static TypeSpec) -> Value {
        self.spec_type(spec)
    }

    fn is_instance(&mut self, object: &Value, class: &Value) -> Result<bool, Raised> {
        if self.is_exactly(object, class) {
            return Ok(true);
        }
        let own = self.class_of_value(object);
        if own.is(class) {
            return Ok(true);
        }
        if let Some(classes) = class.tuple_like() {
            for class in classes {
                if self.nested(|vm| vm.is_instance(object, class))? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(target) = class.as_type() {
            let meta = target.metaclass.borrow().clone();
            let check = meta.as_type().and_then(|meta| meta.lookup_cached(&self.names.instancecheck));
            if let Some(check) = check
                && check.as_native().is_none_or(|native| native.owner != Some("type"))
            {
                let result = self.call_found(&check, class, &meta, std::slice::from_ref(object))?;
                return self.truth_slow(&result);
            }
            if own.as_type().is_some_and(|own| own.is_subclass_of(class)) {
                return Ok(true);
            }
            // A proxy may claim another class.
            if object.tag() == Tag::Instance || object.tag() == Tag::Object {
                let claimed = self.find_attr(object, &self.names.class.clone())?;
                return Ok(claimed.is_some_and(|claimed| {
                    !claimed.is(&own)
                        && claimed.as_type().is_some_and(|claimed| claimed.is_subclass_of(class))
                }));
            }
            return Ok(false);
        }
        let name = self.names.instancecheck.clone();
        if let Some(result) = self.special(class, &name, std::slice::from_ref(object))? {
            return self.truth_slow(&result);
        }
        class_like::is_instance(self, object, class)
    }

    fn is_subclass(&mut self, class: &Value, base: &Value) -> Result<bool, Raised> {
        if let Some(bases) = base.tuple_like() {
            for base in bases {
                if self.nested(|vm| vm.is_subclass(class, base))? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(target) = base.as_type() {
            let meta = target.metaclass.borrow().clone();
            let check = meta.as_type().and_then(|meta| meta.lookup_cached(&self.names.subclasscheck));
            if let Some(check) = check
                && check.as_native().is_none_or(|native| native.owner != Some("type"))
            {
                let result = self.call_found(&check, base, &meta, std::slice::from_ref(class))?;
                return self.truth_slow(&result);
            }
            let Some(object) = class.as_type() else { return class_like::is_subclass(self, class, base) };
            return Ok(object.is_subclass_of(base));
        }
        let name = self.names.subclasscheck.clone();
        if let Some(result) = self.special(base, &name, std::slice::from_ref(class))? {
            return self.truth_slow(&result);
        }
        class_like::is_subclass(self, class, base)
    }

    fn new_exception(&mut self, class: CoreType, args: &[Value]) -> Value {
        let class = self.core(class);
        Value::instance(class, Some(ExceptionState::payload(Value::tuple_from(args))))
    }

    fn to_raised(&mut self, exception: &Value) -> Result<Raised, Raised> {
        if exception.as_exception().is_some() {
            return Ok(Raised::new(exception.clone()));
        }
        let base = self.core(CoreType::BaseException);
        if exception.as_type().is_some_and(|class| class.is_subclass_of(&base)) {
            let made = self.call_value(exception, &[], None)?;
            if made.as_exception().is_some() {
                return Ok(Raised::new(made));
            }
            return Err(self.no_exception(exception, &made));
        }
        Err(self.raise_type_error("exceptions must derive from BaseException"))
    }

    fn handled(&self) -> Value {
        self.topmost_handled()
    }

    fn chain(&mut self, exception: &Value) {
        self.set_context(exception);
    }

    fn set_handled(&mut self, handled: Value) -> Value {
        std::mem::replace(&mut self.handled, handled)
    }

    fn poll(&mut self) -> Result<(), Raised> {
        if heap::attention() | self.interrupted() { self.safe_point() } else { Ok(()) }
    }

    fn stack(&self, limit: usize) -> Vec<CodePlace> {
        stack_places(self.current, &self.records, limit)
    }

    fn new_fiber(&mut self, body: FiberBody) -> std::io::Result<FiberId> {
        self.make_fiber(body)
    }

    fn resume_fiber(&mut self, id: FiberId) -> bool {
        self.enter_fiber(id)
    }

    fn suspend_fiber(&mut self) {
        self.leave_fiber();
    }

    fn running_fiber(&self) -> FiberId {
        self.fibers.running()
    }

    fn fiber_stack(&self, id: FiberId, limit: usize) -> Vec<CodePlace> {
        if id == self.fibers.running() {
            return self.stack(limit);
        }
        match self.fibers.side(id) {
            Some(side) => {
                let (current, records) = side.place();
                stack_places(current, records, limit)
            }
            None => Vec::new(),
        }
    }

    fn frame(&mut self, depth: usize) -> Option<Value> {
        self.frame_at(depth)
    }

    fn calling_frame(&mut self, frame: &FrameObject) -> Option<Value> {
        self.caller_of(frame)
    }

    fn generator_frame(&mut self, generator: &Value) -> Value {
        self.frame_of_generator(generator)
    }

    fn frame_now(&self, frame: &FrameObject) -> Option<(CodePlace, Value)> {
        self.look_at(frame)
    }

    fn bind_in_frame(&mut self, frame: &FrameObject, slot: VariableSlot, value: &Value) -> bool {
        self.bind_at(frame, slot, value)
    }

    fn caller_locals(&mut self) -> Option<Value> {
        self.local_namespace()
    }

    fn caller_globals(&self) -> Option<Value> {
        if self.current.is_nowhere() { None } else { Some(self.current.code().globals.clone()) }
    }

    fn builtins(&self) -> Value {
        self.builtins.clone()
    }

    fn modules(&self) -> Value {
        self.modules.clone()
    }

    fn search_path(&self) -> Value {
        self.search_path.clone()
    }

    fn import(&mut self, name: &str) -> Completion {
        self.import_path(name)
    }

    fn locate_module(&mut self, name: &str) -> Result<Option<String>, Raised> {
        Vm::locate_module(self, name)
    }

    fn search_folders(&self, name: &str, folders: &[PathBuf]) -> Option<Vec<PathBuf>> {
        let loader = self.loader.as_ref()?;
        let found = match loader.locate(name, folders) {
            Some(file) => vec![file],
            None => loader.namespace(name, folders),
        };
        (!found.is_empty()).then_some(found)
    }

    fn make_module(&mut self, spec: &'static ModuleSpec) -> Completion {
        let module = Value::module(spec.name);
        self.fill_module(&module, spec)?;
        Ok(module)
    }

    fn run_source(&mut self, source: Rc<SourceFile>, globals: &Value) -> Completion {
        self.run_text_as_module(&source, globals)
    }

    fn compile_text(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion {
        self.compile(source, request)
    }

    fn syntax_tree(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion {
        self.parse_to_tree(source, request)
    }

    fn is_tree(&mut self, object: &Value) -> Result<bool, Raised> {
        match &self.loader {
            Some(loader) => (loader.trees().is_node)(self, object),
            None => Ok(false),
        }
    }

    fn compile_tree(&mut self, tree: &Value, file: &str, request: TextRequest) -> Completion {
        self.compile_from_tree(tree, file, request)
    }

    fn run_code(&mut self, code: &Value, globals: &Value, namespace: &Value, cells: &[Value]) -> Completion {
        self.run_with_globals(code, globals, namespace, cells)
    }

    fn child_code(&mut self, code: &Value, index: usize) -> Value {
        let parent = code.as_code().expect("callers pass code objects");
        self.linked_child(parent, index)
    }

    fn function_of(&mut self, code: &Value, globals: &Value, cells: &[Value]) -> Value {
        let code = self.relink(code, globals);
        self.function_of_code(&code, cells.into())
    }

    fn import_from_globals(
        &mut self,
        name: &str,
        globals: &Value,
        fromlist: &Value,
        level: usize,
    ) -> Completion {
        self.import_with(&Value::str(name), globals, fromlist, level)
    }

    fn tracer(&self, is_profile: bool) -> Value {
        self.tracer_function(is_profile)
    }

    fn set_tracer(&mut self, is_profile: bool, function: &Value) {
        self.set_tracer_function(is_profile, function);
    }

    fn recursion_limit(&self) -> usize {
        self.records.limit()
    }

    fn set_recursion_limit(&mut self, limit: usize) {
        self.records.set_limit(limit);
    }

    fn abandon(&mut self, generator: &Value) -> Result<(), Raised> {
        self.finalize_generator(generator)
    }

    fn report_unraisable(&mut self, exception: Raised, context: &str, object: &Value) {
        self.unraisable(exception, context, object);
    }

    fn warn(&mut self, category: CoreType, message: &str, place: Option<CodePlace>) -> Result<(), Raised> {
        let location = warnings::Location::of(place.as_ref());
        let category = self.core(category);
        warnings::warn_at(self, &Value::str(message), &category, &location, &mut |interp, text, instance| {
            warnings::show(interp, text, instance, &location)
        })
    }
}

impl Vm {
    /// Whether a signal waits to be handled.
    #[inline(always)]
    pub(super) fn interrupted(&self) -> bool {
        interrupt::is_pending()
    }

    /// What is done between instructions: signals, finalizers, the cycle collector.
    #[cold]
    #[inline(never)]
    pub(super) fn safe_point(&mut self) -> Result<(), Raised> {
        if heap::take_attention() {
            if heap::take_memory_end() {
                return Err((self as &mut dyn Interpreter).raise_args(CoreType::MemoryError, &[]));
            }
            heap::collect_if_due();
            self.run_finalizers();
            if self.tracers.is_some() {
                // Whatever loop runs next must see whether it is the right one.
                heap::request_attention();
            }
        }
        fiber::tick(self)?;
        if self.fibers.running() == FiberId::MAIN {
            return interrupt::dispatch(self);
        }
        // Signals are the main program's.
        if self.interrupted() { fiber::give_way_now(self) } else { Ok(()) }
    }

    /// Whether attribute access on the object follows the default rules.
    fn find_special_getattribute(&mut self, object: &Value) -> bool {
        let class = self.class_of_value(object);
        let found = class.as_type().and_then(|class| class.lookup_cached(&self.names.getattribute));
        found.is_none_or(|found| found.as_native().is_some_and(|native| native.owner == Some("object")))
    }

    /// The exception as the interpreter prints one that nobody caught.
    pub fn exception_text(&mut self, exception: &Value) -> String {
        traceback::format_exception(self, exception)
    }

    /// Write to `sys.stderr`, or to the process's if there is none.
    pub(super) fn write_stderr(&mut self, text: &str) {
        let sys = self.modules.dict_like().and_then(|modules| modules.get_str("sys"));
        let stream = match sys {
            Some(sys) => self.find_attr(&sys, &intern("stderr")).ok().flatten(),
            None => self.import_path("sys").and_then(|sys| self.get_attr(&sys, &intern("stderr"))).ok(),
        };
        let written = stream
            .filter(|stream| !stream.is_none())
            .and_then(|stream| self.call_method(&stream, "write", &[Value::str(text)]).ok());
        if written.is_none() {
            use std::io::Write;
            // Nobody is left to tell if this fails.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}
