"""Entries of the register on the wire, whole: whoever has them can check the hash chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seriatim.domain.register import Entry, EntryKind, entry_id, moment_text
from seriatim.domain.sequence_set import Series
from seriatim.http.wire.document_numbers import ShownRange, range_out
from seriatim.http.wire.fields import (
    Day,
    DocumentTypeName,
    HexId,
    Moment,
    Prefix,
    ResponseModel,
    Uuid,
    left_out,
)
from seriatim.service.exports import RegisterHead, SignedHead

KindName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in EntryKind]})]
_Hash = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9a-f]{64}$"})]


class ShownCheckpoint(ResponseModel):
    entryNumber: int
    lastNumber: int
    headHash: _Hash
    signedAt: Moment
    signature: str
    keyId: HexId
    publicKey: str


class ShownHead(ResponseModel):
    tenantId: HexId
    entityId: HexId
    seriesId: HexId
    documentType: DocumentTypeName
    prefix: Prefix
    origin: int
    entries: int
    lastNumber: int = Field(description="The last sequential number: one less than the next.")
    headHash: _Hash
    readAt: Moment
    checkpoint: ShownCheckpoint | None


class ShownEntry(ShownRange):
    entry: int = Field(description="Its number in the register of the series, from 1.")
    entryId: str
    kind: KindName
    refersTo: int | None
    sequenceSetId: HexId | None
    chosenBy: str | None
    documentDate: Day | None
    reference: str | None
    actor: str
    requestId: Uuid
    batchId: Uuid
    reason: str | None
    holdUntil: Moment | None
    recordedAt: Moment
    hash: _Hash


class RegisterResponse(ResponseModel):
    head: ShownHead = left_out("The series as it stood at the beginning; on the first page.")
    entries: list[ShownEntry]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


def head_out(head: RegisterHead) -> dict[str, object]:
    series = head.series
    return {
        "tenantId": series.key.tenant_id,
        "entityId": series.key.entity_id,
        "seriesId": series.key.series_id,
        "documentType": series.document_type.value,
        "prefix": series.prefix,
        "origin": series.origin,
        "entries": series.last_entry_number,
        "lastNumber": series.last_number,
        "headHash": series.head_hash.hex(),
        "readAt": moment_text(head.read_at),
        "checkpoint": None if head.signed is None else _checkpoint_out(head.signed),
    }


def _checkpoint_out(signed: SignedHead) -> dict[str, object]:
    checkpoint = signed.checkpoint
    return {
        "entryNumber": checkpoint.entry_number,
        "lastNumber": checkpoint.last_number,
        "headHash": checkpoint.head_hash.hex(),
        "signedAt": moment_text(checkpoint.signed_at),
        "signature": checkpoint.signature.hex(),
        "keyId": checkpoint.key_id,
        "publicKey": signed.public_key,
    }


def entry_out(series: Series, entry: Entry) -> dict[str, object]:
    content = entry.content
    day, hold_until = content.document_date, content.hold_until
    return {
        "entry": entry.entry_number,
        "entryId": entry_id(series.key.series_id, entry.entry_number),
        "kind": content.kind.value,
        **range_out(series.prefix, content.numbers),
        "refersTo": content.refers_to,
        "sequenceSetId": content.sequence_set_id,
        "chosenBy": None if content.chosen_by is None else content.chosen_by.value,
        "documentDate": None if day is None else day.isoformat(),
        "reference": content.reference,
        "actor": content.actor,
        "requestId": content.request_id,
        "batchId": content.batch_id,
        "reason": content.reason,
        "holdUntil": None if hold_until is None else moment_text(hold_until),
        "recordedAt": moment_text(content.recorded_at),
        "hash": entry.hash.hex(),
    }
