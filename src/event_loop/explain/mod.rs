//! Telling what tasks do, wait for and died of.

pub mod deadlock;
pub mod graph;
pub mod held;
pub mod naming;
pub mod stack;
