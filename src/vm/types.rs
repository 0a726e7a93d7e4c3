//! Classes of native specs and of the core types, and the namespace of builtins.

use super::Vm;
use crate::bytecode::Flavor;
use crate::object::class::{NativeBase, NewType};
use crate::object::descriptor::GetSetObject;
use crate::object::dict::DictObject;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{
    Completion, CoreType, Interpreter, NativeRow, Tag, TypeSpec, Value, class_build, exception_docs, mro,
};

/// Core types that are not names of `builtins`.
const HIDDEN: [CoreType; 21] = [
    CoreType::NoneType,
    CoreType::Ellipsis,
    CoreType::NotImplementedType,
    CoreType::Function,
    CoreType::BuiltinFunction,
    CoreType::MethodDescriptor,
    CoreType::WrapperDescriptor,
    CoreType::MethodWrapper,
    CoreType::ClassMethodDescriptor,
    CoreType::Method,
    CoreType::Generator,
    CoreType::Coroutine,
    CoreType::AsyncGenerator,
    CoreType::Cell,
    CoreType::Module,
    CoreType::Code,
    CoreType::RangeIterator,
    CoreType::ListIterator,
    CoreType::TupleIterator,
    CoreType::GetSetDescriptor,
    CoreType::Traceback,
];

/// What every native iterator has.
static ITERATOR_ROWS: [NativeRow; 2] = [
    native("__iter__", "", iterator_iter, "Implement iter(self)."),
    native("__next__", "", iterator_next, "Implement next(self)."),
];

/// The comparisons that a class with `__eq__` need not write down.
static COMPARISON_ROWS: [NativeRow; 5] = [
    native("__ge__", "value, /", not_implemented, "Return self>=value."),
    native("__gt__", "value, /", not_implemented, "Return self>value."),
    native("__le__", "value, /", not_implemented, "Return self<=value."),
    native("__lt__", "value, /", not_implemented, "Return self<value."),
    native("__ne__", "value, /", not_equal, "Return self!=value."),
];

fn not_implemented(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NOT_IMPLEMENTED)
}

fn not_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let equal = interp.call_special(&args[0], "__eq__", &args[1..2])?.unwrap_or(Value::NOT_IMPLEMENTED);
    if equal.is_not_implemented() {
        return Ok(equal);
    }
    Ok(Value::bool(!interp.truth(&equal)?))
}

fn iterator_iter(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(args[0].clone())
}

fn iterator_next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // Through the object itself: the class of a script's subclass may redefine `__next__`.
    let target = match args[0].as_instance().and_then(|instance| instance.payload_ref()) {
        Some(payload) => payload,
        None => &args[0],
    };
    match interp.next(target)? {
        Some(value) => Ok(value),
        None => Err(interp.raise_args(CoreType::StopIteration, &[])),
    }
}

impl Vm {
    /// Make the core types.
    pub(super) fn install_types(&mut self) {
        self.core_types = vec![Value::UNBOUND; CoreType::ALL.len()];
        for core in [CoreType::Object, CoreType::Type] {
            self.make_core(core);
        }
        let meta = self.core(CoreType::Type);
        for core in [CoreType::Object, CoreType::Type] {
            let class = self.core(core);
            *class.as_type().expect("just made").metaclass.borrow_mut() = meta.clone();
        }
        for &core in CoreType::ALL {
            self.make_core(core);
        }
    }

    fn make_core(&mut self, core: CoreType) {
        if !self.core_types[core as usize].is_unbound() {
            return;
        }
        let spec = self.catalog.types.iter().copied().find(|spec| spec.core == Some(core));
        let base = match (core.exception_base(), spec.and_then(|spec| spec.base)) {
            (Some(base), _) => Some(base),
            (None, Some(spec)) => spec.core,
            (None, None) if core == CoreType::Object => None,
            (None, None) => Some(CoreType::Object),
        };
        if let Some(base) = base {
            self.make_core(base);
        }
        let mut bases: Vec<Value> = base.iter().map(|&base| self.core(base)).collect();
        if core == CoreType::ExceptionGroup {
            self.make_core(CoreType::Exception);
            bases.push(self.core(CoreType::Exception));
        }
        let is_exception = core == CoreType::BaseException || core.exception_base().is_some();
        let native_base = match core {
            CoreType::Object => None,
            _ if is_exception => Some(NativeBase::Core(CoreType::BaseException)),
            _ => Some(NativeBase::Core(core)),
        };
        let class = self.make_type(core.name(), spec, Some(core), bases, native_base);
        let object = class.as_type().expect("just made");
        object.has_dict.set(is_exception || core == CoreType::Type);
        object.has_weakref.set(matches!(core, CoreType::Type | CoreType::Set | CoreType::FrozenSet));
        self.core_types[core as usize] = class;
    }

    fn make_type(
        &mut self,
        name: &str,
        spec: Option<&'static TypeSpec>,
        core: Option<CoreType>,
        bases: Vec<Value>,
        native_base: Option<NativeBase>,
    ) -> Value {
        let class = Value::new_type(NewType {
            name: intern(name),
            qualname: intern(name),
            metaclass: self.core_types[CoreType::Type as usize].clone(),
            bases: bases.clone(),
            dict: DictObject::new(),
            spec,
            core,
            native_base,
            is_heap: false,
        });
        let object = class.as_type().expect("just made");
        *object.mro.borrow_mut() = mro::linearise(&class, &bases).expect("the bases of natives fit together");
        class_build::enter_in_bases(&class);
        if let Some(spec) = spec {
            let dict = object.own_dict();
            if spec.native_next {
                for row in &ITERATOR_ROWS {
                    dict.set_str(row.name, Value::native_method(row, spec.name, Some(spec)));
                }
            }
            for row in spec.methods {
                dict.set_str(row.name, Value::native_method(row, spec.name, Some(spec)));
            }
            // Whoever compares in one way is asked for all of them.
            if dict.get_str("__eq__").is_some() && !spec.is_like_script() {
                for row in COMPARISON_ROWS.iter().filter(|row| dict.get_str(row.name).is_none()) {
                    dict.set_str(row.name, Value::native_method(row, spec.name, Some(spec)));
                }
            }
            for row in spec.getters {
                dict.set_str(row.name, Value::object(GetSetObject { row, owner: class.clone() }));
            }
            if spec.unhashable {
                dict.set_str("__hash__", Value::NONE);
            }
            if !spec.getters.iter().any(|row| row.name == "__doc__") {
                dict.set_str("__doc__", if spec.doc.is_empty() { Value::NONE } else { Value::str(spec.doc) });
            }
        }
        // Classes with a dotted name know their module as an attribute like any other.
        if let Some(spec) = spec.filter(|spec| spec.module != "builtins")
            && object.own_dict().get_str("__module__").is_none()
        {
            object.own_dict().set_str("__module__", Value::str(spec.module));
        }
        if let Some(doc) = core.map(exception_docs::doc_of).filter(|doc| !doc.is_empty()) {
            object.own_dict().set_str("__doc__", Value::str(doc));
        }
        class
    }

    /// The class of a spec.
    pub(super) fn spec_type(&mut self, spec: &'static TypeSpec) -> Value {
        if let Some(core) = spec.core {
            return self.core(core);
        }
        let index = spec.index.get();
        if let Some(class) = self.spec_types.get(index).and_then(Value::given) {
            return class.clone();
        }
        let base = match (spec.base, spec.core_base) {
            (Some(base), _) => self.spec_type(base),
            (None, Some(core)) => self.core(core),
            (None, None) => self.core(CoreType::Object),
        };
        let class = self.make_type(spec.name, Some(spec), None, vec![base], Some(NativeBase::Spec(spec)));
        let length = self.spec_types.len().max(index + 1);
        self.spec_types.resize(length, Value::UNBOUND);
        self.spec_types[index] = class.clone();
        class
    }

    /// `type(value)`.
    #[inline]
    pub(super) fn class_of_value(&mut self, value: &Value) -> Value {
        match core_type(value) {
            Some(core) => self.core_types[core as usize].clone(),
            None => match value.tag() {
                Tag::Instance => value.as_instance().expect("by its tag").class(),
                Tag::Type => value.as_type().expect("by its tag").metaclass.borrow().clone(),
                Tag::Module => value.as_module().expect("by its tag").class.borrow().clone(),
                _ => self.spec_type(value.as_object().expect("what is no core type").spec()),
            },
        }
    }

    /// Whether `type(value) is class`; maybe "no" by mistake for objects that are no core types.
    #[inline]
    pub(super) fn is_exactly(&self, value: &Value, class: &Value) -> bool {
        match core_type(value) {
            Some(core) => self.core_types[core as usize].is(class),
            None => value.as_instance().is_some_and(|instance| instance.is_of(class)),
        }
    }

    /// Fill the namespace of builtins.
    pub(super) fn install_builtins(&mut self) {
        let builtins = self.builtins.clone();
        let dict = builtins.as_dict().expect("made as a dict");
        dict.set_str("__name__", Value::str("builtins"));
        dict.set_str("__doc__", Value::str("Built-in functions, types, exceptions, and other objects."));
        for rows in self.catalog.builtins {
            for row in *rows {
                dict.set_str(row.name, Value::native_function(row, "builtins"));
            }
        }
        for &core in CoreType::ALL {
            if !HIDDEN.contains(&core) && core.module() == "builtins" {
                dict.set_str(core.name(), self.core(core));
            }
        }
        for spec in self.catalog.types {
            if spec.core.is_none() && spec.module == "builtins" {
                let class = self.spec_type(spec);
                dict.set_str(spec.name, class);
            }
        }
        let os_error = self.core(CoreType::OSError);
        dict.set_str("EnvironmentError", os_error.clone());
        dict.set_str("IOError", os_error);
        dict.set_str("NotImplemented", Value::NOT_IMPLEMENTED);
        dict.set_str("Ellipsis", Value::ELLIPSIS);
        dict.set_str("__debug__", Value::TRUE);
        let module = Value::module_of(builtins.clone());
        self.modules.as_dict().expect("made as a dict").set_str("builtins", module);
    }
}

/// The core type of a value; None for instances, classes and objects of other specs.
#[inline]
fn core_type(value: &Value) -> Option<CoreType> {
    Some(match value.tag() {
        Tag::Instance | Tag::Object | Tag::Type => return None,
        Tag::Unbound | Tag::None => CoreType::NoneType,
        Tag::Bool => CoreType::Bool,
        Tag::Int | Tag::BigInt => CoreType::Int,
        Tag::Float => CoreType::Float,
        Tag::Ellipsis => CoreType::Ellipsis,
        Tag::NotImplemented => CoreType::NotImplementedType,
        Tag::Str => CoreType::Str,
        Tag::Bytes => CoreType::Bytes,
        Tag::Complex => CoreType::Complex,
        Tag::Range => CoreType::Range,
        Tag::Tuple => CoreType::Tuple,
        Tag::List => CoreType::List,
        Tag::Dict => CoreType::Dict,
        Tag::Set if value.as_set().is_some_and(|set| set.is_frozen) => CoreType::FrozenSet,
        Tag::Set => CoreType::Set,
        Tag::Slice => CoreType::Slice,
        Tag::Function => CoreType::Function,
        Tag::Native => value.as_native().expect("by its tag").class(),
        Tag::Method => CoreType::Method,
        Tag::Generator => match value.as_generator().expect("by its tag").head().flavor {
            Flavor::Coroutine => CoreType::Coroutine,
            Flavor::AsyncGenerator => CoreType::AsyncGenerator,
            Flavor::Generator | Flavor::Plain => CoreType::Generator,
        },
        Tag::Cell => CoreType::Cell,
        Tag::Module if value.as_module().is_some_and(|module| module.class.borrow().given().is_some()) => {
            return None;
        }
        Tag::Module => CoreType::Module,
        Tag::Code => CoreType::Code,
        Tag::RangeIterator => CoreType::RangeIterator,
        Tag::SequenceIterator => {
            let is_tuple = value
                .get::<crate::object::iterator::SequenceIterator>()
                .is_some_and(|iterator| iterator.sequence.borrow().as_tuple().is_some());
            if is_tuple { CoreType::TupleIterator } else { CoreType::ListIterator }
        }
    })
}
