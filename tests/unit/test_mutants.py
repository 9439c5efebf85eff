"""The changes that make mutants: each is one that a test can notice, and none is missed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.changes import changes_of, mutant_of
from tests.postgres_server import ROOT


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("a < b", ["a <= b"]),
        ("a == b is c", ["a != b is c", "a == b is not c"]),
        ("a not in b", ["a in b"]),
        ("a and b", ["a or b"]),
        ("not a", ["a"]),
        ("a + b", ["a - b"]),
        ("a -= b", ["a += b"]),
        ("a = 7", ["a = 8"]),
        ("a = True", ["a = False"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("b if a() else c", ["b if not a() else c"]),
        ("if a < b:\n    c", ["if a <= b:\n    c"]),
        ("a.b(c)", ["pass"]),
        ("raise A(b)", ["pass"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("def f(a=1):\n    pass", ["def f(a=2):\n    pass"]),
    ],
)
def test_change_is_made_in_every_place(source: str, mutants: list[str]) -> None:
    made = [ast.unparse(mutant_of(source, change)) for change in changes_of(source)]
    assert made == mutants


@pytest.mark.parametrize(
    "source",
    [
        "'text'",
        "f'{a:08d}'",
        "a: tuple[1] = b",
        "def f(a: X[1]) -> Y[2]:\n    pass",
        "@rule(1)\ndef f():\n    pass",
        "return None",
        "if TYPE_CHECKING:\n    import a",
    ],
)
def test_what_decides_nothing_is_left_alone(source: str) -> None:
    assert changes_of(source) == []


def test_change_says_where_it_is_and_what_becomes_of_it() -> None:
    first, second = changes_of("a = b\nc = d < 5")
    assert (first.line, first.what) == (2, "5 becomes one more")
    assert (second.line, second.what) == (2, "Lt becomes LtE")


RUN = """
import sys
from tests.mutants.changes import changes_of, mutant_of
from tests.mutants.one_mutant import fate_of
source = "def answer():\\n    return 42"
tree = mutant_of(source, changes_of(source)[0])
print(fate_of("mutated_answer", "mutated_answer.py", tree, sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("lines", "fate"),
    [
        (["def test_answer():", "    assert answer() == 42"], "killed"),
        (["def test_answer():", "    assert answer() > 0"], "survived"),
        (["assert answer() == 42", "def test_answer(): ..."], "killed"),
    ],
)
def test_mutant_is_killed_by_a_test_that_fails_on_it(
    tmp_path: Path, lines: list[str], fate: str
) -> None:
    test = tmp_path / "test_answer.py"
    test.write_text("\n".join(["from mutated_answer import answer", *lines]))
    (tmp_path / "pytest.ini").write_text("[pytest]")
    told = subprocess.run(
        [sys.executable, "-c", RUN, f"{test}::test_answer"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert told.stdout == f"{fate}\n"
