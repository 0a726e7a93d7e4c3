//! The command line.

mod dump;
mod test;

use crate::repl;
use crate::session::{self, Outcome, Schedule, Session};
use crate::testing;
use apy_grammar::SourceFile;
use clap::Parser;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Size of the interpreter thread's native stack: natives that call scripts nest on it. Only
/// what is used costs memory.
const STACK_SIZE: usize = 1 << 30;

/// Run Python-like programs made of coroutines.
#[derive(Parser)]
#[command(
    name = "apy",
    version,
    about = "Run a program: apy FILE [ARGS]. Without FILE, or with -, the program comes from standard input.",
    disable_help_subcommand = true
)]
struct Options {
    /// Program given as text
    #[arg(short = 'c', value_name = "CODE", allow_hyphen_values = true)]
    code: Option<String>,

    /// Open the prompt after the program, or with nothing else to run
    #[arg(short = 'i')]
    interactive: bool,

    /// Sleep no sleep: when nothing is ready, the clock jumps to the next deadline
    #[arg(long)]
    virtual_time: bool,

    /// Order of ready tasks: fifo (asyncio's), shuffle, explore (also delays tasks), or replay=LIST
    #[arg(long, value_name = "ORDER")]
    schedule: Option<String>,

    /// Tell of callbacks that hold the event loop so many milliseconds, with their stack
    #[arg(long, value_name = "MS")]
    warn_blocking: Option<u64>,

    /// At the end, say on standard error where the order of tasks was not asyncio's
    #[arg(long)]
    show_schedule: bool,

    /// Start the random generator, and the order of tasks, from this number
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// For `apy test`: where to write what the run left behind
    #[arg(long, value_name = "FILE", hide = true)]
    test_report: Option<PathBuf>,

    /// For `apy test`: bytes of memory
    #[arg(long, value_name = "N", hide = true, requires = "test_report")]
    test_memory: Option<u64>,

    /// A script, - for standard input, or one of: run FILE, test [PATHS], tokens FILE, ast FILE, dis FILE
    #[arg(value_name = "FILE")]
    file: Option<OsString>,

    /// Arguments of the program
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

/// Where a program's text comes from.
enum Program {
    Code(String),
    File(PathBuf),
    Stdin,
}

/// Run the command with the process's arguments; the exit code.
pub fn main() -> i32 {
    // -c takes the rest of the line as the program's arguments, whatever they look like.
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let mut after_code = Vec::new();
    if let Some(place) = arguments.iter().position(|argument| argument == "-c")
        && arguments[1..place].iter().all(|argument| argument.to_string_lossy().starts_with("--"))
        && arguments.len() > place + 2
    {
        after_code = arguments.split_off(place + 2);
    }
    // `test` has options of its own; a lone word is a script if there is a file of that name.
    if arguments.get(1).is_some_and(|word| word == "test")
        && !(arguments.len() == 2 && Path::new("test").is_file())
    {
        return test::main(&arguments[1..]);
    }
    let mut options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(error) => {
            // Printing to a closed stream is nobody's concern here.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    options.args.extend(after_code);
    let runner = std::thread::Builder::new().stack_size(stack_size()).name("apy".into());
    // The process ends on the thread: what belongs to that need not be taken down.
    let thread = runner.spawn(move || -> i32 { std::process::exit(run(options)) });
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => 101,
        Err(error) => {
            eprintln!("apy: cannot start the interpreter: {error}");
            1
        }
    }
}

/// The native stack of the interpreter: less where the process may not have much memory.
fn stack_size() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current;
    let size = limit.map_or(STACK_SIZE, |limit| ((limit / 16) as usize).clamp(STACK_SIZE / 16, STACK_SIZE));
    session::use_stack(size, STACK_SIZE);
    size
}

fn run(mut options: Options) -> i32 {
    #[cfg(not(feature = "memcheck"))]
    crate::allocator::reserve::hold(session::memory_ends);
    if options.virtual_time {
        session::use_virtual_time();
    }
    if let Some(order) = &options.schedule {
        // A run in a drawn order can be repeated, so nothing else may vary either.
        let seed = *options.seed.get_or_insert(0);
        match Schedule::parse(order, seed) {
            Ok(schedule) => session::use_schedule(&schedule),
            Err(message) => {
                eprintln!("apy: --schedule: {message}");
                return 2;
            }
        }
    }
    if let Some(seed) = options.seed {
        session::use_seed(seed);
    }
    if let Some(milliseconds) = options.warn_blocking
        && let Err(error) = session::warn_blocking(milliseconds)
    {
        eprintln!("apy: --warn-blocking: {error}");
        return 1;
    }
    let mut command = None;
    if options.code.is_none()
        && let Some(file) = options.file.as_ref().and_then(|file| file.to_str())
        && ["run", "tokens", "ast", "dis"].contains(&file)
        && !(Path::new(file).is_file() && options.args.is_empty())
    {
        command = options.file.take();
        if options.args.is_empty() {
            eprintln!(
                "apy: {} needs a file",
                command.as_ref().map_or_else(String::new, |c| c.to_string_lossy().into_owned())
            );
            return 2;
        }
        options.file = Some(options.args.remove(0));
    }
    let program = match (options.code.take(), options.file.take()) {
        (Some(code), file) => {
            options.args.splice(0..0, file);
            Program::Code(code)
        }
        (None, Some(file)) if file != "-" => Program::File(file.into()),
        (None, Some(_)) => Program::Stdin,
        (None, None) if options.interactive || std::io::stdin().is_terminal() => {
            return open_prompt(None, PathBuf::new(), Vec::new());
        }
        (None, None) => Program::Stdin,
    };
    let source = match read_program(&program) {
        Ok(source) => Rc::new(source),
        Err(Failure { message, code }) => {
            eprintln!("{message}");
            return code;
        }
    };
    if options.interactive && command.is_none() {
        let folder = match &program {
            Program::File(path) => path.parent().map(Path::to_path_buf).unwrap_or_default(),
            _ => PathBuf::new(),
        };
        return open_prompt(Some(source), folder, options.args);
    }
    if options.test_report.is_some()
        && let Err(error) =
            testing::worker::begin(options.test_memory, source.name(), options.schedule.is_some())
    {
        eprintln!("apy: cannot run as a test: {error}");
        return 2;
    }
    let code = match command.as_ref().and_then(|command| command.to_str()) {
        Some("tokens") => dump::tokens(&source),
        Some("ast") => dump::ast(&source),
        Some("dis") => dump::disassembly(&source),
        _ => run_program(&program, source, &options.args),
    };
    // `apy test` itself says how to repeat a run, and compares what stands in standard error.
    if code != 0
        && options.test_report.is_none()
        && let Some(options) = session::repeat_by()
    {
        eprintln!("note: to repeat this run: {options}");
    }
    if options.show_schedule {
        show_schedule();
    }
    if let Some(path) = &options.test_report
        && let Err(error) = testing::worker::finish(path)
    {
        eprintln!("apy: cannot write {}: {error}", path.display());
    }
    code
}

/// Open the prompt, after running a program if there is one.
fn open_prompt(file: Option<Rc<SourceFile>>, folder: PathBuf, args: Vec<OsString>) -> i32 {
    let mut argv = vec![file.as_ref().map_or_else(String::new, |source| source.name().to_string())];
    argv.extend(args.iter().map(|argument| argument.to_string_lossy().into_owned()));
    session::set_arguments(argv);
    if let Err(error) = session::catch_interrupts() {
        eprintln!("apy: Ctrl-C cannot be caught: {error}");
    }
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    repl::main(&repl::Options { file, folder, is_terminal })
}

/// Why there is no program to run.
struct Failure {
    message: String,
    code: i32,
}

fn read_program(program: &Program) -> Result<SourceFile, Failure> {
    let (name, data) = match program {
        Program::Code(code) => return Ok(SourceFile::new("<string>", code.as_str())),
        Program::Stdin => {
            let mut data = Vec::new();
            match std::io::stdin().lock().read_to_end(&mut data) {
                Ok(_) => ("<stdin>".to_owned(), data),
                Err(error) => {
                    return Err(Failure {
                        message: format!("apy: cannot read standard input: {error}"),
                        code: 2,
                    });
                }
            }
        }
        Program::File(path) => match std::fs::read(path) {
            Ok(data) => (path.to_string_lossy().into_owned(), data),
            Err(error) => {
                let text = error.to_string();
                let text = text.split(" (os error").next().unwrap_or_default();
                let reason = match error.raw_os_error() {
                    Some(number) => format!("[Errno {number}] {text}"),
                    None => text.to_owned(),
                };
                return Err(Failure {
                    message: format!("apy: can't open file '{}': {reason}", path.display()),
                    code: 2,
                });
            }
        },
    };
    match session::decode(&data) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(at) => {
            let line = data[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
            let byte = data[at];
            Err(Failure {
                message: format!(
                    "SyntaxError: Non-UTF-8 code starting with '\\x{byte:02x}' in file {name} on line {line}, \
                     but no encoding declared; see https://peps.python.org/pep-0263/ for details"
                ),
                code: 1,
            })
        }
    }
}

/// List the departures from asyncio's order, and how to repeat them.
fn show_schedule() {
    let departures = session::departures();
    for departure in &departures {
        eprintln!("{}  {departure}", departure.choice);
    }
    let choices = departures.iter().map(|departure| departure.choice).collect();
    eprintln!("{}", Schedule::replay(choices));
}

fn run_program(program: &Program, source: Rc<SourceFile>, args: &[OsString]) -> i32 {
    let (first, folder) = match program {
        Program::Code(_) => ("-c".to_owned(), PathBuf::new()),
        Program::Stdin => ("-".to_owned(), PathBuf::new()),
        Program::File(path) => {
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            // Imported modules know where they are even if the program changes its folder.
            let current = std::env::current_dir().unwrap_or_default();
            let folder = if folder.as_os_str().is_empty() { current } else { current.join(folder) };
            (path.to_string_lossy().into_owned(), folder)
        }
    };
    let mut argv = vec![first];
    argv.extend(args.iter().map(|argument| argument.to_string_lossy().into_owned()));
    session::set_arguments(argv);
    if let Err(error) = session::catch_interrupts() {
        eprintln!("apy: Ctrl-C cannot be caught: {error}");
    }
    let mut session = Session::new(&folder);
    if let Program::File(path) = program {
        let path = std::env::current_dir().unwrap_or_default().join(path);
        session.set_file(&path.to_string_lossy());
    }
    match session.run_main(source) {
        Outcome::Exit(code) => code,
        Outcome::Interrupted => 130,
    }
}
