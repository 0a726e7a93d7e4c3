//! The cycle collector. Part of the heap's trusted core.
#![allow(unsafe_code)]

use super::*;

/// The traversal of a tracked object.
///
/// # Safety
/// `object` is alive for `'a`.
unsafe fn traversal<'a>(object: NonNull<Header>) -> Option<&'a dyn Traverse> {
    // SAFETY: the tag names the layout.
    unsafe {
        Some(match object.as_ref().tag() {
            Tag::Tuple => Block::<tuple::TupleHead>::from_header(object),
            Tag::List => list::ListObject::from_header(object),
            Tag::Dict => dict::DictObject::from_header(object),
            Tag::Set => set::SetObject::from_header(object),
            Tag::Slice => slice::SliceObject::from_header(object),
            Tag::Function => function::FunctionObject::from_header(object),
            Tag::Native => native::NativeFunction::from_header(object),
            Tag::Method => method::MethodObject::from_header(object),
            Tag::Type => class::TypeObject::from_header(object),
            Tag::Instance => Block::<instance::InstanceHead>::from_header(object),
            Tag::Generator => Block::<generator::GeneratorHead>::from_header(object),
            Tag::Cell => cell::CellObject::from_header(object),
            Tag::Module => module::ModuleObject::from_header(object),
            Tag::Code => code::CodeObject::from_header(object),
            Tag::SequenceIterator => iterator::SequenceIterator::from_header(object),
            Tag::Object => ObjectBox::from_header(object).object(),
            _ => return None,
        })
    }
}

/// Find and free unreachable cycles; returns how many objects were unreachable.
///
/// Trial deletion as in CPython: subtract the references that tracked objects hold on each
/// other; whatever keeps a count is reachable from outside (registers, natives, globals), and
/// so is all that it refers to. Garbage with a finalizer is queued and kept for this round.
pub fn collect() -> usize {
    let objects: Vec<NonNull<Header>> = with_heap(|heap| {
        if heap.collecting {
            return Vec::new();
        }
        heap.collecting = true;
        heap.registry.clone()
    });
    if objects.is_empty() {
        with_heap(|heap| {
            heap.collecting = false;
            heap.history.0 += 1;
        });
        return 0;
    }
    // SAFETY: nothing is freed between the snapshot and the clones taken below, so all objects
    // of the snapshot are alive; traversals only read.
    let (garbage, finalizable) = unsafe { find_garbage(&objects) };
    let count = garbage.len();
    if !finalizable.is_empty() {
        with_heap(|heap| heap.finalizers.extend(finalizable));
        ATTENTION.set(true);
    }
    for value in &garbage {
        if let Some(pointer) = value.header() {
            // SAFETY: `garbage` owns a count of each.
            if let Some(object) = unsafe { traversal(NonNull::from(pointer)) } {
                object.clear();
            }
        }
    }
    drop(garbage);
    with_heap(|heap| {
        heap.threshold = FIRST_THRESHOLD.max(heap.registry.len() * 2);
        heap.collecting = false;
        heap.history.0 += 1;
        heap.history.1 += count as u64;
    });
    count
}

/// What the object refers to, as the collector sees it; with repetitions.
pub fn referents(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if let Some(header) = value.header() {
        // SAFETY: `value` owns a count, so the object is alive; the visitor only raises counts.
        if let Some(object) = unsafe { traversal(NonNull::from(header)) } {
            object.traverse(&mut |child| {
                if !child.is_unbound() {
                    found.push(child.clone());
                }
            });
        }
    }
    found
}

/// # Safety
/// All `objects` are alive, and are the whole registry in order.
unsafe fn find_garbage(objects: &[NonNull<Header>]) -> (Vec<Value>, Vec<Value>) {
    // SAFETY: as promised by the caller.
    unsafe {
        let index_of = |value: &Value| -> Option<usize> {
            value.header().map(|h| h.registry.get()).filter(|&i| i != 0).map(|i| i as usize - 1)
        };
        let mut counts: Vec<u32> = objects.iter().map(|o| o.as_ref().count()).collect();
        for &object in objects {
            if let Some(traverse) = traversal(object) {
                traverse.traverse(&mut |child| {
                    if let Some(index) = index_of(child) {
                        counts[index] = counts[index].saturating_sub(1);
                    }
                });
            }
        }
        let mut reachable: Vec<bool> = counts.iter().map(|&count| count > 0).collect();
        let mut stack: Vec<usize> = (0..objects.len()).filter(|&i| reachable[i]).collect();
        let spread = |stack: &mut Vec<usize>, reachable: &mut Vec<bool>| {
            while let Some(index) = stack.pop() {
                if let Some(traverse) = traversal(objects[index]) {
                    traverse.traverse(&mut |child| {
                        if let Some(next) = index_of(child)
                            && !reachable[next]
                        {
                            reachable[next] = true;
                            stack.push(next);
                        }
                    });
                }
            }
        };
        spread(&mut stack, &mut reachable);
        let own = |object: NonNull<Header>| {
            object.as_ref().increment();
            Value::from_owned(object.as_ref().tag(), object)
        };
        let mut finalizable = Vec::new();
        for (index, &object) in objects.iter().enumerate() {
            if !reachable[index] && needs_finalizer(object) {
                object.as_ref().set_flag(flag::FINALIZED);
                finalizable.push(own(object));
                stack.push(index);
            }
        }
        if !finalizable.is_empty() {
            // A finalizer may bring garbage back, but no weak reference to it, as in CPython.
            for (&object, _) in objects.iter().zip(&reachable).filter(|(_, reachable)| !**reachable) {
                cut_weak(object);
            }
            // Whoever is finalized finds the coroutines in the garbage closed, also those that have
            // nothing to clean up: they come first, being older than the tasks that run them.
            for (index, &object) in objects.iter().enumerate() {
                let is_generator = object.as_ref().tag() == Tag::Generator;
                if !reachable[index] && is_generator && !object.as_ref().has_flag(flag::FINALIZED) {
                    let value = own(object);
                    let state = value.as_generator().map(|generator| generator.head().state.get());
                    if state == Some(generator::GeneratorState::Suspended) {
                        object.as_ref().set_flag(flag::FINALIZED);
                        finalizable.push(value);
                        stack.push(index);
                    }
                }
            }
            finalizable.sort_by_key(|value| value.tag() != Tag::Generator);
        }
        for &index in &stack {
            reachable[index] = true;
        }
        spread(&mut stack, &mut reachable);
        let garbage =
            objects.iter().zip(&reachable).filter(|(_, reachable)| !**reachable).map(|(&o, _)| own(o));
        (garbage.collect(), finalizable)
    }
}
