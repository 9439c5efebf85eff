"""Names say what a thing is, in snake_case everywhere but on the wire."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shape.tree import ROOT, SOURCE, project_files, python_files, shown, syntax

EMPTY_NAMES = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
CAMEL_CASE = re.compile(r"_*[a-z][a-z0-9]*[A-Z]")
WIRE = SOURCE / "http" / "wire"
# It answers to the names by which SQLite calls its file layer.
FILE_LAYERS = {ROOT / "tests" / "fault" / name for name in ("failing_disk.py", "slow_disk.py")}


def test_file_names_say_something() -> None:
    parts = {
        shown(path): {part.removesuffix(path.suffix) for part in path.relative_to(ROOT).parts}
        for path in project_files()
    }
    assert [place for place, names in parts.items() if names & EMPTY_NAMES] == []


def test_identifiers_outside_the_wire_are_snake_case() -> None:
    found = [
        f"{shown(path, node)} {name}"
        for path in python_files()
        if path not in FILE_LAYERS and not path.is_relative_to(WIRE)
        for node, name in _defined_names(syntax(path))
        if CAMEL_CASE.match(name)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def issueNumber(startAt): pass", ["issueNumber", "startAt"]),
        ("nextNumber = 1", ["nextNumber"]),
        ("self.nextNumber = 1", ["nextNumber"]),
        ("import a as aB", ["aB"]),
        ("class SequenceSet: creditMemo = 'creditMemo'", ["creditMemo"]),
        ("class Kind(StrEnum): creditMemo = 'creditMemo'", []),
        ("SequenceSet.MAX = Issued(next_number=1)", []),
    ],
)
def test_camel_case_is_seen_wherever_a_name_is_made(code: str, names: list[str]) -> None:
    found = [name for _, name in _defined_names(ast.parse(code)) if CAMEL_CASE.match(name)]
    assert found == names


def _defined_names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    members = _enum_members(tree)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node, name
            case ast.arg(arg=name):
                yield node, name
            case ast.Name(id=name, ctx=ast.Store()) if node not in members:
                yield node, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node, name
            case ast.alias(asname=str(name)):
                yield node, name


def _enum_members(tree: ast.Module) -> set[ast.AST]:
    """The names that an enumeration gives to its members: they may be those of the wire."""
    return {
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(b) for b in node.bases)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    }


def test_wire_folder_is_where_the_layers_say() -> None:
    """Guards the exemption above against a folder that has moved away."""
    assert not (SOURCE / "http").exists() or WIRE.is_dir(), Path(WIRE)
