"""Compare dumps of trees with CPython's `ast`.

Standard input holds cases divided by "\\0"; each is a program, "\\1", and the text of `dump_ast`
for it. Prints the first difference of each case that differs. Identifiers, aliases, parameters,
cases and parts of f-strings are compared without their places: `ast` has none, or others.
"""
import ast
import re
import sys

PLACED = set(
    """Expr Assign AugAssign AnnAssign Return Raise Delete Assert Import ImportFrom TypeAlias If While For
    AsyncFor With AsyncWith Try TryStar FunctionDef AsyncFunctionDef ClassDef Match Pass Break Continue Global
    Nonlocal except Value Singleton Sequence Star Mapping Class Or Capture As _ None True False Ellipsis Int
    Float Imaginary Str Bytes Name BinOp BoolOp UnaryOp Compare IfExp Lambda NamedExpr Starred Await Yield
    YieldFrom Call Attribute Subscript Slice JoinedStr Tuple List Set Dict ListComp SetComp GeneratorExp
    DictComp""".split()
)


class Dump:
    """CPython's tree as lines of (depth, text, place)."""

    def __init__(self, source):
        self.lines = []
        self.depth = 0
        self.source = source.encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")

    def node(self, text, node=None, children=lambda: None):
        place = ""
        if node is not None and hasattr(node, "lineno"):
            place = f"@{node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"
        self.lines.append((self.depth, text, place))
        self.depth += 1
        children()
        self.depth -= 1

    def block(self, name, body):
        self.node(name, None, lambda: [self.stmt(stmt) for stmt in body])

    def optional_block(self, name, body):
        if body:
            self.block(name, body)

    def named(self, name, expr):
        if expr is not None:
            self.node(name, None, lambda: self.expr(expr))

    def exprs(self, name, exprs):
        if exprs:
            self.node(name, None, lambda: [self.expr(expr) for expr in exprs])

    def stmt(self, n):
        kind = type(n).__name__
        text = kind
        if kind == "AugAssign":
            text += " " + type(n.op).__name__
        elif kind in ("Global", "Nonlocal"):
            text += " " + ", ".join(n.names)
        elif kind == "ImportFrom":
            text += " " + "." * n.level + (n.module or "")
        elif kind == "TypeAlias":
            text += " " + n.name.id
        elif kind in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            text += " " + n.name
        self.node(text, n, lambda: getattr(self, "stmt_" + kind.removeprefix("Async"), lambda n: None)(n))

    def stmt_Expr(self, n):
        self.expr(n.value)

    def stmt_Assign(self, n):
        self.exprs("targets", n.targets)
        self.named("value", n.value)

    def stmt_AugAssign(self, n):
        self.named("target", n.target)
        self.named("value", n.value)

    def stmt_AnnAssign(self, n):
        self.named("target", n.target)
        self.named("annotation", n.annotation)
        self.named("value", n.value)

    def stmt_Return(self, n):
        if n.value:
            self.expr(n.value)

    def stmt_Raise(self, n):
        self.named("exception", n.exc)
        self.named("cause", n.cause)

    def stmt_Delete(self, n):
        for target in n.targets:
            self.expr(target)

    def stmt_Assert(self, n):
        self.named("test", n.test)
        self.named("message", n.msg)

    def stmt_Import(self, n):
        for alias in n.names:
            self.node(alias.name + (f" as {alias.asname}" if alias.asname else ""))

    stmt_ImportFrom = stmt_Import

    def stmt_TypeAlias(self, n):
        self.type_params(n.type_params)
        self.named("value", n.value)

    def stmt_If(self, n):
        while True:
            self.named("test", n.test)
            self.block("body", n.body)
            if len(n.orelse) != 1 or not isinstance(n.orelse[0], ast.If):
                break
            nested = n.orelse[0]
            if not self.source[nested.lineno - 1][nested.col_offset :].startswith(b"elif"):
                break
            n = nested
        self.optional_block("else", n.orelse)

    def stmt_While(self, n):
        self.named("test", n.test)
        self.block("body", n.body)
        self.optional_block("else", n.orelse)

    def stmt_For(self, n):
        self.named("target", n.target)
        self.named("iter", n.iter)
        self.block("body", n.body)
        self.optional_block("else", n.orelse)

    def stmt_With(self, n):
        for item in n.items:
            self.node(
                "item", None, lambda: (self.expr(item.context_expr), self.named("target", item.optional_vars))
            )
        self.block("body", n.body)

    def stmt_Try(self, n):
        self.block("body", n.body)
        for h in n.handlers:
            name = f" as {h.name}" if h.name else ""
            self.node("except" + name, h, lambda: (self.named("type", h.type), self.block("body", h.body)))
        self.optional_block("else", n.orelse)
        self.optional_block("finally", n.finalbody)

    stmt_TryStar = stmt_Try

    def stmt_FunctionDef(self, n):
        self.exprs("decorators", n.decorator_list)
        self.type_params(n.type_params)
        self.parameters(n.args)
        self.named("returns", n.returns)
        self.block("body", n.body)

    def stmt_ClassDef(self, n):
        self.exprs("decorators", n.decorator_list)
        self.type_params(n.type_params)
        self.arguments(n.bases, n.keywords)
        self.block("body", n.body)

    def stmt_Match(self, n):
        self.named("subject", n.subject)
        for case in n.cases:
            self.node(
                "case",
                None,
                lambda: (self.pattern(case.pattern), self.named("guard", case.guard), self.block("body", case.body)),
            )

    def type_params(self, params):
        for param in params:
            bound = getattr(param, "bound", None)
            self.node(
                f"{type(param).__name__} {param.name}",
                None,
                lambda: (self.named("bound", bound), self.named("default", param.default_value)),
            )

    def parameters(self, args):
        positional = args.posonlyargs + args.args
        defaults = dict(zip(map(id, positional[len(positional) - len(args.defaults) :]), args.defaults))
        defaults.update(zip(map(id, args.kwonlyargs), args.kw_defaults))
        groups = {
            "positional_only": args.posonlyargs,
            "regular": args.args,
            "varargs": [args.vararg] if args.vararg else [],
            "keyword_only": args.kwonlyargs,
            "kwargs": [args.kwarg] if args.kwarg else [],
        }
        for name, group in groups.items():
            if group:
                self.node(name, None, lambda: [self.parameter(arg, defaults.get(id(arg))) for arg in group])

    def parameter(self, arg, default):
        self.node(arg.arg, None, lambda: (self.named("annotation", arg.annotation), self.named("default", default)))

    def arguments(self, args, keywords):
        for argument in sorted(args + keywords, key=lambda a: (a.lineno, a.col_offset)):
            if isinstance(argument, ast.keyword):
                self.named("**" if argument.arg is None else argument.arg + "=", argument.value)
            elif isinstance(argument, ast.Starred):
                self.named("*", argument.value)
            else:
                self.expr(argument)

    def pattern(self, p):
        kind = type(p).__name__.removeprefix("Match")
        text, children = kind, lambda: None
        if kind == "Value":
            children = lambda: self.expr(p.value)
        elif kind == "Singleton":
            text += f" {p.value}"
        elif kind in ("Sequence", "Or"):
            children = lambda: [self.pattern(item) for item in p.patterns]
        elif kind == "Star":
            text += " " + (p.name or "_")
        elif kind == "Mapping":
            text += f" **{p.rest}" if p.rest else ""
            children = lambda: [(self.named("key", k), self.pattern(v)) for k, v in zip(p.keys, p.patterns)]
        elif kind == "Class":
            children = lambda: (
                self.expr(p.cls),
                [self.pattern(item) for item in p.patterns],
                [
                    self.node(name + "=", None, lambda: self.pattern(item))
                    for name, item in zip(p.kwd_attrs, p.kwd_patterns)
                ],
            )
        elif kind == "As" and p.pattern is None:
            text = "_" if p.name is None else "Capture " + p.name
        elif kind == "As":
            text += " " + p.name
            children = lambda: self.pattern(p.pattern)
        self.node(text, p, children)

    def expr(self, e):
        kind = type(e).__name__
        text = kind
        if kind == "Constant":
            text = constant(e.value)
        elif kind == "Name":
            text += " " + e.id
        elif kind in ("BinOp", "BoolOp", "UnaryOp"):
            text += " " + type(e.op).__name__
        elif kind == "NamedExpr":
            text += " " + e.target.id
        elif kind == "Attribute":
            text += " " + e.attr
        self.node(text, e, lambda: self.children(e, kind))

    def children(self, e, kind):
        if kind == "JoinedStr":
            self.parts(e.values)
        elif kind in ("Tuple", "List", "Set"):
            for item in e.elts:
                self.expr(item)
        elif kind == "BoolOp":
            for item in e.values:
                self.expr(item)
        elif kind == "Dict":
            for key, value in zip(e.keys, e.values):
                if key is None:
                    self.named("**", value)
                else:
                    self.named("key", key)
                    self.named("value", value)
        elif kind in ("ListComp", "SetComp", "GeneratorExp"):
            self.named("element", e.elt)
            self.clauses(e.generators)
        elif kind == "DictComp":
            self.named("key", e.key)
            self.named("value", e.value)
            self.clauses(e.generators)
        elif kind == "BinOp":
            self.expr(e.left)
            self.expr(e.right)
        elif kind == "Subscript":
            self.expr(e.value)
            self.expr(e.slice)
        elif kind == "UnaryOp":
            self.expr(e.operand)
        elif kind in ("NamedExpr", "Starred", "Await", "YieldFrom", "Attribute"):
            self.expr(e.value)
        elif kind == "Yield" and e.value:
            self.expr(e.value)
        elif kind == "Compare":
            self.expr(e.left)
            for operator, operand in zip(e.ops, e.comparators):
                self.named(type(operator).__name__, operand)
        elif kind == "IfExp":
            self.named("test", e.test)
            self.named("body", e.body)
            self.named("else", e.orelse)
        elif kind == "Lambda":
            self.parameters(e.args)
            self.named("body", e.body)
        elif kind == "Call":
            self.named("function", e.func)
            self.arguments(e.args, e.keywords)
        elif kind == "Slice":
            self.named("lower", e.lower)
            self.named("upper", e.upper)
            self.named("step", e.step)

    def clauses(self, clauses):
        for clause in clauses:
            self.node(
                "async for" if clause.is_async else "for",
                None,
                lambda: (
                    self.named("target", clause.target),
                    self.named("iter", clause.iter),
                    self.exprs("if", clause.ifs),
                ),
            )

    def parts(self, values):
        for value in values:
            if isinstance(value, ast.Constant):
                self.node("text " + repr(value.value))
                continue
            # With `=` and neither conversion nor spec CPython adds `!r`: so does our compiler.
            conversion = {-1: "", 115: " !s", 114: " !r", 97: " !a"}[value.conversion]
            spec = value.format_spec
            self.node(
                "field" + conversion,
                None,
                lambda: (
                    self.expr(value.value),
                    spec and self.node("spec", None, lambda: self.parts(spec.values)),
                ),
            )


def constant(value):
    if value is None or value is True or value is False:
        return str(value)
    if value is Ellipsis:
        return "Ellipsis"
    if isinstance(value, complex):
        return f"Imaginary {value.imag!r}"
    return f"{ {int: 'Int', float: 'Float', str: 'Str', bytes: 'Bytes'}[type(value)] } {value!r}"


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "'": "'", "\\": "\\"}


def rust_string(text):
    """The value of a string as Rust prints it."""
    unescape = lambda m: chr(int(m[1], 16)) if m[1] else ESCAPES[m[2]]
    return re.sub(r"\\(?:u\{([0-9a-f]+)\}|(.))", unescape, text[1:-1], flags=re.S)


def read(dump):
    """The lines of `dump_ast` in the form of `Dump.lines`."""
    out = []
    for line in dump.rstrip("\n").split("\n"):
        text = line.lstrip(" ")
        depth = (len(line) - len(text)) // 2
        text = text.removesuffix(" ()")
        match = re.fullmatch(r"(.*) (@\d+:\d+-\d+:\d+)", text)
        text, place = match.groups() if match else (text, "")
        kind, _, rest = text.partition(" ")
        if kind not in PLACED:
            place = ""
        if kind in ("Str", "text") and rest.startswith('"'):
            text = f"{kind} {rust_string(rest)!r}"
        elif kind == "Bytes" and place:
            text = f"Bytes {eval('b"' + rest + '"')!r}"
        elif kind in ("Float", "Imaginary") and place:
            text = f"{kind} {float(rest)!r}"
        elif kind == "field" and '"' in rest:
            shown, conversion = re.fullmatch(r'(".*")( ![sra])?', rest).groups()
            out.append((depth, f"text {rust_string(shown)!r}", ""))
            # None stands for whatever CPython makes of it.
            text = f"field{conversion or '?'}"
        out.append((depth, text, place))
    return out


def merge(lines):
    """Join texts side by side: of `=` fields, CPython makes text."""
    out = []
    for depth, text, place in lines:
        if out and text.startswith("text ") and out[-1][1].startswith("text ") and out[-1][0] == depth:
            joined = eval(out[-1][1][5:]) + eval(text[5:])
            out[-1] = (depth, f"text {joined!r}", place)
        else:
            out.append((depth, text, place))
    return out


def same(ours, theirs):
    if ours[:2] != theirs[:2] and not (ours[1] == "field?" and theirs[1].startswith("field")):
        return False
    return ours[2] == theirs[2] or not ours[2] or not theirs[2]


def main():
    sys.stdin.reconfigure(newline="")
    for case in sys.stdin.read().split("\0"):
        program, _, ours = case.partition("\1")
        dump = Dump(program)
        dump.block("Module", ast.parse(program).body)
        ours, theirs = merge(read(ours)), merge(dump.lines)
        for index in range(max(len(ours), len(theirs))):
            if index >= len(ours) or index >= len(theirs) or not same(ours[index], theirs[index]):
                print("ours", ours[max(0, index - 2) : index + 1])
                print("ast ", theirs[max(0, index - 2) : index + 1])
                print(program[:2000])
                break


main()
