//! The scopes of generic definitions and type aliases.

use super::CLASS_DICT;
use super::scope::{Facts, Part, ScopeId, ScopeKind};
use super::walk::Walker;
use apy_grammar::Span;
use apy_grammar::ast::{ExprKind, TypeAlias, TypeParam, TypeParamKind};
use std::rc::Rc;

impl Walker<'_> {
    /// The definition of `name` with type parameters, of which `body` walks the rest.
    pub(super) fn generic<T>(
        &mut self,
        name: &str,
        node: &T,
        parameters: &[TypeParam],
        body: impl FnOnce(&mut Self),
    ) {
        let name = format!("<generic parameters of {name}>");
        let around = self.class_seen();
        let kind = ScopeKind::TypeParameters;
        self.within_part(kind, &name, (node, Part::Parameters), |walker| {
            walker.see_class(around);
            walker.add(&Rc::from(super::TYPE_PARAMETERS), Facts::LOCAL, Span::default());
            parameters.iter().for_each(|parameter| walker.type_parameter(parameter));
            body(walker);
        });
    }

    fn type_parameter(&mut self, parameter: &TypeParam) {
        let name = &parameter.name.name;
        let mangled = self.mangled(name);
        if self.scope().facts(&mangled).any(Facts::TYPE_PARAMETER) {
            self.error(format!("duplicate type parameter '{name}'"), parameter.name.span);
        }
        self.add(name, Facts::LOCAL | Facts::TYPE_PARAMETER, parameter.name.span);
        let described = |bound: bool| match (parameter.kind, bound) {
            (TypeParamKind::TypeVar, true) => "a TypeVar bound",
            (TypeParamKind::TypeVar, false) => "a TypeVar default",
            (TypeParamKind::TypeVarTuple, _) => "a TypeVarTuple default",
            (TypeParamKind::ParamSpec, _) => "a ParamSpec default",
        };
        if let Some(bound) = &parameter.bound {
            let is_constraints = matches!(bound.kind, ExprKind::Tuple(_));
            let what = if is_constraints { "a TypeVar constraint" } else { described(true) };
            self.type_expression(name, (parameter, Part::Bound), what, |walker| walker.expr(bound));
        }
        if let Some(default) = &parameter.default {
            let what = described(false);
            self.type_expression(name, (parameter, Part::Default), what, |walker| walker.expr(default));
        }
    }

    pub(super) fn type_alias(&mut self, alias: &TypeAlias) {
        self.add(&alias.name.name, Facts::LOCAL, alias.name.span);
        if alias.type_params.is_empty() {
            return self.alias_value(alias);
        }
        self.generic(&alias.name.name, alias, &alias.type_params, |walker| walker.alias_value(alias));
    }

    fn alias_value(&mut self, alias: &TypeAlias) {
        self.type_expression(&alias.name.name, (alias, Part::Body), "a type alias", |walker| {
            walker.expr(&alias.value);
        });
    }

    /// Code that is run when its value is asked for.
    fn type_expression<T>(
        &mut self,
        name: &str,
        node: (&T, Part),
        described: &'static str,
        body: impl FnOnce(&mut Self),
    ) {
        let around = self.class_seen();
        self.within_part(ScopeKind::TypeExpression, name, node, |walker| {
            walker.scope().described = described;
            walker.see_class(around);
            body(walker);
        });
    }

    /// The class whose names a scope of types opened here sees.
    fn class_seen(&mut self) -> Option<ScopeId> {
        if self.scope().kind == ScopeKind::Class { Some(self.current) } else { self.scope().sees_class }
    }

    fn see_class(&mut self, class: Option<ScopeId>) {
        if class.is_some() {
            self.scope().sees_class = class;
            self.add(&Rc::from(CLASS_DICT), Facts::USE, Span::default());
        }
    }

    /// Refuse an expression that may not stand in the definition of types.
    pub(super) fn not_in_types(&mut self, what: &str, span: Span) {
        let place = match self.scope().kind {
            ScopeKind::TypeParameters => "the definition of a generic",
            ScopeKind::TypeExpression => self.scope().described,
            _ => return,
        };
        self.error(format!("{what} cannot be used within {place}"), span);
    }
}
