//! Modules that are written in apy altogether.

use crate::object::spec::ModuleSpec;

/// A module of nothing but its script.
const fn scripted(name: &'static str, doc: &'static str, script: &'static str) -> ModuleSpec {
    ModuleSpec { name, doc, script, ..ModuleSpec::EMPTY }
}

/// The rows of [`SCRIPTED`]: a module's name, its script, its documentation.
macro_rules! scripted {
    ($($name:literal $file:literal $doc:literal,)+) => {
        /// All of them, by name.
        pub static SCRIPTED: &[&ModuleSpec] =
            &[$(&scripted($name, $doc, include_str!(concat!("../scripts/", $file)))),+];
    };
}

scripted! {
    "atexit" "atexit.apy" "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    "codecs" "codecs.apy" "Python Codec Registry, API and helpers.",
    "difflib" "difflib.apy" "Helpers for computing deltas between objects.",
    "enum" "enum.apy" "",
    "errno" "errno.apy" "This module makes available standard errno system symbols.",
    "fnmatch" "fnmatch.apy" "Filename matching with shell patterns.",
    "inspect" "inspect.apy" "Get useful information from live Python objects.",
    "keyword" "keyword.apy" "Keywords of the language.",
    "linecache" "linecache.apy" "Cache lines from Python source files.",
    "logging" "logging/package.apy" "Logging package for Python. Based on PEP 282 and comments thereto in\ncomp.lang.python.",
    "logging.config" "logging/config.apy" "Configuration functions for the logging package for Python.",
    "logging.handlers" "logging/handlers.apy" "Additional handlers for the logging package for Python.",
    "os" "os.apy" "OS routines for NT or Posix depending on what system we're on.",
    "posixpath" "posixpath.apy" "Common operations on Posix pathnames.",
    "pydoc" "pydoc.apy" "Documentation of things as text.",
    "pprint" "pprint.apy" "Support to pretty-print lists, tuples, & dictionaries recursively.",
    "queue" "queue.apy" "A multi-producer, multi-consumer queue.",
    "stat" "stat.apy" "Constants/functions for interpreting results of os.stat() and os.lstat().",
    "string" "string.apy" "A collection of string constants.",
    "textwrap" "textwrap.apy" "Text wrapping and filling.",
}
