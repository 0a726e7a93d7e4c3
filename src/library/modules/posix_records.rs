//! The tuples with names that `os` returns.

use crate::library::types::struct_sequence::{self, Fields, field, with_hidden};
use crate::library::types::tuple::TUPLE;
use crate::object::spec::{GetterRow, NativeRow, member, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, TypeSpec, Value};
use rustix::fs::Stat;

/// A class of named tuples: its fields, how many of them count as items, its getters.
macro_rules! record {
    ($fields:ident $spec:ident $module:literal $name:literal $doc:literal $new:expr,
     [$($all:literal)+] $visible:literal, [$($index:literal $field:literal $about:literal,)+]) => {
        pub struct $fields;

        impl Fields for $fields {
            const NAMES: &'static [&'static str] = &[$($all),+];
            const VISIBLE: usize = $visible;

            fn spec() -> &'static TypeSpec {
                &$spec
            }
        }

        static $spec: TypeSpec = TypeSpec {
            name: $name,
            module: $module,
            doc: $doc,
            base: Some(&TUPLE),
            methods: {
                const METHODS: &[NativeRow] = &[
                    native("__new__", "sequence, dict=?", $new, "A tuple with names.").as_new(),
                    native("__reduce__", "", struct_sequence::reduce::<$fields>, "What pickle keeps."),
                    native(
                        "__replace__",
                        "**changes",
                        struct_sequence::replace::<$fields>,
                        "Return a copy of the structure with new values for the specified fields.",
                    ),
                    native("__repr__", "", struct_sequence::repr_visible::<$fields>, "Return repr(self)."),
                ];
                METHODS
            },
            getters: {
                const GETTERS: &[GetterRow] = &[$(member($field, field::<$fields, $index>, $about)),+];
                GETTERS
            },
            ..TypeSpec::EMPTY
        };
    };
}

record! {
    StatResult STAT_RESULT "os" "stat_result"
    "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on."
    new_stat_result,
    ["st_mode" "st_ino" "st_dev" "st_nlink" "st_uid" "st_gid" "st_size" "" "" "" "st_atime" "st_mtime" "st_ctime"
     "st_atime_ns" "st_mtime_ns" "st_ctime_ns" "st_blksize" "st_blocks" "st_rdev"] 10,
    [
        0 "st_mode" "protection bits",
        1 "st_ino" "inode",
        2 "st_dev" "device",
        3 "st_nlink" "number of hard links",
        4 "st_uid" "user ID of owner",
        5 "st_gid" "group ID of owner",
        6 "st_size" "total size, in bytes",
        10 "st_atime" "time of last access",
        11 "st_mtime" "time of last modification",
        12 "st_ctime" "time of last change",
        13 "st_atime_ns" "time of last access in nanoseconds",
        14 "st_mtime_ns" "time of last modification in nanoseconds",
        15 "st_ctime_ns" "time of last change in nanoseconds",
        16 "st_blksize" "blocksize for filesystem I/O",
        17 "st_blocks" "number of blocks allocated",
        18 "st_rdev" "device type (if inode device)",
    ]
}

record! {
    StatvfsResult STATVFS_RESULT "os" "statvfs_result"
    "statvfs_result: Result from statvfs or fstatvfs."
    struct_sequence::new::<StatvfsResult>,
    ["f_bsize" "f_frsize" "f_blocks" "f_bfree" "f_bavail" "f_files" "f_ffree" "f_favail" "f_flag" "f_namemax"
     "f_fsid"] 10,
    [
        0 "f_bsize" "", 1 "f_frsize" "", 2 "f_blocks" "", 3 "f_bfree" "", 4 "f_bavail" "", 5 "f_files" "",
        6 "f_ffree" "", 7 "f_favail" "", 8 "f_flag" "", 9 "f_namemax" "", 10 "f_fsid" "",
    ]
}

record! {
    UnameResult UNAME_RESULT "posix" "uname_result"
    "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information."
    struct_sequence::new::<UnameResult>,
    ["sysname" "nodename" "release" "version" "machine"] 5,
    [
        0 "sysname" "operating system name",
        1 "nodename" "name of machine on network (implementation-defined)",
        2 "release" "operating system release",
        3 "version" "operating system version",
        4 "machine" "hardware identifier",
    ]
}

record! {
    TerminalSize TERMINAL_SIZE "os" "terminal_size"
    "A tuple of (columns, lines) for holding terminal window size"
    struct_sequence::new::<TerminalSize>,
    ["columns" "lines"] 2,
    [
        0 "columns" "width of the terminal window in characters",
        1 "lines" "height of the terminal window in characters",
    ]
}

record! {
    TimesResult TIMES_RESULT "posix" "times_result"
    "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information."
    struct_sequence::new::<TimesResult>,
    ["user" "system" "children_user" "children_system" "elapsed"] 5,
    [
        0 "user" "user time",
        1 "system" "system time",
        2 "children_user" "user time of children",
        3 "children_system" "system time of children",
        4 "elapsed" "elapsed time since an arbitrary point in the past",
    ]
}

/// The times given as whole numbers stand for the exact ones where these are missing.
fn new_stat_result(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let made = struct_sequence::new::<StatResult>(interp, args)?;
    if let (Some(instance), Some(items)) = (made.as_instance(), made.tuple_like()) {
        for (name, seconds) in ["st_atime", "st_mtime", "st_ctime"].into_iter().zip(&items[7..]) {
            let name = intern(name);
            if instance.own_attribute(&name).is_none_or(|time| time.is_none()) {
                instance.set_own_attribute(&name, seconds.clone());
            }
        }
    }
    Ok(made)
}

/// `os.stat_result`.
pub fn stat_result(interp: &mut dyn Interpreter, found: &Stat) -> Value {
    let times = [
        (found.st_atime, found.st_atime_nsec),
        (found.st_mtime, found.st_mtime_nsec),
        (found.st_ctime, found.st_ctime_nsec),
    ];
    let mut fields = vec![
        Value::int(found.st_mode.into()),
        Value::uint(found.st_ino),
        Value::uint(found.st_dev),
        Value::uint(found.st_nlink),
        Value::int(found.st_uid.into()),
        Value::int(found.st_gid.into()),
        Value::int(found.st_size),
    ];
    fields.extend(times.map(|(seconds, _)| Value::int(seconds)));
    fields.extend(times.map(|(seconds, nanos)| Value::float(seconds as f64 + 1e-9 * nanos as f64)));
    fields.extend(times.map(|(seconds, nanos)| Value::int(seconds * 1_000_000_000 + nanos as i64)));
    fields.extend([Value::int(found.st_blksize), Value::int(found.st_blocks), Value::uint(found.st_rdev)]);
    with_hidden::<StatResult>(interp, fields)
}
