//! Looking up what a method call calls.

use crate::object::code::{Cache, CacheKind};
use crate::object::spec::NativeKind;
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
            Tag::Object => self.object_method(receiver, cache),
            Tag::Module | Tag::Type | Tag::Function => None,
            tag => self.native_method(receiver, tag, cache),
        };
        if let Some(method) = method {
            return Ok((method, true));
        }
        match Vm::cached_attribute(receiver, cache) {
            Some(value) => Ok((value, false)),
            None => Ok((self.load_attribute(receiver, cache)?, false)),
        }
    }

    /// The method of a value that has no attributes of its own, if it is a plain row.
    fn native_method(&mut self, receiver: &Value, tag: Tag, cache: &Cache) -> Option<Value> {
        if cache.kind.get() == CacheKind::NativeMethod && cache.key.get() == tag as u32 {
            return Some(cache.value.borrow().clone());
        }
        let class = self.class_of_value(receiver);
        let method = class.as_type()?.lookup_cached(&cache.name)?;
        if method.as_native()?.row.kind != NativeKind::Plain {
            return None;
        }
        // Of these tags, the class depends on more than the tag.
        if !matches!(tag, Tag::Set | Tag::Generator | Tag::SequenceIterator) {
            cache.key.set(tag as u32);
            drop(cache.value.replace(method.clone()));
            cache.kind.set(CacheKind::NativeMethod);
        }
        Some(method)
    }

    /// The method of a native object, if it is a plain row of its class.
    fn object_method(&mut self, receiver: &Value, cache: &Cache) -> Option<Value> {
        let class = self.class_of_value(receiver);
        let class = class.as_type()?;
        let method = class.lookup_cached(&cache.name)?;
        let is_plain = method.as_native().is_some_and(|native| native.row.kind == NativeKind::Plain);
        let own = receiver.as_object().and_then(|object| object.own_attribute(&cache.name));
        let default = class
            .lookup_cached(&self.names.getattribute)
            .is_none_or(|found| found.as_native().is_some_and(|native| native.owner == Some("object")));
        if is_plain && own.is_none() && default { Some(method) } else { None }
    }
}
