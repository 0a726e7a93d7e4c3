//! Freeing objects whose count has reached zero. Part of the heap's trusted core.
#![allow(unsafe_code)]

use super::*;

/// Free an object whose count has reached zero, or queue its finalizer.
///
/// # Safety
/// Nobody owns a count of `object`, and it is released once.
#[cold]
#[inline(never)]
pub(in crate::object) unsafe fn release(object: NonNull<Header>) {
    let deep = with_heap(|heap| {
        if heap.depth >= MAX_DEPTH {
            heap.worklist.push(object);
            true
        } else {
            heap.depth += 1;
            false
        }
    });
    if deep {
        return;
    }
    // SAFETY: handed over by the caller, or by the `release` that put it on the worklist.
    unsafe { free(object) };
    while let Some(next) = with_heap(|heap| if heap.depth == 1 { heap.worklist.pop() } else { None }) {
        unsafe { free(next) };
    }
    with_heap(|heap| heap.depth -= 1);
}

/// # Safety
/// As [`release`].
unsafe fn free(object: NonNull<Header>) {
    // SAFETY: by the contract the object is alive but unowned; each arm frees it by the layout
    // that its tag names, or revives it.
    unsafe {
        let header = object.as_ref();
        let tag = header.tag();
        if header.flags.get() != 0 || matches!(tag, Tag::Generator | Tag::Object | Tag::Code) {
            if tag == Tag::Code {
                if !header.has_flag(flag::IN_LIMBO) {
                    header.set_flag(flag::IN_LIMBO);
                    untrack(object);
                    with_heap(|heap| heap.limbo.push(object));
                }
                ATTENTION.set(true);
                return;
            }
            if needs_finalizer(object) {
                header.increment();
                header.set_flag(flag::FINALIZED);
                let value = Value::from_owned(tag, object);
                with_heap(|heap| heap.finalizers.push(value));
                ATTENTION.set(true);
                return;
            }
            forget_identity(object);
        }
        untrack(object);
        destroy(object, tag);
    }
}

/// # Safety
/// `object` is alive.
pub(super) unsafe fn needs_finalizer(object: NonNull<Header>) -> bool {
    // SAFETY: the tag names the layout.
    unsafe {
        let header = object.as_ref();
        if header.has_flag(flag::FINALIZED) {
            return false;
        }
        match header.tag() {
            Tag::Generator => generator::Generator::from_header(object).needs_finalizer(),
            Tag::Object => ObjectBox::from_header(object).object().needs_finalizer(),
            _ => header.has_flag(flag::HAS_DEL),
        }
    }
}

/// Weak references to the object lead nowhere from now on; their callbacks are queued.
///
/// # Safety
/// `object` is alive.
pub(super) unsafe fn cut_weak(object: NonNull<Header>) {
    // SAFETY: `object` is alive.
    let header = unsafe { object.as_ref() };
    if !header.has_flag(flag::HAS_WEAK) {
        return;
    }
    header.clear_flag(flag::HAS_WEAK);
    let address = object.as_ptr() as usize;
    let Some(cell) = with_heap(|heap| heap.weak.as_mut().and_then(|weak| weak.remove(&address))) else {
        return;
    };
    cell.target.set(None);
    // SAFETY: nobody else borrows the callbacks while the heap works.
    let callbacks = std::mem::take(unsafe { &mut *cell.callbacks.get() });
    if !callbacks.is_empty() {
        // The latest first, as CPython calls them.
        with_heap(|heap| heap.finalizers.extend(callbacks.into_iter().rev()));
        ATTENTION.set(true);
    }
}

/// # Safety
/// `object` is alive.
pub(super) unsafe fn forget_identity(object: NonNull<Header>) {
    // SAFETY: `object` is alive.
    let header = unsafe { object.as_ref() };
    let address = object.as_ptr() as usize;
    // SAFETY: as promised by the caller.
    unsafe { cut_weak(object) };
    if header.has_flag(flag::HAS_ID) {
        with_heap(|heap| heap.ids.as_mut().map(|ids| ids.remove(&address)));
    }
    if header.has_flag(flag::ENROLLED) {
        strike_header(header);
    }
    if header.has_flag(flag::INTERNED) {
        // SAFETY: only strings carry the flag.
        crate::object::string::forget_interned(unsafe { StrObject::from_header(object) }.as_str());
    }
}

/// # Safety
/// `object` is alive, unowned and untracked, and `tag` is its tag.
pub(super) unsafe fn destroy(object: NonNull<Header>, tag: Tag) {
    unsafe fn boxed<T>(object: NonNull<Header>) {
        // SAFETY: allocated by `new_boxed` as `Boxed<T>`.
        drop(unsafe { Box::from_raw(object.cast::<Boxed<T>>().as_ptr()) });
    }
    unsafe fn block<T>(object: NonNull<Header>) {
        // SAFETY: allocated by `new_block` as `Block<T>`.
        unsafe {
            let block = object.cast::<Block<T>>().as_ptr();
            let (length, values) = ((*block).length, (*block).values_pointer());
            for index in 0..length {
                std::ptr::drop_in_place(values.add(index));
            }
            std::ptr::drop_in_place(&raw mut (*block).head);
            dealloc(block.cast(), Block::<T>::layout(length));
        }
    }
    // SAFETY: each arm matches the layout of its tag.
    unsafe {
        match tag {
            Tag::Str => {
                let capacity = object.cast::<StrObject>().as_ref().capacity;
                dealloc(object.as_ptr().cast(), StrObject::layout(capacity));
            }
            Tag::Bytes => boxed::<bytes::BytesObject>(object),
            Tag::BigInt => boxed::<integer::BigIntObject>(object),
            Tag::Complex => boxed::<complex::ComplexObject>(object),
            Tag::Range => boxed::<range::RangeObject>(object),
            // The items of tuples and lists die from the last to the first, as in CPython.
            Tag::Tuple => {
                let tuple = object.cast::<Block<tuple::TupleHead>>().as_ptr();
                std::slice::from_raw_parts_mut((*tuple).values_pointer(), (*tuple).length).reverse();
                block::<tuple::TupleHead>(object);
            }
            Tag::List => {
                object.cast::<Boxed<list::ListObject>>().as_ref().value.drop_backwards();
                boxed::<list::ListObject>(object);
            }
            Tag::Dict => boxed::<dict::DictObject>(object),
            Tag::Set => boxed::<set::SetObject>(object),
            Tag::Slice => boxed::<slice::SliceObject>(object),
            Tag::Function => boxed::<function::FunctionObject>(object),
            Tag::Native => boxed::<native::NativeFunction>(object),
            Tag::Method => boxed::<method::MethodObject>(object),
            Tag::Type => boxed::<class::TypeObject>(object),
            Tag::Instance => block::<instance::InstanceHead>(object),
            Tag::Generator => {
                generator::Generator::from_header(object).head().unlink_child();
                block::<generator::GeneratorHead>(object);
            }
            Tag::Cell => boxed::<cell::CellObject>(object),
            Tag::Module => boxed::<module::ModuleObject>(object),
            Tag::Code => boxed::<code::CodeObject>(object),
            Tag::RangeIterator => boxed::<iterator::RangeIterator>(object),
            Tag::SequenceIterator => boxed::<iterator::SequenceIterator>(object),
            Tag::Object => ObjectBox::from_header(object).destroy(object),
            Tag::Unbound | Tag::None | Tag::Bool | Tag::Int | Tag::Float => unreachable!("not on the heap"),
            Tag::Ellipsis | Tag::NotImplemented => unreachable!("not on the heap"),
        }
    }
}
