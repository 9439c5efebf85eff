"""The command `verify`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seriatim.cli.backend import SERIES, Call, Json, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.history_comparing import HISTORY_COLUMNS, asks_of, books_of, compare
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, Format, console
from seriatim.cli.reporting import print_line
from seriatim.domain.document_number import fold
from seriatim.domain.errors import NotFound

if TYPE_CHECKING:
    from rich.progress import Progress

COLUMNS: Final = (
    Column("prefix", "Prefix"),
    Column("documentType", "Type"),
    Column("seriesId"),
    Column("entries", "Entries"),
    Column("numbers", "Numbers"),
    Column("verified", "Verified"),
    Column("headHash"),
    Column("firstFault.entry"),
    Column("firstFault.invariant"),
    Column("firstFault.message", "First fault"),
)


@with_options(ON_SERVICE)
def verify(
    run: CommandRun,
    series: Annotated[
        str | None, typer.Option(metavar="SERIES_ID", help="Only this series.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Only the series of this prefix.")
    ] = None,
    *,
    history: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What clients saw: hold it against the register too."),
    ] = None,
    partial_history: Annotated[
        bool,
        typer.Option(
            "--partial-history", help="The history lacks requests: entries of nobody are no fault."
        ),
    ] = False,
) -> None:
    """Recompute the register of every series, hash by hash and number by number.

    With --history, every answer that clients got must be in the register, and nothing else.
    Ends with 1 where a fault is found, and names the first one of each series.
    """
    asks = None if history is None else asks_of(history)
    if history is not None and (series is not None or prefix is not None):
        raise UsageFault("--history is held against every series: leave out --series and --prefix")
    if history is None and partial_history:
        raise UsageFault("--partial-history says something of --history, which is not given")
    chosen = chosen_series(run, series, prefix)
    results: list[dict[str, Any]] = []
    with _progress() as progress:
        task = progress.add_task("verifying", total=len(chosen))
        for one in chosen:
            call = Call("GET", (*SERIES, one["id"], "verify"), runs_long=True)
            found = run.backend.call(call).body
            about = {"seriesId": one["id"], **{n: one[n] for n in ("prefix", "documentType")}}
            results.append({**about, **{n: v for n, v in found.items() if n != "success"}})
            progress.advance(task)
    found_in_history = None
    if asks is not None:
        books = books_of(run.backend, chosen)
        found_in_history = compare(asks, books, is_whole=not partial_history)
    _print(run, results, found_in_history)
    faulty = [one for one in results if not one["verified"]]
    for one in faulty:
        print_line("error: ", f"series {one['prefix']}: {_described(one['firstFault'])}")
    is_sound = not faulty
    if found_in_history is not None and not found_in_history["verified"]:
        fault = found_in_history["firstFault"]
        print_line("error: ", f"history: {fault['guarantee']}: {fault['message']}")
        is_sound = False
    if not is_sound:
        raise typer.Exit(ExitCode.REFUSED)


def _print(run: CommandRun, results: list[Json], found_in_history: Json | None) -> None:
    """Shape: with a history one record, of which the series are a part."""
    if found_in_history is None or run.output.form is Format.TABLE:
        run.output.rows(COLUMNS, results)
    if found_in_history is not None:
        run.output.record(HISTORY_COLUMNS, {**found_in_history, "series": results})


def chosen_series(run: CommandRun, series_id: str | None, prefix: str | None) -> list[Json]:
    """One series, those of a prefix, or all. Errors: NotFound."""
    if series_id is not None:
        return [run.backend.call(Call("GET", (*SERIES, series_id))).body]
    every = list(pages(run.backend, SERIES, "series"))
    if prefix is None:
        return every
    found = [one for one in every if fold(one["prefix"]) == fold(prefix)]
    if not found:
        raise NotFound("series", prefix)
    return found


def _described(fault: Json) -> str:
    entry = "" if fault["entry"] is None else f"entry {fault['entry']}, "
    return f"{entry}invariant {fault['invariant']}: {fault['message']}"


def _progress() -> Progress:
    """On a terminal alone, beside the result."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(to_stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
