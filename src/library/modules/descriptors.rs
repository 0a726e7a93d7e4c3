//! What `posix` does with descriptors.

use super::posix_at::owner;
use super::posix_records::stat_result;
use crate::event_loop::threads::{self, Waiting};
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::{Errno, FdFlags};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Do something with a descriptor; its failure is an OSError.
fn attempt<T>(
    interp: &mut dyn Interpreter,
    number: &Value,
    operation: impl Fn(BorrowedFd<'_>) -> rustix::io::Result<T>,
) -> Result<T, Raised> {
    let number = interp.expect_int(number)?;
    loop {
        match descriptors::with(number, &operation) {
            Ok(found) => return Ok(found),
            Err(Errno::INTR) => interp.poll()?,
            Err(errno) => return Err(errno_error(interp, errno)),
        }
    }
}

pub fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = interp.expect_int(&args[0])?;
    if descriptors::close(number) {
        return Ok(Value::NONE);
    }
    match descriptors::with(number, |_| Ok(())) {
        Ok(()) => {
            let text = "os.close() of a descriptor that belongs to a file object is not supported by apy";
            Err(interp.raise(CoreType::NotImplementedError, text))
        }
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

pub fn dup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let duplicate = attempt(interp, &args[0], |fd| rustix::io::fcntl_dupfd_cloexec(fd, 0))?;
    Ok(Value::int(descriptors::keep(duplicate).into()))
}

pub fn pipe(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    match rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) {
        Ok((read, write)) => {
            let number = |end: OwnedFd| Value::int(descriptors::keep(end).into());
            Ok(Value::pair(number(read), number(write)))
        }
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

pub fn fstat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let found = attempt(interp, &args[0], |fd| rustix::fs::fstat(fd))?;
    Ok(stat_result(interp, &found))
}

pub fn fchdir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    attempt(interp, &args[0], |fd| rustix::process::fchdir(fd))?;
    Ok(Value::NONE)
}

pub fn fchmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = Mode::from_raw_mode(interp.expect_int(&args[1])? as u32);
    attempt(interp, &args[0], |fd| rustix::fs::fchmod(fd, mode))?;
    Ok(Value::NONE)
}

pub fn fchown(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (uid, gid) = owner(interp, &args[1], &args[2])?;
    attempt(interp, &args[0], |fd| rustix::fs::fchown(fd, uid, gid))?;
    Ok(Value::NONE)
}

/// A second number for an open file: the given one, if that is free or was opened by number.
pub fn dup2(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = interp.expect_int(&args[1])?;
    let (Ok(number), false) = (i32::try_from(target), target < 0) else {
        return Err(errno_error(interp, Errno::BADF));
    };
    if interp.expect_int(&args[0])? == target {
        attempt(interp, &args[0], |fd| rustix::io::fcntl_getfd(fd))?;
        return Ok(Value::int(target));
    }
    match number {
        0 => attempt(interp, &args[0], |fd| rustix::stdio::dup2_stdin(fd))?,
        1 => attempt(interp, &args[0], |fd| rustix::stdio::dup2_stdout(fd))?,
        2 => attempt(interp, &args[0], |fd| rustix::stdio::dup2_stderr(fd))?,
        _ => {
            descriptors::close(target);
            let made = attempt(interp, &args[0], |fd| rustix::io::fcntl_dupfd_cloexec(fd, number))?;
            if made.as_raw_fd() != number {
                let text = "os.dup2() onto the descriptor of a file object is not supported by apy";
                return Err(interp.raise(CoreType::NotImplementedError, text));
            }
            descriptors::keep(made);
        }
    }
    Ok(Value::int(target))
}

/// How many bytes, and from where.
fn offset(interp: &mut dyn Interpreter, value: &Value) -> Result<u64, Raised> {
    match u64::try_from(interp.expect_int(value)?) {
        Ok(offset) => Ok(offset),
        Err(_) => Err(errno_error(interp, Errno::INVAL)),
    }
}

pub fn pread(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (size, from) = (offset(interp, &args[1])?, offset(interp, &args[2])?);
    let mut data = Vec::new();
    if data.try_reserve_exact(size as usize).is_err() {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    }
    data.resize(size as usize, 0);
    let number = interp.expect_int(&args[0])?;
    let count = descriptors::with(number, |fd| rustix::io::pread(fd, &mut *data, from))
        .map_err(|errno| errno_error(interp, errno))?;
    data.truncate(count);
    Ok(Value::bytes(data))
}

pub fn pwrite(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let to = offset(interp, &args[2])?;
    let count = attempt(interp, &args[0], |fd| rustix::io::pwrite(fd, &data, to))?;
    Ok(Value::int(count as i64))
}

/// Copy between files without going through the script: into, from, where, how much.
pub fn sendfile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = offset(interp, &args[3])? as usize;
    let mut from = match args[2].given_some() {
        Some(from) => Some(offset(interp, from)?),
        None => None,
    };
    let source = attempt(interp, &args[1], |fd| rustix::io::fcntl_dupfd_cloexec(fd, 0))?;
    let into = interp.expect_int(&args[0])?;
    let count = descriptors::with(into, |into| rustix::fs::sendfile(into, &source, from.as_mut(), size))
        .map_err(|errno| errno_error(interp, errno))?;
    Ok(Value::int(count as i64))
}

pub fn get_blocking(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = attempt(interp, &args[0], |fd| rustix::fs::fcntl_getfl(fd))?;
    Ok(Value::bool(!flags.contains(OFlags::NONBLOCK)))
}

pub fn set_blocking(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let blocks = interp.truth(&args[1])?;
    attempt(interp, &args[0], |fd| {
        let mut flags = rustix::fs::fcntl_getfl(fd)?;
        flags.set(OFlags::NONBLOCK, !blocks);
        rustix::fs::fcntl_setfl(fd, flags)
    })?;
    Ok(Value::NONE)
}

pub fn get_inheritable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = attempt(interp, &args[0], |fd| rustix::io::fcntl_getfd(fd))?;
    Ok(Value::bool(!flags.contains(FdFlags::CLOEXEC)))
}

pub fn set_inheritable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let inheritable = interp.truth(&args[1])?;
    attempt(interp, &args[0], |fd| {
        let mut flags = rustix::io::fcntl_getfd(fd)?;
        flags.set(FdFlags::CLOEXEC, !inheritable);
        rustix::io::fcntl_setfd(fd, flags)
    })?;
    Ok(Value::NONE)
}

pub fn ttyname(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = attempt(interp, &args[0], |fd| rustix::termios::ttyname(fd, Vec::new()))?;
    Ok(Value::str(&name.to_string_lossy()))
}

pub fn posix_fallocate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (from, size) = (offset(interp, &args[1])?, offset(interp, &args[2])?);
    attempt(interp, &args[0], |fd| {
        rustix::fs::fallocate(fd, rustix::fs::FallocateFlags::empty(), from, size)
    })?;
    Ok(Value::NONE)
}

pub fn fsync(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    attempt(interp, &args[0], |fd| rustix::fs::fsync(fd))?;
    Ok(Value::NONE)
}

pub fn ftruncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Ok(length) = u64::try_from(interp.expect_int(&args[1])?) else {
        return Err(errno_error(interp, Errno::INVAL));
    };
    attempt(interp, &args[0], |fd| rustix::fs::ftruncate(fd, length))?;
    Ok(Value::NONE)
}

pub fn isatty(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = interp.expect_int(&args[0])?;
    Ok(Value::bool(descriptors::with(number, |fd| Ok(rustix::termios::isatty(fd))).unwrap_or(false)))
}

pub fn lseek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let position = interp.expect_int(&args[1])?;
    let to = match (interp.expect_int(&args[2])?, u64::try_from(position)) {
        (0, Ok(position)) => SeekFrom::Start(position),
        (1, _) => SeekFrom::Current(position),
        (2, _) => SeekFrom::End(position),
        _ => return Err(errno_error(interp, Errno::INVAL)),
    };
    let position = attempt(interp, &args[0], |fd| rustix::fs::seek(fd, to))?;
    Ok(Value::uint(position))
}

/// Whether the descriptor would hold up whoever reads it.
fn is_empty(fd: BorrowedFd<'_>) -> rustix::io::Result<bool> {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    Ok(poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&now))? == 0)
}

pub fn read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Ok(size) = usize::try_from(interp.expect_int(&args[1])?) else {
        return Err(errno_error(interp, Errno::INVAL));
    };
    let mut data = Vec::new();
    if data.try_reserve_exact(size).is_err() {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    }
    data.resize(size, 0);
    let number = interp.expect_int(&args[0])?;
    loop {
        // Other threads go on while one waits for input.
        if !threads::is_alone() && attempt(interp, &args[0], is_empty)? {
            let waitable = descriptors::shared(number).map_err(|errno| errno_error(interp, errno))?;
            threads::block(interp, None, Waiting::readable(waitable))?;
            continue;
        }
        match descriptors::with(number, |fd| rustix::io::read(fd, &mut *data)) {
            Ok(count) => {
                data.truncate(count);
                return Ok(Value::bytes(data));
            }
            Err(Errno::INTR) => interp.poll()?,
            Err(errno) => return Err(errno_error(interp, errno)),
        }
    }
}

pub fn write(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let count = attempt(interp, &args[0], |fd| rustix::io::write(fd, &data))?;
    Ok(Value::int(count as i64))
}

pub fn set_echo(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let on = interp.truth(&args[1])?;
    let was_on = attempt(interp, &args[0], |fd| {
        let mut settings = tcgetattr(fd)?;
        let was_on = settings.local_modes.contains(LocalModes::ECHO);
        settings.local_modes.set(LocalModes::ECHO, on);
        tcsetattr(fd, OptionalActions::Flush, &settings)?;
        Ok(was_on)
    })?;
    Ok(Value::bool(was_on))
}
