//! Asks about each change in the terminal.

use super::case::Case;
use super::report::diff;
use super::report::paint::Paint;
use super::update::Hunk;
use std::io::{self, BufRead, Write};

/// What was answered for all that follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Ask,
    Accept,
    Refuse,
}

/// A review of the changes of one test.
pub struct Review<'a> {
    case: &'a Case,
    paint: Paint,
    out: &'a mut dyn Write,
    rest: Rest,
    error: Option<io::Error>,
}

impl<'a> Review<'a> {
    pub fn new(case: &'a Case, paint: Paint, out: &'a mut dyn Write) -> Review<'a> {
        Review { case, paint, out, rest: Rest::Ask, error: None }
    }

    /// Whether the user accepts a change. At the end of the input nothing is accepted any more.
    pub fn ask(&mut self, hunk: &Hunk<'_>) -> bool {
        if self.rest != Rest::Ask {
            return self.rest == Rest::Accept;
        }
        match self.try_ask(hunk) {
            Ok(answer) => answer,
            Err(error) => {
                self.error = Some(error);
                self.rest = Rest::Refuse;
                false
            }
        }
    }

    /// What went wrong in talking to the user.
    pub fn finish(self) -> io::Result<()> {
        self.error.map_or(Ok(()), Err)
    }

    fn try_ask(&mut self, hunk: &Hunk<'_>) -> io::Result<bool> {
        let name = self.paint.strong(&self.case.name);
        let text = match hunk {
            Hunk::Lines { what, diff, change } => {
                let shown = diff::render(diff, Some(*change), self.paint);
                format!("{name}: {what} (- expected, + printed):\n{shown}")
            }
            Hunk::Fact { what, old, new } => {
                format!("{name}: {what}\n  - {}\n  + {}\n", self.paint.good(old), self.paint.bad(new))
            }
        };
        self.out.write_all(text.as_bytes())?;
        loop {
            write!(self.out, "take over? [y]es, [n]o, [a]ll, n[o]ne of this test: ")?;
            self.out.flush()?;
            let mut answer = String::new();
            if io::stdin().lock().read_line(&mut answer)? == 0 {
                writeln!(self.out)?;
                self.rest = Rest::Refuse;
                return Ok(false);
            }
            match answer.trim() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                "a" | "all" => {
                    self.rest = Rest::Accept;
                    return Ok(true);
                }
                "o" | "none" => {
                    self.rest = Rest::Refuse;
                    return Ok(false);
                }
                _ => {}
            }
        }
    }
}
