"""The mutants of a module: one small change each, of the kinds that can open a gate.

Conditions that always or never hold, operands that are left out, boundary instants, answers that
are nothing or the opposite, calls, arguments, filters and context managers that are gone. ``and``
in place of ``or`` is not among them: a test that tells them apart tells apart one of the two
from a condition without one of its operands.
"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

#: Where in a tree: the fields, with the index in those that are lists.
Path = tuple[tuple[str, int | None], ...]

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
#: Methods that narrow what they are called on: without them, more comes through.
NARROWING = {"filter", "exclude", "live", "public", "private", "distinct", "intersection", "difference"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change. ``key`` names it, whatever the line it is on."""

    key: str
    path: Path
    replacement: ast.AST
    function: str
    lines: tuple[int, int]
    statement: tuple[int, int]
    in_function: bool

    def tree(self, source: str) -> ast.Module:
        """Return the changed module."""
        tree = ast.parse(source)
        node: Any = tree
        for name, index in self.path[:-1]:
            node = getattr(node, name) if index is None else getattr(node, name)[index]
        name, index = self.path[-1]
        if index is None:
            setattr(node, name, self.replacement)
        else:
            getattr(node, name)[index] = self.replacement
        return ast.fix_missing_locations(tree)

    def code(self, source: str, filename: str) -> CodeType:
        """Return the changed module, compiled."""
        return compile(self.tree(source), filename, "exec")


def mutants_of(source: str, name: str) -> list[Mutant]:
    """Return the mutants of a module, in the order of its lines. ``name`` begins their keys."""
    found = sorted(_walk(ast.parse(source), (), "", None, False), key=lambda row: row[0])
    seen: Counter[str] = Counter()
    mutants = []
    for lines, path, replacement, function, statement, inside, old in found:
        key = f"{name} {function or '-'}: {old} -> {_text(replacement)}"
        seen[key] += 1
        if seen[key] > 1:
            key += f" ({seen[key]})"
        mutants.append(Mutant(key, path, replacement, function, lines, statement, inside))
    return mutants


def _walk(
    node: ast.AST,
    path: Path,
    function: str,
    statement: tuple[int, int] | None,
    inside: bool,
    decides: bool = False,
) -> Iterator[tuple]:
    if isinstance(node, ast.stmt):
        if _is_of_no_interest(node):
            return
        statement = (node.lineno, node.end_lineno or node.lineno)
        if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return | ast.Raise):
            statement = (node.lineno, node.lineno)
    for place, replacement in _changes(node, decides):
        ast.copy_location(replacement, node)
        lines = (node.lineno, node.end_lineno or node.lineno)
        if isinstance(node, ast.stmt):
            lines = statement or lines
        old = _text(node if not place else _at(node, place))
        yield lines, path + place, replacement, function, statement or lines, inside, old
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_params", "ctx"}:
            continue
        within, within_function = function, inside
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and field == "body":
            within = f"{function}.{node.name}" if function else node.name
        if isinstance(node, (*FUNCTIONS, ast.Lambda)) and field == "body":
            within_function = True
        for child, index in _children(value):
            yield from _walk(
                child, (*path, (field, index)), within, statement, within_function, _decides(node, field)
            )


def _decides(node: ast.AST, field: str) -> bool:
    """Tell whether an expression is tried as true and as false already, or left out, where it stands."""
    match node:
        case ast.If() | ast.IfExp():
            return field == "test"
        case ast.BoolOp() | ast.Return():
            return True
    return field == "ifs"


def _children(value: object) -> Iterator[tuple[ast.AST, int | None]]:
    if isinstance(value, ast.AST):
        yield value, None
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if isinstance(child, ast.AST):
                yield child, index


def _at(node: Any, place: Path) -> Any:
    for name, index in place:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return node


def _is_of_no_interest(node: ast.stmt) -> bool:
    """Tell whether a statement is imported, said or logged only, or is never true in what serves."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Global() | ast.Nonlocal():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger")))):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "logger")]):
            return True
    return False


def _true() -> ast.Constant:
    return ast.Constant(True)


def _false() -> ast.Constant:
    return ast.Constant(False)


def _changes(node: ast.AST, decides: bool) -> Iterator[tuple[Path, Any]]:
    """Yield what may stand in the place of a node, or of a part of it."""
    if isinstance(node, ast.stmt):
        yield from _of_statements(node)
    elif isinstance(node, ast.expr):
        yield from _of_expressions(node, decides)


def _of_statements(node: ast.stmt) -> Iterator[tuple[Path, Any]]:
    match node:
        case ast.If():
            yield from (((("test", None),), value) for value in (_true(), _false()))
        case ast.Return(value=ast.expr() as value):
            yield from (((("value", None),), other) for other in _answers(value))
        case ast.Raise() | ast.Delete() | ast.AugAssign():
            yield (), ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield (), ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield (), ast.Pass()
        case ast.For():
            yield (("iter", None),), ast.Tuple([], ast.Load())
        case ast.Continue():
            yield (), ast.Break()
        case ast.Break():
            yield (), ast.Continue()
        case ast.With(items=items, body=body):
            if all(item.optional_vars is None for item in items):
                yield (), ast.If(_true(), copy.deepcopy(body), [])
        case ast.FunctionDef(decorator_list=decorators) | ast.ClassDef(decorator_list=decorators):
            for index, decorator in enumerate(decorators):
                if not _is_structural(decorator):
                    # A decorator that gives back what it is given.
                    yield (("decorator_list", index),), _identity()


def _is_structural(decorator: ast.expr) -> bool:
    """Tell whether nothing works without a decorator."""
    text = ast.unparse(decorator)
    return text.startswith(
        ("property", "classmethod", "staticmethod", "dataclass", "contextmanager", "wraps")
    )


def _identity() -> ast.Lambda:
    expression = ast.parse("lambda decorated: decorated", mode="eval").body
    assert isinstance(expression, ast.Lambda)
    return expression


def _answers(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.Constant(value=None) | ast.Constant(value=bool()):
            return
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            yield _true()
            yield _false()
        case ast.Call(func=ast.Name(id="bool" | "any" | "all" | "isinstance" | "hasattr" | "getattr")):
            yield _true()
            yield _false()
        case _:
            yield ast.Constant(None)


def _of_expressions(node: ast.expr, decides: bool) -> Iterator[tuple[Path, Any]]:
    match node:
        case ast.IfExp():
            yield from (((("test", None),), value) for value in (_true(), _false()))
        case ast.BoolOp(op=op, values=values):
            for index in range(len(values)):
                rest = [copy.deepcopy(value) for at, value in enumerate(values) if at != index]
                yield (), rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            if not decides or isinstance(node.op, ast.Invert):
                yield (), copy.deepcopy(operand)
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                if decides and len(ops) == 1 and not isinstance(op, ORDER):
                    continue
                changed = copy.deepcopy(node)
                changed.ops[index] = COMPARISONS[type(op)]()
                yield (), changed
        case ast.BinOp(left=left, op=op) if type(op) in ARITHMETIC:
            if not isinstance(left, ast.Constant):
                yield (
                    (),
                    ast.BinOp(copy.deepcopy(left), ARITHMETIC[type(op)](), copy.deepcopy(node.right)),
                )
        case ast.Constant(value=bool() as value):
            yield (), ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield (), ast.Constant(value + 1)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for index, generator in enumerate(node.generators):
                yield (("generators", index), ("iter", None)), ast.Tuple([], ast.Load())
                for at in range(len(generator.ifs)):
                    yield (("generators", index), ("ifs", at)), _true()
        case ast.Set(elts=elements) | ast.Tuple(elts=elements, ctx=ast.Load()) | ast.List(elts=elements):
            if len(elements) > 1 and all(
                isinstance(one, ast.Constant | ast.Attribute) for one in elements
            ):
                for index in range(len(elements)):
                    changed = copy.deepcopy(node)
                    del changed.elts[index]  # type: ignore[attr-defined]
                    yield (), changed
        case ast.Call():
            yield from _of_calls(node)


def _of_calls(node: ast.Call) -> Iterator[tuple[Path, Any]]:
    match node.func:
        case ast.Name(id=name) if name in NAMES:
            changed = copy.deepcopy(node)
            changed.func = ast.Name(NAMES[name], ast.Load())
            yield (), changed
        case ast.Attribute(value=value, attr=name) if name in NARROWING:
            yield (), copy.deepcopy(value)
    arguments = len(node.args) + len(node.keywords)
    if ast.unparse(node.func).rpartition(".")[2][0].isupper() and not _is_narrowing(node):
        return  # nothing is made without its parts
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is None or (arguments == 1 and _is_narrowing(node)):
            continue
        changed = copy.deepcopy(node)
        del changed.keywords[index]
        yield (), changed
    if _is_narrowing(node) and arguments > 1:
        for index in range(len(node.args)):
            changed = copy.deepcopy(node)
            del changed.args[index]
            yield (), changed


def _is_narrowing(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(attr=name):
            return name in NARROWING
        case ast.Name(id="Q"):
            return True
    return False


def _text(node: ast.AST) -> str:
    """Return a node on one line."""
    match node:
        case ast.With():
            return "with " + ", ".join(ast.unparse(item) for item in node.items)
        case ast.If(test=ast.Constant(value=True)):
            return "no with"
        case ast.For():
            return "for " + ast.unparse(node.iter)
    return " ".join(ast.unparse(node).split())
