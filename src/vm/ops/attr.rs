//! Attributes: Python's lookup protocol, and the inline caches in front of it.
//!
//! A cache for an instance holds while the shape (which attributes the instance has) and the
//! class's version (what its class and bases define) are those it was filled for.

use crate::object::class::TypeObject;
use crate::object::code::{Cache, CacheKind};
use crate::object::descriptor::{self, MemberObject, PropertyObject, StaticMethodObject};
use crate::object::heap::ObjectBox;
use crate::object::module::ModuleObject;
use crate::object::shape::ShapeId;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};
use crate::vm::Vm;
use crate::vm::registers::{Cursor, window};

impl Vm {
    /// The attribute, if `cache` knows it for this object.
    #[inline(always)]
    pub(in crate::vm) fn cached_attribute(object: &Value, cache: &Cache) -> Option<Value> {
        if let Some(instance) = object.as_instance() {
            if instance.shape() != cache.shape()
                || instance.with_class(|class| class.version()) != cache.version.get()
            {
                return None;
            }
            return match cache.kind.get() {
                CacheKind::Slot => {
                    Some(instance.slot(cache.slot.get() as usize)).filter(|value| !value.is_unbound())
                }
                CacheKind::Method => Some(Value::method(cache.value.borrow().clone(), object.clone())),
                CacheKind::Member => {
                    instance.member(cache.slot.get() as usize).filter(|value| !value.is_unbound())
                }
                CacheKind::TupleField => {
                    instance.payload_ref()?.as_tuple()?.get(cache.slot.get() as usize).cloned()
                }
                CacheKind::ClassValue => Some(cache.value.borrow().clone()),
                _ => None,
            };
        }
        match cache.kind.get() {
            CacheKind::Module => Vm::cached_in_module(object, cache),
            CacheKind::TypeValue => {
                let class = object.as_type()?;
                if class.version() != cache.version.get() {
                    return None;
                }
                let value = cache.value.borrow();
                // What only classes with a metaclass of their own, or values with a class of a
                // script, depend on.
                let is_known = (cache.key.get() == 0
                    || version_of(&class.metaclass.borrow()) == cache.key.get())
                    && value
                        .as_instance()
                        .is_none_or(|it| it.with_class(|class| class.version()) == cache.next.get());
                is_known.then(|| value.clone())
            }
            _ => None,
        }
    }

    /// The attribute of a module, if `cache` knows it.
    #[inline(always)]
    pub(in crate::vm) fn cached_in_module(object: &Value, cache: &Cache) -> Option<Value> {
        if cache.kind.get() != CacheKind::Module {
            return None;
        }
        let dict = object.as_module()?.dict.borrow();
        let dict = dict.as_dict()?;
        if dict.known_version() != cache.key.get() {
            return None;
        }
        dict.value_at(cache.slot.get() as usize)
    }

    /// The function in the class of an instance that `cache` knows under its name.
    #[inline]
    pub(in crate::vm) fn cached_method(object: &Value, cache: &Cache) -> Option<Value> {
        let instance = object.as_instance()?;
        let is_known = cache.kind.get() == CacheKind::Method
            && instance.shape() == cache.shape()
            && instance.with_class(|class| class.version()) == cache.version.get();
        if is_known { Some(cache.value.borrow().clone()) } else { None }
    }

    /// The start of the getter of a property that `cache` knows, entered for the instance in
    /// register `b`.
    #[inline(never)]
    pub(in crate::vm) fn enter_property(&mut self, w: Cursor, a: u8, b: u8, cache: &Cache) -> Option<Cursor> {
        let object = w.reg(b);
        let instance = object.as_instance()?;
        if instance.shape() != cache.shape()
            || instance.with_class(|class| class.version()) != cache.version.get()
        {
            return None;
        }
        let getter = cache.value.borrow();
        let function = getter.as_function()?;
        let code = function.code.as_code()?;
        let base = if w.code().frame.is_suspendable { self.top } else { w.frame_end() };
        if code.frame.simple_arity != 1
            || !function.closure.is_empty()
            || self.check_room(base, code).is_err()
            || !self.records.push_plain(w, a)
        {
            return None;
        }
        window(base, 1)[0] = object.clone();
        Some(Cursor::at(code, 0, base))
    }

    /// `object.name` when the cache did not know, which it then may.
    #[inline(never)]
    pub(in crate::vm) fn load_attribute(&mut self, object: &Value, cache: &Cache) -> Completion {
        if let Some(value) = cache.alternate().and_then(|cache| Vm::cached_attribute(object, cache)) {
            return Ok(value);
        }
        self.fill_attribute(object, cache);
        if let Some(value) = Vm::cached_attribute(object, cache) {
            return Ok(value);
        }
        self.get_attr(object, &cache.name)
    }

    /// Remember what `object.name` is, if that is something a cache can know.
    pub(in crate::vm) fn fill_attribute(&mut self, object: &Value, cache: &Cache) {
        cache.demote();
        match object.tag() {
            Tag::Instance => self.fill_instance(object, cache),
            Tag::Module => {
                let module = object.as_module().expect("by its tag");
                let dict = module.dict.borrow();
                if let Some(dict) = dict.as_dict()
                    && module.class.borrow().given().is_none()
                    && let Some(index) = dict.index_of_str(&cache.name)
                {
                    cache.key.set(dict.keys_version());
                    cache.slot.set(index as u32);
                    cache.kind.set(CacheKind::Module);
                }
            }
            Tag::Type => {
                let class = object.as_type().expect("by its tag");
                let meta = class.metaclass.borrow().clone();
                let Some(meta) = meta.as_type() else { return };
                let found = class.lookup_cached(&cache.name);
                let is_usual = meta.core == Some(CoreType::Type);
                let lookup = meta.lookup_cached(&self.names.getattribute);
                if meta.lookup_cached(&cache.name).is_some()
                    || !is_usual
                        && lookup
                            .is_none_or(|found| found.as_native().is_none_or(|row| row.owner != Some("type")))
                {
                    return;
                }
                let class_version =
                    |value: &Value| value.as_instance().map(|it| it.with_class(|class| class.version()));
                let found = found.map(|found| static_function(&found).unwrap_or(found));
                if let Some(found) = found
                    && (is_plain(&found) || found.as_function().is_some() || self.is_no_descriptor(&found))
                {
                    cache.key.set(if is_usual { 0 } else { meta.version() });
                    cache.next.set(class_version(&found).unwrap_or(0));
                    drop(cache.value.replace(found));
                    cache.version.set(class.version());
                    cache.kind.set(CacheKind::TypeValue);
                }
            }
            _ => {}
        }
    }

    /// Whether a value in a class is an instance whose class has no `__get__`.
    fn is_no_descriptor(&mut self, found: &Value) -> bool {
        let get = self.names.get.clone();
        found.as_instance().is_some_and(|it| it.with_class(|class| class.lookup_cached(&get).is_none()))
    }

    fn fill_instance(&mut self, object: &Value, cache: &Cache) {
        let instance = object.as_instance().expect("by its tag");
        let shape = instance.shape();
        if shape == ShapeId::NONE || self.overrides_getattribute(object) {
            return;
        }
        let class = instance.class();
        let class = class.as_type().expect("a class is a type");
        let found = class.lookup_cached(&cache.name);
        let slot = shape.slot(&cache.name);
        let (kind, value) = match (&found, slot) {
            (None, Some(slot)) => {
                cache.slot.set(slot as u32);
                (CacheKind::Slot, Value::UNBOUND)
            }
            (None, None) => return,
            (Some(found), slot) => {
                if let Some(member) = found.downcast::<MemberObject>() {
                    cache.slot.set(member.index as u32);
                    (CacheKind::Member, Value::UNBOUND)
                } else if let Some(index) = found.as_object().and_then(|object| object.tuple_field()) {
                    cache.slot.set(index as u32);
                    (CacheKind::TupleField, Value::UNBOUND)
                } else if let Some(property) =
                    found.get::<ObjectBox>().and_then(|object| object.downcast::<PropertyObject>())
                {
                    // An AttributeError of the getter would have to ask `__getattr__`.
                    let getattr = &self.names.getattr;
                    if instance.with_class(|class| class.lookup_cached(getattr).is_some()) {
                        return;
                    }
                    (CacheKind::Property, property.getter.borrow().clone())
                } else if let Some(slot) = slot {
                    if !is_plain(found) && found.as_function().is_none() {
                        return;
                    }
                    cache.slot.set(slot as u32);
                    (CacheKind::Slot, Value::UNBOUND)
                } else if let Some(function) = static_function(found) {
                    (CacheKind::ClassValue, function)
                } else if found.as_function().is_some() {
                    (CacheKind::Method, found.clone())
                } else if is_plain(found) {
                    (CacheKind::ClassValue, found.clone())
                } else {
                    return;
                }
            }
        };
        cache.key.set(shape.0);
        cache.version.set(class.version());
        drop(cache.value.replace(value));
        cache.kind.set(kind);
    }

    /// Store through `cache`; the value comes back if the cache does not know how.
    #[inline(always)]
    pub(in crate::vm) fn store_cached(object: &Value, cache: &Cache, value: Value) -> Option<Value> {
        let Some(instance) = object.as_instance() else { return Some(value) };
        if instance.shape() != cache.shape()
            || instance.with_class(|class| class.version()) != cache.version.get()
        {
            return Some(value);
        }
        match cache.kind.get() {
            CacheKind::Slot => {
                drop(instance.set_slot(cache.slot.get() as usize, value));
                None
            }
            CacheKind::Member => {
                drop(instance.set_member(cache.slot.get() as usize, value));
                None
            }
            CacheKind::AddSlot => {
                instance.add_slot(cache.slot.get() as usize, value, ShapeId(cache.next.get()));
                None
            }
            _ => Some(value),
        }
    }

    #[inline(never)]
    pub(in crate::vm) fn store_attribute(
        &mut self,
        object: &Value,
        cache: &Cache,
        mut value: Value,
    ) -> Result<(), Raised> {
        if let Some(alternate) = cache.alternate() {
            match Vm::store_cached(object, alternate, value) {
                None => return Ok(()),
                Some(unstored) => value = unstored,
            }
        }
        cache.demote();
        if let Some(instance) = object.as_instance() {
            let before = instance.shape();
            let class = instance.class();
            let class = class.as_type().expect("a class is a type");
            if before != ShapeId::NONE
                && let Some(found) = class.lookup_cached(&cache.name)
                && let Some(member) = found.downcast::<MemberObject>()
                && class.lookup_cached(&self.names.setattr).is_none_or(|found| is_default_setter(&found))
                && instance.member(member.index).is_some()
            {
                drop(instance.set_member(member.index, value));
                cache.key.set(before.0);
                cache.version.set(class.version());
                cache.slot.set(member.index as u32);
                cache.kind.set(CacheKind::Member);
                return Ok(());
            }
            let is_simple = before != ShapeId::NONE
                && class.has_dict.get()
                && class
                    .lookup_cached(&cache.name)
                    .is_none_or(|found| is_plain(&found) || found.as_function().is_some())
                && class.lookup_cached(&self.names.setattr).is_none_or(|found| is_default_setter(&found));
            if is_simple {
                drop(instance.set_own_attribute(&cache.name, value));
                let after = instance.shape();
                if after != ShapeId::NONE {
                    cache.key.set(before.0);
                    cache.next.set(after.0);
                    cache.version.set(class.version());
                    let slot = after.slot(&cache.name).expect("the attribute was just set");
                    cache.slot.set(slot as u32);
                    cache.kind.set(if before == after { CacheKind::Slot } else { CacheKind::AddSlot });
                }
                return Ok(());
            }
        }
        self.set_attr(object, &cache.name, &value)
    }

    /// Whether the class of an instance brings a `__getattribute__` of its own.
    fn overrides_getattribute(&mut self, object: &Value) -> bool {
        self.own_getattribute(object).is_some()
    }

    /// The `__getattribute__` of the object's class, unless it is that of `object`, `type` or
    /// `module`, which this file implements.
    fn own_getattribute(&mut self, object: &Value) -> Option<Value> {
        let instance = object.as_instance();
        if instance.is_some_and(|instance| instance.with_class(|class| class.has_usual_lookup.get())) {
            return None;
        }
        let class = self.class_of(object);
        let found = class.as_type()?.lookup_cached(&self.names.getattribute)?;
        match found.as_native() {
            Some(native) if matches!(native.owner, Some("object" | "type" | "module")) => {
                if let Some(instance) = instance {
                    instance.with_class(|class| class.has_usual_lookup.set(native.owner == Some("object")));
                }
                None
            }
            _ => Some(found),
        }
    }

    /// `getattr(object, name)`, `None` if there is no such attribute. `name` is interned.
    pub(in crate::vm) fn lookup_attr(
        &mut self,
        object: &Value,
        name: &Value,
    ) -> Result<Option<Value>, Raised> {
        let found = match self.own_getattribute(object) {
            None => match self.default_lookup(object, name) {
                Ok(found) => found,
                Err(raised) => {
                    // The getter of a property may say that there is no such attribute.
                    let class = self.class_of(object);
                    let has_fallback =
                        class.as_type().is_some_and(|c| c.lookup_cached(&self.names.getattr).is_some());
                    if !(has_fallback
                        && (self as &dyn Interpreter).raised_is(&raised, CoreType::AttributeError))
                    {
                        return Err(self.with_attribute(raised, object, name));
                    }
                    None
                }
            },
            Some(getattribute) => {
                let class = self.class_of(object);
                let bound = self.bind_descriptor(&getattribute, object, &class)?;
                match self.call_value(&bound, std::slice::from_ref(name), None) {
                    Ok(value) => Some(value),
                    Err(raised) => {
                        let has_fallback =
                            class.as_type().is_some_and(|c| c.lookup_cached(&self.names.getattr).is_some());
                        let missing = (self as &dyn Interpreter).raised_is(&raised, CoreType::AttributeError);
                        if !(missing && has_fallback) {
                            return Err(self.with_attribute(raised, object, name));
                        }
                        None
                    }
                }
            }
        };
        if found.is_some() {
            return Ok(found);
        }
        let class = self.class_of(object);
        if let Some(getattr) = class.as_type().and_then(|class| class.lookup_cached(&self.names.getattr)) {
            let bound = self.bind_descriptor(&getattr, object, &class)?;
            let result = self.call_value(&bound, std::slice::from_ref(name), None);
            return result.map(Some).map_err(|raised| self.with_attribute(raised, object, name));
        }
        if let Some(module) = object.as_module() {
            let getattr =
                module.dict.borrow().dict_like().and_then(|dict| dict.get_str_value(&self.names.getattr));
            if let Some(getattr) = getattr {
                let result = self.call_value(&getattr, std::slice::from_ref(name), None);
                return result.map(Some).map_err(|raised| self.with_attribute(raised, object, name));
            }
        }
        Ok(None)
    }

    /// What to say of an attribute that a module lacks because imports go in a circle.
    #[cold]
    fn unfinished_module(&self, module: &ModuleObject, name: &str) -> Option<String> {
        let own = module.dict.borrow().dict_like().and_then(|dict| dict.get_str("__name__"))?;
        let own = own.as_str()?;
        if self.is_initializing(own) {
            return Some(format!(
                "partially initialized module '{own}' has no attribute '{name}' (most likely due to a \
                 circular import)"
            ));
        }
        self.is_initializing(&format!("{own}.{name}")).then(|| {
            format!(
                "cannot access submodule '{name}' of module '{own}' (most likely due to a circular import)"
            )
        })
    }

    /// An AttributeError that script code raised for an attribute and that does not say which:
    /// now it does.
    #[cold]
    fn with_attribute(&mut self, raised: Raised, object: &Value, name: &Value) -> Raised {
        use crate::object::exception::field;
        let exception = raised.value();
        if (self as &dyn Interpreter).raised_is(&raised, CoreType::AttributeError)
            && let Some(state) = exception.as_exception()
            && state.field(field::NAME).given_some().is_none()
            && state.field(field::OBJECT).given_some().is_none()
        {
            drop(state.set_field(field::NAME, name.clone()));
            drop(state.set_field(field::OBJECT, object.clone()));
        }
        raised
    }

    /// `object.__getattribute__` (or `type.__getattribute__`) without the error.
    pub(in crate::vm) fn default_lookup(
        &mut self,
        object: &Value,
        name: &Value,
    ) -> Result<Option<Value>, Raised> {
        let class = self.class_of(object);
        let found = class.as_type().and_then(|class| class.lookup_cached(name));
        if let Some(found) = &found
            && !is_plain(found)
            && descriptor::is_read_first(self, found)
        {
            return descriptor::bind(self, found, Some(object), &class).map(Some);
        }
        let own = match object.tag() {
            Tag::Instance => object.as_instance().and_then(|instance| instance.own_attribute(name)),
            Tag::Module => {
                object.as_module().and_then(|module| module.dict.borrow().dict_like()?.get_str_value(name))
            }
            Tag::Function => object.as_function().and_then(|function| {
                function.attributes.borrow().as_dict().and_then(|dict| dict.get_str_value(name))
            }),
            Tag::Type => {
                let attribute = object.as_type().and_then(|class| class.lookup_cached(name));
                match attribute {
                    Some(attribute) if is_plain(&attribute) => Some(attribute),
                    Some(attribute) => return descriptor::bind(self, &attribute, None, object).map(Some),
                    None => None,
                }
            }
            Tag::Object => object.as_object().and_then(|o| o.own_attribute(name)),
            _ => None,
        };
        if own.is_some() {
            return Ok(own);
        }
        match found {
            Some(found) if is_plain(&found) => Ok(Some(found)),
            Some(found) => descriptor::bind(self, &found, Some(object), &class).map(Some),
            None => Ok(None),
        }
    }

    /// AttributeError for a missing attribute.
    #[cold]
    pub(in crate::vm) fn missing_attribute(&mut self, object: &Value, name: &Value) -> Raised {
        let text = name.as_str().unwrap_or_default();
        let unfinished = object.as_module().and_then(|module| self.unfinished_module(module, text));
        let interp: &mut dyn Interpreter = self;
        let message = if let Some(message) = unfinished {
            message
        } else if let Some(class) = object.as_type() {
            format!("type object '{}' has no attribute '{text}'", class.name_text())
        } else if let Some(module) = object.as_module() {
            let own = module.dict.borrow().dict_like().and_then(|dict| dict.get_str("__name__"));
            match own.as_ref().and_then(Value::as_str) {
                Some(own) => format!("module '{own}' has no attribute '{text}'"),
                None => format!("module has no attribute '{text}'"),
            }
        } else {
            format!("'{}' object has no attribute '{text}'", interp.type_name(object))
        };
        interp.attribute_error(&message, object, name)
    }

    /// What a class attribute is for an instance.
    #[inline]
    pub(in crate::vm) fn bind_descriptor(
        &mut self,
        found: &Value,
        object: &Value,
        class: &Value,
    ) -> Completion {
        descriptor::bind(self, found, Some(object), class)
    }

    /// `setattr` or, with an unbound value, `delattr`, by the default rules.
    pub(in crate::vm) fn default_assign(
        &mut self,
        object: &Value,
        name: &Value,
        value: &Value,
    ) -> Result<(), Raised> {
        if object.as_type().is_some_and(|class| !class.is_heap && !is_open(class)) {
            return self.assign_type(object, name, value);
        }
        let class = self.class_of(object);
        let found = class.as_type().and_then(|class| class.lookup_cached(name));
        if let Some(found) = &found
            && !is_plain(found)
            && descriptor::assign(self, found, object, value)?.is_some()
        {
            return Ok(());
        }
        match object.tag() {
            Tag::Instance if class.as_type().is_some_and(|class| class.has_dict.get()) => {
                let instance = object.as_instance().expect("by its tag");
                if value.is_unbound() {
                    if let Some(old) = instance.delete_own_attribute(name) {
                        drop(old);
                        return Ok(());
                    }
                } else {
                    drop(instance.set_own_attribute(name, value.clone()));
                    return Ok(());
                }
            }
            Tag::Type => return self.assign_type(object, name, value),
            Tag::Module => {
                let dict = object.as_module().expect("by its tag").dict.borrow().clone();
                if let Some(dict) = dict.dict_like() {
                    if !value.is_unbound() {
                        drop(dict.set_str_value(name, value.clone()));
                        return Ok(());
                    }
                    if dict.remove_str(name).is_some() {
                        return Ok(());
                    }
                }
            }
            Tag::Function => {
                let attributes = object.as_function().expect("by its tag").attributes();
                if let Some(dict) = attributes.as_dict() {
                    if !value.is_unbound() {
                        drop(dict.set_str_value(name, value.clone()));
                        return Ok(());
                    }
                    if dict.remove_str(name).is_some() {
                        return Ok(());
                    }
                }
            }
            Tag::Object => {
                let native = object.as_object().expect("by its tag");
                if native.set_own_attribute(name, value) {
                    return Ok(());
                }
            }
            _ => {}
        }
        Err(self.cannot_assign(object, name, found.is_some()))
    }

    #[cold]
    fn cannot_assign(&mut self, object: &Value, name: &Value, is_found: bool) -> Raised {
        let text = name.as_str().unwrap_or_default();
        let interp: &mut dyn Interpreter = self;
        let class = interp.type_name(object);
        let has_dict = object.tag() == Tag::Instance
            && object.as_instance().is_some_and(|instance| instance.with_class(|class| class.has_dict.get()));
        let is_plain = has_dict || self.has_own_setter(object);
        let message = if is_found && !has_dict {
            format!("'{class}' object attribute '{text}' is read-only")
        } else if is_plain || matches!(object.tag(), Tag::Module | Tag::Function) {
            if object.as_module().is_some() {
                return self.missing_attribute(object, name);
            }
            format!("'{class}' object has no attribute '{text}'")
        } else {
            format!("'{class}' object has no attribute '{text}' and no __dict__ for setting new attributes")
        };
        (self as &mut dyn Interpreter).attribute_error(&message, object, name)
    }

    /// Whether the class of an object assigns attributes by a method of a script.
    fn has_own_setter(&mut self, object: &Value) -> bool {
        let class = self.class_of(object);
        ["__setattr__", "__delattr__"].iter().any(|name| {
            let found = class.as_type().and_then(|class| class.lookup_cached(&crate::vm::intern(name)));
            found.is_some_and(|found| found.as_native().is_none())
        })
    }

    fn assign_type(&mut self, object: &Value, name: &Value, value: &Value) -> Result<(), Raised> {
        let class = object.as_type().expect("callers check");
        let text = name.as_str().unwrap_or_default();
        if !class.is_heap && !is_open(class) {
            let message = format!("cannot set '{text}' attribute of immutable type '{}'", class.error_name());
            return Err(self.raise_type_error(&message));
        }
        if value.is_unbound() {
            if class.own_dict().remove_str(name).is_none() {
                return Err(self.missing_attribute(object, name));
            }
        } else {
            drop(class.own_dict().set_str_value(name, value.clone()));
        }
        class.changed();
        Ok(())
    }

    pub(in crate::vm) fn delete_attribute(&mut self, object: &Value, name: &Value) -> Result<(), Raised> {
        self.del_attr(object, &name.interned())
    }

    /// `super(class, object).name`.
    pub(in crate::vm) fn super_attribute(
        &mut self,
        class: &Value,
        object: &Value,
        name: &Value,
    ) -> Completion {
        if class.as_type().is_none() {
            let interp: &mut dyn Interpreter = self;
            return Err(interp.runtime_error("super(): __class__ is not a type"));
        }
        let found = if object.is_none() {
            // Bound to nothing: it has the attributes of any `super` alone.
            let unbound =
                self.call_value(&self.core(CoreType::Super), &[class.clone(), Value::NONE], None)?;
            self.lookup_attr(&unbound, name)?
        } else {
            let object_class = descriptor::super_class_of(self, class, object)?;
            descriptor::super_lookup(self, class, object, &object_class, name)?
        };
        match found {
            Some(value) => Ok(value),
            None => {
                let interp: &mut dyn Interpreter = self;
                let message =
                    format!("'super' object has no attribute '{}'", name.as_str().unwrap_or_default());
                Err(interp.attribute_error(&message, object, name))
            }
        }
    }
}

/// Whether a `__setattr__` is the one that all classes have.
fn is_default_setter(found: &Value) -> bool {
    found.as_native().is_some_and(|native| matches!(native.owner, Some("object" | "type")))
}

/// Whether an attribute found in a class is certainly no descriptor.
#[inline]
fn is_plain(found: &Value) -> bool {
    !matches!(found.tag(), Tag::Function | Tag::Native | Tag::Object | Tag::Instance)
}

/// Whether scripts may set attributes of a native class: CPython has it in Python.
fn is_open(class: &TypeObject) -> bool {
    class.spec.is_some_and(|spec| spec.is_like_script())
}

/// The version of a class.
fn version_of(class: &Value) -> u32 {
    class.as_type().map_or(0, |class| class.version())
}

/// What a static method gives away, whoever is asked for it.
fn static_function(found: &Value) -> Option<Value> {
    let found = found.get::<ObjectBox>()?.downcast::<StaticMethodObject>()?;
    found.function.borrow().given().cloned()
}
