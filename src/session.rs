//! Load, compile, run: where text meets the machine. The only layer that sees both.

pub mod prompt;
mod trees;

use crate::bytecode::disasm::disassemble;
use crate::bytecode::verify::{Verified, verify};
use crate::compile;
use crate::diagnostics;
use crate::event_loop::explain::{aside, blocking, tree};
use crate::event_loop::schedule;
use crate::library;
pub use crate::object::audit::{Audit, Event, Leak, Step};
pub use crate::object::heap::memory_ends;
use crate::object::interpreter::{TextKind, TextRequest};
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Value, audit, interrupt, surrogate};
pub use crate::vm::use_stack;
use crate::vm::{FaultPhase, FaultPlace, FoundModule, Loader, SyntaxFault, TreeTools, Vm};

use apy_grammar::{Diagnostic, DiagnosticKind, Exact, Phase, SourceFile, Span};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Extensions of modules, in the order in which they are looked for.
const EXTENSIONS: [&str; 2] = ["apy", "py"];

/// Compile a module. The warnings come along; with errors, they are among them.
pub fn compile_source(source: &Rc<SourceFile>) -> Result<(Verified, Vec<Diagnostic>), Vec<Diagnostic>> {
    let options = compile::Options::MODULE;
    compile_as(source, options).map_err(sorted).map(|(code, warnings)| (code, sorted(warnings)))
}

/// Compile a text; diagnostics are in the order in which they were found.
fn compile_as(
    source: &Rc<SourceFile>,
    options: compile::Options,
) -> Result<(Verified, Vec<Diagnostic>), Vec<Diagnostic>> {
    if source.text().len() > u32::MAX as usize {
        let message = "source of 4 GiB or more is not supported by apy";
        return Err(vec![Diagnostic::error(Phase::Tokenizer, message, Span::default())]);
    }
    let mode = match options.mode {
        compile::Mode::Module => apy_grammar::Mode::Module,
        // A prompt takes several statements at once, as they are pasted.
        compile::Mode::Interactive if options.may_await => apy_grammar::Mode::Interactive,
        compile::Mode::Interactive => apy_grammar::Mode::Single,
        compile::Mode::Expression => apy_grammar::Mode::Expression,
    };
    let parsed = apy_grammar::parse(source, mode);
    let mut diagnostics = parsed.diagnostics;
    match compile::compile_with_warnings(&parsed.module, source, options) {
        Ok(compile::Compiled { code, warnings }) => {
            diagnostics.extend(warnings);
            if diagnostics.iter().any(|diagnostic| diagnostic.kind.is_error()) {
                return Err(diagnostics);
            }
            match verify(code) {
                Ok(code) => Ok((code, diagnostics)),
                Err(error) => panic!("{error}"),
            }
        }
        Err(more) => {
            // What the compiler says of a broken tree often only follows from what broke it.
            let is_broken = |found: &Diagnostic| found.kind.is_error() && found.phase < Phase::Scope;
            let is_whole = !diagnostics.iter().any(is_broken);
            diagnostics.extend(more.into_iter().filter(|d| is_whole || d.phase == Phase::Scope));
            Err(diagnostics)
        }
    }
}

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.phase));
    diagnostics.dedup();
    diagnostics
}

/// What CPython would raise for these diagnostics: the first of the lowest phase; of those about
/// names the one found first.
fn first_fault(found: &[Diagnostic]) -> SyntaxFault {
    let errors = found.iter().filter(|diagnostic| diagnostic.kind.is_error());
    let first = errors.min_by_key(|diagnostic| {
        let is_by_place = diagnostic.phase != Phase::Scope;
        (diagnostic.phase, if is_by_place { diagnostic.span.start } else { 0 })
    });
    match first {
        Some(diagnostic) => fault_of(diagnostic),
        None => SyntaxFault {
            class: CoreType::SyntaxError,
            message: "invalid syntax".to_owned(),
            span: Span::default(),
            exact: None,
            phase: FaultPhase::Grammar,
        },
    }
}

fn fault_of(diagnostic: &Diagnostic) -> SyntaxFault {
    let is_indentation =
        matches!(diagnostic.kind, DiagnosticKind::IndentationError | DiagnosticKind::TabError);
    SyntaxFault {
        class: match diagnostic.kind {
            DiagnosticKind::SyntaxError => CoreType::SyntaxError,
            DiagnosticKind::IndentationError => CoreType::IndentationError,
            DiagnosticKind::TabError => CoreType::TabError,
            DiagnosticKind::SyntaxWarning => CoreType::SyntaxWarning,
        },
        message: diagnostic.message.clone(),
        span: diagnostic.span,
        exact: diagnostic.exact.as_deref().cloned().map(|exact| Box::new(place_of(exact))),
        phase: match diagnostic.phase {
            Phase::Verdict if diagnostic.exact.is_none() => FaultPhase::Tokens,
            Phase::Verdict => FaultPhase::Grammar,
            Phase::Tokenizer if !is_indentation => FaultPhase::Tokens,
            Phase::Tokenizer | Phase::Parser | Phase::Tree => FaultPhase::Grammar,
            Phase::Scope => FaultPhase::Names,
            Phase::Compiler => FaultPhase::Code,
        },
    }
}

fn place_of(exact: Exact) -> FaultPlace {
    let Exact { line, offset, end_line, end_offset, text } = exact;
    FaultPlace { line, offset, end_line, end_offset, text }
}

/// What is wrong with a text as a whole.
fn check_text(source: &SourceFile) -> Result<(), SyntaxFault> {
    if source.text().contains('\0') {
        let message = "source code string cannot contain null bytes".to_owned();
        let (class, span) = (CoreType::SyntaxError, Span::default());
        return Err(SyntaxFault { class, message, span, exact: None, phase: FaultPhase::Text });
    }
    Ok(())
}

/// Finds modules in folders.
struct FileLoader;

impl Loader for FileLoader {
    fn compile(
        &mut self,
        source: &Rc<SourceFile>,
        request: TextRequest,
    ) -> Result<(Verified, Vec<SyntaxFault>), SyntaxFault> {
        check_text(source)?;
        let text = source.text();
        if request.is_typed && is_incomplete(source, request.kind) {
            let (class, message) = (CoreType::SyntaxError, "incomplete input".to_owned());
            let end = text.len() as u32;
            let span = Span { start: end, end };
            return Err(SyntaxFault { class, message, span, exact: None, phase: FaultPhase::Grammar });
        }
        let options = compile::Options {
            mode: match request.kind {
                TextKind::Module | TextKind::Exec => compile::Mode::Module,
                TextKind::Eval | TextKind::FunctionType => compile::Mode::Expression,
                TextKind::Single => compile::Mode::Interactive,
            },
            dynamic: request.kind != TextKind::Module,
            future_annotations: request.future_annotations,
            may_await: false,
        };
        match compile_as(source, options) {
            Ok((code, mut warnings)) => {
                // In the order in which CPython meets them.
                warnings.sort_by_key(|warning| warning.phase);
                Ok((code, warnings.iter().map(fault_of).collect()))
            }
            Err(found) => Err(first_fault(&found)),
        }
    }

    fn trees(&self) -> TreeTools {
        trees::TOOLS
    }

    fn find(&mut self, name: &str, folders: &[PathBuf]) -> Result<Option<FoundModule>, String> {
        match self.locate(name, folders) {
            Some(path) => {
                let is_package = path.file_stem().is_some_and(|stem| stem == "__init__");
                read_module(path, is_package).map(Some)
            }
            None => Ok(None),
        }
    }

    fn locate(&self, name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
        let package = |folder: &PathBuf, extension| folder.join(name).join(format!("__init__.{extension}"));
        let module = |folder: &PathBuf, extension| folder.join(format!("{name}.{extension}"));
        folders.iter().find_map(|folder| {
            let candidates = EXTENSIONS.iter().flat_map(|e| [package(folder, e), module(folder, e)]);
            candidates.into_iter().find(|path| path.is_file())
        })
    }
}

/// Whether more text could make a right one of this.
fn is_incomplete(source: &SourceFile, kind: TextKind) -> bool {
    match kind {
        TextKind::Single => apy_grammar::parse(source, apy_grammar::Mode::Interactive).wants_more(source),
        TextKind::Eval | TextKind::FunctionType => {
            apy_grammar::parse(source, apy_grammar::Mode::Expression).is_incomplete()
        }
        TextKind::Module | TextKind::Exec => {
            apy_grammar::parse(source, apy_grammar::Mode::Module).is_incomplete()
        }
    }
}

fn read_module(path: PathBuf, is_package: bool) -> Result<FoundModule, String> {
    match std::fs::read(&path) {
        Ok(data) => match decode(&data) {
            Ok(text) => Ok(FoundModule { path, text, is_package }),
            Err(at) => Err(format!("'{}' is not UTF-8 text (byte {at})", path.display())),
        },
        Err(error) => Err(format!("cannot read '{}': {error}", path.display())),
    }
}

/// The text of a source file; the offset of the first bad byte if it is not UTF-8.
pub fn decode(data: &[u8]) -> Result<String, usize> {
    match std::str::from_utf8(data) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(error.valid_up_to()),
    }
}

/// All clocks stand still but for sleeps.
pub fn use_virtual_time() {
    library::use_virtual_time();
}

pub use crate::event_loop::schedule::{Choice, Departure, Entry, Schedule};

/// Event loops made from now on in this thread run what is ready in this order.
pub fn use_schedule(schedule: &Schedule) {
    library::use_schedule(schedule);
}

/// The decisions, since `use_schedule`, that were not FIFO's: given to [`Schedule::replay`] they
/// repeat the run, and any of them may be left out to see whether it mattered.
pub fn departures() -> Vec<Departure> {
    schedule::departures()
}

/// The options that repeat this run, if tasks do not run in asyncio's order.
pub fn repeat_by() -> Option<String> {
    schedule::repeat_by()
}

/// How many decisions have been made since `use_schedule`.
pub fn decisions() -> u64 {
    schedule::decisions()
}

/// Random generators start from `seed`.
pub fn use_seed(seed: u64) {
    library::use_seed(seed);
}

/// Event loops made from now on tell of callbacks that hold them so many milliseconds.
pub fn warn_blocking(milliseconds: u64) -> std::io::Result<()> {
    blocking::install(milliseconds)
}

/// What `sys.argv` will be.
pub fn set_arguments(arguments: Vec<String>) {
    library::set_arguments(arguments);
}

/// From now on Ctrl-C is KeyboardInterrupt, and Ctrl-\\ prints what all tasks do.
pub fn catch_interrupts() -> std::io::Result<()> {
    interrupt::install()?;
    tree::install()
}

/// The instructions of `code` as text.
pub fn disassembly(code: &Verified) -> String {
    disassemble(code)
}

/// Keep account of what `main` leaves behind and which of its lines prints what; with `traces`
/// also of what goes on when.
pub fn begin_audit(main: &str, traces: bool) {
    audit::begin(main, traces);
}

/// The account, for the end of the program.
pub fn end_audit() -> Audit {
    audit::end()
}

/// How a program ended.
pub enum Outcome {
    /// With this exit code.
    Exit(i32),
    /// By KeyboardInterrupt: to the system it should look as if the signal had killed it.
    Interrupted,
}

/// An interpreter with its main module.
pub struct Session {
    vm: Vm,
    main: Value,
    /// Why output was lost that had to be written before its end.
    unwritten: Option<std::io::Error>,
}

impl Session {
    /// A session whose scripts look for modules in `folder` first.
    pub fn new(folder: &Path) -> Session {
        let folder = folder.to_string_lossy().into_owned();
        let mut vm = Vm::new(&library::CATALOG, vec![folder], Box::new(FileLoader));
        let main = Value::module("__main__");
        let interp: &mut dyn Interpreter = &mut vm;
        if let Some(modules) = interp.modules().dict_like() {
            modules.set_str("__main__", main.clone());
        }
        let builtins = interp.builtins();
        let session = Session { vm, main, unwritten: None };
        session.set("__builtins__", builtins);
        session.set("__annotations__", Value::dict(Default::default()));
        session
    }

    /// The namespace of the main module.
    fn globals(&self) -> Value {
        self.main.as_module().map_or(Value::NONE, |module| module.dict.borrow().clone())
    }

    /// Set a global of the main module.
    pub fn set(&self, name: &str, value: Value) {
        if let Some(module) = self.main.as_module()
            && let Some(dict) = module.dict.borrow().as_dict()
        {
            drop(dict.set_str(name, value));
        }
    }

    /// Set `__file__` of the main module.
    pub fn set_file(&self, path: &str) {
        self.set("__file__", Value::str(path));
    }

    /// Run the main program to its end, finalizers and flushing included.
    pub fn run_main(&mut self, source: Rc<SourceFile>) -> Outcome {
        let compiled = compile_source(&source);
        let colour = diagnostics::use_colour();
        let (code, warnings) = match compiled {
            Ok(compiled) => compiled,
            Err(found) => {
                eprint!("{}", diagnostics::render_all(&found, &source, colour));
                return Outcome::Exit(1);
            }
        };
        eprint!("{}", diagnostics::render_all(&warnings, &source, colour));
        let globals = self.globals();
        let result = self.vm.run_module_code(code, &globals);
        let outcome = match result {
            Ok(_) => Outcome::Exit(0),
            Err(raised) => self.report(raised),
        };
        let outcome = self.end_threads(outcome);
        self.run_exit_functions();
        self.finish(outcome)
    }

    /// Wait for the threads that the program has left running.
    fn end_threads(&mut self, outcome: Outcome) -> Outcome {
        let interp: &mut dyn Interpreter = &mut self.vm;
        let threading = interp.modules().dict_like().and_then(|modules| modules.get_str("threading"));
        let Some(threading) = threading else { return outcome };
        match interp.call_method(&threading, "_shutdown", &[]) {
            Ok(_) => outcome,
            Err(raised) if interp.raised_is(&raised, CoreType::SystemExit) => self.report(raised),
            Err(raised) => {
                interp.report_unraisable(raised, "Exception ignored on threading shutdown", &threading);
                outcome
            }
        }
    }

    /// Run what the program has registered by `atexit`.
    fn run_exit_functions(&mut self) {
        let interp: &mut dyn Interpreter = &mut self.vm;
        let atexit = interp.modules().dict_like().and_then(|modules| modules.get_str("atexit"));
        let Some(atexit) = atexit else { return };
        if let Err(raised) = interp.call_method(&atexit, "_run_exitfuncs", &[]) {
            interp.report_unraisable(raised, "Exception ignored in atexit callback", &atexit);
        }
    }

    /// What an exception that nobody caught means for the exit code; it is printed.
    fn report(&mut self, raised: Raised) -> Outcome {
        let exception = raised.into_value();
        let interp: &mut dyn Interpreter = &mut self.vm;
        if interp.exception_is(&exception, CoreType::SystemExit) {
            let code = interp.attribute(&exception, "code").unwrap_or(Value::NONE);
            return Outcome::Exit(self.exit_code(&code));
        }
        let interrupted = interp.exception_is(&exception, CoreType::KeyboardInterrupt);
        if interp.exception_is(&exception, CoreType::BrokenPipeError) {
            // Whoever read the output has left: that is no fault of the program.
            return Outcome::Exit(120);
        }
        self.unwritten = library::flush().err();
        let text = self.vm.exception_text(&exception);
        // First, so that the last line is that of CPython, which other programs look at.
        let aside = aside::of(&mut self.vm, &exception);
        eprint!("{aside}{}", surrogate::escaped(&text));
        if interrupted { Outcome::Interrupted } else { Outcome::Exit(1) }
    }

    /// The exit code of `sys.exit(code)`; anything but an integer or None is printed.
    fn exit_code(&mut self, code: &Value) -> i32 {
        if code.is_none() || code.is_unbound() {
            return 0;
        }
        if let Some(number) = code.int_like() {
            return number as i32;
        }
        if code.is_integer() {
            return -1;
        }
        self.unwritten = library::flush().err();
        if let Ok(text) = self.vm.to_str(code) {
            eprintln!("{}", surrogate::escaped(text.str_like().unwrap_or_default()));
        }
        1
    }

    /// Run what must still run, and flush.
    fn finish(&mut self, outcome: Outcome) -> Outcome {
        self.vm.run_finalizers();
        // Globals die in the order in which they were made, as CPython clears a module.
        if let Some(module) = self.main.as_module() {
            let dict = module.dict.borrow().clone();
            if let Some(dict) = dict.as_dict() {
                for name in dict.keys() {
                    let keep = name.as_str().is_some_and(|name| name == "__builtins__");
                    if !keep && let Some(value) = dict.set_str_value(&name, Value::NONE) {
                        drop(value);
                        self.vm.run_finalizers();
                    }
                }
            }
        }
        crate::object::heap::collect();
        self.vm.run_finalizers();
        let Some(error) = library::flush().err().or(self.unwritten.take()) else { return outcome };
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let number = error.raw_os_error().unwrap_or_default();
        eprintln!("Exception ignored on flushing sys.stdout:\nOSError: [Errno {number}] {text}");
        match outcome {
            Outcome::Exit(_) => Outcome::Exit(120),
            Outcome::Interrupted => Outcome::Interrupted,
        }
    }

    /// The machine, for embedding and tests.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// A global of the main module.
    pub fn get(&self, name: &str) -> Option<Value> {
        let module = self.main.as_module()?;
        let dict = module.dict.borrow();
        dict.as_dict()?.get_str_value(&intern(name))
    }
}
