//! Telling what tasks do, wait for and died of.

pub mod stack;
