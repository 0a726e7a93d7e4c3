"""Programs about the flow of control and about names: what is left by which door, and who sees which variable.

Every step prints its number, so that a wrong path shows at once.
"""

from program_statements import Program

RAISED = ['ValueError', 'KeyError', 'TypeError']
SHARED = 'abc'


class Flow(Program):
    """Functions of nested blocks, left in every way, some of them generators; classes and functions that share names."""

    def source(self):
        rng = self.rng
        self.step, self.depth, self.loops, self.kind_of = 0, 0, 0, 'plain'
        make = rng.choice([self.paths, self.paths, self.scopes, self.generators, self.hierarchy, self.matching])
        return '\n'.join(make()) + '\n'

    def tick(self):
        self.step += 1
        return self.step

    # Doors: return, break, continue, raise, out of blocks in blocks.

    def paths(self):
        rng = self.rng
        parameters = ', '.join(f'p{number}' for number in range(3))
        lines = [f'def f({parameters}):', *self.nested(rng.choice([2, 3, 3]), 1), '    return "end"']
        for _ in range(rng.choice([3, 5, 8])):
            values = ', '.join(rng.choice(['0', '1', '2', '3']) for _ in range(3))
            lines += [f'try: print("->", f({values}))', 'except BaseException as err: print("!", type(err).__name__, err.args, show(err.__context__), show(err.__cause__), lines_of(err))']
        return lines

    def nested(self, depth, indent, in_loop=False, in_star=False):
        rng = self.rng
        pad = '    ' * indent
        lines = []
        for _ in range(rng.choice([1, 1, 2, 2, 3])):
            if depth == 0 or rng.random() < 0.35:
                lines += [pad + line for line in self.leaf(in_loop, in_star)]
                continue
            below = lambda loop=in_loop, star=in_star, deeper=1: self.nested(depth - 1, indent + deeper, loop, star)
            kind = rng.randrange(12)
            if kind < 4:
                star = rng.random() < 0.15
                lines += [f'{pad}try:', *below()]
                for caught in rng.sample(RAISED, rng.choice([0, 1, 1, 2])) + (['Exception'] if rng.random() < 0.3 else []):
                    lines += [f'{pad}except{"*" if star else ""} {caught} as e:', f'{pad}    print({self.tick()}, "caught", show(e))', *below(False if star else in_loop, in_star or star)]
                handled = any('except' in line and line.startswith(f'{pad}except') for line in lines)
                if handled and rng.random() < 0.25:
                    lines += [f'{pad}else:', *below()]
                if rng.random() < 0.5 or not lines[-1].startswith(pad + '    ') or not any(line.startswith(f'{pad}except') for line in lines[-40:]):
                    lines += [f'{pad}finally:', f'{pad}    print({self.tick()}, "finally")', *below()]
            elif kind < 6:
                self.loops += 1
                lines += [f'{pad}for i{self.loops} in range({rng.choice([0, 1, 2, 3])}):', *below(True), *([f'{pad}else:', *below()] if rng.random() < 0.4 else [])]
            elif kind == 6:
                self.loops += 1
                name = f'w{self.loops}'
                lines += [f'{pad}{name} = 0', f'{pad}while {name} < {rng.choice([1, 2, 3])}:', f'{pad}    {name} += 1', *below(True), *([f'{pad}else:', *below()] if rng.random() < 0.4 else [])]
            elif kind < 9:
                managers = ', '.join(f'CM({self.tick()}, {rng.choice(["True", "False", "False"])})' + rng.choice(['', f' as {rng.choice(SHARED)}']) for _ in range(rng.choice([1, 1, 2])))
                lines += [f'{pad}with {managers}:', *below()]
            elif kind == 9:
                lines += [f'{pad}if p{rng.randrange(3)} {rng.choice(["<", "==", ">"])} {rng.randrange(3)}:', *below(), *([f'{pad}else:', *below()] if rng.random() < 0.5 else [])]
            elif kind == 10:
                lines += [f'{pad}match p{rng.randrange(3)}:', f'{pad}    case {rng.choice(["0", "1 | 2", "int(a)", "[a]", "b"])}{" if p0" if rng.random() < 0.5 else ""}:', *below(deeper=2), f'{pad}    case _:', *below(deeper=2)]
            else:
                lines += [pad + line for line in self.leaf(in_loop, in_star)]
        return lines

    def leaf(self, in_loop, in_star):
        rng = self.rng
        number = self.tick()
        doors = [f'print({number})', f'print({number}, p0)', f'raise {rng.choice(RAISED)}({number})', 'raise', f'raise {rng.choice(RAISED)}({number}) from {rng.choice(["None", "KeyError(0)"])}', f'1 // p{rng.randrange(3)}', f'p{rng.randrange(3)} -= 1', f'assert p{rng.randrange(3)}, {number}',
                 f'raise ExceptionGroup("g", [{rng.choice(RAISED)}({number}), {rng.choice(RAISED)}(0)])', f'{rng.choice(SHARED)} = {number}', f'print({number}, {rng.choice(SHARED)})', f'del {rng.choice(SHARED)}', 'p0, p1 = p1, p0', f'print({number}, [p0 for {rng.choice(SHARED)} in range(2)])']
        if not in_star:
            doors += [f'return {number}', f'return print({number})', 'return']
        if in_loop or not in_star and rng.random() < 0.01:
            doors += ['break', 'continue'] * 2
        if self.kind_of == 'generator':
            doors += [f'yield {number}', f'{rng.choice(SHARED)} = yield {number}', f'print({number}, (yield p0))', f'yield from few(range({rng.randrange(3)}))', f'{rng.choice(SHARED)} = yield from sub({number})'] * 2
        door = rng.choice(doors)
        if door.startswith(('raise', 'return', 'break', 'continue')) and rng.random() < 0.75:
            return [f'if p{rng.randrange(3)} {rng.choice(["<", "==", ">", "!="])} {rng.randrange(3)}: {door}']
        return [door]

    def generators(self):
        rng = self.rng
        self.kind_of = 'generator'
        lines = ['def sub(n):', '    try:', '        got = yield ("sub", n)', f'        print("sub got", show(got))', '        yield "again"', f'    {rng.choice(["except ValueError as e", "except GeneratorExit", "finally", "except BaseException as e"])}:', '        print("sub left")', *rng.choice([['        raise'], [], ['        yield "late"'], ['        return 7']]), '    return n',
                 'import gc', 'def f(p0, p1, p2):', *self.nested(rng.choice([1, 2, 3]), 1), '    yield "last"', '    return "end"']
        if 'finally:' in lines[5] and '        raise' in lines:
            lines.remove('        raise')
        for _ in range(rng.choice([1, 2, 3])):
            # What a generator that would not close still holds is found by CPython's collector
            # at some time; here at once.
            lines.append('g = None; gc.collect()')
            lines.append(f'g = f({", ".join(rng.choice("0123") for _ in range(3))})')
            for _ in range(rng.choice([2, 4, 6])):
                move = rng.choice(['next(g)', 'next(g)', 'next(g)', f'g.send({rng.randrange(9)})', 'g.send(None)', f'g.throw({rng.choice(RAISED)})', f'g.throw({rng.choice(RAISED)}({self.tick()}))', 'g.close()', 'g.throw(GeneratorExit)', 'list(few(g))', 'g.throw(StopIteration(3))', 'g.gi_running', 'g.gi_yieldfrom is None', 'g.gi_frame is None', 'g.gi_suspended'])
                lines += [f'try: print("->", show({move}))', 'except BaseException as err: print("!", type(err).__name__, err.args, show(err.__context__), show(err.__cause__), lines_of(err))']
            lines += ['try: g.close()', 'except BaseException as err: print("close", type(err).__name__, err.args)']
        return lines

    # Names: functions in classes in functions, comprehensions, deletions.

    def scopes(self):
        lines = [*(f'{name} = "global {name}"' for name in self.rng.sample(SHARED, self.rng.choice([0, 2, 3]))), *self.scope(3, 0, False)]
        lines.append('print([show(globals().get(n)) for n in "abc"])')
        return lines

    def scope(self, depth, indent, in_class):
        rng = self.rng
        pad = '    ' * indent
        lines = []
        for _ in range(rng.choice([2, 3, 4, 5])):
            name, other, number = rng.choice(SHARED), rng.choice(SHARED), self.tick()
            kind = rng.randrange(28)
            if kind < 5 and depth:
                parameters = rng.choice(['', '', name, f'{name}={other}', f'*{name}'])
                lines += [f'{pad}def f{number}({parameters}):', *self.declared(indent + 1), *self.scope(depth - 1, indent + 1, False), f'{pad}    return {rng.choice(["sorted(locals())", name, "lambda: " + name])}']
                call = f'f{number}({rng.choice(["", "", "1"])})'
                lines += [f'{pad}try: print({number}, show({call}))', f'{pad}except Exception as err: print({number}, type(err).__name__, err)']
            elif kind < 8 and depth:
                lines += [f'{pad}class C{number}:', *self.declared(indent + 1, 0.15), *self.scope(depth - 1, indent + 1, True), f'{pad}print({number}, sorted(n for n in vars(C{number}) if not n.startswith("__")))']
            elif kind < 13:
                lines += [f'{pad}{name} = {rng.choice([str(number), other, f"({other}, {number})"])}']
            elif kind < 17:
                lines += [f'{pad}try: print({number}, show({name}))', f'{pad}except NameError as err: print({number}, type(err).__name__, err)']
            elif kind == 17:
                lines += [f'{pad}try: del {name}', f'{pad}except NameError as err: print({number}, err)']
            elif kind < 21:
                text = rng.choice([f'[{name} for {name} in range(2)]', f'[({name}, {other}) for {name} in range(2)]', f'[{other} for {name} in [{name}]]', f'[({other} := {name}) for {name} in range(2)]', f'{{{name}: {other} for {name} in "xy"}}', f'list({other} for {name} in "xy")', f'[[{other} for {other} in [{name}]] for {name} in range(2)]',
                                   f'(lambda {name}={other}: ({name}, {other}))()', f'[(lambda: {name}) for {name} in range(2)][0]()', f'(lambda: [{other} for {name} in "z"])()', f'[{name} for {name} in [1] if ({other} := {name})]', f'{{{name} for {name} in range(3) if {name} in locals().values()}}', f'list(map(lambda {name}: {name}, [{other}]))', f'({name} := {other})',
                                   f'[locals() for {name} in [1]]', f'eval("{name}")', f'eval("[{name} for _ in [1]]")', f'"{name}" in locals()', f'[y for x in [1, 2] for y in [x, {other}]]', f'[{name} for {name} in {name}]', f'[__class__ for {name} in [1]]', f'exec("{name} = {number}") or {name}', f'sorted(locals())[-2:]'])
                lines += [f'{pad}try: print({number}, show({text}))', f'{pad}except Exception as err: print({number}, type(err).__name__, err)']
            elif kind == 21:
                lines += [f'{pad}for {name} in ({number}, {other}): pass' if rng.random() < 0.5 else f'{pad}for {name} in range({rng.randrange(2)}): {other} = {name}']
            elif kind == 22:
                lines += [f'{pad}try: raise ValueError({number})', f'{pad}except ValueError as {name}: {other} = 1']
            elif kind == 23:
                lines += [f'{pad}import {rng.choice(["math", "math as " + name, "operator as " + name])}']
            elif kind == 24:
                lines += [f'{pad}with CM({number}) as {name}: {rng.choice(["pass", f"del {other}", f"{other} = {name}"])}']
            elif kind == 25:
                lines += [f'{pad}{name} {rng.choice(["+=", "-=", "|="])} {rng.choice(["1", other])}']
            elif kind == 26:
                lines += [f'{pad}{name}: {rng.choice(["int", other])}{rng.choice([" = 1", ""])}']
            else:
                lines += [f'{pad}{rng.choice(["global", "nonlocal"])} {name}']
        return lines

    def declared(self, indent, chance=0.5):
        rng = self.rng
        if rng.random() > chance:
            return ['    ' * indent + 'pass']
        return ['    ' * indent + f'{rng.choice(["global", "nonlocal", "nonlocal"])} {", ".join(rng.sample(SHARED, rng.choice([1, 1, 2])))}']

    # Classes: bases in every order, methods that call `super`, metaclasses, special methods found or not.

    def hierarchy(self):
        rng = self.rng
        names = ['A', 'B', 'C', 'D', 'E', 'F'][:rng.choice([3, 4, 5, 6])]
        special = [('__add__', 'o'), ('__radd__', 'o'), ('__iadd__', 'o'), ('__eq__', 'o'), ('__lt__', 'o'), ('__gt__', 'o'), ('__le__', 'o'), ('__ne__', 'o'), ('__mul__', 'o'), ('__rmul__', 'o'), ('__getitem__', 'k'), ('__contains__', 'k'), ('__call__', '*a'), ('__getattr__', 'n'), ('__sub__', 'o'), ('__rsub__', 'o'), ('__and__', 'o'), ('__rand__', 'o'),
                   ('__pow__', 'o'), ('__rpow__', 'o'), ('__mod__', 'o'), ('__rmod__', 'o'), ('__neg__', ''), ('__len__', ''), ('__iter__', ''), ('__bool__', ''), ('__hash__', ''), ('__str__', ''), ('__repr__', ''), ('__index__', ''), ('__or__', 'o'), ('__ror__', 'o'), ('__ior__', 'o'), ('__matmul__', 'o'), ('__rmatmul__', 'o'), ('__imul__', 'o'), ('__delitem__', 'k'),
                   ('__setitem__', 'k, v'), ('__setattr__', 'n, v'), ('__delattr__', 'n'), ('__get__', 'o, t=None'), ('__set_name__', 'o, n'), ('__init_subclass__', '**k'), ('__class_getitem__', 'k'), ('__format__', 's'), ('__dir__', ''), ('__enter__', ''), ('__exit__', '*a'), ('__reversed__', ''), ('__next__', ''), ('__missing__', 'k'), ('__instancecheck__', 'o'), ('__subclasscheck__', 'o'),
                   ('__floordiv__', 'o'), ('__divmod__', 'o'), ('__rdivmod__', 'o'), ('__lshift__', 'o'), ('__invert__', ''), ('__abs__', ''), ('__round__', 'n=None'), ('__int__', ''), ('__float__', ''), ('__length_hint__', ''), ('__getattribute__', 'n'), ('__new__', '*a'), ('__init__', '*a'), ('__prepare__', '*a'), ('__del__', ''), ('__copy__', ''), ('__deepcopy__', 'm'), ('__mro_entries__', 'b'), ('__hash__', ''), ('__ge__', 'o')]
        lines = []
        for index, name in enumerate(names):
            bases = rng.sample(names[:index], min(index, rng.choice([0, 1, 1, 2, 2, 3])))
            if rng.random() < 0.25:
                bases.append(rng.choice(['int', 'list', 'dict', 'str', 'tuple', 'Exception', 'set', 'type', 'object', 'float', 'bytes', 'X', 'M']))
            if rng.random() < 0.08:
                bases.append(f'metaclass={rng.choice(["M", "type", *names[:index]] or ["M"])}')
            if rng.random() < 0.04:
                bases.append(rng.choice(['k=1', '*[]', '**{}', 'X(1)', '5']))
            body = []
            for method, parameters in rng.sample(special, rng.choice([1, 2, 3, 4])):
                first = 'cls' if method in ('__new__', '__init_subclass__', '__class_getitem__', '__prepare__') else 'self'
                passed = parameters.replace('t=None', 't').replace('n=None', 'n')
                called = f'super().{method}({passed})' if method != '__new__' else f'super().__new__(cls{", *a" if rng.random() < 0.5 else ""})'
                plain = rng.choice([f"'{name}.{method}'", 'NotImplemented', called, called, f"('{name}', {passed.split(', ')[0].lstrip('*') or 'self.__class__.__name__'})", '1', 'None', 'True', 'iter([1, 2])', 'self' if first == 'self' else 'cls', f'{called} or {rng.randrange(9)}', '-1', "'txt'", '{}'])
                if method == '__new__' and rng.random() < 0.7:
                    plain = called
                if method == '__getattribute__' and rng.random() < 0.7:
                    plain = 'object.__getattribute__(self, n)'
                talk = f'print("{name}{method}")' if method not in ('__getattribute__', '__getattr__', '__del__', '__repr__', '__hash__', '__dir__') else 'pass'
                decorator = '@classmethod\n    ' if method == '__prepare__' else rng.choice(['', '', '', '', '', '', '', '', '@staticmethod\n    ', '@classmethod\n    ', '@property\n    ']) if rng.random() < 0.1 else ''
                body.append(f'    {decorator}def {method}({", ".join(filter(None, [first, parameters]))}):\n        {talk}\n        return {plain}' if rng.random() < 0.95 else f'    {method} = {rng.choice(["None", "len", "5", "lambda *a: a", "X(1)"])}')
            if rng.random() < 0.5:
                body.append(f'    def m(self, *a):\n        return ["{name}", *super().m()]' if bases and rng.random() < 0.7 else f'    def m(self, *a): return ["{name}"]')
            if rng.random() < 0.2:
                body.append(rng.choice(["    __slots__ = ()", "    __slots__ = ('s',)", f"    x = '{name}'", "    __hash__ = None", "    y: int = 3", "    __match_args__ = ('x',)", "    def __m(self): return 1", "    z = property(lambda self: self.x)"]))
            lines += ['try:', *('    ' + line for line in (f'class {name}({", ".join(bases)}):' + '\n' + '\n'.join(body)).split('\n')), f'    print([c.__name__ for c in {name}.__mro__])', 'except BaseException as err:', f'    told("{name}", err)', f'    class {name}: pass']
        for name in names:
            lines += ['try:', f'    {name.lower()} = {name}({rng.choice(["", "", "", "1", "[1, 2]"])})', 'except BaseException as err:', f'    told("new {name}", err)', f'    {name.lower()} = None']
        for number in range(rng.choice([4, 8, 12])):
            one, other = (rng.choice([name.lower() for name in names]) for _ in range(2))
            if rng.random() < 0.3:
                other = rng.choice(['1', '"s"', '[1]', '2.5', '{}', 'X(1)', 'None', 'True', '(1,)'])
            if rng.random() < 0.1:
                one = one.upper()
            step = rng.choice(['{0} + {1}', '{1} + {0}', '{0} == {1}', '{0} < {1}', '{1} < {0}', '{0} >= {1}', '{0} != {1}', '{0} * {1}', '{1} * {0}', '{0}[{1}]', '{1} in {0}', '{0}()', '{0}({1})', '{0}.nope', '{0}.x', '{0} - {1}', '{0} & {1}', '{0} ** {1}', '{1} ** {0}', '{0} % {1}', '-{0}', 'len({0})', 'list(few({0}))', 'bool({0})', 'hash({0}) == hash({0})', 'str({0})[:60]', '{0} | {1}', '{0} @ {1}', 'int({0})',
                               'float({0})', 'isinstance({0}, {2})', 'isinstance({1}, {2})', 'issubclass({2}, {3})', 'format({0}, "x")', 'divmod({0}, {1})', '{0} << {1}', '~{0}', 'abs({0})', 'round({0})', '{0}.m()', 'reversed({0})', 'next({0})', 'iter({0})', 'range(3)[{0}]', '{0}.__class__.__name__', '{2}[{1}]', 'getattr({0}, "x", 5)', '[1, 2, 3][{0}]', '{0} <= {1}', 'sorted([{0}, {1}])', '{0} // {1}',
                               '{0} is {1} or {0}', 'not {0}', '{0} and {1}', 'max({0}, {1})', 'type({0}).__name__', '"%s" % {0}', 'f"{{{0}}}"[:40]', 'dict({0})', 'set({0})', 'tuple({0})', 'bytes({0})', 'pow({0}, {1}, 3)', 'sum([{0}, {1}])', '{0}.__dict__', 'callable({0})', '{0}.__add__({1})', '{0}.__eq__({1})', 'super({2}, {0}).m()', 'super({2}, {0}).__repr__()[:1]', '{2}.__bases__', '{2}.m({0})', '{0}.z', '{1}[{0}:]', '{0}[:]'])
            text = step.format(one, other, rng.choice(names), rng.choice(names))
            chance = rng.random()
            if chance < 0.12:
                text = rng.choice([f'{one} {rng.choice(["+", "-", "*", "|", "&", "@", "**"])}= {other}', f'{one}.x = {other}', f'del {one}.x', f'{one}[{other}] = 1', f'del {one}[{other}]', f'with {one} as q: print("in", show(q))', f'for q in few({one}): print(show(q))', f'{one}, q = {other}, {one}', f'q, *{one} = few({other})', f'{one}.__class__ = {rng.choice(names)}', f'class Z({one.upper()}, k=1): pass',
                                   f'class Z({one}): pass', f'{one.upper()}.x = {other}', f'{rng.choice(names)}.__bases__ = ({rng.choice(names)},)', f'del {one.upper()}.x', f'match {one}:\n        case {rng.choice(names)}(): print("is")\n        case {rng.choice(names)}(x=q): print(show(q))\n        case _: print("else")'])
                lines += ['try:', f'    {text}', 'except BaseException as err:', f'    told({number}, err)']
            else:
                lines += ['try:', f'    print({number}, show({text}))', 'except BaseException as err:', f'    told({number}, err)']
        return lines

    # Patterns made of patterns.

    def matching(self):
        rng = self.rng
        lines = ['class P:', '    __match_args__ = ' + rng.choice(["('x', 'y')", "('x',)", "()", "['x']", "('x', 1)", "('x', 'x')", "('x', 'y')"]), '    def __init__(self, x=0, y=0): self.x, self.y = x, y', '    def __repr__(self): return f"P({self.x!r}, {self.y!r})"', 'class K: v = 3; w = "a"; n = None', 'def f(subject):', '    match subject:']
        for number in range(rng.choice([1, 2, 3, 4, 5])):
            self.names_bound = 0
            lines += [f'        case {self.pattern(3)}{f" if {rng.choice(["subject", "1", "0", "v0"])}" if rng.random() < 0.2 else ""}:', f'            return {number}, sorted((n, show(v)) for n, v in locals().items() if n != "subject")']
        lines += ['    return None']
        for _ in range(rng.choice([4, 8, 12])):
            lines += [f'try: print(show(f({self.subject(3)})))', 'except BaseException as err: told(1, err)']
        return lines

    def subject(self, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.35:
            return rng.choice(['0', '1', '2', '3', '-1', '1.5', '1+2j', "'a'", "'b'", "b'a'", 'None', 'True', 'False', '1.0', "''", '()', '[]', '{}', 'P()', 'range(3)', "'ab'", 'int', '{1, 2}', 'X(1)', 'bytearray(b"ab")', 'iter([1])'])
        kind = rng.randrange(5)
        if kind < 2:
            inner = ', '.join(self.subject(depth - 1) for _ in range(rng.randrange(4)))
            return f'[{inner}]' if kind else f'({inner},)' if inner else '()'
        if kind == 2:
            return '{' + ', '.join(f'{rng.choice(["1", chr(39) + "a" + chr(39), "None", "2"])}: {self.subject(depth - 1)}' for _ in range(rng.randrange(3))) + '}'
        return f'P({self.subject(depth - 1)}, {self.subject(depth - 1)})'

    def pattern(self, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.35:
            kind = rng.randrange(6)
            if kind == 0 and rng.random() < 0.8:
                self.names_bound += 1
                return f'v{self.names_bound - 1}'
            return rng.choice(['0', '1', '2', '-1', '1.5', '1+2j', "'a'", "'b'", "b'a'", 'None', 'True', 'False', '_', 'K.v', 'K.w', 'K.n', 'int()', 'str()', 'P()', 'list()', 'K.missing', 'X()', 'dict()', 'object()', 'bytes()'])
        kind = rng.randrange(10)
        if kind < 3:
            parts = [self.pattern(depth - 1) for _ in range(rng.randrange(4))]
            if rng.random() < 0.35:
                self.names_bound += 1
                parts.insert(rng.randrange(len(parts) + 1), rng.choice(['*_', f'*v{self.names_bound - 1}']))
            return f'[{", ".join(parts)}]' if rng.random() < 0.6 else f'({", ".join(parts)}{"," if len(parts) == 1 else ""})'
        if kind == 3:
            keys = rng.sample(['1', "'a'", 'None', 'K.v', '2', "'b'", 'True', '-1'], rng.choice([0, 1, 1, 2]))
            parts = [f'{key}: {self.pattern(depth - 1)}' for key in keys]
            if rng.random() < 0.3:
                self.names_bound += 1
                parts.append(f'**v{self.names_bound - 1}')
            return '{' + ', '.join(parts) + '}'
        if kind < 6:
            parts = [self.pattern(depth - 1) for _ in range(rng.choice([0, 1, 1, 2, 3]) if rng.random() < 0.9 else 4)]
            parts += [f'{name}={self.pattern(depth - 1)}' for name in rng.sample(['x', 'y', 'z'], rng.choice([0, 0, 1]))]
            return f'{rng.choice(["P", "P", "P", "int", "str", "list", "object", "dict", "K", "X", "float", "K.v"])}({", ".join(parts)})'
        if kind < 8:
            return '(' + ' | '.join(self.pattern(0) for _ in range(rng.choice([2, 2, 3]))) + ')'
        self.names_bound += 1
        return f'({self.pattern(depth - 1)} as v{self.names_bound - 1})'
