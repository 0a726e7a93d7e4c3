//! Streams: the standard ones, files, and what is read and written in memory.

pub mod base;
pub mod binary;
pub mod bytes_io;
pub mod channel;
pub mod defaults;
pub mod delegate;
pub mod descriptors;
pub mod error;
pub mod newline;
pub mod open;
pub mod reading;
pub mod standard;
pub mod streams;
pub mod string_io;
pub mod text;
mod text_rows;

pub use standard::flush_standard_streams;
