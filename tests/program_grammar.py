"""Random programs by a typed grammar: what `fuzz_programs.py` runs.

A hole such as `<i>` stands for an expression of a kind; `KINDS` names them. Most holes are filled with
what they ask for, some with anything at all, so that programs run on for a while and yet meet errors.
"""

import re

KINDS = {
    'i': 'int', 'I': 'small natural', 'f': 'float', 'c': 'complex', 'b': 'bool', 's': 'str', 'y': 'bytes', 'Y': 'bytearray', 'm': 'memoryview', 'l': 'list', 't': 'tuple',
    'd': 'dict', 'S': 'set of ints', 'F': 'frozenset of ints', 'r': 'range', 'z': 'slice', 'n': 'None', 'o': 'instance', 'e': 'exception', 'g': 'function', 'x': 'iterator',
    'k': 'class', 'v': 'view of a dict', 'a': 'anything', 'it': 'iterable', 'h': 'hashable', 'num': 'number', 'seq': 'sequence', 'one': 'one letter', 'spec': 'format spec', 'enc': 'encoding',
    'err': 'error handler', 'bl': 'bytes-like',
}
UNIONS = {
    'a': 'i i f c b s s y Y m l l t t d d S F r z n o o e g x k v'.split(),
    'it': 'l l t t s r d S F y x v o'.split(),
    'h': 'i i s s f b t n F y'.split(),
    'num': 'i i f b c'.split(),
    'seq': 's l t y r Y m'.split(),
    'bl': 'y y Y m'.split(),
}
LITERALS = {
    'i': ['0', '1', '2', '3', '5', '7', '10', '-1', '-2', '-7', '100', '255', '256', '1000', '-1000', '2**63', '-2**63', '2**64+1', '10**18', '10**30', '-3**45', '0x7f', '0b101', '1_000', 'True'],
    'I': ['0', '1', '2', '3', '4', '5', '6', '8', '10', '12'],
    'f': ['0.0', '-0.0', '1.0', '0.5', '1.5', '2.5', '-2.5', '3.14', '1e16', '1e22', '1e-5', '1e300', '-1e-300', "float('inf')", "float('nan')", "float('-inf')", '0.1', '123456789.125', '5e-324', '2.675', '1e15', '99999.5'],
    'c': ['1j', '0j', '(1+2j)', '(-0.5-1.5j)', '(3+0j)', "complex('nan+1j')", 'complex(1e300, -0.0)', '(-0j)'],
    'b': ['True', 'False'],
    's': ["''", "'a'", "'abc'", "'Hello World'", "'a,b,,c'", "'  x\\ty '", "'123'", "'-42'", "'3.5'", "'\\xe9\\xdf'", "'\\u0130\\u01c5'", "'\\U0001f600z'", "'a\\nb\\r\\nc'", "'ABCabc'", "'{}'", "'{0}-{1}'", "'%s|%d'", "'aaa'",
          "'x' * 5", "'tEST case-two'", "'1_000'", "'0x1F'", "' 7 '", "'\\u0661\\u0662'", "'nan'", "'\\ud800'", "'a\\x00b'", "S('sub')"],
    'y': ["b''", "b'a'", "b'abc'", "b'\\xff\\x00'", "b'1,2,3'", "b'Hello'", "b'  pad '", "b'aXbX'", "b'%d'", "bytes(3)", "bytes(range(5))", "B(b'sub')"],
    'Y': ["bytearray()", "bytearray(b'xyz')", "bytearray(b'aXbXc')", "bytearray(3)"],
    'm': ["memoryview(b'abcd')", "memoryview(bytearray(b'xyz'))", "memoryview(b'')", "memoryview(b'abcdefgh').cast('i')", "memoryview(b'abcdef')[::2]"],
    'l': ['[]', '[1]', '[1, 2, 3]', '[3, 1, 2]', "['b', 'a', 'c']", '[[1], [2, 3]]', "[None, 1.5, 'x']", '[0] * 3', "L([1, 2])", '[True, 1, 1.0]', '[(2, "b"), (1, "a")]', '[5, -3, 9, 0, 7]'],
    't': ['()', '(1,)', '(1, 2)', '(1, 2, 3)', "('a', 1)", '((1, 2), 3)', 'T((1, 2))', "('x', None, 2.5)"],
    'd': ['{}', "{'a': 1}", "{1: 2, 3: 4}", "{'x': [1], 'y': {}}", "{(1, 2): 'p'}", "dict(a=1, b=2)", "D(k=1)", "{1: 'int', True: 'bool', 1.0: 'float'}", "{None: 0, '': 1}"],
    'S': ['set()', '{1, 2, 3}', '{3, 4, 5}', '{0, 8, 16}', '{7}', '{1, 2, 2, 1}'],
    'F': ['frozenset()', 'frozenset({1, 2})', 'frozenset([5, 6, 7])', 'frozenset(range(3))'],
    'r': ['range(0)', 'range(5)', 'range(1, 10, 3)', 'range(10, 0, -2)', 'range(-3, 3)', 'range(0, 2**65, 2**63)'],
    'z': ['slice(1, 3)', 'slice(None)', 'slice(None, None, -1)', 'slice(0, 10, 2)', 'slice(-2, None)', 'slice(5)', 'slice("a", None)'],
    'n': ['None'],
    'o': ['X(1)', 'X(3)', 'X(0)', 'Y()', 'X(-1)', 'object()', 'X("t")'],
    'e': ["ValueError('x')", "KeyError('k')", "TypeError()", "OSError(2, 'no')", "StopIteration(5)", "IndexError('i', 2)", "ExceptionGroup('g', [ValueError(1), TypeError('t')])", "ZeroDivisionError('z')", "RuntimeError(None)",
          "UnicodeDecodeError('utf-8', b'ab\\xff', 2, 3, 'bad')", "AttributeError('no', name='n', obj=1)", "SystemExit(3)", "Exception(1, 2)"],
    'g': ['len', 'str', 'abs', 'repr', 'int', 'sorted', 'max', 'sum', 'list', '(lambda *a: a)', '(lambda x: x)', '(lambda x, y=2: (x, y))', '(lambda x: -x)', '(lambda: 1)', 'X', "'-'.join", "str.upper", '[].append', '(lambda *a, **k: k)', "bool", "(lambda a, b: a + b)"],
    'k': ['int', 'str', 'list', 'dict', 'type', 'object', 'bool', 'X', 'Y', 'ValueError', 'Exception', 'float', 'tuple', 'L', 'I', '(int, str)', 'bytes', 'int | str', 'type(None)', 'BaseException', 'set'],
    'v': ["{'a': 1}.keys()", "{1: 2, 3: 4}.items()", "{1: 'x'}.values()", "{}.keys()", "{1: 0, 2: 0}.keys()"],
    'x': ["iter([1, 2, 3])", "iter('ab')", "zip([1, 2], 'ab')", "enumerate('ab')", "map(str, [1, 2])", "reversed([1, 2])", "(q for q in [1, 2, 3])", "iter({1: 2})", "iter(range(3))", "iter(())", "iter({5: 6}.items())", "filter(None, [0, 1])"],
    'one': ["'a'", "'*'", "'-'", "' '", "'0'", "'\\xe9'", "'ab'", "''"],
    'spec': ["''", "'d'", "'x'", "'#x'", "'08.3f'", "'>10'", "'^7'", "','", "'_'", "'e'", "'g'", "'.3g'", "'%'", "'s'", "'n'", "'c'", "'b'", "'+'", "' '", "'=+8'", "'*<6'", "'#o'", "'10.4'", "'.2'", "'q'", "'0>5'",
             "'-^9d'", "'z.1f'", "',.2f'", "'_x'", "'.0e'", "'#.3g'", "'\\xe95'", "'!'", "'{}'", "'<<5'", "'05'", "'+.1%'", "'.3'", "'X'", "'G'", "'020,.2f'", "'_b'", "'=5'", "',d'", "'.3d'", "',s'", "'0=7'", "'>-5'"],
    'enc': ["'utf-8'", "'ascii'", "'latin-1'", "'utf-16'", "'UTF8'", "'utf-32-le'", "'nope'", "'utf-8-sig'"],
    'err': ["'strict'", "'ignore'", "'replace'", "'backslashreplace'", "'surrogateescape'", "'xmlcharrefreplace'", "'nope'", "'namereplace'", "'surrogatepass'"],
}
# `type.method(arguments)->kind`; an argument with `?` may be left out, one with `*` may come several times.
METHODS_TEXT = '''
i.bit_length()->i i.bit_count()->i i.conjugate()->i i.as_integer_ratio()->t i.is_integer()->b i.to_bytes(I?,order?)->y i.__add__(num)->a i.__floordiv__(num)->a i.__round__(i?)->i i.__format__(spec)->s
i.__index__()->i i.__divmod__(i)->t i.__lt__(num)->a i.__eq__(a)->a i.__bool__()->b i.__rsub__(num)->a i.__invert__()->i i.__trunc__()->i
f.as_integer_ratio()->t f.hex()->s f.is_integer()->b f.conjugate()->f f.__round__(i?)->a f.__add__(num)->a f.__divmod__(num)->t f.__int__()->i f.__format__(spec)->s f.__floor__()->i f.__rmod__(num)->a f.__eq__(a)->a
c.conjugate()->c c.__add__(num)->c c.__format__(spec)->s c.__eq__(a)->a c.__abs__()->f c.__rtruediv__(num)->c
s.capitalize()->s s.casefold()->s s.center(I,one?)->s s.count(s,i?,i?)->i s.encode(enc?,err?)->y s.endswith(s,i?,i?)->b s.startswith(s,i?,i?)->b s.startswith(t)->b s.expandtabs(I?)->s s.find(s,i?,i?)->i s.format(a*)->s
s.format_map(d)->s s.index(s,i?,i?)->i s.isalnum()->b s.isalpha()->b s.isascii()->b s.isdecimal()->b s.isdigit()->b s.isidentifier()->b s.islower()->b s.isnumeric()->b s.isprintable()->b s.isspace()->b s.istitle()->b
s.isupper()->b s.join(l)->s s.join(it)->s s.ljust(I,one?)->s s.lower()->s s.lstrip(s?)->s s.partition(s)->t s.removeprefix(s)->s s.removesuffix(s)->s s.replace(s,s,i?)->s s.rfind(s,i?,i?)->i s.rindex(s,i?,i?)->i
s.rjust(I,one?)->s s.rpartition(s)->t s.rsplit(s?,i?)->l s.rstrip(s?)->s s.split(s?,i?)->l s.splitlines(b?)->l s.strip(s?)->s s.swapcase()->s s.title()->s s.translate(d)->s s.upper()->s s.zfill(I)->s
s.__getitem__(i)->s s.__contains__(s)->b s.__mod__(a)->s s.__mul__(I)->s s.__add__(s)->s s.__len__()->i s.__iter__()->x s.__lt__(s)->b s.__format__(spec)->s s.__getnewargs__()->t
y.capitalize()->y y.center(I,y?)->y y.count(bl,i?,i?)->i y.count(i)->i y.decode(enc?,err?)->s y.endswith(y,i?,i?)->b y.expandtabs(I?)->y y.find(bl,i?,i?)->i y.hex(one?,i?)->s y.index(bl,i?,i?)->i y.isalnum()->b y.isalpha()->b
y.isascii()->b y.isdigit()->b y.islower()->b y.isspace()->b y.istitle()->b y.isupper()->b y.join(l)->y y.ljust(I,y?)->y y.lower()->y y.lstrip(bl?)->y y.partition(bl)->t y.removeprefix(y)->y y.removesuffix(y)->y
y.replace(bl,bl,i?)->y y.rfind(bl,i?,i?)->i y.rindex(bl)->i y.rjust(I,y?)->y y.rpartition(bl)->t y.rsplit(bl?,i?)->l y.rstrip(y?)->y y.split(bl?,i?)->l y.splitlines(b?)->l y.startswith(y,i?,i?)->b y.strip(y?)->y
y.swapcase()->y y.title()->y y.translate(n,bl?)->y y.upper()->y y.zfill(I)->y y.__getitem__(i)->i y.__mod__(a)->y y.__mul__(I)->y y.__contains__(i)->b
Y.append(i)->n Y.clear()->n Y.copy()->Y Y.extend(it)->n Y.insert(i,i)->n Y.pop(i?)->i Y.remove(i)->n Y.reverse()->n Y.decode(enc?,err?)->s Y.find(bl)->i Y.replace(bl,bl)->Y Y.split(bl?)->l Y.join(l)->Y Y.strip(bl?)->Y Y.upper()->Y
Y.partition(bl)->t Y.hex()->s Y.translate(n,bl)->Y Y.__iadd__(bl)->Y Y.__setitem__(i,i)->n Y.__delitem__(i)->n Y.__imul__(I)->Y
m.tobytes()->y m.tolist()->l m.hex()->s m.cast(fmt)->m m.release()->n m.toreadonly()->m m.__getitem__(i)->i m.__eq__(a)->a m.__setitem__(i,i)->n m.__len__()->i
l.append(a)->n l.clear()->n l.copy()->l l.count(a)->i l.extend(it)->n l.index(a,i?,i?)->i l.insert(i,a)->n l.pop(i?)->a l.remove(a)->n l.reverse()->n l.sort()->n l.sort(key=g)->n l.sort(reverse=b)->n l.__getitem__(i)->a
l.__setitem__(i,a)->n l.__delitem__(i)->n l.__contains__(a)->b l.__add__(l)->l l.__iadd__(it)->l l.__mul__(I)->l l.__eq__(a)->a l.__lt__(l)->a l.__len__()->i l.__reversed__()->x l.__iter__()->x
t.count(a)->i t.index(a,i?,i?)->i t.__getitem__(i)->a t.__add__(t)->t t.__contains__(a)->b t.__len__()->i t.__mul__(I)->t t.__lt__(t)->a
d.clear()->n d.copy()->d d.get(h,a?)->a d.items()->v d.keys()->v d.values()->v d.pop(h,a?)->a d.popitem()->t d.setdefault(h,a?)->a d.update(d)->n d.update(it)->n d.__getitem__(h)->a d.__setitem__(h,a)->n d.__delitem__(h)->n
d.__contains__(h)->b d.__or__(d)->d d.__ior__(d)->d d.__len__()->i d.__reversed__()->x d.__eq__(a)->a
S.add(i)->n S.clear()->n S.copy()->S S.difference(it*)->S S.difference_update(it*)->n S.discard(i)->n S.intersection(it*)->S S.intersection_update(it)->n S.isdisjoint(it)->b S.issubset(it)->b S.issuperset(it)->b S.pop()->i
S.remove(i)->n S.symmetric_difference(S)->S S.symmetric_difference_update(S)->n S.union(S*)->S S.update(S*)->n S.__and__(S)->S S.__or__(a)->a S.__le__(a)->b S.__contains__(i)->b S.__isub__(S)->S
F.copy()->F F.difference(it*)->F F.intersection(it*)->F F.isdisjoint(it)->b F.issubset(it)->b F.union(S*)->F F.symmetric_difference(S)->F F.__contains__(h)->b F.__xor__(a)->a
r.count(a)->i r.index(a)->i r.__getitem__(i)->i r.__contains__(a)->b r.__len__()->i r.__reversed__()->x r.__eq__(a)->a
z.indices(i)->t z.__eq__(a)->a z.__lt__(z)->a
v.isdisjoint(it)->b v.__and__(it)->a v.__len__()->i v.__contains__(a)->b v.__reversed__()->x v.__sub__(it)->a
e.with_traceback(n)->e e.add_note(s)->n e.__str__()->s e.__repr__()->s
x.__next__()->a x.__iter__()->x x.send(n)->a x.close()->n x.throw(e)->a x.__length_hint__()->i
o.__eq__(a)->a o.__repr__()->s o.__len__()->i o.missing()->a o.__class__.__name__.upper()->s o.__init__(a)->n o.__getitem__(i)->a
'''
EXPRESSIONS = '''
i: (<i> + <i>) | (<i> - <i>) | (<i> * <I>) | (<i> // <i>) | (<i> % <i>) | (<i> & <i>) | (<i> | <i>) | (<i> ^ <i>) | (<I> << <I>) | (<i> >> <I>) | (-<i>) | (~<i>) | (<i> ** <I>) | len(<seq>) | len(<it>) | int(<f>) | int(<s>)
i: int(<s>, <I>) | ord(<one>) | hash(<i>) | abs(<i>) | round(<f>) | sum(<r>) | min(<i>, <i>) | max(<i>, <i>) | pow(<i>, <I>, <i>) | (<i> if <b> else <i>) | sum(<l>) | <l>[<i>] | int.from_bytes(<y>, <order>) | (<b> + <b>) | int(<a>)
i: hash((<i>, <i>)) | hash(<F>) | (<i>).real | (<i>).numerator | <r>[<i>] | <y>[<i>] | (<r>).start | (<m>).nbytes | next(iter(<S>)) | (<y> < <y>) + 1 | I(<i>) | (<z>).start | sum(<it>, <i>) | int(<bl>)
I: len(<l>) % 7 | abs(<I> - <I>) | (<I> if <b> else <I>) | int(<b>)
f: (<f> + <num>) | (<i> / <i>) | (<f> * <f>) | (<f> - <i>) | (<f> // <num>) | (<f> % <num>) | (<i> ** -<I>) | float(<s>) | float(<i>) | abs(<c>) | round(<f>, <i>) | -<f> | (<c>).real | (<c>).imag | sum([<f>, <f>, <f>]) | divmod(<f>, <num>)[1]
f: max(<f>, <i>) | float(<a>) | (<f> ** <I>) | F(<f>) | float.fromhex(<s>) | (<f> if <b> else <i>) | pow(<f>, <num>)
c: (<c> + <num>) | (<c> * <c>) | (<c> / <num>) | complex(<f>, <f>) | complex(<s>) | (<c> ** <I>) | -<c> | (<c> - <f>) | (<i> * <c>) | complex(<num>, <num>) | sum([<c>, <f>])
b: (<i> < <i>) | (<a> == <a>) | (<a> != <a>) | (<num> <= <num>) | (<s> in <s>) | (<a> in <it>) | (<h> in <d>) | (not <a>) | isinstance(<a>, <k>) | bool(<a>) | (<b> and <b>) | (<b> or <b>) | (<i> < <i> <= <i>) | all(<it>) | any(<it>)
b: callable(<a>) | (<a> is <n>) | (<a> is not None) | (<s> < <s>) | (<t> < <t>) | (<l> >= <l>) | hasattr(<a>, <s>) | issubclass(<k>, <k>) | (<S> <= <S>) | (<a> not in <it>) | (<y> == <Y>) | (<b> ^ <b>) | (<b> & <b>) | (<num> == <num>)
b: (<F> == <S>) | (<r> == <r>) | (<v> == <v>) | (<f> >= <i>) | (<a> < <a>) | ((<a>, <a>) == (<a>, <a>))
s: (<s> + <s>) | (<s> * <I>) | (<I> * <s>) | <s>[<i>] | <s>[<i>:<i>] | <s>[::<i>] | str(<a>) | repr(<a>) | ascii(<a>) | chr(<I> + 97) | chr(<i>) | hex(<i>) | bin(<i>) | oct(<i>) | format(<num>, <spec>) | format(<s>, <spec>) | format(<a>, <spec>)
s: (<s> % <a>) | ('%d %s' % (<num>, <a>)) | ('%5.2f|%-5s|%x' % (<num>, <a>, <i>)) | ('%(k)s' % {'k': <a>}) | ('%c%%' % <i>) | ('%+e %g' % (<f>, <num>)) | ('%#o %08d' % (<i>, <num>)) | ('%*d' % (<I>, <i>)) | ('%r %a' % (<a>, <s>)) | ('%.3s' % <a>)
s: f"{<a>}" | f"{<a>!r}" | f"{<num>:{<I>}}" | f"{<num>:>{<I>}.{<I>}}" | f"{<s>:*^{<I>}}" | f"{<i>:,}{<f>:.2f}" | f"{<a>=}" | f"{<i>:#x} {<i>:b}" | f"{<f>:e}{<f>:g}{<f>:%}" | f"{<s>!a:>8}" | f"{<a>:{<spec>}}" | f"{<f>:,.{<I>}f}" | f"a{{<s>}}b{<i>!s:>5}"
s: "{}-{}".format(<a>, <a>) | "{0[0]} {1!r:>5}".format(<seq>, <a>) | "{a} {b:>4}".format(a=<a>, b=<num>) | "{:{}}".format(<a>, <I>) | "{.real} {.imag}".format(<num>, <num>) | "{1}{0}".format(<a>, <a>) | "{x[k]}".format(x=<d>)
s: type(<a>).__name__ | (<s> if <b> else <s>) | (<s> or <s>) | (<s> and <s>) | max(<s>, <s>) | min(<s>) | S(<a>) | str(<bl>, <enc>) | str(<bl>, <enc>, <err>) | ''.join(sorted(<s>)) | ', '.join(map(str, <it>)) | (<e>).args.__repr__() | str(<e>)
y: (<y> + <bl>) | (<y> * <I>) | <y>[<i>:<i>] | bytes(<l>) | bytes(<r>) | bytes(<I>) | bytes(<s>, <enc>) | <y>[::-1] | bytes(<Y>) | (b'%s %d' % (<y>, <i>)) | (b'%x|%c|%a' % (<i>, <i>, <a>)) | bytes.fromhex(<s>) | bytes(<a>) | (<y> if <b> else <y>)
Y: bytearray(<y>) | (<Y> + <bl>) | bytearray(<l>) | <Y>[<i>:<i>] | bytearray(<s>, <enc>) | bytearray(<I>) | (<Y> * <I>) | bytearray(<it>) | bytearray.fromhex(<s>)
m: memoryview(<y>) | memoryview(<Y>) | <m>[<i>:<i>] | <m>[::<i>] | memoryview(<a>)
l: [<a>, <a>] | [<i>, <i>, <i>] | (<l> + <l>) | (<l> * <I>) | <l>[<i>:<i>] | <l>[::<i>] | list(<it>) | sorted(<it>) | sorted(<it>, key=<g>) | sorted(<l>, reverse=<b>) | [<Q> for <q> in <it>] | [<Q> for <q> in <it> if <Q>] | list(map(<g>, <it>))
l: list(filter(<g>, <it>)) | list(zip(<it>, <it>)) | list(enumerate(<it>, <i>)) | list(reversed(<seq>)) | [*<it>, *<it>] | [*<it>, <a>] | list(<v>) | (<m>).tolist() | list(<x>) | [<Q> for <q> in <it> for <q> in <it>] | [(<w>, <Q>) for <w>, <q> in <d>.items()]
l: list(zip(<it>, <it>, strict=<b>)) | list(map(<g>, <it>, <it>)) | list(range(<I>, <i>, <i>))[:5] | [<Q> if <Q> else <a> for <q> in <r>] | [[<Q> for <w> in <r>] for <q> in <l>] | L(<it>) | [<q> := <a>, <a>] | list(<s>) | (<l> if <b> else <l>) | <l>[<z>]
t: (<a>, <a>) | (<i>, <s>, <f>) | (<t> + <t>) | (<t> * <I>) | tuple(<it>) | divmod(<i>, <i>) | <t>[<i>:<i>] | (*<it>, <a>) | divmod(<num>, <num>) | T(<it>) | (<e>).args | tuple(<Q> for <q> in <it>) | <t>[<z>] | tuple(sorted(<S>)) | (<t> if <b> else <t>)
d: {<h>: <a>, <h>: <a>} | dict(<d>) | dict(zip(<l>, <l>)) | {**<d>, <h>: <a>} | (<d> | <d>) | {<q>: <Q> for <q> in <it>} | dict(<it>) | dict.fromkeys(<it>, <a>) | dict.fromkeys(<t>) | dict(<d>, z=<a>) | {**<d>, **<d>} | D(<d>) | dict(enumerate(<it>)) | {<a>: <a>}
d: {<q>: <w> for <q>, <w> in <d>.items() if <Q>} | {<w>: <q> for <q>, <w> in zip(<l>, <it>)} | dict(a=<a>, **<d>) | dict(sorted(<d>.items()))
S: {<i>, <i>} | set(<r>) | (<S> | <S>) | (<S> & <S>) | (<S> - <S>) | (<S> ^ <S>) | {<q> % 5 for <q> in <r>} | set(<S>) | {*<r>, <i>} | (<F> - <S>) | (<S> | <F>) | {len(<s>), <I>}
F: frozenset(<r>) | (<F> | <S>) | (<F> & <F>) | frozenset(<S>) | (<F> ^ <F>)
r: range(<I>) | range(<i>, <i> + <I>) | range(<I>, <I>, <I>) | <r>[<i>:<i>] | <r>[::<i>] | range(<i>, <i>, <i>)[:9]
z: slice(<i>, <i>) | slice(<a>, <a>, <a>) | slice(<i>) | slice(None, None, <i>)
n: [].append(<a>) | {}.get(<h>) | print(end='')
o: X(<a>) | Y() | X(<i>)
e: ValueError(<a>) | KeyError(<a>) | TypeError(<a>, <a>) | OSError(<i>, <s>) | Exception() | StopIteration(<a>) | ExceptionGroup(<s>, [<e>]) | AttributeError(<s>) | OSError(<i>, <s>, <s>) | UnicodeEncodeError('x', <s>, <I>, <I>, <s>) | <k>(<a>) | SystemExit(<a>) | RuntimeError(<s>)
g: (lambda <q>: <Q>) | (lambda <q>, *<w>: (<Q>, <w>)) | (lambda *<q>: <Q>) | (<s>).join | (<l>).append | <k> | (<d>).get | (lambda <q>=<a>, /, **<w>: (<q>, <w>)) | (lambda <q>, *, <w>=<a>: <Q>)
x: iter(<it>) | (<Q> for <q> in <it>) | zip(<it>, <it>) | map(<g>, <it>) | filter(<g>, <it>) | enumerate(<it>) | reversed(<seq>) | iter(<d>) | reversed(<d>) | filter(None, <it>) | enumerate(<it>, <i>) | (<Q> for <q> in <it> if <Q>)
k: type(<a>) | (<k>, <k>) | (<k> | <k>) | list[<k>] | dict[str, <k>]
v: <d>.keys() | <d>.values() | <d>.items()
a: <l>[<i>] | <t>[<i>] | <d>[<h>] | <g>(<a>) | <g>(<a>, <a>) | next(<x>) | next(<x>, <a>) | getattr(<a>, <s>) | getattr(<a>, <s>, <a>) | (<a> if <a> else <a>) | (<a> and <a>) | (<a> or <a>) | min(<it>) | max(<it>) | min(<a>, <a>) | (<a> + <a>) | (<a> * <I>)
a: (<a> - <a>) | (<a> % <a>) | (<a> | <a>) | (<a> & <a>) | (<a> / <a>) | (<a> // <num>) | (<a> @ <a>) | <a>[<a>] | <seq>[<z>] | max(<it>, key=<g>) | min(<it>, default=<a>) | sum(<it>, <a>) | (<a>).<attr> | type(<a>) | (-<a>) | (+<a>) | (~<a>) | (<a> ** <I>)
a: round(<a>, <i>) | abs(<a>) | <k>(<a>) | <g>(*<it>) | <g>(**<d>) | <g>(<a>, *<l>, **<d>) | (<q> := <a>) | eval(<esc>) | (lambda: (yield))() | max(<a>, <a>, <a>) | <seq>[<i>] | list(<x>)[:3] | <num> + <num> | (<i> ** <num>) | (<num> * <num>) | vars(<o>)
a: type(<a>)(<a>) | (<x>).__next__() | dir(<n>)[:2] | (await_ := <a>) | [<a>, <a>][<b>] | {<h>: <a>}[<h>] | (<a>, <a>)[<i>] | str.<sm>(<a>, <a>) | list.<lm>(<a>, <a>) | dict.<dm>(<a>, <a>) | int.__add__(<a>, <a>) | object.__eq__(<a>, <a>) | format(<a>, <s>)
'''
EXTRA = {
    'order': ["'big'", "'little'", "'big'", "'x'"],
    'fmt': ["'B'", "'b'", "'c'", "'i'", "'H'", "'d'", "'@B'", "'z'", "'?'"],
    'attr': ['real', 'imag', '__class__', '__name__', 'args', 'v', 'start', 'nope', '__doc__', 'numerator', '__len__', 'append', '__self__', '__module__', 'obj', 'format', 'itemsize', 'readonly', 'upper', '__notes__',
             '__cause__', '__context__', 'errno', 'value', 'key', '__bases__', 'step', 'shape', 'gi_running', 'mapping', '__wrapped__', 'keys', '__eq__', '__hash__'],
    'sm': ['upper', 'join', 'replace', 'split', 'count', '__add__', '__contains__', 'startswith', 'zfill', 'encode', 'maketrans'],
    'lm': ['append', 'index', '__add__', 'extend', 'pop', '__getitem__', 'insert', '__len__', 'sort'],
    'dm': ['get', 'pop', 'update', '__getitem__', 'fromkeys', 'setdefault', 'items', '__contains__'],
}
NAMES = 'a b p q u w'.split()


def split_templates(line):
    """Templates stand between bars. A bar between spaces may be an operator: only one with nothing open before it parts them."""
    templates, part = [], ''
    for piece in line.split(' | '):
        part = f'{part} | {piece}' if part else piece
        bare = re.sub(r"'[^']*'|\"[^\"]*\"", '', part)
        if all(bare.count(left) == bare.count(right) for left, right in ('()', '[]', '{}')) and part.count('"') % 2 == 0 and part.count("'") % 2 == 0:
            templates.append(part)
            part = ''
    assert not part, part
    return templates


def productions():
    """The templates of each kind, and the methods: (object, name, arguments, result)."""
    table, methods = {}, {}
    for line in EXPRESSIONS.strip().split('\n'):
        kind, _, rest = line.partition(': ')
        table.setdefault(kind, []).extend(split_templates(rest))
    for word in METHODS_TEXT.split():
        kind, name, arguments, result = re.fullmatch(r'(\w+)\.([\w.()]+?)\(([^()]*)\)->(\w+)', word).groups()
        entry = (kind, name, [part for part in arguments.split(',') if part], result)
        methods.setdefault(result, []).append(entry)
        methods.setdefault('of ' + kind, []).append(entry)
    return table, methods


TABLE, METHODS = productions()
HOLE = re.compile(r'<(\w+)>')


class Grammar:
    """Makes expressions; `names` are the variables that may be bound, with the kinds they probably have."""

    def __init__(self, rng, wrong=0.04):
        self.rng, self.wrong = rng, wrong
        self.names = {}

    def expression(self, kind, depth):
        rng = self.rng
        if kind in EXTRA:
            return rng.choice(EXTRA[kind])
        if rng.random() < self.wrong:
            kind = 'a'
        if kind == 'esc':
            return repr(self.expression('a', min(depth, 1)))
        variables = [name for name, of in self.names.items() if of == kind or kind == 'a' or (kind in UNIONS and of in UNIONS[kind])]
        if variables and rng.random() < 0.35:
            return rng.choice(variables)
        if kind in UNIONS and (kind not in TABLE or rng.random() < 0.6):
            kind = rng.choice(UNIONS[kind])
        if depth <= 0 or kind not in TABLE or rng.random() < 0.15:
            if kind not in LITERALS:
                kind = rng.choice(UNIONS[kind])
            return rng.choice(LITERALS[kind])
        if rng.random() < 0.35 and (kind in METHODS or 'of ' + kind in METHODS):
            return self.method(kind, depth - 1)
        return self.fill(rng.choice(TABLE[kind]), depth - 1)

    def method(self, kind, depth):
        rng = self.rng
        owner, name, arguments, _ = rng.choice(METHODS.get(kind) or METHODS['of ' + kind])
        parts = []
        for argument in arguments:
            if argument.endswith('?'):
                if rng.random() < 0.5:
                    break
                parts.append(self.expression(argument[:-1], depth))
            elif argument.endswith('*'):
                parts += [self.expression(argument[:-1], depth) for _ in range(rng.randrange(4))]
            elif '=' in argument:
                keyword, _, argument = argument.partition('=')
                parts.append(f'{keyword}={self.expression(argument, depth)}')
            else:
                parts.append(self.expression(argument, depth))
        chance = rng.random()
        if chance < 0.015 and parts:
            parts.pop()
        elif chance < 0.03:
            parts.append(self.expression('a', 0))
        elif chance < 0.04:
            parts.append(f'{rng.choice(["key", "x", "sep", "maxsplit", "default", "count", "encoding"])}={self.expression("a", 0)}')
        return f'({self.expression(owner, depth)}).{name}({", ".join(parts)})'

    def fill(self, template, depth):
        names = {}
        inner = dict(self.names)

        def put(match):
            kind = match.group(1)
            if kind in ('q', 'w'):
                if kind not in names:
                    names[kind] = self.rng.choice(NAMES)
                return names[kind]
            if kind == 'Q':
                # An expression that sees the variable of the comprehension.
                self.names = {**inner, **{name: self.rng.choice('iisl') for name in names.values()}} or inner
                if not names:
                    self.names = inner
                try:
                    return self.expression(self.rng.choice(['a', 'i', 'i', 's', 'b', 't']), min(depth, 1))
                finally:
                    self.names = inner
            return self.expression(kind, depth)

        # The variable of a comprehension stands behind its use.
        found = HOLE.findall(template)
        for kind in ('q', 'w'):
            if kind in found:
                names[kind] = self.rng.choice(NAMES)
        return HOLE.sub(put, template)
