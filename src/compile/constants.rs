//! The constants of a code, each kept once.

use crate::bytecode::{Const, ConstIndex};
use rustc_hash::FxHashMap;
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct Constants {
    list: Vec<Const>,
    /// By their text form, so that `1`, `1.0`, `True` and `-0.0` stay apart.
    index: FxHashMap<Vec<u8>, ConstIndex>,
}

impl Constants {
    /// The index of `constant`.
    pub(super) fn add(&mut self, constant: Const) -> ConstIndex {
        let mut key = Vec::new();
        write_key(&constant, &mut key);
        let next = ConstIndex(self.list.len() as u32);
        let index = *self.index.entry(key).or_insert(next);
        if index == next {
            self.list.push(constant);
        }
        index
    }

    /// The index of a name.
    pub(super) fn name(&mut self, name: &Rc<str>) -> ConstIndex {
        self.add(Const::Str(Rc::clone(name)))
    }

    pub(super) fn get(&self, index: ConstIndex) -> Option<&Const> {
        self.list.get(index.0 as usize)
    }

    pub(super) fn into_list(self) -> Vec<Const> {
        self.list
    }
}

/// Distinct constants get distinct keys: a letter for the kind, then the value, with lengths
/// before what varies in length.
fn write_key(constant: &Const, key: &mut Vec<u8>) {
    let sized = |key: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
        key.push(kind);
        key.extend((bytes.len() as u64).to_le_bytes());
        key.extend(bytes);
    };
    match constant {
        Const::None => key.push(b'n'),
        Const::True => key.push(b't'),
        Const::False => key.push(b'f'),
        Const::Ellipsis => key.push(b'.'),
        Const::Int(value) => sized(key, b'i', &value.to_le_bytes()),
        Const::BigInt(value) => sized(key, b'I', &value.to_signed_bytes_le()),
        Const::Float(value) => sized(key, b'd', &value.to_bits().to_le_bytes()),
        Const::Complex(real, imaginary) => {
            sized(key, b'c', &real.to_bits().to_le_bytes());
            key.extend(imaginary.to_bits().to_le_bytes());
        }
        Const::Str(text) => sized(key, b's', text.as_bytes()),
        Const::Bytes(bytes) => sized(key, b'b', bytes),
        Const::Tuple(items) | Const::FrozenSet(items) => {
            let kind = if matches!(constant, Const::Tuple(_)) { b'(' } else { b'{' };
            sized(key, kind, &(items.len() as u64).to_le_bytes());
            items.iter().for_each(|item| write_key(item, key));
        }
    }
}
