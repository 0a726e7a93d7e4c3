//! `import` and `from ... import`.

use super::Compiler;
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{ImportAlias, ImportFrom};
use std::rc::Rc;

impl<'a> Compiler<'a> {
    pub(super) fn import(&mut self, names: &'a [ImportAlias], span: Span) {
        for alias in names {
            let mark = self.unit.top;
            let module = self.unit.alloc();
            self.import_name(&alias.name.name, Const::None, 0, module, span);
            let mut parts = alias.name.name.split('.');
            let top: Rc<str> = parts.next().unwrap_or_default().into();
            match &alias.asname {
                None => self.store_name(&top, span, module, false),
                Some(asname) => {
                    // `import a.b.c as d` binds the innermost module, found step by step.
                    for part in parts {
                        let name = self.name_const(&part.into());
                        self.unit.emit.op_with(span, Op::ImportFrom, [module, module, 0], &[name]);
                    }
                    self.store_name(&asname.name, span, module, false);
                }
            }
            self.unit.release(mark);
        }
    }

    pub(super) fn import_from(&mut self, import: &'a ImportFrom, span: Span) {
        let mark = self.unit.top;
        let module = self.unit.alloc();
        let wanted = import.names.iter().map(|alias| Const::Str(Rc::clone(&alias.name.name)));
        let wanted = Const::Tuple(wanted.collect());
        let name: Rc<str> = import.module.as_ref().map_or_else(|| "".into(), |name| Rc::clone(&name.name));
        let Ok(level) = u8::try_from(import.level) else {
            return self.fail("attempted relative import beyond top-level package", span);
        };
        self.import_name(&name, wanted, level, module, span);
        for alias in &import.names {
            if &*alias.name.name == "*" {
                self.unit.emit.op(span, Op::ImportStar, module, 0, 0);
                break;
            }
            let value = self.unit.alloc();
            let name = self.name_const(&alias.name.name);
            self.unit.emit.op_with(span, Op::ImportFrom, [value, module, 0], &[name]);
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            self.store_name(&bound.name, span, value, false);
            self.unit.release(u16::from(value));
        }
        self.unit.emit.op(span, Op::Clear, module, 1, 0);
        self.unit.release(mark);
    }

    fn import_name(&mut self, name: &Rc<str>, wanted: Const, level: u8, dst: u8, span: Span) {
        let name = self.name_const(name);
        let wanted = self.unit.emit.constants.add(wanted).0;
        self.unit.emit.op_with(span, Op::ImportName, [dst, level, 0], &[name, wanted]);
    }
}
