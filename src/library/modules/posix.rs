//! `posix`: what `os` asks of the system.

use super::descriptors;
use crate::library::io::error::{errno_error, error_text, io_error};
use crate::library::io::open::path_argument;
use crate::object::dict::DictObject;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, interrupt};
use rustix::fs::{AtFlags, CWD, Mode, Timespec, Timestamps};
use rustix::io::Errno;
use rustix::process::{self, Pid, Signal};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub static POSIX: ModuleSpec = ModuleSpec {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).",
    functions: FUNCTIONS,
    constants: &[("environ", environ)],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_access", "path, mode, /", access, "Whether the file may be used so."),
    native("_chmod", "path, mode, /", chmod, "Change the access permissions of a file."),
    native("_lstat", "path, /", |i, a| stat(i, a, false), "What is known of a file or link."),
    native("_mkdir", "path, mode, /", mkdir, "Create a directory."),
    native("_scandir", "path, /", scandir, "Names of a directory with the kinds of the files."),
    native("_stat", "path, /", |i, a| stat(i, a, true), "What is known of a file."),
    native("_symlink", "src, dst, /", symlink, "Create a symbolic link."),
    native("_utime", "path, atime, mtime, /", utime, "Set the times, in nanoseconds, of a file."),
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
    native("_link", "src, dst, /", link, "Create a hard link to a file."),
    native("readlink", "path", readlink, "Return a string representing the path to which a link points."),
    native("_remove", "path, /", remove, "Remove a file."),
    native("_rename", "src, dst, /", rename, "Rename a file or directory."),
    native("_rmdir", "path, /", rmdir, "Remove a directory."),
    native("strerror", "code, /", strerror, "Translate an error code to a message string."),
    native("_open", "path, flags, mode, /", descriptors::open, "Open a file for low level IO."),
    native(
        "_set_echo",
        "fd, on, /",
        descriptors::set_echo,
        "Whether the terminal shows what is typed; whether it did.",
    ),
    native("_fstat", "fd, /", descriptors::fstat, "What is known of an open file."),
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

/// The same with two names, both of which an error tells.
fn on_paths(
    interp: &mut dyn Interpreter,
    args: &[Value],
    operation: impl FnOnce(&Path, &Path) -> std::io::Result<()>,
) -> Completion {
    let (from, to) = (path_argument(interp, &args[0])?, path_argument(interp, &args[1])?);
    if from.contains('\0') || to.contains('\0') {
        return Err(interp.value_error("embedded null byte"));
    }
    let Err(error) = operation(Path::new(&from), Path::new(&to)) else { return Ok(Value::NONE) };
    let Some(number) = error.raw_os_error() else { return Err(io_error(interp, &error, None)) };
    let class = interp.core(crate::library::io::error::class_of_errno(number));
    let text = Value::str(&error_text(number));
    let details = [Value::int(number.into()), text, args[0].clone(), Value::NONE, args[1].clone()];
    let exception = interp.call(&class, &details)?;
    Err(interp.to_raised(&exception)?)
}

fn mode_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Mode, Raised> {
    Ok(Mode::from_raw_mode(interp.expect_int(value)? as u32))
}

fn access(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wanted = rustix::fs::Access::from_bits_truncate(interp.expect_int(&args[1])? as u32);
    let path = path_argument(interp, &args[0])?;
    Ok(Value::bool(rustix::fs::access(&*path, wanted).is_ok()))
}

fn chmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = mode_argument(interp, &args[1])?;
    on_path(interp, &args[0], |path| Ok(rustix::fs::chmod(path, mode)?))?;
    Ok(Value::NONE)
}

fn stat(interp: &mut dyn Interpreter, args: &[Value], follow: bool) -> Completion {
    let read = |path: &Path| if follow { path.metadata() } else { path.symlink_metadata() };
    let found = on_path(interp, &args[0], read)?;
    Ok(stat_fields(&found))
}

/// What `os.stat_result` is made of.
pub fn stat_fields(found: &Metadata) -> Value {
    let nanos = |seconds: i64, nanos: i64| Value::int(seconds * 1_000_000_000 + nanos);
    Value::tuple(vec![
        Value::int(found.mode().into()),
        Value::uint(found.ino()),
        Value::uint(found.dev()),
        Value::uint(found.nlink()),
        Value::int(found.uid().into()),
        Value::int(found.gid().into()),
        Value::uint(found.size()),
        nanos(found.atime(), found.atime_nsec()),
        nanos(found.mtime(), found.mtime_nsec()),
        nanos(found.ctime(), found.ctime_nsec()),
        Value::uint(found.blocks()),
        Value::uint(found.blksize()),
        Value::uint(found.rdev()),
    ])
}

fn mkdir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = mode_argument(interp, &args[1])?;
    on_path(interp, &args[0], |path| Ok(rustix::fs::mkdir(path, mode)?))?;
    Ok(Value::NONE)
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

fn symlink(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_paths(interp, args, |from, to| std::os::unix::fs::symlink(from, to))
}

fn link(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_paths(interp, args, |from, to| std::fs::hard_link(from, to))
}

fn rename(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_paths(interp, args, |from, to| std::fs::rename(from, to))
}

fn utime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut times = [0; 2];
    for (time, value) in times.iter_mut().zip(&args[1..]) {
        *time = interp.expect_int(value)?;
    }
    let [last_access, last_modification] = times.map(|time| Timespec {
        tv_sec: time.div_euclid(1_000_000_000),
        tv_nsec: time.rem_euclid(1_000_000_000) as _,
    });
    let times = Timestamps { last_access, last_modification };
    on_path(interp, &args[0], |path| Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::empty())?))?;
    Ok(Value::NONE)
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

fn readlink(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = on_path(interp, &args[0], |path| path.read_link())?;
    Ok(Value::str(&target.to_string_lossy()))
}

fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_path(interp, &args[0], |path| Ok(rustix::fs::unlink(path)?))?;
    Ok(Value::NONE)
}

fn rmdir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    on_path(interp, &args[0], |path| Ok(rustix::fs::rmdir(path)?))?;
    Ok(Value::NONE)
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
