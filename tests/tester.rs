//! Tests of `apy test` itself: each file in `tests/tester/` holds a small suite and a transcript.
//!
//! ```text
//! == hello.apy             a file of the suite
//! print("hello")  # expect: hello
//! == transcript
//! $ apy test -v            a command; `NAME=VALUE` may stand before it, `<<< y n` after it
//! pass  hello.apy          what it prints, standard error last
//! [1]                      its exit code, if that is not 0
//! $ cat hello.apy          shows a file
//! $ write hello.apy        replaces a file by the lines that follow, up to an empty one
//! ```
//!
//! `APY_BLESS=1` writes what was printed into the transcripts: look at the difference.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tester");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder exists").map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut trials: Vec<Trial> = paths
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let cannot_run = name == "cpython" && !has_cpython();
            Trial::test(name, move || run(&path)).with_ignored_flag(cannot_run)
        })
        .collect();
    trials.push(Trial::test("watch", watch));
    trials.push(Trial::test("junit_schema", junit_schema));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Whether the command of the transcript `cpython` is there.
fn has_cpython() -> bool {
    let probe = "import sys; sys.exit(sys.version_info[:2] != (3, 13))";
    let done = Command::new("python3.13").env("PYENV_VERSION", "3.13.0").args(["-c", probe]).status();
    done.is_ok_and(|status| status.success())
}

/// `--watch` runs what changes.
fn watch() -> Result<(), Failed> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tester-watch");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("suite"))?;
    let suite = folder.join("suite");
    fs::write(suite.join("one.apy"), "print(1)  # expect: 1\n")?;
    fs::write(suite.join("two.apy"), "import _helper\nprint(_helper.x)  # expect: 2\n")?;
    fs::write(suite.join("_helper.apy"), "x = 2\n")?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_apy"))
        .args(["test", "--watch", "--no-times", "-v"])
        .current_dir(&suite)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut until_quiet = || -> Result<Vec<String>, Failed> {
        let mut seen = Vec::new();
        for line in lines.by_ref() {
            let line = line?;
            if line.starts_with("waiting for changes") {
                return Ok(seen);
            }
            seen.push(line);
        }
        Err("it ended".into())
    };
    let outcome = (|| {
        let first = until_quiet()?;
        fs::write(suite.join("one.apy"), "print(1)  # expect: 3\n")?;
        let script = until_quiet()?;
        fs::write(suite.join("_helper.apy"), "x = 4\n")?;
        let helper = until_quiet()?;
        Ok::<_, Failed>((first, script, helper))
    })();
    child.kill()?;
    child.wait()?;
    let (first, script, helper) = outcome?;
    assert_eq!(first, ["pass  one.apy", "pass  two.apy", "2 passed"]);
    assert_eq!(script.last().map(String::as_str), Some("1 failed, 0 passed"), "{script:?}");
    assert_eq!(helper.last().map(String::as_str), Some("2 failed, 0 passed"), "{helper:?}");
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Of each element of JUnit's XML as build servers read it: the attributes that it must and may
/// have, and the elements in it, in this order where there are several kinds.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);
const JUNIT: &[Rule] = &[
    ("testsuites", &[], &["name", "time", "tests", "failures", "disabled", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests"],
        &["failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name", "classname", "time"],
        &["assertions", "status"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &[], &["message"], &[]),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
];

/// What `--junit` writes keeps to the schema, whatever tests print.
fn junit_schema() -> Result<(), Failed> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tester-junit");
    let _ = fs::remove_dir_all(&folder);
    let suite = folder.join("suite");
    fs::create_dir_all(suite.join("a/b & c"))?;
    for (name, text) in [
        ("pass.apy", "print(1)  # expect: 1\n"),
        ("skip.apy", "# skip: <not> & \"now\"\nprint(1)  # expect: 1\n"),
        ("xfail.apy", "# xfail: ]]> 'later'\nprint(1)  # expect: 2\n"),
        (
            "a/nasty.apy",
            "print('\\x1b[31m\\x00\\x07\\ufffe ]]> <&>\\ud800'.encode('utf-8', 'replace').decode())  # expect: x\n",
        ),
        ("a/raises.apy", "raise ValueError('<\\x01>\\udc80')  # expect-error: KeyError\n"),
        ("a/b & c/refused.apy", "x = (  # expect: 1\n"),
        ("a/b & c/leak.apy", "import asyncio\nasync def f(): pass\nf()\nprint(1)  # expect: 1\n"),
        ("a/b & c/killed.apy", "import os\nos.kill(os.getpid(), 9)  # expect: 1\n"),
    ] {
        fs::write(suite.join(name), text)?;
    }
    Command::new(env!("CARGO_BIN_EXE_apy"))
        .args(["test", "--junit", "../report.xml"])
        .current_dir(&suite)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::null())
        .output()?;
    let text = fs::read_to_string(folder.join("report.xml"))?;
    let counts = check_junit(&text)?;
    assert_eq!(counts, [8, 5, 2], "tests, failures, skipped:\n{text}");
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Check a report against [`JUNIT`]; the numbers of tests, failures and skipped ones.
fn check_junit(text: &str) -> Result<[usize; 3], Failed> {
    use quick_xml::events::Event;
    let allowed = |c: char| c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}' || matches!(c, '\n' | '\t' | '\r');
    if let Some(bad) = text.chars().find(|&c| !allowed(c)) {
        return Err(format!("{bad:?} is no character of XML").into());
    }
    let mut reader = quick_xml::Reader::from_str(text);
    // The open elements: their rules, and the place of the last child in its order.
    let mut open: Vec<(&Rule, usize)> = Vec::new();
    let mut seen = [0; 3];
    // What the open suite says of itself, and what it said before: tests, failures, skipped.
    let mut announced = [0; 3];
    loop {
        let event = reader.read_event()?;
        let (element, is_empty) = match &event {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = String::from_utf8(element.name().as_ref().to_vec())?;
        let rule = JUNIT.iter().find(|rule| rule.0 == name).ok_or(format!("no element <{name}>"))?;
        match open.last_mut() {
            None if name == "testsuites" => {}
            None => return Err("the root is not <testsuites>".into()),
            Some((parent, last)) => {
                let place = parent.3.iter().position(|child| *child == name);
                let place = place.ok_or(format!("<{name}> in <{}>", parent.0))?;
                if place < *last {
                    return Err(format!("<{name}> too late in <{}>", parent.0).into());
                }
                *last = place;
            }
        }
        let mut found = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute?;
            let key = String::from_utf8(attribute.key.as_ref().to_vec())?;
            let value = String::from_utf8(attribute.value.to_vec())?;
            if !rule.1.contains(&key.as_str()) && !rule.2.contains(&key.as_str()) {
                return Err(format!("<{name}> has no attribute {key}").into());
            }
            if key == "time" {
                value.parse::<f64>()?;
            }
            if let Some(kind) = ["tests", "failures", "skipped"].iter().position(|kind| *kind == key) {
                let number: usize = value.parse()?;
                if name == "testsuite" {
                    announced[kind] += number;
                }
            }
            found.push(key);
        }
        if let Some(missing) = rule.1.iter().find(|key| !found.iter().any(|found| found == *key)) {
            return Err(format!("<{name}> without {missing}").into());
        }
        match name.as_str() {
            "testcase" => seen[0] += 1,
            "failure" => seen[1] += 1,
            "skipped" => seen[2] += 1,
            _ => {}
        }
        if !is_empty {
            open.push((rule, 0));
        }
    }
    if announced != seen {
        return Err(format!("suites announce {announced:?}, but hold {seen:?}").into());
    }
    Ok(seen)
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let (suite, transcript) = text.split_once("== transcript\n").ok_or("there is no transcript")?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tester-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("suite"))?;
    for part in format!("\n{}", suite.trim_end_matches('\n')).split("\n== ").skip(1) {
        let (file, content) = match part.split_once('\n') {
            Some((file, content)) => (file, format!("{content}\n")),
            None => (part, String::new()),
        };
        let file = folder.join("suite").join(file);
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        fs::write(file, content)?;
    }
    let mut got = String::new();
    let mut lines = transcript.lines();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else { continue };
        got.push_str(&format!("$ {command}\n"));
        if let Some(file) = command.strip_prefix("write ") {
            let content: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            got.push_str(&content.iter().map(|line| format!("{line}\n")).collect::<String>());
            got.push('\n');
            fs::write(folder.join("suite").join(file), content.join("\n") + "\n")?;
        } else {
            got.push_str(&perform(command, &folder)?);
        }
    }
    fs::remove_dir_all(&folder)?;
    if got == transcript {
        return Ok(());
    }
    if std::env::var_os("APY_BLESS").is_some() {
        fs::write(path, format!("{suite}== transcript\n{got}"))?;
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(transcript, &got);
    Err(diff.unified_diff().header("expected", "printed").to_string().into())
}

fn perform(command: &str, folder: &Path) -> Result<String, Failed> {
    let suite = folder.join("suite");
    let (command, input) = command.split_once(" <<< ").unwrap_or((command, ""));
    let mut words = command.split(' ').peekable();
    let mut env: Vec<(&str, &str)> = Vec::new();
    while let Some(setting) = words.next_if(|word| word.contains('=') && !word.starts_with('-')) {
        env.extend(setting.split_once('='));
    }
    let (program, args): (&str, Vec<&str>) = (words.next().unwrap_or_default(), words.collect());
    match program {
        "cat" => return Ok(fs::read_to_string(suite.join(args[0]))?),
        "ls" => {
            let mut names: Vec<String> =
                fs::read_dir(&suite)?.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            return Ok(names.join(" ") + "\n");
        }
        "apy" => {}
        _ => return Err(format!("unknown command {program:?}").into()),
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_apy"));
    child.args(&args).current_dir(&suite);
    if args.first() == Some(&"test") {
        child.arg("--no-times");
    }
    for name in ["CI", "GITHUB_ACTIONS", "NO_COLOR", "TERM"] {
        child.env_remove(name);
    }
    child.env("XDG_CACHE_HOME", folder.join("cache")).envs(env);
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        use std::io::Write;
        // It may not want to know.
        let _ = stdin.write_all(input.replace(' ', "\n").as_bytes());
    }
    let done = child.wait_with_output()?;
    let mut text = String::from_utf8_lossy(&done.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&done.stderr));
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(" (no line end)\n");
    }
    // Empty lines would end a `write`; and nobody sees the spaces at the end of a line.
    let text = text.replace(&suite.display().to_string(), "[SUITE]");
    match done.status.code() {
        Some(0) => Ok(text),
        Some(code) => Ok(format!("{text}[{code}]\n")),
        None => Ok(format!("{text}[killed]\n")),
    }
}
