//! Instances of classes made by scripts, and of built-in exceptions: attributes in slots that
//! their shape names. The block holds the payload if there is one, then the members (what
//! `__slots__` declares), then the inline slots.

use super::class::TypeObject;
use super::dict::DictObject;
use super::heap::{self, Block, Traverse};
use super::shape::ShapeId;
use super::value::{Tag, Value};
use std::cell::RefCell;

/// What stands before the slots. The shape is in the header's `aux`; slots that do not fit
/// behind the head are in `extra`.
pub struct InstanceHead {
    class: RefCell<Value>,
    extra: RefCell<Option<Box<Extra>>>,
    /// Whether value 0 of the block holds the payload (see `payload`).
    has_payload: bool,
    /// Values of the block before the inline slots: the payload, then the members.
    reserved: u16,
}

#[derive(Default)]
struct Extra {
    /// Slots beyond the inline ones.
    slots: Vec<Value>,
    /// The attributes, once somebody asked for `__dict__`: the slots are then unused.
    dict: Value,
}

/// An instance. Slot numbers are those of its shape; the payload does not count.
pub type InstanceObject = Block<InstanceHead>;

impl InstanceObject {
    /// The class.
    #[inline(always)]
    pub fn class(&self) -> Value {
        self.head().class.borrow().clone()
    }

    /// Run `f` on the class without touching its count.
    #[inline(always)]
    pub fn with_class<R>(&self, f: impl FnOnce(&TypeObject) -> R) -> R {
        f(self.head().class.borrow().as_type().expect("an instance's class is a type"))
    }

    /// Whether `class` is its class.
    #[inline(always)]
    pub fn is_of(&self, class: &Value) -> bool {
        self.head().class.borrow().is(class)
    }

    /// `__class__ = ...`; attributes move to a dict, since shapes belong to classes.
    pub fn set_class(&self, class: Value) {
        self.dict();
        let old = self.head().class.replace(class);
        drop(old);
    }

    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.header().aux.get())
    }

    /// For an instance of a subclass of a native class: the native object it wraps. For an
    /// exception: its state.
    #[inline(always)]
    pub fn payload(&self) -> Option<&Value> {
        self.payload_ref()
    }

    #[inline(always)]
    fn inline_slots(&self) -> usize {
        self.length() - self.head().reserved as usize
    }

    /// The value in a slot; unbound if it was deleted.
    #[inline(always)]
    pub fn slot(&self, slot: usize) -> Value {
        if slot < self.inline_slots() {
            return self.value(slot + self.head().reserved as usize);
        }
        let extra = self.head().extra.borrow();
        let slot = slot - self.inline_slots();
        extra.as_ref().and_then(|extra| extra.slots.get(slot).cloned()).unwrap_or_default()
    }

    /// Replace the value of a slot that exists, returning the old one.
    #[inline(always)]
    pub fn set_slot(&self, slot: usize, value: Value) -> Value {
        if slot < self.inline_slots() {
            return self.replace(slot + self.head().reserved as usize, value);
        }
        let mut extra = self.head().extra.borrow_mut();
        let slots = &mut extra.get_or_insert_default().slots;
        let slot = slot - self.inline_slots();
        if slot >= slots.len() {
            slots.resize_with(slot + 1, Value::default);
        }
        std::mem::replace(&mut slots[slot], value)
    }

    /// Give the slot of a transition its first value: the instance takes the shape `next`.
    #[inline(always)]
    pub fn add_slot(&self, slot: usize, value: Value, next: ShapeId) {
        self.set_slot(slot, value);
        self.header().aux.set(next.0);
    }

    /// Number of members: what `__slots__` of its classes declare.
    fn members(&self) -> usize {
        self.head().reserved as usize - usize::from(self.head().has_payload)
    }

    /// The member at `index`, unbound if it has no value; `None` if there is no such member.
    #[inline]
    pub fn member(&self, index: usize) -> Option<Value> {
        (index < self.members()).then(|| self.value(index + usize::from(self.head().has_payload)))
    }

    /// Replace the member at `index`, returning the old value; `None` if there is no such member.
    #[inline]
    pub fn set_member(&self, index: usize, value: Value) -> Option<Value> {
        (index < self.members()).then(|| self.replace(index + usize::from(self.head().has_payload), value))
    }

    /// The attribute dict, if the instance has been changed over to one.
    pub fn dict_if_any(&self) -> Option<Value> {
        self.head().extra.borrow().as_ref().and_then(|extra| extra.dict.given().cloned())
    }

    /// The attribute dict (`__dict__`); from now on attributes live there.
    pub fn dict(&self) -> Value {
        if let Some(dict) = self.dict_if_any() {
            return dict;
        }
        let dict = DictObject::new();
        for (slot, name) in self.shape().names().iter().enumerate() {
            let value = self.set_slot(slot, Value::UNBOUND);
            if !value.is_unbound() {
                dict.set_str_value(name, value);
            }
        }
        let dict = Value::dict(dict);
        self.head().extra.borrow_mut().get_or_insert_default().dict = dict.clone();
        self.header().aux.set(ShapeId::NONE.0);
        dict
    }

    /// Replace the attribute dict (`__dict__ = ...`).
    pub fn set_dict(&self, dict: Value) {
        self.dict();
        let old = std::mem::replace(&mut self.head().extra.borrow_mut().get_or_insert_default().dict, dict);
        drop(old);
    }

    /// The attribute with an interned name, from slots or dict; class attributes not considered.
    pub fn own_attribute(&self, name: &Value) -> Option<Value> {
        if let Some(slot) = self.shape().slot(name) {
            return Some(self.slot(slot)).filter(|value| !value.is_unbound());
        }
        self.dict_if_any()?.as_dict()?.get_str_value(name)
    }

    /// Set the attribute with an interned name in slots or dict; returns the old value.
    pub fn set_own_attribute(&self, name: &Value, value: Value) -> Option<Value> {
        if let Some(dict) = self.dict_if_any() {
            return dict.dict_like()?.set_str_value(name, value);
        }
        if let Some(slot) = self.shape().slot(name) {
            return Some(self.set_slot(slot, value)).filter(|value| !value.is_unbound());
        }
        let shape = self.shape();
        if shape.len() >= 128 {
            self.dict();
            return self.set_own_attribute(name, value);
        }
        let slot = shape.len();
        self.with_class(|class| class.note_slots(slot + 1));
        self.add_slot(slot, value, shape.with(name));
        None
    }

    /// Delete the attribute with an interned name; what it was.
    pub fn delete_own_attribute(&self, name: &Value) -> Option<Value> {
        // A deleted slot would keep its place in the order, so go over to a dict.
        self.own_attribute(name)?;
        self.dict().as_dict()?.remove_str(name)
    }
}

impl Traverse for InstanceObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.head().class.borrow());
        for index in 0..self.length() {
            self.visit_value(index, visit);
        }
        if let Some(extra) = &*self.head().extra.borrow() {
            extra.slots.iter().for_each(&mut *visit);
            visit(&extra.dict);
        }
    }

    fn clear(&self) {
        // The payload stays: natives may rely on it while the object is reachable.
        for index in usize::from(self.head().has_payload)..self.length() {
            drop(self.replace(index, Value::UNBOUND));
        }
        let extra = self.head().extra.take();
        drop(extra);
    }
}

impl Value {
    /// A new instance of `class` without attributes. `payload` is what it wraps, if its class
    /// has a native base.
    pub fn instance(class: Value, payload: Option<Value>) -> Value {
        let (shape, inline, members, has_del) = {
            let class = class.as_type().expect("instances are made of types");
            (class.root_shape(), class.expected_slots(), class.member_count(), class.has_del())
        };
        let has_payload = payload.is_some();
        let reserved = members + u16::from(has_payload);
        let length = inline + reserved as usize;
        let extra = RefCell::new(None);
        let head = InstanceHead { class: RefCell::new(class), extra, has_payload, reserved };
        let mut payload = payload;
        let value =
            heap::new_block(Tag::Instance, head, length, true, |_| payload.take().unwrap_or_default());
        let header = value.header().expect("an instance is on the heap");
        header.aux.set(shape.0);
        if has_del {
            header.set_flag(heap::flag::HAS_DEL);
        }
        value
    }

    /// An instance.
    #[inline(always)]
    pub fn as_instance(&self) -> Option<&InstanceObject> {
        self.get::<InstanceObject>()
    }
}

impl InstanceHead {
    #[inline(always)]
    pub(super) fn has_payload(&self) -> bool {
        self.has_payload
    }
}
