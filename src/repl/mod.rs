//! The prompt: what is typed runs at once, and the event loop goes on while the user types.
//!
//! The editor has a thread of its own ([`editor`]); the machine and its loop stay in this one, and
//! wait for lines as they wait for timers. Knows nothing of how inputs run: that is
//! `session::prompt`.

mod commands;
mod complete;
mod editor;
mod highlight;
mod plain;
mod save;

use crate::session::prompt::{self, Prompt, Then};
use apy_grammar::SourceFile;
use editor::{News, Request};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};

/// What the prompt looks like.
const PROMPT: &str = ">>> ";
/// Before the lines that go on, where lines come one by one.
const MORE: &str = "... ";

/// How the prompt is started.
#[derive(Debug, Default)]
pub struct Options {
    /// Run this file first.
    pub file: Option<Rc<SourceFile>>,
    pub folder: PathBuf,
    /// Whether input and output are a terminal.
    pub is_terminal: bool,
}

/// Wakes the loop under the prompt.
type Waker = Arc<dyn Fn() + Send + Sync>;

/// Everything that belongs to one session of the prompt.
struct Repl {
    prompt: Prompt,
    folder: PathBuf,
    /// Inputs that were run, for `:save`.
    inputs: Vec<Rc<SourceFile>>,
    /// Inputs so far, those that failed included.
    count: usize,
    is_terminal: bool,
    /// Wakes the loop of the present session.
    bell: Arc<Mutex<Option<Waker>>>,
    /// Whether the user was told of pending tasks when he wanted to leave.
    was_told: bool,
}

/// What is to be done after an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Ask,
    Leave(i32),
}

/// Run the prompt; its exit code.
pub fn main(options: &Options) -> i32 {
    let mut repl = Repl::new(options);
    if let Some(source) = &options.file {
        // What stands in the command line is no file.
        if !source.name().starts_with('<') {
            repl.prompt.set_file(source.name());
        }
        if let Then::Exit(code) = repl.prompt.run_file(source) {
            return repl.prompt.close(code);
        }
    }
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
    if let Err(error) = repl.connect() {
        eprintln!("apy: no event loop: {error}");
        return 1;
    }
    let bell = Arc::clone(&repl.bell);
    let waker: Waker = Arc::new(move || {
        let bell = bell.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(ring) = bell {
            ring();
        }
    });
    let is_rich = options.is_terminal && !is_dumb;
    let reader = if is_rich { editor::start(waker) } else { plain::start(waker, options.is_terminal) };
    let reader = match reader {
        Ok(reader) => reader,
        Err(message) => {
            eprintln!("apy: the prompt cannot be opened: {message}");
            return 1;
        }
    };
    if options.is_terminal {
        println!("apy {}; :help says more", env!("CARGO_PKG_VERSION"));
    }
    repl.start_up();
    let modes = if is_rich { rustix::termios::tcgetattr(std::io::stdin()).ok() } else { None };
    let code = repl.talk(reader, is_rich);
    if let Some(modes) = modes {
        // A task may have ended the program while the editor was reading.
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &modes);
        print!("\x1b[?2004l");
    }
    repl.prompt.close(code)
}

/// The thread that reads what is typed.
pub struct Reader {
    requests: Sender<Request>,
    news: Receiver<News>,
    /// Prints above the line that is being typed.
    print: Box<dyn FnMut(String)>,
}

impl Repl {
    fn new(options: &Options) -> Repl {
        Repl {
            prompt: Prompt::new(&options.folder),
            folder: options.folder.clone(),
            inputs: Vec::new(),
            count: 0,
            is_terminal: options.is_terminal,
            bell: Arc::default(),
            was_told: false,
        }
    }

    /// Let the reader wake the loop of the session, which may be a new one.
    fn connect(&mut self) -> std::io::Result<()> {
        let waker = self.prompt.waker()?;
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
        Ok(())
    }

    /// Run the user's start-up file, if there is one.
    fn start_up(&mut self) {
        let Some(path) = config_folder().map(|folder| folder.join(".apyrc")) else { return };
        if let Ok(text) = std::fs::read_to_string(&path) {
            self.prompt.run_file(&Rc::new(SourceFile::new(path.display().to_string(), text)));
        }
    }

    /// Ask and run until the end; the exit code.
    fn talk(&mut self, reader: Reader, is_rich: bool) -> i32 {
        let Reader { requests, news, print } = reader;
        let print = Rc::new(std::cell::RefCell::new(print));
        let mut text = String::new();
        // Whether the reader has been asked for a line that has not come yet.
        let mut is_asked = false;
        loop {
            let wanted = if text.is_empty() { PROMPT } else { MORE };
            if !is_asked && requests.send(Request::Read(wanted)).is_err() {
                return 1;
            }
            is_asked = true;
            if is_rich {
                let print = Rc::clone(&print);
                let mut lines = Lines::default();
                prompt::set_sink(Some(Box::new(move |bytes| lines.add(bytes, &mut **print.borrow_mut()))));
            }
            let mut found = None;
            let then = self.prompt.idle(&mut |prompt| match news.try_recv() {
                Ok(News::Complete { text, place, answer }) => {
                    // An editor that does not wait any more needs no answer.
                    let _ = answer.send(complete::candidates(prompt, &text, place));
                    false
                }
                Ok(News::Signature { text, answer }) => {
                    let _ = answer.send(complete::signature(prompt, &text));
                    false
                }
                Ok(other) => {
                    found = Some(other);
                    true
                }
                Err(TryRecvError::Empty) => false,
                Err(TryRecvError::Disconnected) => {
                    found = Some(News::End);
                    true
                }
            });
            prompt::flush();
            prompt::set_sink(None);
            if let Next::Leave(code) = self.next(then) {
                return code;
            }
            if then != Then::GoOn {
                // Ctrl-C while a task ran, or where the terminal itself watches for it.
                text.clear();
                continue;
            }
            is_asked = false;
            match found {
                Some(News::Line(line)) => {
                    self.was_told &= line.trim().is_empty();
                    text.push_str(&line);
                    if !is_rich {
                        text.push('\n');
                        let may_end = line.trim().is_empty() || !line.starts_with([' ', '\t']);
                        if !text.starts_with(':') && (!may_end || prompt::wants_more(&text)) {
                            continue;
                        }
                    }
                    if let Next::Leave(code) = self.take(&std::mem::take(&mut text)) {
                        return code;
                    }
                }
                Some(News::Interrupt) => {
                    text.clear();
                    eprintln!("KeyboardInterrupt");
                }
                Some(News::Bad(message)) => {
                    text.clear();
                    eprintln!("{message}");
                }
                _ => {
                    // The end of piped input ends what is not finished, too.
                    if !text.trim().is_empty()
                        && let Next::Leave(code) = self.take(&std::mem::take(&mut text))
                    {
                        return code;
                    }
                    if self.may_leave() {
                        return 0;
                    }
                }
            }
        }
    }

    /// Whether the user may go: on a terminal pending tasks are mentioned once.
    fn may_leave(&mut self) -> bool {
        let pending = self.prompt.tasks().len();
        if self.is_terminal && pending > 0 && !self.was_told {
            self.was_told = true;
            let tasks = if pending == 1 { "1 task is".to_owned() } else { format!("{pending} tasks are") };
            println!("{tasks} pending; Ctrl-D again leaves all the same");
            return false;
        }
        true
    }

    /// Run an input.
    fn take(&mut self, text: &str) -> Next {
        if text.trim().is_empty() {
            return Next::Ask;
        }
        if let Some(command) = text.trim_end().strip_prefix(':') {
            return commands::run(self, command);
        }
        // At CPython's prompt the bare word is enough.
        if ["exit", "quit"].contains(&text.trim()) && !self.prompt.is_global(text.trim()) {
            return Next::Leave(0);
        }
        self.count += 1;
        let name = format!("<input-{}>", self.count);
        self.run(Rc::new(SourceFile::new(name, text)))
    }

    fn run(&mut self, source: Rc<SourceFile>) -> Next {
        let before = self.prompt.last_value();
        // Lines of a pipe are for programs to read: there nothing is wrapped.
        let size =
            if self.is_terminal { rustix::termios::tcgetwinsize(std::io::stdout()).ok() } else { None };
        prompt::wrap_values(size.map(|size| usize::from(size.ws_col)).filter(|width| *width >= 20));
        let then = self.prompt.run(&source);
        if then == Then::GoOn {
            self.inputs.push(source);
        }
        if self.is_terminal
            && let Some(hint) = self.prompt.hint(&before)
        {
            println!("  # {hint}");
        }
        drop(before);
        match self.next(then) {
            Next::Ask => {
                let then = self.prompt.breathe();
                self.next(then)
            }
            leave => leave,
        }
    }

    /// What follows from how an input ended.
    fn next(&mut self, then: Then) -> Next {
        match then {
            Then::Exit(code) => return Next::Leave(code),
            // The terminal has shown `^C`.
            Then::Interrupted if self.is_terminal => eprintln!("\nKeyboardInterrupt"),
            Then::Interrupted => eprintln!("KeyboardInterrupt"),
            Then::GoOn | Then::Failed => {}
        }
        Next::Ask
    }
}

/// Puts what is printed together to whole lines: the editor cannot print less.
#[derive(Default)]
struct Lines {
    started: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8], print: &mut dyn FnMut(String)) {
        self.started.extend_from_slice(bytes);
        if let Some(end) = self.started.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.started.split_off(end + 1);
            let lines = std::mem::replace(&mut self.started, rest);
            print(String::from_utf8_lossy(&lines).into_owned());
        }
    }
}

fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The user's folder for settings of apy.
fn config_folder() -> Option<PathBuf> {
    let base = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(base.join("apy"))
}

/// Where inputs are remembered.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = set("APY_HISTORY") {
        return Some(path);
    }
    let base = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join("apy/history"))
}

/// Make the folder of a file.
fn make_folder_of(path: &Path) {
    if let Some(folder) = path.parent() {
        // Where it cannot be made, writing the file says so.
        let _ = std::fs::create_dir_all(folder);
    }
}
