//! Writing an object: what `Pickler.dump` does. What is still to be written lies on a stack, so that
//! deep structures need no native one.

use super::buffer::{PickleBuffer, inner, is_contiguous};
use super::output::{FRAME_TARGET, Output};
use super::pickler::Pickler;
use super::{from_module, op, pickling_error};
use crate::library::types::bytes::buffer::{Array, Buffer, content};
use crate::object::codec::{Encoding, encode};
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Tag, Value, heap};

mod global;
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
    Items { items: Value, at: usize, count: usize, is_set: bool },
    /// A dict with entries from a place on; its length must stay what it was.
    Entries { dict: Value, place: usize, count: usize, length: usize },
    /// What an iterator gives: items, or pairs.
    Batch { iterator: Value, next: Value, count: usize, are_pairs: bool },
    /// A name in a module, both as they are now.
    Toplevel(Box<str>, Box<str>),
    /// The callable and its arguments are written.
    Made(Box<reduce::Made>),
    /// One level less.
    Leave { cost: usize, identity: u64 },
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
    pub fn new(pickler: &'p Pickler, write: Value, persistent_id: Value, reducer_override: Value) -> Dump<'p> {
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

    fn boolean(&mut self, value: bool) {
        match (self.protocol() >= 2, value) {
            (true, true) => self.out.op(op::NEWTRUE),
            (true, false) => self.out.op(op::NEWFALSE),
            (false, true) => self.out.write(b"I01\n"),
            (false, false) => self.out.write(b"I00\n"),
        }
    }

    fn integer(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        let small = object.as_int().and_then(|number| i32::try_from(number).ok());
        if let Some(number) = small.filter(|_| self.is_binary()) {
            let [a, b, c, d] = number.to_le_bytes();
            match number {
                0..=0xff => self.out.write(&[op::BININT1, a]),
                0x100..=0xffff => self.out.write(&[op::BININT2, a, b]),
                _ => self.out.write(&[op::BININT, a, b, c, d]),
            }
            return Ok(());
        }
        if self.protocol() < 2 {
            let digits = interp.repr(object)?;
            let digits = digits.str_like().unwrap_or_default();
            let line = match small {
                Some(_) => format!("{}{digits}\n", op::INT as char),
                None => format!("{}{digits}L\n", op::LONG as char),
            };
            self.out.write(line.as_bytes());
            return Ok(());
        }
        // The shortest two's complement.
        let data = match object.to_big_int() {
            Some(number) => number.to_signed_bytes_le(),
            None => Vec::new(),
        };
        if let Ok(length) = u8::try_from(data.len()) {
            self.out.write(&[op::LONG1, length]);
        } else if let Ok(length) = i32::try_from(data.len()) {
            let mut head = vec![op::LONG4];
            head.extend_from_slice(&length.to_le_bytes());
            self.out.write(&head);
        } else {
            return Err(interp.overflow_error("int too large to pickle"));
        }
        self.out.write(&data);
        Ok(())
    }

    fn float(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        if self.is_binary() {
            let mut data = [op::BINFLOAT; 9];
            data[1..].copy_from_slice(&object.as_float().unwrap_or_default().to_be_bytes());
            self.out.write(&data);
            return Ok(());
        }
        let digits = interp.repr(object)?;
        let line = format!("{}{}\n", op::FLOAT as char, digits.str_like().unwrap_or_default());
        self.out.write(line.as_bytes());
        Ok(())
    }

    /// Write data with its length before it, by the shortest of three instructions; the last two
    /// may be missing.
    fn counted(
        &mut self,
        interp: &mut dyn Interpreter,
        [short, long, longest]: [Option<u8>; 3],
        data: &[u8],
        what: &str,
    ) -> Result<(), Raised> {
        let mut head = Vec::with_capacity(9);
        if let (Some(short), Ok(length)) = (short, u8::try_from(data.len())) {
            head.extend_from_slice(&[short, length]);
        } else if let (Some(long), Ok(length)) = (long, u32::try_from(data.len())) {
            head.push(long);
            head.extend_from_slice(&length.to_le_bytes());
        } else if let Some(longest) = longest {
            head.push(longest);
            head.extend_from_slice(&(data.len() as u64).to_le_bytes());
        } else {
            let message =
                format!("serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher");
            return Err(interp.overflow_error(&message));
        }
        if data.len() < FRAME_TARGET {
            self.out.write(&head);
            self.out.write(data);
            return Ok(());
        }
        // Long data stands outside frames, and goes to the file as it is.
        self.out.end_frame();
        let has_frames = std::mem::replace(&mut self.out.has_frames, false);
        self.out.write(&head);
        if self.write.is_unbound() {
            self.out.write(data);
        } else {
            super::pickler::flush(interp, &mut self.out, &self.write)?;
            interp.call(&self.write, &[Value::bytes(data)])?;
        }
        self.out.has_frames = has_frames;
        Ok(())
    }

    fn bytes_data(&mut self, interp: &mut dyn Interpreter, data: &[u8]) -> Result<(), Raised> {
        let longest = Some(op::BINBYTES8).filter(|_| self.protocol() >= 4);
        let ops = [Some(op::SHORT_BINBYTES), Some(op::BINBYTES), longest];
        self.counted(interp, ops, data, "bytes object")
    }

    fn bytes(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let data = object.as_bytes().unwrap_or_default();
        if self.protocol() >= 3 {
            self.bytes_data(interp, data)?;
            self.memoize(&object);
            return Ok(());
        }
        if data.is_empty() {
            let class = interp.core(CoreType::Bytes);
            return self.call(interp, class, Vec::new(), object);
        }
        let text: String = data.iter().map(|byte| *byte as char).collect();
        let encode = from_module(interp, "codecs", "encode")?;
        self.call(interp, encode, vec![Value::str(&text), intern("latin1")], object)
    }

    fn byte_array(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let data = Array::data(&object).map(|data| data.to_vec()).unwrap_or_default();
        if self.protocol() < 5 {
            let class = interp.class_of(&object);
            let args = if data.is_empty() { Vec::new() } else { vec![Value::bytes(data)] };
            return self.call(interp, class, args, object);
        }
        self.counted(interp, [None, None, Some(op::BYTEARRAY8)], &data, "bytearray")?;
        self.memoize(&object);
        Ok(())
    }

    fn buffer(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        if self.protocol() < 5 {
            return Err(pickling_error(interp, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let view = inner(interp, &object)?;
        if !is_contiguous(interp, &view)? {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling_error(interp, message));
        }
        let callback = self.pickler.buffer_callback.borrow().clone();
        let is_inside = match callback.given_some() {
            Some(callback) => {
                let answer = interp.call(callback, std::slice::from_ref(&object))?;
                interp.truth(&answer)?
            }
            None => true,
        };
        let is_readonly = interp.attribute(&view, "readonly")?;
        let is_readonly = interp.truth(&is_readonly)?;
        if !is_inside {
            self.out.op(op::NEXT_BUFFER);
            if is_readonly {
                self.out.op(op::READONLY_BUFFER);
            }
            return Ok(());
        }
        let data = content(&view).map(|data| data.to_vec()).unwrap_or_default();
        if is_readonly {
            self.bytes_data(interp, &data)?;
        } else {
            self.counted(interp, [None, None, Some(op::BYTEARRAY8)], &data, "bytearray")?;
        }
        self.memoize(&object);
        Ok(())
    }

    fn text(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let text = object.as_str().unwrap_or_default();
        if self.is_binary() {
            let short = Some(op::SHORT_BINUNICODE).filter(|_| self.protocol() >= 4);
            let longest = Some(op::BINUNICODE8).filter(|_| self.protocol() >= 4);
            let data = match encode(text, Encoding::Utf8, "surrogatepass") {
                Ok(data) => data,
                Err(fault) => return Err(fault.raise(&object, interp)),
            };
            self.counted(interp, [short, Some(op::BINUNICODE), longest], &data, "string")?;
        } else {
            let mut line = vec![op::UNICODE];
            push_escaped(&mut line, text);
            line.push(b'\n');
            self.out.write(&line);
        }
        self.memoize(&object);
        Ok(())
    }

    fn tuple(&mut self, interp: &mut dyn Interpreter, tuple: Value) -> Result<(), Raised> {
        let items = tuple.as_tuple().unwrap_or_default();
        if items.is_empty() {
            let empty: &[u8] = if self.is_binary() { &[op::EMPTY_TUPLE] } else { &[op::MARK, op::TUPLE] };
            self.out.write(empty);
            return Ok(());
        }
        self.enter(interp, &tuple, 1)?;
        if items.len() > 3 || self.protocol() < 2 {
            self.out.op(op::MARK);
        }
        self.work.push(Work::Tuple(tuple.clone()));
        self.work.extend(items.iter().rev().map(|item| Work::Save(item.clone())));
        Ok(())
    }

    /// The tuple may have been written meanwhile, as a part of itself.
    fn end_tuple(&mut self, tuple: &Value) {
        let count = tuple.as_tuple().map_or(0, <[Value]>::len);
        let is_short = count <= 3 && self.protocol() >= 2;
        match self.known(tuple) {
            Some(number) if is_short => {
                self.out.write(&[op::POP; 3][..count]);
                self.recall(number);
            }
            Some(number) => {
                if self.is_binary() {
                    self.out.op(op::POP_MARK);
                } else {
                    self.out.write(&vec![op::POP; count + 1]);
                }
                self.recall(number);
            }
            None => {
                let short = [op::EMPTY_TUPLE, op::TUPLE1, op::TUPLE2, op::TUPLE3];
                self.out.op(if is_short { short[count] } else { op::TUPLE });
                self.memoize(tuple);
            }
        }
    }

    fn list(&mut self, interp: &mut dyn Interpreter, list: Value) -> Result<(), Raised> {
        self.enter(interp, &list, 2)?;
        let empty: &[u8] = if self.is_binary() { &[op::EMPTY_LIST] } else { &[op::MARK, op::LIST] };
        self.out.write(empty);
        self.memoize(&list);
        let only = {
            let items = list.as_list().map(|list| list.items.borrow());
            match items.as_deref().map(Vec::as_slice) {
                None | Some([]) => return Ok(()),
                Some([only]) if self.is_binary() => Some(only.clone()),
                Some(_) => None,
            }
        };
        if let Some(only) = only {
            self.work.push(Work::Write(&[op::APPEND]));
            self.work.push(Work::Save(only));
        } else if self.is_binary() {
            self.work.push(Work::Items { items: list, at: 0, count: 0, is_set: false });
        } else {
            let iterator = interp.iter(&list)?;
            self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs: false });
        }
        Ok(())
    }

    fn set(&mut self, interp: &mut dyn Interpreter, set: Value) -> Result<(), Raised> {
        let members = set.as_set().map(|set| set.members()).unwrap_or_default();
        let is_frozen = set.as_set().is_some_and(|set| set.is_frozen);
        if self.protocol() < 4 {
            let class = interp.class_of(&set);
            return self.call(interp, class, vec![Value::list(members)], set);
        }
        self.enter(interp, &set, 1)?;
        if is_frozen {
            self.out.op(op::MARK);
            self.work.push(Work::FrozenSet(set));
            self.work.extend(members.into_iter().rev().map(Work::Save));
            return Ok(());
        }
        self.out.op(op::EMPTY_SET);
        self.memoize(&set);
        if !members.is_empty() {
            self.work.push(Work::Items { items: set, at: 0, count: 0, is_set: true });
        }
        Ok(())
    }

    /// The next item of a list or set, in batches.
    fn items(
        &mut self,
        interp: &mut dyn Interpreter,
        items: Value,
        at: usize,
        count: usize,
        is_set: bool,
    ) -> Result<(), Raised> {
        if count == 0 {
            self.out.op(op::MARK);
        }
        let found = match items.as_set() {
            Some(set) => set.next_from(at),
            None => items.as_list().and_then(|list| Some((at + 1, list.items.borrow().get(at)?.clone()))),
        };
        if let Some((next, item)) = found.clone().filter(|_| count < BATCH) {
            self.work.push(Work::Items { items, at: next, count: count + 1, is_set });
            self.work.push(Work::Save(item));
            return Ok(());
        }
        _ = interp;
        self.out.op(if is_set { op::ADDITEMS } else { op::APPENDS });
        // CPython ends a set with an empty batch if the last one was full, but no list.
        if count == BATCH && (is_set || found.is_some()) {
            self.work.push(Work::Items { items, at, count: 0, is_set });
        }
        Ok(())
    }

    fn dict(&mut self, interp: &mut dyn Interpreter, dict: Value) -> Result<(), Raised> {
        self.enter(interp, &dict, 2)?;
        let empty: &[u8] = if self.is_binary() { &[op::EMPTY_DICT] } else { &[op::MARK, op::DICT] };
        self.out.write(empty);
        self.memoize(&dict);
        let Some(entries) = dict.as_dict().filter(|dict| !dict.is_empty()) else { return Ok(()) };
        let length = entries.len();
        if !self.is_binary() {
            let pairs = interp.call_method(&dict, "items", &[])?;
            let iterator = interp.iter(&pairs)?;
            self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs: true });
        } else if let Some((_, entry)) = entries.entry_from(0).filter(|_| length == 1) {
            self.work.push(Work::Write(&[op::SETITEM]));
            self.work.push(Work::Save(entry.value));
            self.work.push(Work::Save(entry.key));
        } else {
            self.work.push(Work::Entries { dict, place: 0, count: 0, length });
        }
        Ok(())
    }

    /// The next entry of a dict, in batches; the last one may be empty, as in CPython.
    fn entries(
        &mut self,
        interp: &mut dyn Interpreter,
        dict: Value,
        place: usize,
        count: usize,
        length: usize,
    ) -> Result<(), Raised> {
        if count == 0 {
            self.out.op(op::MARK);
        }
        let entries = dict.as_dict();
        if let Some((place, entry)) =
            entries.and_then(|entries| entries.entry_from(place)).filter(|_| count < BATCH)
        {
            self.work.push(Work::Entries { dict, place, count: count + 1, length });
            self.work.push(Work::Save(entry.value));
            self.work.push(Work::Save(entry.key));
            return Ok(());
        }
        self.out.op(op::SETITEMS);
        if entries.is_some_and(|entries| entries.len() != length) {
            return Err(interp.runtime_error("dictionary changed size during iteration"));
        }
        if count == BATCH {
            self.work.push(Work::Entries { dict, place, count: 0, length });
        }
        Ok(())
    }

    /// What an iterator gives; `count` says how many were written of this batch, `next` is the one
    /// that was looked at already.
    fn batch(
        &mut self,
        interp: &mut dyn Interpreter,
        iterator: Value,
        next: Value,
        count: usize,
        are_pairs: bool,
    ) -> Result<(), Raised> {
        let one: &'static [u8] = if are_pairs { &[op::SETITEM] } else { &[op::APPEND] };
        if !self.is_binary() {
            if let Some(item) = interp.next(&iterator)? {
                self.work.push(Work::Batch { iterator, next, count, are_pairs });
                self.work.push(Work::Write(one));
                self.item(interp, item, are_pairs)?;
            }
            return Ok(());
        }
        if count == 0 {
            let Some(first) = interp.next(&iterator)? else { return Ok(()) };
            match interp.next(&iterator)? {
                Some(next) => {
                    self.out.op(op::MARK);
                    self.work.push(Work::Batch { iterator, next, count: 1, are_pairs });
                }
                None => self.work.push(Work::Write(one)),
            }
            return self.item(interp, first, are_pairs);
        }
        let next = match next.is_unbound() {
            false => Some(next),
            true if count == BATCH => None,
            true => interp.next(&iterator)?,
        };
        match next {
            Some(next) => {
                self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: count + 1, are_pairs });
                self.item(interp, next, are_pairs)
            }
            None => {
                self.out.op(if are_pairs { op::SETITEMS } else { op::APPENDS });
                if count == BATCH {
                    self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs });
                }
                Ok(())
            }
        }
    }

    /// An item, or the two of a pair.
    fn item(&mut self, interp: &mut dyn Interpreter, item: Value, is_pair: bool) -> Result<(), Raised> {
        if !is_pair {
            self.work.push(Work::Save(item));
            return Ok(());
        }
        let Some([key, value]) = item.tuple_like() else {
            return Err(interp.type_error("dict items iterator must return 2-tuples"));
        };
        self.work.push(Work::Save(value.clone()));
        self.work.push(Work::Save(key.clone()));
        Ok(())
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
        if let Some(function) = self.from_table(interp, &class)? {
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
    fn from_table(&self, interp: &mut dyn Interpreter, class: &Value) -> Result<Option<Value>, Raised> {
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

/// A text in protocol 0: Latin-1 and escapes.
fn push_escaped(line: &mut Vec<u8>, text: &str) {
    for character in text.chars() {
        let code = crate::object::surrogate::code(character);
        match code {
            0x5c | 0 | 0x0a | 0x0d | 0x1a | 0x100..=0xffff => {
                line.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            }
            0x1_0000.. => line.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
            _ => line.push(code as u8),
        }
    }
}
