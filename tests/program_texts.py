"""Random literals that no list can hold: numbers, texts, format specifications, regular expressions, JSON, slices."""

import re

LETTERS = ['abc', 'abcABC', 'aA1 _', ' \t\n', 'xyz,.-', '0123456789', '\xe9\xdf\u0130\u01c5', 'a\u0301\u1e9e', '\U0001f600\u4e2d', '\x00\x1f\x7f\x85\u2028', '"\'\\', '{}%$', '+-eE._', '\ufb01\u03c3\u03c2\u03a3']


def text(rng, most=8):
    """The literal of a short text over a few letters, so that its parts come again."""
    letters = ''.join(rng.sample(LETTERS, rng.choice([1, 1, 2, 3])))
    return ascii(''.join(rng.choice(letters) for _ in range(rng.randrange(most))))


def octets(rng):
    return repr(rng.choice([bytes(rng.choice(b'abAB ,x\n\t1') for _ in range(rng.randrange(8))), bytes(rng.randrange(256) for _ in range(rng.randrange(6)))]))


def integer(rng):
    size = rng.choice([1, 3, 8, 16, 31, 32, 33, 62, 63, 64, 65, 100, 200])
    number = rng.choice([rng.getrandbits(size), 2 ** size, 2 ** size - 1, 10 ** (size // 4), 10 ** (size // 4) + rng.randrange(100)])
    return str(rng.choice([number, -number]))


def real(rng):
    kind = rng.randrange(7)
    if kind == 0:
        return repr(rng.uniform(-1000, 1000))
    if kind == 1:
        return repr(rng.random() * 10 ** rng.randrange(-320, 308))
    if kind == 2:
        return repr(rng.randrange(-100000, 100000) / rng.choice([2, 4, 8, 10, 100, 1000]))
    if kind == 3:
        return f'{rng.randrange(1, 10)}e{rng.randrange(-25, 26)}'
    if kind == 4:
        return rng.choice(["float('nan')", "float('inf')", "float('-inf')", '-0.0', '0.0', '5e-324', '1.7976931348623157e308', '9007199254740993.0', '0.1', '2.5', '-0.5', '1e16', '123456789012345680.0'])
    if kind == 5:
        return repr(float(rng.getrandbits(rng.choice([10, 53, 60, 80]))))
    return repr(round(rng.uniform(0, 10), rng.randrange(4)))


def digits(rng):
    """A text that looks like a number, more or less."""
    parts = rng.choices(['1', '0', '23', '_', '.', 'e5', 'E-3', '+', '-', ' ', '0x', '0b', '0o', 'f', 'j', 'inf', 'nan', '(', ')', '1e', '\u0663', 'a', 'z', '\n', 'infinity', 'p3', '99', '0.'], k=rng.randrange(1, 6))
    return ascii(''.join(parts))


def spec(rng):
    """A format specification, most often well-formed."""
    fill = rng.choice(['', '', '', '*', '0', ' ', '\xe9', 'x', '{'])
    align = rng.choice('<>^=') if fill or rng.random() < 0.3 else ''
    parts = [fill, align, rng.choice(['', '', '', '+', '-', ' ']), rng.choice(['', '', '', '', 'z']), rng.choice(['', '', '', '#']), rng.choice(['', '', '', '0']), rng.choice(['', '', '1', '5', '8', '12', '20']),
             rng.choice(['', '', '', '', ',', '_', ',_']), rng.choice(['', '', '', '.0', '.1', '.2', '.3', '.6', '.10', '.20', '.']), rng.choice(['', '', 's', 'd', 'f', 'F', 'e', 'E', 'g', 'G', 'x', 'X', 'o', 'b', 'c', 'n', '%', 'q', 'r'])]
    if rng.random() < 0.05:
        rng.shuffle(parts)
    return repr(''.join(parts))


def percent(rng):
    """A template of `%`."""
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        parts += [rng.choice(['', 'a', ' ', '%%']), '%', rng.choice(['', '', '', '', '(k)', '(a', '()']), *rng.sample('-+ #0', rng.choice([0, 0, 1, 1, 2])), rng.choice(['', '', '', '1', '5', '10', '*']), rng.choice(['', '', '', '.0', '.1', '.3', '.10', '.*', '.']),
                  rng.choice(['', '', '', '', 'l', 'h']), rng.choice('sssrradddiuoxXeEfFgGc%qy')]
    return repr(''.join(parts))


def braces(rng):
    """A template of `str.format`."""
    parts = []
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        field = rng.choice(['', '', '', '0', '1', 'k', '0.real', '0[0]', 'k[a]', '1.v', '0[x]', '0.', '0[', '-1', '0]', '2', '0.__class__', ' ', '01'])
        parts += [rng.choice(['', 'a', '{{', '}}', ' ']), '{', field, rng.choice(['', '', '', '!r', '!s', '!a', '!x', '!']), rng.choice(['', '', ':', ':>8', ':{}', ':{0}', ':.2f', ':{k}', ':d', ':x<5', ':{:{}}']), '}']
    if rng.random() < 0.1:
        parts.append(rng.choice('{}'))
    return repr(''.join(parts))


def formatted(rng, grammar):
    """An f-string of several fields."""
    parts = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        value = grammar.expression(rng.choice('ifsba'), 1)
        if value.startswith('{') or '\\' in value and rng.random() < 0.5:
            value = f' {value}'
        parts += [rng.choice(['', 'a', '{{', '}}']), '{', value, rng.choice(['', '', '=', ' = ']), rng.choice(['', '', '!r', '!a', '!s']), rng.choice(['', '', ':', f':{spec(rng)[1:-1]}', ':{5}', ':>{3}.{2}']), '}']
    quote = rng.choice(["'", '"', "'''", '"""'])
    return rng.choice(['f', 'rf', 'F']) + quote + ''.join(parts) + quote


def pattern(rng, depth=3):
    """A regular expression, most often well-formed."""
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(['a', 'b', 'ab', '.', r'\w', r'\d', r'\s', r'\W', '[abc]', '[^a]', '[a-c1]', 'x', 'A', r'\.', ' ', '1', r'[\w-]', r'\b', '^', '$', r'\B', r'\Z', r'\A', '\xe9', r'\n', r'[^\d\s]', r'\x61'])
    below = lambda: pattern(rng, depth - 1)
    kind = rng.randrange(12)
    if kind < 4:
        return below() + below()
    if kind == 4:
        return f'(?:{below()}|{below()})'
    if kind < 7:
        inner = below()
        if len(inner) > 1 and not re.fullmatch(r'\\.|\[[^\]]*\]|\(.*\)', inner):
            inner = f'(?:{inner})'
        return inner + rng.choice(['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{,2}', '{0,1}?', '++', '*+'])
    if kind < 9:
        return f'({below()})'
    if kind == 9:
        return rng.choice(['(?P<n>{})', '(?={})', '(?!{})', '(?<={})', '(?<!{})', '(?i:{})', '(?>{})', '(?s-i:{})', '({})\\1', '(?P<n>{})(?P=n)', '(a)?(?(1){}|b)']).format(below())
    if kind == 10:
        return f'{below()}|{below()}'
    return rng.choice(['(', ')', '[', '*', '+', '{', '}', '(?', '(?P<', '\\', '(?P<1>a)', '[b-a]', '\\q', '(?P=x)', '(?:', '(?#c)', '(?z)', 'a{3,2}', '\\8', '(?<=a*)', '[]', '(?P<n>a)(?P<n>b)', 'a**', '|', '']) + below()


def json_text(rng, depth=2):
    """A JSON text; now and then a letter of it is lost, doubled or changed."""
    def value(depth):
        kind = rng.randrange(9 if depth else 6)
        if kind == 0:
            return rng.choice(['0', '-1', '12', '1.5', '-0.0', '1e5', '1E-2', '123456789012345678901', 'NaN', '-Infinity', '01', '.5', '1.', '+1'])
        if kind < 3:
            return rng.choice(['"a"', '""', '"\\n"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"', '"x y"', '"\t"', '"\\q"', '"\\u12"'])
        if kind < 6:
            return rng.choice(['true', 'false', 'null', '1', '"k"', '[]', '{}', 'nul', 'True'])
        space = rng.choice(['', '', ' ', '\n'])
        if kind < 8:
            return f'[{space}' + f',{space}'.join(value(depth - 1) for _ in range(rng.randrange(4))) + ']'
        return '{' + space + f',{space}'.join(f'"{rng.choice("abc")}":{space}{value(depth - 1)}' for _ in range(rng.randrange(4))) + '}'
    made = value(depth)
    if rng.random() < 0.3 and made:
        at = rng.randrange(len(made))
        made = rng.choice([made[:at] + made[at + 1:], made[:at] + rng.choice('[]{},:"1 x') + made[at:], made[:at], made + rng.choice([' ', ',', '1', ']'])])
    return ascii(made)


def bound(rng):
    return rng.choice(['', '', '0', '1', '2', '3', '-1', '-2', '-3', '5', '9', '-9', '10**20', '-10**20', 'None', 'True', '1.0'])


def span(rng):
    step = rng.choice(['', '', ':', ':1', ':2', ':-1', ':-2', ':3', ':0', ':-10**20', ':10**20'])
    return f'{bound(rng)}:{bound(rng)}{step}'


def structure(rng, depth=2):
    """Plain data: what JSON, `copy` and `pprint` take."""
    kind = rng.randrange(10 if depth else 5)
    if kind < 2:
        return rng.choice(['0', '1', '-5', '1.5', 'True', 'None', '10**20', '1e100', "float('nan')", '0.1'])
    if kind < 5:
        return rng.choice(["'a'", "''", "'\\xe9\\n'", "'\\U0001f600'", "'quo\"te'", "'back\\\\slash'", "'\\x7f\\x00'", "'long text with some words in it'"])
    items = [structure(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind < 7:
        return f'[{", ".join(items)}]'
    if kind == 7:
        return f'({", ".join(items)}{"," if len(items) == 1 else ""})'
    key = rng.choice([["'a'", "'b'", "'c'"], ["'a'", "'b'", "'c'"], ['1', 'None', '2.5', 'True'], ["'z'", '(1, 2)', "b'x'"]])
    return '{' + ', '.join(f'{rng.choice(key)}: {item}' for item in items) + '}'
