//! Functions written in Rust, as objects.

use super::convention::{Convention, is_slot};
use super::core_type::CoreType;
use super::heap::{self, Traverse};
use super::spec::{NativeKind, NativeParameter, NativeRow, Role, Signature, TypeSpec};
use super::value::Value;
use std::cell::Cell;

/// A native function: a row, where it belongs, and the receiver it is bound to.
pub struct NativeFunction {
    pub row: &'static NativeRow,
    /// For a method: the name of the class whose row it is.
    pub owner: Option<&'static str>,
    /// The instance or class the function is bound to; unbound if it is not.
    pub receiver: Value,
    /// For a function of a module: the module's name.
    pub module: Option<&'static str>,
    /// The class's spec, where the row belongs to one.
    pub spec: Option<&'static TypeSpec>,
    /// That of the row, once it was needed.
    signature: Cell<Option<&'static Signature>>,
    /// The number of arguments, the receiver included, with which a positional call needs no
    /// binding; `UNKNOWN` until `signature` is known or if there is none.
    direct_count: Cell<usize>,
    /// The fewest arguments, the receiver included, to which a positional call adds nothing but
    /// defaults; `UNKNOWN` until `signature` is known, if there are more parameters than
    /// [`FEW`](Self::FEW), or if there is another short way.
    padded_from: Cell<usize>,
}

/// No number of arguments.
const UNKNOWN: usize = usize::MAX;

impl NativeFunction {
    /// Whether CPython has the function or method in Python.
    pub fn is_like_script(&self) -> bool {
        matches!(self.row.convention, Convention::Script) || self.spec.is_some_and(TypeSpec::is_like_script)
    }

    /// Whether it is a method of the instance or class in `receiver`.
    pub fn is_bound(&self) -> bool {
        !self.receiver.is_unbound()
    }

    /// Whether it is a method found in its class, which takes the instance first; a function of a
    /// module that a script puts into a class does not.
    #[inline]
    pub fn is_method(&self) -> bool {
        self.owner.is_some() && self.receiver.is_unbound() && self.row.kind == NativeKind::Plain
    }

    /// So many arguments are padded with defaults in an array.
    pub const FEW: usize = 4;

    /// The parameters, parsed when first needed.
    #[inline]
    pub fn signature(&self) -> &'static Signature {
        match self.signature.get() {
            Some(signature) => signature,
            None => {
                let signature = self.row.signature();
                self.signature.set(Some(signature));
                let count = signature.parameters.len();
                let receiver = usize::from(self.has_receiver());
                if signature.is_simple {
                    let is_direct = self.row.kind != NativeKind::New
                        && self.row.begin.is_none()
                        && self.row.role != Role::Step;
                    if is_direct && signature.positional == count {
                        self.direct_count.set(count + receiver);
                    }
                    let is_padded = is_direct && self.row.positional.is_none();
                    if is_padded && count + receiver <= NativeFunction::FEW {
                        self.padded_from.set(signature.required + receiver);
                    }
                }
                signature
            }
        }
    }

    /// Its class: CPython has one for each way in which C functions become objects.
    pub fn class(&self) -> CoreType {
        let Some(owner) = self.owner else { return CoreType::BuiltinFunction };
        match (self.row.kind, self.receiver.is_unbound()) {
            (NativeKind::Plain, true) if is_slot(owner, self.row.name) => CoreType::WrapperDescriptor,
            (NativeKind::Plain, true) => CoreType::MethodDescriptor,
            (NativeKind::Plain, false) if is_slot(owner, self.row.name) => CoreType::MethodWrapper,
            (NativeKind::Class, true) => CoreType::ClassMethodDescriptor,
            _ => CoreType::BuiltinFunction,
        }
    }

    /// With how many arguments, the receiver included, a positional call needs no binding; a number
    /// that no call has if there is none.
    pub fn direct_count(&self) -> u32 {
        u32::try_from(self.direct_count.get()).unwrap_or(u32::MAX)
    }

    /// Whether a positional call with `count` arguments, the receiver included, needs no binding.
    #[inline(always)]
    pub fn takes_directly(&self, count: usize) -> bool {
        self.direct_count.get() == count
    }

    /// The parameters whose defaults complete a positional call with `count` arguments, the
    /// receiver included, where the VM need look at nothing else.
    #[inline(always)]
    pub fn padding(&self, count: usize) -> Option<&'static [NativeParameter]> {
        if count < self.padded_from.get() {
            return None;
        }
        let signature = self.signature.get()?;
        let given = count - usize::from(self.has_receiver());
        if given > signature.positional { None } else { signature.parameters.get(given..) }
    }

    /// The same for rows that are called in a way of their own, too.
    #[inline]
    pub fn defaults_for(&self, count: usize) -> Option<&'static [NativeParameter]> {
        let signature = self.signature();
        let receiver = usize::from(self.has_receiver());
        let is_complete = signature.is_simple
            && signature.parameters.len() + receiver <= NativeFunction::FEW
            && (signature.required + receiver..=signature.positional + receiver).contains(&count);
        if is_complete { signature.parameters.get(count - receiver..) } else { None }
    }

    /// Whether it is a function of a module, with nothing to be bound to.
    #[inline]
    pub fn is_function(&self) -> bool {
        self.owner.is_none() && self.receiver.is_unbound()
    }

    /// Whether the first argument is a receiver, which the row's parameters do not name.
    #[inline]
    pub fn has_receiver(&self) -> bool {
        self.owner.is_some() && self.row.kind != NativeKind::Static
    }
}

impl Traverse for NativeFunction {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.receiver);
    }

    fn clear(&self) {
        // Immutable: a cycle through a bound native is broken at its receiver.
    }
}

impl Value {
    /// A function of a module.
    pub fn native_function(row: &'static NativeRow, module: &'static str) -> Value {
        let module = Some(module);
        let function = NativeFunction {
            row,
            owner: None,
            receiver: Value::UNBOUND,
            module,
            spec: None,
            signature: Cell::new(None),
            direct_count: Cell::new(UNKNOWN),
            padded_from: Cell::new(UNKNOWN),
        };
        heap::new_boxed(function, false)
    }

    /// A method of a native class, as it lies in the class's dict.
    pub fn native_method(
        row: &'static NativeRow,
        owner: &'static str,
        spec: Option<&'static TypeSpec>,
    ) -> Value {
        let owner = Some(owner);
        let function = NativeFunction {
            row,
            owner,
            receiver: Value::UNBOUND,
            module: None,
            spec,
            signature: Cell::new(None),
            direct_count: Cell::new(UNKNOWN),
            padded_from: Cell::new(UNKNOWN),
        };
        heap::new_boxed(function, false)
    }

    /// The native `function` bound to `receiver`.
    pub fn bound_native(function: &NativeFunction, receiver: Value) -> Value {
        let NativeFunction { row, owner, module, spec, .. } = *function;
        let signature = function.signature.clone();
        let (direct_count, padded_from) = (function.direct_count.clone(), function.padded_from.clone());
        let bound =
            NativeFunction { row, owner, receiver, module, spec, signature, direct_count, padded_from };
        heap::new_boxed(bound, true)
    }

    /// A native function.
    #[inline(always)]
    pub fn as_native(&self) -> Option<&NativeFunction> {
        self.get::<NativeFunction>()
    }
}
