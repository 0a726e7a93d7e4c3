//! Code as bytes: what the build makes of the library's scripts, so that importing one costs
//! neither parsing nor compiling.
//!
//! An archive holds the codes of one module. Numbers are varints (LEB128), instructions are
//! little-endian words, texts are kept once and named by their index. Only what is used is read:
//! a function's code when the function is made, a text when a code names it.
//!
//! ```text
//! count of texts u32 | end of each text u32 ... | texts | codes, children first | place of the root u32
//! ```

mod read;
mod write;

pub use read::{Archived, load};
pub use write::write;

use super::code::{CodeKind, Flavor};

/// In the order of their numbers in an archive.
const KINDS: [CodeKind; 6] = [
    CodeKind::Module,
    CodeKind::Dynamic,
    CodeKind::Class,
    CodeKind::Function,
    CodeKind::Lambda,
    CodeKind::GeneratorExpression,
];

/// In the order of their numbers in an archive.
const FLAVORS: [Flavor; 4] = [Flavor::Plain, Flavor::Generator, Flavor::Coroutine, Flavor::AsyncGenerator];

/// What a constant begins with.
mod tag {
    pub const NONE: u8 = 0;
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_INT: u8 = 5;
    pub const FLOAT: u8 = 6;
    pub const COMPLEX: u8 = 7;
    pub const STR: u8 = 8;
    pub const BYTES: u8 = 9;
    pub const TUPLE: u8 = 10;
    pub const FROZEN_SET: u8 = 11;
}

/// Bits of the byte that tells what a code has.
mod has {
    pub const SPILL: u8 = 1;
    pub const FUTURE_ANNOTATIONS: u8 = 2;
    pub const READS_LOCALS: u8 = 4;
    pub const DOC: u8 = 8;
    pub const VARARGS: u8 = 16;
    pub const VARKEYWORDS: u8 = 32;
}

/// The number of a small signed one: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
