"""Commands on numbers that were given: void, confirm, explain, gaps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from seriatim.cli.backend import DOCUMENT_NUMBERS, SEQUENCE_SETS, SERIES, Call, Json, bodies
from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import kind_of
from seriatim.cli.options import ON_SERVICE, ON_SERVICE_ASKING, with_options
from seriatim.cli.output import Column, Format
from seriatim.cli.reporting import print_line
from seriatim.cli.verifying import chosen_series
from seriatim.domain.errors import NotFound, SeriatimError
from seriatim.domain.register import ChosenBy

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A document number.")]
_To = Annotated[
    str | None, typer.Option("--to", metavar="LAST", help="The last number of a range.")
]
_Key = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="The same key gives the same answer, and does it once."),
]

_UNEXPLAINED: Final = "unexplained"
_GAP_COLUMNS: Final = (
    Column("prefix", "Prefix"),
    Column("documentType", "Type"),
    Column("seriesId"),
    Column("firstNumber", "First number"),
    Column("lastNumber", "Last number"),
    Column("count", "Count"),
    Column("kind", "Kind"),
    Column("reason", "Reason"),
    Column("actor", "Who"),
    Column("at", "When"),
)
_CHOSEN_BY: Final = {
    ChosenBy.REQUEST: "the request named it",
    ChosenBy.ACCOUNT: "the account has it",
    ChosenBy.DEFAULT: "neither the request nor an account named another",
    ChosenBy.INVOICE: "the invoice that it was made from has it",
    ChosenBy.ACCOUNT_FOR_INVOICE: "the account has it; the set of the invoice was deleted since",
    ChosenBy.DEFAULT_FOR_INVOICE: "the set of the invoice was deleted since; the account has none",
}
_ACCOUNT_COLUMNS: Final = (
    Column("documentNumber", "Number"),
    Column("state", "State"),
    Column("reason", "Reason"),
    Column("holdUntil", "Held until"),
    Column("documentType", "Type"),
    Column("prefix", "Prefix"),
    Column("sequentialNumber"),
    Column("seriesId", "Series"),
    Column("sequenceSetId", "Set"),
    Column("chosenBy", "Chosen because"),
    Column("documentDate", "Date"),
    Column("reference", "Reference"),
    Column("actor", "Who"),
    Column("issuedAt", "When"),
    Column("requestId", "Request"),
    Column("entryId", "Entry"),
    Column("hash", "Hash"),
    Column("previous.documentNumber"),
    Column("previous.state"),
    Column("next.documentNumber"),
    Column("next.state"),
)
_TOLD_COLUMNS: Final = (*_ACCOUNT_COLUMNS[:-4], Column("before", "Before"), Column("after", "Next"))
_EVENT_COLUMNS: Final = (
    Column("at", "When"),
    Column("kind", "What"),
    Column("firstNumber", "First number"),
    Column("lastNumber", "Last number"),
    Column("actor", "Who"),
    Column("reason", "Reason"),
    Column("requestId", "Request"),
)


@with_options(ON_SERVICE_ASKING)
def void_numbers(
    run: CommandRun,
    number: _Number,
    *,
    to: _To = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why the numbers will never be used.")
    ],
    idempotency_key: _Key = None,
) -> None:
    """Void a number, or a range up to --to: it will never be used, and the register says why."""
    run.confirm(f"Void {_range(number, to)} for good?")
    body = _moved(run, number, "void", {"reason": reason, "lastNumber": to}, idempotency_key)
    run.output.done(f"voided {_range(body['firstNumber'], body['lastNumber'])}", body)


@with_options(ON_SERVICE)
def confirm_numbers(
    run: CommandRun, number: _Number, *, to: _To = None, idempotency_key: _Key = None
) -> None:
    """Confirm a reserved number, or a range up to --to, as long as its hold is open."""
    body = _moved(run, number, "confirm", {"lastNumber": to}, idempotency_key)
    run.output.done(f"confirmed {_range(body['firstNumber'], body['lastNumber'])}", body)


@with_options(ON_SERVICE)
def explain_number(run: CommandRun, number: _Number) -> None:
    """Say of one number what became of it, who had it, when, why this one, and its neighbours."""
    call = Call("GET", (*DOCUMENT_NUMBERS, number), runs_long=True)
    body = run.backend.call(call).body
    if run.output.form is not Format.TABLE:
        run.output.record(_ACCOUNT_COLUMNS, body)
        return
    run.output.record(_TOLD_COLUMNS, _told(run, body))
    run.output.rows(_EVENT_COLUMNS, body["history"])


@with_options(ON_SERVICE)
def list_gaps(
    run: CommandRun,
    series: Annotated[
        str | None, typer.Option(metavar="SERIES_ID", help="Only this series.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Only the series of this prefix.")
    ] = None,
) -> None:
    """List every number that is not in use, and why.

    Ends with 1 where a number is not explained: the books are broken.
    """
    chosen = chosen_series(run, series, prefix)
    unexplained: list[Json] = []
    run.output.rows(_GAP_COLUMNS, _gaps(run, chosen, unexplained))
    for one in unexplained:
        numbers = _range(one["firstNumber"], one["lastNumber"])
        message = f"series {one['prefix']}: UNEXPLAINED: nothing accounts for {numbers}"
        print_line("error: ", message)
    if unexplained:
        raise typer.Exit(ExitCode.REFUSED)


def _moved(
    run: CommandRun, number: str, move: str, fields: dict[str, str | None], key: str | None
) -> Json:
    """A call with a key of its own if none is given, so that it may be repeated."""
    body = {name: value for name, value in fields.items() if value is not None}
    path = (*DOCUMENT_NUMBERS, number, move)
    call = Call("POST", path, body=body, idempotency_key=key or str(uuid.uuid4()), runs_long=True)
    return run.backend.call(call).body


def _range(first: str, last: str | None) -> str:
    return first if last is None or last == first else f"{first} to {last}"


def _told(run: CommandRun, body: Json) -> dict[str, Any]:
    """The account in words. A number without a set was chosen by nothing."""
    chosen_by = body["chosenBy"]
    return {
        **body,
        "sequenceSetId": _set_name(run, body["sequenceSetId"]),
        "chosenBy": None if chosen_by is None else _CHOSEN_BY.get(chosen_by, chosen_by),
        "before": _neighbour(body["previous"]),
        "after": _neighbour(body["next"]),
    }


def _set_name(run: CommandRun, set_id: str | None) -> str | None:
    """Shape: the id alone once the set is deleted."""
    if set_id is None:
        return None
    try:
        found = run.backend.call(Call("GET", (*SEQUENCE_SETS, set_id))).body
    except SeriatimError as error:
        if not issubclass(kind_of(error), NotFound):
            raise
        return f"{set_id} (deleted since)"
    return f"{found['name']} ({set_id})"


def _neighbour(neighbour: Json | None) -> str:
    if neighbour is None:
        return "none"
    return f"{neighbour['documentNumber']} ({neighbour['state']})"


def _gaps(run: CommandRun, chosen: list[Json], unexplained: list[Json]) -> Iterator[Json]:
    """The gaps of each series, what nothing explains behind them and in `unexplained` too."""
    for one in chosen:
        about = {"seriesId": one["id"], **{n: one[n] for n in ("prefix", "documentType")}}
        holes: dict[str, Json] = {}  # every page tells them again
        for body in bodies(run.backend, Call("GET", (*SERIES, one["id"], "gaps"), runs_long=True)):
            yield from ({**about, **gap} for gap in body["gaps"])
            holes |= {hole["firstNumber"]: hole for hole in body["unexplained"]}
        found = [{**about, **hole, "kind": _UNEXPLAINED} for hole in holes.values()]
        unexplained += found
        yield from found
