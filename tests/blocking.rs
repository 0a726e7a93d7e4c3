//! What blocks in a thread holds up that thread only: the loop and the other threads go on.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

fn start(args: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apy"));
    let mut child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    line
}

/// Reads "tick" lines before anything was written: while the thread waits, others run.
fn check(source: &str, expected: &str) {
    let (mut child, mut out) = start(&["-c", source]);
    for _ in 0..3 {
        assert_eq!(line(&mut out), "tick\n");
    }
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"first\nsec").unwrap();
    input.flush().unwrap();
    for _ in 0..3 {
        while line(&mut out) != "tick\n" {}
    }
    input.write_all(b"ond\nthird").unwrap();
    drop(input);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let rest: Vec<&str> = rest.lines().filter(|line| *line != "tick").collect();
    assert_eq!(rest.join("\n"), expected);
    assert!(child.wait().unwrap().success());
}

#[test]
fn input_in_a_thread_does_not_stop_the_loop() {
    check(
        "
import asyncio, sys

async def tick():
    while True:
        print('tick', flush=True)
        await asyncio.sleep(0.001)

async def main():
    ticker = asyncio.create_task(tick())
    got = [await asyncio.to_thread(input)]
    got.append(await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline))
    got.append(await asyncio.to_thread(sys.stdin.read))
    print(got)

asyncio.run(main())
",
        "['first', 'second\\n', 'third']",
    );
}

#[test]
fn input_of_the_main_thread_does_not_stop_the_others() {
    check(
        "
import sys, threading, time

def tick():
    while not done.is_set():
        print('tick', flush=True)
        time.sleep(0.001)

done = threading.Event()
thread = threading.Thread(target=tick)
thread.start()
got = [input(), sys.stdin.readline(), sys.stdin.read()]
done.set()
thread.join()
print(got)
",
        "['first', 'second\\n', 'third']",
    );
}

#[test]
fn the_virtual_clock_stands_still_while_input_is_awaited() {
    let source = "
import asyncio

async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    print('asks', flush=True)
    async with asyncio.timeout(0.01):
        print(await asyncio.to_thread(input), loop.time() == start)

asyncio.run(main())
";
    let (mut child, mut out) = start(&["--virtual-time", "-c", source]);
    assert_eq!(line(&mut out), "asks\n");
    std::thread::sleep(std::time::Duration::from_millis(50));
    child.stdin.take().unwrap().write_all(b"answer\n").unwrap();
    assert_eq!(line(&mut out), "answer True\n");
    assert!(child.wait().unwrap().success());
}
