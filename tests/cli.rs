//! The command as a user meets it: arguments, standard streams, exit codes, signals, hostile sources.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

struct Done {
    out: String,
    err: String,
    status: ExitStatus,
}

impl Done {
    fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("killed by {:?}: {}", self.status.signal(), self.err))
    }

    fn last_error_line(&self) -> &str {
        self.err.trim_end().lines().last().unwrap_or_default()
    }

    /// An error in the source: exit code 1 and a report, no crash and no colours.
    fn assert_refused(&self) {
        self.assert_no_crash();
        assert_eq!(self.code(), 1, "{}", self.err);
        let first = self.err.lines().next().unwrap_or_default();
        let kinds = ["SyntaxError: ", "IndentationError: ", "TabError: "];
        assert!(kinds.iter().any(|kind| first.starts_with(kind)), "{}", self.err);
        assert!(!self.err.contains('\x1b'), "colours outside of a terminal: {}", self.err);
    }

    fn assert_no_crash(&self) {
        let code = self.code();
        let crashed = code == 101 || self.err.contains("panicked") || self.err.contains("internal error");
        assert!(!crashed, "exit code {code}: {}", self.err);
    }
}

fn apy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apy"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for a child to end, reading what it prints; `input` goes to its standard input.
fn finish(mut child: Child, input: Option<Vec<u8>>) -> Done {
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        // The child may end without having read everything.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let out = child.stdout.take().map(read_in_background);
    let err = child.stderr.take().map(read_in_background);
    let status = wait(&mut child);
    let text =
        |thread: Option<std::thread::JoinHandle<String>>| thread.map_or(String::new(), |t| t.join().unwrap());
    Done { out: text(out), err: text(err), status }
}

fn read_in_background(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn run(args: &[&str]) -> Done {
    finish(apy().args(args).spawn().unwrap(), None)
}

fn run_with_input(args: &[&str], input: &[u8]) -> Done {
    finish(apy().args(args).stdin(Stdio::piped()).spawn().unwrap(), Some(input.to_vec()))
}

/// Writes a script to a folder of its own and returns its path.
fn script(source: impl AsRef<[u8]>) -> PathBuf {
    static SERIAL: AtomicUsize = AtomicUsize::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{}-{serial}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("script.apy");
    fs::write(&path, source).unwrap();
    path
}

fn run_script(source: impl AsRef<[u8]>, args: &[&str]) -> Done {
    finish(apy().arg(script(source)).args(args).spawn().unwrap(), None)
}

mod arguments {
    use super::*;

    #[test]
    fn a_file_gets_its_arguments() {
        let source = "import sys\nprint(sys.argv[0].endswith('script.apy'), sys.argv[1:])";
        let done = run_script(source, &["a", "--virtual-time", "-c", "b c"]);
        assert_eq!(done.out, "True ['a', '--virtual-time', '-c', 'b c']\n");
        assert_eq!((done.err.as_str(), done.code()), ("", 0));
    }

    #[test]
    fn run_is_the_long_form() {
        let path = script("import sys\nprint('ran', sys.argv[1:])");
        let done = run(&["run", path.to_str().unwrap(), "x"]);
        assert_eq!((done.out.as_str(), done.code()), ("ran ['x']\n", 0));
    }

    #[test]
    fn code_from_the_command_line() {
        let done = run(&["-c", "import sys; print(sys.argv)\nfor i in range(2):\n    print(i)", "a", "-b"]);
        assert_eq!((done.out.as_str(), done.code()), ("['-c', 'a', '-b']\n0\n1\n", 0));
    }

    #[test]
    fn code_from_standard_input() {
        let source = b"import sys\nprint(sys.argv)\n";
        assert_eq!(run_with_input(&["-", "a"], source).out, "['-', 'a']\n");
        assert_eq!(run_with_input(&[], b"print('piped')").out, "piped\n");
    }

    #[test]
    fn options_come_before_the_file() {
        let path = script("import asyncio\nasyncio.run(asyncio.sleep(1_000_000))\nprint('done')");
        let done = run(&["--virtual-time", path.to_str().unwrap()]);
        assert_eq!((done.out.as_str(), done.code()), ("done\n", 0));
        let done = run(&["run", "--virtual-time", path.to_str().unwrap()]);
        assert_eq!((done.out.as_str(), done.code()), ("done\n", 0));
    }

    #[test]
    fn a_seed_makes_random_repeatable() {
        let draw = |seed: &str| run(&["--seed", seed, "-c", "import random\nprint(random.random())"]);
        let (first, second, other) = (draw("5"), draw("5"), draw("6"));
        assert_eq!(first.code(), 0, "{}", first.err);
        assert_eq!(first.out, second.out);
        assert_ne!(first.out, other.out);
        let unseeded = || run(&["-c", "import random\nprint(random.random())"]).out;
        assert_ne!(unseeded(), unseeded());
    }

    #[test]
    fn version_and_help() {
        let version = run(&["--version"]);
        assert_eq!(version.out, format!("apy {}\n", env!("CARGO_PKG_VERSION")));
        assert_eq!(version.code(), 0);
        let help = run(&["--help"]);
        assert_eq!(help.code(), 0);
        for word in ["Usage", "FILE", "--virtual-time", "--seed", "-c"] {
            assert!(help.out.contains(word), "{word} is missing:\n{}", help.out);
        }
    }

    #[test]
    fn wrong_usage_exits_with_2() {
        for args in [&["--no-such-option"][..], &["-c"], &["--seed"], &["--seed", "x", "-c", ""]] {
            let done = run(args);
            assert_eq!(done.code(), 2, "{args:?}: {}", done.err);
            assert!(!done.err.is_empty());
        }
    }

    #[test]
    fn a_missing_file_exits_with_2() {
        let done = run(&["/no/such/script.apy"]);
        assert_eq!(done.code(), 2);
        assert!(
            done.err.contains("can't open file '/no/such/script.apy': [Errno 2] No such file"),
            "{}",
            done.err
        );
    }

    #[test]
    fn every_stage_can_be_printed() {
        let path = script("async def f(x):\n    return await x + 1\n");
        for stage in ["tokens", "ast", "dis"] {
            let done = run(&[stage, path.to_str().unwrap()]);
            assert_eq!(done.code(), 0, "{stage}: {}", done.err);
            assert!(done.out.lines().count() > 3, "{stage}: {}", done.out);
        }
    }

    #[test]
    fn a_shebang_line_is_a_comment() {
        let done = run_script("#!/usr/bin/env apy\nprint('ran')\n1 / 0\n", &[]);
        assert_eq!((done.out.as_str(), done.code()), ("ran\n", 1));
        assert!(done.err.contains("line 3"), "{}", done.err);
    }
}

mod exit_codes {
    use super::*;

    fn code_of(source: &str) -> i32 {
        run(&["-c", source]).code()
    }

    #[test]
    fn forms_of_leaving() {
        assert_eq!(code_of(""), 0);
        assert_eq!(code_of("import sys; sys.exit()"), 0);
        assert_eq!(code_of("import sys; sys.exit(None)"), 0);
        assert_eq!(code_of("import sys; sys.exit(0)"), 0);
        assert_eq!(code_of("import sys; sys.exit(3)"), 3);
        assert_eq!(code_of("import sys; sys.exit(True)"), 1);
        assert_eq!(code_of("import sys; sys.exit(-1)"), 255);
        assert_eq!(code_of("import sys; sys.exit(256 + 7)"), 7);
        assert_eq!(code_of("raise SystemExit"), 0);
        assert_eq!(code_of("raise SystemExit(9)"), 9);
        assert_eq!(code_of("raise ValueError"), 1);
        assert_eq!(code_of("x = = 1"), 1);
        assert_eq!(code_of("import asyncio, sys\nasync def f(): sys.exit(4)\nasyncio.run(f())"), 4);
        assert_eq!(code_of("raise KeyboardInterrupt"), 130);
    }

    #[test]
    fn a_message_goes_to_standard_error() {
        let done = run(&["-c", "import sys; print('out'); sys.exit('what went wrong')"]);
        assert_eq!((done.out.as_str(), done.err.as_str(), done.code()), ("out\n", "what went wrong\n", 1));
        let done = run(&["-c", "import sys; sys.exit((1, 2))"]);
        assert_eq!((done.err.as_str(), done.code()), ("(1, 2)\n", 1));
    }

    #[test]
    fn finally_runs_and_output_is_flushed() {
        let done = run(&[
            "-c",
            "import sys\ntry:\n    print('a', end='')\n    sys.exit(2)\nfinally:\n    print('b')",
        ]);
        assert_eq!((done.out.as_str(), done.code()), ("ab\n", 2));
        let done = run(&["-c", "print('no line end', end='')\n1 / 0"]);
        assert_eq!((done.out.as_str(), done.code()), ("no line end", 1));
        assert_eq!(done.last_error_line(), "ZeroDivisionError: division by zero");
    }

    #[test]
    fn endless_recursion_is_an_error() {
        let done = run(&["-c", "def f(): f()\nf()"]);
        assert_eq!(done.code(), 1);
        assert_eq!(done.last_error_line(), "RecursionError: maximum recursion depth exceeded");
    }
}

mod streams {
    use super::*;

    #[test]
    fn input_reads_what_is_piped_in() {
        let done = run_with_input(&["-c", "print(input('> '), input())"], b"one\ntwo");
        assert_eq!(done.out, "> one two\n");
        let done = run_with_input(&["-c", "input()"], b"");
        assert_eq!((done.last_error_line(), done.code()), ("EOFError: EOF when reading a line", 1));
    }

    #[test]
    fn a_closed_pipe_ends_the_program_quietly() {
        let path = script("for i in range(10_000_000):\n    print('line', i)\n");
        let mut child = apy().arg(path).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        assert_eq!(first, "line 0\n");
        drop(lines);
        let done = finish(child, None);
        assert_eq!(done.err, "");
        done.assert_no_crash();
    }

    #[test]
    fn a_pipe_closed_before_the_end_is_quiet_too() {
        let mut command = apy();
        command.args(["-c", "import sys\nsys.stdin.read()\nprint('x' * 10)"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let done = finish(child, Some(Vec::new()));
        assert_eq!(done.err, "");
        done.assert_no_crash();
    }

    #[test]
    fn streams_that_take_nothing_are_no_crash() {
        let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        for (code, exit) in [
            ("print('x')", 120),
            ("print('x' * 100_000)", 1),
            ("print('x', flush=True)", 1),
            ("import sys\nprint('x')\nsys.exit(3)", 120),
            ("print('x')\n1/0", 120),
        ] {
            let child = apy().args(["-c", code]).stdout(full()).spawn().unwrap();
            let done = finish(child, None);
            assert_eq!(done.code(), exit, "{code}\n{}", done.err);
            assert!(done.err.contains("OSError: [Errno 28] No space left on device"), "{}", done.err);
            done.assert_no_crash();
        }
        for (arguments, exit) in [
            (["-c", "1/0"].as_slice(), 1),
            (&["-c", "x = ("], 1),
            (&["-c", "import asyncio\nasyncio.sleep(1)"], 0),
            (&["--no-such-option"], 2),
            (&["test", "no/such/folder"], 2),
            (&["dis", "no_such_file"], 2),
        ] {
            let child = apy().args(arguments).stderr(full()).stdout(full()).spawn().unwrap();
            assert_eq!(finish(child, None).code(), exit, "{arguments:?}");
        }
    }

    #[test]
    fn flushed_output_arrives_at_once() {
        let path = script("import sys\nprint('now', flush=True)\nsys.stdin.read()\n");
        let mut child = apy().arg(path).stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        assert_eq!(first, "now\n");
        drop(stdin);
        assert_eq!(finish(child, None).code(), 0);
    }

    #[test]
    fn much_output_arrives_whole() {
        let done = run(&["-c", "for i in range(100_000): print(i)\nprint('x' * 1_000_000)"]);
        assert_eq!(done.out.lines().count(), 100_001);
        assert_eq!(done.out.len(), 588_890 + 1_000_001);
    }
}

mod interrupts {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};

    /// Starts a script, waits for its line "ready", sends SIGINT `times` times and waits for the end.
    fn interrupt(source: &str, times: usize) -> Done {
        let mut child = apy().arg(script(source)).stdin(Stdio::piped()).spawn().unwrap();
        let _stdin = child.stdin.take();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let started = Instant::now();
        for _ in 0..times {
            // On a busy machine two signals soon after each other arrive as one.
            std::thread::sleep(Duration::from_millis(300));
            let pid = Pid::from_raw(child.id() as i32).unwrap();
            kill_process(pid, Signal::INT).unwrap();
        }
        let rest = read_in_background(out);
        let mut done = finish(child, None);
        assert!(started.elapsed() < Duration::from_secs(5), "it took {:?}", started.elapsed());
        done.out = rest.join().unwrap();
        done
    }

    #[test]
    fn a_busy_loop_is_broken() {
        let done = interrupt("print('ready', flush=True)\nwhile True:\n    pass\n", 1);
        assert_eq!(done.code(), 130);
        assert_eq!(done.last_error_line(), "KeyboardInterrupt");
    }

    #[test]
    fn finally_blocks_run() {
        let source = "def f():\n    while True:\n        pass\n\ntry:\n    print('ready', flush=True)\n    f()\nfinally:\n    print('cleaned up')\n";
        let done = interrupt(source, 1);
        assert_eq!((done.out.as_str(), done.code()), ("cleaned up\n", 130));
        assert!(done.err.contains("in f"), "{}", done.err);
    }

    #[test]
    fn it_can_be_caught() {
        let source = "try:\n    print('ready', flush=True)\n    while True: pass\nexcept KeyboardInterrupt as e:\n    print('caught', repr(e))\n";
        let done = interrupt(source, 1);
        assert_eq!(
            (done.out.as_str(), done.err.as_str(), done.code()),
            ("caught KeyboardInterrupt()\n", "", 0)
        );
    }

    #[test]
    fn a_sleep_is_broken() {
        let done = interrupt("import time\nprint('ready', flush=True)\ntime.sleep(1000)\n", 1);
        assert_eq!((done.last_error_line(), done.code()), ("KeyboardInterrupt", 130));
    }

    #[test]
    fn waiting_for_input_is_broken() {
        let done = interrupt("print('ready', flush=True)\ninput()\n", 1);
        assert_eq!((done.last_error_line(), done.code()), ("KeyboardInterrupt", 130));
    }

    const ASYNC: &str = "
import asyncio

async def main():
    print('ready', flush=True)
    try:
        await WORK
    except asyncio.CancelledError:
        print('cancelled')
        raise
    finally:
        await asyncio.sleep(0)
        print('finally')

asyncio.run(main())
";

    #[test]
    fn an_idle_loop_cancels_its_main_task() {
        let done = interrupt(&ASYNC.replace("WORK", "asyncio.sleep(1000)"), 1);
        assert_eq!((done.out.as_str(), done.code()), ("cancelled\nfinally\n", 130));
        assert_eq!(done.last_error_line(), "KeyboardInterrupt");
    }

    #[test]
    fn a_loop_that_waits_for_a_script_only_needs_none() {
        // Nobody but Ctrl-C could end this wait: it is reported as a deadlock, and tidied up.
        let done = interrupt(&ASYNC.replace("WORK", "asyncio.Event().wait()"), 0);
        assert_eq!((done.out.as_str(), done.code()), ("cancelled\nfinally\n", 70));
        assert!(done.err.starts_with("deadlock: "), "{}", done.err);
    }

    #[test]
    fn a_busy_coroutine_needs_a_second_one() {
        let source = "
import asyncio

async def main():
    print('ready', flush=True)
    try:
        while True:
            pass
    finally:
        print('finally')

asyncio.run(main())
";
        let done = interrupt(source, 2);
        assert_eq!((done.out.as_str(), done.code()), ("finally\n", 130));
        assert_eq!(done.last_error_line(), "KeyboardInterrupt");
    }
}

mod looking_on {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};

    /// Three tasks, one of which computes until it has been looked at.
    const SOURCE: &str = "
import asyncio

async def worker(lock):
    async with lock:
        await asyncio.sleep(0.6)

async def busy():
    print('ready', flush=True)
    while not is_over:
        await asyncio.sleep(0)

async def main():
    global is_over
    is_over = False
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(worker(lock), name=name) for name in ('first', 'second')]
    task = asyncio.create_task(busy())
    await asyncio.gather(*tasks)
    is_over = True
    await task
    print('end')

asyncio.run(main())
";

    #[test]
    fn ctrl_backslash_prints_the_tasks_and_the_program_goes_on() {
        let mut child = apy().args(["-c", SOURCE]).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        kill_process(pid, Signal::QUIT).unwrap();
        let rest = read_in_background(out);
        let mut done = finish(child, None);
        done.out = rest.join().unwrap();
        assert_eq!((done.out.as_str(), done.code()), ("end\n", 0));
        let lines = [
            "4 tasks",
            "  the main thread",
            "  Task-1: main() waits at <string>:19 in main",
            "    for first and second",
            "    first: worker() waits at <string>:6 in worker",
            "    for sleep()",
            "    second: worker() waits at <string>:5 in worker",
            "    for the lock `lock` made at line 16, taken by first at line 5",
        ];
        for line in lines {
            assert!(done.err.lines().any(|other| other.trim() == line.trim()), "{line}\n{}", done.err);
        }
        assert!(done.err.contains("Task-2: busy() "), "{}", done.err);
    }

    #[test]
    fn a_busy_callback_is_told_of_with_its_live_stack() {
        let source = "
import asyncio, time

def crunch():
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        pass

async def main():
    crunch()
    await asyncio.sleep(0)
    time.sleep(0.4)

asyncio.run(main())
";
        let done = finish(apy().args(["--warn-blocking", "100", "-c", source]).spawn().unwrap(), None);
        assert_eq!(done.code(), 0);
        let told: Vec<&str> = done.err.lines().filter(|line| line.starts_with("blocking")).collect();
        assert_eq!(told, ["blocking: Task-1 has held the loop for 100 ms or more"; 2], "{}", done.err);
        assert!(
            done.err.contains(" in crunch\n") && done.err.contains("  called at <string>:10 in main\n"),
            "{}",
            done.err
        );
        assert!(done.err.contains("  at <string>:12 in main\n"), "{}", done.err);
    }
}

#[path = "cli/sources.rs"]
mod sources;

#[test]
fn the_environment_switches_debug_mode() {
    let script = "import asyncio\nprint(asyncio.new_event_loop().get_debug())\n";
    for (value, expected) in [("1", "True\n"), ("", "False\n")] {
        let mut command = apy();
        let child = command.args(["-c", script]).env("PYTHONASYNCIODEBUG", value).spawn().unwrap();
        assert_eq!(finish(child, None).out, expected);
    }
}
