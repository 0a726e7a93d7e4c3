//! Failures of the system as exceptions: the class by the number, CPython's arguments.

use crate::object::{CoreType, Interpreter, Raised, Value};
use rustix::io::Errno;

/// The subclass of OSError that stands for an error number.
pub fn class_of_errno(number: i32) -> CoreType {
    match Errno::from_raw_os_error(number) {
        Errno::AGAIN | Errno::ALREADY | Errno::INPROGRESS => CoreType::BlockingIOError,
        Errno::PIPE | Errno::SHUTDOWN => CoreType::BrokenPipeError,
        Errno::CHILD => CoreType::ChildProcessError,
        Errno::CONNABORTED => CoreType::ConnectionAbortedError,
        Errno::CONNREFUSED => CoreType::ConnectionRefusedError,
        Errno::CONNRESET => CoreType::ConnectionResetError,
        Errno::EXIST => CoreType::FileExistsError,
        Errno::NOENT => CoreType::FileNotFoundError,
        Errno::ISDIR => CoreType::IsADirectoryError,
        Errno::NOTDIR => CoreType::NotADirectoryError,
        Errno::INTR => CoreType::InterruptedError,
        Errno::ACCESS | Errno::PERM => CoreType::PermissionError,
        Errno::SRCH => CoreType::ProcessLookupError,
        Errno::TIMEDOUT => CoreType::TimeoutError,
        _ => CoreType::OSError,
    }
}

/// The system's text for an error number, as `os.strerror`.
pub fn error_text(number: i32) -> String {
    let text = std::io::Error::from_raw_os_error(number).to_string();
    // The standard library appends " (os error 2)".
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// An OSError for an error number, about a file if one is given.
pub fn os_error(interp: &mut dyn Interpreter, number: i32, file: Option<&Value>) -> Raised {
    let mut arguments = vec![Value::int(number as i64), Value::str(&error_text(number))];
    arguments.extend(file.cloned());
    // Called as scripts call it, since the class sorts the arguments.
    let class = interp.core(class_of_errno(number));
    match interp.call(&class, &arguments).and_then(|exception| interp.to_raised(&exception)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// The OSError of a failed system call.
pub fn errno_error(interp: &mut dyn Interpreter, errno: Errno) -> Raised {
    os_error(interp, errno.raw_os_error(), None)
}

/// The OSError of a failed operation of the standard library.
pub fn io_error(interp: &mut dyn Interpreter, error: &std::io::Error, file: Option<&Value>) -> Raised {
    // A wait that Ctrl-C broke off.
    if error.kind() == std::io::ErrorKind::Interrupted
        && let Err(raised) = interp.poll()
    {
        return raised;
    }

    match error.raw_os_error() {
        Some(number) => os_error(interp, number, file),
        None => interp.raise(CoreType::OSError, &error.to_string()),
    }
}
