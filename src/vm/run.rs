//! The loop: one match over the instructions.
//!
//! Only the cursor is a local; handlers are a few lines, with fast paths for machine integers
//! and floats, and call out of line for the rest. A handler that can raise or call script code
//! stores the cursor in `current` first: natives and tracebacks read it there.

use super::ops::{modulo_positive, quick_integer};
use super::registers::{Cursor, RecordKind};
use super::{Flow, Vm};
use crate::bytecode::Op;
use crate::object::code::CacheKind;
use crate::object::interpreter::Comparison;
use crate::object::iterator::{RangeIterator, SequenceIterator};
use crate::object::slice::wrap_index;
use crate::object::{CoreType, Interpreter, Raised, Resumed, Value, heap, text};

impl Vm {
    /// Run from `w` until the entry record on top of the records is popped, or the other loop is to go on
    /// (see [`super::trace`]).
    pub(super) fn run_loop<const TRACED: bool>(&mut self, start: Cursor) -> Result<Resumed, Raised> {
        // A local of its own: a parameter of this size lives in the caller's memory, and every
        // instruction would load and store it there.
        let mut w = start;
        macro_rules! raise {
            ($raised:expr) => {{
                let raised = $raised;
                match self.unwind(w, raised) {
                    Ok(next) => {
                        w = next;
                        continue;
                    }
                    Err(raised) => return Err(raised),
                }
            }};
        }
        macro_rules! raise_again {
            ($raised:expr) => {{
                let raised = $raised;
                match self.unwind_again(w, raised) {
                    Ok(next) => {
                        w = next;
                        continue;
                    }
                    Err(raised) => return Err(raised),
                }
            }};
        }
        // The value of a fallible expression.
        macro_rules! check {
            ($result:expr) => {{
                self.current = w;
                match $result {
                    Ok(value) => value,
                    Err(raised) => raise!(raised),
                }
            }};
        }
        // As `check`, for what an instruction looks up before it acts: the failure is that of
        // its first word, which lies `$words` back.
        macro_rules! lookup {
            ($words:expr, $result:expr) => {{
                self.current = w;
                match $result {
                    Ok(value) => value,
                    Err(raised) => {
                        w.back_by($words);
                        raise!(raised)
                    }
                }
            }};
        }
        macro_rules! flow {
            ($result:expr) => {{
                self.current = w;
                match $result {
                    Ok(Flow::Continue(next)) => w = next,
                    Ok(Flow::Exit(resumed)) => return Ok(resumed),
                    Err(raised) => raise!(raised),
                }
            }};
        }
        // As `flow`, for what says itself where it failed.
        macro_rules! invoke {
            ($result:expr) => {{
                self.current = w;
                match $result {
                    Ok(Flow::Continue(next)) => w = next,
                    Ok(Flow::Exit(resumed)) => return Ok(resumed),
                    Err(raised) => {
                        w = self.current;
                        raise!(raised)
                    }
                }
            }};
        }
        // Call a native with `$count` registers from `$first` on, for register `$dst`.
        macro_rules! native {
            ($native:ident, $first:expr, $count:expr, $dst:expr) => {{
                let (first, count) = ($first, $count);
                if $native.takes_directly(count) {
                    self.current = w;
                    let result = ($native.row.function)(self, w.range(first, count));
                    w.clear(first, count);
                    match result {
                        Ok(value) => w.set($dst, value),
                        Err(raised) => raise!(raised),
                    }
                } else {
                    invoke!(self.call_native_window(w, first, count, $native, None, $dst));
                }
            }};
        }
        macro_rules! poll {
            () => {
                if heap::attention() | self.interrupted() {
                    check!(self.safe_point());
                    if !TRACED && self.is_traced() {
                        return Ok(self.switch_loop(w));
                    }
                }
            };
        }
        // What an instruction took out of use is finalized before the next one.
        macro_rules! finalize {
            () => {
                if heap::attention() {
                    check!(self.safe_point());
                }
            };
        }
        // `left op right` where no short way is left.
        macro_rules! binary {
            ($ins:ident, $op:ident, $left:expr, $right:expr) => {{
                let (left, right): (&Value, &Value) = ($left, $right);
                if left.is_instance() {
                    flow!(self.binary_of_instance(w, $ins.a(), Op::$op, left, right));
                } else {
                    let result = check!(self.binary_slow(Op::$op, left, right));
                    w.set($ins.a(), result);
                }
            }};
        }
        macro_rules! inplace {
            ($ins:ident, $op:ident, $left:expr, $right:expr) => {{
                let result = check!(self.inplace_slow(Op::$op, $left, $right));
                w.set($ins.a(), result);
            }};
        }
        macro_rules! arith {
            ($ins:ident, $slow:ident, $op:ident, $right:expr, $checked:ident, $float:tt) => {{
                let (left, right) = (w.reg($ins.b()), $right);
                if let Some((x, y)) = Value::both_ints(left, right)
                    && let Some(result) = x.$checked(y)
                {
                    w.set($ins.a(), Value::int(result));
                } else if let Some((x, y)) = Value::both_floats(left, right) {
                    w.set($ins.a(), Value::float(x $float y));
                } else {
                    $slow!($ins, $op, left, right);
                }
            }};
        }
        macro_rules! arith_int {
            ($ins:ident, $slow:ident, $op:ident, $checked:ident, $float:tt) => {{
                let left = w.reg($ins.b());
                let right = $ins.c() as i8 as i64;
                if let Some(x) = left.as_int()
                    && let Some(result) = x.$checked(right)
                {
                    w.set($ins.a(), Value::int(result));
                } else if let Some(x) = left.as_float() {
                    w.set($ins.a(), Value::float(x $float right as f64));
                } else {
                    $slow!($ins, $op, left, &Value::int(right));
                }
            }};
        }
        macro_rules! int_arith {
            ($ins:ident, $op:ident, $checked:ident, $float:tt) => {{
                let left = $ins.b() as i8 as i64;
                let right = w.reg($ins.c());
                if let Some(y) = right.as_int()
                    && let Some(result) = left.$checked(y)
                {
                    w.set($ins.a(), Value::int(result));
                } else if let Some(y) = right.as_float() {
                    w.set($ins.a(), Value::float(left as f64 $float y));
                } else {
                    let result = check!(self.binary_slow(Op::$op, &Value::int(left), right));
                    w.set($ins.a(), result);
                }
            }};
        }
        macro_rules! generic {
            ($ins:ident, $op:ident) => {{
                binary!($ins, $op, w.reg($ins.b()), w.reg($ins.c()));
            }};
        }
        macro_rules! bits {
            ($ins:ident, $op:ident, $right:expr, $int:tt) => {{
                let (left, right) = (w.reg($ins.b()), $right);
                if let Some((x, y)) = Value::both_ints(left, right) {
                    w.set($ins.a(), Value::int(x $int y));
                } else {
                    binary!($ins, $op, left, right);
                }
            }};
        }
        macro_rules! shift_right {
            ($ins:ident, $right:expr) => {{
                let (left, right) = (w.reg($ins.b()), $right);
                if let Some((x, y)) = Value::both_ints(left, right)
                    && y >= 0
                {
                    w.set($ins.a(), Value::int(x >> y.min(63)));
                } else {
                    binary!($ins, RShift, left, right);
                }
            }};
        }
        macro_rules! modulo {
            ($ins:ident, $op:ident, $right:expr, $int:expr) => {{
                let (left, right) = (w.reg($ins.b()), $right);
                if let Some((x, y)) = Value::both_ints(left, right)
                    && y > 0
                {
                    w.set($ins.a(), Value::int($int(x, y)));
                } else {
                    binary!($ins, $op, left, right);
                }
            }};
        }
        macro_rules! divide {
            ($ins:ident, $right:expr) => {{
                let (left, right) = (w.reg($ins.b()), $right);
                if let Some((x, y)) = Value::both_floats(left, right)
                    && y != 0.0
                {
                    w.set($ins.a(), Value::float(x / y));
                } else {
                    binary!($ins, TrueDiv, left, right);
                }
            }};
        }
        macro_rules! holds {
            ($left:expr, $right:expr, $op:ident, $sign:tt) => {{
                let (left, right) = ($left, $right);
                if let Some((x, y)) = Value::both_ints(left, right) {
                    x $sign y
                } else if let Some((x, y)) = Value::both_floats(left, right) {
                    x $sign y
                } else {
                    check!(self.compare_truth(Comparison::$op, left, right))
                }
            }};
        }
        macro_rules! compare {
            ($ins:ident, $op:ident, $sign:tt) => {{
                let (left, right) = (w.reg($ins.b()), w.reg($ins.c()));
                if let Some((x, y)) = Value::both_ints(left, right) {
                    w.set($ins.a(), Value::bool(x $sign y));
                } else {
                    if left.is_instance() {
                        flow!(self.compare_of_instance(w, $ins.a(), Comparison::$op, left, right));
                    } else {
                        let result = check!(self.compare_slow(Comparison::$op, left, right));
                        w.set($ins.a(), result);
                    }
                }
            }};
        }
        macro_rules! jump_unless {
            ($ins:ident, $op:ident, $sign:tt) => {{
                if holds!(w.reg($ins.a()), w.reg($ins.b()), $op, $sign) {
                    w.skip();
                } else {
                    w.jump();
                }
            }};
        }
        macro_rules! jump_if {
            ($ins:ident, $op:ident, $sign:tt) => {{
                poll!();
                if holds!(w.reg($ins.a()), w.reg($ins.b()), $op, $sign) {
                    w.jump();
                } else {
                    w.skip();
                }
            }};
        }
        macro_rules! holds_int {
            ($ins:ident, $op:ident, $sign:tt) => {{
                let (left, right) = (w.reg($ins.a()), $ins.b() as i8 as i64);
                if let Some(x) = left.as_int() {
                    x $sign right
                } else {
                    check!(self.compare_truth(Comparison::$op, left, &Value::int(right)))
                }
            }};
        }
        macro_rules! truth {
            ($value:expr) => {{
                let value = $value;
                match value.simple_truth() {
                    Some(truth) => truth,
                    None => check!(self.truth_slow(value)),
                }
            }};
        }
        // Whether the bits `b` of the register `a` are not all 0.
        macro_rules! has_bits {
            ($ins:ident) => {{
                let (left, bits) = (w.reg($ins.a()), $ins.b() as i8 as i64);
                if let Some(x) = left.as_int() {
                    x & bits != 0
                } else {
                    let result = check!(self.binary_slow(Op::BitAnd, left, &Value::int(bits)));
                    truth!(&result)
                }
            }};
        }
        macro_rules! jump_unless_int {
            ($ins:ident, $op:ident, $sign:tt) => {{
                if holds_int!($ins, $op, $sign) {
                    w.skip();
                } else {
                    w.jump();
                }
            }};
        }
        macro_rules! jump_if_int {
            ($ins:ident, $op:ident, $sign:tt) => {{
                poll!();
                if holds_int!($ins, $op, $sign) {
                    w.jump();
                } else {
                    w.skip();
                }
            }};
        }
        macro_rules! return_value {
            ($value:expr) => {{
                let value = $value;
                let record = self.records.top();
                if record.kind == RecordKind::Plain {
                    w.clear_frame();
                    let (caller, dst) = (record.caller, record.dst);
                    self.records.pop();
                    w = caller;
                    w.set(dst, value);
                } else {
                    match self.return_slow(w, value) {
                        Ok(Flow::Continue(next)) => w = next,
                        Ok(Flow::Exit(resumed)) => return Ok(resumed),
                        Err(raised) => return Err(raised),
                    }
                }
            }};
        }

        loop {
            let ins = w.fetch();
            if TRACED && !check!(self.trace_step(w, ins)) {
                return Ok(self.switch_loop(w));
            }
            match ins.op() {
                Op::Nop => {}
                Op::Move => {
                    let value = w.reg(ins.b()).clone();
                    w.set(ins.a(), value);
                }
                Op::Take => {
                    let value = w.take(ins.b());
                    w.set(ins.a(), value);
                }
                Op::LoadConst => {
                    let value = w.constant(ins.bc()).clone();
                    w.set(ins.a(), value);
                }
                Op::LoadConstWide => {
                    let index = w.extra();
                    let value = w.constant(index as usize).clone();
                    w.set(ins.a(), value);
                }
                Op::LoadInt => w.set(ins.a(), Value::int(ins.int_bc())),
                Op::LoadNone => {
                    w.set(ins.a(), Value::NONE);
                    finalize!();
                }
                Op::LoadBool => w.set(ins.a(), Value::bool(ins.b() != 0)),
                Op::Clear => {
                    w.clear(ins.a(), ins.b() as usize);
                    finalize!();
                }
                Op::CheckLocal => {
                    if w.reg(ins.a()).is_unbound() {
                        let raised = self.unbound_local(w.constant(ins.bc()));
                        raise!(raised);
                    }
                }
                Op::DeleteLocal => {
                    if w.take(ins.a()).is_unbound() {
                        let raised = self.unbound_local(w.constant(ins.bc()));
                        raise!(raised);
                    }
                    finalize!();
                }
                Op::MakeSpill => {
                    let (count, given) = (w.extra() as usize, w.extra() as usize);
                    let mut values = w.take_range(ins.b(), given);
                    values.resize(count, Value::UNBOUND);
                    w.set(ins.a(), Value::list(values));
                }
                Op::LoadSpill => {
                    let slot = w.extra() as usize;
                    let value = Vm::spilled(w.reg(ins.b()), slot);
                    w.set(ins.a(), value);
                }
                Op::StoreSpill => {
                    let slot = w.extra() as usize;
                    Vm::spill(w.reg(ins.a()), slot, w.reg(ins.b()).clone());
                }

                Op::MakeCell => {
                    let content = w.take(ins.a());
                    w.set(ins.a(), Value::cell(content));
                }
                Op::LoadCell => {
                    let name = w.extra();
                    let content = Vm::cell_content(w.reg(ins.b()));
                    if content.is_unbound() {
                        let raised = self.unbound_cell(w.constant(name as usize), ins.c());
                        raise!(raised);
                    }
                    w.set(ins.a(), content);
                }
                Op::StoreCell => {
                    let value = w.take(ins.b());
                    Vm::set_cell(w.reg(ins.a()), value);
                }
                Op::DeleteCell => {
                    let name = w.extra();
                    if Vm::set_cell(w.reg(ins.a()), Value::UNBOUND).is_unbound() {
                        let raised = self.unbound_cell(w.constant(name as usize), ins.c());
                        raise!(raised);
                    }
                    finalize!();
                }

                Op::LoadGlobal => {
                    let cache = w.next_cache();
                    let value = match Vm::cached_global(w.code(), cache) {
                        Some(value) => value,
                        None => check!(self.load_global(w.code(), cache)),
                    };
                    w.set(ins.a(), value);
                }
                Op::StoreGlobal => {
                    let cache = w.next_cache();
                    let value = w.take(ins.a());
                    check!(self.store_global(w.code(), cache, value));
                    finalize!();
                }
                Op::DeleteGlobal => {
                    check!(self.delete_global(w.code(), w.constant(ins.bc())));
                    finalize!();
                }
                Op::LoadName => {
                    let cache = w.next_cache();
                    let value = check!(self.load_name(w.code(), w.reg(ins.b()), cache));
                    w.set(ins.a(), value);
                }
                Op::LoadNameOrCell => {
                    let name = w.extra();
                    let name = w.constant(name as usize);
                    let value = check!(self.load_name_or_cell(w.reg(ins.b()), w.reg(ins.c()), name));
                    w.set(ins.a(), value);
                }
                Op::StoreName => {
                    let name = w.extra();
                    let value = w.take(ins.b());
                    check!(self.store_name(w.reg(ins.a()), w.constant(name as usize), &value));
                    drop(value);
                    finalize!();
                }
                Op::DeleteName => {
                    let name = w.extra();
                    check!(self.delete_name(w.reg(ins.a()), w.constant(name as usize)));
                    finalize!();
                }
                Op::SetupAnnotations => {
                    let namespace = if ins.b() == 1 { &w.code().globals } else { w.reg(ins.a()) };
                    check!(self.setup_annotations(namespace));
                }

                Op::GetAttr => {
                    let cache = w.next_cache();
                    let value = match Vm::cached_attribute(w.reg(ins.b()), cache) {
                        Some(value) => value,
                        None => {
                            if cache.kind.get() == CacheKind::Property
                                && let Some(next) = self.enter_property(w, ins.a(), ins.b(), cache)
                            {
                                w = next;
                                continue;
                            }
                            check!(self.load_attribute(w.reg(ins.b()), cache))
                        }
                    };
                    w.set(ins.a(), value);
                }
                Op::SetAttr => {
                    let cache = w.next_cache();
                    let value = w.reg(ins.b()).clone();
                    if let Some(value) = Vm::store_cached(w.reg(ins.a()), cache, value) {
                        check!(self.store_attribute(w.reg(ins.a()), cache, value));
                    }
                }
                Op::DeleteAttr => {
                    let name = w.extra();
                    check!(self.delete_attribute(w.reg(ins.a()), w.constant(name as usize)));
                    finalize!();
                }
                Op::GetSuperAttr => {
                    let cache = w.next_cache();
                    let value = check!(self.super_attribute(w.reg(ins.b()), w.reg(ins.b() + 1), &cache.name));
                    w.set(ins.a(), value);
                }
                Op::GetItem => {
                    let (object, key) = (w.reg(ins.b()), w.reg(ins.c()));
                    let value = match (object.as_list(), key.as_int()) {
                        (Some(list), Some(index)) => {
                            let items = list.items.borrow();
                            wrap_index(index, items.len()).map(|index| items[index].clone())
                        }
                        _ => None,
                    };
                    match value {
                        Some(value) => w.set(ins.a(), value),
                        None if object.is_instance() => {
                            flow!(self.item_of_instance(w, ins.a(), object, key));
                        }
                        None => {
                            let value = check!(self.get_item_slow(object, key));
                            w.set(ins.a(), value);
                        }
                    }
                }
                Op::GetItemInt => {
                    let object = w.reg(ins.b());
                    let index = ins.c() as i8 as i64;
                    let value = if let Some(items) = object.as_tuple() {
                        wrap_index(index, items.len()).map(|index| items[index].clone())
                    } else if let Some(list) = object.as_list() {
                        let items = list.items.borrow();
                        wrap_index(index, items.len()).map(|index| items[index].clone())
                    } else {
                        None
                    };
                    match value {
                        Some(value) => w.set(ins.a(), value),
                        None if object.is_instance() => {
                            flow!(self.item_of_instance(w, ins.a(), object, &Value::int(index)));
                        }
                        None => {
                            let value = check!(self.get_item_slow(object, &Value::int(index)));
                            w.set(ins.a(), value);
                        }
                    }
                }
                Op::SetItem => {
                    let (object, key) = (w.reg(ins.a()), w.reg(ins.b()));
                    let old = match (object.as_list(), key.as_int()) {
                        (Some(list), Some(index)) => {
                            let value = w.reg(ins.c()).clone();
                            let mut items = list.items.borrow_mut();
                            wrap_index(index, items.len()).map(|i| std::mem::replace(&mut items[i], value))
                        }
                        _ => None,
                    };
                    if old.is_none() {
                        if object.is_instance() {
                            flow!(self.set_item_of_instance(w, object, key, w.reg(ins.c())));
                        } else {
                            check!(self.set_item_slow(object, key, w.reg(ins.c())));
                        }
                    }
                }
                Op::DeleteItem => {
                    check!(self.del_item(w.reg(ins.a()), w.reg(ins.b())));
                    finalize!();
                }
                Op::GetSlice => {
                    let (lower, upper) = (w.reg(ins.c()), w.reg(ins.c() + 1));
                    let value = check!(self.get_slice(w.reg(ins.b()), lower, upper));
                    w.set(ins.a(), value);
                }
                Op::SetSlice => {
                    let (lower, upper) = (w.reg(ins.b()), w.reg(ins.b() + 1));
                    check!(self.set_slice(w.reg(ins.a()), lower, upper, w.reg(ins.c())));
                }
                Op::BuildSlice => {
                    let b = ins.b();
                    let (start, stop, step) = (w.take(b), w.take(b + 1), w.take(b + 2));
                    w.set(ins.a(), Value::slice(start, stop, step));
                }

                Op::Add => arith!(ins, binary, Add, w.reg(ins.c()), checked_add, +),
                Op::Sub => arith!(ins, binary, Sub, w.reg(ins.c()), checked_sub, -),
                Op::Mul => arith!(ins, binary, Mul, w.reg(ins.c()), checked_mul, *),
                Op::TrueDiv => divide!(ins, w.reg(ins.c())),
                Op::FloorDiv => modulo!(ins, FloorDiv, w.reg(ins.c()), i64::div_euclid),
                Op::Mod => modulo!(ins, Mod, w.reg(ins.c()), modulo_positive),
                Op::Pow => generic!(ins, Pow),
                Op::MatMul => generic!(ins, MatMul),
                Op::LShift => {
                    let (left, right) = (w.reg(ins.b()), w.reg(ins.c()));
                    if let Some((x, y)) = Value::both_ints(left, right)
                        && (0..64).contains(&y)
                        && (x << y) >> y == x
                    {
                        w.set(ins.a(), Value::int(x << y));
                    } else {
                        binary!(ins, LShift, left, right);
                    }
                }
                Op::RShift => shift_right!(ins, w.reg(ins.c())),
                Op::BitAnd => bits!(ins, BitAnd, w.reg(ins.c()), &),
                Op::BitOr => bits!(ins, BitOr, w.reg(ins.c()), |),
                Op::BitXor => bits!(ins, BitXor, w.reg(ins.c()), ^),
                Op::InplaceAdd => {
                    let (left, right) = (w.reg(ins.b()), w.reg(ins.c()));
                    if let Some((x, y)) = Value::both_ints(left, right)
                        && let Some(result) = x.checked_add(y)
                    {
                        w.set(ins.a(), Value::int(result));
                    } else if let Some((x, y)) = Value::both_floats(left, right) {
                        w.set(ins.a(), Value::float(x + y));
                    } else if ins.a() == ins.b() && w.append_in_place(ins.a(), ins.c()) {
                    } else {
                        let (left, right) = (w.reg(ins.b()), w.reg(ins.c()));
                        let result = check!(self.inplace_slow(Op::Add, left, right));
                        w.set(ins.a(), result);
                    }
                }
                Op::InplaceSub => arith!(ins, inplace, Sub, w.reg(ins.c()), checked_sub, -),
                Op::InplaceMul => arith!(ins, inplace, Mul, w.reg(ins.c()), checked_mul, *),
                Op::Inplace => {
                    let number = w.extra();
                    let op = Op::from_byte(number as u8).expect("the compiler names an operator");
                    let (left, right) = (w.reg(ins.b()), w.reg(ins.c()));
                    let quick = match Value::both_ints(left, right) {
                        Some((x, y)) => quick_integer(op, x, y),
                        None => None,
                    };
                    let result = match quick {
                        Some(result) => Value::int(result),
                        None => check!(self.inplace_slow(op, left, right)),
                    };
                    w.set(ins.a(), result);
                }
                Op::AddInt => arith_int!(ins, binary, Add, checked_add, +),
                Op::SubInt => arith_int!(ins, binary, Sub, checked_sub, -),
                Op::IntAdd => int_arith!(ins, Add, checked_add, +),
                Op::IntSub => int_arith!(ins, Sub, checked_sub, -),
                Op::IntMul => int_arith!(ins, Mul, checked_mul, *),
                Op::InplaceAddInt => arith_int!(ins, inplace, Add, checked_add, +),
                Op::InplaceSubInt => arith_int!(ins, inplace, Sub, checked_sub, -),
                Op::BitAndInt => bits!(ins, BitAnd, &Value::int(ins.c() as i8 as i64), &),
                Op::RShiftInt => shift_right!(ins, &Value::int(ins.c() as i8 as i64)),
                Op::AddConst => arith!(ins, binary, Add, w.constant(ins.c() as usize), checked_add, +),
                Op::SubConst => arith!(ins, binary, Sub, w.constant(ins.c() as usize), checked_sub, -),
                Op::MulConst => arith!(ins, binary, Mul, w.constant(ins.c() as usize), checked_mul, *),
                Op::TrueDivConst => divide!(ins, w.constant(ins.c() as usize)),
                Op::FloorDivConst => {
                    modulo!(ins, FloorDiv, w.constant(ins.c() as usize), i64::div_euclid)
                }
                Op::ModConst => modulo!(ins, Mod, w.constant(ins.c() as usize), modulo_positive),
                Op::Neg => {
                    let value = w.reg(ins.b());
                    if let Some(result) = value.as_int().and_then(i64::checked_neg) {
                        w.set(ins.a(), Value::int(result));
                    } else if let Some(float) = value.as_float() {
                        w.set(ins.a(), Value::float(-float));
                    } else {
                        let result = check!(self.unary(Op::Neg, value));
                        w.set(ins.a(), result);
                    }
                }
                Op::Pos | Op::Invert => {
                    let result = check!(self.unary(ins.op(), w.reg(ins.b())));
                    w.set(ins.a(), result);
                }
                Op::Not => {
                    let truth = truth!(w.reg(ins.b()));
                    w.set(ins.a(), Value::bool(!truth));
                }

                Op::Lt => compare!(ins, Lt, <),
                Op::Le => compare!(ins, Le, <=),
                Op::Eq => compare!(ins, Eq, ==),
                Op::Ne => compare!(ins, Ne, !=),
                Op::Gt => compare!(ins, Gt, >),
                Op::Ge => compare!(ins, Ge, >=),
                Op::Is => {
                    let same = w.reg(ins.b()).is(w.reg(ins.c()));
                    w.set(ins.a(), Value::bool(same));
                }
                Op::IsNot => {
                    let same = w.reg(ins.b()).is(w.reg(ins.c()));
                    w.set(ins.a(), Value::bool(!same));
                }
                Op::In => {
                    let found = check!(self.contains(w.reg(ins.c()), w.reg(ins.b())));
                    w.set(ins.a(), Value::bool(found));
                }
                Op::NotIn => {
                    let found = check!(self.contains(w.reg(ins.c()), w.reg(ins.b())));
                    w.set(ins.a(), Value::bool(!found));
                }

                Op::Jump => w.jump(),
                Op::JumpBack => {
                    poll!();
                    w.jump();
                }
                Op::JumpIfTrue => {
                    poll!();
                    if truth!(w.reg(ins.a())) {
                        w.jump();
                    } else {
                        w.skip();
                    }
                }
                Op::JumpIfFalse => {
                    if truth!(w.reg(ins.a())) {
                        w.skip();
                    } else {
                        w.jump();
                    }
                }
                Op::JumpIfNone => {
                    if w.reg(ins.a()).is_none() {
                        w.jump();
                    } else {
                        w.skip();
                    }
                }
                Op::JumpIfNotNone => {
                    if w.reg(ins.a()).is_none() {
                        w.skip();
                    } else {
                        w.jump();
                    }
                }
                Op::JumpUnlessLt => jump_unless!(ins, Lt, <),
                Op::JumpUnlessLe => jump_unless!(ins, Le, <=),
                Op::JumpUnlessEq => jump_unless!(ins, Eq, ==),
                Op::JumpUnlessNe => jump_unless!(ins, Ne, !=),
                Op::JumpUnlessGt => jump_unless!(ins, Gt, >),
                Op::JumpUnlessGe => jump_unless!(ins, Ge, >=),
                Op::JumpIfLt => jump_if!(ins, Lt, <),
                Op::JumpIfLe => jump_if!(ins, Le, <=),
                Op::JumpIfEq => jump_if!(ins, Eq, ==),
                Op::JumpIfNe => jump_if!(ins, Ne, !=),
                Op::JumpIfGt => jump_if!(ins, Gt, >),
                Op::JumpIfGe => jump_if!(ins, Ge, >=),
                Op::JumpUnlessBits => {
                    if has_bits!(ins) {
                        w.skip();
                    } else {
                        w.jump();
                    }
                }
                Op::JumpIfBits => {
                    poll!();
                    if has_bits!(ins) {
                        w.jump();
                    } else {
                        w.skip();
                    }
                }
                Op::JumpUnlessLtInt => jump_unless_int!(ins, Lt, <),
                Op::JumpUnlessLeInt => jump_unless_int!(ins, Le, <=),
                Op::JumpUnlessEqInt => jump_unless_int!(ins, Eq, ==),
                Op::JumpUnlessNeInt => jump_unless_int!(ins, Ne, !=),
                Op::JumpUnlessGtInt => jump_unless_int!(ins, Gt, >),
                Op::JumpUnlessGeInt => jump_unless_int!(ins, Ge, >=),
                Op::JumpIfLtInt => jump_if_int!(ins, Lt, <),
                Op::JumpIfLeInt => jump_if_int!(ins, Le, <=),
                Op::JumpIfEqInt => jump_if_int!(ins, Eq, ==),
                Op::JumpIfNeInt => jump_if_int!(ins, Ne, !=),
                Op::JumpIfGtInt => jump_if_int!(ins, Gt, >),
                Op::JumpIfGeInt => jump_if_int!(ins, Ge, >=),

                Op::Call => {
                    poll!();
                    if !self.enter_simple(&mut w, ins.a(), ins.b() as usize) {
                        invoke!(self.call_window(w, ins.a(), ins.b() as usize, None));
                    }
                }
                Op::CallKw => {
                    poll!();
                    let names = w.extra();
                    let names = w.constant(names as usize);
                    invoke!(self.call_window(w, ins.a(), ins.b() as usize, names.as_tuple()));
                }
                Op::CallEx => {
                    poll!();
                    flow!(self.call_ex(w, ins.a()));
                }
                Op::CallGlobal => {
                    let cache = w.next_cache();
                    poll!();
                    let callee = match Vm::cached_global(w.code(), cache) {
                        Some(value) => value,
                        None => lookup!(1, self.load_global(w.code(), cache)),
                    };
                    if self.enter(&mut w, ins.a(), ins.a() + 1, ins.b() as usize, &callee) {
                    } else if let Some(native) = callee.as_native()
                        && native.is_function()
                    {
                        native!(native, ins.a() + 1, ins.b() as usize, ins.a());
                    } else {
                        w.set(ins.a(), callee);
                        invoke!(self.call_window(w, ins.a(), ins.b() as usize, None));
                    }
                }
                Op::Invoke => {
                    let cache = w.next_cache();
                    poll!();
                    let count = ins.b() as usize + 1;
                    if let Some(function) = Vm::direct_method(w.reg(ins.a()), count, cache) {
                        if cache.appends.get() && Vm::append_in_place(w, ins.a()) {
                            continue;
                        }
                        self.current = w;
                        match function(self, w.range(ins.a(), count)) {
                            Ok(value) => {
                                w.set(ins.a(), value);
                                w.clear(ins.a() + 1, count - 1);
                            }
                            Err(raised) => {
                                w.clear(ins.a(), count);
                                raise!(raised);
                            }
                        }
                    } else if self.enter_method(&mut w, ins.a(), ins.b() as usize, cache) {
                    } else if let Some(callee) = Vm::cached_in_module(w.reg(ins.a()), cache) {
                        if self.enter(&mut w, ins.a(), ins.a() + 1, ins.b() as usize, &callee) {
                        } else if let Some(native) = callee.as_native()
                            && native.is_function()
                        {
                            native!(native, ins.a() + 1, ins.b() as usize, ins.a());
                        } else {
                            w.set(ins.a(), callee);
                            flow!(self.call_window(w, ins.a(), ins.b() as usize, None));
                        }
                    } else if let Some((function, missing)) = Vm::padded_method(w.reg(ins.a()), count, cache)
                    {
                        self.current = w;
                        let made = self.call_padded_method(function, w.range_mut(ins.a(), count), missing);
                        let result = check!(made);
                        w.set(ins.a(), result);
                    } else if let Some(method) = Vm::cached_native_method(w.reg(ins.a()), cache)
                        && let Some(native) = method.as_native()
                    {
                        native!(native, ins.a(), ins.b() as usize + 1, ins.a());
                    } else {
                        invoke!(self.invoke(w, ins.a(), ins.b() as usize, cache, None, 1));
                    }
                }
                Op::InvokeKw => {
                    let cache = w.next_cache();
                    let names = w.extra();
                    poll!();
                    let names = w.constant(names as usize);
                    invoke!(self.invoke(w, ins.a(), ins.b() as usize, cache, names.as_tuple(), 2));
                }
                Op::LoadMethod => {
                    let cache = w.next_cache();
                    let known = Vm::known_method(w.reg(ins.a()), cache);
                    let (callee, is_method) = match known {
                        Some(method) => (method, true),
                        None => check!(self.load_method(w.reg(ins.a()), cache)),
                    };
                    let receiver = w.take(ins.a());
                    w.set(ins.a() + 1, if is_method { receiver } else { Value::UNBOUND });
                    w.set(ins.a(), callee);
                }
                Op::CallMethod => {
                    poll!();
                    let count = ins.b() as usize;
                    let has_receiver = !w.reg(ins.a() + 1).is_unbound();
                    if has_receiver && self.enter_simple(&mut w, ins.a(), count) {
                    } else if has_receiver
                        && let Some(native) = w.reg(ins.a()).as_native()
                        && native.receiver.is_unbound()
                        && native.takes_directly(count)
                    {
                        let callee = w.take(ins.a());
                        let native = callee.as_native().expect("just seen");
                        native!(native, ins.a() + 1, count, ins.a());
                    } else {
                        invoke!(self.call_loaded(w, ins.a(), count, None));
                    }
                }
                Op::CallMethodKw => {
                    let names = w.extra();
                    poll!();
                    let names = w.constant(names as usize);
                    invoke!(self.call_loaded(w, ins.a(), ins.b() as usize, names.as_tuple()));
                }
                Op::Return => return_value!(w.take(ins.a())),
                Op::ReturnNone => return_value!(Value::NONE),
                Op::MakeFunction => {
                    let child = w.extra();
                    let function = self.make_function(w, ins.b(), ins.c(), child as usize);
                    w.set(ins.a(), function);
                }
                Op::LoadTyping => {
                    let name = w.extra();
                    let value = check!(self.load_typing(w.constant(name as usize)));
                    w.set(ins.a(), value);
                }
                Op::LoadBuildClass => {
                    let value = check!(self.load_build_class(w.code()));
                    w.set(ins.a(), value);
                }

                Op::GetIter => {
                    let iterator = check!(self.iter(w.reg(ins.b())));
                    w.set(ins.a(), iterator);
                }
                Op::ForLoop => {
                    poll!();
                    let iterator = w.reg(ins.b());
                    let item = if let Some(range) = iterator.get::<RangeIterator>() {
                        range.advance().map(Value::int)
                    } else if let Some(sequence) = iterator.get::<SequenceIterator>() {
                        sequence.advance()
                    } else if let Some(next) = self.enter_loop(w, ins.a(), ins.b()) {
                        w = next;
                        continue;
                    } else {
                        match check!(self.next_of_loop(w, ins.a(), iterator)) {
                            Some(None) => {
                                w.jump();
                                w.fetch();
                                continue;
                            }
                            next => next.flatten(),
                        }
                    };
                    match item {
                        Some(item) => {
                            w.set(ins.a(), item);
                            w.jump();
                        }
                        None => w.skip(),
                    }
                }
                Op::UnpackSequence => {
                    check!(self.unpack_sequence(w, ins.a(), ins.b() as usize, ins.c()));
                }
                Op::UnpackEx => {
                    let after = w.extra() as usize;
                    check!(self.unpack_ex(w, ins.a(), ins.b() as usize, after, ins.c()));
                }

                Op::BuildTuple => {
                    let items = w.range_mut(ins.b(), ins.c() as usize);
                    let tuple = Value::tuple_of(items);
                    w.set(ins.a(), tuple);
                }
                Op::BuildList => {
                    let items = w.take_range(ins.b(), ins.c() as usize);
                    w.set(ins.a(), Value::list(items));
                }
                Op::BuildSet => {
                    let items = w.take_range(ins.b(), ins.c() as usize);
                    let set = check!(self.build_set(items));
                    w.set(ins.a(), set);
                }
                Op::BuildDict => {
                    let items = w.take_range(ins.b(), 2 * ins.c() as usize);
                    let dict = check!(self.build_dict(items));
                    w.set(ins.a(), dict);
                }
                Op::BuildString => {
                    let text = text::build(w.range(ins.b(), ins.c() as usize));
                    w.clear(ins.b(), ins.c() as usize);
                    w.set(ins.a(), text);
                }
                Op::ListAppend => {
                    let item = w.reg(ins.b()).clone();
                    Vm::append(w.reg(ins.a()), item);
                }
                Op::ListExtend => {
                    check!(self.list_extend(w.reg(ins.a()), w.reg(ins.b())));
                }
                Op::SetAdd => check!(self.set_add(w.reg(ins.a()), w.reg(ins.b()))),
                Op::SetUpdate => check!(self.set_update(w.reg(ins.a()), w.reg(ins.b()))),
                Op::DictSet => {
                    check!(self.dict_set(w.reg(ins.a()), w.reg(ins.b()), w.reg(ins.c())));
                }
                Op::DictUpdate => check!(self.dict_update(w.reg(ins.a()), w.reg(ins.b()))),
                Op::DictMerge => {
                    check!(self.dict_merge(w.reg(ins.a()), w.reg(ins.b()), w.reg(ins.c())));
                }
                Op::StarTuple => {
                    let tuple = check!(self.star_tuple(w.reg(ins.b()), w.reg(ins.c())));
                    w.set(ins.a(), tuple);
                }
                Op::ListToTuple => {
                    let tuple = Vm::list_to_tuple(w.reg(ins.b()));
                    w.set(ins.a(), tuple);
                }
                Op::FormatSimple => {
                    let text = check!(self.format_value(w.reg(ins.b()), ins.c(), None));
                    w.set(ins.a(), text);
                }
                Op::FormatSpec => {
                    let spec = Some(w.reg(ins.b() + 1));
                    let text = check!(self.format_value(w.reg(ins.b()), ins.c(), spec));
                    w.set(ins.a(), text);
                }

                Op::Raise => {
                    self.current = w;
                    let raised = self.raise_statement(w.reg(ins.a()), None);
                    raise!(raised);
                }
                Op::RaiseFrom => {
                    self.current = w;
                    let raised = self.raise_statement(w.reg(ins.a()), Some(w.reg(ins.b())));
                    raise!(raised);
                }
                Op::RaiseCurrent => {
                    self.current = w;
                    // This frame is in the traceback of what it handles already.
                    let is_fresh = self.handled.is_unbound();
                    let raised = self.raise_current();
                    if is_fresh {
                        raise!(raised);
                    }
                    raise_again!(raised);
                }
                Op::Reraise => {
                    let raised = Raised::new(w.take(ins.a()));
                    raise_again!(raised);
                }
                Op::PushHandled => {
                    let exception = w.reg(ins.a()).clone();
                    let before = std::mem::replace(&mut self.handled, exception);
                    w.set(ins.a() + 1, before);
                }
                Op::PopHandled => {
                    let before = w.take(ins.a() + 1);
                    let old = std::mem::replace(&mut self.handled, before);
                    drop(old);
                    w.clear(ins.a(), 1);
                }
                Op::JumpUnlessMatch => {
                    if check!(self.exception_matches(w.reg(ins.a()), w.reg(ins.b()))) {
                        w.skip();
                    } else {
                        w.jump();
                    }
                }
                Op::LoadAssertionError => {
                    let class = self.core(CoreType::AssertionError);
                    w.set(ins.a(), class);
                }
                Op::ExceptionInfo => {
                    let exception = w.reg(ins.b()).clone();
                    let class = self.class_of(&exception);
                    let traceback = Vm::traceback_of(&exception);
                    w.set(ins.a(), class);
                    w.set(ins.a() + 1, exception);
                    w.set(ins.a() + 2, traceback);
                }

                Op::MatchGroup => {
                    let (rest, matching) = check!(self.match_group(w.reg(ins.b()), w.reg(ins.c())));
                    w.set(ins.a(), rest);
                    w.set(ins.a() + 1, matching);
                }
                Op::PrepareReraise => {
                    let exception = check!(self.prepare_reraise(w.reg(ins.b()), w.reg(ins.c())));
                    w.set(ins.a(), exception);
                }

                Op::BeforeWith => {
                    let methods = check!(self.before_with(w.reg(ins.b())));
                    for (index, value) in methods.into_iter().enumerate() {
                        w.set(ins.a() + index as u8, value);
                    }
                }
                Op::BeforeAsyncWith => {
                    let methods = check!(self.before_async_with(w.reg(ins.b())));
                    for (index, value) in methods.into_iter().enumerate() {
                        w.set(ins.a() + index as u8, value);
                    }
                }

                Op::Yield => {
                    let value = w.reg(ins.b()).clone();
                    match self.yield_to_frame(w) {
                        Some((caller, dst, is_loop)) => {
                            w = caller;
                            w.set(dst, value);
                            if is_loop {
                                w.jump();
                            }
                        }
                        None => flow!(self.op_yield(w, value)),
                    }
                }
                Op::GetAwaitable => {
                    let awaitable = w.reg(ins.b());
                    if !Vm::is_plain_awaitable(awaitable) {
                        let awaitable = check!(self.get_awaitable(awaitable, ins.c()));
                        w.set(ins.a(), awaitable);
                    } else if ins.a() != ins.b() {
                        let awaitable = awaitable.clone();
                        w.set(ins.a(), awaitable);
                    }
                }
                Op::GetYieldFromIter => {
                    let iterator = check!(self.yield_from_iter(w.reg(ins.b())));
                    w.set(ins.a(), iterator);
                }
                Op::Await => {
                    poll!();
                    invoke!(self.op_await(w, ins.a(), ins.b()));
                }
                Op::GetAiter => {
                    let iterator = check!(self.aiter(w.reg(ins.b())));
                    w.set(ins.a(), iterator);
                }
                Op::GetAnext => {
                    let awaitable = check!(self.anext_awaitable(w.reg(ins.b())));
                    w.set(ins.a(), awaitable);
                }
                Op::EndAsyncFor => {
                    let exception = w.take(ins.a());
                    if self.is_stop_async_iteration(&exception) {
                        w.jump();
                    } else {
                        raise_again!(Raised::new(exception));
                    }
                }

                Op::MatchSequence => {
                    let matches = check!(self.match_sequence(w.reg(ins.b())));
                    w.set(ins.a(), Value::bool(matches));
                }
                Op::MatchMapping => {
                    let matches = check!(self.match_mapping(w.reg(ins.b())));
                    w.set(ins.a(), Value::bool(matches));
                }
                Op::MatchLength => {
                    let length = check!(self.length(w.reg(ins.b())));
                    w.set(ins.a(), Value::int(length as i64));
                }
                Op::MatchKeys => {
                    let values = check!(self.match_keys(w.reg(ins.b()), w.reg(ins.c())));
                    w.set(ins.a(), values);
                }
                Op::MatchClass => {
                    let names = w.extra();
                    let names = w.constant(names as usize);
                    let (subject, class) = (w.reg(ins.b()), w.reg(ins.b() + 1));
                    let values = check!(self.match_class(subject, class, ins.c() as usize, names));
                    w.set(ins.a(), values);
                }

                Op::ImportName => {
                    let (name, fromlist) = (w.extra(), w.extra());
                    let (name, fromlist) = (w.constant(name as usize), w.constant(fromlist as usize));
                    let module = check!(self.import_name(w.code(), name, fromlist, ins.b() as usize));
                    w.set(ins.a(), module);
                }
                Op::ImportFrom => {
                    let name = w.extra();
                    let value = check!(self.import_from(w.reg(ins.b()), w.constant(name as usize)));
                    w.set(ins.a(), value);
                }
                Op::ImportStar => {
                    let code = w.code();
                    let is_dynamic = code.code.kind == crate::bytecode::CodeKind::Dynamic;
                    let namespace = if is_dynamic { w.reg(0) } else { &code.globals };
                    check!(self.import_star(namespace, w.reg(ins.a())));
                }
            }
        }
    }
}
