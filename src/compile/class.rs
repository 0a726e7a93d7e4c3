//! Classes: a call of `__build_class__` with a function that fills the namespace.

use super::Compiler;
use super::unit::{Place, Unit};
use crate::bytecode::{CodeKind, Const, Flavor, Op, ParameterSpec};
use crate::resolve::TYPE_PARAMETERS;
use apy_grammar::Span;
use apy_grammar::ast::ClassDef;
use std::rc::Rc;

impl<'a> Compiler<'a> {
    pub(super) fn class_def(&mut self, class: &'a ClassDef, span: Span) {
        let windows = self.decorators(&class.decorators);
        let window = self.unit.alloc();
        if class.type_params.is_empty() {
            self.class_itself(class, None, span, window);
        } else {
            self.generic_class(class, span, window);
        }
        self.decorate(&class.decorators, windows, window);
        self.store_name(&class.name.name, span, windows.unwrap_or(window), false);
    }

    /// Make the class into `window`. `generic` holds the base that a generic class has last.
    pub(super) fn class_itself(&mut self, class: &'a ClassDef, generic: Option<u8>, span: Span, window: u8) {
        self.unit.emit.op(span, Op::LoadBuildClass, window, 0, 0);
        let child = self.class_body(class, span);
        let function = self.unit.alloc();
        self.make_function(function, (0, 0), child, span);
        let name = self.unit.alloc();
        self.load_const(Const::Str(Rc::clone(&class.name.name)), span, name);

        if self.is_simple(&class.arguments) {
            let (count, names) = self.simple_arguments_and(&class.arguments, window, 2, generic);
            self.finish_call(window, count, names, span);
        } else {
            self.call_unpacking(2, &class.arguments, generic, window, span);
        }
        self.unit.release(u16::from(window) + 1);
    }

    /// The code of the body, which has its namespace in register 0.
    fn class_body(&mut self, class: &'a ClassDef, span: Span) -> u32 {
        let scope = self.scopes.of(class);
        let parameters = ParameterSpec::namespace();
        let mut unit = Unit::new(self.scopes, scope, CodeKind::Class, Flavor::Plain, parameters, span);
        unit.first = class.decorators.first().map_or(span, |decorator| decorator.span);
        let first_line = self.source.line(unit.first.start);
        self.enter_unit(unit, &class.name.name);

        let head = Span::new(self.source.line_start(first_line), self.source.line_start(first_line));
        let value = self.unit.alloc();
        let cache = self.unit.emit.cache(&"__name__".into());
        self.unit.emit.op_with(head, Op::LoadName, [value, 0, 0], &[cache]);
        self.store_special("__module__", value, head);
        self.load_const(Const::Str(Rc::clone(&self.unit.qualname)), span, value);
        self.store_special("__qualname__", value, head);
        self.load_const(Const::Int(first_line.into()), span, value);
        self.store_special("__firstlineno__", value, head);
        if !class.type_params.is_empty() {
            let name: Rc<str> = TYPE_PARAMETERS.into();
            let place = match self.place(&name) {
                Place::NameOrCell(register) => Place::Cell { register, free: true },
                other => other,
            };
            self.load_place(place, &name, head, value);
            self.store_special("__type_params__", value, head);
        }
        if self.scopes.get(scope).has_annotations {
            self.unit.emit.op(head, Op::SetupAnnotations, 0, 0, 0);
        }
        let body = self.docstring(&class.body);
        if let Some(doc) = self.unit.doc.clone() {
            self.load_const(Const::Str(doc), span, value);
            self.store_special("__doc__", value, head);
        }
        self.unit.release(self.unit.base);

        self.block(body);

        let value = self.unit.alloc();
        let mut attributes = std::mem::take(&mut self.unit.static_attributes);
        attributes.sort();
        let attributes = attributes.into_iter().map(Const::Str).collect();
        self.load_const(Const::Tuple(attributes), span, value);
        self.store_special("__static_attributes__", value, span);
        if let Some(cell) = self.unit.class_cell() {
            self.unit.emit.op(span, Op::Move, value, cell, 0);
            self.store_special("__classcell__", value, span);
        }
        self.unit.emit.op(span, Op::ReturnNone, 0, 0, 0);
        self.leave_unit()
    }

    /// Put a value into the namespace of the class body.
    fn store_special(&mut self, name: &str, value: u8, span: Span) {
        let name = self.name_const(&name.into());
        self.unit.emit.op_with(span, Op::StoreName, [0, value, 0], &[name]);
    }
}
