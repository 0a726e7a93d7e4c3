//! `apy test`: its options.

use crate::testing::discover::Selection;
use crate::testing::report::human::Style;
use crate::testing::report::paint::Paint;
use crate::testing::{self, Reports, Update};
use clap::{ArgAction, Parser, ValueEnum};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Copy, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
enum Clock {
    Virtual,
    Real,
}

/// Run scripts and compare what they print with what they should print
#[derive(Parser)]
#[command(name = "apy test", bin_name = "apy test", version, disable_help_subcommand = true)]
struct Options {
    /// Scripts, and folders with scripts; the current folder if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only tests whose name holds TEXT, fits it (with *), or with this tag (tag:NAME); may be repeated
    #[arg(long, short = 'f', value_name = "TEXT", help_heading = "Which tests")]
    filter: Vec<String>,
    /// Only tests that failed last time
    #[arg(long, help_heading = "Which tests")]
    failed: bool,
    /// Only the I-th of N equal shares
    #[arg(long, value_name = "I/N", value_parser = shard, help_heading = "Which tests")]
    shard: Option<(usize, usize)>,
    /// Name the tests and run none
    #[arg(long, help_heading = "Which tests")]
    list: bool,
    /// Run tests that require this (network); may be repeated
    #[arg(long, value_name = "NEED", help_heading = "Which tests")]
    with: Vec<String>,

    /// Tests at once; as many as there are cores by default
    #[arg(
        long,
        short = 'j',
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "How"
    )]
    jobs: usize,
    /// Run each test N times
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, help_heading = "How")]
    repeat: usize,
    /// Run them in an order drawn from SEED
    #[arg(long, value_name = "SEED", help_heading = "How")]
    shuffle: Option<u64>,
    /// Stop at the first failure
    #[arg(long, help_heading = "How")]
    fail_fast: bool,
    /// Seconds of real time that a test may take (10 by default)
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "How")]
    timeout: Option<Duration>,
    /// The clock of tests that do not name one
    #[arg(long, value_enum, default_value_t = Clock::Virtual, help_heading = "How")]
    clock: Clock,
    /// Run each test in N more orders of its tasks: it must pass in all
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "How", conflicts_with_all = ["update", "review", "bless_with", "against", "schedule"])]
    explore: usize,
    /// The order of ready tasks, as `apy --schedule` takes it
    #[arg(long, value_name = "ORDER", help_heading = "How")]
    schedule: Option<String>,
    /// Do not fail tests that leave tasks, files and so on behind
    #[arg(long, help_heading = "How")]
    ignore_leaks: bool,
    /// Run again when files change
    #[arg(long, help_heading = "How", conflicts_with_all = ["list", "update", "review", "prune"])]
    watch: bool,

    /// Expect from now on what is printed now
    #[arg(long, help_heading = "Expectations")]
    update: bool,
    /// The same, but ask about each change
    #[arg(long, help_heading = "Expectations", conflicts_with = "update")]
    review: bool,
    /// Write new expectations into the script rather than beside it
    #[arg(long, help_heading = "Expectations")]
    inline: bool,
    /// Remove expectation files whose script is gone
    #[arg(long, help_heading = "Expectations")]
    prune: bool,
    /// Expect what this CPython prints
    #[arg(long, value_name = "PYTHON", help_heading = "Expectations", conflicts_with_all = ["update", "review", "watch"])]
    bless_with: Option<String>,
    /// Compare with what this CPython prints
    #[arg(long, value_name = "PYTHON", help_heading = "Expectations", conflicts_with_all = ["update", "review", "bless_with"])]
    against: Option<String>,

    /// Also name the tests that pass
    #[arg(long, short = 'v', help_heading = "Reports")]
    verbose: bool,
    /// JSON lines instead of text
    #[arg(long, help_heading = "Reports", conflicts_with = "review")]
    json: bool,
    /// Write JUnit's XML
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    junit: Option<PathBuf>,
    /// Annotations for GitHub (by default when it is GitHub that runs this)
    #[arg(long, help_heading = "Reports")]
    github: bool,
    /// Name the N slowest tests
    #[arg(long, value_name = "N", help_heading = "Reports")]
    slowest: Option<usize>,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, help_heading = "Reports")]
    color: Colour,
    /// Leave durations out
    #[arg(long, help_heading = "Reports")]
    no_times: bool,
    /// List the comments by which scripts say what they expect
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Reports")]
    directives: bool,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let read = || -> Option<(usize, usize)> {
        let (share, of) = text.split_once('/')?;
        Some((share.parse().ok()?, of.parse().ok()?))
    };
    match read() {
        Some((share, of)) if (1..=of).contains(&share) => Ok((share, of)),
        _ => Err("expected I/N with I from 1 to N".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("expected a number of seconds above 0".to_owned()),
    }
}

/// Run the command; `arguments` begin with the word `test`.
pub fn main(arguments: &[OsString]) -> i32 {
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(error) => {
            // Printing to a closed stream is nobody's concern here.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    if options.directives {
        return super::dump::print(&testing::directive::help());
    }
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_coloured = match options.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => !no_colour && std::io::stdout().is_terminal(),
    };
    let update = match (options.update, options.review) {
        (true, _) => Update::All,
        (_, true) => Update::Review,
        _ => Update::No,
    };
    let wanted = testing::Options {
        paths: options.paths,
        selection: Selection {
            filters: options.filter,
            only: None,
            shard: options.shard,
            shuffle: options.shuffle,
        },
        failed: options.failed,
        list: options.list,
        watch: options.watch,
        fail_fast: options.fail_fast,
        repeat: options.repeat,
        jobs: options.jobs,
        update,
        inline: options.inline,
        prune: options.prune,
        bless_with: options.bless_with,
        against: options.against,
        explore: options.explore,
        schedule: options.schedule,
        limit: options.timeout,
        real_clock: matches!(options.clock, Clock::Real),
        ignore_leaks: options.ignore_leaks,
        allowed: options.with,
        reports: Reports {
            style: Style {
                paint: Paint { is_on: is_coloured },
                is_verbose: options.verbose,
                is_timeless: options.no_times,
            },
            json: options.json,
            junit: options.junit,
            github: options.github || std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            slowest: options.slowest,
            progress: !options.json && !options.verbose && std::io::stderr().is_terminal(),
        },
    };
    testing::run(&wanted, &mut std::io::stdout())
}
