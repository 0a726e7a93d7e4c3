//! `zlib`: compression as the library of that name does it, byte for byte.

use crate::library::types::bytes::buffer::bytes_argument;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, Script, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::cell::{Cell, RefCell};

pub static ZLIB: ModuleSpec = ModuleSpec {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.",
    functions: FUNCTIONS,
    script: Script::inline(
        "\
class error(Exception):
    pass


error.__module__ = 'zlib'
DEFLATED, DEF_BUF_SIZE, DEF_MEM_LEVEL, MAX_WBITS = 8, 16384, 8, 15
ZLIB_RUNTIME_VERSION = ZLIB_VERSION = '1.2.13'
Z_NO_COMPRESSION, Z_BEST_SPEED, Z_BEST_COMPRESSION, Z_DEFAULT_COMPRESSION = 0, 1, 9, -1
Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED = range(5)
Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES = range(7)


class _ZlibDecompressor:
    'Create a decompressor object for decompressing data incrementally.'

    def __init__(self, wbits=MAX_WBITS, zdict=b''):
        self._state = decompressobj(wbits, zdict) if zdict else decompressobj(wbits)
        self._waiting = b''
        self.eof, self.needs_input, self.unused_data = False, True, b''

    def decompress(self, data, max_length=-1):
        'Decompress *data*, returning uncompressed data as bytes.'
        if self.eof:
            raise EOFError('End of stream already reached')
        data = self._waiting + bytes(data)
        found = b'' if max_length == 0 else self._state.decompress(data, max(max_length, 0))
        self._waiting = data if max_length == 0 else self._state.unconsumed_tail
        self.eof, self.unused_data = self._state.eof, self._state.unused_data
        # With output at its limit more may come without input.
        is_full = max_length >= 0 and len(found) == max_length
        self.needs_input = not (self.eof or self._waiting or is_full)
        return found

    def __reduce__(self):
        raise TypeError(\"cannot pickle 'zlib._ZlibDecompressor' object\")
",
    ),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("adler32", "data, value=1, /", adler32, "Compute an Adler-32 checksum of data."),
    native("crc32", "data, value=0, /", super::binascii::crc32, "Compute a CRC-32 checksum of data."),
    native(
        "compress",
        "data, /, level=-1, wbits=15",
        compress,
        "Returns a bytes object containing compressed data.",
    ),
    native(
        "decompress",
        "data, /, wbits=15, bufsize=16384",
        decompress,
        "Returns a bytes object containing the uncompressed data.",
    ),
    native(
        "compressobj",
        "level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None",
        compress_object,
        "Return a compressor object.",
    ),
    native("decompressobj", "wbits=15, zdict=?", decompress_object, "Return a decompressor object."),
];

/// What a call failed with: how `zlib.error` words it.
struct Failure {
    code: i32,
    message: String,
}

/// `zlib.error`.
#[cold]
fn error(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let made = interp.import("zlib").and_then(|module| {
        let class = interp.attribute(&module, "error")?;
        interp.call(&class, &[Value::str(message)])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

#[cold]
fn failed(interp: &mut dyn Interpreter, failure: &Failure, doing: &str) -> Raised {
    let Failure { code, message } = failure;
    let colon = if message.is_empty() { "" } else { ": " };
    error(interp, &format!("Error {code} while {doing}{colon}{message}"))
}

const DATA_ERROR: i32 = -3;
const BUFFER_ERROR: i32 = -5;
const NEEDS_DICTIONARY: i32 = 2;

fn adler32(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    const BASE: u32 = 65_521;
    let start = integer(interp, &args[1])? as u32;
    let (mut low, mut high) = (start & 0xffff, start >> 16);
    // So many sums fit into 32 bits before they must be reduced.
    for part in bytes_argument(interp, &args[0])?.chunks(5552) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        (low, high) = (low % BASE, high % BASE);
    }
    Ok(Value::int(i64::from(high << 16 | low)))
}

fn integer(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    let index = interp.index(value)?;
    // Checksums are taken modulo 2**32, and nothing else is larger than an i64.
    Ok(index.as_int().unwrap_or_default())
}

/// How a stream is wrapped, and the size of its window.
#[derive(Clone, Copy)]
enum Wrapping {
    Zlib(u8),
    Raw(u8),
    Gzip(u8),
    /// Zlib or gzip, by the first bytes.
    Either(u8),
}

impl Wrapping {
    fn of(wbits: i64, is_compressing: bool) -> Option<Wrapping> {
        // A window of 256 bytes is taken as the next size, as the library does.
        let window = |bits: i64| bits.max(9) as u8;
        match wbits {
            0 if !is_compressing => Some(Wrapping::Zlib(15)),
            8..=15 => Some(Wrapping::Zlib(window(wbits))),
            -15..=-9 => Some(Wrapping::Raw(window(-wbits))),
            -8 if !is_compressing => Some(Wrapping::Raw(9)),
            16 if !is_compressing => Some(Wrapping::Gzip(15)),
            25..=31 => Some(Wrapping::Gzip(window(wbits - 16))),
            24 if !is_compressing => Some(Wrapping::Gzip(9)),
            32 if !is_compressing => Some(Wrapping::Either(15)),
            40..=47 if !is_compressing => Some(Wrapping::Either(window(wbits - 32))),
            _ => None,
        }
    }

    fn compressor(self, level: i64) -> Option<Compress> {
        let level = match level {
            -1 => Compression::default(),
            0..=9 => Compression::new(level as u32),
            _ => return None,
        };
        Some(match self {
            Wrapping::Zlib(bits) | Wrapping::Either(bits) => {
                Compress::new_with_window_bits(level, true, bits)
            }
            Wrapping::Raw(bits) => Compress::new_with_window_bits(level, false, bits),
            Wrapping::Gzip(bits) => Compress::new_gzip(level, bits),
        })
    }

    fn decompressor(self, start: &[u8]) -> Decompress {
        match self {
            Wrapping::Zlib(bits) => Decompress::new_with_window_bits(true, bits),
            Wrapping::Raw(bits) => Decompress::new_with_window_bits(false, bits),
            Wrapping::Gzip(bits) => Decompress::new_gzip(bits),
            Wrapping::Either(bits) if start.first() == Some(&0x1f) => Decompress::new_gzip(bits),
            Wrapping::Either(bits) => Decompress::new_with_window_bits(true, bits),
        }
    }
}

/// How much output is made room for at once.
const STEP: usize = 16_384;

/// Make room; MemoryError if there is none.
fn reserve(interp: &mut dyn Interpreter, out: &mut Vec<u8>, size: usize) -> Result<(), Raised> {
    match out.try_reserve(size) {
        Ok(()) => Ok(()),
        Err(_) => Err(interp.raise_args(CoreType::MemoryError, &[])),
    }
}

/// Compress all of `input`.
fn push_through(
    interp: &mut dyn Interpreter,
    state: &mut Compress,
    mut input: &[u8],
    flush: FlushCompress,
) -> Result<Vec<u8>, Raised> {
    let mut out = Vec::new();
    loop {
        let room = STEP.max(out.len());
        reserve(interp, &mut out, room)?;
        let before = state.total_in();
        let status = state.compress_vec(input, &mut out, flush);
        input = &input[(state.total_in() - before) as usize..];
        match status {
            Ok(Status::StreamEnd) => return Ok(out),
            // With room left over nothing waits any more.
            Ok(_) if input.is_empty() && out.len() < out.capacity() => return Ok(out),
            Ok(_) => {}
            Err(failure) => {
                let message = failure.message().unwrap_or_default().to_owned();
                return Err(failed(interp, &Failure { code: -2, message }, "compressing data"));
            }
        }
    }
}

/// Decompress until `limit` bytes are there, the input is used up or the stream ends. What is
/// left of the input, and whether the stream has ended.
fn pull_through<'i>(
    interp: &mut dyn Interpreter,
    state: &mut Decompress,
    mut input: &'i [u8],
    out: &mut Vec<u8>,
    limit: usize,
    dictionary: Option<&[u8]>,
) -> Result<Result<(&'i [u8], bool), Failure>, Raised> {
    // The library never fills what lies beyond the limit: the buffer is a slice of its own.
    let mut buffer = vec![0; STEP.min(limit.max(1))];
    loop {
        let room = buffer.len().min(limit - out.len());
        if room == 0 {
            return Ok(Ok((input, false)));
        }
        let (before_in, before_out) = (state.total_in(), state.total_out());
        let status = state.decompress(input, &mut buffer[..room], FlushDecompress::Sync);
        let taken = (state.total_in() - before_in) as usize;
        let made = (state.total_out() - before_out) as usize;
        input = &input[taken..];
        reserve(interp, out, made)?;
        out.extend_from_slice(&buffer[..made]);
        match status {
            Ok(Status::StreamEnd) => return Ok(Ok((input, true))),
            Ok(_) if made < room && input.is_empty() => return Ok(Ok((input, false))),
            Ok(_) if made == 0 && taken == 0 => return Ok(Ok((input, false))),
            Ok(_) => interp.poll()?,
            Err(failure) => {
                if failure.needs_dictionary().is_some() {
                    if let Some(dictionary) = dictionary
                        && state.set_dictionary(dictionary).is_ok()
                    {
                        continue;
                    }
                    return Ok(Err(Failure { code: NEEDS_DICTIONARY, message: String::new() }));
                }
                let message = failure.message().unwrap_or_default().to_owned();
                return Ok(Err(Failure { code: DATA_ERROR, message }));
            }
        }
    }
}

fn compress(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (level, wbits) = (integer(interp, &args[1])?, integer(interp, &args[2])?);
    let data = bytes_argument(interp, &args[0])?.to_vec();
    match Wrapping::of(wbits, true).and_then(|wrapping| wrapping.compressor(level)) {
        Some(mut state) => Ok(Value::bytes(push_through(interp, &mut state, &data, FlushCompress::Finish)?)),
        None => Err(error(interp, "Bad compression level")),
    }
}

fn decompress(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wbits = integer(interp, &args[1])?;
    if integer(interp, &args[2])? <= 0 {
        return Err(interp.value_error("bufsize must be greater than zero"));
    }
    let data = bytes_argument(interp, &args[0])?.to_vec();
    let Some(wrapping) = Wrapping::of(wbits, false) else {
        return Err(error(interp, "Error -2 while preparing to decompress data: inconsistent stream state"));
    };
    let mut out = Vec::new();
    let mut state = wrapping.decompressor(&data);
    let outcome = match pull_through(interp, &mut state, &data, &mut out, usize::MAX, None)? {
        Ok((_, true)) => return Ok(Value::bytes(out)),
        Ok((_, false)) => {
            Failure { code: BUFFER_ERROR, message: "incomplete or truncated stream".to_owned() }
        }
        Err(failure) => failure,
    };
    Err(failed(interp, &outcome, "decompressing data"))
}

/// A stream that is being compressed; `None` when it is finished.
struct Compressor(RefCell<Option<Compress>>);

static COMPRESS: TypeSpec = TypeSpec {
    name: "Compress",
    module: "zlib",
    methods: &[
        native(
            "compress",
            "data, /",
            compressor_compress,
            "Returns a bytes object containing compressed data.",
        ),
        native("copy", "", copy_refused, "Return a copy of the compression object."),
        native(
            "flush",
            "mode=4, /",
            compressor_flush,
            "Return a bytes object containing any remaining compressed data.",
        ),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Compressor {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Compressor {
    fn spec(&self) -> &'static TypeSpec {
        &COMPRESS
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn copy_refused(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise(CoreType::NotImplementedError, "copies of zlib's streams are not supported by apy"))
}

fn compress_object(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut numbers = [0; 5];
    for (number, value) in numbers.iter_mut().zip(args) {
        *number = integer(interp, value)?;
    }
    let [level, method, wbits, memory, strategy] = numbers;
    let invalid = |interp: &mut dyn Interpreter| Err(interp.value_error("Invalid initialization option"));
    if method != 8 || !(1..=9).contains(&memory) || !(0..=4).contains(&strategy) {
        return invalid(interp);
    }
    if memory != 8 || strategy != 0 {
        let text = "compressobj() with a memLevel or a strategy is not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, text));
    }
    let Some(mut state) = Wrapping::of(wbits, true).and_then(|wrapping| wrapping.compressor(level)) else {
        return invalid(interp);
    };
    if let Some(dictionary) = args[5].given_some() {
        let dictionary = bytes_argument(interp, dictionary)?;
        if state.set_dictionary(&dictionary).is_err() {
            return Err(interp.value_error("Invalid dictionary"));
        }
    }
    Ok(Value::object(Compressor(RefCell::new(Some(state)))))
}

fn expect_compressor<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v Compressor, Raised> {
    match this.downcast::<Compressor>() {
        Some(compressor) => Ok(compressor),
        None => Err(wrong_receiver(interp, "zlib.Compress", method, this)),
    }
}

/// The state is out of its place while it works: what it calls may come back.
fn with_compressor(
    interp: &mut dyn Interpreter,
    compressor: &Compressor,
    data: &[u8],
    flush: FlushCompress,
) -> Completion {
    let Some(mut state) = compressor.0.take() else {
        return Err(error(interp, "Error -2 while compressing data: inconsistent stream state"));
    };
    let out = push_through(interp, &mut state, data, flush)?;
    if !matches!(flush, FlushCompress::Finish) {
        compressor.0.replace(Some(state));
    }
    Ok(Value::bytes(out))
}

fn compressor_compress(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let compressor = expect_compressor(interp, &args[0], "compress")?;
    with_compressor(interp, compressor, &data, FlushCompress::None)
}

fn compressor_flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let compressor = expect_compressor(interp, &args[0], "flush")?;
    let flush = match integer(interp, &args[1])? {
        0 => return Ok(Value::bytes(Vec::new())),
        1 => FlushCompress::Partial,
        2 => FlushCompress::Sync,
        3 => FlushCompress::Full,
        4 => FlushCompress::Finish,
        _ => return Err(error(interp, "Error -2 while flushing: inconsistent stream state")),
    };
    with_compressor(interp, compressor, &[], flush)
}

/// A stream that is being decompressed.
struct Decompressor {
    wrapping: Wrapping,
    /// Made when the first bytes tell how the stream is wrapped.
    state: RefCell<Option<Decompress>>,
    dictionary: Option<Vec<u8>>,
    unused: RefCell<Vec<u8>>,
    unconsumed: RefCell<Vec<u8>>,
    is_at_end: Cell<bool>,
}

static DECOMPRESS: TypeSpec = TypeSpec {
    name: "Decompress",
    module: "zlib",
    methods: &[
        native("copy", "", copy_refused, "Return a copy of the decompression object."),
        native(
            "decompress",
            "data, /, max_length=0",
            decompressor_decompress,
            "Return a bytes object containing the decompressed version of the data.",
        ),
        native(
            "flush",
            "length=16384, /",
            decompressor_flush,
            "Return a bytes object containing any remaining decompressed data.",
        ),
    ],
    getters: &[
        getter("eof", |i, this| Ok(Value::bool(expect_decompressor(i, this, "eof")?.is_at_end.get())), ""),
        getter(
            "unconsumed_tail",
            |i, this| {
                Ok(Value::bytes(&**expect_decompressor(i, this, "unconsumed_tail")?.unconsumed.borrow()))
            },
            "",
        ),
        getter(
            "unused_data",
            |i, this| Ok(Value::bytes(&**expect_decompressor(i, this, "unused_data")?.unused.borrow())),
            "",
        ),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Decompressor {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Decompressor {
    fn spec(&self) -> &'static TypeSpec {
        &DECOMPRESS
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn decompress_object(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wbits = integer(interp, &args[0])?;
    let dictionary = match args[1].given() {
        Some(value) => Some(match bytes_argument(interp, value) {
            Ok(data) => data.to_vec(),
            Err(_) => return Err(interp.type_error("zdict argument must support the buffer protocol")),
        }),
        None => None,
    };
    let Some(wrapping) = Wrapping::of(wbits, false) else {
        return Err(interp.value_error("Invalid initialization option"));
    };
    let mut state = None;
    if let (Wrapping::Raw(_), Some(dictionary)) = (wrapping, &dictionary) {
        let mut raw = wrapping.decompressor(&[]);
        if raw.set_dictionary(dictionary).is_err() {
            return Err(interp.value_error("Invalid dictionary"));
        }
        state = Some(raw);
    }
    Ok(Value::object(Decompressor {
        wrapping,
        state: RefCell::new(state),
        dictionary,
        unused: RefCell::default(),
        unconsumed: RefCell::default(),
        is_at_end: Cell::new(false),
    }))
}

fn expect_decompressor<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v Decompressor, Raised> {
    match this.downcast::<Decompressor>() {
        Some(decompressor) => Ok(decompressor),
        None => Err(wrong_receiver(interp, "zlib.Decompress", method, this)),
    }
}

fn go_on(
    interp: &mut dyn Interpreter,
    decompressor: &Decompressor,
    data: &[u8],
    limit: usize,
    doing: &str,
) -> Completion {
    if decompressor.is_at_end.get() {
        decompressor.unused.borrow_mut().extend_from_slice(data);
        decompressor.unconsumed.borrow_mut().clear();
        return Ok(Value::bytes(Vec::new()));
    }
    let state = decompressor.state.take();
    if state.is_none() && data.is_empty() {
        return Ok(Value::bytes(Vec::new()));
    }
    let mut state = state.unwrap_or_else(|| decompressor.wrapping.decompressor(data));
    let mut out = Vec::new();
    let dictionary = decompressor.dictionary.as_deref();
    let outcome = pull_through(interp, &mut state, data, &mut out, limit, dictionary);
    decompressor.state.replace(Some(state));
    match outcome? {
        Ok((rest, is_at_end)) => {
            decompressor.is_at_end.set(is_at_end);
            let (unused, tail): (&[u8], &[u8]) = if is_at_end { (rest, &[]) } else { (&[], rest) };
            decompressor.unused.borrow_mut().extend_from_slice(unused);
            decompressor.unconsumed.replace(tail.to_vec());
            Ok(Value::bytes(out))
        }
        Err(failure) => Err(failed(interp, &failure, doing)),
    }
}

fn decompressor_decompress(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let limit = match integer(interp, &args[2])? {
        0 => usize::MAX,
        limit if limit > 0 => limit as usize,
        _ => return Err(interp.value_error("max_length must be non-negative")),
    };
    let decompressor = expect_decompressor(interp, &args[0], "decompress")?;
    go_on(interp, decompressor, &data, limit, "decompressing data")
}

fn decompressor_flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if integer(interp, &args[1])? <= 0 {
        return Err(interp.value_error("length must be greater than zero"));
    }
    let decompressor = expect_decompressor(interp, &args[0], "flush")?;
    let rest = decompressor.unconsumed.take();
    go_on(interp, decompressor, &rest, usize::MAX, "flushing")
}
