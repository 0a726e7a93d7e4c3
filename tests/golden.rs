//! One test per golden script and example: run `apy` on it and compare.
//!
//! Beside `name.apy` lie `name.out` (standard output), `name.err` (standard error; absent means
//! empty) and, where CPython refuses the file, `name.diag` (what apy's report must say). All are
//! written by `tests/oracle.py --bless` from what CPython 3.13 prints. The script's opening comment
//! may hold directives:
//!
//! ```text
//! # flags: --virtual-time      options for apy
//! # args: one two              arguments for the script
//! # stdin: input.txt           a file beside the script
//! # exit: 3                    the exit code (default 0, or 1 with a .diag)
//! # stderr-has: TEXT           must occur in standard error, instead of an exact .err
//! # stderr: any                standard error is not compared
//! # skip-cpython: REASON       CPython has no counterpart; .out is apy's own
//! # not-yet: except* clause    apy must refuse the file, naming this, until it is supported
//! ```
//!
//! `APY_BLESS=1` rewrites the files that cannot come from CPython: `.err` where apy's report differs
//! by design, and `.out` of goldens that skip CPython.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

const LIMIT: Duration = Duration::from_secs(20);

/// The exit code of `tests/oracle.py` when there is no CPython 3.13.
const NO_CPYTHON: i32 = 77;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut scripts = Vec::new();
    for folder in ["tests/golden", "examples"] {
        collect_scripts(&root.join(folder), &mut scripts);
    }
    let mut trials = vec![Trial::test("oracle", run_oracle)];
    for path in scripts {
        let name = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
        let name = name.trim_start_matches("tests/golden/").to_owned();
        trials.push(Trial::test(name, move || run_golden(&Golden::read(&path))));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Finds the `.apy` files under `folder`; a leading underscore marks modules that goldens import.
fn collect_scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.file_name().unwrap().to_string_lossy().starts_with('_') {
            continue;
        }
        if path.is_dir() {
            collect_scripts(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "apy") {
            found.push(path);
        }
    }
}

/// A script and what its opening comment asks for.
#[derive(Default)]
struct Golden {
    path: PathBuf,
    flags: Vec<String>,
    args: Vec<String>,
    stdin: Option<String>,
    exit: Option<i32>,
    stderr_has: Vec<String>,
    stderr_any: bool,
    skips_cpython: bool,
    not_yet: Option<String>,
}

impl Golden {
    fn read(path: &Path) -> Golden {
        let mut golden = Golden { path: path.to_owned(), ..Golden::default() };
        let text = fs::read(path).unwrap();
        for line in String::from_utf8_lossy(&text).lines() {
            let Some(comment) = line.strip_prefix('#') else { break };
            let Some((key, value)) = comment.trim_start().split_once(": ") else { continue };
            let words = || value.split_whitespace().map(str::to_owned).collect();
            match key {
                "flags" => golden.flags = words(),
                "args" => golden.args = words(),
                "stdin" => golden.stdin = Some(value.trim().to_owned()),
                "exit" => golden.exit = Some(value.trim().parse().expect("an exit code")),
                "stderr-has" => golden.stderr_has.push(value.to_owned()),
                "stderr" => golden.stderr_any = value.trim() == "any",
                "skip-cpython" => golden.skips_cpython = true,
                "not-yet" => golden.not_yet = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        golden
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap()
    }

    fn side_file(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    /// Whether `.err`, if there is one, is apy's own wording rather than CPython's.
    fn has_own_stderr(&self) -> bool {
        self.stderr_any || !self.stderr_has.is_empty() || self.side_file("diag").exists()
    }
}

struct Outcome {
    out: String,
    err: String,
    exit: Option<i32>,
}

fn run_golden(golden: &Golden) -> Result<(), Failed> {
    let outcome = run_apy(golden)?;
    if std::env::var_os("APY_BLESS").is_some() {
        bless(golden, &outcome);
    }
    if let Some(feature) = &golden.not_yet {
        return check_refusal(feature, &outcome);
    }
    let mut problems = Vec::new();
    match fs::read_to_string(golden.side_file("out")) {
        Ok(want) => compare("stdout", &want, &outcome.out, &mut problems),
        Err(_) => problems.push("no .out file: run `python3 tests/oracle.py --bless`".to_owned()),
    }
    check_stderr(golden, &outcome.err, &mut problems);
    let want = golden.exit.unwrap_or(golden.side_file("diag").exists() as i32);
    if outcome.exit != Some(want) {
        let got = outcome.exit.map_or("killed by a signal".to_owned(), |code| format!("exit code {code}"));
        problems.push(format!("{got} instead of exit code {want}; stderr:\n{}", outcome.err));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// What apy does not know yet it must name, before it runs anything.
fn check_refusal(feature: &str, outcome: &Outcome) -> Result<(), Failed> {
    let refusal = format!("SyntaxError: {feature} is not supported yet by apy");
    if outcome.err.lines().next() == Some(&refusal) && outcome.exit == Some(1) && outcome.out.is_empty() {
        return Ok(());
    }
    let Outcome { out, err, exit } = outcome;
    Err(format!("neither refused with {refusal:?} nor is the line `# not-yet:` gone:\n{exit:?}\n{out}{err}")
        .into())
}

fn run_apy(golden: &Golden) -> Result<Outcome, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apy"));
    command.args(&golden.flags).arg(golden.path.file_name().unwrap()).args(&golden.args);
    command.current_dir(golden.folder()).env("NO_COLOR", "1");
    command.stdin(match &golden.stdin {
        Some(name) => Stdio::from(File::open(golden.folder().join(name))?),
        None => Stdio::null(),
    });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let out = read_in_background(child.stdout.take().unwrap());
    let err = read_in_background(child.stderr.take().unwrap());
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Err(format!("still running after {LIMIT:?}").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let text = |bytes: Vec<u8>| normalise(&String::from_utf8_lossy(&bytes), golden.folder());
    Ok(Outcome { out: text(out.join().unwrap()), err: text(err.join().unwrap()), exit: status.code() })
}

fn read_in_background(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// Drops what depends on the machine, as `normalise` in `tests/oracle.py` does: the folder's path,
/// and addresses.
fn normalise(text: &str, folder: &Path) -> String {
    let text = text.replace(&format!("{}/", folder.display()), "");
    let mut pieces = text.split(" at 0x");
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        result.push_str(" at 0x...");
        result.push_str(piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    result
}

fn check_stderr(golden: &Golden, err: &str, problems: &mut Vec<String>) {
    for text in &golden.stderr_has {
        if !err.contains(text.as_str()) {
            problems.push(format!("stderr lacks {text:?}:\n{err}"));
        }
    }
    if let Ok(facts) = fs::read_to_string(golden.side_file("diag")) {
        let mut facts = facts.lines();
        let message = facts.next().unwrap_or_default();
        if err.lines().next() != Some(message) {
            problems.push(format!("the report does not open with {message:?}:\n{err}"));
        }
        let place = format!("{}:", facts.next().unwrap_or_default());
        if !err.contains(&place) {
            problems.push(format!("the report does not name {place:?}:\n{err}"));
        }
    }
    match fs::read_to_string(golden.side_file("err")) {
        Ok(want) => compare("stderr", &want, err, problems),
        Err(_) if !golden.has_own_stderr() => compare("stderr", "", err, problems),
        Err(_) => {}
    }
}

fn bless(golden: &Golden, outcome: &Outcome) {
    if golden.side_file("err").exists() && golden.has_own_stderr() {
        fs::write(golden.side_file("err"), &outcome.err).unwrap();
    }
    if golden.skips_cpython {
        fs::write(golden.side_file("out"), &outcome.out).unwrap();
        if !golden.has_own_stderr() && !outcome.err.is_empty() {
            fs::write(golden.side_file("err"), &outcome.err).unwrap();
        }
    }
}

fn compare(what: &str, want: &str, got: &str, problems: &mut Vec<String>) {
    if want != got {
        problems.push(format!("{what} differs (- expected, + got):\n{}", diff(want, got)));
    }
}

/// The lines of both texts, in order, with up to three equal ones around each change.
fn diff(want: &str, got: &str) -> String {
    const CONTEXT: usize = 3;
    const MOST: usize = 2000;
    let want: Vec<&str> = want.split_inclusive('\n').take(MOST).collect();
    let got: Vec<&str> = got.split_inclusive('\n').take(MOST).collect();
    // common[i][j]: the length of the longest common subsequence of want[i..] and got[j..].
    let mut common = vec![vec![0u16; got.len() + 1]; want.len() + 1];
    for i in (0..want.len()).rev() {
        for j in (0..got.len()).rev() {
            common[i][j] = if want[i] == got[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < want.len() || j < got.len() {
        if i < want.len() && j < got.len() && want[i] == got[j] {
            lines.push((' ', want[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < want.len() && (j == got.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', want[i]));
            i += 1;
        } else {
            lines.push(('+', got[j]));
            j += 1;
        }
    }
    let mut text = String::new();
    let mut hidden = false;
    for (at, (sign, line)) in lines.iter().enumerate() {
        let near = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
        if near.iter().any(|(sign, _)| *sign != ' ') {
            text.push_str(&format!("  {sign} {}", line.trim_end_matches('\n')));
            text.push_str(if line.ends_with('\n') { "\n" } else { "  (no line end)\n" });
            hidden = false;
        } else if !hidden {
            text.push_str("  ...\n");
            hidden = true;
        }
    }
    text
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
