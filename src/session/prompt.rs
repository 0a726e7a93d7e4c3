//! A session that is typed: inputs run one after the other, and its event loop goes on between
//! them.

use super::{Session, compile_as, sorted};
use crate::bytecode::Flavor;
use crate::compile;
use crate::diagnostics;
use crate::event_loop::explain::aside;
use crate::event_loop::reactor::Waker;
use crate::event_loop::schedule::Entry;
use crate::event_loop::task::Task;
use crate::event_loop::{EventLoop, clock, ensure, future, outside, running};
use crate::library;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value, interrupt};
use crate::resolve::{Circumstances, Facts, ScopeId};
use apy_grammar::SourceFile;
use std::path::Path;
use std::rc::Rc;

/// The exit code of a program in which nothing can happen any more; an input only ends by it.
const DEADLOCK_EXIT: i64 = 70;

/// What an input means for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    GoOn,
    /// It raised or could not be compiled; that was reported.
    Failed,
    /// By Ctrl-C; that is for the caller to say.
    Interrupted,
    Exit(i32),
}

/// A session with a loop of its own.
pub struct Prompt {
    session: Session,
    loop_: Value,
}

/// The names that the text of a module binds at its top level.
pub fn bound_names(module: &apy_grammar::ast::Module) -> Vec<String> {
    let resolved =
        crate::resolve::resolve(module, Circumstances { may_await: true, ..Circumstances::default() });
    let scope = resolved.scopes.get(ScopeId::MODULE);
    let names = scope.symbols().iter().filter(|symbol| symbol.facts.any(Facts::LOCAL));
    names.map(|symbol| symbol.name.to_string()).collect()
}

/// Whether a prompt should ask for another line of this text.
pub fn wants_more(text: &str) -> bool {
    let source = SourceFile::new("<input>", text);
    apy_grammar::parse(&source, apy_grammar::Mode::Interactive).wants_more(&source)
}

/// What scripts print goes to `sink`; `None` for the process's streams.
pub fn set_sink(sink: Option<library::io::standard::Sink>) {
    library::set_sink(sink);
}

/// Write out what was printed so far. Errors have nobody to go to.
pub fn flush() {
    let _ = library::flush();
}

/// Whether the clock is virtual.
pub fn is_virtual() -> bool {
    clock::is_virtual()
}

/// The width to which the values of collections are wrapped when they are shown; `None` for one
/// line each, however long.
pub fn wrap_values(width: Option<usize>) {
    library::wrap_values(width);
}

impl Prompt {
    /// Go over to the virtual clock or the real one; what is to happen in a second still is.
    pub fn use_clock(&mut self, is_virtual: bool) {
        if is_virtual == clock::is_virtual() {
            return;
        }
        let before = clock::monotonic();
        if is_virtual {
            clock::set_virtual();
        } else {
            clock::set_real();
        }
        self.event_loop().timers.borrow_mut().shift(clock::monotonic() - before);
    }

    /// A session whose imports are looked for in `folder` first.
    pub fn new(folder: &Path) -> Prompt {
        let loop_ = EventLoop::create();
        if let Some(own) = EventLoop::of(&loop_) {
            own.is_prompt.set(true);
        }
        running::set_event_loop(loop_.clone());
        Prompt { session: Session::new(folder), loop_ }
    }

    /// Set `__file__` of the main module.
    pub fn set_file(&self, path: &str) {
        self.session.set_file(path);
    }

    fn event_loop(&self) -> &EventLoop {
        EventLoop::of(&self.loop_).expect("the session made the loop itself")
    }

    /// Ends `idle` from any thread, so that it asks whether it is done.
    pub fn waker(&self) -> std::io::Result<Waker> {
        self.event_loop().waker()
    }

    /// Run a file as the main program; what it defines stays.
    pub fn run_file(&mut self, source: &Rc<SourceFile>) -> Then {
        self.run_as(source, compile::Options::MODULE)
    }

    /// Run an input: the values of its expressions are shown, and it may await.
    pub fn run(&mut self, source: &Rc<SourceFile>) -> Then {
        let mode = compile::Mode::Interactive;
        self.run_as(source, compile::Options { mode, may_await: true, ..compile::Options::MODULE })
    }

    fn run_as(&mut self, source: &Rc<SourceFile>, options: compile::Options) -> Then {
        let colour = diagnostics::use_colour();
        let code = match compile_as(source, options) {
            Ok((code, warnings)) => {
                eprint!("{}", diagnostics::render_all(&sorted(warnings), source, colour));
                code
            }
            Err(found) => {
                eprint!("{}", diagnostics::render_all(&sorted(found), source, colour));
                return Then::Failed;
            }
        };
        let awaits = code.flavor == Flavor::Coroutine;
        let globals = self.session.globals();
        let code = self.session.vm.code_object(code, &globals);
        let result = if awaits {
            let function = self.session.vm.plain_function(&code);
            let interp: &mut dyn Interpreter = &mut self.session.vm;
            interp.call(&function, &[globals]).and_then(|coroutine| self.wait_for(&coroutine))
        } else {
            let own = EventLoop::of(&self.loop_).expect("the session made the loop itself");
            let interp: &mut dyn Interpreter = &mut self.session.vm;
            let run = |interp: &mut dyn Interpreter| interp.run_code(&code, &globals, &globals, &[]);
            if options.may_await { own.within(&self.loop_, interp, run) } else { run(interp) }
        };
        let then = match result {
            Ok(_) => Then::GoOn,
            Err(raised) => self.report(raised),
        };
        self.session.vm.run_finalizers();
        flush();
        then
    }

    /// Run a coroutine in a task until that is done; its result. Ctrl-C cancels it.
    fn wait_for(&mut self, coroutine: &Value) -> Completion {
        let loop_ = self.loop_.clone();
        let own = EventLoop::of(&loop_).expect("the session made the loop itself");
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        let task = ensure::create_task(interp, &loop_, coroutine, &Value::NONE, &Value::NONE)?;
        let is_over = || future::core(&task).is_none_or(|core| core.is_done());
        let mut is_done = |_: &mut dyn Interpreter| is_over();
        let mut ended = own.run_until(&loop_, interp, &mut is_done);
        let mut is_interrupted = false;
        while let Err(raised) = ended {
            if is_over() {
                // It ended the loop itself: by sys.exit, or as Ctrl-C found it running.
                retrieved(&task);
                return Err(raised);
            }
            let interp: &dyn Interpreter = &self.session.vm;
            if interp.raised_is(&raised, CoreType::KeyboardInterrupt) {
                is_interrupted = true;
            } else if !self.is_deadlock(&raised) {
                return Err(raised);
            }
            let interp: &mut dyn Interpreter = &mut self.session.vm;
            future::cancel(interp, &task, &Value::NONE)?;
            ended = own.run_until(&loop_, interp, &mut is_done);
        }
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        match future::result(interp, &task) {
            Err(raised) if is_interrupted && interp.raised_is(&raised, CoreType::CancelledError) => {
                Err(interp.raise_args(CoreType::KeyboardInterrupt, &[]))
            }
            result => result,
        }
    }

    /// Whether nothing can happen any more: that was reported, and is the fault of one input.
    fn is_deadlock(&mut self, raised: &Raised) -> bool {
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        if !interp.raised_is(raised, CoreType::SystemExit) {
            return false;
        }
        let code = interp.attribute(&raised.value(), "code").unwrap_or_default();
        code.as_int() == Some(DEADLOCK_EXIT)
    }

    /// Let the loop go on until `is_done`. What tasks raise that ends a loop is reported.
    pub fn idle(&mut self, is_done: &mut dyn FnMut(&mut Prompt) -> bool) -> Then {
        let loop_ = self.loop_.clone();
        let own = EventLoop::of(&loop_).expect("the session made the loop itself");
        // The next input comes from outside: nothing is stuck, and the virtual clock stands still.
        let expectation = outside::expect();
        let then = loop {
            if is_done(self) {
                break Then::GoOn;
            }
            let mut turns = 0;
            let mut once = |_: &mut dyn Interpreter| {
                turns += 1;
                turns > 1
            };
            if let Err(raised) = own.run_until(&loop_, &mut self.session.vm, &mut once)
                && let then @ (Then::Exit(_) | Then::Interrupted) = self.report(raised)
            {
                break then;
            }
            flush();
        };
        drop(expectation);
        then
    }

    /// Let run what is ready now, and what that makes ready, but wait for nothing.
    pub fn breathe(&mut self) -> Then {
        let loop_ = self.loop_.clone();
        let own = EventLoop::of(&loop_).expect("the session made the loop itself");
        let mut is_idle = |_: &mut dyn Interpreter| !own.is_ready();
        let result = own.run_until(&loop_, &mut self.session.vm, &mut is_idle);
        flush();
        result.map_or_else(|raised| self.report(raised), |()| Then::GoOn)
    }

    /// Say what was raised.
    fn report(&mut self, raised: Raised) -> Then {
        flush();
        let exception = raised.into_value();
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        if interp.exception_is(&exception, CoreType::SystemExit) {
            let code = interp.attribute(&exception, "code").unwrap_or(Value::NONE);
            return Then::Exit(self.session.exit_code(&code));
        }
        if let Ok(sys) = interp.import("sys") {
            // Whatever a script has made of `sys`, the report is more important.
            let _ = interp.set_attr(&sys, &intern("last_exc"), &exception);
        }
        if interp.exception_is(&exception, CoreType::KeyboardInterrupt) {
            return Then::Interrupted;
        }
        let text = self.session.vm.exception_text(&exception);
        let aside = aside::of(&mut self.session.vm, &exception);
        eprint!("{aside}{text}");
        Then::Failed
    }

    /// The pending tasks: name, and where each goes on.
    pub fn tasks(&self) -> Vec<(String, String)> {
        let tasks = running::own_tasks(&self.loop_);
        tasks
            .iter()
            .map(|task| {
                let entry = Entry::of_task(task);
                let place = match entry.line {
                    0 => String::new(),
                    line => format!("{}:{line} in {}", entry.file, entry.function),
                };
                (entry.name, place)
            })
            .collect()
    }

    /// Cancel the pending task of this name; whether there is one.
    pub fn cancel(&mut self, name: &str) -> bool {
        let tasks = running::own_tasks(&self.loop_);
        let is_it =
            |task: &&Value| task.downcast::<Task>().is_some_and(|task| task.name().str_like() == Some(name));
        let Some(task) = tasks.iter().find(is_it) else { return false };
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        match future::cancel(interp, task, &Value::NONE) {
            Ok(_) => {}
            Err(raised) => _ = self.report(raised),
        }
        self.breathe();
        true
    }

    /// One step of the virtual clock: what is ready runs, or else the next timer goes off.
    pub fn step(&mut self) -> Then {
        let loop_ = self.loop_.clone();
        let own = EventLoop::of(&loop_).expect("the session made the loop itself");
        if !own.is_ready() && own.timers.borrow().first().is_none() {
            return Then::GoOn;
        }
        let mut turns = 0;
        let mut once = |_: &mut dyn Interpreter| {
            turns += 1;
            turns > 1
        };
        let result = own.run_until(&loop_, &mut self.session.vm, &mut once);
        flush();
        result.map_or_else(|raised| self.report(raised), |()| Then::GoOn)
    }

    /// What the last shown value needs the user to know.
    pub fn hint(&mut self, before: &Value) -> Option<&'static str> {
        let value = self.last_value();
        if value.is(before) {
            return None;
        }
        if let Some(task) = value.downcast::<Task>() {
            let is_pending = !task.core.is_done();
            return is_pending.then_some("a task, which goes on meanwhile: `await _` waits for it");
        }
        let generator = value.as_generator()?;
        let head = generator.head();
        let is_new = head.state.get() == crate::object::generator::GeneratorState::Created;
        (head.flavor == Flavor::Coroutine && is_new).then_some("a coroutine, not run yet: `await _` runs it")
    }

    /// `_`.
    pub fn last_value(&mut self) -> Value {
        let interp: &dyn Interpreter = &self.session.vm;
        interp.builtins().dict_like().and_then(|builtins| builtins.get_str("_")).unwrap_or_default()
    }

    /// Whether the user gave this name a meaning.
    pub fn is_global(&self, name: &str) -> bool {
        self.session.get(name).is_some()
    }

    /// The names that a script of this session can use.
    pub fn names(&mut self) -> Vec<String> {
        let interp: &dyn Interpreter = &self.session.vm;
        let dicts = [self.session.globals(), interp.builtins()];
        let keys = dicts.iter().filter_map(|dict| dict.dict_like()).flat_map(|dict| dict.keys());
        keys.filter_map(|key| key.str_like().map(str::to_owned)).collect()
    }

    /// The attributes of what a dotted name means; nothing is called but what makes attributes.
    pub fn attributes(&mut self, path: &str) -> Vec<String> {
        let list = |prompt: &mut Prompt| -> Option<Vec<String>> {
            let value = prompt.value_of(path)?;
            let interp: &mut dyn Interpreter = &mut prompt.session.vm;
            let dir = interp.builtins().dict_like()?.get_str("dir")?;
            let names = interp.call(&dir, &[value]).ok()?;
            let names = interp.collect(&names).ok()?;
            Some(names.iter().filter_map(|name| name.str_like().map(str::to_owned)).collect())
        };
        list(self).unwrap_or_default()
    }

    /// The keys of the dict that a dotted name means, as they are written.
    pub fn keys(&mut self, path: &str) -> Vec<String> {
        let Some(value) = self.value_of(path) else { return Vec::new() };
        let Some(keys) = value.dict_like().map(|dict| dict.keys()) else { return Vec::new() };
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        let reprs = keys.iter().filter_map(|key| interp.repr(key).ok());
        reprs.filter_map(|repr| repr.str_like().map(str::to_owned)).collect()
    }

    fn value_of(&mut self, path: &str) -> Option<Value> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let globals = self.session.globals();
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        let known = globals.dict_like()?.get_str(first);
        let mut value = known.or_else(|| interp.builtins().dict_like()?.get_str(first))?;
        for part in parts {
            value = interp.find_attr(&value, &intern(part)).ok()??;
        }
        Some(value)
    }

    /// What a dotted name is called with, as far as it can be told: names of parameters, with
    /// their stars.
    pub fn parameters(&mut self, path: &str) -> Option<Vec<String>> {
        let value = self.value_of(path)?;
        let is_bound = value.as_method().is_some();
        if let Some(code) = self.code_of(path) {
            let parameters = &code.as_code()?.code.parameters;
            let plain = (parameters.positional + parameters.keyword_only) as usize;
            let mut names = parameters.names.iter().map(|name| name.to_string());
            let mut shown: Vec<String> = names.by_ref().take(plain).collect();
            shown.extend(names.by_ref().take(parameters.has_varargs.into()).map(|name| format!("*{name}")));
            shown.extend(names.take(parameters.has_varkeywords.into()).map(|name| format!("**{name}")));
            return Some(shown.split_off(usize::from(is_bound).min(shown.len())));
        }
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        if value.as_type().is_some() {
            let shown = self.parameters(&format!("{path}.__init__"))?;
            return Some(shown.into_iter().filter(|name| name != "self").collect());
        }
        let text = interp.find_attr(&value, &intern("__text_signature__")).ok()??;
        let text = text.str_like()?.trim_start_matches('(').trim_end_matches(')');
        let parts = text.split(", ").filter(|part| !part.starts_with('$') && *part != "/");
        Some(parts.map(str::to_owned).collect())
    }

    /// Who waits for whom, task by task.
    pub fn tree(&mut self) -> Vec<String> {
        let tasks = running::own_tasks(&self.loop_);
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        let mut shown = Vec::new();
        for task in &tasks {
            let text = interp.import("asyncio").and_then(|asyncio| {
                interp.call_method(&asyncio, "format_call_graph", std::slice::from_ref(task))
            });
            if let Ok(text) = text {
                shown.push(text.str_like().unwrap_or_default().to_owned());
            }
        }
        shown
    }

    /// The documentation of what a dotted name means.
    pub fn documentation(&mut self, path: &str) -> Option<String> {
        let value = self.value_of(path)?;
        let interp: &mut dyn Interpreter = &mut self.session.vm;
        let doc = interp.find_attr(&value, &intern("__doc__")).ok()??;
        doc.str_like().map(str::to_owned)
    }

    /// The instructions of the function that a dotted name means.
    pub fn disassembly_of(&mut self, path: &str) -> Option<String> {
        let code = self.code_of(path)?;
        code.as_code().map(|object| super::disassembly(&object.code))
    }

    /// The lines of the function that a dotted name means.
    pub fn source_of(&mut self, path: &str) -> Option<String> {
        let code = self.code_of(path)?;
        let code = &code.as_code()?.code;
        let lines: Vec<&str> = code.source.text().lines().collect();
        let rest = lines.get(code.first_line.checked_sub(1)? as usize..)?;
        let depth = |line: &str| line.len() - line.trim_start().len();
        let first = depth(rest.first()?);
        let mut has_body = false;
        let mut kept: Vec<&str> = Vec::new();
        for line in rest {
            let is_deeper = line.trim().is_empty() || depth(line) > first;
            let is_head = !has_body && (line.trim_start().starts_with(['@', ')']) || line.contains("def "));
            has_body |= is_deeper;
            if !is_deeper && !is_head {
                break;
            }
            kept.push(line);
        }
        Some(kept.join("\n"))
    }

    fn code_of(&mut self, path: &str) -> Option<Value> {
        let value = self.value_of(path)?;
        let function = value.as_method().map_or(value.clone(), |method| method.function.clone());
        function.as_function().map(|function| function.code.clone())
    }

    /// Put a fresh session into the place of this one, which ends.
    pub fn fresh(this: &mut Prompt, folder: &Path) -> Then {
        let result = library::close_prompt_loop(&mut this.session.vm, &this.loop_);
        let then = result.map_or_else(|raised| this.report(raised), |()| Then::GoOn);
        *this = Prompt::new(folder);
        then
    }

    /// The names of modules that are built in.
    pub fn modules() -> Vec<String> {
        library::module_names().map(str::to_owned).collect()
    }

    /// End the session: tasks are cancelled, finalizers run. The exit code.
    pub fn close(mut self, code: i32) -> i32 {
        interrupt::set_handler(interrupt::SIGINT, Value::UNBOUND);
        if let Err(raised) = library::close_prompt_loop(&mut self.session.vm, &self.loop_) {
            self.report(raised);
        }
        match self.session.finish(super::Outcome::Exit(code)) {
            super::Outcome::Exit(code) => code,
            super::Outcome::Interrupted => 130,
        }
    }
}

/// Nobody else can ask the task for its exception.
fn retrieved(task: &Value) {
    if let Some(core) = future::core(task) {
        core.set_flag(future::flag::LOG_TRACEBACK, false);
    }
}
