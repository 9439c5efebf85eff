"""The endpoints of the register: list, why this number, confirm, void.

Source: contract/numbering.md, Issuing.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import REFERENCE_CHARACTERS_MAX
from seriatim.domain.number_states import NumberState
from seriatim.http.endpoint import EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.faults import invalid_parameter
from seriatim.http.paging import CURSOR, PAGE_SIZE, cursor_in, cursor_out, next_page, page_size
from seriatim.http.query import Query
from seriatim.http.wire.number_register import (
    ConfirmNumbers,
    HistoryResponse,
    MovedResponse,
    NumberListResponse,
    VoidNumbers,
    history_out,
    moved_out,
    row_out,
)
from seriatim.http.wire.shape import shape_of
from seriatim.service.number_finding import RESOURCE
from seriatim.service.number_history import document_with_number, explain_number
from seriatim.service.number_list import NumberFilter, Place, list_numbers
from seriatim.service.number_moves import confirm_numbers, void_numbers
from seriatim.service.number_places import is_day, is_place_of
from seriatim.service.sequence_sets import find_set_id
from seriatim.store.sql_store import Transaction

Member = TypeVar("Member", bound=StrEnum)

_TAG = "Document numbers"
_ISSUERS = frozenset({Role.ADMIN, Role.ISSUER})
_NUMBER = Parameter("number", "path", {"type": "string", "minLength": 1}, "A document number.")

_FILTERS = (
    Parameter(
        "documentType",
        "query",
        {"type": "string", "enum": [one.value for one in DocumentType]},
        "Numbers of one document type.",
    ),
    Parameter("prefix", "query", {"type": "string"}, "Numbers of one prefix, without case."),
    Parameter("sequenceSet", "query", {"type": "string"}, "Id, number or name of a set."),
    Parameter(
        "state",
        "query",
        {"type": "string", "enum": [one.value for one in NumberState]},
        "Numbers that are in one state now.",
    ),
    Parameter(
        "reference",
        "query",
        {"type": "string", "maxLength": REFERENCE_CHARACTERS_MAX},
        "An exact reference.",
    ),
    Parameter("from", "query", {"type": "string", "format": "date"}, "Document dates from here."),
    Parameter("to", "query", {"type": "string", "format": "date"}, "Document dates up to here."),
)


def endpoints(clock: Clock) -> list[Endpoint]:
    return [_list(clock), _explain(clock), _confirm(clock), _void(clock)]


def _list(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        wanted = _filter(transaction, request)
        found = list_numbers(
            transaction,
            request.caller,
            wanted,
            after=_place(request.query, wanted),
            row_count=page_size(request.query),
            clock=clock,
        )
        body: dict[str, object] = {"documentNumbers": [row_out(row) for row in found.rows]}
        if found.next_place is not None:
            body["nextPage"] = next_page(request, cursor=cursor_out(list(found.next_place)))
        body["success"] = True
        return Result(body)

    return Endpoint(
        method="GET",
        path="/v1/document-numbers",
        operation_id="GET_DocumentNumbers",
        summary="List document numbers",
        description="A row for each range of one present state, by prefix and number; by day "
        "where days are asked for.",
        tag=_TAG,
        handler=handler,
        roles=EVERY_ROLE,
        parameters=(*_FILTERS, PAGE_SIZE, CURSOR),
        response_models={200: NumberListResponse},
        runs_long=True,
    )


def _explain(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        number = request.path_params["number"]
        found = explain_number(transaction, request.caller, number, clock=clock)
        document = document_with_number(transaction, request.caller, number)
        return Result(history_out(found, document))

    return Endpoint(
        method="GET",
        path="/v1/document-numbers/{number}",
        operation_id="GET_DocumentNumber",
        summary="Why this number",
        description="Its series, set and the rule that chose it, who asked for it, its history.",
        tag=_TAG,
        handler=handler,
        roles=EVERY_ROLE,
        parameters=(_NUMBER,),
        response_models={200: HistoryResponse},
        runs_long=True,
    )


def _confirm(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            ConfirmNumbers, request.body, RESOURCE, unknown_fields=request.settings.unknown_fields
        )
        moved = confirm_numbers(
            transaction,
            request.caller,
            request.path_params["number"],
            last_number=shape.given_at("lastNumber"),
            clock=clock,
            shape_faults=shape.faults,
        )
        return Result(moved_out(moved))

    return Endpoint(
        method="POST",
        path="/v1/document-numbers/{number}/confirm",
        operation_id="POST_DocumentNumberConfirm",
        summary="Confirm reserved numbers",
        description="Turns them into issued ones, as long as their hold is open.",
        tag=_TAG,
        handler=handler,
        roles=_ISSUERS,
        parameters=(_NUMBER,),
        request_model=ConfirmNumbers,
        response_models={200: MovedResponse},
        writes=True,
        takes_idempotency_key=True,
    )


def _void(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            VoidNumbers, request.body, RESOURCE, unknown_fields=request.settings.unknown_fields
        )
        moved = void_numbers(
            transaction,
            request.caller,
            request.path_params["number"],
            last_number=shape.given_at("lastNumber"),
            reason=shape.given_at("reason"),
            clock=clock,
            shape_faults=shape.faults,
        )
        return Result(moved_out(moved))

    return Endpoint(
        method="POST",
        path="/v1/document-numbers/{number}/void",
        operation_id="POST_DocumentNumberVoid",
        summary="Void numbers",
        description="Issued or reserved numbers that will never be used, with the reason.",
        tag=_TAG,
        handler=handler,
        roles=_ISSUERS,
        parameters=(_NUMBER,),
        request_model=VoidNumbers,
        response_models={200: MovedResponse},
        writes=True,
        takes_idempotency_key=True,
    )


def _filter(transaction: Transaction, request: ApiRequest) -> NumberFilter:
    query = request.query
    return NumberFilter(
        document_type=_one_of(query, "documentType", DocumentType),
        prefix=query.get("prefix"),
        sequence_set_id=_set_id(transaction, request),
        state=_one_of(query, "state", NumberState),
        reference=_reference(query),
        date_from=_day(query, "from"),
        date_to=_day(query, "to"),
    )


def _set_id(transaction: Transaction, request: ApiRequest) -> str | None:
    key = request.query.get("sequenceSet")
    if key is None:
        return None
    set_id = find_set_id(transaction, request.caller, key)
    if set_id is None:
        raise invalid_parameter("sequenceSet", "names no sequence set")
    return set_id


def _reference(query: Query) -> str | None:
    text = query.get("reference")
    if text is not None and len(text) > REFERENCE_CHARACTERS_MAX:
        message = f"may have at most {REFERENCE_CHARACTERS_MAX} characters"
        raise invalid_parameter("reference", message)
    return text


def _one_of(query: Query, name: str, kind: type[Member]) -> Member | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        names = ", ".join(one.value for one in kind)
        raise invalid_parameter(name, f"must be one of {names}") from None


def _day(query: Query, name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    if not is_day(text):
        raise invalid_parameter(name, "must be a day that exists, written YYYY-MM-DD")
    return date.fromisoformat(text)


def _place(query: Query, wanted: NumberFilter) -> Place | None:
    """Errors: TransportFault for a cursor of another list than this."""
    parts = cursor_in(query, str, str, str, int, str)
    if parts is None:
        return None
    prefix, document_type, inside, entry_number, number = parts
    place = prefix, document_type, inside, entry_number, number
    if not is_place_of(wanted, place):
        raise invalid_parameter("cursor", "belongs to a list with other filters")
    return place
