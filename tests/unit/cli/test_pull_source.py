"""Account numbers in files, as pull reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seriatim.cli.faults import UsageFault
from seriatim.cli.pull_source import numbers_in_file


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("A-1\nA-2\n", ["A-1", "A-2"]),
        ("\ufeff A-1 \r\n\r\na-1\nA-2", ["A-1", "A-2"]),
        ("accountNumber\nA-1\n", ["A-1"]),
        ("\ufeffAccount Number,Name\nA-1,x\n", ["A-1"]),
        ('Name,Account: Account Number\n"x, y",A-1\nz,A-2\nshort\n', ["A-1", "A-2"]),
        ("A-1,x\nA-2,y\n", ["A-1", "A-2"]),
    ],
)
def test_numbers_are_read_line_by_line_or_from_their_column(
    text: str, numbers: list[str], tmp_path: Path
) -> None:
    (tmp_path / "accounts").write_text(text, encoding="utf-8", newline="")
    assert numbers_in_file(str(tmp_path / "accounts")) == numbers


@pytest.mark.parametrize("content", [b"", b"\n \n", b"Account Number\n", b"\xff", b"x" * 200_000])
def test_file_without_numbers_is_a_fault_of_usage(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "accounts").write_bytes(content)
    with pytest.raises(UsageFault):
        numbers_in_file(str(tmp_path / "accounts"))
