//! Calls: arguments go straight into the window, by the shortest of the calling instructions.

use super::Compiler;
use super::builtin_names::is_builtin;
use super::unit::{Place, Unit};
use crate::bytecode::{CodeKind, Const, Op};
use crate::resolve::{Binding, Facts, ScopeId, visit};
use apy_grammar::Span;
use apy_grammar::ast::{Argument, Call, CmpOp, Expr, ExprKind, Identifier};
use std::rc::Rc;

/// Calls with more arguments pass them as a tuple and a dict.
const MAX_ARGUMENTS: usize = 100;

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, call: &'a Call, span: Span, dst: u8) {
        let window = self.window(dst);
        match &call.function.kind {
            ExprKind::Name(name) if self.is_plain_super(name, &call.arguments) => {
                self.super_call(&call.function, span, window);
            }
            ExprKind::Name(name)
                if is_positional(&call.arguments)
                    && self.is_simple(&call.arguments)
                    && self.is_late_global(name, call) =>
            {
                let count = self.positional(&call.arguments, window, 0);
                let mangled = self.mangled(name);
                let cache = self.unit.emit.cache(&mangled);
                self.ready_window(window, count, span);
                let lookup = call.function.span;
                self.unit.emit.call_with(lookup, span, Op::CallGlobal, [window, count, 0], &[cache]);
            }
            ExprKind::Attribute(object, name) if self.is_simple(&call.arguments) => {
                if self.super_attribute(object, name, call.function.span, window) {
                    let span = self.attribute_span(span, name);
                    self.call_window(&call.arguments, window, span);
                } else {
                    self.invoke(object, name, call, span, window);
                }
            }
            _ => {
                self.in_row_slot(&call.function, window);
                self.call_window(&call.arguments, window, span);
            }
        }
        self.unit.release(u16::from(window) + 1);
        self.move_to(window, span, dst);
    }

    /// The first register of a new window; `dst` itself if it is the topmost temporary.
    pub(super) fn window(&mut self, dst: u8) -> u8 {
        if self.unit.is_top(dst) { dst } else { self.unit.alloc() }
    }

    /// Empty what lies above a window that is about to be called: the callee's registers begin
    /// there, and they must hold no object.
    pub(super) fn ready_window(&mut self, window: u8, count: u8, span: Span) {
        if self.unit.is_suspendable() {
            return;
        }
        let end = u16::from(window) + u16::from(count) + 1;
        let Some(flow) = &self.unit.emit.flow else { return };
        let stale = flow.dirty.beyond(end.max(self.unit.base), Default::default());
        if let Some((first, last)) = stale.bounds() {
            self.unit.emit.op(span, Op::Clear, first, (last - first).saturating_add(1), 0);
        }
    }

    /// Whether the arguments fit into a window.
    pub(super) fn is_simple(&self, arguments: &[Argument]) -> bool {
        let plain = |a: &Argument| matches!(a, Argument::Positional(_) | Argument::Keyword(..));
        arguments.len() <= self.unit.room().min(MAX_ARGUMENTS) && arguments.iter().all(plain)
    }

    /// Whether `name` is a global that may be looked up after its arguments were evaluated:
    /// either the lookup will find the same then, or the arguments do nothing that could be
    /// noticed first.
    fn is_late_global(&self, name: &Rc<str>, call: &Call) -> bool {
        let name = self.mangled(name);
        if &*name == "__debug__" || self.place(&name) != Place::Global {
            return false;
        }
        let module = self.scopes.get(ScopeId::MODULE).facts(&name);
        let is_module_code = matches!(self.unit.kind, CodeKind::Module | CodeKind::Dynamic);
        // Functions run when the module has bound its names, as a rule.
        let is_settled = match module.any(Facts::LOCAL | Facts::GLOBAL) {
            true => !is_module_code && !module.any(Facts::REBOUND | Facts::DELETED | Facts::GLOBAL),
            false => is_builtin(&name),
        };
        is_settled || self.are_quiet(&call.arguments)
    }

    /// Whether evaluating the arguments can neither raise nor run code of their own, so that it
    /// does not show whether what is called was looked up before or after them.
    fn are_quiet(&self, arguments: &[Argument]) -> bool {
        arguments.iter().all(|argument| match argument {
            Argument::Positional(value) | Argument::Keyword(_, value, _) => self.is_quiet(value),
            Argument::Starred(..) | Argument::DoubleStarred(..) => false,
        })
    }

    fn is_quiet(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Constant(_) => true,
            ExprKind::Name(name) => {
                let name = self.mangled(name);
                match self.place(&name) {
                    Place::Register(_, variable) => self.unit.is_bound(variable),
                    Place::Global => {
                        let module = self.scopes.get(ScopeId::MODULE).facts(&name);
                        module.any(Facts::LOCAL | Facts::GLOBAL) || is_builtin(&name)
                    }
                    Place::Spill(_, variable) => self.unit.is_bound(variable),
                    Place::Cell { .. }
                    | Place::SpilledCell { .. }
                    | Place::Name
                    | Place::NameOrCell(_)
                    | Place::ClassName(_)
                    | Place::ClassNameOrCell(..) => false,
                }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(|item| self.is_quiet(item)),
            ExprKind::Compare(left, rest) => match &rest[..] {
                [(CmpOp::Is | CmpOp::IsNot, right)] => self.is_quiet(left) && self.is_quiet(right),
                _ => false,
            },
            ExprKind::BinOp(..) | ExprKind::UnaryOp(..) => super::fold::fold(expr).is_some(),
            ExprKind::Lambda(lambda) => {
                let mut quiet = true;
                visit::each_default(&lambda.parameters, &mut |default| {
                    quiet = quiet && self.is_quiet(default);
                });
                quiet
            }
            _ => false,
        }
    }

    /// Evaluate positional arguments into the registers after `window` and the `given` values
    /// there. How many there are then.
    fn positional(&mut self, arguments: &'a [Argument], window: u8, given: usize) -> u8 {
        let mut count = given;
        for argument in arguments {
            if let Argument::Positional(value) = argument {
                count += 1;
                self.argument(value, Unit::after(window, count));
            }
        }
        count as u8
    }

    pub(super) fn argument(&mut self, value: &'a Expr, register: u8) {
        self.unit.top = u16::from(register);
        let slot = self.unit.alloc();
        self.expr_into(value, slot);
    }

    /// Evaluate simple arguments into the window: positional ones, then keywords. Their number,
    /// and the names of the keywords if there are any.
    pub(super) fn simple_arguments(
        &mut self,
        arguments: &'a [Argument],
        window: u8,
        given: usize,
    ) -> (u8, Option<u32>) {
        self.simple_arguments_and(arguments, window, given, None)
    }

    /// As [`Self::simple_arguments`] with the value of register `last` after the positional ones.
    pub(super) fn simple_arguments_and(
        &mut self,
        arguments: &'a [Argument],
        window: u8,
        given: usize,
        last: Option<u8>,
    ) -> (u8, Option<u32>) {
        let mut count = usize::from(self.positional(arguments, window, given));
        if let Some(last) = last {
            count += 1;
            self.unit.top = u16::from(Unit::after(window, count));
            let register = self.unit.alloc();
            self.unit.emit.op(self.unit.current, Op::Move, register, last, 0);
        }
        let mut names: Vec<Const> = Vec::new();
        for argument in arguments {
            if let Argument::Keyword(name, value, _) = argument {
                count += 1;
                self.argument(value, Unit::after(window, count));
                names.push(Const::Str(self.mangled(&name.name)));
            }
        }
        let names = (!names.is_empty()).then(|| self.unit.emit.constants.add(Const::Tuple(names.into())).0);
        (count as u8, names)
    }

    /// Call the callee in `window` with `arguments`; the result is in `window`.
    pub(super) fn call_window(&mut self, arguments: &'a [Argument], window: u8, span: Span) {
        if !self.is_simple(arguments) {
            return self.call_unpacking(0, arguments, None, window, span);
        }
        let (count, names) = self.simple_arguments(arguments, window, 0);
        self.finish_call(window, count, names, span);
    }

    /// The call itself, when all arguments are in the window.
    pub(super) fn finish_call(&mut self, window: u8, count: u8, names: Option<u32>, span: Span) {
        self.ready_window(window, count, span);
        match names {
            None => self.unit.emit.op(span, Op::Call, window, count, 0),
            Some(names) => self.unit.emit.op_with(span, Op::CallKw, [window, count, 0], &[names]),
        }
    }

    fn invoke(&mut self, object: &'a Expr, name: &Identifier, call: &'a Call, span: Span, window: u8) {
        self.in_row_slot(object, window);
        let lookup = self.attribute_span(call.function.span, name);
        let span = self.attribute_span(span, name);
        let cache = self.attribute_cache(&name.name);
        if !self.are_quiet(&call.arguments) {
            return self.call_method(call, cache, lookup, span, window);
        }
        let (count, names) = self.simple_arguments(&call.arguments, window, 0);
        self.ready_window(window, count, span);
        let emit = &mut self.unit.emit;
        match names {
            None => emit.call_with(lookup, span, Op::Invoke, [window, count, 0], &[cache]),
            Some(names) => emit.call_with(lookup, span, Op::InvokeKw, [window, count, 0], &[cache, names]),
        }
    }

    /// A method call whose arguments may raise or run code of their own: if there is no such
    /// method, that must come to light before they do.
    fn call_method(&mut self, call: &'a Call, cache: u32, lookup: Span, span: Span, window: u8) {
        self.unit.top = u16::from(window) + 1;
        self.unit.alloc();
        self.unit.emit.op_with(lookup, Op::LoadMethod, [window, 0, 0], &[cache]);
        let (count, names) = self.simple_arguments(&call.arguments, window, 1);
        self.finish_method_call(window, count, names, span);
    }

    /// The call of what `LoadMethod` left in the window, when all arguments are there too; `count`
    /// includes the receiver.
    pub(super) fn finish_method_call(&mut self, window: u8, count: u8, names: Option<u32>, span: Span) {
        self.ready_window(window, count, span);
        let emit = &mut self.unit.emit;
        match names {
            None => emit.op(span, Op::CallMethod, window, count, 0),
            Some(names) => emit.op_with(span, Op::CallMethodKw, [window, count, 0], &[names]),
        }
    }

    /// Call the callee in `window` with a tuple and a dict, made of the `given` values that
    /// already follow it and of `arguments`.
    /// With `last`, the value of that register follows the positional ones.
    pub(super) fn call_unpacking(
        &mut self,
        given: usize,
        arguments: &'a [Argument],
        last: Option<u8>,
        window: u8,
        span: Span,
    ) {
        self.unpacked_positional(given, arguments, last, window, span);
        self.unit.top = u16::from(window) + 2;
        let keywords = self.unit.alloc();
        self.unpacked_keywords(arguments, keywords, window, span);
        self.ready_window(window, 2, span);
        self.unit.emit.op(span, Op::CallEx, window, 0, 0);
    }

    /// The tuple of positional arguments, after `callee`.
    fn unpacked_positional(
        &mut self,
        given: usize,
        arguments: &'a [Argument],
        last: Option<u8>,
        callee: u8,
        span: Span,
    ) {
        let list = Unit::after(callee, 1);
        let is_positional = |a: &&Argument| matches!(a, Argument::Positional(_) | Argument::Starred(..));
        let positional: Vec<&'a Argument> = arguments.iter().filter(is_positional).collect();
        if let (0, [Argument::Starred(value, _)]) = (given, &positional[..]) {
            self.unit.top = u16::from(list);
            let list = self.unit.alloc();
            let iterable = self.operand_in(value, &[], list);
            return self.unit.emit.op(span, Op::StarTuple, list, iterable, callee);
        }
        let mut values = positional.iter().peekable();
        let mut count = given;
        while let Some(Argument::Positional(value)) = values.peek() {
            if count >= self.unit.room().min(MAX_ARGUMENTS / 2) {
                break;
            }
            self.argument(value, Unit::after(list, count));
            count += 1;
            values.next();
        }
        let first = if count == 0 { 0 } else { list };
        let is_whole = values.peek().is_none() && last.is_none();
        let op = if is_whole { Op::BuildTuple } else { Op::BuildList };
        self.unit.emit.op(span, op, list, first, count as u8);
        if is_whole {
            return;
        }
        let mark = u16::from(list) + 1;
        for argument in values {
            self.unit.top = mark;
            match argument {
                Argument::Positional(value) => {
                    let value = self.operand(value);
                    self.unit.emit.op(span, Op::ListAppend, list, value, 0);
                }
                Argument::Starred(value, _) => {
                    let value = self.operand(value);
                    self.unit.emit.op(span, Op::ListExtend, list, value, 0);
                }
                Argument::Keyword(..) | Argument::DoubleStarred(..) => {}
            }
        }
        if let Some(last) = last {
            self.unit.emit.op(span, Op::ListAppend, list, last, 0);
        }
        self.unit.emit.op(span, Op::ListToTuple, list, list, 0);
    }

    fn unpacked_keywords(&mut self, arguments: &'a [Argument], dict: u8, callee: u8, span: Span) {
        let is_keyword = |a: &&Argument| matches!(a, Argument::Keyword(..) | Argument::DoubleStarred(..));
        let keywords: Vec<&'a Argument> = arguments.iter().filter(is_keyword).collect();
        if keywords.is_empty() {
            return self.load_const(Const::None, span, dict);
        }
        let mark = self.unit.top;
        let mut made = false;
        let mut at = 0;
        while at < keywords.len() {
            if let Argument::DoubleStarred(mapping, _) = keywords[at] {
                if !made {
                    self.unit.emit.op(span, Op::BuildDict, dict, 0, 0);
                }
                let mapping = self.operand(mapping);
                self.unit.emit.op(span, Op::DictMerge, dict, mapping, callee);
                at += 1;
            } else {
                // A run of named arguments: the first becomes the dict, later ones are merged.
                let target = if made { self.unit.alloc() } else { dict };
                at += self.named_run(&keywords[at..], target, span);
                if made {
                    self.unit.emit.op(span, Op::DictMerge, dict, target, callee);
                }
            }
            made = true;
            self.unit.release(mark);
        }
    }

    /// A dict of the named arguments that `keywords` begin with; how many they are.
    fn named_run(&mut self, keywords: &[&'a Argument], dict: u8, span: Span) -> usize {
        let mark = self.unit.top;
        let mut pairs: u8 = 0;
        let mut built = false;
        let mut used = 0;
        let first = u8::try_from(mark).unwrap_or(u8::MAX);
        for argument in keywords {
            let Argument::Keyword(name, value, _) = argument else { break };
            let name = self.mangled(&name.name);
            let key = self.unit.alloc();
            self.load_const(Const::Str(name), span, key);
            let value = self.temporary(value);
            used += 1;
            if built {
                self.unit.emit.op(span, Op::DictSet, dict, key, value);
                self.unit.release(mark);
                continue;
            }
            pairs += 1;
            if usize::from(pairs) >= self.unit.room().min(MAX_ARGUMENTS) / 4 {
                self.unit.emit.op(span, Op::BuildDict, dict, first, pairs);
                self.unit.release(mark);
                built = true;
            }
        }
        if !built {
            self.unit.emit.op(span, Op::BuildDict, dict, first, pairs);
            self.unit.release(mark);
        }
        used
    }

    /// Whether `name(arguments)` is `super()` of a method, with the language's own `super`.
    fn is_plain_super(&self, name: &Rc<str>, arguments: &[Argument]) -> bool {
        &**name == "super" && arguments.is_empty() && self.super_parts().is_some()
    }

    /// Where `super()` finds its class, and the name of the method's first parameter.
    fn super_parts(&self) -> Option<(Place, Rc<str>)> {
        let module = self.scopes.get(ScopeId::MODULE).facts("super");
        let own = self.scopes.get(self.scope_id()).binding("super") == Binding::GlobalImplicit;
        let is_function = matches!(self.unit.kind, CodeKind::Function | CodeKind::Lambda);
        if !own || !is_function || module.any(Facts::LOCAL | Facts::GLOBAL) {
            return None;
        }
        let class = self.place("__class__");
        let first = self.unit.parameters.names.first().filter(|_| self.unit.parameters.positional > 0)?;
        if self.scopes.get(self.unit.scope).facts(first).any(Facts::DELETED) {
            return None;
        }
        matches!(class, Place::Cell { .. } | Place::SpilledCell { .. }).then(|| (class, Rc::clone(first)))
    }

    /// The class and the first argument into `pair` and the register after it.
    fn super_arguments(&mut self, span: Span, pair: u8) {
        let Some((class, first)) = self.super_parts() else { return };
        self.load_place(class, &"__class__".into(), span, pair);
        let place = self.unit.places.get(&first).copied().unwrap_or(Place::Global);
        self.load_place(place, &first, span, Unit::after(pair, 1));
    }

    /// `super()` as a value.
    fn super_call(&mut self, function: &'a Expr, span: Span, window: u8) {
        self.in_row_slot(function, window);
        self.unit.top = u16::from(window) + 1;
        let pair = self.unit.alloc_many(2);
        self.super_arguments(span, pair);
        self.finish_call(window, 2, None, span);
    }

    /// `super().name` without making the `super` object; whether `object` is that.
    pub(super) fn super_attribute(&mut self, object: &Expr, name: &Identifier, span: Span, dst: u8) -> bool {
        let ExprKind::Call(call) = &object.kind else { return false };
        let ExprKind::Name(function) = &call.function.kind else { return false };
        if !self.is_plain_super(function, &call.arguments) || &*name.name == "__class__" {
            return false;
        }
        let mark = self.unit.top;
        let pair = self.unit.alloc_many(2);
        self.super_arguments(object.span, pair);
        let cache = self.attribute_cache(&name.name);
        self.unit.emit.op_with(span, Op::GetSuperAttr, [dst, pair, 0], &[cache]);
        self.unit.release(mark);
        true
    }
}

/// Whether all arguments are positional.
fn is_positional(arguments: &[Argument]) -> bool {
    arguments.iter().all(|a| matches!(a, Argument::Positional(_)))
}
