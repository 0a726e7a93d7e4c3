//! Runs a script in a process of its own, within limits, and says how that ended.

use super::worker::Report;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often the memory of a process is looked at, and where there is no better way, its end.
const TICK: Duration = Duration::from_millis(25);
/// How long output is still read after a process has ended, if others hold its pipes.
const LINGER: Duration = Duration::from_millis(200);

/// What a test may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    /// Bytes of memory that are really used.
    pub memory: u64,
    /// Bytes printed, on both streams.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { time: Duration::from_secs(10), memory: 1 << 30, output: 16 << 20 }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// We killed it, because it took too long.
    TooLong,
    /// We killed it, because it printed too much.
    TooMuchOutput,
    /// We killed it, or it could not get more.
    TooMuchMemory,
}

/// What a process did.
#[derive(Debug)]
pub struct Outcome {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub end: End,
    pub elapsed: Duration,
    /// What the interpreter says about the run, if it lived to say it.
    pub report: Option<Report>,
}

/// A process to run.
pub struct Job<'a> {
    pub program: &'a Path,
    pub args: Vec<OsString>,
    pub folder: &'a Path,
    pub env: Vec<(String, OsString)>,
    pub stdin: Option<PathBuf>,
    pub limits: Limits,
    /// Where the interpreter writes what it says about the run.
    pub report: Option<PathBuf>,
}

impl Job<'_> {
    /// Run it to its end.
    pub fn run(&self) -> std::io::Result<Outcome> {
        let mut command = Command::new(self.program);
        command.args(&self.args).current_dir(self.folder).envs(self.env.iter().map(|(k, v)| (k, v)));
        command.stdin(match &self.stdin {
            Some(path) => Stdio::from(File::open(path)?),
            None => Stdio::null(),
        });
        // A group of its own, so that what it starts can be ended with it.
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let started = Instant::now();
        let child = command.spawn()?;
        let mut watched = Watched::new(child, started, self.limits)?;
        let end = watched.watch()?;
        let elapsed = started.elapsed();
        let report = match (&self.report, end) {
            (Some(path), End::Exit(_)) => fs::read_to_string(path).ok().and_then(|text| Report::parse(&text)),
            _ => None,
        };
        let [out, err] = [&mut watched.out, &mut watched.err].map(|stream| std::mem::take(&mut stream.bytes));
        Ok(Outcome { out, err, end, elapsed, report })
    }
}

/// One of the two pipes.
struct Stream {
    pipe: Option<OwnedFd>,
    bytes: Vec<u8>,
}

impl Stream {
    fn new(pipe: Option<impl Into<OwnedFd>>) -> std::io::Result<Stream> {
        let pipe: Option<OwnedFd> = pipe.map(Into::into);
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Stream { pipe, bytes: Vec::new() })
    }

    /// Take what has come; at its end the pipe is closed. At most `most` bytes in all.
    fn read(&mut self, most: usize) -> std::io::Result<()> {
        let mut buffer = [0; 1 << 16];
        while let Some(pipe) = &self.pipe {
            if self.bytes.len() > most {
                return Ok(());
            }
            match rustix::io::read(pipe, &mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// A process under way. It does not outlive this value.
struct Watched {
    child: Child,
    started: Instant,
    limits: Limits,
    out: Stream,
    err: Stream,
    /// Readable when the process has ended.
    ended: Option<OwnedFd>,
    status: Option<ExitStatus>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.kill();
        // It is gone or was killed just now; there is nobody to tell if the system disagrees.
        let _ = self.child.wait();
    }
}

impl Watched {
    fn new(mut child: Child, started: Instant, limits: Limits) -> std::io::Result<Watched> {
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let ended = end_descriptor(&child);
        let none = || Stream { pipe: None, bytes: Vec::new() };
        let mut watched = Watched { child, started, limits, out: none(), err: none(), ended, status: None };
        watched.out = Stream::new(out)?;
        watched.err = Stream::new(err)?;
        Ok(watched)
    }

    fn kill(&self) {
        // Whatever the group still holds; that it is empty already is what we hope for.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }

    fn watch(&mut self) -> std::io::Result<End> {
        let mut next_look = TICK;
        let end = loop {
            let elapsed = self.started.elapsed();
            if elapsed >= self.limits.time {
                break Some(End::TooLong);
            }
            self.wait_for_news((self.limits.time.min(next_look)).saturating_sub(elapsed))?;
            self.read()?;
            if self.out.bytes.len() + self.err.bytes.len() > self.limits.output {
                break Some(End::TooMuchOutput);
            }
            if self.status.is_none() {
                self.status = self.child.try_wait()?;
            }
            if self.status.is_some() {
                break None;
            }
            if self.started.elapsed() >= next_look {
                if self.memory() > self.limits.memory {
                    break Some(End::TooMuchMemory);
                }
                next_look = self.started.elapsed() + TICK;
            }
        };
        self.kill();
        if let Some(end) = end {
            self.read()?;
            self.out.bytes.truncate(self.limits.output);
            self.err.bytes.truncate(self.limits.output);
            return Ok(end);
        }
        // What it wrote last may still be on the way, if a process that left the group holds on.
        let until = Instant::now() + LINGER;
        while (self.out.pipe.is_some() || self.err.pipe.is_some()) && Instant::now() < until {
            self.ended = None;
            self.wait_for_news(until.saturating_duration_since(Instant::now()))?;
            self.read()?;
        }
        let Some(status) = self.status else { return Ok(End::TooLong) };
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => End::Exit(code),
            (None, Some(signal)) if signal == Signal::ABORT.as_raw() && self.ran_out_of_memory() => {
                End::TooMuchMemory
            }
            (None, signal) => End::Signal(signal.unwrap_or_default()),
        })
    }

    fn read(&mut self) -> std::io::Result<()> {
        self.out.read(self.limits.output)?;
        self.err.read(self.limits.output)
    }

    /// Wait until there is output or the process has ended, at most so long.
    fn wait_for_news(&self, most: Duration) -> std::io::Result<()> {
        let pipes = [self.out.pipe.as_ref(), self.err.pipe.as_ref(), self.ended.as_ref()];
        let descriptors: Vec<BorrowedFd<'_>> = pipes.into_iter().flatten().map(AsFd::as_fd).collect();
        let mut polled: Vec<PollFd<'_>> =
            descriptors.iter().map(|descriptor| PollFd::new(descriptor, PollFlags::IN)).collect();
        let most = if self.ended.is_none() { most.min(TICK / 5) } else { most };
        let timeout = Timespec { tv_sec: most.as_secs() as i64, tv_nsec: most.subsec_nanos().into() };
        match poll(&mut polled, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The memory the process really uses; 0 where the system does not say.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        pages * rustix::param::page_size() as u64
    }

    /// Whether the last words are those of an allocation that failed.
    fn ran_out_of_memory(&self) -> bool {
        let start = self.err.bytes.len().saturating_sub(200);
        String::from_utf8_lossy(&self.err.bytes[start..]).contains("memory allocation of")
    }
}

#[cfg(target_os = "linux")]
fn end_descriptor(child: &Child) -> Option<OwnedFd> {
    rustix::process::pidfd_open(Pid::from_child(child), rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn end_descriptor(_: &Child) -> Option<OwnedFd> {
    None
}

/// The name of a signal.
pub fn signal_name(number: i32) -> String {
    const NAMES: &[(Signal, &str)] = &[
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    let known = NAMES.iter().find(|(signal, _)| signal.as_raw() == number);
    known.map_or_else(|| format!("signal {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limits: Limits) -> Outcome {
        let job = Job {
            program: Path::new("/bin/sh"),
            args: vec!["-c".into(), script.into()],
            folder: Path::new("/"),
            env: Vec::new(),
            stdin: None,
            limits,
            report: None,
        };
        job.run().unwrap()
    }

    #[test]
    fn a_process_ends_by_itself() {
        let outcome = run("echo out; echo err >&2; exit 3", Limits::default());
        assert_eq!((outcome.end, outcome.out.as_slice()), (End::Exit(3), b"out\n".as_slice()));
        assert_eq!(outcome.err, b"err\n");
    }

    #[test]
    fn signals_are_named() {
        let outcome = run("kill -SEGV $$", Limits::default());
        assert_eq!(outcome.end, End::Signal(Signal::SEGV.as_raw()));
        assert_eq!(signal_name(Signal::SEGV.as_raw()), "SIGSEGV");
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_it_started() {
        let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
        let started = Instant::now();
        let outcome = run("echo started; sleep 1000 & sleep 1000", limits);
        assert_eq!((outcome.end, outcome.out.as_slice()), (End::TooLong, b"started\n".as_slice()));
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_child_that_stays_does_not_hold_up_the_end() {
        let started = Instant::now();
        let outcome = run("sleep 1000 & echo done", Limits::default());
        assert_eq!((outcome.end, outcome.out.as_slice()), (End::Exit(0), b"done\n".as_slice()));
        assert!(started.elapsed() < Duration::from_secs(8));
    }

    #[test]
    fn output_has_a_limit() {
        let limits = Limits { output: 1 << 20, time: Duration::from_secs(60), ..Limits::default() };
        let outcome = run("yes", limits);
        assert_eq!((outcome.end, outcome.out.len()), (End::TooMuchOutput, 1 << 20));
    }
}
