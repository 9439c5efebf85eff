"""The Python examples of the README and of the how-to on transactions run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from seriatim import Numbering

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
HOW_TO = ROOT / "docs" / "how-to" / "inside-your-own-transaction.md"
DOCUMENTED_URL = "postgresql://app@db.internal/shop"


def examples(page: Path) -> list[str]:
    """The blocks of a page that use the library."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "from seriatim import" in block]


def run(example: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(example, "example", "exec"), names)
    return names


def end(names: dict[str, Any]) -> None:
    names["numbering"].close()
    if "engine" in names:
        names["engine"].dispose()
    for name in ("connection", "shop"):
        if name in names:
            names[name].close()


def test_readme_first_example_is_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = examples(README)
    assert README.read_text().index(example) < README.read_text().index("## What it promises")
    names = run(example)
    said = re.findall(r"^print\(.*\)  # (.*)$", example, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said
    assert names["shop"].execute("SELECT number FROM bill").fetchall() == [("INV00000001",)]
    end(names)


@pytest.mark.parametrize("place", range(4))
def test_how_to_example_runs_twice_in_a_row(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    found = examples(HOW_TO)
    assert len(found) == 4
    example = found[place]
    if "postgresql" in example:
        url: str = request.getfixturevalue("postgres_url")
        _prepare(url)
        example = example.replace(DOCUMENTED_URL, url).replace(
            DOCUMENTED_URL.replace("postgresql:", "postgresql+psycopg:"),
            url.replace("postgresql:", "postgresql+psycopg:", 1),
        )
    for number in ("INV00000001", "INV00000002"):
        names = run(example)
        assert names["number"] == number
        end(names)


def _prepare(url: str) -> None:
    with Numbering(url, initialise=True) as numbering:
        numbering.initialise()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE bill (number text PRIMARY KEY, cents integer)")
