//! The commands of the prompt: words behind a colon.

use super::{Next, Repl, save};
use crate::session::prompt::{self, Prompt};
use apy_grammar::SourceFile;
use std::rc::Rc;
use std::time::Instant;

struct Command {
    name: &'static str,
    argument: &'static str,
    help: &'static str,
    run: fn(&mut Repl, &str) -> Next,
}

static COMMANDS: &[Command] = &[
    Command { name: "help", argument: "", help: "this list", run: help },
    Command { name: "tasks", argument: "", help: "pending tasks, and where each goes on", run: tasks },
    Command { name: "tree", argument: "", help: "who waits for whom", run: tree },
    Command { name: "cancel", argument: "NAME", help: "cancel a task", run: cancel },
    Command {
        name: "clock",
        argument: "[virtual|real]",
        help: "which clock it is, or go over to this one",
        run: clock,
    },
    Command {
        name: "step",
        argument: "",
        help: "one turn of the loop; the virtual clock may jump",
        run: step,
    },
    Command { name: "seed", argument: "N", help: "start the random generators from N", run: seed },
    Command { name: "time", argument: "CODE", help: "run CODE and say how long that took", run: time },
    Command { name: "doc", argument: "NAME", help: "what is documented of it", run: doc },
    Command { name: "source", argument: "NAME", help: "the text of a function", run: source },
    Command { name: "dis", argument: "NAME", help: "the instructions of a function", run: disassembly },
    Command { name: "load", argument: "FILE", help: "run a script here", run: load },
    Command {
        name: "save",
        argument: "FILE",
        help: "write the session as a script that is a test",
        run: save_session,
    },
    Command { name: "reset", argument: "", help: "forget everything", run: reset },
    Command { name: "quit", argument: "", help: "leave (as Ctrl-D)", run: |_, _| Next::Leave(0) },
];

/// The names of all commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

/// Run a command; `line` is without the colon.
pub fn run(repl: &mut Repl, line: &str) -> Next {
    let (name, argument) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let close = COMMANDS.iter().find(|command| !name.is_empty() && command.name.starts_with(name));
        match close {
            Some(command) => eprintln!("no command :{name}; did you mean :{}?", command.name),
            None => eprintln!("no command :{name}; :help lists them"),
        }
        return Next::Ask;
    };
    let argument = argument.trim();
    let is_required = !command.argument.is_empty() && !command.argument.starts_with('[');
    if is_required && argument.is_empty() {
        eprintln!(":{name} {}: {}", command.argument, command.help);
        return Next::Ask;
    }
    (command.run)(repl, argument)
}

fn help(_: &mut Repl, _: &str) -> Next {
    for command in COMMANDS {
        let usage = format!(":{} {}", command.name, command.argument);
        println!("{usage:<18} {}", command.help);
    }
    println!("`await` works at the prompt; tasks go on while you type. Ctrl-C ends what is awaited.");
    Next::Ask
}

fn tasks(repl: &mut Repl, _: &str) -> Next {
    let tasks = repl.prompt.tasks();
    if tasks.is_empty() {
        println!("no task is pending");
    }
    for (name, place) in tasks {
        println!("{name}  {place}");
    }
    Next::Ask
}

fn tree(repl: &mut Repl, _: &str) -> Next {
    let tasks = repl.prompt.tree();
    if tasks.is_empty() {
        println!("no task is pending");
    }
    for task in tasks {
        println!("{}", task.trim_end());
    }
    Next::Ask
}

fn cancel(repl: &mut Repl, name: &str) -> Next {
    if !repl.prompt.cancel(name) {
        eprintln!("no pending task is called {name}; :tasks lists them");
    }
    Next::Ask
}

fn clock(repl: &mut Repl, which: &str) -> Next {
    match which {
        "" => println!("{}", if prompt::is_virtual() { "virtual" } else { "real" }),
        "virtual" => repl.prompt.use_clock(true),
        "real" => repl.prompt.use_clock(false),
        _ => eprintln!(":clock [virtual|real]"),
    }
    Next::Ask
}

fn step(repl: &mut Repl, _: &str) -> Next {
    if !prompt::is_virtual() {
        eprintln!("real time does not wait; :clock virtual first");
        return Next::Ask;
    }
    let then = repl.prompt.step();
    repl.next(then)
}

fn seed(_: &mut Repl, number: &str) -> Next {
    match number.parse() {
        Ok(number) => crate::session::use_seed(number),
        Err(_) => eprintln!(":seed needs a number"),
    }
    Next::Ask
}

fn time(repl: &mut Repl, code: &str) -> Next {
    let start = Instant::now();
    let next = repl.take(code);
    println!("took {:.3} ms", start.elapsed().as_secs_f64() * 1e3);
    next
}

fn doc(repl: &mut Repl, name: &str) -> Next {
    match repl.prompt.documentation(name) {
        Some(text) => println!("{}", text.trim_end()),
        None => eprintln!("nothing is documented of {name}"),
    }
    Next::Ask
}

fn source(repl: &mut Repl, name: &str) -> Next {
    match repl.prompt.source_of(name) {
        Some(text) => println!("{}", text.trim_end()),
        None => eprintln!("{name} is no function of a script"),
    }
    Next::Ask
}

fn disassembly(repl: &mut Repl, name: &str) -> Next {
    match repl.prompt.disassembly_of(name) {
        Some(text) => println!("{}", text.trim_end()),
        None => eprintln!("{name} is no function of a script"),
    }
    Next::Ask
}

fn load(repl: &mut Repl, file: &str) -> Next {
    match std::fs::read_to_string(file) {
        Ok(text) => repl.run(Rc::new(SourceFile::new(file, text))),
        Err(error) => {
            eprintln!("cannot read {file}: {error}");
            Next::Ask
        }
    }
}

fn save_session(repl: &mut Repl, file: &str) -> Next {
    let script = save::script(&repl.inputs);
    super::make_folder_of(std::path::Path::new(file));
    if let Err(error) = std::fs::write(file, script) {
        eprintln!("cannot write {file}: {error}");
        return Next::Ask;
    }
    // The expected output is that of a test run: its clock is virtual, its seed fixed. That `--update`
    // is refused under CI protects files that are kept; this one was asked for just now.
    let done = std::env::current_exe().and_then(|apy| {
        let mut test = std::process::Command::new(apy);
        test.env_remove("CI").args(["test", "--update", "--inline", file]).output()
    });
    match done {
        Ok(output) if output.status.success() => println!("saved; `apy test {file}` runs it again"),
        Ok(output) => {
            eprintln!("{file} is saved, but does not pass as a test:");
            eprint!("{}", String::from_utf8_lossy(&output.stdout));
        }
        Err(error) => eprintln!("{file} is saved, but could not be run: {error}"),
    }
    Next::Ask
}

fn reset(repl: &mut Repl, _: &str) -> Next {
    eprintln!("a fresh session; tasks of the old one are cancelled");
    let fresh = Prompt::fresh(&mut repl.prompt, &repl.folder);
    repl.inputs.clear();
    if let Err(error) = repl.connect() {
        eprintln!("no event loop: {error}");
        return Next::Leave(1);
    }
    repl.next(fresh)
}
