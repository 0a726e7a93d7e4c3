//! The line editor, in a thread of its own.

use super::complete::Candidates;
use super::highlight::Highlight;
use super::{Reader, Waker};
use crate::session::prompt;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{
    Cmd, ConditionalEventHandler, Config, Context, Editor, Event, EventContext, EventHandler,
    ExternalPrinter, Helper, KeyCode, KeyEvent, Modifiers, RepeatCount,
};
use std::borrow::Cow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long completion waits for a machine that is busy.
const PATIENCE: Duration = Duration::from_millis(300);
const INDENT: usize = 4;

/// What the editor is asked to do.
#[derive(Debug)]
pub enum Request {
    /// Read an input, with this prompt.
    Read(&'static str),
}

/// What the editor has to say.
#[derive(Debug)]
pub enum News {
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D, or the end of the input.
    End,
    /// What was typed is no text.
    Bad(String),
    /// How could this be completed?
    Complete {
        text: String,
        place: usize,
        answer: Sender<Candidates>,
    },
    /// What does the function take whose call ends this text?
    Signature {
        text: String,
        answer: Sender<Option<String>>,
    },
}

struct Assistant {
    highlight: Highlight,
    history: HistoryHinter,
    news: Sender<News>,
    waker: Waker,
}

impl Helper for Assistant {}
impl Validator for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (sender, answer) = channel();
        let question = News::Complete { text: line.to_owned(), place: pos, answer: sender };
        if self.news.send(question).is_err() {
            return Ok((pos, Vec::new()));
        }
        (self.waker)();
        let (start, words) = answer.recv_timeout(PATIENCE).unwrap_or((pos, Vec::new()));
        let pairs = words.into_iter().map(|word| Pair { display: word.clone(), replacement: word });
        Ok((start, pairs.collect()))
    }
}

impl Hinter for Assistant {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        if pos == line.len() && line.ends_with('(') {
            let (sender, answer) = channel();
            let question = News::Signature { text: line.to_owned(), answer: sender };
            self.news.send(question).ok()?;
            (self.waker)();
            return answer.recv_timeout(PATIENCE).ok().flatten();
        }
        if line.contains('\n') { None } else { self.history.hint(line, pos, context) }
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        self.highlight.paint(line)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        self.highlight.prompt(prompt)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        self.highlight.hint(hint)
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

/// Enter: runs what is complete, and goes on to the next line with what is not.
struct OnEnter;

impl ConditionalEventHandler for OnEnter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let (line, place) = (context.line(), context.pos());
        if line.starts_with(':') || !prompt::wants_more(&format!("{line}\n")) {
            return Some(Cmd::AcceptLine);
        }
        Some(Cmd::Insert(1, format!("\n{}", " ".repeat(indentation(&line[..place])))))
    }
}

/// How far the line after `text` is indented.
fn indentation(text: &str) -> usize {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let own = last.len() - last.trim_start().len();
    let words = last.trim();
    let first = words.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if words.ends_with(':') {
        own + INDENT
    } else if ["return", "pass", "break", "continue", "raise"].contains(&first) {
        own.saturating_sub(INDENT)
    } else {
        own
    }
}

/// Tab: indents at the start of a line, completes elsewhere.
struct OnTab;

impl ConditionalEventHandler for OnTab {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let before = context.line()[..context.pos()].rsplit('\n').next().unwrap_or_default();
        let is_start = before.trim().is_empty();
        is_start.then(|| Cmd::Insert(1, " ".repeat(INDENT - before.len() % INDENT)))
    }
}

/// Open the terminal and start the thread.
pub fn start(waker: Waker) -> Result<Reader, String> {
    let (requests, wanted) = channel();
    let (sender, news) = channel();
    let config = Config::builder()
        .auto_add_history(false)
        .bracketed_paste(true)
        .completion_type(rustyline::CompletionType::List)
        .tab_stop(INDENT as u8)
        .build();
    let mut editor: Editor<Assistant, DefaultHistory> =
        Editor::with_config(config).map_err(|error| error.to_string())?;
    editor.set_helper(Some(Assistant {
        highlight: Highlight::default(),
        history: HistoryHinter::default(),
        news: sender.clone(),
        waker: waker.clone(),
    }));
    let plain = |code| KeyEvent(code, Modifiers::NONE);
    editor.bind_sequence(plain(KeyCode::Enter), EventHandler::Conditional(Box::new(OnEnter)));
    editor.bind_sequence(plain(KeyCode::Tab), EventHandler::Conditional(Box::new(OnTab)));
    let mut printer = editor.create_external_printer().map_err(|error| error.to_string())?;
    let thread = move || edit(editor, &wanted, &sender, &waker);
    std::thread::Builder::new().name("editor".into()).spawn(thread).map_err(|error| error.to_string())?;
    let print = move |text: String| {
        if printer.print(text.clone()).is_err() {
            // The editor is gone; what is printed should be seen all the same.
            print!("{text}");
        }
    };
    Ok(Reader { requests, news, print: Box::new(print) })
}

fn edit(
    mut editor: Editor<Assistant, DefaultHistory>,
    wanted: &Receiver<Request>,
    news: &Sender<News>,
    waker: &Waker,
) {
    let history = super::history_file();
    if let Some(path) = &history {
        super::make_folder_of(path);
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    while let Ok(Request::Read(prompt)) = wanted.recv() {
        let found = match editor.readline(prompt) {
            Ok(line) => {
                let is_new =
                    !line.trim().is_empty() && editor.add_history_entry(line.trim_end()).unwrap_or(false);
                if is_new && let Some(path) = &history {
                    // A history that cannot be written is forgotten.
                    let _ = editor.append_history(path);
                }
                News::Line(line)
            }
            Err(ReadlineError::Interrupted) => News::Interrupt,
            Err(ReadlineError::Eof) => News::End,
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                News::Bad("what was typed is not UTF-8".to_owned())
            }
            Err(_) => News::End,
        };
        if news.send(found).is_err() {
            return;
        }
        waker();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_indented() {
        assert_eq!(indentation("def f():"), 4);
        assert_eq!(indentation("def f():\n    x = 1"), 4);
        assert_eq!(indentation("def f():\n    if x:"), 8);
        assert_eq!(indentation("def f():\n    if x:\n        return 1"), 4);
        assert_eq!(indentation("returned = ("), 0);
    }
}
