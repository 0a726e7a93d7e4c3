//! Operations between sets and iterables, step by step as CPython's `setobject.c`: the history
//! of a table decides the order of its members.

use crate::object::dict::hash_of;
use crate::object::set::SetObject;
use crate::object::{Interpreter, Raised, Value};

/// A new set of the same kind with the same members.
pub fn copy(interp: &mut dyn Interpreter, set: &SetObject) -> Result<SetObject, Raised> {
    let copy = SetObject::new(set.is_frozen);
    copy.merge(interp, set)?;
    Ok(copy)
}

/// Add the items of an iterable.
pub fn update(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<(), Raised> {
    if let Some(other) = other.set_like() {
        return set.merge(interp, other);
    }
    if let Some(dict) = other.as_dict() {
        set.reserve(dict.len());
        let mut place = 0;
        while let Some((next, entry)) = dict.entry_from(place) {
            place = next;
            set.add_hashed(interp, entry.hash, &entry.key)?;
        }
        return Ok(());
    }
    if let Some(items) = other.as_tuple() {
        for item in items {
            set.add(interp, item)?;
        }
        return Ok(());
    }
    let iterator = interp.iter(other)?;
    while let Some(item) = interp.next(&iterator)? {
        set.add(interp, &item)?;
    }
    Ok(())
}

pub fn union(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<SetObject, Raised> {
    let result = copy(interp, set)?;
    update(interp, &result, other)?;
    Ok(result)
}

pub fn intersection(
    interp: &mut dyn Interpreter,
    set: &SetObject,
    other: &Value,
) -> Result<SetObject, Raised> {
    let result = SetObject::new(set.is_frozen);
    if let Some(other) = other.set_like() {
        if std::ptr::eq(set, other) {
            return copy(interp, set);
        }
        let (small, large) = if other.len() > set.len() { (set, other) } else { (other, set) };
        for member in small.hashed_members() {
            if large.contains_hashed(interp, member.hash, &member.key)? {
                result.add_hashed(interp, member.hash, &member.key)?;
            }
        }
        return Ok(result);
    }
    let iterator = interp.iter(other)?;
    while let Some(item) = interp.next(&iterator)? {
        let hash = hash_of(interp, &item)?;
        if set.contains_hashed(interp, hash, &item)? {
            result.add_hashed(interp, hash, &item)?;
            if result.len() >= set.len() {
                // There can be no more; the iterable may be endless.
                break;
            }
        }
    }
    Ok(result)
}

/// Intersection with any number of iterables.
pub fn intersection_of_all(
    interp: &mut dyn Interpreter,
    set: &SetObject,
    others: &[Value],
) -> Result<SetObject, Raised> {
    let Some((first, rest)) = others.split_first() else { return copy(interp, set) };
    let mut result = intersection(interp, set, first)?;
    for other in rest {
        result = intersection(interp, &result, other)?;
    }
    Ok(result)
}

pub fn difference(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<SetObject, Raised> {
    let other_length = match (other.set_like(), other.as_dict()) {
        (Some(other), _) => Some(other.len()),
        (_, Some(dict)) => Some(dict.len()),
        _ => None,
    };
    // A small or unknown other is taken away from a copy.
    if other_length.is_none_or(|length| set.len() / 4 > length) {
        let result = copy(interp, set)?;
        difference_update(interp, &result, other)?;
        return Ok(result);
    }
    let result = SetObject::new(set.is_frozen);
    for member in set.hashed_members() {
        let is_there = match (other.set_like(), other.as_dict()) {
            (Some(other), _) => other.contains_hashed(interp, member.hash, &member.key)?,
            (_, Some(dict)) => dict.find(interp, member.hash, &member.key)?.is_some(),
            _ => false,
        };
        if !is_there {
            result.add_hashed(interp, member.hash, &member.key)?;
        }
    }
    Ok(result)
}

/// Remove the items of an iterable.
pub fn difference_update(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<(), Raised> {
    if let Some(other) = other.set_like() {
        if std::ptr::eq(set, other) {
            set.clear_members();
            return Ok(());
        }
        let members = if other.len() / 8 > set.len() {
            // The common members are fewer by far.
            let mut common = Vec::new();
            for member in set.hashed_members() {
                if other.contains_hashed(interp, member.hash, &member.key)? {
                    common.push(member);
                }
            }
            common
        } else {
            other.hashed_members()
        };
        for member in members {
            set.remove_hashed(interp, member.hash, &member.key)?;
        }
    } else {
        let iterator = interp.iter(other)?;
        while let Some(item) = interp.next(&iterator)? {
            set.remove(interp, &item)?;
        }
    }
    set.tidy();
    Ok(())
}

pub fn symmetric_difference(
    interp: &mut dyn Interpreter,
    set: &SetObject,
    other: &Value,
) -> Result<SetObject, Raised> {
    let result = SetObject::new(set.is_frozen);
    update(interp, &result, other)?;
    toggle(interp, &result, set)?;
    Ok(result)
}

/// Keep what is in exactly one of the set and the iterable.
pub fn symmetric_update(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<(), Raised> {
    if let Some(dict) = other.as_dict() {
        for entry in dict.entries() {
            if !set.remove_hashed(interp, entry.hash, &entry.key)? {
                set.add_hashed(interp, entry.hash, &entry.key)?;
            }
        }
        return Ok(());
    }
    if let Some(other) = other.set_like() {
        if std::ptr::eq(set, other) {
            set.clear_members();
            return Ok(());
        }
        return toggle(interp, set, other);
    }
    let items = SetObject::new(false);
    update(interp, &items, other)?;
    toggle(interp, set, &items)
}

/// Remove the members of `other` that are in `set`, add those that are not.
fn toggle(interp: &mut dyn Interpreter, set: &SetObject, other: &SetObject) -> Result<(), Raised> {
    for member in other.hashed_members() {
        if !set.remove_hashed(interp, member.hash, &member.key)? {
            set.add_hashed(interp, member.hash, &member.key)?;
        }
    }
    Ok(())
}

/// Whether all members of `inner` are in `outer`.
pub fn is_subset(interp: &mut dyn Interpreter, inner: &SetObject, outer: &SetObject) -> Result<bool, Raised> {
    if inner.len() > outer.len() {
        return Ok(false);
    }
    for member in inner.hashed_members() {
        if !outer.contains_hashed(interp, member.hash, &member.key)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn is_disjoint(interp: &mut dyn Interpreter, set: &SetObject, other: &Value) -> Result<bool, Raised> {
    if let Some(other) = other.set_like() {
        if std::ptr::eq(set, other) {
            return Ok(set.is_empty());
        }
        let (small, large) = if other.len() > set.len() { (set, other) } else { (other, set) };
        for member in small.hashed_members() {
            if large.contains_hashed(interp, member.hash, &member.key)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let iterator = interp.iter(other)?;
    while let Some(item) = interp.next(&iterator)? {
        if set.contains(interp, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
