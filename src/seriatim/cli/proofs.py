"""The commands `certificate`, `check-certificate` and `public-key`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from seriatim.cli.backend import SERIES, Call, Json, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, Format
from seriatim.cli.reporting import print_line
from seriatim.domain.document_number import fold
from seriatim.domain.errors import NotFound
from seriatim.verifier.seriatim_verifier import (
    NOT_TRUSTED,
    FaultFound,
    Unreadable,
    check_certificate,
    check_register,
    described,
    described_fault,
    read_bytes,
    read_public_key,
)

PUBLIC_KEY: Final = ("v1", "public-key")

_KEY_COLUMNS: Final = (
    Column("keyId", "Key id"),
    Column("algorithm", "Algorithm"),
    Column("publicKey", "Public key"),
    Column("publicKeyPem", "PEM"),
)
_CHECK_COLUMNS: Final = (
    Column("verified"),
    Column("fault"),
    Column("certificateId"),
    Column("seriesId"),
    Column("documentType"),
    Column("prefix"),
    Column("firstNumber"),
    Column("lastNumber"),
    *(Column(f"counts.{state}") for state in ("issued", "voided", "skipped", "imported")),
    Column("counts.reserved"),
    Column("asOfEntry"),
    Column("issuedAt"),
    Column("keyId"),
    Column("keyIsTrusted"),
)


@with_options(ON_SERVICE)
def make_certificate(
    run: CommandRun,
    prefix: Annotated[
        str | None, typer.Argument(metavar="[PREFIX]", help="The series of this prefix.")
    ] = None,
    *,
    series: Annotated[
        str | None, typer.Option(metavar="SERIES_ID", help="This series, instead of a prefix.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="From this number on.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="NUMBER", help="Up to this number.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="YYYY-MM-DD", help="Document dates from here."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--end", metavar="YYYY-MM-DD", help="Document dates up to here."),
    ] = None,
    year: Annotated[
        int | None, typer.Option(min=1, max=9999, help="Document dates of this year.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here, not to standard output.")
    ] = None,
) -> None:
    """Certify that every number is accounted for: of a series, a range, or a period."""
    if year is not None:
        if start is not None or end is not None:
            raise UsageFault("--year stands for --start and --end: give one or the other")
        start, end = f"{year:04d}-01-01", f"{year:04d}-12-31"
    series_id = _series_id(run, series, prefix)
    fields = {"firstNumber": first, "lastNumber": last, "periodStart": start, "periodEnd": end}
    body = {name: value for name, value in fields.items() if value is not None}
    call = Call("POST", (*SERIES, series_id, "certificates"), body=body, runs_long=True)
    made = run.backend.call(call).body
    if file is not None:
        _write(file, made["certificate"])
        run.output.done(f"{_sentence(made)}; written to {file}", made)
    elif run.is_format_chosen and run.output.form is not Format.TABLE:
        run.output.record((Column("certificate"),), made)
    else:
        sys.stdout.write(made["certificate"])
        run.output.remark(_sentence(made))


@with_options(("output_format",))
def check_certificate_file(
    run: CommandRun,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    public_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="64 hex digits or a PEM file: who must have signed it."),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An exported register that it must fit."),
    ] = None,
) -> None:
    """Check a certificate, offline: that nothing of it was changed, and who signed it.

    Ends with 1 where a fault is found, and names the first one.
    """
    try:
        key = None if public_key is None else read_public_key(public_key)
        certificate = check_certificate(read_bytes(file), key)
        if register is not None:
            check_register(register, None, certificate)
    except Unreadable as error:
        raise UsageFault(str(error)) from None
    except FaultFound as found:
        fault = described_fault(found.fault)
        if run.output.form is not Format.TABLE:
            run.output.record(_CHECK_COLUMNS, {"verified": False, "fault": fault})
        print_line("error: ", f"{file}: {fault}")
        raise typer.Exit(ExitCode.REFUSED) from None
    if run.output.form is Format.TABLE:
        for line in described(certificate):
            sys.stdout.write(f"{line}\n")
        if register is not None:
            sys.stdout.write(f"fits the register {register}\n")
    else:
        run.output.record(_CHECK_COLUMNS, _checked(certificate.content, trusted=key is not None))
    if key is None:
        run.output.remark(NOT_TRUSTED)


@with_options(ON_SERVICE)
def show_public_key(run: CommandRun) -> None:
    """Show the public key that certificates are checked with."""
    run.output.record(_KEY_COLUMNS, run.backend.call(Call("GET", PUBLIC_KEY)).body)


def _series_id(run: CommandRun, series_id: str | None, prefix: str | None) -> str:
    if (series_id is None) == (prefix is None):
        raise UsageFault("name one series: by its prefix, or with --series by its id")
    if series_id is not None or prefix is None:
        return series_id or ""
    every = pages(run.backend, SERIES, "series")
    found = [one["id"] for one in every if fold(one["prefix"]) == fold(prefix)]
    if not found:
        raise NotFound("series", prefix)
    if len(found) > 1:
        raise UsageFault(f"several series have the prefix {prefix}: name one with --series")
    return str(found[0])


def _sentence(made: Json) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in made["counts"].items())
    numbers = f"{made['firstNumber']} to {made['lastNumber']}"
    return f"certified {numbers}: {counts}; as of entry {made['asOfEntry']}"


def _checked(content: Json, *, trusted: bool) -> dict[str, Any]:
    """What a certificate says, its runs left out, in the words of the API."""
    return {
        "verified": True,
        "fault": None,
        "certificateId": content["certificate_id"],
        "seriesId": content["series_id"],
        "documentType": content["document_type"],
        "prefix": content["prefix"],
        "firstNumber": content["first_number"],
        "lastNumber": content["last_number"],
        "counts": {state: int(count) for state, count in content["counts"].items()},
        "asOfEntry": int(content["checkpoint"]["entry_number"]),
        "issuedAt": content["issued_at"],
        "keyId": content["key_id"],
        "keyIsTrusted": trusted,
    }


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode())
    except OSError as error:
        raise UsageFault(f"{file}: cannot be written: {error.strerror}") from error
