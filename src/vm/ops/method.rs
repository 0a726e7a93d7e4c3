//! Looking up what a method call calls.

use crate::object::code::{Cache, CacheKind};
use crate::object::spec::{NativeFn, NativeKind, NativeParameter, Role};
use crate::object::{Raised, Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// The function of the method that the cache names and true, if it is a method of the
    /// receiver's class that takes the receiver; otherwise the attribute and false.
    #[inline(never)]
    pub(in crate::vm) fn load_method(
        &mut self,
        receiver: &Value,
        cache: &Cache,
    ) -> Result<(Value, bool), Raised> {
        let method = match receiver.tag() {
            Tag::Instance => Vm::cached_method(receiver, cache).or_else(|| {
                if let Some(method) = cache.alternate().and_then(|cache| Vm::cached_method(receiver, cache)) {
                    return Some(method);
                }
                self.fill_attribute(receiver, cache);
                Vm::cached_method(receiver, cache)
            }),
            Tag::Module | Tag::Type | Tag::Function => None,
            _ => self.native_method(receiver, cache),
        };
        if let Some(method) = method {
            return Ok((method, true));
        }
        match Vm::cached_attribute(receiver, cache) {
            Some(value) => Ok((value, false)),
            None => Ok((self.load_attribute(receiver, cache)?, false)),
        }
    }

    /// The method of the receiver that `cache` knows already.
    #[inline]
    pub(in crate::vm) fn known_method(receiver: &Value, cache: &Cache) -> Option<Value> {
        match receiver.tag() {
            Tag::Instance => Vm::cached_method(receiver, cache),
            _ => Vm::cached_native_method(receiver, cache),
        }
    }

    /// The function behind the method row that `cache` knows for receivers of this kind, if it takes
    /// `count` arguments, the receiver included, as they are.
    #[inline(always)]
    pub(in crate::vm) fn direct_method(receiver: &Value, count: usize, cache: &Cache) -> Option<NativeFn> {
        let is_known = cache.kind.get() == CacheKind::NativeMethod
            && cache.slot.get() as usize == count
            && native_kind(receiver).is_some_and(|kind| cache.key.get() == kind)
            && !receiver.as_box().is_some_and(|object| object.has_attributes());
        if is_known { cache.function.get() } else { None }
    }

    /// The same for a call that needs nothing but defaults: those of the parameters left out.
    #[inline]
    pub(in crate::vm) fn padded_method(
        receiver: &Value,
        count: usize,
        cache: &Cache,
    ) -> Option<(NativeFn, &'static [NativeParameter])> {
        if cache.kind.get() != CacheKind::NativeMethod
            || cache.key.get() != native_kind(receiver)?
            || receiver.as_box().is_some_and(|object| object.has_attributes())
        {
            return None;
        }
        Some((cache.function.get()?, cache.value.borrow().as_native()?.padding(count)?))
    }

    /// The method row that `cache` knows for receivers of this kind.
    #[inline]
    pub(in crate::vm) fn cached_native_method(receiver: &Value, cache: &Cache) -> Option<Value> {
        if cache.kind.get() != CacheKind::NativeMethod || cache.key.get() != native_kind(receiver)? {
            return None;
        }
        if let Some(object) = receiver.as_box()
            && object.has_attributes()
            && object.object().own_attribute(&cache.name).is_some()
        {
            return None;
        }
        Some(cache.value.borrow().clone())
    }

    /// The method of a value that has no attributes of its own, if it is a plain row.
    fn native_method(&mut self, receiver: &Value, cache: &Cache) -> Option<Value> {
        if let Some(method) = Vm::cached_native_method(receiver, cache) {
            return Some(method);
        }
        let class = self.class_of_value(receiver);
        let class = class.as_type()?;
        let method = class.lookup_cached(&cache.name)?;
        if method.as_native()?.row.kind != NativeKind::Plain {
            return None;
        }
        if let Some(object) = receiver.as_object() {
            let default = class
                .lookup_cached(&self.names.getattribute)
                .is_none_or(|found| found.as_native().is_some_and(|native| native.owner == Some("object")));
            if !default || object.own_attribute(&cache.name).is_some() {
                return None;
            }
        }
        if let Some(kind) = native_kind(receiver) {
            let native = method.as_native()?;
            native.signature();
            cache.key.set(kind);
            cache.slot.set(native.direct_count());
            cache.function.set(Some(native.row.function));
            cache.appends.set(native.row.role == Role::Append);
            drop(cache.value.replace(method.clone()));
            cache.kind.set(CacheKind::NativeMethod);
        }
        Some(method)
    }
}

/// What the class of a value that is no instance depends on, as a number.
#[inline]
fn native_kind(value: &Value) -> Option<u32> {
    Some(match value.tag() {
        Tag::Object => 1024 + value.as_box()?.class(),
        Tag::Generator => 512 + value.as_generator()?.head().flavor as u32,
        Tag::Set => 768 + u32::from(value.as_set()?.is_frozen),
        Tag::Instance | Tag::Module | Tag::Type | Tag::Function | Tag::Native | Tag::SequenceIterator => {
            return None;
        }
        tag => tag as u32,
    })
}
