//! What `posix` does with descriptors.

use super::posix::stat_fields;
use crate::event_loop::threads::{self, Waiting};
use crate::library::io::descriptors;
use crate::library::io::error::{errno_error, io_error};
use crate::library::io::open::path_argument;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};

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

pub fn open(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let path = path_argument(interp, &args[0])?;
    if path.contains('\0') {
        return Err(interp.value_error("embedded null byte"));
    }
    let flags = OFlags::from_bits_retain(interp.expect_int(&args[1])? as u32) | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(interp.expect_int(&args[2])? as u32);
    match rustix::fs::open(&path, flags, mode) {
        Ok(descriptor) => Ok(Value::int(descriptors::keep(descriptor).into())),
        Err(errno) => Err(io_error(interp, &errno.into(), Some(&args[0]))),
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
    let duplicate = attempt(interp, &args[0], |fd| rustix::io::fcntl_dupfd_cloexec(fd, 3))?;
    match File::from(duplicate).metadata() {
        Ok(found) => Ok(stat_fields(&found)),
        Err(error) => Err(io_error(interp, &error, None)),
    }
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
