//! A file of the system with its buffers: what binary and text files share. Knows no values.

use super::standard::{self, Standard};
use crate::event_loop::threads;
use crate::object::{audit, interrupt};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::rc::{Rc, Weak};

/// As `io.DEFAULT_BUFFER_SIZE`.
pub const BUFFER_SIZE: usize = 8192;

/// What is read from and written to.
pub enum Source {
    Closed,
    File(File),
    Input,
    Standard(Standard),
}

/// A source with what was read ahead and what has not been written yet. Reading and writing use
/// one position: one of the two buffers is always empty.
pub struct Channel {
    pub source: Source,
    read: Vec<u8>,
    /// How much of `read` has been taken.
    taken: usize,
    write: Vec<u8>,
    /// Encoded text that waits in front of `write`.
    pub text: Vec<u8>,
    /// 0: unbuffered.
    capacity: usize,
    /// Its number in the account of what is open, or 0.
    pub account: u64,
}

/// A channel, shared by a text file and its binary file.
pub type SharedChannel = Rc<RefCell<Channel>>;

thread_local! {
    /// Channels that may hold back output when the program ends.
    static OPEN: RefCell<Vec<Weak<RefCell<Channel>>>> = const { RefCell::new(Vec::new()) };
}

/// A new channel; `capacity` 0 means unbuffered.
pub fn share(source: Source, capacity: usize) -> SharedChannel {
    let channel = Channel {
        source,
        read: Vec::new(),
        taken: 0,
        write: Vec::new(),
        text: Vec::new(),
        capacity,
        account: 0,
    };
    let channel = Rc::new(RefCell::new(channel));
    if matches!(channel.borrow().source, Source::File(_)) {
        OPEN.with_borrow_mut(|open| {
            if open.len() >= 64 && open.len().is_power_of_two() {
                open.retain(|channel| channel.strong_count() > 0);
            }
            open.push(Rc::downgrade(&channel));
        });
    }
    channel
}

/// Write out what open files hold back. Errors have nobody to go to at that time.
pub fn flush_all() {
    let open = OPEN.take();
    for channel in open.iter().filter_map(Weak::upgrade) {
        if let Ok(mut channel) = channel.try_borrow_mut() {
            let _ = channel.flush();
        }
    }
    OPEN.set(open);
}

/// Do something with the descriptor of an open file.
pub fn with_descriptor<T>(number: i32, operation: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
    let open: Vec<SharedChannel> = OPEN.with_borrow(|open| open.iter().filter_map(Weak::upgrade).collect());
    for channel in open {
        if let Ok(channel) = channel.try_borrow()
            && let Source::File(file) = &channel.source
            && file.as_raw_fd() == number
        {
            return Some(operation(file.as_fd()));
        }
    }
    None
}

fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(Errno::SPIPE.raw_os_error())
}

impl Channel {
    pub fn is_closed(&self) -> bool {
        matches!(self.source, Source::Closed)
    }

    /// The number of the file descriptor.
    pub fn descriptor(&self) -> Option<i32> {
        match &self.source {
            Source::Closed => None,
            Source::File(file) => Some(file.as_raw_fd()),
            Source::Input => Some(0),
            Source::Standard(Standard::Output) => Some(1),
            Source::Standard(Standard::Error) => Some(2),
        }
    }

    pub fn is_terminal(&self) -> bool {
        match &self.source {
            Source::Closed => false,
            Source::File(file) => file.is_terminal(),
            Source::Input => io::stdin().is_terminal(),
            Source::Standard(which) => standard::is_terminal(*which),
        }
    }

    /// Whether positions mean something.
    pub fn is_seekable(&mut self) -> bool {
        match &mut self.source {
            Source::File(file) => file.stream_position().is_ok(),
            Source::Input => rustix::fs::tell(rustix::stdio::stdin()).is_ok(),
            Source::Standard(Standard::Output) => rustix::fs::tell(rustix::stdio::stdout()).is_ok(),
            Source::Standard(Standard::Error) => rustix::fs::tell(rustix::stdio::stderr()).is_ok(),
            Source::Closed => false,
        }
    }

    fn read_raw(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.check_ready()?;
        match &mut self.source {
            Source::File(file) => file.read(into),
            Source::Input => {
                wait_for_input()?;
                Ok(rustix::io::read(rustix::stdio::stdin(), into)?)
            }
            Source::Standard(Standard::Output) => Ok(rustix::io::read(rustix::stdio::stdout(), into)?),
            Source::Standard(Standard::Error) => Ok(rustix::io::read(rustix::stdio::stderr(), into)?),
            Source::Closed => Err(io::Error::from_raw_os_error(Errno::BADF.raw_os_error())),
        }
    }

    /// `NotReady` if reading would hold up other threads.
    fn check_ready(&self) -> io::Result<()> {
        if threads::is_alone() {
            return Ok(());
        }
        let is_ready = match &self.source {
            Source::File(file) => is_readable(file),
            Source::Input => is_readable(rustix::stdio::stdin()),
            Source::Standard(_) | Source::Closed => Ok(true),
        };
        if is_ready? { Ok(()) } else { Err(io::Error::new(ErrorKind::WouldBlock, NotReady)) }
    }

    /// Another descriptor of what is read, to wait with.
    pub fn waitable(&self) -> io::Result<OwnedFd> {
        Ok(match &self.source {
            Source::File(file) => rustix::io::dup(file)?,
            Source::Input | Source::Standard(_) | Source::Closed => rustix::io::dup(rustix::stdio::stdin())?,
        })
    }

    /// What was read ahead.
    pub fn ahead(&self) -> &[u8] {
        &self.read[self.taken..]
    }

    /// Drop `count` bytes of what was read ahead.
    pub fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken == self.read.len() {
            self.read.clear();
            self.taken = 0;
        }
    }

    /// Read ahead once; false at the end of the file.
    pub fn fill(&mut self) -> io::Result<bool> {
        if !self.write.is_empty() || !self.text.is_empty() {
            self.flush()?;
        }
        if self.taken > 0 {
            self.read.drain(..self.taken);
            self.taken = 0;
        }
        let old = self.read.len();
        let mut read = std::mem::take(&mut self.read);
        read.resize(old + self.capacity.max(1), 0);
        let outcome = self.read_raw(&mut read[old..]);
        read.truncate(old + *outcome.as_ref().unwrap_or(&0));
        self.read = read;
        Ok(outcome? > 0)
    }

    /// At most `count` bytes, as few as one call of the system gives.
    pub fn read_once(&mut self, count: usize) -> io::Result<Vec<u8>> {
        if self.ahead().is_empty() {
            if count == 0 {
                return Ok(Vec::new());
            }
            if self.capacity == 0 || count > self.capacity {
                self.flush()?;
                let mut bytes = vec![0; count.min(1 << 20)];
                let got = self.read_raw(&mut bytes)?;
                bytes.truncate(got);
                return Ok(bytes);
            }
            self.fill()?;
        }
        let count = count.min(self.ahead().len());
        let bytes = self.ahead()[..count].to_vec();
        self.take(count);
        Ok(bytes)
    }

    /// `count` bytes, fewer only at the end of the file. What was read stays read ahead if the
    /// system fails meanwhile, so that the caller may try again.
    pub fn read_count(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.ahead().len() < count && self.fill()? {}
        let count = count.min(self.ahead().len());
        let bytes = self.ahead()[..count].to_vec();
        self.take(count);
        Ok(bytes)
    }

    /// Everything up to the end of the file.
    pub fn read_all(&mut self) -> io::Result<Vec<u8>> {
        if !self.write.is_empty() || !self.text.is_empty() {
            self.flush()?;
        }
        if let Source::File(file) = &mut self.source
            && threads::is_alone()
        {
            let mut bytes = self.read.split_off(self.taken);
            self.read.clear();
            self.taken = 0;
            file.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        while self.fill()? {}
        let bytes = self.ahead().to_vec();
        self.take(bytes.len());
        Ok(bytes)
    }

    /// Bytes up to the end of the line, at most `limit`.
    pub fn read_line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        let length = loop {
            let ahead = self.ahead();
            if let Some(end) = ahead[searched..].iter().position(|&byte| byte == b'\n') {
                break searched + end + 1;
            }
            searched = ahead.len();
            if searched >= limit || !self.fill()? {
                break searched;
            }
        };
        let length = length.min(limit);
        let bytes = self.ahead()[..length].to_vec();
        self.take(length);
        Ok(bytes)
    }

    /// Give up what was read ahead: the system's position becomes the one that scripts see.
    fn forget_ahead(&mut self) -> io::Result<()> {
        let ahead = self.ahead().len() as i64;
        if ahead > 0
            && let Source::File(file) = &mut self.source
        {
            file.seek(SeekFrom::Current(-ahead))?;
            self.read.clear();
            self.taken = 0;
        }
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Source::Standard(which) = self.source {
            return Ok(standard::write_binary(which, bytes)?);
        }
        self.forget_ahead()?;
        if self.write.len() + bytes.len() > self.capacity {
            self.flush_binary()?;
            if bytes.len() >= self.capacity {
                return self.write_raw(bytes);
            }
        }
        self.write.extend_from_slice(bytes);
        Ok(())
    }

    /// Write encoded text, which waits by itself.
    pub fn write_text(&mut self, text: &[u8], is_through: bool) -> io::Result<()> {
        if self.text.len() + text.len() > BUFFER_SIZE {
            self.pass_text()?;
        }
        self.text.extend_from_slice(text);
        if is_through || self.text.len() >= BUFFER_SIZE {
            self.pass_text()?;
        }
        Ok(())
    }

    fn pass_text(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() { Ok(()) } else { self.write(&text) }
    }

    fn write_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.source {
            Source::File(file) => file.write_all(bytes),
            Source::Standard(which) => Ok(standard::write_binary(*which, bytes)?),
            Source::Input | Source::Closed => Err(io::Error::from_raw_os_error(Errno::BADF.raw_os_error())),
        }
    }

    fn flush_binary(&mut self) -> io::Result<()> {
        if let Source::Standard(which) = self.source {
            return Ok(standard::flush_binary(which)?);
        }
        if self.write.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.write);
        self.write_raw(&bytes)
    }

    /// Write everything out.
    pub fn flush(&mut self) -> io::Result<()> {
        self.pass_text()?;
        self.flush_binary()
    }

    /// The position that scripts see.
    pub fn tell(&mut self) -> io::Result<u64> {
        let ahead = self.ahead().len() as u64;
        let kept = self.write.len() as u64;
        let position = match &mut self.source {
            Source::File(file) => file.stream_position()?,
            Source::Input => rustix::fs::tell(rustix::stdio::stdin())?,
            Source::Standard(which) => {
                standard::flush_binary(*which)?;
                match which {
                    Standard::Output => rustix::fs::tell(rustix::stdio::stdout())?,
                    Standard::Error => rustix::fs::tell(rustix::stdio::stderr())?,
                }
            }
            Source::Closed => return Err(unsupported()),
        };
        Ok((position + kept).saturating_sub(ahead))
    }

    pub fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.flush()?;
        self.forget_ahead()?;
        let place = match to {
            SeekFrom::Start(place) => rustix::fs::SeekFrom::Start(place),
            SeekFrom::End(distance) => rustix::fs::SeekFrom::End(distance),
            SeekFrom::Current(distance) => rustix::fs::SeekFrom::Current(distance),
        };
        match &mut self.source {
            Source::File(file) => file.seek(to),
            Source::Input => {
                self.take(self.ahead().len());
                Ok(rustix::fs::seek(rustix::stdio::stdin(), place)?)
            }
            Source::Standard(Standard::Output) => Ok(rustix::fs::seek(rustix::stdio::stdout(), place)?),
            Source::Standard(Standard::Error) => Ok(rustix::fs::seek(rustix::stdio::stderr(), place)?),
            Source::Closed => Err(unsupported()),
        }
    }

    /// Cut or extend the file.
    pub fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.flush()?;
        match &mut self.source {
            Source::File(file) => file.set_len(size),
            _ => Err(io::Error::from_raw_os_error(Errno::INVAL.raw_os_error())),
        }
    }

    /// Change the size of the buffer.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Write out and close; closed even if writing fails.
    pub fn close(&mut self) -> io::Result<()> {
        let outcome = if self.is_closed() { Ok(()) } else { self.flush() };
        self.source = Source::Closed;
        audit::closed(self.account);
        self.read = Vec::new();
        self.taken = 0;
        outcome
    }
}

impl Drop for Channel {
    /// A file that nobody refers to any more is closed. Errors have nobody to go to.
    fn drop(&mut self) {
        if !self.is_closed() {
            let _ = self.flush();
        }
    }
}

/// Reading would block while other threads could run.
#[derive(Debug)]
struct NotReady;

impl std::fmt::Display for NotReady {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing to read yet")
    }
}

impl std::error::Error for NotReady {}

/// Whether nothing was there to read yet, so that other threads should run first.
pub fn is_not_ready(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NotReady>())
}

/// Whether reading would not block now.
fn is_readable(fd: impl AsFd) -> io::Result<bool> {
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut fds, Some(&now)) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether an operation was stopped by a signal and may be tried again.
pub fn is_interrupted(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Interrupted
}

/// Wait until standard input has something to read; `Interrupted` if Ctrl-C comes first.
fn wait_for_input() -> io::Result<()> {
    let wake = interrupt::install()?;
    let input = rustix::stdio::stdin();
    loop {
        let mut fds = [PollFd::new(&input, PollFlags::IN), PollFd::new(wake, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let (has_input, is_woken) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
        if is_woken {
            let mut bytes = [0_u8; 64];
            while rustix::io::read(wake, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
        }
        if interrupt::is_pending() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if has_input {
            return Ok(());
        }
    }
}
