//! Sources of every kind: odd, broken, huge, deep.

use super::*;

#[test]
fn unusual_but_fine() {
    assert_eq!(run_script("", &[]).code(), 0);
    assert_eq!(run_script("# only a comment", &[]).code(), 0);
    assert_eq!(run_script("print('no line end')", &[]).out, "no line end\n");
    assert_eq!(run_script("\u{feff}print('byte order mark')", &[]).out, "byte order mark\n");
    assert_eq!(run_script("if True:\r\n    print('a')\r\n    print('''b\r\nc''')\r\n", &[]).out, "a\nb\nc\n");
    assert_eq!(run_script("if True:\n\tprint('tab')\n\x0cprint('form feed')\n", &[]).out, "tab\nform feed\n");
    assert_eq!(run_script("# -*- coding: utf-8 -*-\nprint('é')\n", &[]).out, "é\n");
}

#[test]
fn bytes_that_are_not_text() {
    run_script(b"print('a')\nx = '\xff\xfe'\n", &[]).assert_refused();
    run_script(b"x = 1\0\n", &[]).assert_refused();
    run_script(b"\xf0\x28\x8c\x28", &[]).assert_refused();
}

#[test]
fn random_bytes() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let alphabet = b"()[]{}:;,.=+-*/%@<>!&|^~'\"\\#\n\n\n    \t0123456789abcdefxif in is not lambda def class for yield await f\"{}";
    for round in 0..120 {
        let size = next() % 600;
        let source: Vec<u8> = (0..size)
            .map(|_| if round % 2 == 0 { next() as u8 } else { alphabet[next() as usize % alphabet.len()] })
            .collect();
        run_script(&source, &[]).assert_no_crash();
    }
}

/// The rules of the grammar refer to each other; they go with the text they were made for.
#[cfg(target_os = "linux")]
#[test]
fn parsing_gives_its_memory_back() {
    let source = "def resident():\n    return int(open('/proc/self/statm').read().split()[1]) * 4\n\
        for count in 200, 1000:\n    for i in range(count):\n        exec(f'match {i}:\\n  case [x, *_]: y = f\\'{{x}}\\'')\n\
        \x20   print(resident())\n";
    let done = run_script(source, &[]);
    let sizes: Vec<i64> = done.out.lines().map(|line| line.parse().unwrap()).collect();
    assert!(sizes.len() == 2 && sizes[1] - sizes[0] < 2500, "{sizes:?} KiB\n{}", done.err);
}

#[test]
fn thousands_of_faults_are_told_in_short() {
    let source = "x \u{2261} = $ ?\n".repeat(20_000);
    let began = std::time::Instant::now();
    let done = run_script(&source, &[]);
    done.assert_refused();
    assert!(done.err.lines().count() < 1000, "{} lines", done.err.lines().count());
    assert!(done.err.lines().last().is_some_and(|line| line.starts_with("... and ")));
    assert!(began.elapsed() < std::time::Duration::from_secs(15));
    // A fault far into a long line is shown with what stands around it.
    let done = run_script(format!("x = [{}, $, 2]\n", "1, ".repeat(100_000)), &[]);
    done.assert_refused();
    assert!(done.err.contains('…') && done.err.lines().all(|line| line.len() < 1000), "{}", done.err.len());
}

#[test]
fn long_lines() {
    let done = run_script(format!("print(len('{}'))", "x".repeat(1 << 20)), &[]);
    assert_eq!((done.out.as_str(), done.code()), ("1048576\n", 0));
    let done = run_script(format!("x = [{}]", "1, ".repeat(350_000)), &[]);
    done.assert_no_crash();
    let done = run_script(format!("x = {}1", "1 + ".repeat(260_000)), &[]);
    done.assert_no_crash();
    let done = run_script(format!("{}\n", "x".repeat(1 << 20)), &[]);
    done.assert_no_crash();
    assert_eq!(done.code(), 1);
}

#[test]
fn deep_nesting() {
    const DEEP: usize = 100_000;
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{", "", "}"),
        ("f(", "", ")"),
        ("x[", "0", "]"),
        ("(", "", ""),
        ("{1:", "1", "}"),
        ("[x for x in ", "y", "]"),
        ("((", "1", "))"),
    ] {
        run_script(format!("x = {}{middle}{}\n", open.repeat(DEEP), close.repeat(DEEP)), &[])
            .assert_refused();
    }
}

#[test]
fn long_chains() {
    const LONG: usize = 100_000;
    for (head, link, tail) in [
        ("x = ", "not ", "1"),
        ("x = ", "-", "1"),
        ("x = ", "lambda: ", "1"),
        ("x = ", "1 if 1 else ", "1"),
        ("x = ", "2 ** ", "1"),
        ("x = 1", " < 1", ""),
        ("x = 1", " and 1", ""),
        ("x = a", ".b", ""),
        ("x = a", "()", ""),
        ("x = a", "[0]", ""),
        ("", "x = ", "1"),
        ("", "pass; ", "pass"),
        ("x = ", "'a' ", "'b'"),
        ("@a\n", "@a\n", "def f(): pass"),
        ("if 0: pass\n", "elif 0: pass\n", "else: pass"),
        ("def f(): ", "await ", "x"),
    ] {
        let done = run_script(format!("a = None\n{head}{}{tail}\n", link.repeat(LONG)), &[]);
        done.assert_no_crash();
        assert!([0, 1].contains(&done.code()), "{link:?}: {}", done.code());
    }
}

#[test]
fn deep_indentation() {
    let nested = |depth: usize| {
        let lines = (0..depth).map(|n| format!("{}if True:\n", " ".repeat(n)));
        lines.collect::<String>() + &" ".repeat(depth) + "print('deep')\n"
    };
    // Beyond 20 loops CPython refuses; plain ifs are free to the tokenizer's limit of 100.
    assert_eq!(run_script(nested(90), &[]).out, "deep\n");
    run_script(nested(150), &[]).assert_refused();
    run_script(nested(5000), &[]).assert_refused();
    let functions: String = (0..5000).map(|n| format!("{}def f():\n", " ".repeat(n))).collect();
    run_script(functions, &[]).assert_refused();
}

#[test]
fn several_errors_are_reported_in_one_run() {
    let done = run_script("x = (1,\n\ndef f():\n    return 5 5\n\ny = = 2\n\nprint('never')\n", &[]);
    done.assert_refused();
    assert_eq!(done.out, "");
    let done = run_script("a = 5 5\nprint('fine')\nb = = 2\n", &[]);
    done.assert_refused();
    assert!(done.err.contains("script.apy:1:") && done.err.contains("script.apy:3:"), "{}", done.err);
}

/// Under a limit of memory (`ulimit -v`) what grows without end is MemoryError, and the script goes on.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_ends() {
    let growths = [
        "x = []\n    while True: x.append('abc')",
        "x = {}\n    i = 0\n    while True: x[i] = i; i += 1",
        "x = 'a'\n    while True: x += x",
        "x = None\n    while True: x = [x, (1.5, 2.5)]",
        "import itertools\n    x = set(itertools.count())",
        "import itertools\n    x = ''.join(itertools.repeat('a'))",
        "import struct\n    struct.pack('1000000000000x')",
        "import io\n    x = io.BytesIO()\n    x.seek(10**12)\n    x.write(b'a')",
    ];
    for growth in growths {
        let source =
            format!("try:\n    {growth}\nexcept MemoryError as e:\n    x = None\n    print(repr(e))\n");
        let file = script(source);
        let mut command = Command::new("sh");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.arg("-c").arg("ulimit -v 900000; exec \"$0\" \"$1\"");
        let child = command.arg(env!("CARGO_BIN_EXE_apy")).arg(&file).spawn().expect("sh runs");
        let done = finish(child, None);
        assert_eq!((done.out.as_str(), done.code()), ("MemoryError()\n", 0), "{growth}: {}", done.err);
    }
}
