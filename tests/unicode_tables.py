#!/usr/bin/env python3
"""Write src/object/unicode/tables.rs: what CPython 3.13 (Unicode 15.1) says of every character.

    python3.13 tests/unicode_tables.py > src/object/unicode/tables.rs

The compiler's own tables follow whatever Unicode version it was built with, so they cannot decide
what scripts see; this file can, and stays the same until it is written anew.
"""
import sys
import unicodedata

FLAGS = [
    ("ALPHA", lambda c: c.isalpha()),
    ("DECIMAL", lambda c: c.isdecimal()),
    ("DIGIT", lambda c: c.isdigit()),
    ("NUMERIC", lambda c: c.isnumeric()),
    ("LOWER", lambda c: c.islower()),
    ("UPPER", lambda c: c.isupper()),
    ("TITLE", lambda c: unicodedata.category(c) == "Lt"),
    ("SPACE", lambda c: c.isspace()),
    ("PRINTABLE", lambda c: c.isprintable()),
    ("XID_START", lambda c: c.isidentifier()),
    ("XID_CONTINUE", lambda c: ("a" + c).isidentifier()),
    ("CASE_IGNORABLE", lambda c: ("A\u03a3" + c + "A").lower()[1] == "\u03c3"
     and ("A\u03a3" + c).lower()[1] == "\u03c2"),
    ("LOWERS", lambda c: c.lower() != c),
    ("UPPERS", lambda c: c.upper() != c),
    ("TITLES", lambda c: c.title() != c.upper()),
    ("FOLDS", lambda c: c.casefold() != (c.lower() if c != "\u03a3" else "\u03c3")),
]


def is_scalar(code):
    return not 0xD800 <= code < 0xE000


def rows(items, width=108):
    line = "   "
    for item in items:
        if len(line) + 1 + len(item) > width:
            yield line
            line = "   "
        line += " " + item
    yield line


def escape(text):
    return "".join(f"\\u{{{ord(c):x}}}" for c in text)


def main():
    if sys.version_info[:2] != (3, 13):
        sys.exit("needs CPython 3.13")
    records, runs, last = [], [], None
    for code in range(0x110000):
        c = chr(code)
        flags = sum(1 << bit for bit, (_, test) in enumerate(FLAGS) if is_scalar(code) and test(c))
        if flags != last:
            if flags not in records:
                records.append(flags)
            runs.append((code, records.index(flags)))
            last = flags
    out = print
    out("//! What CPython 3.13 says of every character. Written by `tests/unicode_tables.py`; not by hand.")
    out("#![cfg_attr(rustfmt, rustfmt_skip)]\n")
    out(f"/// The version of Unicode: {unicodedata.unidata_version}.")
    out(f'pub const VERSION: &str = "{unicodedata.unidata_version}";\n')
    for bit, (name, _) in enumerate(FLAGS):
        out(f"pub const {name}: u16 = 1 << {bit};")
    out("\n/// The combinations of flags that occur.")
    out(f"pub static RECORDS: [u16; {len(records)}] = [")
    for line in rows([f"{flags:#x}," for flags in records]):
        out(line)
    out("];\n\n/// Where a run of characters with the same flags begins: the code point times 256, plus the index")
    out("/// of its record. Sorted.")
    out(f"pub static RUNS: [u32; {len(runs)}] = [")
    for line in rows([f"{code << 8 | record:#x}," for code, record in runs]):
        out(line)
    out("];\n\n/// The digits zero: each begins a run of ten decimal digits.")
    zeros = [chr(code) for code in range(0x110000) if unicodedata.decimal(chr(code), -1) == 0]
    for zero in zeros:
        assert [unicodedata.decimal(chr(ord(zero) + i), -1) for i in range(10)] == list(range(10))
    out(f"pub static ZEROS: [u32; {len(zeros)}] = [")
    for line in rows([f"{ord(zero):#x}," for zero in zeros]):
        out(line)
    table = [(c, c.title()) for c in map(chr, range(0x110000)) if c.title() != c.upper()]
    out("];\n\n/// Title case of the characters with `TITLES`. Sorted.")
    out(f"pub static TITLE_CASE: [(char, &str); {len(table)}] = [")
    for line in rows([f"('{escape(c)}', \"{escape(to)}\")," for c, to in table]):
        out(line)
    fold = FLAGS[-1][1]
    table = [(c, c.casefold()) for c in map(chr, range(0x110000)) if fold(c)]
    out("];\n\n/// Case folding of the characters with `FOLDS`. Sorted.")
    out(f"pub static CASE_FOLD: [(char, &str); {len(table)}] = [")
    for line in rows([f"('{escape(c)}', \"{escape(to)}\")," for c, to in table]):
        out(line)
    out("];")


main()
