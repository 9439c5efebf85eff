"""YAML and JSON in: exact, and nothing that means two things."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from seriatim.cli.faults import UsageFault
from seriatim.cli.input_files import read_document, read_lines, to_json, to_yaml

DOCUMENT = {
    "sequenceSets": [
        {
            "name": "NO",
            "sequenceSetNumber": "010",
            "chronological": False,
            "invoice": {"prefix": "2", "startNumber": 99999999999999999999},
            "payment": None,
        }
    ]
}


def read(tmp_path: Path, content: str | bytes, name: str = "a.yaml") -> object:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(str(file))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e3", "1e3"),
        ("1.5", "1.5"),
        ("2026-01-01", "2026-01-01"),
        ("99999999999999999999", 99999999999999999999),
        ("-1", -1),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ('"2"', "2"),
        ("<<", "<<"),
    ],
)
def test_plain_yaml_value_means_what_it_says(text: str, value: object, tmp_path: Path) -> None:
    assert read(tmp_path, f"field: {text}\n") == {"field": value}


@pytest.mark.parametrize(
    "content",
    [
        "a: 1\na: 2\n",
        "a: &x [1]\nb: *x\n",
        "a: [\n",
        "? [a]\n: 1\n",
        "1: a\n? {b: c}\n: 1\n",
        "a: !!python/object/apply:os.getcwd []\n",
        "a: !!binary aGk=\n",
        "a: !!int x\n",
        "a: " + "9" * 5000,
        "a: 1\n---\nb: 2\n",
        b"a: \xff\n",
        "[" * 3000,
    ],
)
def test_yaml_that_json_has_no_form_for_is_refused(content: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"a\.yaml: is no YAML"):
        read(tmp_path, content)


@pytest.mark.parametrize("content", ['{"a": 1, "a": 2}', '{"a": NaN}', "{", '{"a": 1} x'])
def test_json_that_means_two_things_or_nothing_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"a\.json: "):
        read(tmp_path, content, "a.json")


def test_file_without_a_telling_name_is_told_by_its_first_character(tmp_path: Path) -> None:
    assert read(tmp_path, ' {"a": 1}', "a") == {"a": 1}
    assert read(tmp_path, "a: NO", "b") == {"a": "NO"}


def test_written_yaml_reads_back_the_same_here_and_elsewhere(tmp_path: Path) -> None:
    text = to_yaml(DOCUMENT)
    assert read(tmp_path, text) == DOCUMENT
    assert yaml.safe_load(text) == DOCUMENT


def test_written_json_reads_back_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, to_json(DOCUMENT), "a.json") == DOCUMENT


def test_missing_file_is_a_fault_of_usage() -> None:
    with pytest.raises(UsageFault, match="no-such-file: cannot be read"):
        read_document("no-such-file")


def test_lines_lose_their_ends_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(" a \r\nb\n\nü".encode())
    assert read_lines(str(file)) == [" a ", "b", "", "ü"]


def test_lines_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"\xff")
    with pytest.raises(UsageFault, match="is not UTF-8 at byte 0"):
        read_lines(str(file))
