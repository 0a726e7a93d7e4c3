#!/usr/bin/env python3
"""Write number_results.txt: results of CPython's arithmetic, which src/object/number/tests.rs repeats.

    python3.13 tests/tables/number_results.py > tests/tables/number_results.txt

One case per line, fields separated by tabs: operation, operands, result. Numbers are written so
that every bit counts: i<decimal>, b0, b1, f<bits>, c<bits>,<bits>; texts as s<hex of UTF-8>;
exceptions as !Class: text.
"""
import operator
import random
import struct
import sys
import warnings

warnings.simplefilter("ignore")
random.seed(20240613)
inf, nan = float("inf"), float("nan")


def bits(x):
    return struct.pack(">d", float("nan") if x != x else x).hex()


def show(x):
    if type(x) is bool:
        return f"b{int(x)}"
    if type(x) is int:
        sys.set_int_max_str_digits(0)
        text = f"i{x}"
        sys.set_int_max_str_digits(4300)
        return text
    if type(x) is float:
        return "f" + bits(x)
    if type(x) is complex:
        return f"c{bits(x.real)},{bits(x.imag)}"
    if type(x) is str:
        return "s" + x.encode().hex()
    if type(x) is tuple:
        return "(" + " ".join(map(show, x)) + ")"
    return "o" + repr(x)


def case(name, function, *args):
    try:
        result = show(function(*args))
    except TypeError:
        result = "-"
    except Exception as e:
        result = f"!{type(e).__name__}: {e}"
    print(name, *map(show, args), result, sep="\t")


SMALL = [0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 64, -64, 100, 1000, -1000]
WORDS = [2**31, -(2**31), 2**53, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63), 123456789012345678]
BIGS = [2**63, -(2**63) - 1, 2**64, -(2**64), 10**25, -(10**25), 3**200, -(7**99), 2**1023, 2**1024 - 2**970, 2**1100]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.0, 2.5, 3.7, -3.7, 0.1, 1e16, 2.0**53, 9.2e18, -9.3e18,
          2.0**63, 1e22, 1e300, -1e300, 5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308, inf, -inf, nan]
COMPLEX = [0j, 1j, -1j, 1 + 2j, -1.5 + 0.5j, 3 - 4j, 1e200 + 1e200j, complex(inf, 1), complex(nan, 0), complex(-0.0, -0.0)]
BOOLS = [True, False]


def operand():
    kind = random.random()
    if kind < 0.25:
        return random.choice(SMALL)
    if kind < 0.4:
        return random.choice(WORDS) + random.choice([0, 0, 1, -1])
    if kind < 0.55:
        return random.choice(BIGS) + random.choice([0, 0, 1, -1, 12345])
    if kind < 0.6:
        return random.randrange(-(10**40), 10**40)
    if kind < 0.8:
        return random.choice(FLOATS)
    if kind < 0.87:
        return random.uniform(-1000, 1000)
    if kind < 0.97:
        return random.choice(COMPLEX)
    return random.choice(BOOLS)


BINARY = [
    ("Add", operator.add), ("Sub", operator.sub), ("Mul", operator.mul), ("TrueDiv", operator.truediv),
    ("FloorDiv", operator.floordiv), ("Mod", operator.mod), ("Pow", operator.pow), ("LShift", operator.lshift),
    ("RShift", operator.rshift), ("BitAnd", operator.and_), ("BitOr", operator.or_), ("BitXor", operator.xor),
]
COMPARE = [("Lt", operator.lt), ("Le", operator.le), ("Eq", operator.eq), ("Ne", operator.ne),
           ("Gt", operator.gt), ("Ge", operator.ge)]


def is_sane(name, a, b):
    if name == "Pow":
        return not (isinstance(a, int) and isinstance(b, int) and abs(a) > 1 and (a.bit_length() * b > 1500 or b > 1000))
    if name == "LShift":
        return not isinstance(b, int) or b < 500
    return True


for name, function in BINARY:
    count = 0
    while count < 200:
        a, b = operand(), operand()
        if name in ("LShift", "RShift", "Pow") and random.random() < 0.6:
            b = random.choice(SMALL)
        if name in ("LShift", "RShift", "BitAnd", "BitOr", "BitXor") and random.random() < 0.9:
            if isinstance(a, (float, complex)) or isinstance(b, (float, complex)):
                continue
        if is_sane(name, a, b):
            case(name, function, a, b)
            count += 1
for _ in range(300):
    a, b = random.getrandbits(random.randrange(1, 1200)), random.getrandbits(random.randrange(1, 200)) + 1
    case("TrueDiv", operator.truediv, random.choice([a, -a]), b)
for _ in range(100):
    a = random.getrandbits(random.randrange(1000, 1200)) | 1 << 999
    case("TrueDiv", operator.truediv, random.getrandbits(130), a)
for _ in range(60):
    n = random.randrange(1, 2**53)
    case("TrueDiv", operator.truediv, (2 * n + 1) * 2 ** random.randrange(30, 70), 2 ** random.randrange(100, 1200))
for name, function in COMPARE:
    for _ in range(120):
        case(name, function, operand(), operand())
for a in [2**53, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64, 2**64 + 1, 10**22, 10**23, 0, 1, -1, -(2**63)]:
    for x in [float(a), float(a) + 0.5, float(a) * (1 + 2**-52), -float(a), nan, inf, -inf, 0.5, -0.5]:
        for name, function in COMPARE[:3]:
            case(name, function, a, x)
            case(name, function, x, a)
for _ in range(200):
    case("DivMod", divmod, operand(), operand())
    case("Neg", operator.neg, a := operand())
    case("Pos", operator.pos, a)
    case("Invert", operator.invert, a)
    case("Abs", abs, a)
for _ in range(150):
    case("PowMod", pow, *(random.choice(SMALL + WORDS + BIGS) for _ in range(3)))
for _ in range(300):
    x = random.choice(FLOATS + [random.uniform(-1e6, 1e6), random.randrange(-1000, 1000) / 8, random.uniform(-1e25, 1e25)])
    case("Round", round, x, random.choice([0, 1, 2, 3, 5, 10, 15, 17, 22, 300, 323, 324, -1, -2, -3, -5, -20, -300, -308, -309]))
    case("Round", round, x)
for _ in range(200):
    x = random.choice(SMALL + WORDS + BIGS[:8] + [random.randrange(-1000, 1000) * 5, 5, 15, 25, 35, -5, -15, 50, 150, 250])
    case("Round", round, x, random.choice([0, 1, -1, -2, -3, -5, -19, -20, -25, -26, -100, 2**70, 20]))
for x in FLOATS + [random.uniform(-1e9, 1e9) for _ in range(40)]:
    case("Hex", float.hex, x)
    case("Ratio", float.as_integer_ratio, x)
    case("Trunc", int, x)
    case("Hash", hash, x) if x == x else None
HEX = """0x1p0 1p0 0x.8p1 0x1.8 -0x1.8p+3 +0xA 0x1.fffffffffffff8p1023 0x1.fffffffffffff7p1023 0x1p1024 0x1p-1074 0x1p-1075
0x1.8p-1075 0x0.8p-1074 0x1.0000000000000800000000001p0 0x1.00000000000008p0 0x1.00000000000018p0 inf -Infinity nan INF 0x
p1 0xp1 0x1p 0x1p+ 0x1.2.3 0xg 1e5 0x0p99999999999999999999 0x1p99999999999999999999 0x1p-99999999999999999999
0x123456789abcdef0123456789p-50 0x0.00000000000000000000000000001p100 0x_1 1_0p0 infi 0x1p1x . 0x. 0x.p1 0x1. -0 -0x0p0
0x1.fffffffffffffp-1023 0x0.fffffffffffff8p-1022 0x3p-1075""".split() + ["", " 0x1p2\n", "\t-inf ", "0x 1", "- 0x1", "\u00a00x1", "0x1p1\0"]
for text in HEX:
    case("FromHex", float.fromhex, text)
INT = """0 00 007 -0 +12 1_000 1__0 _1 1_ 0x1F 0X1f 0b101 0o17 0x_1f 0x 0b2 z Zz 0_0 0_1 -0x10 ++1 1.0 1e5 ١٢٣ १२ 𝟙𝟚 1² ½ 123456789012345678901234567890
-9223372036854775808 9223372036854775808 999999999999 1000000000000 9999999999999 0b_ 0_x1 - + 1-1""".split()
INT += ["", " ", " 12 ", "\n-5\t", "\u00a07\u2003", "\x1c8\x1f", "1 2", "5\0", "- 5", "0" * 700, "0" * 4301, "9" * 4300, "9" * 4301, "1_" * 4300 + "1",
        "a_b", "7" * 2500]
for text in INT:
    for base in [10, 0, 16, 2, 8, 36, 35, 3] if len(text) < 100 else [10]:
        case("Int", int, text, base)
FLOAT = """0 -0 1.5 .5 5. . 1e5 1E+5 1e-5 1e 1e+ e5 1_0.5 1__0 1_.5 1._5 1_e5 1e_5 1e1_0 inf -inf +INF Infinity -infinity infinit nan -nan NaN nan1
1e400 -1e400 1e-400 4.9e-324 2.4703282292062327e-324 2.4703282292062328e-324 0x1 1,5 ١.٥ 1.7976931348623158e308 1.7976931348623159e308
123456789012345678901234567890 0.1 1f 1d 1j ++1 --1 +-1 9007199254740993 9007199254740992.99999 1.0000000000000002220446049250313080847263336181640625""".split()
FLOAT += ["", " ", " 1.5 ", "\u00a02\n", "1 5", "1.5\0", "- 1", "0" * 1000 + "1", "1" + "0" * 308, "1" + "0" * 309, "0." + "0" * 400 + "1e400", "1_000.000_1"]
for text in FLOAT:
    case("Float", float, text)
COMPLEXES = """1+2j 1-2j j -j +J 1j 1.5J -1.5e3+2e-3j 1e5j 1+j 1-j (1+2j) ((1+2j)) (1+2j 1+2j) nan+infj -inf-nanj 1+2 1+2i j1 1j+2 1_0+2_0j 1_+2j 1e1_0j +1.5 -0-0j
1++2j 1+-2j () (j) (1) infinityj inf+infinityj nanj 1e400j .5j 5.j . .j e5j 1+ - +""".split()
COMPLEXES += ["", " ", " 1+2j ", " ( 1+2j ) ", "( 1+2j", "1 + 2j", "1+ 2j", "\u00a01+2j", "1+2j\0", "( 1 )", "١+٢j"]
for text in COMPLEXES:
    case("Complex", complex, text)
for x in SMALL + WORDS + BIGS:
    for name, function in [("BitLength", int.bit_length), ("BitCount", int.bit_count), ("Str", str), ("Bin", bin), ("Oct", oct), ("HexInt", hex), ("Hash", hash)]:
        case(name, function, x)
case("Str", str, 10**4299)
case("Str", str, -(10**4300))
