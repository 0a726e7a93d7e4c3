//! `unittest`: all of it is written in apy, a module for each of its parts.

use crate::object::spec::ModuleSpec;

pub static UNITTEST: ModuleSpec = ModuleSpec {
    name: "unittest",
    doc: "Python unit testing framework.",
    script: script!("unittest/package.apy"),
    ..ModuleSpec::EMPTY
};

pub static CASE: ModuleSpec = ModuleSpec {
    name: "unittest.case",
    doc: "Test case implementation",
    script: script!("unittest/case.apy"),
    ..ModuleSpec::EMPTY
};

pub static RESULT: ModuleSpec = ModuleSpec {
    name: "unittest.result",
    doc: "Test result object",
    script: script!("unittest/result.apy"),
    ..ModuleSpec::EMPTY
};

pub static SUITE: ModuleSpec = ModuleSpec {
    name: "unittest.suite",
    doc: "TestSuite",
    script: script!("unittest/suite.apy"),
    ..ModuleSpec::EMPTY
};

pub static LOADER: ModuleSpec = ModuleSpec {
    name: "unittest.loader",
    doc: "Loading unittests.",
    script: script!("unittest/loader.apy"),
    ..ModuleSpec::EMPTY
};

pub static RUNNER: ModuleSpec = ModuleSpec {
    name: "unittest.runner",
    doc: "Running tests",
    script: script!("unittest/runner.apy"),
    ..ModuleSpec::EMPTY
};

pub static MAIN: ModuleSpec = ModuleSpec {
    name: "unittest.main",
    doc: "Unittest main program",
    script: script!("unittest/main.apy"),
    ..ModuleSpec::EMPTY
};

pub static SIGNALS: ModuleSpec = ModuleSpec {
    name: "unittest.signals",
    doc: "Results that an interrupt should stop.",
    script: script!("unittest/signals.apy"),
    ..ModuleSpec::EMPTY
};

pub static UTIL: ModuleSpec = ModuleSpec {
    name: "unittest.util",
    doc: "Various utility functions.",
    script: script!("unittest/util.apy"),
    ..ModuleSpec::EMPTY
};

pub static ASYNC_CASE: ModuleSpec = ModuleSpec {
    name: "unittest.async_case",
    doc: "Test cases whose methods are coroutines.",
    script: script!("unittest/async_case.apy"),
    ..ModuleSpec::EMPTY
};

pub static LOG: ModuleSpec = ModuleSpec {
    name: "unittest._log",
    doc: "What is logged in a block.",
    script: script!("unittest/_log.apy"),
    ..ModuleSpec::EMPTY
};

pub static MOCK: ModuleSpec = ModuleSpec {
    name: "unittest.mock",
    doc: "Objects that record how they are used, and stand in for others.",
    script: script!("unittest/mock.apy"),
    ..ModuleSpec::EMPTY
};
