//! Texts compiled while a program runs: modules, and what `compile`, `exec` and `eval` are given.

use super::registers::{Cursor, RecordKind, window};
use super::{FaultPhase, SyntaxFault, Vm};
use crate::object::code::CodeObject;
use crate::object::dict::DictObject;
use crate::object::function::FunctionObject;
use crate::object::interpreter::{TextKind, TextRequest};
use crate::object::{CodeKind, Completion, CoreType, Interpreter, Raised, Resumed, Value, warnings};
use apy_grammar::SourceFile;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

impl SyntaxFault {
    /// Whether it is a bracket that nothing closes.
    fn is_unclosed(&self) -> bool {
        self.message.ends_with("was never closed")
    }

    /// Whether it is a `try` without handlers at whose end another block, or the text, ends, too.
    fn is_at_block_end(&self) -> bool {
        self.span.start == self.span.end && self.message == "expected 'except' or 'finally' block"
    }

    /// The `end_offset` that CPython gives the error: its tokenizer knows no ends, and the token
    /// that ends a line is one column wide.
    fn end_offset(&self, start: i64, end: i64, is_one_line: bool) -> i64 {
        let has_none = self.is_unclosed()
            || self.class == CoreType::TabError
            || self.message == "unexpected character after line continuation character"
            || self.message == "':' expected after dictionary key";
        let is_unknown = self.is_at_block_end()
            || self.message == "unexpected EOF while parsing"
            || (self.class == CoreType::IndentationError
                && (start == end || !self.message.starts_with("expected")));
        match self.phase {
            _ if has_none => 0,
            _ if self.message == "Expected one or more names after 'import'" => start,
            _ if is_unknown => -1,
            FaultPhase::Tokens if self.message.starts_with("leading zeros") => end,
            // Faults of a field that the parser found before the tokenizer went on.
            FaultPhase::Tokens
                if self.message.starts_with("f-string: valid expression")
                    || self.message.starts_with("f-string: expecting a valid expression") =>
            {
                end
            }
            FaultPhase::Tokens => start,
            FaultPhase::Grammar if is_one_line && start == end => end + 1,
            _ => end,
        }
    }
}

impl Vm {
    /// Compile `source`; its warnings are issued.
    pub(super) fn compile(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion {
        let Some(mut loader) = self.loader.take() else {
            let interp: &mut dyn Interpreter = self;
            return Err(interp.runtime_error("a module is being compiled already"));
        };
        let compiled = loader.compile(source, request);
        self.loader = Some(loader);
        match compiled {
            Ok((code, found)) => {
                for warning in found {
                    self.issue_syntax_warning(source, warning, request)?;
                }
                let nowhere = Value::dict(DictObject::new());
                Ok(self.link(code, &nowhere))
            }
            Err(fault) => Err(self.syntax_error(source, &fault, request)),
        }
    }

    fn trees(&mut self) -> Result<super::TreeTools, Raised> {
        match &self.loader {
            Some(loader) => Ok(loader.trees()),
            None => {
                let interp: &mut dyn Interpreter = self;
                Err(interp.runtime_error("a module is being compiled already"))
            }
        }
    }

    /// The tree of a text; its warnings are issued.
    pub(super) fn parse_to_tree(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion {
        match (self.trees()?.parse)(self, source, request)? {
            Ok((tree, warnings)) => {
                for warning in warnings {
                    self.issue_syntax_warning(source, warning, request)?;
                }
                Ok(tree)
            }
            Err(fault) => Err(self.syntax_error(source, &fault, request)),
        }
    }

    /// The code of a tree; its warnings are issued.
    pub(super) fn compile_from_tree(&mut self, tree: &Value, file: &str, request: TextRequest) -> Completion {
        let (source, compiled) = (self.trees()?.compile)(self, tree, file, request)?;
        match compiled {
            Ok((code, warnings)) => {
                for warning in warnings {
                    self.issue_syntax_warning(&source, warning, request)?;
                }
                let nowhere = Value::dict(DictObject::new());
                Ok(self.link(code, &nowhere))
            }
            Err(fault) => Err(self.syntax_error(&source, &fault, request)),
        }
    }

    /// Warn of something in a text; where that is an error by the filters, it is a SyntaxError.
    fn issue_syntax_warning(
        &mut self,
        source: &SourceFile,
        mut fault: SyntaxFault,
        request: TextRequest,
    ) -> Result<(), Raised> {
        let line = source.line(fault.span.start);
        let file = source.name().to_string();
        let quoted = if source.is_quotable() { source.line_text(line).trim() } else { "" };
        let location = warnings::Location {
            module: file.strip_suffix(".py").unwrap_or(&file).to_owned(),
            file,
            line: i64::from(line),
            registry: Value::UNBOUND,
            source: quoted.to_owned(),
        };
        let category = self.core(CoreType::SyntaxWarning);
        let message = Value::str(&fault.message);
        let shown = warnings::warn_at(self, &message, &category, &location, &mut |interp, text, instance| {
            warnings::show(interp, text, instance, &location)
        });
        match shown {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::SyntaxWarning) => {
                fault.class = CoreType::SyntaxError;
                Err(self.syntax_error(source, &fault, request))
            }
            other => other,
        }
    }

    /// Compile and run `source` as a module with the given globals dict.
    pub(super) fn run_text_as_module(&mut self, source: &Rc<SourceFile>, globals: &Value) -> Completion {
        let request = TextRequest { kind: TextKind::Module, future_annotations: false, is_typed: false };
        let code = self.compile(source, request)?;
        let code = self.relink(&code, globals);
        self.run_with_namespace(&code, None)
    }

    /// The same code with other globals.
    pub(super) fn relink(&mut self, code: &Value, globals: &Value) -> Value {
        let Some(object) = code.as_code() else { return code.clone() };
        if object.globals.is(globals) {
            return code.clone();
        }
        self.link(object.code.clone(), globals)
    }

    /// Run a code object; one that needs a namespace gets it, a function's is called without
    /// arguments.
    pub(super) fn run_with_globals(
        &mut self,
        code: &Value,
        globals: &Value,
        namespace: &Value,
        cells: &[Value],
    ) -> Completion {
        let code = self.relink(code, globals);
        let object = code.as_code().expect("callers pass code objects");
        match object.code.kind {
            CodeKind::Module => self.run_with_namespace(&code, None),
            CodeKind::Dynamic | CodeKind::Class => self.run_with_namespace(&code, Some(namespace)),
            CodeKind::Function | CodeKind::Lambda | CodeKind::GeneratorExpression => {
                let function = self.function_of_code(&code, cells.into());
                self.call_value(&function, &[], None)
            }
        }
    }

    /// A function without defaults that runs `code`.
    pub(super) fn function_of_code(&mut self, code: &Value, closure: Box<[Value]>) -> Value {
        let object = code.as_code().expect("callers pass code objects");
        let module = object.globals.dict_like().and_then(|globals| globals.get_str_value(&self.names.name));
        Value::function(FunctionObject {
            closure,
            defaults: RefCell::default(),
            keyword_defaults: RefCell::new(Value::NONE),
            name: RefCell::new(Value::str(&object.code.name)),
            qualname: RefCell::new(Value::str(&object.code.qualname)),
            module: RefCell::new(module.unwrap_or(Value::NONE)),
            doc: RefCell::new(object.code.doc.as_ref().map_or(Value::NONE, |doc| Value::str(doc))),
            annotations: RefCell::default(),
            attributes: RefCell::default(),
            type_parameters: RefCell::default(),
            is_iterable_coroutine: Cell::new(false),
            code: code.clone(),
        })
    }

    /// Run code of a module, or with a namespace in register 0 that of a class body or a text.
    pub(super) fn run_with_namespace(&mut self, code: &Value, namespace: Option<&Value>) -> Completion {
        let object = code.as_code().expect("callers pass code objects");
        self.enter_native()?;
        let result = self.run_nested(object, namespace);
        self.leave_native();
        result
    }

    fn run_nested(&mut self, object: &CodeObject, namespace: Option<&Value>) -> Completion {
        let base = self.free_top();
        self.check_room(base, object)?;
        if let Some(namespace) = namespace {
            window(base, 1)[0] = namespace.clone();
        }
        let (current, top) = (self.current, self.top);
        self.records.push(current, 0, RecordKind::Entry, top);
        let result = self.run(Cursor::at(object, 0, base));
        self.current = current;
        self.top = top;
        match result? {
            Resumed::Returned(value) => Ok(value),
            Resumed::Yielded(_) => unreachable!("internal error: module code yielded"),
        }
    }

    /// The SyntaxError for a text that cannot be compiled.
    fn syntax_error(&mut self, source: &SourceFile, fault: &SyntaxFault, request: TextRequest) -> Raised {
        let class = self.core(fault.class);
        let message = Value::str(&fault.message);
        if fault.phase == FaultPhase::Text {
            return self.made_syntax_error(&class, &[message]);
        }
        if let Some(exact) = &fault.exact {
            let line = u32::try_from(exact.line).unwrap_or(0);
            let text = match request.kind {
                TextKind::Module => format!("{}\n", source.line_text(line)),
                _ => exact.text.clone(),
            };
            let [line, offset, end_line, end_offset] =
                [exact.line, exact.offset, exact.end_line, exact.end_offset].map(Value::int);
            let details =
                vec![Value::str(source.name()), line, offset, Value::str(&text), end_line, end_offset];
            return self.made_syntax_error(&class, &[message, Value::tuple(details)]);
        }
        let span = fault.span;
        let (start, mut end) = (source.position(span.start), source.position(span.end));
        if end.line > start.line && source.text().as_bytes().get(span.end as usize - 1) == Some(&b'\n') {
            // The end of a line is one column wide and belongs to the line.
            end = source.position(span.end - 1);
            end.column += 1;
        }
        if fault.phase == FaultPhase::Tokens {
            end.line = start.line;
        }
        let line = source.line_text(start.line);
        let is_early = matches!(fault.phase, FaultPhase::Tokens | FaultPhase::Grammar);
        let column = |text: &str, bytes: u32| {
            if !is_early || fault.message.starts_with("leading zeros") {
                // CPython's compiler counts bytes, and its tokenizer where it knows an end.
                return i64::from(bytes) + 1;
            }
            match text.get(..bytes as usize) {
                Some(before) => before.chars().count() as i64 + 1,
                // Behind the end of the line.
                None => text.chars().count() as i64 + 2,
            }
        };
        // A text that is in no file is not there to be quoted once it is a tree.
        let text = if !is_early && !source.is_quotable() {
            Value::NONE
        } else {
            let ends_in_newline = source.line_start(start.line + 1) as usize <= source.text().len()
                && source.line_count() > start.line;
            let is_statements = matches!(request.kind, TextKind::Module | TextKind::Exec);
            let rest = source.text().get(source.line_start(start.line + 1) as usize..).unwrap_or_default();
            let is_cut = fault.is_unclosed() && !rest.trim_ascii().is_empty();
            let newline = fault.phase != FaultPhase::Tokens && !is_cut && (is_statements || ends_in_newline);
            Value::str(&format!("{line}{}", if newline { "\n" } else { "" }))
        };
        let end_line = source.line_text(end.line);
        let ends_block = fault.is_at_block_end() && (span.start as usize) < source.text().len();
        // A single statement that ends too early ends nowhere in its line.
        let is_cut_off = matches!(request.kind, TextKind::Single)
            && span.start == span.end
            && fault.message == "invalid syntax"
            && source.text().get(span.start as usize..).is_some_and(|rest| rest.trim_ascii().is_empty());
        if is_cut_off {
            let (line, zero) = (Value::int(start.line as i64), Value::int(0));
            let details = vec![Value::str(source.name()), line.clone(), zero.clone(), text, line, zero];
            return self.made_syntax_error(&class, &[message, Value::tuple(details)]);
        }
        let details = [
            Value::str(source.name()),
            Value::int(start.line as i64),
            // The end of a block has no width, so CPython counts what it has read of the line.
            Value::int(column(line, start.column) - i64::from(ends_block)),
            text,
            Value::int(end.line as i64),
            Value::int(fault.end_offset(
                column(line, start.column),
                column(end_line, end.column),
                start.line == end.line,
            )),
        ];
        if fault.phase != FaultPhase::Names {
            return self.made_syntax_error(&class, &[message, Value::tuple(details.to_vec())]);
        }
        // As CPython has it, these errors get their place after they are made.
        let raised = self.made_syntax_error(&class, &[message]);
        let exception = raised.value();
        let names = ["filename", "lineno", "offset", "text", "end_lineno", "end_offset"];
        for (name, value) in names.into_iter().zip(&details) {
            if let Err(raised) = self.set_attr(&exception, &Value::str(name), value) {
                return raised;
            }
        }
        raised
    }

    fn made_syntax_error(&mut self, class: &Value, args: &[Value]) -> Raised {
        match self.call_value(class, args, None) {
            Ok(exception) => Raised::new(exception),
            Err(raised) => raised,
        }
    }
}
