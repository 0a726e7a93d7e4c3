//! The targets without libFuzzer: random bytes from a seed, some of them changed scripts.
//!
//!     cargo run --no-default-features --bin drive -- TARGET [--seconds N] [--seed N] [--corpus FOLDER] [--one SEED]
//!
//! Before each input its seed is written to standard error when it is slow; a panic names it. `--one` runs the
//! input of one seed and prints it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// As much as `apy` itself gives the interpreter.
const STACK: usize = 1 << 30;
/// An input that takes longer than this is reported.
const SLOW: Duration = Duration::from_secs(3);

struct Options {
    target: fn(&[u8]),
    seconds: u64,
    seed: u64,
    corpus: Option<PathBuf>,
    one: Option<u64>,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("drive: {message}");
            return ExitCode::from(2);
        }
    };
    // The process ends on the thread: the interpreter need not be taken down.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        drive(&options);
        std::process::exit(0)
    });
    drop(thread.map(std::thread::JoinHandle::join));
    ExitCode::FAILURE
}

fn options() -> Result<Options, String> {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("which target?")?;
    let target =
        apy_fuzz::TARGETS.iter().find(|(known, _)| *known == name).ok_or(format!("no target {name}"))?.1;
    let mut options = Options { target, seconds: 60, seed: 1, corpus: None, one: None };
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{word} needs a number"));
        match word.as_str() {
            "--seconds" => options.seconds = number()?,
            "--seed" => options.seed = number()?,
            "--one" => options.one = Some(number()?),
            "--corpus" => options.corpus = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    Ok(options)
}

thread_local! {
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

fn drive(options: &Options) {
    let corpus = options.corpus.as_deref().map(scripts).unwrap_or_default();
    if let Some(seed) = options.one {
        let data = input(seed, &corpus);
        println!("{}", String::from_utf8_lossy(&data));
        return (options.target)(&data);
    }
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        eprintln!("the input of seed {}:", CURRENT.get());
        usual(info);
    }));
    let (begun, mut seed, mut slowest) = (Instant::now(), options.seed, Duration::ZERO);
    while begun.elapsed().as_secs() < options.seconds {
        CURRENT.set(seed);
        let data = input(seed, &corpus);
        let start = Instant::now();
        (options.target)(&data);
        let took = start.elapsed();
        slowest = slowest.max(took);
        if took > SLOW {
            eprintln!("seed {seed} took {took:?}");
        }
        seed += 1;
    }
    println!("{} inputs from seed {}, the slowest took {slowest:?}", seed - options.seed, options.seed);
}

/// All scripts below a folder.
fn scripts(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "apy") {
            found.extend(std::fs::read(&path).ok());
        }
    }
    found.sort();
    found
}

/// The bytes of a seed: random ones, or a script with a few changes.
fn input(seed: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    if corpus.is_empty() || random() % 4 == 0 {
        let length = random() % 400;
        return (0..length).map(|_| random() as u8).collect();
    }
    let mut below = |bound: usize| (random() % bound.max(1) as u64) as usize;
    let mut data = corpus[below(corpus.len())].clone();
    let start = below(data.len());
    data = data[start..(start + 1 + below(1500)).min(data.len())].to_vec();
    const BITS: &[&[u8]] = &[
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"'",
        b"\"",
        b"\"\"\"",
        b"f'",
        b":",
        b"\n",
        b"    ",
        b"\t",
        b"\\",
        b"#",
        b"*",
        b"**",
        b"=",
        b":=",
        b"lambda",
        b"async ",
        b"\xc3\xa9",
        b"\0",
        b"\r",
        b"match ",
        b"0x",
        b"1e",
        b"@",
        b",",
        b";",
    ];
    for _ in 0..below(8) {
        let at = below(data.len() + 1);
        match below(4) {
            0 if at < data.len() => drop(data.remove(at)),
            1 => drop(data.splice(at..at, BITS[below(BITS.len())].iter().copied())),
            2 if at < data.len() => data[at] = below(256) as u8,
            _ => {
                let from = below(data.len() + 1);
                let piece = data[from..(from + below(30)).min(data.len())].to_vec();
                drop(data.splice(at..at, piece));
            }
        }
    }
    data
}
