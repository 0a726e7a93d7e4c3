//! The standard output and error of the process: one buffer each per thread. Output is kept back
//! until the buffer is full, a line ends on a terminal (or on the error stream), somebody
//! flushes, or the program ends.

use rustix::io::Errno;
use std::cell::RefCell;
use std::io::IsTerminal;

/// As CPython's buffered writers.
const CAPACITY: usize = 8192;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    Output,
    Error,
}

struct Buffer {
    bytes: Vec<u8>,
    /// Flush at the end of every line; unknown until first used.
    by_line: Option<bool>,
}

thread_local! {
    static OUTPUT: RefCell<Buffer> = const { RefCell::new(Buffer { bytes: Vec::new(), by_line: None }) };
    static ERROR: RefCell<Buffer> = const { RefCell::new(Buffer { bytes: Vec::new(), by_line: None }) };
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

/// Append to a stream's buffer, passing on what is due.
pub fn write(which: Standard, text: &[u8]) -> Result<(), Errno> {
    with_buffer(which, |buffer| {
        if buffer.bytes.len() + text.len() > CAPACITY {
            buffer.flush(which)?;
            if text.len() > CAPACITY {
                return write_all(which, text);
            }
        }
        buffer.bytes.extend_from_slice(text);
        if buffer.is_by_line(which) && text.contains(&b'\n') {
            buffer.flush(which)?;
        }
        Ok(())
    })
}

/// Pass on what is in a stream's buffer.
pub fn flush(which: Standard) -> Result<(), Errno> {
    with_buffer(which, |buffer| buffer.flush(which))
}

/// Pass on everything written so far: for the end of the program. The error of the output
/// stream, if there is one; a closed pipe is none.
pub fn flush_standard_streams() -> Result<(), Errno> {
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

    fn flush(&mut self, which: Standard) -> Result<(), Errno> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let outcome = write_all(which, &self.bytes);
        // What could not be written is lost: a closed pipe does not open again.
        self.bytes.clear();
        outcome
    }
}

fn write_all(which: Standard, mut bytes: &[u8]) -> Result<(), Errno> {
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
fn wait_until_writable(descriptor: std::os::fd::BorrowedFd<'_>) -> Result<(), Errno> {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut descriptors = [PollFd::new(&descriptor, PollFlags::OUT)];
    match poll(&mut descriptors, None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error),
    }
}
