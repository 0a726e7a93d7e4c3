//! What an async generator hands out when it yields.

use super::heap::Traverse;
use super::native_object::NativeObject;
use super::spec::TypeSpec;
use super::value::Value;

/// A value yielded by an async generator, on its way to the awaiter of `__anext__`: it must be
/// told from the futures that the generator's own `await`s hand out. Never seen by scripts.
pub struct AsyncGenWrapped(pub Value);

static WRAPPED: TypeSpec = TypeSpec {
    name: "async_generator_wrapped_value",
    doc: "A value on its way out of an async generator.",
    ..TypeSpec::EMPTY
};

impl Traverse for AsyncGenWrapped {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
    }

    fn clear(&self) {
        // Lives only from the yield to the awaiter.
    }
}

impl NativeObject for AsyncGenWrapped {
    fn spec(&self) -> &'static TypeSpec {
        &WRAPPED
    }
}
