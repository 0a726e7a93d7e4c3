//! The open end of [`Value`]: objects of kinds that the VM has no fast path for (sockets,
//! tasks, locks, most iterators). They enter through one tag and add no match arm anywhere.

use super::attributes::Attributes;
use super::generator::GeneratorState;
use super::heap::{self, Header, ObjectBox, Traverse};
use super::interpreter::Interpreter;
use super::resource::Resource;
use super::spec::TypeSpec;
use super::value::{Raised, Value};

/// What a value waited for by `await` answers when it is asked to go on.
pub enum Awaited {
    /// Done: the result of the `await` expression.
    Ready(Value),
    /// Not yet: the coroutine suspends and hands this to whoever resumes it.
    Pending(Value),
}

/// What is known of a native object that passes for a coroutine.
pub trait NativeCoroutine {
    /// `__qualname__`.
    fn qualname(&self) -> &'static str;

    /// What it is doing.
    fn state(&self) -> GeneratorState;

    /// `cr_await`: what it waits for, or None.
    fn awaited(&self) -> Value;

    /// What it waits for as a script sees it: the lock, the queue, the tasks. Empty if `awaited`
    /// says it, or another coroutine inside.
    fn waits_for(&self) -> Vec<Value>;
}

/// A native object. It owns values only in a way that [`Traverse`] shows.
pub trait NativeObject: Traverse + 'static {
    /// Its class.
    fn spec(&self) -> &'static TypeSpec;

    /// Whether it can be part of a cycle (asked once, when it is created).
    fn is_tracked(&self) -> bool {
        true
    }

    /// Whether [`finalize`](Self::finalize) has something to do before the object is freed.
    fn needs_finalizer(&self) -> bool {
        false
    }

    /// Called once at a safe point after the last reference has gone, if `needs_finalizer`.
    fn finalize(&self, _this: &Value, _interp: &mut dyn Interpreter) -> Result<(), Raised> {
        Ok(())
    }

    /// Asked before an iterator is iterated over: whether it may be. Only if the class's spec says
    /// `native_next`.
    fn before_iter(&self, _interp: &mut dyn Interpreter) -> Result<(), Raised> {
        Ok(())
    }

    /// Fast path of `next()`: `None` when exhausted. Only asked if the class's spec says
    /// `native_next`.
    fn next(&self, _this: &Value, _interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        unreachable!("internal error: native_next without next")
    }

    /// As [`next`](Self::next) for an iterator whose items are pairs, asked by loops that take them
    /// apart: a pair without a tuple around it. `None`: there is no such way, nothing was done.
    fn next_pair(&self, _interp: &mut dyn Interpreter) -> Option<Result<Option<(Value, Value)>, Raised>> {
        None
    }

    /// Fast path of `await`: called with the value sent (None first). Only asked if the spec
    /// says `native_await`.
    fn poll_await(
        &self,
        _this: &Value,
        _sent: &Value,
        _interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        unreachable!("internal error: native_await without poll_await")
    }

    /// An exception is thrown at the `await` that waits for this object. By default it is
    /// raised there.
    fn throw_await(
        &self,
        _this: &Value,
        exception: Raised,
        _interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        Err(exception)
    }

    /// For an awaitable that passes for a coroutine, as what the library's `async` functions
    /// return: its view as one.
    fn as_coroutine(&self) -> Option<&dyn NativeCoroutine> {
        None
    }

    /// Its view as something that tasks wait for, for reports.
    fn as_resource(&self) -> Option<&dyn Resource> {
        None
    }

    /// For an awaitable that only passes on what another one hands it (the iterator of an
    /// `__await__`, a step of an async generator): that other one; unbound for all the rest.
    fn passes_on(&self) -> Value {
        Value::UNBOUND
    }

    /// For an object whose bytes are those of a view: that memoryview, unbound once released.
    fn buffer(&self) -> Option<Value> {
        None
    }

    /// For a descriptor that reads an item of a tuple's subclass (a field of a named tuple): which
    /// item.
    fn tuple_field(&self) -> Option<usize> {
        None
    }

    /// Where scripts may set attributes of the object itself, outside its class.
    fn attributes(&self) -> Option<&Attributes> {
        None
    }

    /// Whether there are such attributes; the same for an object all its life.
    fn has_attributes(&self) -> bool {
        self.attributes().is_some()
    }

    /// An attribute of the object itself.
    fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.attributes()?.get(name)
    }

    /// Set (or with an unbound value delete) an attribute of the object itself; whether it has
    /// a place for it.
    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        self.attributes().is_some_and(|attributes| attributes.set(name, value))
    }
}

impl Value {
    /// A new native object.
    #[inline]
    pub fn object<T: NativeObject>(object: T) -> Value {
        heap::new_object(object)
    }

    /// The native object, whatever it is.
    #[inline]
    pub fn as_object(&self) -> Option<&dyn NativeObject> {
        self.get::<ObjectBox>().map(ObjectBox::object)
    }

    /// What stands before a native object.
    #[inline(always)]
    pub fn as_box(&self) -> Option<&ObjectBox> {
        self.get::<ObjectBox>()
    }

    /// The native object, if `await` polls it.
    #[inline(always)]
    pub fn as_awaitable(&self) -> Option<&dyn NativeObject> {
        self.get::<ObjectBox>().filter(|object| object.is_awaitable()).map(ObjectBox::object)
    }

    /// The native object as `T`; an instance of a script's subclass counts.
    #[inline]
    pub fn downcast<T: NativeObject>(&self) -> Option<&T> {
        match self.get::<ObjectBox>() {
            Some(object) => object.downcast::<T>(),
            None => self.as_instance()?.payload()?.get::<ObjectBox>()?.downcast::<T>(),
        }
    }

    /// The flags and count of the heap object, for identity tests in natives.
    pub fn heap_header(&self) -> Option<&Header> {
        self.header()
    }

    /// The number that stands for the object's place in reprs: `0x7f...`, the same in every run.
    pub fn address_text(&self) -> String {
        format!("{:#x}", heap::identity(self).unwrap_or(IMMEDIATE_ADDRESS))
    }
}

/// Shown for values that are no objects on the heap.
const IMMEDIATE_ADDRESS: u64 = 0x7f00_0000_0010;
