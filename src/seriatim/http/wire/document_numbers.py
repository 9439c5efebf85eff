"""Requests for document numbers, and their answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field, StrictInt, StrictStr

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import (
    HOLD_SECONDS_MAX,
    NUMBERS_LISTED_MAX,
    NUMBERS_PER_REQUEST_MAX,
    REFERENCES_PER_REQUEST_MAX,
)
from seriatim.domain.register import entry_id, moment_text
from seriatim.domain.rules.issuing import RESOURCE, violation
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.fields import (
    Day,
    DocumentTypeName,
    HexId,
    Moment,
    Prefix,
    Reference,
    RequestModel,
    ResponseModel,
    left_out,
)
from seriatim.http.wire.shape import Shape, shape_of
from seriatim.service.numbers import NumbersIssued
from seriatim.service.set_choice import IssueRequest

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class IssueNumbers(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["documentType"]})
    documentType: DocumentTypeName = left_out()
    sequenceSet: StrictStr = left_out("Id, number or name; else the account's set; else DEFAULT.")
    accountId: StrictStr = left_out()
    accountNumber: StrictStr = left_out()
    documentDate: Day = left_out("Default: today in the time zone of the entity.")
    count: Annotated[
        StrictInt, Field(json_schema_extra={"minimum": 1, "maximum": NUMBERS_PER_REQUEST_MAX})
    ] = left_out("How many numbers; default 1. Not beside `references`.")
    references: list[Reference] = Field(
        default_factory=list,
        max_length=REFERENCES_PER_REQUEST_MAX,
        json_schema_extra={"minItems": 1},
        description="One number for each, in order.",
    )
    reference: Reference = left_out("For the whole range.")
    holdSeconds: Annotated[
        StrictInt, Field(json_schema_extra={"minimum": 1, "maximum": HOLD_SECONDS_MAX})
    ] = left_out("Reserve the numbers for so long, instead of issuing them.")


class ShownRange(ResponseModel):
    firstNumber: str
    lastNumber: str
    count: int


class NumbersResponse(ResponseModel):
    success: Literal[True]
    documentType: DocumentTypeName
    sequenceSetId: HexId
    prefix: Prefix
    firstNumber: str
    lastNumber: str
    count: int
    ranges: list[ShownRange]
    numbers: list[str] = left_out(f"Up to {NUMBERS_LISTED_MAX} numbers; absent when more.")
    state: Literal["issued", "reserved"]
    documentDate: Day
    holdUntil: Moment = left_out("Present on reserved numbers.")
    entryId: str
    issuedAt: Moment


def issue_request_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], IssueRequest]:
    shape = shape_of(IssueNumbers, body, RESOURCE, unknown_fields=unknown_fields)
    faults = list(shape.faults)
    given = shape.given_fields().get
    references = None if given("references") is None else shape.sound_at("references")
    request = IssueRequest(
        document_type=_document_type(shape, faults),
        sequence_set=given("sequenceSet"),
        account_id=given("accountId"),
        account_number=given("accountNumber"),
        document_date=_document_date(given("documentDate"), faults),
        count=given("count"),
        references=None if references is None else tuple(cast("list[str]", references)),
        reference=given("reference"),
        hold_seconds=given("holdSeconds"),
    )
    return tuple(faults), request


def _document_type(shape: Shape, faults: list[Violation]) -> DocumentType | None:
    given = shape.value_at("documentType")
    if isinstance(given, str):
        try:
            return DocumentType(given)
        except ValueError:
            names = ", ".join(one.value for one in DocumentType)
            message = f"must be one of {names}"
            faults.append(violation(Category.INVALID_VALUE, message, "document_type"))
    elif not any(fault.path in {(), ("document_type",)} for fault in faults):
        faults.append(violation(Category.MISSING_FIELD, "is required", "document_type"))
    return None


def _document_date(given: str | None, faults: list[Violation]) -> date | None:
    if given is None:
        return None
    try:
        if not _DATE.fullmatch(given):
            raise ValueError(given)
        return date.fromisoformat(given)
    except ValueError:
        message = "must be a day that exists, written YYYY-MM-DD"
        faults.append(violation(Category.INVALID_VALUE, message, "document_date"))
        return None


def numbers_out(issued: NumbersIssued) -> dict[str, object]:
    prefix, entry = issued.series.prefix, issued.first_entry
    ranges = [range_out(prefix, part) for part in issued.ranges]
    count = sum(part.count for part in issued.ranges)
    body: dict[str, object] = {
        "success": True,
        "documentType": issued.series.document_type.value,
        "sequenceSetId": issued.sequence_set_id,
        "prefix": prefix,
        "firstNumber": ranges[0]["firstNumber"],
        "lastNumber": ranges[-1]["lastNumber"],
        "count": count,
        "ranges": ranges,
        "state": entry.content.kind.value,
        "documentDate": issued.document_date.isoformat(),
        "entryId": entry_id(entry.series.series_id, entry.entry_number),
        "issuedAt": moment_text(issued.issued_at),
    }
    hold_until = entry.content.hold_until
    if hold_until is not None:
        body["holdUntil"] = moment_text(hold_until)
    if count == 1:
        body["numbers"] = [body["firstNumber"]]
    elif count <= NUMBERS_LISTED_MAX:
        body["numbers"] = [
            format_number(prefix, number)
            for part in issued.ranges
            for number in range(part.first, part.last + 1)
        ]
    return body


def range_out(prefix: str, numbers: NumberRange) -> dict[str, Any]:
    first = format_number(prefix, numbers.first)
    last = first if numbers.last == numbers.first else format_number(prefix, numbers.last)
    return {"firstNumber": first, "lastNumber": last, "count": numbers.count}
