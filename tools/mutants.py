"""Mutants of the sources: one operator, number or statement changed in a function."""

import ast
import copy
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

FOLDERS = ("src/wattstead/model", "src/wattstead/battery", "src/wattstead/battery/kernel")
LEFT_OUT = {"jit.py", "layout.py", "__init__.py"}
"""Compiling, and names of rows."""


@dataclass(frozen=True)
class Mutant:
    """One change. file: within the repository. name: of the function. was, now: the changed code.

    nth: of such changes in functions of that name, from 0. source: of the whole file with the change.
    """

    file: str
    name: str
    line: int
    was: str
    now: str
    nth: int
    source: str

    @property
    def key(self) -> str:
        """By which it is found again when lines have moved."""
        return f"{self.file} | {self.name} | {self.was} | {self.now} | {self.nth}"


_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Continue, ast.Break)
_Found = tuple[str, Callable[[int], Mutant]]


def sample(root: Path, folder: str, number: int, seed: int) -> list[Mutant]:
    """Draw mutants of the files that stand in a folder; a file has as many as its share of all that are possible."""
    files = sorted(file.name for file in (root / folder).glob("*.py") if file.name not in LEFT_OUT)
    every = [one for file in files for one in of_file(root, f"{folder}/{file}")]
    return [make() for make in random.Random(seed).sample(every, min(number, len(every)))]


def by_key(root: Path, keys: Iterable[str]) -> list[Mutant]:
    """Give the mutants of these keys that are still possible."""
    wanted = set(keys)
    files = sorted({key.partition(" | ")[0] for key in wanted})
    every = (make() for file in files if (root / file).is_file() for make in of_file(root, file))
    return [mutant for mutant in every if mutant.key in wanted]


def of_file(root: Path, name: str) -> list[Callable[[], Mutant]]:
    """Give all mutants of the functions of a file, each to be made by a call.

    Docstrings, annotations and decorators stay.
    """
    text = (root / name).read_text(encoding="utf-8")
    tree, count = ast.parse(text), Counter[str]()
    made: list[Callable[[], Mutant]] = []
    for about, make in _all(name, tree):
        made.append(partial(make, count[about]))
        count[about] += 1
    return made


def _all(name: str, tree: ast.Module) -> Iterator[_Found]:
    seen: set[ast.AST] = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in _body(function):
            if node in seen:
                continue
            seen.add(node)
            for place, child in _children(node):
                if isinstance(node, ast.keyword) and node.arg == "strict":
                    continue  # of zip: it says what holds anyway
                for new in _changed(child, in_list=place[1] is not None):
                    about = f"{function.name} | {ast.unparse(child)} | {ast.unparse(new)}"
                    yield about, partial(_made, name, function.name, tree, (node, *place), child, new)


def _body(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for statement in function.body:
        yield from ast.walk(statement)
    if len(function.body) > 1:
        yield function


def _children(node: ast.AST) -> Iterator[tuple[tuple[str, int | None], ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "args"} and not isinstance(node, ast.Call):
            continue
        many = isinstance(value, list)
        for place, child in enumerate(value if many else [value]):
            if isinstance(child, ast.AST):
                yield (field, place if many else None), child


def _changed(node: ast.AST, *, in_list: bool) -> Iterator[ast.AST]:
    """Give what a node may become."""
    new: Any = copy.deepcopy(node)
    match node:
        case ast.Compare(ops=[one]) if type(one) in _COMPARED:
            new.ops = [_COMPARED[type(one)]()]
            yield new
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _COUNTED:
            new.op = _COUNTED[type(op)]()
            yield new
        case ast.BoolOp(op=op):
            new.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield new
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield inner
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
    if in_list and isinstance(node, _DROPPED) and not _is_docstring(node):
        yield ast.Pass()


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _made(
    file: str,
    name: str,
    tree: ast.AST,
    where: tuple[ast.AST, str, int | None],
    child: ast.AST,
    new: ast.AST,
    nth: int,
) -> Mutant:
    _put(*where, new)
    source = ast.unparse(ast.fix_missing_locations(tree))
    _put(*where, child)
    return Mutant(file, name, getattr(child, "lineno", 0), ast.unparse(child), ast.unparse(new), nth, source)


def _put(node: Any, field: str, place: int | None, child: ast.AST) -> None:
    if place is None:
        setattr(node, field, child)
    else:
        getattr(node, field)[place] = child
