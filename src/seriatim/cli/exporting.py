"""The command `export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from seriatim.cli.backend import SERIES, Backend, Json, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.progress import progress_bar
from seriatim.cli.register_files import (
    TEXT_WRITERS,
    FileForm,
    cells_of,
    write_text,
    write_xlsx,
)
from seriatim.cli.register_reading import entry_of, head_of, read_series_register
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType

STANDARD_OUTPUT: Final = "-"
_ROWS_PER_REPORT: Final = 1000
_FORMS_BY_SUFFIX: Final = {
    ".csv": FileForm.CSV,
    ".ndjson": FileForm.NDJSON,
    ".jsonl": FileForm.NDJSON,
    ".xlsx": FileForm.XLSX,
}


@with_options(ON_SERVICE)
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
    chosen_form = form or _FORMS_BY_SUFFIX.get(Path(file).suffix.lower(), FileForm.CSV)
    if chosen_form is FileForm.XLSX and file == STANDARD_OUTPUT:
        raise UsageFault("an Excel workbook needs a file to be written to")
    export = _Export(run.backend, _chosen_series(run, document_type, prefix))
    write = export.writer(chosen_form)
    if file == STANDARD_OUTPUT:
        write(sys.stdout.buffer)
        return
    _write_file(Path(file), write)
    run.output.remark(f"{export.entries} entries written to {file}")


def _chosen_series(
    run: CommandRun, document_type: DocumentType | None, prefix: str | None
) -> list[Json]:
    """The series of a type, of a prefix, or all, that gave a number. Order: by prefix and type."""
    return [
        one
        for one in pages(run.backend, SERIES, "series")
        if one["entries"] > 0
        and document_type in {None, one["documentType"]}
        and (prefix is None or fold(prefix) == fold(one["prefix"]))
    ]


class _Export:
    """Shape: `entries` counts those written so far."""

    def __init__(self, backend: Backend, chosen: list[Json]) -> None:
        self._backend = backend
        self._chosen = chosen
        self.entries = 0

    def writer(self, form: FileForm) -> Callable[[IO[bytes]], None]:
        """What writes the chosen entries into an open file. Errors: UsageFault."""
        if form is FileForm.REGISTER:
            if len(self._chosen) != 1:
                message = (
                    "the format 'register' is for one series that gave numbers: name it with "
                    "--prefix"
                )
                raise UsageFault(message)
            return lambda file: file.writelines(self._register_lines())
        if form is FileForm.XLSX:
            return partial(write_xlsx, self._rows())
        return partial(write_text, TEXT_WRITERS[form], self._rows())

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Order: by prefix and type, then by entry; each series up to where it was when its turn came."""
        with self._progress() as advance:
            for one in self._chosen:
                register = read_series_register(self._backend, one["id"])
                for entry in register.entries:
                    yield cells_of(register.head, entry)
                    advance()

    def _register_lines(self) -> Iterator[bytes]:
        from seriatim.service.exports import register_lines

        register = read_series_register(self._backend, self._chosen[0]["id"], signed=True)
        head = head_of(register.head)
        with self._progress() as advance:
            entries = (entry_of(head.series, one) for one in register.entries)
            for number, line in enumerate(register_lines(head, entries)):
                yield line.encode()
                if number > 0:
                    advance()

    @contextmanager
    def _progress(self) -> Iterator[Callable[[], None]]:
        total = sum(one["entries"] for one in self._chosen)
        with progress_bar() as bar:
            task = bar.add_task("exporting", total=total)

            def advance() -> None:
                self.entries += 1
                if self.entries % _ROWS_PER_REPORT == 0:
                    bar.update(task, completed=self.entries)

            yield advance


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
