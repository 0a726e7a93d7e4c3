//! The standard output and error of the process: one buffer each per thread. Output is kept back
//! until the buffer is full, a line ends on a terminal (or on the error stream), somebody
//! flushes, or the program ends.
//!
//! As in CPython there are two levels: text waits in one buffer until it is passed on to that of
//! the binary stream (`sys.stdout.buffer`), so what a script writes to both comes out in
//! CPython's order.

use super::channel;
use crate::object::audit;
use rustix::io::Errno;
use std::cell::RefCell;
use std::io::IsTerminal;
use std::os::fd::BorrowedFd;

/// As CPython's buffered writers and its pending text.
const CAPACITY: usize = 8192;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    Output,
    Error,
}

struct Buffer {
    /// Encoded text that the binary stream has not got yet.
    text: Vec<u8>,
    binary: Vec<u8>,
    /// Flush at the end of every line; unknown until first used.
    by_line: Option<bool>,
}

impl Buffer {
    const EMPTY: Buffer = Buffer { text: Vec::new(), binary: Vec::new(), by_line: None };
}

thread_local! {
    static OUTPUT: RefCell<Buffer> = const { RefCell::new(Buffer::EMPTY) };
    static ERROR: RefCell<Buffer> = const { RefCell::new(Buffer::EMPTY) };
}

fn with_buffer<R>(which: Standard, f: impl FnOnce(&mut Buffer) -> R) -> R {
    match which {
        Standard::Output => OUTPUT.with_borrow_mut(f),
        Standard::Error => ERROR.with_borrow_mut(f),
    }
}

/// Whether the stream is a terminal.
pub fn is_terminal(which: Standard) -> bool {
    match which {
        Standard::Output => std::io::stdout().is_terminal(),
        Standard::Error => std::io::stderr().is_terminal(),
    }
}

/// Whether the stream is flushed at the end of every line.
pub fn is_by_line(which: Standard) -> bool {
    with_buffer(which, |buffer| buffer.is_by_line(which))
}

/// Decide whether the stream is flushed at the end of every line.
pub fn set_by_line(which: Standard, by_line: bool) {
    with_buffer(which, |buffer| buffer.by_line = Some(by_line));
}

/// Write encoded text.
pub fn write(which: Standard, text: &[u8]) -> Result<(), Errno> {
    with_buffer(which, |buffer| {
        if buffer.text.len() + text.len() > CAPACITY {
            buffer.pass_text(which)?;
            if text.len() > CAPACITY {
                return buffer.write_binary(which, text);
            }
        }
        buffer.text.extend_from_slice(text);
        if (buffer.is_by_line(which) || audit::wants_flush()) && text.contains(&b'\n') {
            buffer.flush(which)?;
        }
        Ok(())
    })
}

/// Write to the binary stream.
pub fn write_binary(which: Standard, bytes: &[u8]) -> Result<(), Errno> {
    with_buffer(which, |buffer| buffer.write_binary(which, bytes))
}

/// Pass on what was written to the binary stream, but not text that waits.
pub fn flush_binary(which: Standard) -> Result<(), Errno> {
    with_buffer(which, |buffer| buffer.flush_binary(which))
}

/// Pass on everything written to a stream.
pub fn flush(which: Standard) -> Result<(), Errno> {
    with_buffer(which, |buffer| buffer.flush(which))
}

/// Pass on everything written so far, to open files too: for the end of the program. The error
/// of the output stream, if there is one; a closed pipe is none.
pub fn flush_standard_streams() -> Result<(), Errno> {
    channel::flush_all();
    let error = flush(Standard::Error);
    let output = flush(Standard::Output);
    match output.and(error) {
        Err(Errno::PIPE) | Ok(()) => Ok(()),
        Err(other) => Err(other),
    }
}

impl Buffer {
    fn is_by_line(&mut self, which: Standard) -> bool {
        *self.by_line.get_or_insert_with(|| which == Standard::Error || is_terminal(which))
    }

    fn pass_text(&mut self, which: Standard) -> Result<(), Errno> {
        let mut text = std::mem::take(&mut self.text);
        let outcome = self.write_binary(which, &text);
        text.clear();
        self.text = text;
        outcome
    }

    fn write_binary(&mut self, which: Standard, bytes: &[u8]) -> Result<(), Errno> {
        if self.binary.len() + bytes.len() > CAPACITY {
            self.flush_binary(which)?;
            if bytes.len() >= CAPACITY / 2 {
                return write_all(which, bytes);
            }
        }
        self.binary.extend_from_slice(bytes);
        Ok(())
    }

    fn flush_binary(&mut self, which: Standard) -> Result<(), Errno> {
        if self.binary.is_empty() {
            return Ok(());
        }
        let outcome = write_all(which, &self.binary);
        // What could not be written is lost: a closed pipe does not open again.
        self.binary.clear();
        outcome
    }

    fn flush(&mut self, which: Standard) -> Result<(), Errno> {
        if self.binary.is_empty() && !self.text.is_empty() {
            let outcome = write_all(which, &self.text);
            self.text.clear();
            return outcome;
        }
        self.pass_text(which)?;
        self.flush_binary(which)
    }
}

/// Where output goes in place of the process's streams.
pub type Sink = Box<dyn FnMut(&[u8])>;

thread_local! {
    static SINK: RefCell<Option<Sink>> = const { RefCell::new(None) };
}

/// What is written by this thread goes to `sink` from now on; `None` for the process's streams.
pub fn set_sink(sink: Option<Sink>) {
    SINK.replace(sink);
}

fn write_all(which: Standard, mut bytes: &[u8]) -> Result<(), Errno> {
    let is_taken = SINK.with_borrow_mut(|sink| match sink {
        Some(sink) => {
            sink(bytes);
            true
        }
        None => false,
    });
    if is_taken {
        return Ok(());
    }
    let descriptor = match which {
        Standard::Output => rustix::stdio::stdout(),
        Standard::Error => rustix::stdio::stderr(),
    };
    while !bytes.is_empty() {
        match rustix::io::write(descriptor, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_until_writable(descriptor)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A descriptor that somebody made non-blocking is full.
fn wait_until_writable(descriptor: BorrowedFd<'_>) -> Result<(), Errno> {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut descriptors = [PollFd::new(&descriptor, PollFlags::OUT)];
    match poll(&mut descriptors, None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error),
    }
}
