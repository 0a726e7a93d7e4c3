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
    "__future__" "__future__.apy" "Record of phased-in incompatible language changes.",
    "_buffered" "_buffered.apy" "Buffers around raw files that scripts have written.",
    "_compression" "_compression.apy" "Internal classes used by the gzip, lzma and bz2 modules",
    "_codecs" "_codecs.apy" "",
    "_compat_pickle" "_compat_pickle.apy" "",
    "_markupbase" "_markupbase.apy" "Shared support for scanning document type declarations in HTML and XHTML.",
    "_sitebuiltins" "_sitebuiltins.apy" "The objects used by the site module to add custom builtins.",
    "_strptime" "_strptime.apy" "Strptime-related classes and functions.",
    "_threading_local" "_threading_local.apy" "Thread-local objects.",
    "argparse" "argparse.apy" "Command-line parsing library",
    "ast" "ast.apy" "Values of literals.",
    "atexit" "atexit.apy" "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    "base64" "base64.apy" "Base16, Base32, Base64 (RFC 3548), Base85 and Ascii85 data encodings",
    "calendar" "calendar.apy" "Calendar printing functions",
    "cmd" "cmd.apy" "A generic class to build line-oriented command interpreters.",
    "code" "code.apy" "Utilities needed to emulate Python's interactive interpreter.",
    "codecs" "codecs.apy" "Python Codec Registry, API and helpers.",
    "codeop" "codeop.apy" "Utilities to compile possibly incomplete Python source code.",
    "colorsys" "colorsys.apy" "Conversion functions between RGB and other color systems.",
    "configparser" "configparser.apy" "Configuration file parser.",
    "copy" "copy.apy" "Generic (shallow and deep) copying operations.",
    "copyreg" "copyreg.apy" "Helper to provide extensibility for pickle.",
    "csv" "csv.apy" "CSV reading and writing.",
    "datetime" "datetime.apy" "Concrete date/time and related types.",
    "difflib" "difflib.apy" "Helpers for computing deltas between objects.",
    "doctest" "doctest.apy" "Module doctest -- a framework for running examples in docstrings.",
    "enum" "enum.apy" "",
    "errno" "errno.apy" "This module makes available standard errno system symbols.",
    "filecmp" "filecmp.apy" "Utilities for comparing files and directories.",
    "fileinput" "fileinput.apy" "Helper class to quickly write a loop over all standard input files.",
    "fnmatch" "fnmatch.apy" "Filename matching with shell patterns.",
    "fractions" "fractions.apy" "Fraction, infinite-precision, rational numbers.",
    "getopt" "getopt.apy" "Parser for command line options.",
    "getpass" "getpass.apy" "Utilities to get a password and/or the current user name.",
    "gettext" "gettext.apy" "Internationalization and localization support.",
    "glob" "glob.apy" "Filename globbing utility.",
    "graphlib" "graphlib.apy" "",
    "gzip" "gzip.apy" "Functions that read and write gzipped files.",
    "hashlib" "hashlib.apy" "hashlib module - A common interface to many hash functions.",
    "hmac" "hmac.apy" "HMAC (Keyed-Hashing for Message Authentication) module.",
    "html" "html/package.apy" "General functions for HTML manipulation.",
    "html.entities" "html/entities.apy" "HTML character entity references.",
    "html.parser" "html/parser.apy" "A parser for HTML and XHTML.",
    "inspect" "inspect.apy" "Get useful information from live Python objects.",
    "ipaddress" "ipaddress.apy" "A fast, lightweight IPv4/IPv6 manipulation library in Python.",
    "keyword" "keyword.apy" "Keywords of the language.",
    "linecache" "linecache.apy" "Cache lines from Python source files.",
    "locale" "locale.apy" "Locale support module.",
    "logging" "logging/package.apy" "Logging package for Python. Based on PEP 282 and comments thereto in\ncomp.lang.python.",
    "logging.config" "logging/config.apy" "Configuration functions for the logging package for Python.",
    "logging.handlers" "logging/handlers.apy" "Additional handlers for the logging package for Python.",
    "mimetypes" "mimetypes.apy" "Guess the MIME type of a file.",
    "numbers" "numbers.apy" "Abstract Base Classes (ABCs) for numbers, according to PEP 3141.",
    "optparse" "optparse.apy" "A powerful, extensible, and easy-to-use option parser.",
    "os" "os.apy" "OS routines for NT or Posix depending on what system we're on.",
    "pathlib" "pathlib.apy" "Object-oriented filesystem paths.",
    "pickle" "pickle.apy" "Create portable serialized representations of Python objects.",
    "pkgutil" "pkgutil.apy" "Utilities to support packages.",
    "platform" "platform.apy" "This module tries to retrieve as much platform-identifying data as\npossible. It makes this information available via function APIs.",
    "posixpath" "posixpath.apy" "Common operations on Posix pathnames.",
    "pprint" "pprint.apy" "Support to pretty-print lists, tuples, & dictionaries recursively.",
    "pydoc" "pydoc.apy" "Documentation of things as text.",
    "queue" "queue.apy" "A multi-producer, multi-consumer queue.",
    "reprlib" "reprlib.apy" "Redo the builtin repr() (representation) but with limits on most sizes.",
    "sched" "sched.apy" "A generally useful event scheduler class.",
    "secrets" "secrets.apy" "Generate cryptographically strong pseudo-random numbers suitable for\nmanaging secrets such as account authentication, tokens, and similar.",
    "selectors" "selectors.apy" "Selectors module.\n\nThis module allows high-level and efficient I/O multiplexing, built upon the\n`select` module primitives.\n",
    "shlex" "shlex.apy" "A lexical analyzer class for simple shell-like syntaxes.",
    "shutil" "shutil.apy" "Utility functions for copying and archiving files and directory trees.",
    "socket" "socket.apy" "This module provides socket operations and some related functions.",
    "stat" "stat.apy" "Constants/functions for interpreting results of os.stat() and os.lstat().",
    "statistics" "statistics.apy" "Basic statistics module.",
    "string" "string.apy" "A collection of string constants.",
    "tempfile" "tempfile.apy" "Temporary files.",
    "textwrap" "textwrap.apy" "Text wrapping and filling.",
    "this" "this.apy" "",
    "timeit" "timeit.apy" "Tool for measuring execution time of small code snippets.",
    "token" "token.apy" "Token constants.",
    "tomllib" "tomllib.apy" "",
    "urllib" "urllib/package.apy" "",
    "urllib.error" "urllib/error.apy" "Exception classes raised by urllib.",
    "urllib.parse" "urllib/parse.apy" "Parse (absolute and relative) URLs.",
    "urllib.response" "urllib/response.apy" "Response classes used by urllib.",
    "uuid" "uuid.apy" "UUID objects (universally unique identifiers) according to RFC 4122.",
}
