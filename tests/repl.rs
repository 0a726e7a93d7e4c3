//! The prompt: piped, and in a terminal.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A folder of its own for a test, with settings and history in it.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("repl-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn apy(folder: &PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apy"));
    command.current_dir(folder).env("APY_HISTORY", folder.join("history"));
    command.env("XDG_CONFIG_HOME", folder.join("config")).env("XDG_CACHE_HOME", folder.join("cache"));
    command.env("NO_COLOR", "1");
    command
}

struct Done {
    out: String,
    err: String,
    code: Option<i32>,
}

fn piped(name: &str, args: &[&str], input: impl AsRef<[u8]>) -> Done {
    let folder = folder(name);
    let mut child = apy(&folder)
        .arg("-i")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { out: text(&done.stdout), err: text(&done.stderr), code: done.status.code() }
}

mod pipe {
    use super::*;

    #[test]
    fn values_are_shown() {
        let done = piped("values", &[], "1 + 1\nNone\nx = 'a'\nx; x * 2\n_\nfor i in range(2):\n    i\n\n");
        assert_eq!(done.out, "2\n'a'\n'aa'\n'aa'\n0\n1\n", "{}", done.err);
        assert_eq!((done.err.as_str(), done.code), ("", Some(0)));
    }

    #[test]
    fn inputs_of_several_lines() {
        let input = "def f(x):\n    if x:\n        return 1\n    return 2\n\nf(0), f(1)\ns = '''a\n\nb'''\ns\n(1 +\n2)\n\
                     class A:\n    @property\n    def x(self): return 5\n\nA().x\n";
        let done = piped("lines", &[], input);
        assert_eq!(done.out, "(2, 1)\n'a\\n\\nb'\n3\n5\n", "{}", done.err);
    }

    #[test]
    fn awaiting_and_tasks_that_go_on() {
        let input = "import asyncio\nasync def f(n):\n    for i in range(n):\n        await asyncio.sleep(0)\n        \
                     print('step', i)\n    return n\n\nawait f(1)\nt = asyncio.create_task(f(2))\nt.done()\nawait t\n\
                     [await f(0) async for _ in agen()] if False else 'no'\n\
                     async with asyncio.timeout(5):\n    await f(1)\n\nasyncio.run(f(1))\n";
        let done = piped("await", &[], input);
        let wanted = "step 0\n1\nstep 0\nstep 1\nTrue\n2\n'no'\nstep 0\n1\nstep 0\n1\n";
        assert_eq!(done.out, wanted, "{}", done.err);
    }

    #[test]
    fn what_fails_does_not_end_it() {
        let input = "1 / 0\ndef broken(:\nraise ValueError('v')\nprint('on')\n";
        let done = piped("failures", &[], input);
        assert_eq!(done.out, "on\n");
        for text in ["ZeroDivisionError: division by zero", "SyntaxError: ", "<input-3>", "ValueError: v"] {
            assert!(done.err.contains(text), "{text:?} is missing: {}", done.err);
        }
        assert_eq!(done.code, Some(0));
    }

    #[test]
    fn a_deadlock_ends_one_input() {
        let done = piped("deadlock", &[], "import asyncio\nawait asyncio.Event().wait()\nprint('on')\n");
        assert_eq!(done.out, "on\n");
        assert!(done.err.contains("deadlock: "), "{}", done.err);
    }

    #[test]
    fn exit_codes() {
        assert_eq!(piped("exit", &[], "import sys\nsys.exit(7)\nprint('never')\n").code, Some(7));
        assert_eq!(piped("bare", &[], "exit\nprint('never')\n").out, "");
        assert_eq!(piped("called", &[], "quit(9)\nprint('never')\n").code, Some(9));
        assert_eq!(piped("named", &[], "exit = 5\nexit\n").out, "5\n");
        assert_eq!(piped("quit", &[], ":quit\nprint('never')\n").out, "");
        let done = piped("exit-task", &[], "async def f():\n    raise SystemExit(4)\n\nawait f()\n");
        assert_eq!(done.code, Some(4), "{}", done.err);
    }

    #[test]
    fn a_file_comes_first() {
        let script = folder("first").join("script.apy");
        fs::write(&script, "import sys\nx = len(sys.argv)\nprint('ran')\n").unwrap();
        let done = piped("after", &[script.to_str().unwrap(), "a", "b"], "x\n__name__\n");
        assert_eq!(done.out, "ran\n3\n'__main__'\n", "{}", done.err);
    }

    #[test]
    fn bytes_that_are_no_text() {
        let done = piped("bytes", &[], b"print('\xff')\nprint('on')\n");
        assert_eq!(done.out, "on\n");
        assert!(done.err.contains("can't decode byte 0xff"), "{}", done.err);
    }

    #[test]
    fn commands() {
        let input = "import asyncio\nasync def wait():\n    await asyncio.sleep(60)\n    print('woke')\n\n:clock\n\
                     :clock virtual\n:clock\nt = asyncio.create_task(wait(), name='sleeper')\n:tasks\n:step\n:step\n\
                     :tasks\nu = asyncio.create_task(wait(), name='other')\n:cancel other\n:cancel nobody\nu.cancelled()\n\
                     :tree\n:doc len\n:source wait\n:dis wait\n:tim\n:doc\n:nothing\n:help\n:seed 1\n:reset\nasyncio\n";
        let done = piped("commands", &[], input);
        let wanted = "real\nvirtual\nsleeper  <input-2>:2 in wait\nwoke\nno task is pending\nTrue\n";
        assert!(done.out.starts_with(wanted), "{}\n{}", done.out, done.err);
        for text in ["async def wait():\n    await asyncio.sleep(60)\n", ":save FILE", "AWAIT"] {
            assert!(
                done.out.to_uppercase().contains(&text.to_uppercase()),
                "{text:?} is missing: {}",
                done.out
            );
        }
        for text in
            ["nobody", "did you mean :time?", ":doc NAME", "no command :nothing", "NameError: name 'asyncio'"]
        {
            assert!(done.err.contains(text), "{text:?} is missing: {}", done.err);
        }
    }

    #[test]
    fn the_clock_may_be_exchanged() {
        let input = "import asyncio\nt = asyncio.create_task(asyncio.sleep(0.2, 'slept'))\n:clock virtual\n:clock\n\
                     u = asyncio.create_task(asyncio.sleep(3600, 'an hour'))\nawait t\nu.done()\n:clock real\n:clock\n\
                     v = asyncio.create_task(asyncio.sleep(0.05, 'real'))\nawait v\nu.done()\n:clock virtual\nawait u\n:clock no\n";
        let done = piped("clock", &[], input);
        let wanted = "virtual\n'slept'\nFalse\nreal\n'real'\nFalse\n'an hour'\n";
        assert_eq!(done.out, wanted, "{}", done.err);
        assert_eq!(done.err, ":clock [virtual|real]\n");
    }

    #[test]
    fn long_values_stay_on_one_line() {
        let done = piped("long", &[], "list(range(100))\n");
        assert_eq!(done.out.lines().count(), 1);
    }

    /// What is typed is forgotten once it has run, and so is what it took to read it: after 10,000
    /// lines there is no more than after 1,000.
    #[cfg(target_os = "linux")]
    #[test]
    fn memory_stays_flat() {
        let resident = "print(int(open('/proc/self/statm').read().split()[1]) * 4)\n";
        let lines = |range: std::ops::Range<usize>| -> String {
            range.map(|i| format!("x = [i * {i} for i in range(10)]; y = f'{{x}}'\n")).collect()
        };
        let input = format!("{}{resident}{}{resident}", lines(0..1_000), lines(1_000..10_000));
        let done = piped("flat", &[], input);
        let sizes: Vec<i64> = done.out.lines().map(|line| line.parse().unwrap()).collect();
        assert!(sizes.len() == 2 && sizes[1] - sizes[0] < 6000, "{sizes:?} KiB\n{}", done.err);
    }

    #[test]
    fn a_saved_session_is_a_test() {
        for (name, input, wanted) in [
            ("plain", "x = 2\nx * 21\nfor i in range(2):\n    print(i)\n\n1 / 0\n", "42\n0\n1\n"),
            (
                "async",
                "import asyncio\ntext = '''a\nb'''\nasync def f():\n    await asyncio.sleep(1)\n    return text\n\nawait f()\n",
                "'a\\nb'\n",
            ),
        ] {
            let name = format!("save-{name}");
            let done = piped(&name, &[], format!("{input}:save saved.apy\n"));
            assert!(done.out.starts_with(wanted), "{}\n{}", done.out, done.err);
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("repl-{name}"));
            let again = apy(&folder).args(["test", "saved.apy", "--no-times"]).output().unwrap();
            let report = String::from_utf8_lossy(&again.stdout).into_owned();
            let script = fs::read_to_string(folder.join("saved.apy")).unwrap();
            assert_eq!(report, "1 passed\n", "{script}");
        }
    }

    #[test]
    fn a_start_up_file() {
        let home = folder("rc");
        fs::create_dir_all(home.join("config/apy")).unwrap();
        fs::write(home.join("config/apy/.apyrc"), "answer = 42\n").unwrap();
        let mut child = apy(&home).arg("-i").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"answer\n").unwrap();
        assert_eq!(child.wait_with_output().unwrap().stdout, b"42\n");
    }

    #[test]
    fn ten_thousand_lines() {
        let mut input = "total = 0\n".to_owned();
        let mut wanted = String::new();
        for i in 0..10_000 {
            input.push_str(&format!("total += {i}\n"));
            if i % 100 == 0 {
                input.push_str("total\n");
                wanted.push_str(&format!("{}\n", i * (i + 1) / 2));
            }
        }
        let done = piped("many", &[], input);
        assert_eq!(done.out, wanted, "{}", done.err);
    }
}

mod terminal {
    use super::*;
    use rexpect::session::{PtySession, spawn_command};
    use rustix::termios::{Winsize, tcsetwinsize};
    use std::collections::BTreeSet;

    /// The editor asks the terminal to mark what is pasted when it begins to read.
    const NEXT_PROMPT: &str = "\x1b[?2004h";

    fn open(name: &str) -> PtySession {
        open_with(name, true)
    }

    fn open_with(name: &str, no_colour: bool) -> PtySession {
        let folder = folder(name);
        let mut command = apy(&folder);
        command.env("TERM", "xterm-256color");
        if !no_colour {
            command.env_remove("NO_COLOR");
        }
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        session.exp_string("apy ").unwrap();
        session.exp_string(">>> ").unwrap();
        session
    }

    /// Types something; what is expected must not be part of what is typed, which is echoed.
    fn type_in(session: &mut PtySession, keys: &str) {
        session.send(keys).unwrap();
        session.flush().unwrap();
    }

    /// Enters a line and waits for the next prompt: what is typed before that is lost.
    fn enter(session: &mut PtySession, line: &str) {
        type_in(session, &format!("{line}\r"));
        session.exp_string(NEXT_PROMPT).unwrap();
    }

    /// Enters a line that prints something.
    fn ask(session: &mut PtySession, line: &str, wanted: &str) {
        type_in(session, &format!("{line}\r"));
        session.exp_string(wanted).unwrap_or_else(|error| panic!("{line}: {error}"));
        session.exp_string(NEXT_PROMPT).unwrap();
    }

    #[test]
    fn values_and_leaving() {
        let mut session = open("tty-values");
        ask(&mut session, "6 * 7", "\r\n42\r\n");
        type_in(&mut session, "\x04");
        session.exp_eof().unwrap();
    }

    #[test]
    fn blocks_are_indented_and_end_with_an_empty_line() {
        let mut session = open("tty-blocks");
        enter(&mut session, "def f(x):\rif x:\rreturn x * 2\rreturn 'no'\r");
        ask(&mut session, "f(50), f(0)", "(100, 'no')");
        ask(&mut session, "for i in range(3): print(i + 500)\r", "500\r\n501\r\n502\r\n");
    }

    #[test]
    fn a_paste_runs_as_a_whole() {
        let mut session = open("tty-paste");
        let mut text = "def big():\n    total = 0\n".to_owned();
        for i in 0..200 {
            text.push_str(&format!("\n    total += {i}\n"));
        }
        text.push_str("    return total\n");
        enter(&mut session, &format!("\x1b[200~{text}\x1b[201~"));
        ask(&mut session, "big() + 1", "\r\n19901\r\n");
    }

    #[test]
    fn a_program_of_200_lines_is_pasted() {
        let mut session = open("tty-program");
        let mut text = "import asyncio\nfound = []\n\n".to_owned();
        for i in 0..33 {
            text.push_str(&format!("\nasync def step_{i}(n):\n    await asyncio.sleep(0)\n"));
            text.push_str(&format!("    found.append(n + {i})\n\nawait step_{i}(1000)\n"));
        }
        text.push_str("print('sum', sum(found))\n");
        assert_eq!(text.lines().count(), 202);
        ask(&mut session, &format!("\x1b[200~{text}\x1b[201~"), "\r\nsum 33528\r\n");
        ask(&mut session, "len(found) * 100", "\r\n3300\r\n");
    }

    /// Makes the terminal another size, of which the kernel tells the program.
    fn resize(session: &PtySession, columns: u16) {
        let terminal = session.process().get_file_handle().unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
    }

    #[test]
    fn a_half_typed_line_survives_another_size_of_the_terminal() {
        let mut session = open("tty-resize");
        resize(&session, 80);
        type_in(&mut session, "long_name = 'typed before', ");
        session.exp_string("typed before', ").unwrap();
        // A line that is, or was, longer than the terminal is wide is drawn anew.
        for columns in [30, 12, 100, 24] {
            resize(&session, columns);
            session.exp_string("typed before', ").unwrap();
        }
        resize(&session, 40);
        session.exp_string("typed before', ").unwrap();
        enter(&mut session, "'typed after'");
        ask(&mut session, "len(long_name), len(long_name[0]) + 1000", "\r\n(2, 1012)\r\n");
        // Values are wrapped to the new size.
        ask(&mut session, "list(range(20))", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,\r\n 12, 13,");
        // What runs does not mind.
        enter(&mut session, "import asyncio");
        type_in(&mut session, "print(10 + 1); await asyncio.sleep(0.3, 700 + 1)\r");
        session.exp_string("\r\n11\r\n").unwrap();
        resize(&session, 60);
        session.exp_string("701\r\n").unwrap();
        session.exp_string(NEXT_PROMPT).unwrap();
        ask(&mut session, "6 * 7", "\r\n42\r\n");
    }

    #[test]
    fn bytes_that_are_no_text() {
        let mut session = open("tty-bytes");
        for bytes in [&b"x = 'a\xff"[..], b"\xc3(", b"\x1b[200~print('\xfe\xfe')\n\x1b[201~"] {
            let mut terminal = session.process().get_file_handle().unwrap();
            terminal.write_all(bytes).unwrap();
            session.exp_string("what was typed is not UTF-8\r\n").unwrap();
            session.exp_string(NEXT_PROMPT).unwrap();
            // What came after the fault may stand in the line: it goes as any line does.
            type_in(&mut session, "\x03");
            session.exp_string("KeyboardInterrupt").unwrap();
            session.exp_string(NEXT_PROMPT).unwrap();
            ask(&mut session, "ord('é'), 6 * 7", "\r\n(233, 42)\r\n");
        }
        ask(&mut session, "x", "NameError");
    }

    #[test]
    fn bytes_that_are_no_text_at_a_dumb_terminal() {
        let folder = folder("tty-dumb-bytes");
        let mut command = apy(&folder);
        command.env("TERM", "dumb");
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        session.exp_string(">>> ").unwrap();
        session.process().get_file_handle().unwrap().write_all(b"x = '\xff'\r").unwrap();
        session.exp_string("can't decode byte 0xff").unwrap();
        session.exp_string(">>> ").unwrap();
        type_in(&mut session, "6 * 7\r");
        session.exp_string("42\r\n").unwrap();
    }

    /// The colours in what was written, in the order of their numbers.
    fn colours(written: &str) -> BTreeSet<&str> {
        let escapes = written.split("\x1b[").skip(1);
        let ends = escapes.filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            rest[end..].starts_with('m').then(|| &rest[..end])
        });
        ends.collect()
    }

    /// Types what is coloured: code, a hint, an error; returns what was written.
    fn colourful(session: &mut PtySession) -> String {
        let mut written = String::new();
        for (keys, wanted) in [
            ("for word in ['text', 12]: print(word) # comment\r\r", "text\r\n12\r\n"),
            ("wrong wrong\r", "SyntaxError"),
            ("sorted(", "key=None"),
            (")\r", "TypeError"),
        ] {
            type_in(session, keys);
            written += &session.exp_string(wanted).unwrap();
            if keys.ends_with('\r') {
                written += &session.exp_string(NEXT_PROMPT).unwrap();
            }
        }
        type_in(session, "\x04");
        written + &session.exp_eof().unwrap()
    }

    #[test]
    fn colours_are_readable_on_dark_and_on_light() {
        let written = colourful(&mut open_with("tty-colours", false));
        let used = colours(&written);
        for wanted in ["32", "35", "36", "90"] {
            assert!(used.contains(wanted), "{wanted}: {used:?}");
        }
        for code in used {
            // Neither black nor white, and no colour behind the text.
            let is_readable = matches!(code, "" | "0" | "1" | "39" | "90" | "1;36")
                || matches!(code.parse(), Ok(31..=36))
                // Greys of the middle.
                || matches!(code.strip_prefix("38;5;").map(str::parse), Some(Ok(240..=249)));
            assert!(is_readable, "{code:?} in {written:?}");
        }
    }

    #[test]
    fn no_color_is_heeded() {
        let written = colourful(&mut open("tty-no-color"));
        assert_eq!(colours(&written), BTreeSet::new(), "{written:?}");
    }

    #[test]
    fn quitting() {
        let mut session = open("tty-quit");
        enter(&mut session, "import asyncio");
        enter(&mut session, "t = asyncio.create_task(asyncio.sleep(100))");
        enter(&mut session, "u = asyncio.create_task(asyncio.sleep(100))");
        // Each wish to leave is asked once; who goes on is asked again.
        for _ in 0..2 {
            type_in(&mut session, "\x04");
            session.exp_string("2 tasks are pending; Ctrl-D again leaves all the same").unwrap();
            session.exp_string(NEXT_PROMPT).unwrap();
            ask(&mut session, "6 * 7", "\r\n42\r\n");
        }
        type_in(&mut session, ":quit\r");
        let rest = session.exp_eof().unwrap();
        assert!(!rest.contains("pending"), "{rest:?}");
    }

    #[test]
    fn a_task_prints_above_a_half_typed_line() {
        let mut session = open("tty-tasks");
        enter(&mut session, "import asyncio");
        let tick = "async def tick():\rfor i in range(3):\rawait asyncio.sleep(0.3); print('tick', i + 70)\r";
        enter(&mut session, tick);
        enter(&mut session, "t = asyncio.create_task(tick())");
        type_in(&mut session, "y = 'half ");
        for tick in ["tick 70", "tick 71", "tick 72"] {
            session.exp_string(tick).unwrap();
        }
        enter(&mut session, "and half'");
        ask(&mut session, "len(y) + 1000, t.done()", "(1013, True)");
    }

    #[test]
    fn interrupts() {
        let mut session = open("tty-interrupts");
        // A line that is being typed is dropped.
        type_in(&mut session, "half a line\x03");
        session.exp_string("KeyboardInterrupt").unwrap();
        session.exp_string(NEXT_PROMPT).unwrap();
        // What is awaited is cancelled; other tasks go on.
        enter(&mut session, "import asyncio");
        enter(&mut session, "t = asyncio.create_task(asyncio.sleep(100))");
        type_in(&mut session, "print(10 + 1); await asyncio.sleep(100)\r");
        session.exp_string("\r\n11\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(200));
        type_in(&mut session, "\x03");
        session.exp_string("KeyboardInterrupt").unwrap();
        session.exp_string(NEXT_PROMPT).unwrap();
        ask(&mut session, "'still', 'gone' if t.done() else 'there'", "('still', 'there')");
        // Code that computes is interrupted.
        type_in(&mut session, "while print(20 + 1) is None:\rwhile True: pass\r\r");
        session.exp_string("\r\n21\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        type_in(&mut session, "\x03");
        session.exp_string("KeyboardInterrupt").unwrap();
        session.exp_string(NEXT_PROMPT).unwrap();
        // Pending tasks are mentioned once.
        type_in(&mut session, "\x04");
        session.exp_string("1 task is pending").unwrap();
        session.exp_string(NEXT_PROMPT).unwrap();
        type_in(&mut session, "\x04");
        session.exp_eof().unwrap();
    }

    #[test]
    fn tab_completes() {
        let mut session = open("tty-tab");
        enter(&mut session, "import asy\t");
        ask(&mut session, "asyncio.create_ta\t", "create_task>\r\n");
        enter(&mut session, "some_long_name = {'key one': 1234}");
        ask(&mut session, "some_l\t['k\t]", "\r\n1234\r\n");
        ask(&mut session, ":ta\t", "no task is pending");
        enter(&mut session, "def divide(numerator, denominator=2): return numerator // denominator\r");
        type_in(&mut session, "divide(");
        session.exp_string("numerator, denominator)").unwrap();
        ask(&mut session, "100, den\t4)", "\r\n25\r\n");
    }

    #[test]
    fn tab_completes_paths() {
        let mut session = open("tty-paths");
        enter(&mut session, "import os; os.makedirs('a_folder', exist_ok=True)");
        enter(&mut session, "with open('a_folder/some_script.apy', 'w') as f: f.write('print(6 * 111)')\r");
        ask(&mut session, "len(open('a_f\tsome_s\t').read()) * 100", "\r\n1400\r\n");
        ask(&mut session, ":load a_f\tsome_s\t", "\r\n666\r\n");
    }

    #[test]
    fn long_values_are_wrapped_to_the_width_of_the_terminal() {
        let folder = folder("tty-wrap");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("stty cols 40; exec {}", env!("CARGO_BIN_EXE_apy"))]);
        command.current_dir(&folder).env("APY_HISTORY", folder.join("h")).env("XDG_CONFIG_HOME", &folder);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        session.exp_string(">>> ").unwrap();
        ask(&mut session, "list(range(20))", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,\r\n 12, 13,");
        ask(&mut session, "{'b': 'x' * 30, 'a': 2}", "{'b': 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',\r\n 'a': 2}");
        ask(&mut session, "'y' * 50", &format!("'{}'", "y".repeat(50)));
    }

    #[test]
    fn a_reset_session_goes_on() {
        let mut session = open("tty-reset");
        enter(&mut session, "forgotten = 1");
        ask(&mut session, ":reset", "a fresh session");
        std::thread::sleep(Duration::from_millis(300));
        ask(&mut session, "forgotten", "NameError");
        std::thread::sleep(Duration::from_millis(300));
        ask(&mut session, "import asyncio; await asyncio.sleep(0.1, 600 + 1)", "\r\n601\r\n");
    }

    #[test]
    fn a_task_may_end_the_program() {
        let mut session = open("tty-end");
        enter(&mut session, "import asyncio, sys");
        enter(&mut session, "asyncio.get_running_loop().call_later(0.3, sys.exit, 5) and None");
        type_in(&mut session, "half typed");
        session.exp_eof().unwrap();
    }

    #[test]
    fn hints_for_what_waits() {
        let mut session = open("tty-hints");
        enter(&mut session, "async def f(): return 5\r");
        ask(&mut session, "f()", "a coroutine, not run yet");
        ask(&mut session, "await _", "\r\n5\r\n");
    }

    #[test]
    fn a_dumb_terminal_gets_no_escapes() {
        let folder = folder("tty-dumb");
        let mut command = apy(&folder);
        command.env("TERM", "dumb");
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        session.exp_string(">>> ").unwrap();
        type_in(&mut session, "40 + 2\r");
        let before = session.exp_string("42\r\n").unwrap();
        assert!(!before.contains('\x1b'), "{before:?}");
        type_in(&mut session, "def f():\r  return 7\r\rf() * 2\r");
        session.exp_string("14").unwrap();
        type_in(&mut session, "\x04");
        session.exp_eof().unwrap();
    }

    #[test]
    fn history_is_kept() {
        let mut session = open("tty-history");
        enter(&mut session, "first = 3 * 111");
        type_in(&mut session, "\x04");
        session.exp_eof().unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("repl-tty-history");
        let mut command = apy(&folder);
        command.env("TERM", "xterm-256color");
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        session.exp_string(">>> ").unwrap();
        enter(&mut session, "\x1b[A");
        ask(&mut session, "first", "\r\n333\r\n");
    }
}
