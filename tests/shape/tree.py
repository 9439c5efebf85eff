"""The files of the project and their syntax trees, for the tests that read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "seriatim"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is tracked, or would be: git's own list, or the tree without its leavings."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        output = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        # An unpacked archive, or a checkout that belongs to somebody else.
        return tuple(path for path in sorted(ROOT.rglob("*")) if _is_ours(path))
    names = output.decode().split("\0")
    return tuple(path for name in sorted(set(names)) if name and (path := ROOT / name).is_file())


def _is_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    leavings = any(part.startswith((".venv", ".git")) or "cache" in part for part in parts)
    return path.is_file() and not leavings


def text_of(path: Path) -> str:
    """The text of a file; empty for one that holds no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(*folders: Path) -> list[Path]:
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and (not folders or any(map(path.is_relative_to, folders)))
    ]


@cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(syntax(path)):
        if isinstance(node, Function):
            yield node


def shown(path: Path, node: ast.AST | None = None) -> str:
    """A place as an editor understands it."""
    place = path.relative_to(ROOT).as_posix()
    return place if node is None else f"{place}:{getattr(node, 'lineno', 1)}"
