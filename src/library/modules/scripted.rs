//! Modules that are written in apy altogether.

use crate::object::spec::{ModuleSpec, Script};

/// A module of nothing but its script.
const fn scripted(name: &'static str, doc: &'static str, script: Script) -> ModuleSpec {
    ModuleSpec { name, doc, script, ..ModuleSpec::EMPTY }
}

/// The rows of [`SCRIPTED`]: a module's name, its script, its documentation.
macro_rules! scripted {
    ($($name:literal $file:literal $doc:literal,)+) => {
        /// All of them, by name.
        pub static SCRIPTED: &[&ModuleSpec] =
            &[$(&scripted($name, $doc, script!($file))),+];
    };
}

scripted! {
    "_strptime" "_strptime.apy" "Strptime-related classes and functions.",
    "argparse" "argparse.apy" "Command-line parsing library",
    "atexit" "atexit.apy" "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    "base64" "base64.apy" "Base16, Base32, Base64 (RFC 3548), Base85 and Ascii85 data encodings",
    "codecs" "codecs.apy" "Python Codec Registry, API and helpers.",
    "copyreg" "copyreg.apy" "Helper to provide extensibility for pickle.",
    "csv" "csv.apy" "CSV reading and writing.",
    "datetime" "datetime.apy" "Concrete date/time and related types.",
    "difflib" "difflib.apy" "Helpers for computing deltas between objects.",
    "doctest" "doctest.apy" "Module doctest -- a framework for running examples in docstrings.",
    "enum" "enum.apy" "",
    "errno" "errno.apy" "This module makes available standard errno system symbols.",
    "fnmatch" "fnmatch.apy" "Filename matching with shell patterns.",
    "fractions" "fractions.apy" "Fraction, infinite-precision, rational numbers.",
    "hashlib" "hashlib.apy" "hashlib module - A common interface to many hash functions.",
    "hmac" "hmac.apy" "HMAC (Keyed-Hashing for Message Authentication) module.",
    "inspect" "inspect.apy" "Get useful information from live Python objects.",
    "keyword" "keyword.apy" "Keywords of the language.",
    "linecache" "linecache.apy" "Cache lines from Python source files.",
    "logging" "logging/package.apy" "Logging package for Python. Based on PEP 282 and comments thereto in\ncomp.lang.python.",
    "logging.config" "logging/config.apy" "Configuration functions for the logging package for Python.",
    "logging.handlers" "logging/handlers.apy" "Additional handlers for the logging package for Python.",
    "numbers" "numbers.apy" "Abstract Base Classes (ABCs) for numbers, according to PEP 3141.",
    "os" "os.apy" "OS routines for NT or Posix depending on what system we're on.",
    "pathlib" "pathlib.apy" "Object-oriented filesystem paths.",
    "pickle" "pickle.apy" "Create portable serialized representations of Python objects.",
    "posixpath" "posixpath.apy" "Common operations on Posix pathnames.",
    "pydoc" "pydoc.apy" "Documentation of things as text.",
    "pprint" "pprint.apy" "Support to pretty-print lists, tuples, & dictionaries recursively.",
    "queue" "queue.apy" "A multi-producer, multi-consumer queue.",
    "secrets" "secrets.apy" "Generate cryptographically strong pseudo-random numbers suitable for\nmanaging secrets such as account authentication, tokens, and similar.",
    "shlex" "shlex.apy" "A lexical analyzer class for simple shell-like syntaxes.",
    "shutil" "shutil.apy" "Utility functions for copying and archiving files and directory trees.",
    "statistics" "statistics.apy" "Basic statistics module.",
    "stat" "stat.apy" "Constants/functions for interpreting results of os.stat() and os.lstat().",
    "string" "string.apy" "A collection of string constants.",
    "textwrap" "textwrap.apy" "Text wrapping and filling.",
    "_threading_local" "_threading_local.apy" "Thread-local objects.",
}
