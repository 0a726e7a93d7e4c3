"""Statements of the random programs that `fuzz_programs.py` runs: blocks, functions, classes."""

from program_grammar import KINDS, LITERALS, Grammar

# What a program may call besides the built-ins; `show` and `told` are those of `fuzz_expressions.py`.
VARIABLES = 'abcdefgh'
BINARY = ['+', '-', '*', '//', '%', '/', '&', '|', '^', '<<', '>>', '@']
ERRORS = ['ValueError', 'TypeError', 'KeyError', 'IndexError', 'ZeroDivisionError', 'AttributeError', 'Exception', '(TypeError, ValueError)', 'LookupError', 'ArithmeticError', 'StopIteration', 'NameError', 'RuntimeError',
          'OverflowError', 'UnicodeError', 'BaseException']
SPECIALS = [
    ('__init__', 'self, *args', 'self.v = args; self.n = len(args)'), ('__repr__', 'self', "return f'<K {self.__dict__}>'"), ('__repr__', 'self', 'return {s}'), ('__str__', 'self', 'return {s}'),
    ('__len__', 'self', 'return {i}'), ('__bool__', 'self', 'return {b}'), ('__eq__', 'self, other', 'return {b}'), ('__lt__', 'self, other', 'return {b}'), ('__hash__', 'self', 'return {i}'),
    ('__getitem__', 'self, key', "return ('item', key)"), ('__getitem__', 'self, key', 'return {l}[key]'), ('__setitem__', 'self, key, value', "print('set', show(key), show(value))"), ('__delitem__', 'self, key', "print('del', show(key))"),
    ('__contains__', 'self, item', 'return {a}'), ('__iter__', 'self', 'return iter({l})'), ('__iter__', 'self', 'yield from {l}'), ('__next__', 'self', 'raise StopIteration({a})'), ('__call__', 'self, *args, **kwargs', 'return args, kwargs'),
    ('__getattr__', 'self, name', "return ('attr', name)"), ('__getattr__', 'self, name', 'raise AttributeError(name)'), ('__setattr__', 'self, name, value', "print('setattr', name); object.__setattr__(self, name, value)"),
    ('__delattr__', 'self, name', "print('delattr', name)"), ('__getattribute__', 'self, name', 'return object.__getattribute__(self, name)'), ('__format__', 'self, spec', 'return {s} + spec'), ('__index__', 'self', 'return {i}'),
    ('__int__', 'self', 'return {i}'), ('__float__', 'self', 'return {f}'), ('__complex__', 'self', 'return {c}'), ('__bytes__', 'self', 'return {y}'), ('__enter__', 'self', 'return {a}'), ('__exit__', 'self, *exc', "print('exit', exc[0]); return {b}"),
    ('__add__', 'self, other', "return ('add', other)"), ('__radd__', 'self, other', "return ('radd', other)"), ('__iadd__', 'self, other', 'return NotImplemented'), ('__mul__', 'self, other', 'return NotImplemented'),
    ('__rmul__', 'self, other', "return ('rmul', other)"), ('__neg__', 'self', "return 'neg'"), ('__matmul__', 'self, other', 'return other'), ('__truediv__', 'self, other', 'return {a}'), ('__divmod__', 'self, other', 'return {t}'),
    ('__pow__', 'self, other, mod=None', 'return (other, mod)'), ('__round__', 'self, n=None', "return ('round', n)"), ('__abs__', 'self', 'return {num}'), ('__reversed__', 'self', 'return iter({l})'), ('__missing__', 'self, key', 'return key'),
    ('__get__', 'self, obj, cls', "return ('get', obj is None)"), ('__set__', 'self, obj, value', "print('set', show(value))"), ('__set_name__', 'self, owner, name', "print('named', name)"), ('__length_hint__', 'self', 'return {i}'),
    ('__new__', 'cls, *args', "print('new', len(args)); return super().__new__(cls)"), ('__init_subclass__', 'cls, **kw', "print('sub', cls.__name__, kw)"), ('__class_getitem__', 'cls, item', "return ('cls', item)"), ('__ne__', 'self, other', 'return {a}'),
    ('__le__', 'self, other', 'return NotImplemented'), ('__gt__', 'self, other', 'return {a}'), ('__rsub__', 'self, other', 'return {a}'), ('__dir__', 'self', 'return {l}'), ('__instancecheck__', 'self, other', 'return {a}'),
]
PATTERNS = ['_', 'a', '0', '1', "'a'", 'None', 'True', '[]', '[a]', '[a, b]', '[a, *_]', '[*a, b]', '[1, *b]', '(a, (b, c))', '{}', "{'a': a}", '{1: a, **b}', 'int()', 'str()', 'str(a)', 'int(a)', 'list()', 'float() | int()', 'int() as a', '[int(), *_]',
            'X(v=1)', 'X(v=a)', 'X(1)', 'Y()', '1 | 2 | 3', "'a' | 'b' as c", '-1', '1.5', '1+2j', "b'abc'", '[[a], b]', '{"x": [a, *_]}', 'dict(a)', 'tuple()', 'bool()', 'Exception(args=a)', 'Exception()', 'range()', 'object(v=a)', 'bytes()', 'set()', 'len()']


class Program(Grammar):
    def __init__(self, rng):
        super().__init__(rng, rng.choice([0.0, 0.02, 0.04, 0.1]))
        self.functions, self.classes, self.in_function, self.in_loop, self.is_generator = {}, [], False, False, False
        self.count = 0

    def any(self, depth=2):
        return self.expression(self.kind(), depth)

    def kind(self):
        return self.rng.choice('iifsslltdSybcaFrzoexYmg')

    def source(self):
        rng = self.rng
        lines = []
        if rng.random() < 0.35:
            lines += self.function()
        if rng.random() < 0.22:
            lines += self.klass()
        body = self.block(rng.choice([1, 2, 2, 3, 3, 4, 5]), 2)
        body.append(f'print({", ".join(f"show({name})" for name in list(self.names)[:4])})')
        if rng.random() < 0.5:
            lines += ['def main():', *('    ' + line for line in body), 'main()']
        else:
            lines += body
        return '\n'.join(lines) + '\n'

    def block(self, count, depth):
        lines = []
        for _ in range(count):
            lines += self.statement(depth)
        return lines

    def indented(self, count, depth):
        return ['    ' + line for line in self.block(count, depth)]

    def target(self, kind='a'):
        """A variable that gets a value of a kind."""
        name = self.rng.choice(VARIABLES)
        self.names[name] = kind
        return name

    def statement(self, depth):
        rng = self.rng
        simple = [(18, self.assign), (14, self.show), (5, self.augmented), (5, self.change), (4, self.unpack), (3, self.delete), (2, self.raising), (2, self.checked), (3, self.call), (2, self.use)]
        compound = [(5, self.attempt), (4, self.loop), (3, self.choice), (3, self.match), (2, self.context), (1, self.counting), (1, self.closure), (2, self.generator)]
        table = simple + compound if depth > 0 else simple
        make = rng.choices([make for _, make in table], [weight for weight, _ in table])[0]
        return make(depth - 1)

    def assign(self, _):
        kind = self.kind()
        value = self.expression(kind, self.rng.choice([1, 2, 2, 3]))
        chance = self.rng.random()
        if chance < 0.06:
            return [f'{self.target(kind)} = {self.target(kind)} = {value}']
        if chance < 0.10:
            return [f'{self.target(kind)}: {self.expression("k", 0)} = {value}']
        return [f'{self.target(kind)} = {value}']

    def show(self, _):
        if self.rng.random() < 0.3:
            return [f'print({self.expression("s", 3)!s:.300}.__repr__())' if False else f'print(ascii({self.expression("s", 3)}))']
        return [f'print(show({self.any(3)}))']

    def augmented(self, _):
        rng = self.rng
        if self.names and rng.random() < 0.8:
            name = rng.choice(list(self.names))
            kind = self.names[name]
            other = self.expression(kind if kind in LITERALS and rng.random() < 0.7 else 'a', 1)
            operator = rng.choice(BINARY)
            if operator == '<<':
                other = self.expression('I', 0)
            if operator == '*':
                other = self.expression('I', 0)
            return [f'{name} {operator}= {other}']
        return [f'{self.target("i")} = {self.expression("i", 1)}', f'{rng.choice(list(self.names))} **= {self.expression("I", 0)}']

    def change(self, _):
        rng = self.rng
        owner = rng.choice(list(self.names)) if self.names and rng.random() < 0.7 else f'({self.expression(rng.choice("lYdo"), 1)})'
        chance = rng.random()
        if chance < 0.4:
            return [f'{owner}[{self.expression(rng.choice("iiis"), 1)}] = {self.any(1)}']
        if chance < 0.7:
            bounds = ':'.join(rng.choice(['', self.expression('i', 0)]) for _ in range(rng.choice([2, 2, 3])))
            return [f'{owner}[{bounds}] = {self.expression("it", 1)}']
        if chance < 0.85:
            return [f'{owner}.{rng.choice(["v", "x", "real", "args", "__class__", "__name__", "__doc__", "start"])} = {self.any(1)}']
        return [f'{owner}[{self.expression("i", 0)}] {rng.choice(BINARY[:6])}= {self.expression("I", 0)}']

    def unpack(self, _):
        rng = self.rng
        shape = rng.choice(['{}, {}', '{}, *{}', '*{}, {}', '{}, ({}, {})', '[{}, {}, {}]', '({},)', '{}, *{}, {}', '*{},', '{}, {}, {}'])
        names = [self.target(self.rng.choice('ial')) for _ in range(shape.count('{}'))]
        return [f'{shape.format(*names)} = {self.expression(rng.choice(["t", "l", "it", "it", "a"]), 2)}']

    def delete(self, _):
        rng = self.rng
        name = rng.choice(list(self.names)) if self.names else self.target()
        return [rng.choice([f'del {name}', f'del {name}[{self.expression("i", 1)}]', f'del {name}[{self.expression("i", 0)}:{self.expression("i", 0)}]', f'del {name}[::{self.expression("i", 0)}]', f'del {name}.v', f'del {name}[{self.expression("h", 1)}]'])]

    def raising(self, _):
        rng = self.rng
        raised = self.expression(rng.choice('eeeka'), 1)
        return [rng.choice([f'raise {raised}', f'raise {raised} from {self.expression(rng.choice("ena"), 1)}', 'raise', f'assert {self.any(1)}, {self.any(1)}', f'assert {self.any(1)}'])]

    def checked(self, _):
        return [f'print({self.any(1)} {self.rng.choice(["==", "<", "in", "is", ">=", "!=", "not in"])} {self.any(1)} {self.rng.choice(["==", "<", "in"])} {self.any(1)})']

    def call(self, _):
        rng = self.rng
        if not self.functions:
            return self.show(0)
        name, parameters = rng.choice(list(self.functions.items()))
        arguments = [self.any(1) for _ in range(rng.randrange(4))]
        if rng.random() < 0.2:
            arguments.append('*' + self.expression('it', 1))
        arguments += [f'{keyword}={self.any(1)}' for keyword in rng.sample(parameters + ['zz'], min(len(parameters), rng.choice([0, 0, 1, 1, 2])))]
        if rng.random() < 0.15:
            arguments.append('**' + self.expression('d', 1))
        return [f'print(show({name}({", ".join(arguments)})))']

    def use(self, _):
        """Something is done with an instance of a class of the program."""
        rng = self.rng
        if not self.classes:
            return self.show(0)
        made = f'{rng.choice(self.classes)}({rng.choice(["", "", self.any(1)])})'
        name = self.target('o')
        forms = ['str({o})', 'len({o})', 'bool({o})', '{o} == {a}', '{o} < {a}', '{o}[{a}]', 'list({o})', '{o} + {a}', '{a} + {o}', '{o} * 2', '{a} in {o}', 'hash({o})', '{o}()', '{o}({a})', 'format({o}, {s})', 'f"{{{o}:>5}}"',
                 '{o}.x', '{o}.v', '{o}.m({a})', '{o}.p', 'int({o})', 'float({o})', 'complex({o})', 'bytes({o})', '-{o}', '{o} @ 1', '{o} / {a}', 'divmod({o}, {a})', '{o} ** {a}', 'pow({o}, 1, 2)', 'round({o})', 'round({o}, {a})', 'abs({o})',
                 'next({o})', 'iter({o})', 'reversed({o})', 'range({o})', '[1, 2, 3][{o}]', 'isinstance({a}, {o})', 'isinstance({o}, {k})', 'type({o}).__name__', 'type({o}).__mro__', 'sorted(dir({o}))[-3:]', '{o}.cm({a})', '{o}.sm({a})', '{o}.c',
                 'max({o}, {a})', 'sum({o})', 'dict({o})', '"%s %r" % ({o}, {o})', '"%d" % {o}', '{o} - {a}', '{a} - {o}', '{o} != {a}', '{o} > {a}', '{o} <= {a}', 'vars({o})', '{o}.__class__[{a}]', 'tuple({o})', 'print(*{o})', '{o} and {a}', 'not {o}',
                 'hex({o})', 'chr({o})', '"ab" * {o}', 'list(zip({o}, {o}))', 'getattr({o}, {s})', 'any({o})', '{o} is {o}', '[*{o}]', '{{**{o}}}', 'len(list({o}))', 'sorted({o})', '{{{o}: 1}}', '{o}.__dict__', 'set({o})', 'enumerate({o})', 'map(str, {o})']
        form = rng.choice(forms)
        for kind in 'asik':
            form = form.replace('{%s}' % kind, '\0' + kind)
        text = form.format(o=name)
        while '\0' in text:
            head, _, tail = text.partition('\0')
            text = head + self.expression(tail[0], 1) + tail[1:]
        extra = rng.choice([[], [], [], [f'{name} += {self.any(0)}'], [f'{name}.x = {self.any(0)}'], [f'del {name}.x'], [f'{name}[{self.any(0)}] = {self.any(0)}'], [f'del {name}[0]'], [f'with {name} as {self.target()}: print("in")'], [f'for a in {name}: print(show(a))']])
        return [f'{name} = {made}', *extra, f'print(show({text}))']

    def attempt(self, depth):
        rng = self.rng
        lines = ['try:', *self.indented(rng.choice([1, 1, 2]), depth)]
        star = '*' if rng.random() < 0.06 else ''
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            error = rng.choice(ERRORS[:14 if star else None] + [self.expression('k', 0)] * (rng.random() < 0.2))
            if rng.random() < 0.7:
                lines += [f'except{star} {error} as err:', '    print(type(err).__name__, ascii(str(err)))', *(self.indented(1, depth) if rng.random() < 0.3 else [])]
            else:
                lines += [f'except{star} {error}:', *self.indented(1, depth)]
        if rng.random() < 0.6 and not star:
            lines += ['except BaseException as err:', '    told(0, err)']
            if rng.random() < 0.2:
                lines += ['    print(show(err.__context__), show(err.__cause__), show(err.args), err.__suppress_context__)']
            if rng.random() < 0.15:
                lines += ['else:', *self.indented(1, depth)]
        elif not any(line.startswith('except') for line in lines):
            lines += ['finally:', *self.indented(1, depth)]
        if rng.random() < 0.15 and 'finally:' not in lines:
            lines += ['finally:', *self.indented(1, depth)]
        return lines

    def loop(self, depth):
        rng = self.rng
        outer, self.in_loop = self.in_loop, True
        kind = rng.choice(['it', 'it', 'l', 'r', 'd', 'x', 's', 'a'])
        source = self.expression(kind, 2)
        target = rng.choice([self.target('i' if kind == 'r' else 'a'), f'{self.target()}, {self.target()}']) if rng.random() < 0.3 else self.target('i' if kind == 'r' else 'a')
        lines = [f'for {target} in few({source}):' if kind in ('it', 'a', 'x', 'r') else f'for {target} in {source}:', *self.indented(rng.choice([1, 1, 2]), depth)]
        chance = rng.random()
        if chance < 0.3:
            lines += [f'    if {self.any(1)}: {rng.choice(["break", "continue"])}', *self.indented(1, depth)]
        if rng.random() < 0.2:
            lines += ['else:', *self.indented(1, depth)]
        self.in_loop = outer
        return lines

    def counting(self, depth):
        self.count += 1
        name = f'n{self.count}'
        lines = [f'{name} = 0', f'while {name} < {self.rng.randrange(1, 4)}:', f'    {name} += 1', *self.indented(1, depth)]
        if self.rng.random() < 0.4:
            lines += [f'    if {self.any(1)}: {self.rng.choice(["break", "continue"])}']
        if self.rng.random() < 0.3:
            lines += ['else:', *self.indented(1, depth)]
        return lines

    def choice(self, depth):
        lines = [f'if {self.any(2)}:', *self.indented(1, depth)]
        if self.rng.random() < 0.4:
            lines += [f'elif {self.expression("b", 2)}:', *self.indented(1, depth)]
        if self.rng.random() < 0.5:
            lines += ['else:', *self.indented(1, depth)]
        return lines

    def match(self, depth):
        rng = self.rng
        lines = [f'match {rng.choice([self.any(2), self.expression("i", 1), self.expression("l", 1), self.expression("d", 0), self.expression("t", 1)])}:']
        for _ in range(rng.choice([1, 2, 3, 4])):
            pattern = rng.choice(PATTERNS)
            guard = f' if {self.any(1)}' if rng.random() < 0.2 else ''
            lines += [f'    case {pattern}{guard}:', f'        print({pattern!r})', *('    ' + line for line in self.indented(rng.choice([0, 1]), depth))]
        return lines

    def context(self, depth):
        rng = self.rng
        manager = rng.choice([f'CM({self.any(1)})', f'CM({self.any(1)}, {rng.choice(["True", "False"])})', 'CM()', self.any(1)])
        return [f'with {manager}{rng.choice([" as " + self.target(), ""])}{rng.choice(["", "", ", CM(2) as " + self.target()])}:', *self.indented(rng.choice([1, 2]), depth)]

    def inside(self, make):
        """Lines of a body of its own scope."""
        names, functions, loop = dict(self.names), dict(self.functions), self.in_loop
        self.in_loop = False
        lines = make()
        self.names, self.functions, self.in_loop = names, functions, loop
        return ['    ' + line for line in lines]

    def parameters(self):
        rng = self.rng
        names = rng.sample(VARIABLES, rng.choice([0, 1, 2, 3, 4]))
        parts, plain, stage, defaulted = [], [], 0, False
        for index, name in enumerate(names):
            plain.append(name)
            if stage == 0 and rng.random() < 0.12 and parts:
                parts.append('/')
                stage = 1
            if stage < 2 and rng.random() < 0.2:
                parts.append(rng.choice(['*', '*rest']))
                stage, defaulted = 2, False
            defaulted = rng.random() < 0.35 or (defaulted and stage < 2)
            annotation = f': {self.expression("k", 0)}' if rng.random() < 0.05 else ''
            parts.append(f'{name}{annotation}={self.expression(rng.choice("isla"), 0)}' if defaulted else name + annotation)
        if stage < 2 and rng.random() < 0.15:
            parts.append('*rest')
            plain.append('rest')
        if rng.random() < 0.15:
            parts.append('**more')
        return ', '.join(parts), names

    def function(self):
        rng = self.rng
        self.count += 1
        name = f'fun{self.count}'
        text, names = self.parameters()

        def body():
            self.names.update({parameter: rng.choice(['i', 's', 'l', 'a']) for parameter in names})
            lines = self.block(rng.choice([1, 1, 2]), 1)
            if rng.random() < 0.2:
                lines.append(f'{rng.choice(["global", "global", "nonlocal"])} {rng.choice(VARIABLES)}') if rng.random() < 0.2 else lines.append(f'yield {self.any(1)}')
            return [*lines, f'return {rng.choice([self.any(2), ", ".join(names) or "None", "locals()"])}']
        lines = [f'def {name}({text}):', *self.inside(body)]
        if rng.random() < 0.08:
            lines.insert(0, rng.choice(['@staticmethod', '@(lambda f: f)', '@property', '@len', '@(lambda f: lambda *a, **k: (f(*a, **k),))']))
        self.functions[name] = names
        return lines

    def closure(self, depth):
        rng = self.rng
        name = self.target('a')
        return [*self.function(), f'def counter():', f'    {name} = {self.any(1)}', '    def step(by=1):', f'        nonlocal {name}', f'        {name} {rng.choice(["+", "-", "*", "|"])}= {rng.choice(["by", "by", self.any(1)])}', f'        return {name}',
                '    return step', 'step = counter()', f'print(show(step()), show(step({self.any(1)})))']

    def generator(self, depth):
        rng = self.rng
        self.count += 1
        name = f'gen{self.count}'

        def body():
            lines = self.block(1, depth)
            lines.append(rng.choice([f'{self.target()} = yield {self.any(1)}', f'yield from {self.expression("it", 1)}', f'{self.target()} = yield from {self.expression("x", 1)}', f'yield {self.any(1)}']))
            if rng.random() < 0.4:
                lines = ['try:', *('    ' + line for line in lines), rng.choice(['finally:', 'except ValueError as err:', 'except GeneratorExit:', 'except BaseException as err:']), *self.indented(1, 0)]
                if rng.random() < 0.3:
                    lines.append(f'    yield {self.any(1)}')
            return [*lines, rng.choice([f'return {self.any(1)}', f'yield {self.any(1)}'])]
        lines = [f'def {name}():', *self.inside(body), f'it = {name}()']
        for _ in range(rng.choice([1, 2, 3])):
            step = rng.choice(['next(it)', 'next(it)', f'it.send({self.any(1)})', 'it.send(None)', f'it.throw({self.expression("e", 1)})', 'it.throw(ValueError)', 'it.close()', 'list(few(it))', f'next(it, {self.any(0)})', f'{self.any(0)} in few(it)'])
            lines += ['try:', f'    print(show({step}))', 'except BaseException as err:', '    told(1, err)']
        # Where it is dropped otherwise depends on how long tracebacks live.
        return [*lines, 'try: it.close()', 'except BaseException as err: told(3, err)']

    def klass(self):
        rng = self.rng
        self.count += 1
        name = f'K{self.count}'
        base = rng.choice(['', '', '', '(X)', '(int)', '(str)', '(list)', '(dict)', '(Exception)', '(tuple)', '(Y)', '(type)', '(float)', '(set)', '(bytes)', '(X, Y)', '(Y, metaclass=M)', '(metaclass=M)', f'({self.expression("k", 0)})', '(bool)', '(frozenset)', '(bytearray)', '(complex)'])
        lines = []
        for special, parameters, body in rng.sample(SPECIALS, rng.choice([1, 2, 3, 4, 5])):
            for kind in ('num', *KINDS):
                while '{' + kind + '}' in body:
                    body = body.replace('{' + kind + '}', self.expression(kind, 1), 1)
            lines += [f'def {special}({parameters}):', f'    {body}']
        if rng.random() < 0.3:
            lines += ['@property', 'def p(self):', f'    return {self.any(1)}']
        if rng.random() < 0.2:
            lines += ['@classmethod', 'def cm(cls, *args):', "    return cls.__name__, args"]
        if rng.random() < 0.15:
            lines += ['@staticmethod', 'def sm(*args):', "    return args"]
        if rng.random() < 0.2:
            lines += [f'x = {self.any(1)}']
        if rng.random() < 0.2:
            lines += ['def m(self, *args):', f'    return {rng.choice(["super().m(*args)", "super().__repr__()", "self.x", "__class__.__name__", "super().__len__()", "super().__eq__(1)"])}']
        if rng.random() < 0.08:
            lines += [rng.choice(["__slots__ = ('v', 'n')", "__slots__ = ()", '__hash__ = None', '__iter__ = None', '__contains__ = None', "__match_args__ = ('v',)", '__slots__ = 5', '__radd__ = None'])]
        self.classes.append(name)
        lines = [f'class {name}{base}:', *('    ' + line for line in lines)]
        for _ in range(rng.choice([1, 2])):
            lines += ['try:', *('    ' + line for line in self.use(0)), 'except BaseException as err:', '    told(2, err)']
        return lines
