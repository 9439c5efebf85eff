"""The command `export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import with_options
from seriatim.cli.own_database import ON_ENTITY, OwnDatabase, own_database
from seriatim.cli.progress import progress_bar
from seriatim.cli.register_files import (
    TEXT_WRITERS,
    FileForm,
    cells_of,
    write_text,
    write_xlsx,
)
from seriatim.domain.document_type import DocumentType

if TYPE_CHECKING:
    from seriatim.service.register_rows import RegisterRows

Item = TypeVar("Item")

STANDARD_OUTPUT: Final = "-"
_ROWS_PER_REPORT: Final = 1000
_FORMS_BY_SUFFIX: Final = {
    ".csv": FileForm.CSV,
    ".ndjson": FileForm.NDJSON,
    ".jsonl": FileForm.NDJSON,
    ".xlsx": FileForm.XLSX,
}


@with_options(ON_ENTITY)
def export_register(
    run: CommandRun,
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Where to write; - is standard output.")
    ] = STANDARD_OUTPUT,
    *,
    form: Annotated[
        FileForm | None,
        typer.Option("--format", help="Else as the name of the file ends, or CSV."),
    ] = None,
    document_type: Annotated[
        DocumentType | None, typer.Option("--type", help="Series of one document type.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Series of one prefix.")
    ] = None,
) -> None:
    """Write the register entry by entry: CSV, JSON lines or an Excel workbook.

    In Excel, numbers of more than 15 digits are texts, so that none is rounded. The format
    "register" is that of one series which check-certificate and the stand-alone verifier read.
    """
    from seriatim.service.register_rows import read_register

    chosen = form or _FORMS_BY_SUFFIX.get(Path(file).suffix.lower(), FileForm.CSV)
    if chosen is FileForm.XLSX and file == STANDARD_OUTPUT:
        raise UsageFault("an Excel workbook needs a file to be written to")
    with own_database(run) as database:
        found = read_register(
            database.store, database.caller, document_type=document_type, prefix=prefix
        )
        write = _writer(run, database, found, chosen)
        if file == STANDARD_OUTPUT:
            write(sys.stdout.buffer)
            return
        _write_file(Path(file), write)
    run.output.remark(f"{found.entries} entries written to {file}")


def _writer(
    run: CommandRun, database: OwnDatabase, found: RegisterRows, form: FileForm
) -> Callable[[IO[bytes]], None]:
    """What writes the chosen entries into an open file."""
    if form is FileForm.REGISTER:
        lines = _register_lines(run, database, found)
        return lambda file: file.writelines(lines)
    rows = (cells_of(row) for row in _with_progress(found.rows, found.entries))
    if form is FileForm.XLSX:
        return partial(write_xlsx, rows)
    return partial(write_text, TEXT_WRITERS[form], rows)


def _register_lines(run: CommandRun, database: OwnDatabase, found: RegisterRows) -> Iterator[bytes]:
    from seriatim.service.exports import export_register as verifiable_lines
    from seriatim.service.signing import load_signing_keys

    if len(found.series) != 1:
        message = "the format 'register' is for one series that gave numbers: name it with --prefix"
        raise UsageFault(message)
    lines = verifiable_lines(
        database.store,
        database.caller,
        found.series[0].key.series_id,
        keys=load_signing_keys(run.config.signing_key_path),
    )
    return (line.encode() for line in _with_progress(lines, found.entries + 1))


def _write_file(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Under another name until it is whole: a file that is there is a whole one."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as opened:
            write(opened)
        unfinished.replace(path)
    except OSError as error:
        raise UsageFault(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _with_progress(items: Iterable[Item], total: int) -> Iterator[Item]:
    with progress_bar() as bar:
        task = bar.add_task("exporting", total=total)
        for number, item in enumerate(items, start=1):
            yield item
            if number % _ROWS_PER_REPORT == 0:
                bar.update(task, completed=number)
