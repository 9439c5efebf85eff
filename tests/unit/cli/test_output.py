"""What commands print, in each format."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from seriatim.cli.output import Column, Format, Output, harmless, printable, url_without_password

COLUMNS = (Column("name", "Name"), Column("invoice.prefix"), Column("count", "Count"))
ROWS: list[dict[str, Any]] = [
    {"name": "A", "invoice": {"prefix": "INV"}, "count": 99999999999999999999, "more": [1]},
    {"name": "=B", "count": None},
]


def test_table_shows_titled_columns_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.TABLE).rows(COLUMNS, ROWS)
    shown = capsys.readouterr().out
    assert "Name" in shown
    assert "99999999999999999999" in shown
    assert "INV" not in shown


def test_json_is_one_array_of_whole_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.JSON).rows(COLUMNS, ROWS)
    assert json.loads(capsys.readouterr().out) == ROWS


def test_ndjson_is_a_whole_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.NDJSON).rows(COLUMNS, ROWS)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_csv_has_every_column_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.CSV).rows(COLUMNS, ROWS)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["name", "invoice.prefix", "count"],
        ["A", "INV", "99999999999999999999"],
        ["'=B", "", ""],
    ]


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", 'a "b", c', "a\x0bb", "\u2028"])
def test_csv_is_read_back_as_it_was(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.CSV).rows(COLUMNS, [{"name": text, "count": 1}, {"name": "next"}])
    written = io.StringIO(capsys.readouterr().out, newline="")
    assert list(csv.reader(written))[1:] == [[text, "", "1"], ["next", "", ""]]


@pytest.mark.parametrize("form", [Format.JSON, Format.NDJSON])
def test_record_is_the_whole_object(form: Format, capsys: pytest.CaptureFixture[str]) -> None:
    Output(form).record(COLUMNS, ROWS[0])
    assert json.loads(capsys.readouterr().out) == ROWS[0]


def test_record_in_csv_is_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Format.CSV).record(COLUMNS, ROWS[0])
    assert capsys.readouterr().out.splitlines()[1:] == ["A,INV,99999999999999999999"]


def test_warnings_go_to_standard_error_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    body = {"warnings": [{"path": "invoice.prefix", "message": "can meet", "firstCollision": "1"}]}
    Output(Format.JSON).warnings(body)
    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "warning: invoice.prefix: can meet")


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"])
def test_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless([f"{start}1+1", "a"]) == f"'{start}1+1 a"


@pytest.mark.parametrize(("value", "cell"), [(-5, "-5"), (True, "true"), (["a", 1], "a 1")])
def test_cell_of_another_kind_stays_as_it_is(value: object, cell: str) -> None:
    assert harmless(value) == cell


def test_text_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert printable("a\x1b[31m\nb") == "a\\x1b[31m\\nb"
    Output(Format.TABLE).rows(COLUMNS, [{"name": "[red]a[/red]\x1b[2J"}])
    assert "[red]a[/red]\\x1b[2J" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@ss:w@host/db", "postgresql://u:***@host/db"),
        ("postgresql://u@host/db?password=x&a=b", "postgresql://u@host/db?password=***&a=b"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("https://host:8443", "https://host:8443"),
    ],
)
def test_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert url_without_password(url) == shown
