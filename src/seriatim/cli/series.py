"""Commands on series."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seriatim.cli.backend import SERIES, Call, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column

app = typer.Typer(help="Series: one for each document type and prefix.")

_Id = Annotated[str, typer.Argument(metavar="SERIES_ID")]

COLUMNS: Final = (
    Column("id", "Id"),
    Column("documentType", "Type"),
    Column("prefix", "Prefix"),
    Column("origin"),
    Column("nextNumber"),
    Column("nextDocumentNumber", "Next"),
    Column("issued", "Issued"),
    Column("voided", "Voided"),
    Column("skipped", "Skipped"),
    Column("imported", "Imported"),
    Column("entries"),
    Column("lastDocumentDate", "Last date"),
    Column("headHash"),
    Column("released"),
)
_ALL_COLUMNS: Final = tuple(Column(column.path, column.title or column.path) for column in COLUMNS)


@app.command("list")
@with_options(ON_SERVICE)
def list_series(run: CommandRun) -> None:
    """List the series, by prefix."""
    run.output.rows(COLUMNS, pages(run.backend, SERIES, "series"))


@app.command("get")
@with_options(ON_SERVICE)
def get_series(run: CommandRun, series_id: _Id) -> None:
    """Show one series: its next number and what became of the others."""
    run.output.record(_ALL_COLUMNS, run.backend.call(Call("GET", (*SERIES, series_id))).body)


@app.command("release")
@with_options(ON_SERVICE)
def release_series(run: CommandRun, series_id: _Id) -> None:
    """Give a prefix back that never gave a number and that no set names."""
    body = run.backend.call(Call("POST", (*SERIES, series_id, "release"))).body
    run.output.done(f"released the prefix {body['prefix']}", body)
