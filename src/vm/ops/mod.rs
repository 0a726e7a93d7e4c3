//! What instructions do when it takes more than a few lines.

mod arith;
mod attr;
mod build;
mod compare;
mod format;
mod group;
mod item;
mod iter;
mod method;
mod names;
mod operator;
mod pattern;
mod slice;
mod with;

pub(in crate::vm) use arith::{OperatorNames, modulo_positive, quick_integer};
pub(in crate::vm) use compare::comparison_names;
