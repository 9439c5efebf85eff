"""The command `issue`."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

import typer

from seriatim.cli.backend import DOCUMENT_NUMBERS, Call
from seriatim.cli.command_run import CommandRun
from seriatim.cli.input_files import read_lines
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, Format
from seriatim.domain.document_type import DocumentType

_ABOUT: Final = (
    Column("documentType", "Type"),
    Column("prefix"),
    Column("sequenceSetId"),
    Column("state"),
    Column("documentDate", "Date"),
    Column("entryId"),
    Column("issuedAt"),
)
_RANGE_COLUMNS: Final = (
    Column("firstNumber", "First number"),
    Column("lastNumber", "Last number"),
    Column("count", "Count"),
    *_ABOUT,
)
_REFERENCE_COLUMNS: Final = (
    Column("number", "Number"),
    Column("reference", "Reference"),
    *_ABOUT,
)


@with_options(ON_SERVICE)
def issue_numbers(
    run: CommandRun,
    document_type: Annotated[DocumentType, typer.Argument(metavar="DOCUMENT_TYPE")],
    *,
    sequence_set: Annotated[
        str | None, typer.Option("--set", metavar="KEY", help="Id, number or name of a set.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="The account decides the set.")
    ] = None,
    account_number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The same, by the account's number.")
    ] = None,
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Document date; else today.")
    ] = None,
    count: Annotated[int | None, typer.Option(help="How many numbers; else one.")] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the numbers are for.")
    ] = None,
    references: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="One number for each line of a file; - reads a pipe."),
    ] = None,
    hold: Annotated[
        int | None,
        typer.Option(metavar="SECONDS", help="Reserve for so long, to confirm or void."),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The same key gives the same numbers, never new ones."),
    ] = None,
) -> None:
    """Issue the next document numbers.

    DOCUMENT_TYPE is invoice, creditMemo, debitMemo, payment or refund. Without --set and account,
    DEFAULT numbers.
    """
    texts = None if references is None else read_lines(references)
    fields = {
        "documentType": document_type.value,
        "sequenceSet": sequence_set,
        "accountId": account,
        "accountNumber": account_number,
        "documentDate": date,
        "count": count,
        "reference": reference,
        "references": texts,
        "holdSeconds": hold,
    }
    body = {name: value for name, value in fields.items() if value is not None}
    key = idempotency_key or str(uuid.uuid4())
    issued = run.backend.call(Call("POST", DOCUMENT_NUMBERS, body=body, idempotency_key=key)).body
    if run.output.form is Format.JSON:
        run.output.record((), issued)
    elif texts is not None:
        pairs = zip(issued["numbers"], texts, strict=True)
        about = {column.path: issued[column.path] for column in _ABOUT}
        rows = [{"number": number, "reference": text, **about} for number, text in pairs]
        run.output.rows(_REFERENCE_COLUMNS, rows)
    else:
        about = {column.path: issued[column.path] for column in _ABOUT}
        run.output.rows(_RANGE_COLUMNS, [{**part, **about} for part in issued["ranges"]])
