"""What may stand in one place only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.shape.tree import SOURCE, python_files, shown, syntax

# The writer thread's loop and the outermost HTTP handler: one each.
EXCEPT_EVERYTHING = {"src/seriatim/engine/issuer.py": 1, "src/seriatim/http/edge.py": 1}
ENVIRONMENT_READER = "src/seriatim/config.py"
ENVIRONMENT_NAMES = {"environ", "environb", "getenv", "getenvb"}


def test_except_exception_stands_only_at_the_two_outermost_loops() -> None:
    found: dict[str, int] = {}
    for path in python_files(SOURCE):
        if number := sum(1 for _ in _swallowing_handlers(syntax(path))):
            found[shown(path)] = number
    beyond = {
        place: number for place, number in found.items() if number > EXCEPT_EVERYTHING.get(place, 0)
    }
    assert beyond == {}


def test_environment_is_read_by_the_settings_alone() -> None:
    found = [
        shown(path, node)
        for path in python_files(SOURCE)
        if shown(path) != ENVIRONMENT_READER
        for node in _environment_uses(syntax(path))
    ]
    assert found == []


def test_assert_is_no_guard_in_the_package() -> None:
    """`python -O` drops asserts, and a guard of gaplessness with them."""
    found = [
        shown(path, node)
        for path in python_files(SOURCE)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("try: a()\nexcept Exception: pass", 1),
        ("try: a()\nexcept (ValueError, BaseException) as error: log(error)", 1),
        ("try: a()\nexcept: pass", 1),
        ("try: a()\nexcept BaseException:\n    undo()\n    raise", 0),
        ("try: a()\nexcept ValueError: pass", 0),
        ("with suppress(Exception): a()", 1),
    ],
)
def test_swallowed_exception_is_seen(code: str, number: int) -> None:
    assert len(list(_swallowing_handlers(ast.parse(code)))) == number


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("os.environ['A']", 1),
        ("os.getenv('A')", 1),
        ("from os import environ", 1),
        ("os.getpid()", 0),
    ],
)
def test_environment_use_is_seen(code: str, number: int) -> None:
    assert len(list(_environment_uses(ast.parse(code)))) == number


def _swallowing_handlers(tree: ast.Module) -> Iterator[ast.AST]:
    """Handlers of every exception that do not raise it again, and `suppress(Exception)`."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=caught, body=[*_, last]):
                raises_again = isinstance(last, ast.Raise) and last.exc is None
                if _is_everything(caught) and not raises_again:
                    yield node
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress")):
                if any(map(_is_everything, node.args)):
                    yield node


def _is_everything(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"} for n in names)


def _environment_uses(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in ENVIRONMENT_NAMES:
                yield node
            case ast.ImportFrom(module="os", names=names):
                if any(alias.name in ENVIRONMENT_NAMES for alias in names):
                    yield node
