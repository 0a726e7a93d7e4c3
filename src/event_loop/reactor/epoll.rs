//! The reactor of Linux.

use super::{Key, Reactor, Readiness, Wait, Waker};
use crate::object::interrupt;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;
use std::collections::HashSet;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

/// Keys that only this file uses.
const WAKE: u64 = u64::MAX;
const INTERRUPT: u64 = u64::MAX - 1;

/// Level-triggered epoll, with an eventfd for wake-ups and the socket that SIGINT makes readable.
pub struct Epoll {
    epoll: Arc<OwnedFd>,
    wake: Arc<OwnedFd>,
    interrupt: BorrowedFd<'static>,
    watched: HashSet<RawFd>,
    buffer: Vec<epoll::Event>,
}

impl Epoll {
    /// A reactor that watches nothing but wake-ups and Ctrl-C.
    pub fn new() -> io::Result<Epoll> {
        use std::os::fd::AsFd;
        let epoll = Arc::new(epoll::create(CreateFlags::CLOEXEC)?);
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let interrupt = interrupt::install()?.as_fd();
        epoll::add(&*epoll, &*wake, EventData::new_u64(WAKE), EventFlags::IN)?;
        epoll::add(&*epoll, interrupt, EventData::new_u64(INTERRUPT), EventFlags::IN)?;
        Ok(Epoll { epoll, wake, interrupt, watched: HashSet::new(), buffer: Vec::with_capacity(256) })
    }
}

/// Read until nothing is left.
fn drain(fd: impl std::os::fd::AsFd) {
    let mut bytes = [0_u8; 64];
    while rustix::io::read(&fd, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}

impl Reactor for Epoll {
    fn set(&mut self, fd: BorrowedFd<'_>, want: Readiness, key: Key) -> io::Result<()> {
        let raw = fd.as_raw_fd();
        let mut flags = EventFlags::empty();
        flags.set(EventFlags::IN, want.read);
        flags.set(EventFlags::OUT, want.write);
        let data = EventData::new_u64(key.0);
        if flags.is_empty() {
            if self.watched.remove(&raw) {
                epoll::delete(&*self.epoll, fd)?;
            }
        } else if self.watched.insert(raw) {
            epoll::add(&*self.epoll, fd, data, flags)?;
        } else {
            epoll::modify(&*self.epoll, fd, data, flags)?;
        }
        Ok(())
    }

    fn wait(&mut self, how: Wait, events: &mut Vec<(Key, Readiness)>) -> io::Result<()> {
        let timeout = match how {
            Wait::Poll => Some(Timespec { tv_sec: 0, tv_nsec: 0 }),
            Wait::Milliseconds(ms) => {
                let (tv_sec, tv_nsec) = (i64::from(ms / 1000), i64::from(ms % 1000) * 1_000_000);
                Some(Timespec { tv_sec, tv_nsec })
            }
            Wait::Forever => None,
        };
        self.buffer.clear();
        let spare = rustix::buffer::spare_capacity(&mut self.buffer);
        match epoll::wait(&*self.epoll, spare, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        for event in &self.buffer {
            let (data, flags) = (event.data, event.flags);
            match data.u64() {
                WAKE => drain(&*self.wake),
                INTERRUPT => drain(self.interrupt),
                key => {
                    // As CPython's selector: whatever is not plain readability also means
                    // writable, and the other way round, so that errors reach their callbacks.
                    let read = !(flags & !EventFlags::OUT).is_empty();
                    let write = !(flags & !EventFlags::IN).is_empty();
                    events.push((Key(key), Readiness { read, write }));
                }
            }
        }
        Ok(())
    }

    fn has_sources(&self) -> bool {
        !self.watched.is_empty()
    }

    fn descriptor(&self) -> Option<Arc<OwnedFd>> {
        Some(self.epoll.clone())
    }

    fn waker(&self) -> Waker {
        let wake = self.wake.clone();
        Arc::new(move || {
            // Full means that a wake-up is pending already.
            let _ = rustix::io::write(&*wake, &1_u64.to_ne_bytes());
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn sees_wake_ups_and_readiness() {
        let mut reactor = Epoll::new().unwrap();
        let mut events = Vec::new();
        reactor.waker()();
        reactor.wait(Wait::Forever, &mut events).unwrap();
        assert!(events.is_empty() && !reactor.has_sources());

        let (a, b) = UnixStream::pair().unwrap();
        reactor.set(a.as_fd(), Readiness { read: true, write: false }, Key(7)).unwrap();
        reactor.wait(Wait::Poll, &mut events).unwrap();
        assert!(events.is_empty() && reactor.has_sources());
        rustix::io::write(&b, b"x").unwrap();
        for _ in 0..2 {
            events.clear();
            reactor.wait(Wait::Milliseconds(1000), &mut events).unwrap();
            assert_eq!(events, [(Key(7), Readiness { read: true, write: false })]);
        }
        reactor.set(a.as_fd(), Readiness::default(), Key(7)).unwrap();
        assert!(!reactor.has_sources());
    }
}
