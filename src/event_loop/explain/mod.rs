//! Telling what tasks do, wait for and died of.

pub mod aside;
pub mod blocking;
pub mod cancel;
pub mod deadlock;
pub mod graph;
pub mod held;
pub mod help;
pub mod naming;
pub mod stack;
pub mod text;
pub mod tree;
