"""The library is used typed: a program that uses it as the docs say passes a strict check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import seriatim
from tests.shape.tree import ROOT

PROGRAM = """
from datetime import date

import psycopg
from typing_extensions import assert_type

from seriatim import (
    Conflict, DocumentType, ExplainedNumber, IssuedNumbers, MovedNumbers, Numbering,
    NumberState, Rejected, VerifiedRegister,
)


def post(numbering: Numbering, connection: psycopg.Connection) -> str | None:
    try:
        issued = numbering.issue(
            "invoice", sequence_set="FR", reference="order 1", document_date=date(2026, 1, 1),
            connection=connection,
        )
    except Rejected as rejected:
        print([violation.path for violation in rejected.violations])
        return None
    except Conflict as conflict:
        print(conflict.message)
        return None
    assert_type(issued, IssuedNumbers)
    return issued.number


with Numbering("sqlite:///numbers.db") as numbering:
    held = numbering.reserve(DocumentType.REFUND, hold_seconds=60, count=2)
    assert_type(held.state, NumberState)
    assert_type([*held.numbers()], list[str])
    assert_type(numbering.confirm(held.first_number), MovedNumbers)
    assert_type(numbering.void(held.last_number, reason="unused"), MovedNumbers)
    assert_type(numbering.explain(held.first_number), ExplainedNumber)
    assert_type(numbering.verify(), VerifiedRegister)
    numbering.create_set("FR", invoice=("FI", 10), credit_memo="FC", debit_memo="FD")
"""

MISTAKES = {
    "numbering.issue('invoice', 'FR')": "Too many positional arguments",
    "numbering.issue('invoice', count='1')": 'Argument "count"',
    "numbering.issue(7)": "Argument 1",
    "numbering.void('INV00000001')": 'Missing named argument "reason"',
    "numbering.issue('invoice').nonsense": "has no attribute",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def check(program: Path, cache: Path) -> str:
    """As a user's own strict check sees the installed package."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--no-error-summary", "--config-file=", f"--cache-dir={cache}", str(program)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=program.parent,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
    )
    return done.stdout + done.stderr


def test_typed_program_passes_and_mistakes_are_found(tmp_path: Path, cache: Path) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(PROGRAM)
    assert check(right, cache) == ""
    wrong.write_text(
        "from seriatim import Numbering\n\n"
        "with Numbering('sqlite:///numbers.db') as numbering:\n"
        + "".join(f"    {line}\n" for line in MISTAKES)
    )
    found = check(wrong, cache).splitlines()
    for number, message in enumerate(MISTAKES.values(), start=4):
        assert any(f":{number}: error" in line and message in line for line in found), message


def test_package_says_that_it_is_typed_and_names_what_is_public() -> None:
    assert (ROOT / "src" / "seriatim" / "py.typed").exists()
    assert sorted(seriatim.__all__) == sorted(set(seriatim.__all__))
    assert all(hasattr(seriatim, name) for name in seriatim.__all__)
