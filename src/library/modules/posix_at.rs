//! What `posix` does with names of files, which may be relative to an open folder.

use super::posix_records::{self, StatvfsResult, stat_result};
use crate::library::io::descriptors;
use crate::library::io::error::{class_of_errno, error_text, io_error};
use crate::library::io::open::path_argument;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::library::types::struct_sequence::{class_of, with_hidden};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, Timespec, Timestamps, XattrFlags};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use std::os::fd::BorrowedFd;

pub static POSIX_AT: ModuleSpec = ModuleSpec {
    name: "_posix_at",
    doc: "Files by name, in a folder that is open.",
    functions: FUNCTIONS,
    constants: &[
        ("stat_result", |interp| class_of::<posix_records::StatResult>(interp)),
        ("statvfs_result", |interp| class_of::<StatvfsResult>(interp)),
        ("terminal_size", |interp| class_of::<posix_records::TerminalSize>(interp)),
        ("times_result", |interp| class_of::<posix_records::TimesResult>(interp)),
        ("uname_result", |interp| class_of::<posix_records::UnameResult>(interp)),
    ],
    ..ModuleSpec::EMPTY
};

/// In all rows `dir` is the descriptor of the folder to which a name is relative, or None.
static FUNCTIONS: &[NativeRow] = &[
    native("access", "path, mode, dir, flags, /", access, "Whether the file may be used so."),
    native("chmod", "path, mode, dir, /", chmod, "Change the access permissions of a file."),
    native("chown", "path, uid, gid, dir, follow, /", chown, "Change the owner and group of a file."),
    native("getxattr", "path, name, follow, /", get_xattr, "An extended attribute."),
    native("link", "src, dst, src_dir, dst_dir, follow, /", link, "Create a hard link to a file."),
    native("listxattr", "path, follow, /", list_xattr, "The names of extended attributes."),
    native("mkdir", "path, mode, dir, /", mkdir, "Create a directory."),
    native("mknod", "path, mode, device, dir, /", mknod, "Create a node in the file system."),
    native("open", "path, flags, mode, dir, /", open, "Open a file for low level IO."),
    native("readlink", "path, dir, /", readlink, "Where a symbolic link points."),
    native("remove", "path, dir, /", |i, a| unlink(i, a, AtFlags::empty()), "Remove a file."),
    native("removexattr", "path, name, follow, /", remove_xattr, "Remove an extended attribute."),
    native("rename", "src, dst, src_dir, dst_dir, /", rename, "Rename a file or directory."),
    native("rmdir", "path, dir, /", |i, a| unlink(i, a, AtFlags::REMOVEDIR), "Remove a directory."),
    native("setxattr", "path, name, value, flags, follow, /", set_xattr, "Set an extended attribute."),
    native("stat", "path, dir, follow, /", stat, "What is known of a file."),
    native("statvfs", "path, /", statvfs, "What is known of a file system."),
    native("symlink", "src, dst, dir, /", symlink, "Create a symbolic link."),
    native("utime", "path, atime, mtime, dir, follow, /", utime, "Set the times, in nanoseconds, of a file."),
];

/// The path in an argument.
fn path_of(interp: &mut dyn Interpreter, file: &Value) -> Result<String, Raised> {
    let path = path_argument(interp, file)?;
    if path.contains('\0') {
        return Err(interp.value_error("embedded null byte"));
    }
    Ok(path)
}

/// Do something in the folder `dir`.
fn in_folder<T>(
    dir: Option<i64>,
    operation: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>,
) -> rustix::io::Result<T> {
    match dir {
        None => operation(CWD),
        Some(number) => descriptors::with(number, operation),
    }
}

/// A descriptor, or None.
fn folder(interp: &mut dyn Interpreter, dir: &Value) -> Result<Option<i64>, Raised> {
    match dir.given_some() {
        Some(dir) => interp.expect_int(dir).map(Some),
        None => Ok(None),
    }
}

/// Do something with the file that `file` names, again after each signal.
fn at<T>(
    interp: &mut dyn Interpreter,
    file: &Value,
    dir: &Value,
    operation: impl Fn(BorrowedFd<'_>, &str) -> rustix::io::Result<T>,
) -> Result<T, Raised> {
    let path = path_of(interp, file)?;
    let dir = folder(interp, dir)?;
    loop {
        match in_folder(dir, |dir| operation(dir, &path)) {
            Ok(found) => return Ok(found),
            Err(Errno::INTR) => interp.poll()?,
            Err(errno) => return Err(io_error(interp, &errno.into(), Some(file))),
        }
    }
}

/// An error that tells two names.
#[cold]
fn failed_both(interp: &mut dyn Interpreter, errno: Errno, from: &Value, to: &Value) -> Raised {
    let number = errno.raw_os_error();
    let class = interp.core(class_of_errno(number));
    let text = Value::str(&error_text(number));
    let details = [Value::int(number.into()), text, from.clone(), Value::NONE, to.clone()];
    match interp.call(&class, &details).and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

fn mode_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Mode, Raised> {
    Ok(Mode::from_raw_mode(interp.expect_int(value)? as u32))
}

/// Whether symbolic links are followed, as a flag.
fn links(interp: &mut dyn Interpreter, follow: &Value) -> Result<AtFlags, Raised> {
    Ok(if interp.truth(follow)? { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW })
}

fn access(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wanted = Access::from_bits_truncate(interp.expect_int(&args[1])? as u32);
    let flags = AtFlags::from_bits_truncate(interp.expect_int(&args[3])? as u32);
    let path = path_of(interp, &args[0])?;
    let dir = folder(interp, &args[2])?;
    Ok(Value::bool(in_folder(dir, |dir| rustix::fs::accessat(dir, &path, wanted, flags)).is_ok()))
}

fn chmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = mode_argument(interp, &args[1])?;
    at(interp, &args[0], &args[2], |dir, path| rustix::fs::chmodat(dir, path, mode, AtFlags::empty()))?;
    Ok(Value::NONE)
}

/// The numbers of a user and a group; -1 leaves one as it is.
pub fn owner(
    interp: &mut dyn Interpreter,
    uid: &Value,
    gid: &Value,
) -> Result<(Option<Uid>, Option<Gid>), Raised> {
    let (uid, gid) = (interp.expect_int(uid)?, interp.expect_int(gid)?);
    Ok((u32::try_from(uid).ok().map(Uid::from_raw), u32::try_from(gid).ok().map(Gid::from_raw)))
}

fn chown(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (uid, gid) = owner(interp, &args[1], &args[2])?;
    let flags = links(interp, &args[4])?;
    at(interp, &args[0], &args[3], |dir, path| rustix::fs::chownat(dir, path, uid, gid, flags))?;
    Ok(Value::NONE)
}

fn mkdir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = mode_argument(interp, &args[1])?;
    at(interp, &args[0], &args[2], |dir, path| rustix::fs::mkdirat(dir, path, mode))?;
    Ok(Value::NONE)
}

fn mknod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = interp.expect_int(&args[1])? as u32;
    let device = interp.expect_int(&args[2])? as u64;
    let kind = match FileType::from_raw_mode(mode) {
        FileType::Unknown => FileType::RegularFile,
        kind => kind,
    };
    let mode = Mode::from_raw_mode(mode);
    at(interp, &args[0], &args[3], |dir, path| rustix::fs::mknodat(dir, path, kind, mode, device))?;
    Ok(Value::NONE)
}

fn open(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = OFlags::from_bits_retain(interp.expect_int(&args[1])? as u32) | OFlags::CLOEXEC;
    let mode = mode_argument(interp, &args[2])?;
    let opened = at(interp, &args[0], &args[3], |dir, path| rustix::fs::openat(dir, path, flags, mode))?;
    Ok(Value::int(descriptors::keep(opened).into()))
}

fn readlink(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = at(interp, &args[0], &args[1], |dir, path| rustix::fs::readlinkat(dir, path, Vec::new()))?;
    Ok(Value::str(&target.to_string_lossy()))
}

fn unlink(interp: &mut dyn Interpreter, args: &[Value], flags: AtFlags) -> Completion {
    at(interp, &args[0], &args[1], |dir, path| rustix::fs::unlinkat(dir, path, flags))?;
    Ok(Value::NONE)
}

/// Do something with two names.
fn at_both(
    interp: &mut dyn Interpreter,
    args: &[Value],
    dirs: [&Value; 2],
    operation: impl FnOnce(BorrowedFd<'_>, &str, BorrowedFd<'_>, &str) -> rustix::io::Result<()>,
) -> Completion {
    let (from, to) = (path_of(interp, &args[0])?, path_of(interp, &args[1])?);
    let (from_dir, to_dir) = (folder(interp, dirs[0])?, folder(interp, dirs[1])?);
    let outcome =
        in_folder(from_dir, |from_dir| in_folder(to_dir, |to_dir| operation(from_dir, &from, to_dir, &to)));
    match outcome {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(failed_both(interp, errno, &args[0], &args[1])),
    }
}

fn rename(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    at_both(interp, args, [&args[2], &args[3]], |from_dir, from, to_dir, to| {
        rustix::fs::renameat(from_dir, from, to_dir, to)
    })
}

fn link(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = if interp.truth(&args[4])? { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
    at_both(interp, args, [&args[2], &args[3]], |from_dir, from, to_dir, to| {
        rustix::fs::linkat(from_dir, from, to_dir, to, flags)
    })
}

fn symlink(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    at_both(interp, args, [&Value::NONE, &args[2]], |_, from, dir, to| rustix::fs::symlinkat(from, dir, to))
}

fn stat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = links(interp, &args[2])?;
    let found = at(interp, &args[0], &args[1], |dir, path| rustix::fs::statat(dir, path, flags))?;
    Ok(stat_result(interp, &found))
}

fn statvfs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let found = match args[0].int_like() {
        Some(_) => {
            let number = interp.expect_int(&args[0])?;
            descriptors::with(number, |fd| rustix::fs::fstatvfs(fd))
                .map_err(|errno| io_error(interp, &errno.into(), None))?
        }
        None => at(interp, &args[0], &Value::NONE, |_, path| rustix::fs::statvfs(path))?,
    };
    let fields = [
        found.f_bsize,
        found.f_frsize,
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
        found.f_favail,
        found.f_flag.bits(),
        found.f_namemax,
        found.f_fsid,
    ];
    Ok(with_hidden::<StatvfsResult>(interp, fields.map(Value::uint).to_vec()))
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
    if args[0].int_like().is_some() {
        let number = interp.expect_int(&args[0])?;
        return match descriptors::with(number, |fd| rustix::fs::futimens(fd, &times)) {
            Ok(()) => Ok(Value::NONE),
            Err(errno) => Err(io_error(interp, &errno.into(), None)),
        };
    }
    let flags = links(interp, &args[4])?;
    at(interp, &args[0], &args[3], |dir, path| rustix::fs::utimensat(dir, path, &times, flags))?;
    Ok(Value::NONE)
}

/// Read what may be of any size: ask for the size, then for the data.
fn sized(read: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
    loop {
        let mut data = vec![0; read(&mut [])?];
        match read(&mut data) {
            Ok(count) => {
                data.truncate(count);
                return Ok(data);
            }
            // It has grown meanwhile.
            Err(Errno::RANGE) => {}
            Err(errno) => return Err(errno),
        }
    }
}

fn get_xattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (name, follow) = (path_of(interp, &args[1])?, interp.truth(&args[2])?);
    let found = at(interp, &args[0], &Value::NONE, |_, path| {
        sized(|room| {
            if follow {
                rustix::fs::getxattr(path, name.as_str(), room)
            } else {
                rustix::fs::lgetxattr(path, name.as_str(), room)
            }
        })
    })?;
    Ok(Value::bytes(found))
}

fn list_xattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let follow = interp.truth(&args[1])?;
    let found = at(interp, &args[0], &Value::NONE, |_, path| {
        sized(
            |room| {
                if follow { rustix::fs::listxattr(path, room) } else { rustix::fs::llistxattr(path, room) }
            },
        )
    })?;
    let names = found.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(Value::list(names.map(|name| Value::str(&String::from_utf8_lossy(name))).collect()))
}

fn set_xattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (name, follow) = (path_of(interp, &args[1])?, interp.truth(&args[4])?);
    let value = bytes_argument(interp, &args[2])?.to_vec();
    let flags = XattrFlags::from_bits_retain(interp.expect_int(&args[3])? as u32);
    at(interp, &args[0], &Value::NONE, |_, path| {
        if follow {
            rustix::fs::setxattr(path, name.as_str(), &value, flags)
        } else {
            rustix::fs::lsetxattr(path, name.as_str(), &value, flags)
        }
    })?;
    Ok(Value::NONE)
}

fn remove_xattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (name, follow) = (path_of(interp, &args[1])?, interp.truth(&args[2])?);
    at(interp, &args[0], &Value::NONE, |_, path| {
        if follow {
            rustix::fs::removexattr(path, name.as_str())
        } else {
            rustix::fs::lremovexattr(path, name.as_str())
        }
    })?;
    Ok(Value::NONE)
}
