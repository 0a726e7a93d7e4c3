//! apy: an interpreter for a Python-like language made for concurrency.
#![deny(unsafe_code)]

pub mod bytecode;
pub mod compile;
pub mod library;
pub mod object;
pub mod resolve;
pub mod vm;
