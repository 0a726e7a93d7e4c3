//! Functions, lambdas, decorators.

use super::Compiler;
use super::unit::Unit;
use crate::bytecode::{CodeKind, Const, Flavor, Op, ParameterSpec};
use crate::resolve::{ScopeId, visit};
use apy_grammar::Span;
use apy_grammar::ast::{Expr, FunctionDef, Lambda, Parameter, Parameters, Stmt, StmtKind};
use std::rc::Rc;

/// More entries than this are put into a dict one by one.
const MAX_PAIRS: usize = 30;
/// More decorators than this wait in a list.
const MAX_DECORATORS: usize = 32;

impl<'a> Compiler<'a> {
    pub(super) fn function_def(&mut self, function: &'a FunctionDef, span: Span) {
        let windows = self.decorators(&function.decorators);
        let dst = self.unit.alloc();
        if function.type_params.is_empty() {
            let flags = self.function_parts(&function.parameters, &self.annotated(function), span);
            self.function_itself(function, flags, span, dst);
        } else {
            self.generic_function(function, span, dst);
        }
        self.decorate(&function.decorators, windows, dst);
        let result = windows.unwrap_or(dst);
        self.store_name(&function.name.name, span, result, false);
    }

    /// The annotations of a function with their names.
    pub(super) fn annotated(&self, function: &'a FunctionDef) -> Vec<(Rc<str>, &'a Expr)> {
        let annotated =
            visit::annotated(&function.parameters).map(|(p, value)| (self.mangled(&p.name.name), value));
        let returns = function.returns.iter().map(|value| (Rc::from("return"), value));
        annotated.chain(returns).collect()
    }

    /// Make the function out of its parts into `dst`.
    pub(super) fn function_itself(
        &mut self,
        function: &'a FunctionDef,
        parts: (u8, u8),
        span: Span,
        dst: u8,
    ) {
        let scope = self.scopes.of(function);
        let facts = self.scopes.get(scope);
        let flavor = match (facts.is_async, facts.is_generator) {
            (false, false) => Flavor::Plain,
            (false, true) => Flavor::Generator,
            (true, false) => Flavor::Coroutine,
            (true, true) => Flavor::AsyncGenerator,
        };
        let parameters = self.parameter_spec(&function.parameters, scope);
        let mut unit = Unit::new(self.scopes, scope, CodeKind::Function, flavor, parameters, span);
        unit.first = function.decorators.first().map_or(span, |decorator| decorator.span);
        self.enter_unit(unit, &function.name.name);
        let body = self.docstring(&function.body);
        // A lone `pass` is the line of the return.
        let last = match body {
            [Stmt { kind: StmtKind::Pass, span }] => *span,
            _ => {
                self.block(body);
                span
            }
        };
        self.unit.emit.op(last, Op::ReturnNone, 0, 0, 0);
        let child = self.leave_unit();
        self.make_function(dst, parts, child, span);
    }

    pub(super) fn lambda(&mut self, lambda: &'a Lambda, span: Span, dst: u8) {
        let flags = self.function_parts(&lambda.parameters, &[], span);
        let scope = self.scopes.of(lambda);
        let is_generator = self.scopes.get(scope).is_generator;
        let flavor = if is_generator { Flavor::Generator } else { Flavor::Plain };
        let parameters = self.parameter_spec(&lambda.parameters, scope);
        let unit = Unit::new(self.scopes, scope, CodeKind::Lambda, flavor, parameters, span);
        self.enter_unit(unit, "<lambda>");
        let register = self.operand(&lambda.body);
        self.unit.emit.op(lambda.body.span, Op::Return, register, 0, 0);
        let child = self.leave_unit();
        self.make_function(dst, flags, child, span);
    }

    /// Evaluate decorators, top to bottom, into registers in a row: each is the callee of a
    /// window that begins there. The first of them, or the register of a list if they are many.
    pub(super) fn decorators(&mut self, decorators: &'a [Expr]) -> Option<u8> {
        if decorators.len() > MAX_DECORATORS {
            let list = self.unit.alloc();
            self.unit.emit.op(decorators[0].span, Op::BuildList, list, 0, 0);
            for decorator in decorators {
                let mark = self.unit.top;
                let value = self.operand(decorator);
                self.unit.emit.op(decorator.span, Op::ListAppend, list, value, 0);
                self.unit.release(mark);
            }
            return Some(list);
        }
        let mut first = None;
        for decorator in decorators {
            let register = self.temporary(decorator);
            first.get_or_insert(register);
        }
        first
    }

    /// Apply the decorators, bottom to top, to the value in `register`, which follows them.
    pub(super) fn decorate(&mut self, decorators: &'a [Expr], windows: Option<u8>, register: u8) {
        let Some(first) = windows else { return };
        if decorators.len() > MAX_DECORATORS {
            return self.decorate_from_list(decorators, first, register);
        }
        for (index, decorator) in decorators.iter().rev().enumerate() {
            let window = register.saturating_sub(u8::try_from(index + 1).unwrap_or(u8::MAX));
            self.unit.top = u16::from(window) + 2;
            self.finish_call(window, 1, None, decorator.span);
        }
    }

    /// As [`Self::decorate`] with the decorators in a list, which the result replaces.
    fn decorate_from_list(&mut self, decorators: &'a [Expr], list: u8, register: u8) {
        let mark = self.unit.top;
        for (index, decorator) in decorators.iter().enumerate().rev() {
            let window = self.unit.alloc();
            self.load_const(Const::Int(index as i64), decorator.span, window);
            self.unit.emit.op(decorator.span, Op::GetItem, window, list, window);
            let argument = self.unit.alloc();
            self.unit.emit.op(decorator.span, Op::Take, argument, register, 0);
            self.finish_call(window, 1, None, decorator.span);
            self.unit.emit.op(decorator.span, Op::Take, register, window, 0);
            self.unit.release(mark);
        }
        self.unit.emit.op(decorators[0].span, Op::Take, list, register, 0);
    }

    fn parameter_spec(&self, parameters: &Parameters, scope: ScopeId) -> ParameterSpec {
        let private = self.scopes.get(scope).private.as_ref();
        let names = visit::parameters(parameters);
        let count = |list: &[Parameter]| list.len() as u32;
        ParameterSpec {
            names: names.map(|p| crate::resolve::mangle(private, &p.name.name)).collect(),
            positional_only: count(&parameters.positional_only),
            positional: count(&parameters.positional_only) + count(&parameters.regular),
            keyword_only: count(&parameters.keyword_only),
            has_varargs: parameters.varargs.is_some(),
            has_varkeywords: parameters.kwargs.is_some(),
        }
    }

    /// Evaluate what a function is made of: defaults, keyword defaults, annotations. The first
    /// register of the three and which of them are there.
    pub(super) fn function_parts(
        &mut self,
        parameters: &'a Parameters,
        annotated: &[(Rc<str>, &'a Expr)],
        span: Span,
    ) -> (u8, u8) {
        let (positional, keyword) = self.default_values(parameters);
        if positional.is_empty() && keyword.is_empty() && annotated.is_empty() {
            return (0, 0);
        }
        let first = self.unit.alloc_many(3);
        let mut flags = 0;
        if !positional.is_empty() {
            self.defaults(&positional, first, span);
            flags |= 1;
        }
        if !keyword.is_empty() {
            self.named_dict(&keyword, Unit::after(first, 1), span, |compiler, value, register| {
                compiler.expr_into(value, register);
            });
            flags |= 2;
        }
        if !annotated.is_empty() {
            self.annotations(annotated, Unit::after(first, 2), span);
            flags |= 4;
        }
        (first, flags)
    }

    /// The positional defaults and those of keyword-only parameters.
    pub(super) fn default_values(
        &self,
        parameters: &'a Parameters,
    ) -> (Vec<&'a Expr>, Vec<(Rc<str>, &'a Expr)>) {
        let positional = parameters.positional_only.iter().chain(&parameters.regular);
        let keyword = parameters.keyword_only.iter();
        let keyword = keyword.filter_map(|p| Some((self.mangled(&p.name.name), p.default.as_ref()?)));
        (positional.filter_map(|parameter| parameter.default.as_ref()).collect(), keyword.collect())
    }

    /// The tuple of positional defaults.
    pub(super) fn defaults(&mut self, values: &[&'a Expr], dst: u8, span: Span) {
        let constants: Option<Vec<Const>> = values.iter().map(|value| super::fold::fold(value)).collect();
        if let Some(constants) = constants {
            return self.load_const(Const::Tuple(constants.into()), span, dst);
        }
        let mark = self.unit.top;
        if values.len() > self.unit.room().min(MAX_PAIRS) {
            let list = self.unit.alloc();
            self.unit.emit.op(span, Op::BuildList, list, 0, 0);
            for value in values {
                let value = self.temporary(value);
                self.unit.emit.op(span, Op::ListAppend, list, value, 0);
                self.unit.release(u16::from(list) + 1);
            }
            self.unit.emit.op(span, Op::ListToTuple, dst, list, 0);
        } else {
            let first = values.iter().map(|value| self.temporary(value)).collect::<Vec<u8>>()[0];
            self.unit.emit.op(span, Op::BuildTuple, dst, first, values.len() as u8);
        }
        self.unit.release(mark);
    }

    /// The dict of annotations.
    pub(super) fn annotations(&mut self, annotated: &[(Rc<str>, &'a Expr)], dst: u8, span: Span) {
        self.named_dict(annotated, dst, span, |compiler, value, register| {
            let mark = compiler.unit.top;
            let value = compiler.annotation(value);
            compiler.move_to(value, span, register);
            compiler.unit.release(mark);
        });
    }

    /// A dict from names to values that `evaluate` brings into a register.
    pub(super) fn named_dict(
        &mut self,
        entries: &[(Rc<str>, &'a Expr)],
        dst: u8,
        span: Span,
        evaluate: impl Fn(&mut Self, &'a Expr, u8),
    ) {
        let mark = self.unit.top;
        let in_place = entries.len() <= self.unit.room().min(2 * MAX_PAIRS) / 2;
        if !in_place {
            self.unit.emit.op(span, Op::BuildDict, dst, 0, 0);
        }
        for (name, value) in entries {
            let key = self.unit.alloc();
            self.load_const(Const::Str(Rc::clone(name)), span, key);
            let register = self.unit.alloc();
            evaluate(self, value, register);
            if !in_place {
                self.unit.emit.op(span, Op::DictSet, dst, key, register);
                self.unit.release(mark);
            }
        }
        if in_place {
            let first = u8::try_from(mark).unwrap_or(u8::MAX);
            self.unit.emit.op(span, Op::BuildDict, dst, first, entries.len() as u8);
            self.unit.release(mark);
        }
    }

    /// Make the function of a child code into `dst`.
    pub(super) fn make_function(&mut self, dst: u8, (first, flags): (u8, u8), child: u32, span: Span) {
        self.unit.emit.op_with(span, Op::MakeFunction, [dst, first, flags], &[child]);
        if flags != 0 {
            self.unit.emit.op(span, Op::Clear, first, 3, 0);
        }
    }
}
