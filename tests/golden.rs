//! One test per golden script and example: what `apy test tests/golden examples` runs, by the
//! same runner, so that both agree. `src/testing` explains the files beside a script and the
//! directives of its opening comment (`apy test --directives` lists them).
//!
//! `.out`, `.err` and `.diag` are written by `tests/oracle.py --bless` from what CPython 3.13
//! prints. `APY_BLESS=1` rewrites the files that cannot come from CPython: `.err` where apy's
//! report differs by design, and `.out` of goldens that skip CPython.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use apy::testing;
use apy::testing::case::Case;
use apy::testing::discover::discover;
use apy::testing::process::Limits;
use apy::testing::runner::{Setting, Verdict};
use apy::testing::update::update;
use libtest_mimic::{Arguments, Failed, Trial};

/// The debug build is slow, and the machine may be busy.
const LIMIT: Duration = Duration::from_secs(60);

/// The exit code of `tests/oracle.py` when there is no CPython 3.13.
const NO_CPYTHON: i32 = 77;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/golden", "examples"].map(|folder| root.join(folder));
    let found = discover(&folders, &root, true).expect("the goldens can be read");
    let scratch = std::env::temp_dir().join(format!("apy-golden-{}", std::process::id()));
    let setting = Arc::new(Setting {
        program: PathBuf::from(env!("CARGO_BIN_EXE_apy")),
        limits: Limits { time: LIMIT, ..Limits::default() },
        is_virtual: true,
        checks_leaks: true,
        allowed: Vec::new(),
        schedule: None,
        scratch: scratch.clone(),
    });
    let mut trials = vec![Trial::test("oracle", run_oracle)];
    for path in found.orphans {
        let message = format!("{}: there is no script of this name", path.display());
        trials.push(Trial::test(path.display().to_string(), move || Err(message.into())));
    }
    for case in found.cases {
        let name = case.name.trim_start_matches("tests/golden/").trim_end_matches(".apy").to_owned();
        let setting = Arc::clone(&setting);
        trials.push(Trial::test(name, move || run_golden(&case, &setting)));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // What a killed process left there; most runs leave nothing.
    let _ = std::fs::remove_dir_all(scratch);
    conclusion.exit_code()
}

fn run_golden(case: &Case, setting: &Setting) -> Result<(), Failed> {
    if std::env::var_os("APY_BLESS").is_some() {
        return bless(case, setting);
    }
    let ran = setting.run(case);
    match &ran.verdict {
        Verdict::Failed(problems) => {
            let style = testing::plain_style();
            let text: String = problems.iter().map(|problem| style.problem(case, problem)).collect();
            Err(text.into())
        }
        _ => Ok(()),
    }
}

/// Write the files that cannot come from CPython, then check.
fn bless(case: &Case, setting: &Setting) -> Result<(), Failed> {
    let mut ran = setting.run(case);
    if case.err.is_some() && case.has_own_stderr() {
        std::fs::write(case.side_file("err"), &ran.seen.err)?;
    }
    if case.header.skip_cpython.is_some() && case.header.not_yet.is_none() {
        for write in update(case, &ran.seen, false, &mut |_| true) {
            match write.content {
                Some(content) => std::fs::write(write.path, content)?,
                None => std::fs::remove_file(write.path)?,
            }
        }
    }
    let defaults = testing::case::Defaults::default().of(case.folder());
    ran = setting.run(&Case::read(&case.path, case.name.clone(), &defaults)?);
    match ran.is_failed() {
        true => Err(format!("{:?}", ran.problems()).into()),
        false => Ok(()),
    }
}

fn run_oracle() -> Result<(), Failed> {
    if std::env::var_os("APY_SKIP_ORACLE").is_some() {
        return skip_oracle("APY_SKIP_ORACLE is set");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle.py");
    let Ok(done) = Command::new("python3").arg(script).output() else {
        return skip_oracle("python3 was not found");
    };
    let text = String::from_utf8_lossy(&done.stdout);
    match done.status.code() {
        Some(0) => {
            eprint!("{text}");
            Ok(())
        }
        Some(NO_CPYTHON) => skip_oracle("CPython 3.13 was not found"),
        _ => Err(format!("{text}{}", String::from_utf8_lossy(&done.stderr)).into()),
    }
}

fn skip_oracle(why: &str) -> Result<(), Failed> {
    eprintln!("\n*** SKIPPED: the goldens were NOT compared with CPython: {why} ***\n");
    Ok(())
}
