//! Strings: UTF-8, immutable, with the number of code points known; interned names.

use super::heap::{self, StrObject, flag};
use super::value::Value;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::ManuallyDrop;

thread_local! {
    /// Interned strings by text. Each entry's value owns no count: see `intern`.
    static INTERNED: RefCell<HashMap<Box<str>, ManuallyDrop<Value>, FxBuildHasher>> =
        const { RefCell::new(HashMap::with_hasher(FxBuildHasher)) };
    /// Interned strings asked for lately, each at a place made from the address of the text it was
    /// asked by: most are names in the program. They are not dropped with the thread, whose table
    /// may be gone by then.
    static LATELY: [Cell<ManuallyDrop<Value>>; 256] =
        const { [const { Cell::new(ManuallyDrop::new(Value::UNBOUND)) }; 256] };
    /// One string per ASCII character, and the empty one (index 128).
    static SMALL: OnceCell<Box<[Value]>> = const { OnceCell::new() };
}

/// The string object for `text` that is shared by all names spelled so: two interned strings
/// are equal only if identical.
pub fn intern(text: &str) -> Value {
    let address = text.as_ptr() as usize;
    LATELY.with(|lately| {
        let place = &lately[(address ^ address >> 7) % lately.len()];
        let known = ManuallyDrop::into_inner(place.take());
        let value = if known.as_str() == Some(text) { known } else { intern_text(text) };
        place.set(ManuallyDrop::new(value.clone()));
        value
    })
}

/// As [`intern`], without keeping the string for the next time.
pub(in crate::object) fn intern_text(text: &str) -> Value {
    INTERNED.with_borrow_mut(|table| {
        if let Some(known) = table.get(text) {
            return Value::clone(known);
        }
        let value = heap::new_str(text);
        value.header().expect("a string is on the heap").set_flag(flag::INTERNED);
        // The table holds the bits without a count; `forget_interned` removes them before the
        // object is freed.
        let weak = ManuallyDrop::new(value.clone());
        if let Some(header) = weak.header() {
            header.forget_count();
        }
        table.insert(text.into(), weak);
        value
    })
}

/// The interned string equal to `value`, if there is one already.
pub fn interned(text: &str) -> Option<Value> {
    INTERNED.with_borrow(|table| table.get(text).map(|known| Value::clone(known)))
}

/// Called by the heap when the interned string `text` dies.
pub(super) fn forget_interned(text: &str) {
    INTERNED.with_borrow_mut(|table| {
        table.remove(text);
    });
}

/// A one-character or empty ASCII string without allocation.
#[inline]
fn small(index: usize) -> Value {
    SMALL.with(|small| small.get_or_init(make_small)[index].clone())
}

#[cold]
fn make_small() -> Box<[Value]> {
    let characters = (0..128_u8).map(|byte| heap::new_ascii(1, |bytes| bytes[0] = byte));
    characters.chain([heap::new_str("")]).collect()
}

impl Value {
    /// A string.
    #[inline]
    pub fn str(text: &str) -> Value {
        match text.len() {
            0 => small(128),
            1 => small(text.as_bytes()[0] as usize),
            _ => heap::new_str(text),
        }
    }

    /// A string of the texts `parts`, one after the other: `length` bytes, `chars` code points.
    #[inline]
    pub fn str_parts<'t>(length: usize, chars: usize, parts: impl IntoIterator<Item = &'t str>) -> Value {
        if length < 2 {
            return parts.into_iter().find(|part| !part.is_empty()).map_or_else(|| small(128), Value::str);
        }
        heap::new_str_parts(length, chars, parts)
    }

    /// A string of `length` ASCII characters, which `fill` writes over zeros.
    #[inline]
    pub fn ascii(length: usize, fill: impl FnOnce(&mut [u8])) -> Value {
        if length < 2 {
            let mut byte = [0; 1];
            fill(&mut byte[..length]);
            return if length == 0 { small(128) } else { small(byte[0] as usize) };
        }
        heap::new_ascii(length, fill)
    }

    /// A string of one character.
    pub fn char(character: char) -> Value {
        if character.is_ascii() {
            small(character as usize)
        } else {
            heap::new_str(character.encode_utf8(&mut [0; 4]))
        }
    }

    /// The text of an exact `str`.
    #[inline(always)]
    pub fn as_str(&self) -> Option<&str> {
        self.get::<StrObject>().map(StrObject::as_str)
    }

    /// The string object of an exact `str`.
    #[inline(always)]
    pub fn as_str_object(&self) -> Option<&StrObject> {
        self.get::<StrObject>()
    }

    /// The string object of a `str` or of an instance of a subclass.
    #[inline]
    pub fn str_object_like(&self) -> Option<&StrObject> {
        match self.get::<StrObject>() {
            Some(string) => Some(string),
            None => self.as_instance()?.payload_ref()?.get::<StrObject>(),
        }
    }

    /// The text of a `str` or of an instance of a subclass.
    #[inline]
    pub fn str_like(&self) -> Option<&str> {
        match self.get::<StrObject>() {
            Some(string) => Some(string.as_str()),
            None => self.as_instance()?.payload()?.as_str(),
        }
    }

    /// Whether this is an interned string: comparable by identity with other interned strings.
    #[inline]
    pub fn is_interned(&self) -> bool {
        self.get::<StrObject>().is_some() && self.header().is_some_and(|h| h.has_flag(flag::INTERNED))
    }

    /// The same string, interned. Anything else than an exact string is returned as it is.
    pub fn interned(&self) -> Value {
        match self.as_str() {
            Some(text) if !self.is_interned() => intern(text),
            _ => self.clone(),
        }
    }
}
