//! A reactor without a system under it: for the virtual clock, and for hosts without
//! descriptors. Only wake-ups end a wait.

use super::{Key, Reactor, Readiness, Wait, Waker};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

/// Nothing but wake-ups.
#[derive(Default)]
pub struct Simulated {
    bell: Arc<Bell>,
}

impl Reactor for Simulated {
    fn set(&mut self, _: BorrowedFd<'_>, _: Readiness, _: Key) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "no descriptors in a simulation"))
    }

    fn wait(&mut self, how: Wait, _: &mut Vec<(Key, Readiness)>) -> io::Result<()> {
        let mut rung = self.bell.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if !*rung {
            rung = match how {
                Wait::Poll => rung,
                Wait::Milliseconds(ms) => {
                    let waited = self.bell.changed.wait_timeout(rung, Duration::from_millis(ms.into()));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Wait::Forever => self.bell.changed.wait(rung).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *rung = false;
        Ok(())
    }

    fn has_sources(&self) -> bool {
        false
    }

    fn descriptor(&self) -> Option<Arc<OwnedFd>> {
        None
    }

    fn waker(&self) -> Waker {
        let bell = self.bell.clone();
        Arc::new(move || {
            *bell.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
            bell.changed.notify_one();
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_ends_a_wait() {
        let mut reactor = Simulated::default();
        let waker = reactor.waker();
        let thread = std::thread::spawn(move || waker());
        reactor.wait(Wait::Forever, &mut Vec::new()).unwrap();
        thread.join().unwrap();
        reactor.wait(Wait::Milliseconds(1), &mut Vec::new()).unwrap();
    }
}
