"""What commands print: tables for people, JSON, NDJSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seriatim.service.spreadsheet_cells import harmless_text

Row = Mapping[str, Any]

_WIDTH_OFF_TERMINAL: Final = 10_000  # nothing is cut or wrapped for a program or a file


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a row.

    Shape: `path` leads to it (`invoice.prefix`) and heads its CSV column; a column without a
        title stands in CSV alone, for a table must fit on a screen.
    """

    path: str
    title: str = ""

    def value_in(self, row: Row) -> object:
        value: Any = row
        for part in self.path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


class Output:
    """Standard output in one format; remarks go to standard error."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self._err = console(to_stderr=True)

    def rows(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """A list. Shape: JSON is one array of whole rows, NDJSON a whole row a line."""
        match self.form:
            case Format.TABLE:
                self._table([column for column in columns if column.title], rows)
            case Format.JSON:
                _write(_pretty(list(rows)))
            case Format.NDJSON:
                for row in rows:
                    _write(_compact(row))
            case Format.CSV:
                write_row = csv_writer(sys.stdout)
                write_row([column.path for column in columns])
                for row in rows:
                    write_row([harmless(column.value_in(row)) for column in columns])

    def record(self, columns: Sequence[Column], row: Row) -> None:
        """One thing. Shape: JSON and NDJSON are the whole of it, CSV one row."""
        match self.form:
            case Format.TABLE:
                table = Table(box=None, show_header=False, pad_edge=False)
                table.add_column()
                table.add_column(overflow="fold")
                for column in columns:
                    if column.title and (value := column.value_in(row)) is not None:
                        table.add_row(Text(column.title, "dim"), Text(_shown(value)))
                console().print(table)
            case Format.JSON:
                _write(_pretty(row))
            case Format.NDJSON:
                _write(_compact(row))
            case Format.CSV:
                self.rows(columns, [row])

    def done(self, sentence: str, body: Row) -> None:
        """That something was done: a sentence for people, the service's answer for programs."""
        match self.form:
            case Format.TABLE:
                console().print(printable(sentence))
            case Format.JSON:
                _write(_pretty(body))
            case Format.NDJSON:
                _write(_compact(body))
            case Format.CSV:
                self.remark(sentence)

    def warnings(self, body: Row) -> None:
        """What the service warns of, beside its success; on standard error in every format."""
        for warning in body.get("warnings") or ():
            line = Text("warning: ", "yellow")
            line.append(printable(f"{warning['path']}: {warning['message']}"), "default")
            self._err.print(line)

    def remark(self, sentence: str) -> None:
        self._err.print(printable(sentence))

    def _table(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.title, overflow="fold")
        for row in rows:
            table.add_row(*(Text(_shown(column.value_in(row))) for column in columns))
        console().print(table)


def console(*, to_stderr: bool = False) -> Console:
    """A terminal, or what stands in its place; NO_COLOR counts."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_OFF_TERMINAL
    return _Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the one place that ends a command nobody reads."""
        raise BrokenPipeError


def printable(text: str) -> str:
    """Text that can neither break its line nor drive the terminal."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def csv_writer(file: IO[str]) -> Callable[[Sequence[str]], object]:
    """What writes a row of cells. Shape: every cell is read back as it was."""
    plain = csv.writer(file, lineterminator="\n")
    # The plain one leaves a carriage return bare, and readers begin a new line there.
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write_row(cells: Sequence[str]) -> object:
        has_return = any("\r" in cell for cell in cells)
        return (quoting if has_return else plain).writerow(cells)

    return write_row


def harmless(value: object) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    text = _plain(value)
    return harmless_text(text) if isinstance(value, str | list) else text


def url_without_password(url: str) -> str:
    """The URL of a database as it may be shown."""
    hidden = re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", url)
    return re.sub(r"([?&]password=)[^&]*", r"\1***", hidden)


def _shown(value: object) -> str:
    return printable(_plain(value))


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return " ".join(_plain(item) for item in value)
        case _:
            return str(value)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
