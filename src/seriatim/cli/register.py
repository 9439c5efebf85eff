"""The command `register`: search the numbers that were given."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Final

import typer

from seriatim.cli.backend import DOCUMENT_NUMBERS, Call, Json, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, Format, printable
from seriatim.cli.register_following import Following
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import PAGE_SIZE_MAX
from seriatim.domain.number_states import NumberState

COLUMNS: Final = (
    Column("firstNumber", "First number"),
    Column("lastNumber", "Last number"),
    Column("count", "Count"),
    Column("documentType", "Type"),
    Column("prefix"),
    Column("sequenceSetId"),
    Column("state", "State"),
    Column("reason", "Reason"),
    Column("documentDate", "Date"),
    Column("reference", "Reference"),
    Column("entryId"),
    Column("issuedAt", "When"),
)
_LINE: Final = (
    ("issuedAt", 27),
    ("firstNumber", 16),
    ("lastNumber", 16),
    ("count", 7),
    ("documentType", 10),
    ("state", 8),
    ("documentDate", 10),
    ("reference", 0),
    ("reason", 0),
)


@with_options(ON_SERVICE)
def search_register(
    run: CommandRun,
    *,
    number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="One document number, and nothing else.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="TEXT", help="An exact reference.")
    ] = None,
    document_type: Annotated[
        DocumentType | None, typer.Option("--type", help="Numbers of one document type.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Numbers of one prefix.")
    ] = None,
    sequence_set: Annotated[
        str | None, typer.Option("--set", metavar="KEY", help="Id, number or name of a set.")
    ] = None,
    state: Annotated[
        NumberState | None, typer.Option(help="Numbers that are in one state now.")
    ] = None,
    date_from: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="Document dates from here.")
    ] = None,
    date_to: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Document dates up to here.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many rows.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Then show new numbers as they are given.")
    ] = False,
) -> None:
    """Search the register: a row for each range of one present state.

    With --follow it goes on until Ctrl-C, or up to --limit; -o ndjson and csv give a line at once.
    """
    filters = {
        "reference": reference,
        "documentType": None if document_type is None else document_type.value,
        "prefix": prefix,
        "sequenceSet": sequence_set,
        "state": None if state is None else state.value,
        "from": date_from,
        "to": date_to,
    }
    query = {name: value for name, value in filters.items() if value is not None}
    if number is not None:
        if query or follow:
            raise UsageFault("--number: stands alone, without a filter and without --follow")
        run.output.rows(COLUMNS, [_row_of(run, number)])
        return
    if follow:
        _follow(run, query, limit)
        return
    size = min(limit or PAGE_SIZE_MAX, PAGE_SIZE_MAX)
    paged = {**query, "pageSize": str(size)}
    rows = pages(run.backend, DOCUMENT_NUMBERS, "documentNumbers", paged)
    run.output.rows(COLUMNS, islice(rows, limit))


def _row_of(run: CommandRun, number: str) -> Json:
    body = run.backend.call(Call("GET", (*DOCUMENT_NUMBERS, number), runs_long=True)).body
    only = {"firstNumber": body["documentNumber"], "lastNumber": body["documentNumber"], "count": 1}
    rest = [column.path for column in COLUMNS if column.path not in only]
    return {**only, **{name: body[name] for name in rest}}


def _follow(run: CommandRun, query: dict[str, str], limit: int | None) -> None:
    """Rows as they come, none kept."""
    if run.output.form is Format.JSON:
        raise UsageFault("--follow: a JSON array would never end; give -o ndjson")
    if query.get("state") == NumberState.VOIDED:
        raise UsageFault("--follow: shows numbers as they are given, and none is given voided")
    rows = islice(Following(run.backend, query).rows(), limit)
    if run.output.form is Format.TABLE:
        _print_lines(rows)
    else:
        run.output.rows(COLUMNS, rows)


def _print_lines(rows: Iterable[Json]) -> None:
    """A table whose end is not awaited to find out how wide it is."""
    titles = {column.path: column.title for column in COLUMNS}
    typer.echo("  ".join(f"{titles[name]:<{width}}" for name, width in _LINE).rstrip())
    for row in rows:
        texts = ("" if row[name] is None else printable(str(row[name])) for name, _ in _LINE)
        cells = zip(texts, _LINE, strict=True)
        typer.echo("  ".join(f"{text:<{width}}" for text, (_, width) in cells).rstrip())
