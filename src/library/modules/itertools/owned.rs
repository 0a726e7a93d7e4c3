//! How the iterators show the cycle collector what they own.

use crate::object::Value;
use std::cell::RefCell;

/// A field that holds values.
pub trait Owned {
    /// Visit every value.
    fn visit(&self, visit: &mut dyn FnMut(&Value));

    /// Let go of them, where the object can go on without.
    fn release(&self) {}
}

impl Owned for Value {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(self);
    }
}

impl Owned for Vec<Value> {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.iter().for_each(visit);
    }
}

impl<T: Owned> Owned for Vec<T>
where
    T: NestedValues,
{
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.iter().for_each(|values| values.visit(visit));
    }
}

/// Marks what a vector may hold beside values themselves.
pub trait NestedValues {}

impl NestedValues for Vec<Value> {}

impl<T: Owned + Default> Owned for RefCell<T> {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.borrow().visit(visit);
    }

    fn release(&self) {
        drop(self.take());
    }
}

/// `Traverse` of an iterator by the fields that hold values, and its class.
macro_rules! iterator_object {
    ($type:ident, $spec:ident: $($field:ident),+) => {
        impl crate::object::heap::Traverse for $type {
            fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
                $(super::owned::Owned::visit(&self.$field, visit);)+
            }

            fn clear(&self) {
                $(super::owned::Owned::release(&self.$field);)+
            }
        }

        impl NativeObject for $type {
            fn spec(&self) -> &'static TypeSpec {
                &$spec
            }

            fn next(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
                self.advance(this, interp)
            }
        }
    };
}

pub(super) use iterator_object;

/// The next item of an iterator that may have been released; `None` when exhausted.
#[inline]
pub fn next_of(
    interp: &mut dyn crate::object::Interpreter,
    iterator: &Value,
) -> Result<Option<Value>, crate::object::Raised> {
    if iterator.is_unbound() { Ok(None) } else { interp.next(iterator) }
}
