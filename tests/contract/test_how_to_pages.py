"""The requests in the how-to pages are sent as they stand, and answer what the pages say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api import Api, done

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"^```(http|json)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: str) -> Iterator[tuple[str, str]]:
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return ((match[1], match[2]) for match in BLOCK.finditer(text))


def shows(answer: Any, said: Any) -> bool:
    """Whether an answer holds all that the page says of it; a list may be longer."""
    if isinstance(said, dict):
        return all(name in answer and shows(answer[name], part) for name, part in said.items())
    if isinstance(said, list):
        return all(shows(part, said[at]) for at, part in enumerate(answer[: len(said)]))
    return bool(answer == said)


@pytest.mark.parametrize("page", ["number-per-country.md", "number-at-posting.md"])
def test_requests_of_the_page_answer_what_it_says(sqlite_api: Api, page: str) -> None:
    answer: dict[str, Any] = {}
    sent = 0
    for kind, text in blocks(page):
        if kind == "json":
            assert shows(answer, json.loads(text)), (answer, text)
            continue
        line, _, body = text.strip().partition("\n")
        method, _, path = line.partition(" ")
        answer = done(sqlite_api.call(method, path, json.loads(body) if body.strip() else None))
        sent += 1
    assert sent >= 5


def test_what_a_page_says_otherwise_would_be_found() -> None:
    assert shows({"a": [{"b": 1, "c": 2}, {}]}, {"a": [{"b": 1}]})
    assert not shows({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not shows({"a": 1}, {"b": 1})
