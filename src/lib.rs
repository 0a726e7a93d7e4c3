//! apy: an interpreter for a Python-like language made for concurrency.
#![deny(unsafe_code)]

// First, so that all others see its macros.
#[macro_use]
mod streams;

pub mod allocator;
pub mod bytecode;
pub mod cli;
pub mod compile;
pub mod diagnostics;
pub mod event_loop;
pub mod library;
pub mod object;
pub mod repl;
pub mod resolve;
pub mod session;
pub mod testing;
pub mod tree;
pub mod vm;
