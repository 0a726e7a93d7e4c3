//! `_compressors`: what `_bz2` and `_lzma` are made of. A stream is given bytes and gives bytes; what
//! is left over, and the arguments, are the affair of these two.

use crate::library::types::bytes::buffer::bytes_argument;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use bzip2::{Compress, Compression, Decompress};
use liblzma::stream::{Action, Check, Error, Filters, LzmaOptions, MatchFinder, Mode, Status, Stream};
use std::cell::RefCell;

pub static COMPRESSORS: ModuleSpec = ModuleSpec {
    name: "_compressors",
    doc: "Streams of bzip2 and xz.",
    functions: FUNCTIONS,
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("bz2_decoder", "", bz2_decoder, "A stream that decompresses bzip2."),
    native("bz2_encoder", "level, /", bz2_encoder, "A stream that compresses to bzip2."),
    native(
        "lzma_decoder",
        "format, limit, filters, /",
        lzma_decoder,
        "A stream that decompresses xz, its older form, either, or raw data.",
    ),
    native(
        "lzma_encoder",
        "format, check, preset, filters, /",
        lzma_encoder,
        "A stream that compresses to xz, its older form or raw data.",
    ),
    native("lzma_has_check", "check, /", lzma_has_check, "Whether an integrity check is known."),
];

/// The containers, as `lzma.FORMAT_*`.
const AUTO: i64 = 0;
const XZ: i64 = 1;
const ALONE: i64 = 2;

/// A stream of one of the libraries.
enum Engine {
    BzipIn(Compress),
    BzipOut(Decompress),
    Lzma(Stream),
}

/// What a stream failed with.
enum Fault {
    /// `OSError`, of bzip2.
    Data,
    /// `LZMAError`, with these words.
    Lzma(&'static str),
    Memory,
}

/// How far a step went.
struct Step {
    taken: usize,
    made: usize,
    is_at_end: bool,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Lzma(match error {
            Error::Data => "Corrupt input data",
            Error::Options => "Invalid or unsupported options",
            Error::Format => "Input format not supported by decoder",
            Error::MemLimit => "Memory usage limit exceeded",
            Error::Mem => return Fault::Memory,
            Error::UnsupportedCheck => "Unsupported integrity check",
            Error::Program | Error::NoCheck => "Internal error",
        })
    }
}

impl Fault {
    #[cold]
    fn raise(self, interp: &mut dyn Interpreter) -> Raised {
        match self {
            Fault::Data => interp.raise(CoreType::OSError, "Invalid data stream"),
            Fault::Memory => interp.raise_args(CoreType::MemoryError, &[]),
            Fault::Lzma(message) => {
                let made = interp.import("_lzma").and_then(|module| {
                    let class = interp.attribute(&module, "LZMAError")?;
                    interp.call(&class, &[Value::str(message)])
                });
                match made.and_then(|error| interp.to_raised(&error)) {
                    Ok(raised) | Err(raised) => raised,
                }
            }
        }
    }
}

impl Engine {
    fn totals(&self) -> (u64, u64) {
        match self {
            Engine::BzipIn(state) => (state.total_in(), state.total_out()),
            Engine::BzipOut(state) => (state.total_in(), state.total_out()),
            Engine::Lzma(state) => (state.total_in(), state.total_out()),
        }
    }

    /// Take of `input` what goes, and fill `output` as far as possible.
    fn step(&mut self, input: &[u8], output: &mut [u8], is_last: bool) -> Result<Step, Fault> {
        let before = self.totals();
        let is_at_end = match self {
            Engine::BzipIn(state) => {
                let action = if is_last { bzip2::Action::Finish } else { bzip2::Action::Run };
                // To run without input is an error to the library.
                if input.is_empty() && !is_last {
                    return Ok(Step { taken: 0, made: 0, is_at_end: false });
                }
                match state.compress(input, output, action) {
                    Ok(bzip2::Status::MemNeeded) => return Err(Fault::Memory),
                    Ok(status) => status == bzip2::Status::StreamEnd,
                    Err(_) => return Err(Fault::Data),
                }
            }
            Engine::BzipOut(state) => match state.decompress(input, output) {
                Ok(bzip2::Status::MemNeeded) => return Err(Fault::Memory),
                Ok(status) => status == bzip2::Status::StreamEnd,
                Err(_) => return Err(Fault::Data),
            },
            Engine::Lzma(state) => {
                let action = if is_last { Action::Finish } else { Action::Run };
                match state.process(input, output, action)? {
                    // Nothing went in or out: more input or room is needed.
                    Status::MemNeeded if !input.is_empty() && !output.is_empty() => {
                        return Err(Fault::Lzma("Insufficient buffer space"));
                    }
                    status => status == Status::StreamEnd,
                }
            }
        };
        let after = self.totals();
        Ok(Step { taken: (after.0 - before.0) as usize, made: (after.1 - before.1) as usize, is_at_end })
    }
}

/// A stream; empty while it works.
struct Compressor(RefCell<Option<Engine>>);

static STREAM: TypeSpec = TypeSpec {
    name: "Stream",
    module: "_compressors",
    doc: "A stream of bzip2 or xz.",
    methods: &[
        native(
            "pull",
            "data, limit, /",
            pull,
            "At most so many bytes, how many of data were used, whether it is the end.",
        ),
        native("push", "data, is_last, /", push, "What comes out for all of data."),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Compressor {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Compressor {
    fn spec(&self) -> &'static TypeSpec {
        &STREAM
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn stream(engine: Engine) -> Completion {
    Ok(Value::object(Compressor(RefCell::new(Some(engine)))))
}

/// How much room for output there is at first; then twice as much, and so on.
const FIRST_ROOM: usize = 32 << 10;
/// More than this is never added at once.
const MOST_ROOM: usize = 16 << 20;

/// Move bytes until the output has `limit` bytes, the stream ends or nothing more comes.
fn run(
    interp: &mut dyn Interpreter,
    engine: &mut Engine,
    input: &[u8],
    limit: usize,
    is_last: bool,
) -> Result<(Vec<u8>, usize, bool), Raised> {
    let (mut out, mut made, mut taken) = (Vec::new(), 0, 0);
    loop {
        if made == out.len() {
            let room = out.len().clamp(FIRST_ROOM, MOST_ROOM).min(limit - made);
            if out.try_reserve(room).is_err() {
                return Err(Fault::Memory.raise(interp));
            }
            out.resize(made + room, 0);
        }
        let step = match engine.step(&input[taken..], &mut out[made..], is_last) {
            Ok(step) => step,
            Err(fault) => return Err(fault.raise(interp)),
        };
        taken += step.taken;
        made += step.made;
        let is_stuck = step.taken == 0 && step.made == 0;
        let is_empty = taken == input.len() && made < out.len() && !is_last;
        if step.is_at_end || made == limit || is_stuck || is_empty {
            out.truncate(made);
            return Ok((out, taken, step.is_at_end));
        }
        interp.poll()?;
    }
}

/// Do something with the stream `args[0]`.
fn with_engine<R>(
    interp: &mut dyn Interpreter,
    this: &Value,
    method: &str,
    f: impl FnOnce(&mut dyn Interpreter, &mut Engine) -> Result<R, Raised>,
) -> Result<R, Raised> {
    let Some(compressor) = this.downcast::<Compressor>() else {
        return Err(wrong_receiver(interp, "_compressors.Stream", method, this));
    };
    let Some(mut engine) = compressor.0.take() else {
        return Err(interp.value_error("the stream is at work"));
    };
    let result = f(interp, &mut engine);
    compressor.0.replace(Some(engine));
    result
}

fn push(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let is_last = interp.truth(&args[2])?;
    let (out, ..) = with_engine(interp, &args[0], "push", |interp, engine| {
        run(interp, engine, &data, usize::MAX, is_last)
    })?;
    Ok(Value::bytes(out))
}

fn pull(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let limit = usize::try_from(interp.expect_int(&args[2])?).unwrap_or(usize::MAX);
    let (out, taken, is_at_end) =
        with_engine(interp, &args[0], "pull", |interp, engine| run(interp, engine, &data, limit, false))?;
    Ok(Value::tuple(vec![Value::bytes(out), Value::int(taken as i64), Value::bool(is_at_end)]))
}

fn bz2_encoder(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let level = u32::try_from(interp.expect_int(&args[0])?).ok().and_then(Compression::try_new);
    match level {
        Some(level) => stream(Engine::BzipIn(Compress::new(level, 0))),
        None => Err(interp.value_error("compresslevel must be between 1 and 9")),
    }
}

fn bz2_decoder(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    stream(Engine::BzipOut(Decompress::new(false)))
}

/// The number `value`, None if it is missing or does not fit.
fn number(value: Option<&Value>) -> Option<u64> {
    let value = value.and_then(Value::given_some)?;
    value.to_big_int().and_then(|number| u64::try_from(&*number).ok())
}

fn check_of(id: u64) -> Result<Check, Fault> {
    match id {
        0 => Ok(Check::None),
        1 => Ok(Check::Crc32),
        4 => Ok(Check::Crc64),
        10 => Ok(Check::Sha256),
        2..=15 => Err(Fault::Lzma("Unsupported integrity check")),
        _ => Err(Fault::Lzma("Internal error")),
    }
}

/// The options of LZMA: preset, dict_size, lc, lp, pb, mode, nice_len, mf, depth; None keeps the preset's.
fn options(values: &[Value]) -> Result<LzmaOptions, Fault> {
    const WRONG: Fault = Fault::Lzma("Invalid or unsupported options");
    let number = |at: usize| match number(values.get(at)) {
        Some(number) => u32::try_from(number).map(Some).map_err(|_| WRONG),
        None => Ok(None),
    };
    let mut options = LzmaOptions::new_preset(number(0)?.unwrap_or(6))?;
    if let Some(size) = number(1)? {
        options.dict_size(size);
    }
    if let Some(bits) = number(2)? {
        options.literal_context_bits(bits);
    }
    if let Some(bits) = number(3)? {
        options.literal_position_bits(bits);
    }
    if let Some(bits) = number(4)? {
        options.position_bits(bits);
    }
    if let Some(mode) = number(5)? {
        options.mode(match mode {
            1 => Mode::Fast,
            2 => Mode::Normal,
            _ => return Err(WRONG),
        });
    }
    if let Some(length) = number(6)? {
        options.nice_len(length);
    }
    if let Some(finder) = number(7)? {
        options.match_finder(match finder {
            3 => MatchFinder::HashChain3,
            4 => MatchFinder::HashChain4,
            18 => MatchFinder::BinaryTree2,
            19 => MatchFinder::BinaryTree3,
            20 => MatchFinder::BinaryTree4,
            _ => return Err(WRONG),
        });
    }
    if let Some(depth) = number(8)? {
        options.depth(depth);
    }
    Ok(options)
}

/// One tuple of a chain: the id of the filter, then what it is told.
fn add_filter(filters: &mut Filters, values: &[Value]) -> Result<(), Fault> {
    let number = |at: usize| number(values.get(at)).unwrap_or_default();
    // Where the code lies that is to be filtered.
    let start = u32::try_from(number(1)).unwrap_or(u32::MAX).to_le_bytes();
    match number(0) {
        0x21 => filters.lzma2(&options(&values[1..])?),
        3 => match u8::try_from(number(1).wrapping_sub(1)) {
            Ok(distance) => filters.delta_properties(&[distance])?,
            Err(_) => return Err(Fault::Lzma("Invalid or unsupported options")),
        },
        4 => filters.x86_properties(&start)?,
        5 => filters.powerpc_properties(&start)?,
        6 => filters.ia64_properties(&start)?,
        7 => filters.arm_properties(&start)?,
        8 => filters.arm_thumb_properties(&start)?,
        9 => filters.sparc_properties(&start)?,
        _ => filters.lzma1(&options(&values[1..])?),
    };
    Ok(())
}

fn filters(chain: &Value) -> Result<Filters, Fault> {
    let mut filters = Filters::new();
    for filter in chain.as_tuple().unwrap_or_default() {
        add_filter(&mut filters, filter.as_tuple().unwrap_or_default())?;
    }
    Ok(filters)
}

fn lzma_encoder(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [format, check, preset, chain] = args else { return Ok(Value::NONE) };
    let format = interp.expect_int(format)?;
    let preset = || u32::try_from(number(Some(preset)).unwrap_or(6)).unwrap_or(u32::MAX);
    let made = || -> Result<Stream, Fault> {
        Ok(match (format, chain.as_tuple()) {
            (XZ, None) => Stream::new_easy_encoder(preset(), check_of(number(Some(check)).unwrap_or(4))?)?,
            (XZ, Some(_)) => {
                Stream::new_stream_encoder(&filters(chain)?, check_of(number(Some(check)).unwrap_or(4))?)?
            }
            (ALONE, None) => Stream::new_lzma_encoder(&LzmaOptions::new_preset(preset())?)?,
            (ALONE, Some([filter])) => {
                let values = filter.as_tuple().unwrap_or_default();
                Stream::new_lzma_encoder(&options(values.get(1..).unwrap_or_default())?)?
            }
            _ => Stream::new_raw_encoder(&filters(chain)?)?,
        })
    };
    match made() {
        Ok(made) => stream(Engine::Lzma(made)),
        Err(fault) => Err(fault.raise(interp)),
    }
}

fn lzma_decoder(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [format, limit, chain] = args else { return Ok(Value::NONE) };
    let format = interp.expect_int(format)?;
    let limit = number(Some(limit)).unwrap_or(u64::MAX);
    let made = || -> Result<Stream, Fault> {
        Ok(match format {
            AUTO => Stream::new_auto_decoder(limit, 0)?,
            XZ => Stream::new_stream_decoder(limit, 0)?,
            ALONE => Stream::new_lzma_decoder(limit)?,
            _ => Stream::new_raw_decoder(&filters(chain)?)?,
        })
    };
    match made() {
        Ok(made) => stream(Engine::Lzma(made)),
        Err(fault) => Err(fault.raise(interp)),
    }
}

fn lzma_has_check(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let check = number(Some(&args[0])).and_then(|id| check_of(id).ok());
    Ok(Value::bool(check.is_some_and(|check| check.is_supported())))
}
