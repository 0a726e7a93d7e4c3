#!/usr/bin/env python3
"""Write src/library/modules/unicodedata/database.txt: what CPython 3.13's `unicodedata` says.

    python3.13 tests/unicode_database.py > src/library/modules/unicodedata/database.txt

Four sections, each ended by an empty line, all numbers of characters in hexadecimal:
  runs            first character, category, combining class, bidirectional class, mirrored, width
  numbers         first character, how many in a row, kind (d: decimal, g: digit, n: numeric), value of the first
  decompositions  character, as `unicodedata.decomposition` writes it
  compositions    pair, and the character that canonical composition makes of it
"""
import sys
import unicodedata
from fractions import Fraction

HANGUL = range(0xAC00, 0xAC00 + 11172)


def number(c):
    if unicodedata.decimal(c, None) is not None:
        return "d", Fraction(unicodedata.decimal(c))
    if unicodedata.digit(c, None) is not None:
        return "g", Fraction(unicodedata.digit(c))
    value = unicodedata.numeric(c, None)
    return None if value is None else ("n", Fraction(value).limit_denominator(1000))


def main():
    if sys.version_info[:2] != (3, 13):
        sys.exit("needs CPython 3.13")
    last = None
    for code in range(0x110000):
        c = chr(code)
        record = " ".join([
            unicodedata.category(c), str(unicodedata.combining(c)), unicodedata.bidirectional(c) or "-",
            str(unicodedata.mirrored(c)), unicodedata.east_asian_width(c)])
        if record != last:
            print(f"{code:X} {record}")
            last = record
    print()
    run = None
    for code in range(0x110001):
        found = number(chr(code)) if code < 0x110000 else None
        if run and (found is None or run[2] != found[0] or run[3] + run[1] != found[1]):
            print(f"{run[0]:X} {run[1]} {run[2]} {run[3]}")
            run = None
        if found and run:
            run[1] += 1
        elif found:
            run = [code, 1, *found]
    print()
    pairs = []
    for code in range(0x110000):
        text = unicodedata.decomposition(chr(code))
        if text and code not in HANGUL:
            print(f"{code:X} {text}")
            parts = text.split()
            if not text.startswith("<") and len(parts) == 2:
                pair = "".join(chr(int(part, 16)) for part in parts)
                if unicodedata.normalize("NFC", pair) == chr(code):
                    pairs.append(f"{parts[0]} {parts[1]} {code:X}")
    print()
    print("\n".join(pairs))


if __name__ == "__main__":
    main()
