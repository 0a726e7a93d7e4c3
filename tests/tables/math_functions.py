#!/usr/bin/env python3
"""Write math_functions.txt: results of CPython's functions that apy computes by itself.

    python3.13 tests/tables/math_functions.py > tests/tables/math_functions.txt

One case per line: function, the bits of its argument, the bits of its result, or ! and the
exception.
"""
import math
import random
import struct

random.seed(41)
DOMAINS = {"erf": (-7, 7), "erfc": (-7, 29), "gamma": (-30, 30), "lgamma": (-30, 200), "asinh": (-40, 40),
           "acosh": (0.9, 40), "atanh": (-1.01, 1.01)}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 5e-324, 1e-300, 1e-25, 1e-9, 1e9, 1e300, 171.0, 171.5, 172.0, -170.5, -199.5,
           -1000.5, 200.5, float("inf"), -float("inf"), 23.0, 24.0, 0.84375, 1.25, 6.0, 28.0, 2.8571428]


def bits(x):
    return struct.pack(">d", x).hex()


for name, (low, high) in DOMAINS.items():
    function = getattr(math, name)
    for x in SPECIAL + [random.uniform(low, high) for _ in range(150)] + [random.uniform(-1, 1) for _ in range(50)]:
        try:
            result = bits(function(x))
        except Exception as e:
            result = "!" + type(e).__name__
        print(name, bits(x), result, sep="\t")
