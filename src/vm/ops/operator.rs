//! Operators on instances: where a special method of the left operand's class is a plain script
//! function, it runs in the same `run` as the instruction, without a nested one.

use crate::bytecode::Op;
use crate::object::function::FunctionObject;
use crate::object::interpreter::Comparison;
use crate::object::{Interpreter, Raised, Value};
use crate::vm::bind::fill_cells;
use crate::vm::ops::arith::OperatorNames;
use crate::vm::registers::{Cursor, RecordKind, window};
use crate::vm::{Flow, Vm};

impl Vm {
    /// `left op right` of an instance: the start of its method, or the result in register `a`.
    #[inline(never)]
    pub(in crate::vm) fn binary_of_instance(
        &mut self,
        mut w: Cursor,
        a: u8,
        op: Op,
        left: &Value,
        right: &Value,
    ) -> Result<Flow, Raised> {
        let name = OperatorNames::forward(&self.operator_names, op).clone();
        if let Some(next) = self.enter_operator(w, a, RecordKind::Operator, &name, left, right) {
            return Ok(Flow::Continue(next));
        }
        let result = self.binary_slow(op, left, right)?;
        w.set(a, result);
        Ok(Flow::Continue(w))
    }

    /// The same for a comparison whose result is a value.
    #[inline(never)]
    pub(in crate::vm) fn compare_of_instance(
        &mut self,
        mut w: Cursor,
        a: u8,
        op: Comparison,
        left: &Value,
        right: &Value,
    ) -> Result<Flow, Raised> {
        let name = self.comparison_names[op as usize].clone();
        if let Some(next) = self.enter_operator(w, a, RecordKind::Operator, &name, left, right) {
            return Ok(Flow::Continue(next));
        }
        let result = self.compare_slow(op, left, right)?;
        w.set(a, result);
        Ok(Flow::Continue(w))
    }

    /// `object[key]` of an instance.
    #[inline(never)]
    pub(in crate::vm) fn item_of_instance(
        &mut self,
        mut w: Cursor,
        a: u8,
        object: &Value,
        key: &Value,
    ) -> Result<Flow, Raised> {
        let name = self.names.getitem.clone();
        if let Some(next) = self.enter_special(w, a, RecordKind::Plain, &name, &[object, key]) {
            return Ok(Flow::Continue(next));
        }
        let result = match native_method(object, &name) {
            Some(method) => {
                let native = method.as_native().expect("just seen");
                self.call_native(native, &[object.clone(), key.clone()], None)?
            }
            None => self.get_item_slow(object, key)?,
        };
        w.set(a, result);
        Ok(Flow::Continue(w))
    }

    /// `object[key] = value` of an instance.
    #[inline(never)]
    pub(in crate::vm) fn set_item_of_instance(
        &mut self,
        w: Cursor,
        object: &Value,
        key: &Value,
        value: &Value,
    ) -> Result<Flow, Raised> {
        let name = self.names.setitem.clone();
        if let Some(next) = self.enter_special(w, 0, RecordKind::Discard, &name, &[object, key, value]) {
            return Ok(Flow::Continue(next));
        }
        match native_method(object, &name) {
            Some(method) => {
                let native = method.as_native().expect("just seen");
                self.call_native(native, &[object.clone(), key.clone(), value.clone()], None)?;
            }
            None => self.set_item_slow(object, key, value)?,
        }
        Ok(Flow::Continue(w))
    }

    /// Enter `left.name(right)` unless the right operand's class comes first.
    fn enter_operator(
        &mut self,
        w: Cursor,
        a: u8,
        kind: RecordKind,
        name: &Value,
        left: &Value,
        right: &Value,
    ) -> Option<Cursor> {
        if let Some(other) = right.as_instance()
            && !other.with_class(|class| {
                left.as_instance().is_some_and(|i| i.with_class(|own| std::ptr::eq(own, class)))
            })
        {
            return None;
        }
        let next = self.enter_special(w, a, kind, name, &[left, right])?;
        // What is left to try if the method does not know.
        self.records.top_mut().extra = right.clone();
        Some(next)
    }

    /// Enter the method `name` of the class of the first argument, if it is a script function
    /// that takes just these arguments.
    fn enter_special(
        &mut self,
        w: Cursor,
        a: u8,
        kind: RecordKind,
        name: &Value,
        args: &[&Value],
    ) -> Option<Cursor> {
        let method = args[0].as_instance()?.with_class(|class| class.lookup_cached(name))?;
        let function: &FunctionObject = method.as_function()?;
        let code = function.code.as_code()?;
        let base = if w.code().frame.is_suspendable { self.top } else { w.frame_end() };
        if code.frame.simple_arity as usize != args.len() || self.check_room(base, code).is_err() {
            return None;
        }
        if kind == RecordKind::Plain {
            if !self.records.push_plain(w, a) {
                return None;
            }
        } else {
            self.records.push(w, a, kind, std::ptr::null_mut());
        }
        let slots = window(base, code.frame.register_count as usize);
        for (slot, arg) in slots.iter_mut().zip(args) {
            *slot = (*arg).clone();
        }
        fill_cells(function, code, slots);
        Some(Cursor::at(code, 0, base))
    }

    /// The method entered by the operator behind which `caller` stands returned `value`; `right`
    /// is the right operand.
    pub(in crate::vm) fn operator_returned(
        &mut self,
        mut caller: Cursor,
        dst: u8,
        value: Value,
        right: &Value,
    ) -> Result<Flow, Raised> {
        if !value.is_not_implemented() {
            caller.set(dst, value);
            return Ok(Flow::Continue(caller));
        }
        self.current = caller;
        let instruction = caller.previous();
        let left = caller.reg(instruction.b()).clone();
        let result = match comparison(instruction.op()) {
            Some(op) => self.compare_undecided(op, &left, right),
            None => self.binary_undecided(instruction.op(), &left, right),
        };
        match result {
            Ok(value) => {
                caller.set(dst, value);
                Ok(Flow::Continue(caller))
            }
            Err(raised) => self.unwind(caller, raised).map(Flow::Continue),
        }
    }

    /// `left op right` after the left operand, an instance, answered NotImplemented.
    fn binary_undecided(&mut self, op: Op, left: &Value, right: &Value) -> crate::object::Completion {
        let op = op.general();
        let class = self.class_of(right);
        let name = OperatorNames::reflected(&self.operator_names, op).clone();
        if !self.class_of(left).is(&class)
            && let Some(method) = class.as_type().and_then(|class| class.lookup_cached(&name))
            && !(op == Op::Mul && self.only_joins(op, &class) && super::arith::is_no_count(self, left))
        {
            let result = self.call_found(&method, right, &class, std::slice::from_ref(left))?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        Err(self.unsupported_operands(op, left, right, false))
    }
}

/// The method `name` of the class of an instance, if it is a plain row.
fn native_method(object: &Value, name: &Value) -> Option<Value> {
    let method = object.as_instance()?.with_class(|class| class.lookup_cached(name))?;
    let is_plain = method.as_native().is_some_and(|native| native.is_method());
    if is_plain { Some(method) } else { None }
}

/// The comparison that an instruction with a result makes.
fn comparison(op: Op) -> Option<Comparison> {
    Some(match op {
        Op::Lt => Comparison::Lt,
        Op::Le => Comparison::Le,
        Op::Eq => Comparison::Eq,
        Op::Ne => Comparison::Ne,
        Op::Gt => Comparison::Gt,
        Op::Ge => Comparison::Ge,
        _ => return None,
    })
}
