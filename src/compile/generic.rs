//! Generic functions and classes, and type aliases.
//!
//! ```text
//! def f[T](x: T = 1): ...   =>   def <generic parameters of f>(.defaults):
//!                                    T = typing._type_parameter(...)
//!                                    .type_params = (T,)
//!                                    def f(x: T = 1): ...         # with those defaults
//!                                    f.__type_params__ = .type_params
//!                                    return f
//!                                f = <generic parameters of f>((1,))
//! ```
//! Bounds, defaults of type parameters and values of aliases are functions that `typing` calls
//! when it is asked for them.

use super::Compiler;
use super::unit::Unit;
use crate::bytecode::{CodeKind, Const, Flavor, Op, ParameterSpec};
use crate::resolve::{Part, ScopeId, TYPE_PARAMETERS};
use apy_grammar::Span;
use apy_grammar::ast::{ClassDef, Expr, ExprKind, FunctionDef, TypeAlias, TypeParam, TypeParamKind};
use std::rc::Rc;

impl<'a> Compiler<'a> {
    pub(super) fn generic_function(&mut self, function: &'a FunctionDef, span: Span, dst: u8) {
        let (positional, keyword) = self.default_values(&function.parameters);
        let mut names: Vec<Rc<str>> = Vec::new();
        if !positional.is_empty() {
            let register = self.unit.alloc();
            self.defaults(&positional, register, span);
            names.push(".defaults".into());
        }
        if !keyword.is_empty() {
            let register = self.unit.alloc();
            self.named_dict(&keyword, register, span, |compiler, value, register| {
                compiler.expr_into(value, register);
            });
            names.push(".kwdefaults".into());
        }
        let has = (!positional.is_empty(), !keyword.is_empty());
        let scope = self.scopes.of_part(function, Part::Parameters);
        let parameters = &function.type_params;
        self.generic(scope, &function.name.name, names, parameters, span, dst, |compiler, made| {
            let first = compiler.unit.alloc_many(3);
            let mut flags = 0;
            let mut given = 0;
            for (flag, has) in [(1, has.0), (2, has.1)] {
                if has {
                    let register = Unit::after(first, usize::from(flag > 1));
                    compiler.unit.emit.op(span, Op::Move, register, given, 0);
                    (flags, given) = (flags | flag, given + 1);
                }
            }
            let annotated = compiler.annotated(function);
            if !annotated.is_empty() {
                compiler.annotations(&annotated, Unit::after(first, 2), span);
                flags |= 4;
            }
            let result = compiler.unit.alloc();
            compiler.function_itself(function, (first, flags), span, result);
            let cache = compiler.unit.emit.cache(&"__type_params__".into());
            compiler.unit.emit.op_with(span, Op::SetAttr, [result, made, 0], &[cache]);
            result
        });
    }

    pub(super) fn generic_class(&mut self, class: &'a ClassDef, span: Span, dst: u8) {
        let scope = self.scopes.of_part(class, Part::Parameters);
        let parameters = &class.type_params;
        self.generic(scope, &class.name.name, Vec::new(), parameters, span, dst, |compiler, made| {
            let base = compiler.unit.alloc();
            compiler.load_typing("_generic_base", span, base);
            let argument = compiler.unit.alloc();
            compiler.unit.emit.op(span, Op::Move, argument, made, 0);
            compiler.finish_call(base, 1, None, span);
            compiler.unit.release(u16::from(base) + 1);
            let result = compiler.unit.alloc();
            compiler.class_itself(class, Some(base), span, result);
            result
        });
    }

    pub(super) fn type_alias(&mut self, alias: &'a TypeAlias, span: Span) {
        let dst = self.unit.alloc();
        if alias.type_params.is_empty() {
            let none = self.unit.alloc();
            self.load_const(Const::Tuple(Rc::new([])), span, none);
            let made = self.alias_itself(alias, none, span);
            self.move_to(made, span, dst);
        } else {
            let scope = self.scopes.of_part(alias, Part::Parameters);
            let parameters = &alias.type_params;
            self.generic(scope, &alias.name.name, Vec::new(), parameters, span, dst, |compiler, made| {
                compiler.alias_itself(alias, made, span)
            });
        }
        self.store_name(&alias.name.name, span, dst, false);
    }

    /// `typing._type_alias(name, parameters, evaluate)`.
    fn alias_itself(&mut self, alias: &'a TypeAlias, parameters: u8, span: Span) -> u8 {
        let window = self.unit.alloc();
        self.load_typing("_type_alias", span, window);
        let name = self.unit.alloc();
        self.load_const(Const::Str(Rc::clone(&alias.name.name)), span, name);
        let argument = self.unit.alloc();
        self.unit.emit.op(span, Op::Move, argument, parameters, 0);
        let evaluate = self.unit.alloc();
        let scope = self.scopes.of(alias);
        self.type_expression(scope, &alias.name.name, &alias.value, evaluate);
        self.finish_call(window, 3, None, span);
        self.unit.release(u16::from(window) + 1);
        window
    }

    /// The result of `body` in the scope of `type_params` into `dst`, which the registers of the
    /// arguments called `names` follow. `body` gets the register of the tuple of parameters.
    #[expect(clippy::too_many_arguments, reason = "each kind of definition gives all of them")]
    fn generic(
        &mut self,
        scope: ScopeId,
        name: &str,
        names: Vec<Rc<str>>,
        type_params: &'a [TypeParam],
        span: Span,
        dst: u8,
        body: impl FnOnce(&mut Self, u8) -> u8,
    ) {
        let count = names.len() as u8;
        let positional = u32::from(count);
        let parameters = ParameterSpec { names, positional, ..ParameterSpec::default() };
        let unit = Unit::new(self.scopes, scope, CodeKind::Function, Flavor::Plain, parameters, span);
        self.enter_unit(unit, &format!("<generic parameters of {name}>"));
        for parameter in type_params {
            self.type_parameter(parameter);
        }
        let first = self.unit.alloc();
        self.unit.emit.op(span, Op::BuildList, first, 0, 0);
        for parameter in type_params {
            let value = self.unit.alloc();
            self.load_name(&parameter.name.name, span, value);
            self.unit.emit.op(span, Op::ListAppend, first, value, 0);
            self.unit.release(u16::from(first) + 1);
        }
        self.unit.emit.op(span, Op::ListToTuple, first, first, 0);
        let hidden: Rc<str> = TYPE_PARAMETERS.into();
        self.store_name(&hidden, span, first, true);
        let result = body(self, first);
        self.unit.emit.op(span, Op::Return, result, 0, 0);
        let child = self.leave_unit();
        self.make_function(dst, (0, 0), child, span);
        self.unit.top = u16::from(dst) + 1 + u16::from(count);
        self.finish_call(dst, count, None, span);
        self.unit.release(u16::from(dst) + 1);
    }

    /// Bind a type parameter: `typing._type_parameter(kind, name, bound, constraints, default)`,
    /// the last three functions or None.
    fn type_parameter(&mut self, parameter: &'a TypeParam) {
        let span = parameter.name.span;
        let window = self.unit.alloc();
        self.load_typing("_type_parameter", span, window);
        let kind = match parameter.kind {
            TypeParamKind::TypeVar => "TypeVar",
            TypeParamKind::TypeVarTuple => "TypeVarTuple",
            TypeParamKind::ParamSpec => "ParamSpec",
        };
        for text in [kind, &parameter.name.name] {
            let register = self.unit.alloc();
            self.load_const(Const::Str(text.into()), span, register);
        }
        let is_constraints = |bound: &Expr| matches!(bound.kind, ExprKind::Tuple(_));
        let bound = parameter.bound.as_ref();
        for (expr, part) in [
            (bound.filter(|bound| !is_constraints(bound)), Part::Bound),
            (bound.filter(|bound| is_constraints(bound)), Part::Bound),
            (parameter.default.as_ref(), Part::Default),
        ] {
            let register = self.unit.alloc();
            match expr {
                Some(expr) => {
                    let scope = self.scopes.of_part(parameter, part);
                    self.type_expression(scope, &parameter.name.name, expr, register);
                }
                None => self.load_const(Const::None, span, register),
            }
        }
        self.finish_call(window, 5, None, span);
        self.unit.release(u16::from(window) + 1);
        self.store_name(&parameter.name.name, span, window, false);
        self.unit.release(u16::from(window));
    }

    /// A function that evaluates `expr`, into `dst`.
    fn type_expression(&mut self, scope: ScopeId, name: &str, expr: &'a Expr, dst: u8) {
        let (kind, parameters) = (CodeKind::Function, ParameterSpec::default());
        let unit = Unit::new(self.scopes, scope, kind, Flavor::Plain, parameters, expr.span);
        self.enter_unit(unit, name);
        let register = match &expr.kind {
            ExprKind::Starred(inner) => {
                // `*Ts = *Us` has the one item that `Us` unpacks to.
                let register = self.temporary(inner);
                self.unit.emit.op(expr.span, Op::UnpackSequence, register, 1, register);
                register
            }
            _ => self.operand(expr),
        };
        self.unit.emit.op(expr.span, Op::Return, register, 0, 0);
        let child = self.leave_unit();
        self.make_function(dst, (0, 0), child, expr.span);
    }

    fn load_typing(&mut self, name: &str, span: Span, register: u8) {
        let name = self.name_const(&name.into());
        self.unit.emit.op_with(span, Op::LoadTyping, [register, 0, 0], &[name]);
    }
}
