//! Tree and scopes to code. Knows nothing of values or of the machine that runs the code.
//!
//! One [`unit::Unit`] per code object; expressions are evaluated straight into the register that
//! wants them ([`expr`]), conditions become jumps ([`condition`]), and [`emit`] alone writes
//! instructions.

mod assign;
mod builtin_names;
mod call;
mod class;
mod comprehension;
mod condition;
mod constants;
mod control;
mod coroutine;
mod delete;
mod display;
mod emit;
mod expr;
mod flow;
mod fold;
mod fstring;
mod function;
mod generic;
mod groups;
mod handlers;
mod import;
mod name;
mod operators;
mod pattern;
mod stmt;
mod unit;
mod unparse;
mod with;

#[cfg(test)]
mod tests;

use crate::bytecode::{Child, Code, CodeKind, Flavor, ParameterSpec, VariableSlot};
use crate::resolve::{Circumstances, ScopeId, ScopeKind, Scopes, resolve};
use apy_grammar::ast::Module;
use apy_grammar::{Diagnostic, Phase, SourceFile, Span};
use std::rc::Rc;
use unit::Unit;

/// What a tree is compiled as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A file: statements.
    Module,
    /// An input of a prompt: the value of each expression statement goes to `sys.displayhook`.
    Interactive,
    /// One expression, whose value the code returns.
    Expression,
}

/// How a tree is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub mode: Mode,
    /// The code is [`CodeKind::Dynamic`]: its names live in a namespace given for each run.
    pub dynamic: bool,
    /// Annotations are kept as text even if the module does not ask for it.
    pub future_annotations: bool,
    /// The text itself may await. If it does, its code is that of a coroutine function whose
    /// argument is the namespace.
    pub may_await: bool,
}

impl Options {
    /// A file.
    pub const MODULE: Options =
        Options { mode: Mode::Module, dynamic: false, future_annotations: false, may_await: false };
}

/// A text with one of these words may look at the variables of any frame.
const LOOKS_AT_LOCALS: [&str; 2] = ["f_locals", "capture_locals"];

/// Code, and the warnings that came up while making it.
#[derive(Debug)]
pub struct Compiled {
    pub code: Code,
    pub warnings: Vec<Diagnostic>,
}

/// Compile `module`, which was parsed from `source` without errors.
pub fn compile(module: &Module, source: &Rc<SourceFile>, mode: Mode) -> Result<Code, Vec<Diagnostic>> {
    let options = Options { mode, ..Options::MODULE };
    compile_with_warnings(module, source, options).map(|compiled| compiled.code)
}

/// As [`compile`]; the warnings are not dropped. In case of failure they stand among the errors.
pub fn compile_with_warnings(
    module: &Module,
    source: &Rc<SourceFile>,
    options: Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let circumstances = Circumstances {
        future_annotations: options.future_annotations,
        shows_locals: LOOKS_AT_LOCALS.iter().any(|word| source.text().contains(word))
            && !source.name().starts_with("<frozen"),
        may_await: options.may_await,
    };
    let resolved = resolve(module, circumstances);
    if resolved.has_errors() {
        return Err(resolved.diagnostics);
    }
    let is_dynamic = options.dynamic || resolved.awaits;
    let unit = Unit::new(
        &resolved.scopes,
        ScopeId::MODULE,
        if is_dynamic { CodeKind::Dynamic } else { CodeKind::Module },
        if resolved.awaits { Flavor::Coroutine } else { Flavor::Plain },
        if is_dynamic { ParameterSpec::namespace() } else { ParameterSpec::default() },
        Span::default(),
    );
    let mode = options.mode;
    let mut compiler =
        Compiler { scopes: &resolved.scopes, source, mode, unit, outer: Vec::new(), failures: Vec::new() };
    compiler.module(module);
    let code = compiler.finish_unit();
    if compiler.failures.is_empty() {
        Ok(Compiled { code, warnings: resolved.diagnostics })
    } else {
        let mut failures = resolved.diagnostics;
        failures.append(&mut compiler.failures);
        Err(failures)
    }
}

struct Compiler<'a> {
    scopes: &'a Scopes,
    source: &'a Rc<SourceFile>,
    mode: Mode,
    /// The unit being written.
    unit: Unit<'a>,
    /// The units around it, the module first.
    outer: Vec<Unit<'a>>,
    failures: Vec<Diagnostic>,
}

impl<'a> Compiler<'a> {
    fn fail(&mut self, message: impl Into<String>, span: Span) {
        self.failures.push(Diagnostic::error(Phase::Compiler, message, span));
    }

    /// Begin a unit inside the present one.
    fn enter_unit(&mut self, mut unit: Unit<'a>, name: &str) {
        unit.name = name.into();
        unit.qualname = self.qualname(name);
        let outer = std::mem::replace(&mut self.unit, unit);
        self.outer.push(outer);
    }

    /// The qualified name of a definition in the present unit.
    fn qualname(&self, name: &str) -> Rc<str> {
        let is_generic = self.scopes.get(self.unit.scope).kind == ScopeKind::TypeParameters;
        // The scope of type parameters is no place of its own.
        let unit = self.outer.last().filter(|_| is_generic).unwrap_or(&self.unit);
        let scope = self.scopes.get(unit.scope);
        let mangled = crate::resolve::mangle(scope.private.as_ref(), &name.into());
        let is_global = scope.binding(&mangled) == crate::resolve::Binding::GlobalExplicit;
        match unit.kind {
            CodeKind::Module | CodeKind::Dynamic => name.into(),
            _ if is_global => name.into(),
            CodeKind::Class | CodeKind::GeneratorExpression => format!("{}.{name}", unit.qualname).into(),
            CodeKind::Function | CodeKind::Lambda => format!("{}.<locals>.{name}", unit.qualname).into(),
        }
    }

    /// End the present unit and make it a child of the one around it; its index there.
    fn leave_unit(&mut self) -> u32 {
        let code = self.finish_unit();
        if let Some(outer) = self.outer.pop() {
            self.unit = outer;
        }
        let captures = code.free_names.iter().map(|name| self.capture(name)).collect();
        let children = &mut self.unit.emit.children;
        children.push(Child::new(code.into(), captures));
        children.len() as u32 - 1
    }

    /// Where the cell of `name` is, a free variable of a nested unit.
    fn capture(&mut self, name: &Rc<str>) -> VariableSlot {
        match self.cell_slot(name) {
            Some(slot) => slot,
            None => panic!("internal error: no cell for {name:?} in {:?}", self.unit.qualname),
        }
    }

    fn finish_unit(&mut self) -> Code {
        let (words, prologue) = (self.unit.register_count(), self.unit.prologue());
        let unit = &mut self.unit;
        for inlined in &mut unit.inlined_names {
            inlined.start += prologue.len() as u32;
            inlined.end += prologue.len() as u32;
        }
        let overflow = unit.overflow.or(unit.emit.too_big.then_some(unit.span));
        unit.emit.finish(prologue);
        let emit = std::mem::take(&mut unit.emit);
        let code = Code {
            name: Rc::clone(&unit.name),
            qualname: Rc::clone(&unit.qualname),
            kind: unit.kind,
            flavor: unit.flavor,
            source: Rc::clone(self.source),
            first_line: match unit.kind {
                CodeKind::Module | CodeKind::Dynamic => 1,
                _ => self.source.line(unit.first.start),
            },
            parameters: std::mem::take(&mut unit.parameters),
            register_count: words,
            free_names: std::mem::take(&mut unit.free_names),
            cell_names: std::mem::take(&mut unit.cell_names),
            local_names: std::mem::take(&mut unit.local_names),
            inlined_names: std::mem::take(&mut unit.inlined_names),
            spill: unit.spill_list(),
            future_annotations: self.scopes.future_annotations,
            reads_locals: self.scopes.shows_locals,
            doc: unit.doc.take(),
            words: emit.words,
            constants: emit.constants.into_list(),
            caches: emit.caches,
            children: emit.children,
            exceptions: emit.exceptions,
            spans: emit.spans,
        };
        if let Some(span) = overflow {
            self.fail("expression too complex for apy", span);
        }
        code
    }
}
