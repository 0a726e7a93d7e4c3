//! Writing an object: what `Pickler.dump` does. What is still to be written lies on a stack, so that
//! deep structures need no native one.

use super::buffer::PickleBuffer;
use super::output::Output;
use super::pickler::Pickler;
use super::{from_module, op, pickling_error};
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Tag, Value, heap};

mod containers;
mod global;
mod plain;
mod reduce;

/// How many items are added at once.
const BATCH: usize = 1000;
/// Deeper nesting is refused, as by CPython, whose native stack ends there.
const DEEPEST: usize = 10_000;
/// From which depth on objects within themselves are looked for when there is no memo.
const FAST_DEPTH: usize = 50;

/// One thing to do, after those above it on the stack.
enum Work {
    /// Write an object.
    Save(Value),
    /// Write what stands for an object elsewhere: its identity is no more asked for.
    SavePlain(Value),
    Write(&'static [u8]),
    /// Enter an object in the memo, now that it is on the unpickler's stack.
    Memo(Value),
    /// The items of a tuple are written.
    Tuple(Value),
    /// The items of a frozenset are written.
    FrozenSet(Value),
    /// A list or set with items from `at` on.
    Items {
        items: Value,
        at: usize,
        count: usize,
        is_set: bool,
    },
    /// A dict with entries from a place on; its length must stay what it was.
    Entries {
        dict: Value,
        place: usize,
        count: usize,
        length: usize,
    },
    /// What an iterator gives: items, or pairs.
    Batch {
        iterator: Value,
        next: Value,
        count: usize,
        are_pairs: bool,
    },
    /// A name in a module, both as they are now.
    Toplevel(Box<str>, Box<str>),
    /// The callable and its arguments are written.
    Made(Box<reduce::Made>),
    /// One level less.
    Leave {
        cost: usize,
        identity: u64,
    },
}

/// One run of `dump`.
pub struct Dump<'p> {
    pickler: &'p Pickler,
    pub out: Output,
    /// The file's `write`; unbound if there is no file.
    write: Value,
    persistent_id: Value,
    reducer_override: Value,
    work: Vec<Work>,
    depth: usize,
    /// Without memo: the objects that are being written.
    open: Vec<u64>,
}

impl<'p> Dump<'p> {
    /// Nothing written yet.
    pub fn new(
        pickler: &'p Pickler,
        write: Value,
        persistent_id: Value,
        reducer_override: Value,
    ) -> Dump<'p> {
        let (out, work, open) = (Output::default(), Vec::new(), Vec::new());
        Dump { pickler, out, write, persistent_id, reducer_override, work, depth: 0, open }
    }

    fn protocol(&self) -> i64 {
        self.pickler.protocol.get()
    }

    fn is_binary(&self) -> bool {
        self.pickler.is_binary.get()
    }

    /// Write one object as a whole pickle.
    pub fn object(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        let protocol = self.protocol();
        if protocol >= 2 {
            self.out.write(&[op::PROTO, protocol as u8]);
        }
        self.out.has_frames = protocol >= 4;
        self.work.push(Work::Save(object.clone()));
        let mut turns = 0_u32;
        while let Some(work) = self.work.pop() {
            self.step(interp, work)?;
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(4096) {
                interp.poll()?;
            }
        }
        self.out.op(op::STOP);
        self.out.end_frame();
        self.out.has_frames = false;
        Ok(())
    }

    fn step(&mut self, interp: &mut dyn Interpreter, work: Work) -> Result<(), Raised> {
        match work {
            Work::Save(object) => self.save(interp, object, true),
            Work::SavePlain(object) => self.save(interp, object, false),
            Work::Write(data) => {
                self.out.write(data);
                Ok(())
            }
            Work::Memo(object) => {
                self.memoize(&object);
                Ok(())
            }
            Work::Tuple(tuple) => {
                self.end_tuple(&tuple);
                Ok(())
            }
            Work::FrozenSet(set) => {
                if let Some(number) = self.known(&set) {
                    self.out.op(op::POP_MARK);
                    self.recall(number);
                } else {
                    self.out.op(op::FROZENSET);
                    self.memoize(&set);
                }
                Ok(())
            }
            Work::Items { items, at, count, is_set } => self.items(interp, items, at, count, is_set),
            Work::Entries { dict, place, count, length } => self.entries(interp, dict, place, count, length),
            Work::Batch { iterator, next, count, are_pairs } => {
                self.batch(interp, iterator, next, count, are_pairs)
            }
            Work::Toplevel(module, name) => self.toplevel(interp, &module, &name),
            Work::Made(made) => {
                self.made(*made);
                Ok(())
            }
            Work::Leave { cost, identity } => {
                self.depth -= cost;
                if identity != 0 {
                    self.open.pop();
                }
                Ok(())
            }
        }
    }

    /// Go a level deeper, which costs as much of the native stack as in CPython; what is pushed
    /// next comes to an end before `Leave`.
    fn enter(&mut self, interp: &mut dyn Interpreter, object: &Value, cost: usize) -> Result<(), Raised> {
        let mut open = 0;
        if self.pickler.is_fast.get() && self.depth >= FAST_DEPTH {
            open = identity(object).unwrap_or_default();
            if self.open.contains(&open) {
                let (class, address) = (interp.type_name(object), object.address_text());
                let message = format!(
                    "fast mode: can't pickle cyclic objects including object type {class} at {address}"
                );
                return Err(interp.value_error(&message));
            }
            self.open.push(open);
        }
        self.depth += cost;
        self.work.push(Work::Leave { cost, identity: open });
        Ok(())
    }

    /// The number of an object that was written before.
    fn known(&self, object: &Value) -> Option<usize> {
        let identity = identity(object)?;
        self.pickler.memo.borrow().get(&identity).map(|(number, _)| *number)
    }

    fn memoize(&mut self, object: &Value) {
        if self.pickler.is_fast.get() {
            return;
        }
        let Some(identity) = identity(object) else { return };
        let number = {
            let mut memo = self.pickler.memo.borrow_mut();
            let number = memo.len();
            memo.insert(identity, (number, object.clone()));
            number
        };
        if self.protocol() >= 4 {
            self.out.op(op::MEMOIZE);
        } else {
            self.numbered(number, op::BINPUT, op::LONG_BINPUT, op::PUT);
        }
    }

    /// Push what was written before.
    fn recall(&mut self, number: usize) {
        self.numbered(number, op::BINGET, op::LONG_BINGET, op::GET);
    }

    fn numbered(&mut self, number: usize, short: u8, long: u8, text: u8) {
        if !self.is_binary() {
            let line = format!("{}{number}\n", text as char);
            self.out.write(line.as_bytes());
        } else if let Ok(number) = u8::try_from(number) {
            self.out.write(&[short, number]);
        } else {
            let mut data = [long, 0, 0, 0, 0];
            data[1..].copy_from_slice(&(number as u32).to_le_bytes());
            self.out.write(&data);
        }
    }

    fn save(&mut self, interp: &mut dyn Interpreter, object: Value, is_asked: bool) -> Result<(), Raised> {
        if self.out.is_frame_full() {
            self.out.end_frame();
            if !self.write.is_unbound() {
                super::pickler::flush(interp, &mut self.out, &self.write)?;
            }
        }
        if self.depth >= DEEPEST {
            let message = "maximum recursion depth exceeded while pickling an object";
            return Err(interp.raise(CoreType::RecursionError, message));
        }
        if is_asked && !self.persistent_id.is_unbound() && self.persistent(interp, &object)? {
            return Ok(());
        }
        match object.tag() {
            Tag::None => {
                self.out.op(op::NONE);
                return Ok(());
            }
            Tag::Bool => {
                self.boolean(object.as_bool() == Some(true));
                return Ok(());
            }
            Tag::Int | Tag::BigInt => return self.integer(interp, &object),
            Tag::Float => return self.float(interp, &object),
            _ => {}
        }
        if let Some(number) = self.known(&object) {
            self.recall(number);
            return Ok(());
        }
        match object.tag() {
            Tag::Bytes => return self.bytes(interp, object),
            Tag::Str => return self.text(interp, object),
            Tag::Dict => return self.dict(interp, object),
            Tag::List => return self.list(interp, object),
            Tag::Tuple => return self.tuple(interp, object),
            Tag::Set => return self.set(interp, object),
            Tag::Object => {
                if object.as_object().is_some_and(|object| object.spec().name == "bytearray") {
                    return self.byte_array(interp, object);
                }
                if object.downcast::<PickleBuffer>().is_some() {
                    return self.buffer(interp, object);
                }
            }
            _ => {}
        }
        self.by_reduction(interp, object)
    }

    /// Write what `persistent_id` says of the object; whether it says something.
    fn persistent(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<bool, Raised> {
        let identity = interp.call(&self.persistent_id, std::slice::from_ref(object))?;
        if identity.is_none() {
            return Ok(false);
        }
        if self.is_binary() {
            self.work.push(Work::Write(&[op::BINPERSID]));
            self.work.push(Work::SavePlain(identity));
            return Ok(true);
        }
        let text = interp.to_str(&identity)?;
        let text = text.str_like().unwrap_or_default();
        if !text.is_ascii() {
            return Err(pickling_error(interp, "persistent IDs in protocol 0 must be ASCII strings"));
        }
        let line = format!("{}{text}\n", op::PERSID as char);
        self.out.write(line.as_bytes());
        Ok(true)
    }

    /// What the class, a table or the object itself says of how to make it.
    fn by_reduction(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        if !self.reducer_override.is_unbound() {
            let reduced = interp.call(&self.reducer_override, std::slice::from_ref(&object))?;
            if !reduced.is_not_implemented() {
                return self.reduced(interp, reduced, object);
            }
        }
        let class = interp.class_of(&object);
        if class.is(&interp.core(CoreType::Type)) {
            return self.class(interp, object);
        }
        if class.is(&interp.core(CoreType::Function)) {
            return self.global(interp, object, None);
        }
        if let Some(function) = self.registered(interp, &class)? {
            let reduced = interp.call(&function, std::slice::from_ref(&object))?;
            return self.reduced(interp, reduced, object);
        }
        if object.tag() == Tag::Type {
            return self.global(interp, object, None);
        }
        let reduced = match interp.find_attr(&object, &intern("__reduce_ex__"))? {
            Some(function) => interp.call(&function, &[Value::int(self.protocol())])?,
            None => match interp.find_attr(&object, &intern("__reduce__"))? {
                Some(function) => interp.call(&function, &[])?,
                None => {
                    let (class, text) = (interp.type_name(&object), interp.repr(&object)?);
                    let text = text.str_like().unwrap_or_default();
                    return Err(pickling_error(interp, &format!("can't pickle '{class}' object: {text}")));
                }
            },
        };
        self.reduced(interp, reduced, object)
    }

    /// What the dispatch table has for a class.
    fn registered(&self, interp: &mut dyn Interpreter, class: &Value) -> Result<Option<Value>, Raised> {
        let own = self.pickler.table.borrow().clone();
        if own.is_unbound() {
            let table = from_module(interp, "copyreg", "dispatch_table")?;
            return match table.dict_like() {
                Some(table) => table.get(interp, class),
                None => Ok(None),
            };
        }
        match interp.get_item(&own, class) {
            Ok(function) => Ok(Some(function)),
            Err(raised) if interp.raised_is(&raised, CoreType::KeyError) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    /// The classes of the singletons go by their objects, all others by name.
    fn class(&mut self, interp: &mut dyn Interpreter, class: Value) -> Result<(), Raised> {
        for single in [Value::NONE, Value::ELLIPSIS, Value::NOT_IMPLEMENTED] {
            if interp.class_of(&single).is(&class) {
                let function = interp.core(CoreType::Type);
                return self.call(interp, function, vec![single], class);
            }
        }
        self.global(interp, class, None)
    }

    /// Write an object as the result of a call.
    fn call(
        &mut self,
        interp: &mut dyn Interpreter,
        function: Value,
        args: Vec<Value>,
        object: Value,
    ) -> Result<(), Raised> {
        let reduced = Value::pair(function, Value::tuple(args));
        self.by_call(interp, &reduced, object)
    }
}

/// Where the identities of characters begin; no object lies at so low a place.
const SMALL: u64 = 256;

/// What tells one object from all others; `None` for those that are never looked for.
fn identity(object: &Value) -> Option<u64> {
    match object.tag() {
        // Places of no object.
        Tag::Ellipsis => Some(1),
        Tag::NotImplemented => Some(2),
        // One object each in CPython, wherever they come from.
        Tag::Str => match object.as_str().map(str::as_bytes) {
            Some([]) => Some(3),
            Some([byte]) => Some(SMALL + u64::from(*byte)),
            Some([head @ 0xc2..=0xc3, tail]) => Some(SMALL + u64::from(head & 3) * 64 + u64::from(tail & 63)),
            _ => heap::identity(object),
        },
        Tag::Bytes => match object.as_bytes() {
            Some([]) => Some(4),
            Some([byte]) => Some(2 * SMALL + u64::from(*byte)),
            _ => heap::identity(object),
        },
        _ => heap::identity(object),
    }
}
