//! What apy says of wrong calls of built-in functions and methods, against CPython 3.13:
//! `tests/wrong_calls.py` says how. Skipped, loudly, where there is no CPython 3.13.

use std::path::Path;
use std::process::Command;

/// The script's exit code when there is no CPython 3.13.
const NO_CPYTHON: i32 = 77;

#[test]
fn wrong_calls_are_worded_as_in_cpython() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong_calls.py");
    let done = match Command::new("python3").arg(script).arg(env!("CARGO_BIN_EXE_apy")).output() {
        Ok(done) => done,
        Err(error) => {
            eprintln!("SKIPPED: wrong calls are not compared: python3 does not run: {error}");
            return;
        }
    };
    let report = String::from_utf8_lossy(&done.stdout);
    match done.status.code() {
        Some(0) => {}
        Some(NO_CPYTHON) => eprintln!("SKIPPED: {report}"),
        _ => panic!("{report}\n{}", String::from_utf8_lossy(&done.stderr)),
    }
}
