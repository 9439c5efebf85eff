"""The register as commands read it: entry by entry through the API, on a database and on a server alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from seriatim.cli.backend import SERIES, Backend, Call, Json, bodies
from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.document_number import NumberRange, parse_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import ChosenBy, Entry, EntryContent, EntryKind, SeriesKey
from seriatim.domain.sequence_set import Series

if TYPE_CHECKING:
    from seriatim.service.exports import RegisterHead, SignedHead


@dataclass(frozen=True, slots=True)
class SeriesRegister:
    """Shape: as the API gives it; `entries` can be walked once, and ends where the head says."""

    head: Json
    entries: Iterator[Json]


def read_series_register(
    backend: Backend, series_id: str, *, signed: bool = False
) -> SeriesRegister:
    """Cost: a call a page, made when it is needed; memory stays flat."""
    query = {"signed": "true"} if signed else {}
    answers = bodies(
        backend, Call("GET", (*SERIES, series_id, "entries"), query=query, runs_long=True)
    )
    first = next(answers)
    rest = (entry for body in answers for entry in body["entries"])
    return SeriesRegister(first["head"], chain(first["entries"], rest))


def head_of(shown: Json) -> RegisterHead:
    """What a first page says of its series."""
    from seriatim.service.exports import RegisterHead

    series = Series(
        key=SeriesKey(shown["tenantId"], shown["entityId"], shown["seriesId"]),
        document_type=DocumentType(shown["documentType"]),
        prefix=shown["prefix"],
        origin=shown["origin"],
        last_number=shown["lastNumber"],
        last_entry_number=shown["entries"],
        head_hash=bytes.fromhex(shown["headHash"]),
    )
    signed = shown["checkpoint"]
    return RegisterHead(
        series,
        datetime.fromisoformat(shown["readAt"]),
        None if signed is None else _signed(series.key, signed),
    )


def _signed(key: SeriesKey, shown: Json) -> SignedHead:
    from seriatim.service.exports import SignedHead

    checkpoint = Checkpoint(
        series=key,
        entry_number=shown["entryNumber"],
        last_number=shown["lastNumber"],
        head_hash=bytes.fromhex(shown["headHash"]),
        signed_at=datetime.fromisoformat(shown["signedAt"]),
        key_id=shown["keyId"],
        signature=bytes.fromhex(shown["signature"]),
    )
    return SignedHead(checkpoint, shown["publicKey"])


def entry_of(series: Series, shown: Json) -> Entry:
    """An entry as the register has it, to be hashed anew.

    Errors: InvariantBroken where it is none of the series.
    """
    chosen_by, day = shown["chosenBy"], shown["documentDate"]
    hold_until = shown["holdUntil"]
    content = EntryContent(
        kind=EntryKind(shown["kind"]),
        numbers=NumberRange(
            _number(series, shown["firstNumber"]), _number(series, shown["lastNumber"])
        ),
        actor=shown["actor"],
        request_id=shown["requestId"],
        batch_id=shown["batchId"],
        recorded_at=datetime.fromisoformat(shown["recordedAt"]),
        refers_to=shown["refersTo"],
        sequence_set_id=shown["sequenceSetId"],
        chosen_by=None if chosen_by is None else ChosenBy(chosen_by),
        document_date=None if day is None else date.fromisoformat(day),
        reference=shown["reference"],
        reason=shown["reason"],
        hold_until=None if hold_until is None else datetime.fromisoformat(hold_until),
    )
    return Entry(series.key, shown["entry"], content, bytes.fromhex(shown["hash"]))


def _number(series: Series, text: str) -> int:
    number = parse_number(series.prefix, text)
    if number is None:
        raise InvariantBroken(f"{text} stands in the register of the series {series.prefix}")
    return number
