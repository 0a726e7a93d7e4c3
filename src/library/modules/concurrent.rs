//! `concurrent.futures`, written in apy.

use crate::object::Value;
use crate::object::spec::{ConstantFn, ModuleSpec};

/// What makes a module a package.
static PACKAGE: &[(&str, ConstantFn)] = &[("__path__", |_| Value::list(Vec::new()))];

pub static CONCURRENT: ModuleSpec =
    ModuleSpec { name: "concurrent", constants: PACKAGE, ..ModuleSpec::EMPTY };

pub static FUTURES: ModuleSpec = ModuleSpec {
    name: "concurrent.futures",
    doc: "Execute computations asynchronously using threads or processes.",
    constants: PACKAGE,
    script: script!("concurrent_futures.apy"),
    ..ModuleSpec::EMPTY
};

pub static BASE: ModuleSpec = ModuleSpec {
    name: "concurrent.futures._base",
    script: script!("concurrent_base.apy"),
    ..ModuleSpec::EMPTY
};

pub static THREAD: ModuleSpec = ModuleSpec {
    name: "concurrent.futures.thread",
    doc: "Implements ThreadPoolExecutor.",
    script: script!("concurrent_thread.apy"),
    ..ModuleSpec::EMPTY
};
