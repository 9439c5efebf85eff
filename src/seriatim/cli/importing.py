"""The command `import`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from seriatim.cli.backend import Json
from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.import_over_server import import_over_server
from seriatim.cli.input_files import STANDARD_INPUT
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, Format
from seriatim.cli.own_database import own_database
from seriatim.cli.progress import Progress, shown_stages
from seriatim.cli.reporting import print_line
from seriatim.domain.clock import SystemClock

if TYPE_CHECKING:
    from seriatim.service.imports import ImportOptions

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


@with_options(ON_SERVICE)
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
    with _opened(file) as (source, size_bytes), shown_stages() as show:
        if run.is_on_server:
            options = {"keepFree": keep_free, "skipBad": skip_bad}
            found = import_over_server(run.backend, source, options, dry_run=dry_run, progress=show)
        else:
            from seriatim.service.imports import ImportOptions

            local = ImportOptions(keep_free=keep_free, skip_bad=skip_bad, dry_run=dry_run)
            found = _on_database(run, source, local, progress=show, size_bytes=size_bytes)
    _print(run, found, dry_run=dry_run)


def _on_database(
    run: CommandRun,
    source: BinaryIO,
    options: ImportOptions,
    *,
    progress: Progress,
    size_bytes: int | None,
) -> Json:
    """The same straight from the file, in the words of the API too."""
    from seriatim.http.wire.imports import outcome_out
    from seriatim.service.imports import import_numbers as take_in

    with own_database(run) as database:
        outcome = take_in(
            database.store,
            database.caller,
            source,
            options,
            clock=SystemClock(),
            progress=lambda stage, done, total: progress(stage.value, done, total),
            size_bytes=size_bytes,
        )
    return outcome_out(outcome)


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


def _print(run: CommandRun, found: Json, *, dry_run: bool) -> None:
    if run.output.form is Format.JSON:
        run.output.record((), {name: found[name] for name in found if name != "success"})
    elif found["series"]:
        run.output.rows(COLUMNS, found["series"])
    _print_lines("error: ", found["faults"])
    _print_lines("note: ", found["keptAsText"])
    for warning in found["warnings"]:
        print_line("warning: ", warning, style="yellow")
    lines = _counted(found["linesTaken"])
    match found["state"]:
        case "importedBefore":
            run.output.remark(f"this file was imported before; nothing was changed{_untold(found)}")
        case "imported":
            run.output.remark(f"{lines} imported{_before(found)}")
        case "checked" if dry_run:
            run.output.remark(f"{lines} would be imported; nothing was changed")
        case "checked":
            run.output.remark("there is nothing to import; nothing was changed")
        case _:
            _refuse(found)


def _refuse(found: Json) -> None:
    why = found["whyRefused"] or f"{_counted(found['faults']['total'])} cannot be imported"
    done = (
        f"{_counted(found['linesTaken'])} imported{_before(found)}"
        if found["state"] == "stopped"
        else "nothing was changed"
    )
    print_line("error: ", f"{why}; {done}")
    raise typer.Exit(ExitCode.REFUSED)


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"


def _untold(found: Json) -> str:
    """Only what a line says by itself is looked at again: held against the books, all are taken."""
    return "; faults against the books were told when it was" if found["faults"]["total"] else ""


def _before(found: Json) -> str:
    return f", {found['linesBefore']} had been before" if found["linesBefore"] else ""


def _print_lines(label: str, lines: Json) -> None:
    for one in lines["shown"]:
        print_line(label, f"line {one['line']}: {one['message']}")
    more = lines["total"] - len(lines["shown"])
    if more:
        print_line(label, f"and {_counted(more)} more")
