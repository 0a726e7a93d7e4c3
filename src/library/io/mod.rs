//! Streams: the standard ones, files, and what is read and written in memory.

pub mod error;
pub mod standard;

pub use standard::flush_standard_streams;
