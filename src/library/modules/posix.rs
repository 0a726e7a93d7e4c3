//! `posix`: what `os` asks of the system.

use super::descriptors;
use crate::library::io::error::{errno_error, error_text, io_error};
use crate::library::io::open::path_argument;
use crate::object::dict::DictObject;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, interrupt};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{self, Pid, Signal};
use std::path::Path;

pub static POSIX: ModuleSpec = ModuleSpec {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).",
    functions: FUNCTIONS,
    constants: &[("environ", environ)],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_scandir", "path, /", scandir, "Names of a directory with the kinds of the files."),
    native("chdir", "path", chdir, "Change the current working directory to the specified path."),
    native("cpu_count", "", cpu_count, "Return the number of logical CPUs in the system."),
    native("_window_size", "", window_size, "The columns and lines of the terminal."),
    native("getcwd", "", getcwd, "Return a unicode string representing the current working directory."),
    native("getegid", "", |_, _| id(rustix::process::getegid().as_raw()), "The effective group id."),
    native("geteuid", "", |_, _| id(rustix::process::geteuid().as_raw()), "The effective user id."),
    native("getgid", "", |_, _| id(rustix::process::getgid().as_raw()), "The group id."),
    native("getpid", "", |_, _| id(std::process::id()), "Return the current process id."),
    native("getppid", "", getppid, "Return the parent's process id."),
    native("getuid", "", |_, _| id(rustix::process::getuid().as_raw()), "The user id."),
    native("abort", "", abort, "Abort the interpreter immediately."),
    native("kill", "pid, signal, /", kill, "Kill a process with a signal."),
    native("strerror", "code, /", strerror, "Translate an error code to a message string."),
    native(
        "_set_echo",
        "fd, on, /",
        descriptors::set_echo,
        "Whether the terminal shows what is typed; whether it did.",
    ),
    native("fstat", "fd", descriptors::fstat, "What is known of an open file."),
    native("close", "fd", descriptors::close, "Close a file descriptor."),
    native("dup", "fd, /", descriptors::dup, "Return a duplicate of a file descriptor."),
    native(
        "fdatasync",
        "fd",
        descriptors::fsync,
        "Force write of fd to disk without forcing update of metadata.",
    ),
    native("fsync", "fd", descriptors::fsync, "Force write of fd to disk."),
    native(
        "ftruncate",
        "fd, length, /",
        descriptors::ftruncate,
        "Truncate a file, specified by file descriptor, to a specific length.",
    ),
    native("dup2", "fd, fd2, inheritable=True", descriptors::dup2, "Duplicate file descriptor."),
    native("fchdir", "fd", descriptors::fchdir, "Change to the directory of the given file descriptor."),
    native(
        "fchmod",
        "fd, mode",
        descriptors::fchmod,
        "Change the access permissions of the file given by file descriptor fd.",
    ),
    native(
        "fchown",
        "fd, uid, gid",
        descriptors::fchown,
        "Change the owner and group id of the file specified by file descriptor.",
    ),
    native(
        "get_blocking",
        "fd, /",
        descriptors::get_blocking,
        "Get the blocking mode of the file descriptor.",
    ),
    native(
        "get_inheritable",
        "fd, /",
        descriptors::get_inheritable,
        "Get the close-on-exe flag of the specified file descriptor.",
    ),
    native(
        "posix_fallocate",
        "fd, offset, length, /",
        descriptors::posix_fallocate,
        "Ensure a file has allocated at least a particular number of bytes on disk.",
    ),
    native(
        "pread",
        "fd, length, offset, /",
        descriptors::pread,
        "Read a number of bytes from a file descriptor starting at a particular offset.",
    ),
    native(
        "pwrite",
        "fd, buffer, offset, /",
        descriptors::pwrite,
        "Write bytes to a file descriptor starting at a particular offset.",
    ),
    native(
        "sendfile",
        "out_fd, in_fd, offset, count",
        descriptors::sendfile,
        "Copy count bytes from file descriptor in_fd to file descriptor out_fd.",
    ),
    native(
        "set_blocking",
        "fd, blocking, /",
        descriptors::set_blocking,
        "Set the blocking mode of the specified file descriptor.",
    ),
    native(
        "set_inheritable",
        "fd, inheritable, /",
        descriptors::set_inheritable,
        "Set the inheritable flag of the specified file descriptor.",
    ),
    native(
        "ttyname",
        "fd, /",
        descriptors::ttyname,
        "Return the name of the terminal device connected to 'fd'.",
    ),
    native(
        "_exit",
        "status",
        exit,
        "Exit to the system with specified status, without normal exit processing.",
    ),
    native("getgroups", "", getgroups, "Return list of supplemental group IDs for the process."),
    native("getpgid", "pid", getpgid, "Call the system call getpgid(), and return the result."),
    native(
        "getpgrp",
        "",
        |_, _| Ok(Value::int(process::getpgrp().as_raw_nonzero().get().into())),
        "Return the current process group id.",
    ),
    native("getsid", "pid, /", getsid, "Call the system call getsid(pid) and return the result."),
    native(
        "nice",
        "increment, /",
        nice,
        "Add increment to the priority of process and return the new priority.",
    ),
    native("sync", "", sync, "Force write of everything to disk."),
    native("_sizes", "", sizes, "The size of a page, and how many ticks a second has."),
    native("isatty", "fd, /", descriptors::isatty, "Return True if the fd is connected to a terminal."),
    native(
        "lseek",
        "fd, position, whence, /",
        descriptors::lseek,
        "Set the position of a file descriptor.  Return the new position.",
    ),
    native("pipe", "", descriptors::pipe, "Create a pipe."),
    native(
        "read",
        "fd, length, /",
        descriptors::read,
        "Read from a file descriptor.  Returns a bytes object.",
    ),
    native("write", "fd, data, /", descriptors::write, "Write a bytes object to a file descriptor."),
    native("umask", "mask, /", umask, "Set the current numeric umask and return the previous umask."),
    native("_truncate", "path, length, /", truncate, "Truncate a file to a length."),
    native("_uname", "", uname, "What the system is."),
    native("urandom", "size, /", urandom, "Return a bytes object containing random bytes."),
];

fn umask(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mask = mode_argument(interp, &args[0])?;
    Ok(Value::int(process::umask(mask).as_raw_mode().into()))
}

fn id(number: u32) -> Completion {
    Ok(Value::int(number.into()))
}

fn getppid(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let parent = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    Ok(Value::int(parent.into()))
}

fn abort(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    std::process::abort()
}

fn kill(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (number, signal) = (interp.expect_int(&args[0])?, interp.expect_int(&args[1])?);
    let signal = i32::try_from(signal).ok();
    if number == i64::from(std::process::id())
        && let Some(signal) = signal
        && interrupt::is_watched(signal)
    {
        // Handled before the call returns, as CPython does.
        interrupt::raise(interp, signal)?;
        return Ok(Value::NONE);
    }
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
    let outcome = match (pid, signal, signal.and_then(Signal::from_named_raw)) {
        // Groups of processes are told apart by the sign.
        (Some(pid), Some(0), _) if number > 0 => process::test_kill_process(pid),
        (Some(pid), _, Some(signal)) if number > 0 => process::kill_process(pid, signal),
        (_, Some(0), _) | (_, _, Some(_)) => {
            let text = "os.kill() of a group of processes is not supported yet by apy";
            return Err(interp.raise(CoreType::NotImplementedError, text));
        }
        _ => Err(Errno::INVAL),
    };
    outcome.map_err(|errno| errno_error(interp, errno))?;
    Ok(Value::NONE)
}

/// The environment as it was when the program began.
fn environ(interp: &mut dyn Interpreter) -> Value {
    let dict = DictObject::new();
    for (name, value) in std::env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        // A new string key needs no script.
        let _ = dict.set(interp, &Value::str(name), Value::str(value));
    }
    Value::dict(dict)
}

/// Try something with the file that the first argument names.
fn on_path<T>(
    interp: &mut dyn Interpreter,
    file: &Value,
    operation: impl FnOnce(&Path) -> std::io::Result<T>,
) -> Result<T, Raised> {
    let path = path_argument(interp, file)?;
    if path.contains('\0') {
        return Err(interp.value_error("embedded null byte"));
    }
    match operation(Path::new(&path)) {
        Ok(result) => Ok(result),
        Err(error) => Err(io_error(interp, &error, Some(file))),
    }
}

fn mode_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Mode, Raised> {
    Ok(Mode::from_raw_mode(interp.expect_int(value)? as u32))
}

/// A list of (name, kind, inode); the kind is `d`, `f`, `l` or `?`.
fn scandir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let read = |path: &Path| {
        std::fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                let kind = entry.file_type()?;
                let kind = match (kind.is_dir(), kind.is_file(), kind.is_symlink()) {
                    (true, ..) => "d",
                    (_, true, _) => "f",
                    (.., true) => "l",
                    _ => "?",
                };
                let inode = std::os::unix::fs::DirEntryExt::ino(&entry);
                Ok((entry.file_name().to_string_lossy().into_owned(), kind, inode))
            })
            .collect::<std::io::Result<Vec<_>>>()
    };
    let entries = on_path(interp, &args[0], read)?;
    let entries = entries.into_iter().map(|(name, kind, inode)| {
        Value::tuple(vec![Value::str(&name), Value::str(kind), Value::uint(inode)])
    });
    Ok(Value::list(entries.collect()))
}

fn chdir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_path(interp, &args[0], |path| std::env::set_current_dir(path))?;
    Ok(Value::NONE)
}

fn cpu_count(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(std::thread::available_parallelism().map_or(Value::NONE, |count| Value::int(count.get() as i64)))
}

fn window_size(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
        Ok(size) => Ok(Value::pair(Value::int(size.ws_col.into()), Value::int(size.ws_row.into()))),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn getcwd(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    match std::env::current_dir() {
        Ok(folder) => Ok(Value::str(&folder.to_string_lossy())),
        Err(error) => Err(io_error(interp, &error, None)),
    }
}

fn strerror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = interp.expect_int(&args[0])?;
    Ok(Value::str(&error_text(code as i32)))
}

fn truncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = interp.expect_int(&args[1])?.max(0) as u64;
    on_path(interp, &args[0], |path| std::fs::File::options().write(true).open(path)?.set_len(length))?;
    Ok(Value::NONE)
}

fn uname(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let name = rustix::system::uname();
    let parts = [name.sysname(), name.nodename(), name.release(), name.version(), name.machine()];
    Ok(Value::tuple(parts.iter().map(|part| Value::str(&part.to_string_lossy())).collect()))
}

fn urandom(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = interp.expect_int(&args[0])?;
    if size < 0 {
        return Err(interp.value_error("negative argument not allowed"));
    }
    let mut data = Vec::new();
    if data.try_reserve_exact(size as usize).is_err() {
        return Err(interp.raise_args(crate::object::CoreType::MemoryError, &[]));
    }
    data.resize(size as usize, 0);
    match getrandom::fill(&mut data) {
        Ok(()) => Ok(Value::bytes(data)),
        Err(error) => Err(interp.raise(crate::object::CoreType::OSError, &error.to_string())),
    }
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let status = interp.expect_int(&args[0])?;
    std::process::exit(status as i32)
}

fn getgroups(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    match process::getgroups() {
        Ok(groups) => Ok(Value::list(groups.iter().map(|group| Value::int(group.as_raw().into())).collect())),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

/// What is known of a process by its number; 0 is this one.
fn of_process(
    interp: &mut dyn Interpreter,
    pid: &Value,
    operation: fn(Option<Pid>) -> rustix::io::Result<Pid>,
) -> Completion {
    let Some(number) = i32::try_from(interp.expect_int(pid)?).ok().filter(|number| *number >= 0) else {
        return Err(errno_error(interp, Errno::SRCH));
    };
    match operation(Pid::from_raw(number)) {
        Ok(pid) => Ok(Value::int(pid.as_raw_nonzero().get().into())),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn getpgid(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    of_process(interp, &args[0], process::getpgid)
}

fn getsid(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    of_process(interp, &args[0], process::getsid)
}

fn nice(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let increment = interp.expect_int(&args[0])?;
    match process::nice(increment.clamp(-40, 40) as i32) {
        Ok(priority) => Ok(Value::int(priority.into())),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn sync(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    rustix::fs::sync();
    Ok(Value::NONE)
}

fn sizes(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let (page, ticks) = (rustix::param::page_size(), rustix::param::clock_ticks_per_second());
    Ok(Value::pair(Value::uint(page as u64), Value::uint(ticks)))
}
