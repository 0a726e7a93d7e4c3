//! Planted bugs that asyncio's own order hides: `--schedule explore` finds each of them, the seed
//! repeats the run, the recorded departures repeat it without the seed, and few of them suffice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Seeds that are tried before a bug counts as not found.
const SEEDS: u64 = 500;

#[derive(Debug, PartialEq)]
struct Run {
    out: String,
    err: String,
    exit: Option<i32>,
}

fn run(script: &Path, options: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apy"));
    let done = command.arg("--virtual-time").args(options).arg(script).output().unwrap();
    Run {
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
        exit: done.status.code(),
    }
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/asyncio/schedule");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "apy")).collect();
    scripts.sort();
    assert!(!scripts.is_empty());
    scripts
}

/// The choices of a run that ended by showing them.
fn choices(run: &Run) -> Vec<String> {
    let line = run.err.lines().last().unwrap();
    let list = line.strip_prefix("--schedule replay=").unwrap();
    list.split(',').filter(|choice| !choice.is_empty()).map(str::to_owned).collect()
}

fn replay(script: &Path, choices: &[String]) -> Run {
    run(script, &["--schedule", &format!("replay={}", choices.join(","))])
}

/// Leave out choices, many at a time and then few, as long as the run still ends as `bug` did.
fn shrink(script: &Path, bug: &Run, mut choices: Vec<String>) -> Vec<String> {
    let mut size = choices.len();
    while size > 0 {
        let mut at = 0;
        while at < choices.len() {
            let mut fewer = choices.clone();
            fewer.drain(at..(at + size).min(choices.len()));
            let again = replay(script, &fewer);
            if (&again.out, again.exit) == (&bug.out, bug.exit) {
                choices = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    choices
}

#[test]
fn explore_finds_planted_bugs_and_repeats_them() {
    for script in scripts() {
        let name = script.file_name().unwrap().to_string_lossy().into_owned();
        let expected = fs::read_to_string(script.with_extension("out")).unwrap();
        let explore = |seed: u64| {
            run(&script, &["--schedule", "explore", "--seed", &seed.to_string(), "--show-schedule"])
        };
        let found = (0..SEEDS).find_map(|seed| {
            let run = explore(seed);
            (run.out != expected).then_some((seed, run))
        });
        let (seed, bug) = found.unwrap_or_else(|| panic!("{name}: {SEEDS} seeds found nothing"));
        assert_eq!(bug, explore(seed), "{name}: seed {seed} does not repeat");

        let recorded = choices(&bug);
        let again = replay(&script, &recorded);
        assert_eq!((&again.out, again.exit), (&bug.out, bug.exit), "{name}: the record does not repeat it");
        let least = shrink(&script, &bug, recorded);
        assert!((1..=8).contains(&least.len()), "{name}: {least:?} remain");
    }
}

#[test]
fn every_seed_repeats_and_fifo_is_asyncio() {
    for script in scripts() {
        let expected = fs::read_to_string(script.with_extension("out")).unwrap();
        assert_eq!(run(&script, &["--schedule", "fifo", "--seed", "3"]).out, expected);
        for order in ["shuffle", "explore"] {
            for seed in (1..=8).chain([77, u64::MAX]) {
                let seed = seed.to_string();
                let options = ["--schedule", order, "--seed", &seed, "--show-schedule"];
                assert_eq!(run(&script, &options), run(&script, &options), "{}", script.display());
            }
        }
    }
}

/// What asyncio promises holds under every seed.
#[test]
fn promises_are_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedules");
    for name in ["callbacks.apy", "fairness.apy", "timers.apy"] {
        let script = folder.join(name);
        let expected = run(&script, &[]);
        assert_eq!(expected.exit, Some(0), "{}", expected.err);
        for seed in 0..40_u64 {
            let run = run(&script, &["--schedule", "explore", "--seed", &seed.to_string()]);
            assert_eq!(run, expected, "{name}, seed {seed}");
        }
    }
}
