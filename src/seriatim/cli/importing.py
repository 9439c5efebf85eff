"""The command `import`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.input_files import STANDARD_INPUT
from seriatim.cli.options import with_options
from seriatim.cli.output import Column, Format
from seriatim.cli.own_database import ON_ENTITY, own_database
from seriatim.cli.progress import progress_bar
from seriatim.cli.reporting import print_line
from seriatim.domain.clock import SystemClock
from seriatim.domain.document_number import format_number

if TYPE_CHECKING:
    from rich.progress import Progress

    from seriatim.service.import_lines import LineList, SeriesTally
    from seriatim.service.imports import ImportOutcome, Stage

COLUMNS: Final = (
    Column("documentType", "Type"),
    Column("prefix", "Prefix"),
    Column("imported", "Imported"),
    Column("firstNumber", "First number"),
    Column("lastNumber", "Last number"),
    Column("skipped", "Skipped"),
    Column("beforeOrigin", "Before origin"),
    Column("nextDocumentNumber", "Next"),
    Column("seriesId"),
)
_SKIPPED_WARNED_OF: Final = 1_000_000


@with_options(ON_ENTITY)
def import_numbers(
    run: CommandRun,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file; - reads a pipe.")],
    *,
    keep_free: Annotated[
        bool, typer.Option("--keep-free", help="Leave the holes between the numbers to be issued.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave faulty lines out and take in the others.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and show what would come of it.")
    ] = False,
) -> None:
    """Take in numbers that were used before.

    The file has the columns documentType,number,lastNumber,documentDate,reference; lastNumber may
    be left out. It is checked whole first, and nothing is written unless it is clean. Broken off, it
    goes on where it was when the same file is given again.
    """
    from seriatim.service.imports import ImportOptions
    from seriatim.service.imports import import_numbers as take_in

    options = ImportOptions(keep_free=keep_free, skip_bad=skip_bad, dry_run=dry_run)
    with (
        own_database(run) as database,
        _opened(file) as (source, size_bytes),
        progress_bar() as bar,
    ):
        outcome = take_in(
            database.store,
            database.caller,
            source,
            options,
            clock=SystemClock(),
            progress=_Shown(bar).show,
            size_bytes=size_bytes,
        )
    _print(run, outcome, dry_run=dry_run)


class _Shown:
    """A bar for each stage, the last one alone."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=None)

    def show(self, stage: Stage, done: int, total: int | None) -> None:
        self._bar.update(self._task, description=stage.value, completed=done, total=total)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer, None
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageFault(f"{file}: cannot be read: {error.strerror}") from error
    with source:
        yield source, Path(file).stat().st_size


def _print(run: CommandRun, outcome: ImportOutcome, *, dry_run: bool) -> None:
    from seriatim.service.imports import ImportState

    rows = [_row(tally) for tally in outcome.tallies]
    if run.output.form is Format.JSON:
        run.output.record((), _record(outcome, rows))
    elif rows:
        run.output.rows(COLUMNS, rows)
    _print_lines("error: ", outcome.faults)
    _print_lines("note: ", outcome.foreign)
    for tally in outcome.tallies:
        if tally.skipped > _SKIPPED_WARNED_OF:
            why = f"{tally.series.prefix}: {tally.skipped} numbers between are skipped for ever"
            print_line("warning: ", why, style="yellow")
    match outcome.state:
        case ImportState.IMPORTED_BEFORE:
            run.output.remark("this file was imported before; nothing was changed")
        case ImportState.IMPORTED:
            run.output.remark(f"{outcome.lines_taken} lines imported{_before(outcome)}")
        case ImportState.CHECKED if dry_run:
            run.output.remark(f"{outcome.lines_taken} lines would be imported; nothing was changed")
        case ImportState.CHECKED:
            run.output.remark("there is nothing to import; nothing was changed")
        case ImportState.REFUSED | ImportState.STOPPED:
            _refuse(outcome)


def _refuse(outcome: ImportOutcome) -> None:
    from seriatim.service.imports import ImportState

    why = outcome.why_refused or f"{outcome.faults.total} lines cannot be imported"
    done = (
        f"{outcome.lines_taken} lines were imported{_before(outcome)}"
        if outcome.state is ImportState.STOPPED
        else "nothing was changed"
    )
    print_line("error: ", f"{why}; {done}")
    raise typer.Exit(ExitCode.REFUSED)


def _before(outcome: ImportOutcome) -> str:
    return f", {outcome.lines_before} had been before" if outcome.lines_before else ""


def _print_lines(label: str, lines: LineList) -> None:
    for one in lines.shown:
        print_line(label, f"line {one.line}: {one.message}")
    more = lines.total - len(lines.shown)
    if more:
        print_line(label, f"and {more} lines more")


def _row(tally: SeriesTally) -> dict[str, Any]:
    series, numbers = tally.series, tally.imported_range
    return {
        "documentType": series.document_type.value,
        "prefix": series.prefix,
        "imported": tally.imported,
        "firstNumber": None if numbers is None else format_number(series.prefix, numbers.first),
        "lastNumber": None if numbers is None else format_number(series.prefix, numbers.last),
        "skipped": tally.skipped,
        "beforeOrigin": tally.before_origin,
        "nextDocumentNumber": series.next_document_number,
        "seriesId": series.key.series_id,
    }


def _record(outcome: ImportOutcome, rows: list[dict[str, Any]]) -> dict[str, Any]:
    def listed(lines: LineList) -> dict[str, Any]:
        shown = [{"line": one.line, "message": one.message} for one in lines.shown]
        return {"total": lines.total, "shown": shown}

    return {
        "state": outcome.state.value,
        "linesTaken": outcome.lines_taken,
        "linesBefore": outcome.lines_before,
        "series": rows,
        "faults": listed(outcome.faults),
        "keptAsText": listed(outcome.foreign),
    }
