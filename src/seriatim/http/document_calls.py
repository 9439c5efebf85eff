"""What the endpoints of every document type have in common: make, change, read, list, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from seriatim.domain.billing import STATES, Document, DocumentItem, DocumentState
from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected, SeriatimError, Violation
from seriatim.domain.rules.documents import request_holds_1_to_50_documents
from seriatim.http.endpoint import (
    EVERY_ROLE,
    ApiRequest,
    CoalescedDocuments,
    DocumentsAsked,
    Endpoint,
    Handler,
    Parameter,
    Result,
)
from seriatim.http.error_reply import failed_part
from seriatim.http.faults import invalid_parameter
from seriatim.http.paging import CURSOR, PAGE_SIZE, cursor_in, cursor_out, next_page, page_size
from seriatim.http.wire.accounts import ChangedResponse
from seriatim.service.document_deleting import delete_document
from seriatim.service.document_desk import as_id
from seriatim.service.document_orders import DocumentOrder, Outcome
from seriatim.service.documents import (
    BEFORE_ALL,
    DocumentFilter,
    Place,
    get_document,
    list_documents,
    list_items,
)
from seriatim.service.numbers import carry_out_documents
from seriatim.store.sql_store import Transaction

ISSUERS = frozenset({Role.ADMIN, Role.ISSUER})
KEY = Parameter("key", "path", {"type": "string", "minLength": 1}, "Id or number.")
ACCOUNT_ID = Parameter("accountId", "query", {"type": "string"}, "Documents of one account.")
NUMBER = Parameter("number", "query", {"type": "string"}, "An exact number.")

Shown = Callable[[Document], dict[str, Any]]
ShownItem = Callable[[DocumentItem], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """How an operation is named and described. `path` may hold `{key}`."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    operation_id: str
    summary: str
    description: str
    tag: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (KEY,) if "{key}" in self.path else ()


def numbering(
    clock: Clock,
    call: Call,
    asked: Callable[[ApiRequest], DocumentsAsked],
    answered: Callable[[ApiRequest, Sequence[Outcome]], Result],
    *,
    response_model: type[BaseModel],
    request_model: type[BaseModel] | None = None,
    body_may_be_absent: bool = False,
) -> Endpoint:
    """An operation whose documents may get numbers: it shares a transaction with whoever asks."""

    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        wanted = asked(request)
        outcomes = carry_out_documents(
            transaction, request.caller, wanted.orders, clock=clock, is_atomic=wanted.is_atomic
        )
        return answered(request, outcomes)

    return _endpoint(
        call,
        handler,
        ISSUERS,
        response_model=response_model,
        request_model=request_model,
        coalesced=CoalescedDocuments(asked, answered),
        body_may_be_absent=body_may_be_absent,
        writes=True,
        takes_idempotency_key=call.method == "POST",
    )


def changing(
    clock: Clock,
    call: Call,
    order: Callable[[ApiRequest], DocumentOrder],
    shown: Shown,
    *,
    response_model: type[BaseModel],
    request_model: type[BaseModel] | None = None,
    body_may_be_absent: bool = False,
) -> Endpoint:
    """An operation on one document that gives no number."""

    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        orders = [order(request)]
        outcomes = carry_out_documents(transaction, request.caller, orders, clock=clock)
        return Result(shown(the_document(outcomes)))

    return _endpoint(
        call,
        handler,
        ISSUERS,
        response_model=response_model,
        request_model=request_model,
        body_may_be_absent=body_may_be_absent,
        writes=True,
        takes_idempotency_key=call.method == "POST",
    )


def reading(
    document_type: DocumentType, call: Call, shown: Shown, *, response_model: type[BaseModel]
) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        key = request.path_params["key"]
        found = get_document(transaction, request.caller, document_type, key)
        return Result(with_success(shown)(found))

    return _endpoint(
        call,
        handler,
        EVERY_ROLE,
        response_model=response_model,
        may_be_rejected=document_type.needs_invoice_settlement,
    )


def deleting(
    clock: Clock,
    document_type: DocumentType,
    call: Call,
    deleted: Shown = lambda _: {"success": True},
    *,
    response_model: type[BaseModel] = ChangedResponse,
) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        key = request.path_params["key"]
        gone = delete_document(transaction, request.caller, document_type, key, clock=clock)
        return Result(deleted(gone))

    return _endpoint(call, handler, ISSUERS, response_model=response_model, writes=True)


def listing(
    document_type: DocumentType,
    call: Call,
    list_name: str,
    shown: Shown,
    *,
    response_model: type[BaseModel],
) -> Endpoint:
    """A list by cursor; `list_name` is what the original's client calls it."""
    states = [state.value for state in STATES[document_type]]
    status = Parameter("status", "query", {"type": "string", "enum": states}, "In one state.")

    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        query = request.query
        wanted = DocumentFilter(
            account_id=account_id(request),
            state=_state(query.get("status"), states),
            number=query.get("number"),
        )
        found = list_documents(
            transaction,
            request.caller,
            document_type,
            wanted,
            after=_place(request),
            row_count=page_size(query),
        )
        body: dict[str, object] = {list_name: [shown(one) for one in found.documents]}
        if found.ends_at is not None:
            body["nextPage"] = next_page(request, cursor=cursor_out(list(found.ends_at)))
        body["success"] = True
        return Result(body)

    return _endpoint(
        call,
        handler,
        EVERY_ROLE,
        parameters=(ACCOUNT_ID, status, NUMBER, PAGE_SIZE, CURSOR),
        response_model=response_model,
        may_be_rejected=document_type.needs_invoice_settlement,
    )


def listing_items(
    document_type: DocumentType,
    call: Call,
    list_name: str,
    shown: ShownItem,
    *,
    response_model: type[BaseModel],
) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        place = cursor_in(request.query, int)
        found = list_items(
            transaction,
            request.caller,
            document_type,
            request.path_params["key"],
            after_item_number=0 if place is None else min(place[0], 2**31 - 1),
            row_count=page_size(request.query),
        )
        body: dict[str, object] = {list_name: [shown(one) for one in found.items]}
        if found.ends_at is not None:
            body["nextPage"] = next_page(request, cursor=cursor_out([found.ends_at]))
        body["success"] = True
        return Result(body)

    return _endpoint(
        call,
        handler,
        EVERY_ROLE,
        parameters=(PAGE_SIZE, CURSOR),
        response_model=response_model,
        may_be_rejected=document_type.needs_invoice_settlement,
    )


def _endpoint(
    call: Call,
    handler: Handler,
    roles: frozenset[Role],
    *,
    response_model: type[BaseModel],
    parameters: tuple[Parameter, ...] = (),
    **rest: Any,
) -> Endpoint:
    return Endpoint(
        method=call.method,
        path=call.path,
        operation_id=call.operation_id,
        summary=call.summary,
        description=call.description,
        tag=call.tag,
        handler=handler,
        roles=roles,
        parameters=(*call.parameters, *parameters),
        response_models={200: response_model},
        **rest,
    )


def one_order(order: DocumentOrder) -> DocumentsAsked:
    return DocumentsAsked([order], is_atomic=True)


def refuse_whole(faults: Sequence[Violation], count: int, list_field: str) -> None:
    """Errors: Rejected where the request as a whole is at fault; no part is looked at then."""
    violations = list(faults) or list(request_holds_1_to_50_documents(count, list_field))
    if violations:
        raise Rejected(violations)


def the_document(outcomes: Sequence[Outcome]) -> Document:
    """The document of the one order of a request. Errors: that of the order."""
    (outcome,) = outcomes
    if isinstance(outcome, SeriatimError):
        raise outcome
    return outcome


def with_success(shown: Shown) -> Shown:
    """A document as the whole of an answer."""
    return lambda document: {**shown(document), "success": True}


def one_shown(shown: Shown) -> Callable[[ApiRequest, Sequence[Outcome]], Result]:
    """The answer to a request for one document. Errors: that of its order."""
    return lambda _, outcomes: Result(with_success(shown)(the_document(outcomes)))


def each_out(request: ApiRequest, outcomes: Sequence[Outcome], shown: Shown) -> list[object]:
    """Documents of one request, each with its own `success`."""
    return [
        failed_part(one, request.request_id)
        if isinstance(one, SeriatimError)
        else with_success(shown)(one)
        for one in outcomes
    ]


def account_id(request: ApiRequest) -> str | None:
    text = request.query.get("accountId")
    if text is None:
        return None
    found = as_id(text)
    if found is None:
        raise invalid_parameter("accountId", "must be an id of 32 hexadecimal characters")
    return found


def _state(text: str | None, states: list[str]) -> DocumentState | None:
    if text is None:
        return None
    if text not in states:
        raise invalid_parameter("status", f"must be one of {', '.join(states)}")
    return DocumentState(text)


def _place(request: ApiRequest) -> Place:
    found = cursor_in(request.query, int, str)
    if found is None:
        return BEFORE_ALL
    document_id = as_id(found[1])
    if document_id is None:
        raise invalid_parameter("cursor", "is not one that this service gave")
    return Place(found[0], document_id)
