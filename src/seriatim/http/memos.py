"""The endpoints of credit and debit memos, under the original's new paths and its old ones.

Source: contract/documents.md, Resources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from seriatim.domain.billing import TYPE_NAMES
from seriatim.domain.clock import Clock
from seriatim.domain.document_requests import MemoFromInvoice
from seriatim.domain.document_type import DocumentType
from seriatim.http.document_calls import (
    Call,
    changing,
    deleting,
    each_out,
    listing,
    listing_items,
    numbering,
    one_order,
    one_shown,
    reading,
    refuse_whole,
    with_success,
)
from seriatim.http.endpoint import ApiRequest, DocumentsAsked, Endpoint, Result
from seriatim.http.refunds import refunding
from seriatim.http.settled import applying
from seriatim.http.wire.memos import (
    BULK,
    FROM_INVOICE,
    LIST_FIELD,
    STANDALONE,
    memo_from_invoice_in,
    new_memo_in,
    new_memos_in,
)
from seriatim.http.wire.shown_memos import (
    CreditMemoListResponse,
    CreditMemoResponse,
    CreditMemosResponse,
    DebitMemoListResponse,
    DebitMemoResponse,
    DebitMemosResponse,
    MemoItemsResponse,
    memo_item_out,
    memo_out,
)
from seriatim.service.document_moves import CancelDocument, PostDocument, UnpostDocument
from seriatim.service.document_orders import DocumentOrder, Outcome
from seriatim.service.memos import MakeMemo, MakeMemoFromInvoice


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two kinds of memo, under one of its paths.

    Shape: `mark` ends the operation ids of the old path, so that each is its own.
    """

    document_type: DocumentType
    path: str
    noun: str
    list_name: str
    response: type[BaseModel]
    list_response: type[BaseModel]
    bulk_response: type[BaseModel]
    mark: str = ""

    @property
    def name(self) -> str:
        return TYPE_NAMES[self.document_type]

    def call(self, method: Any, rest: str, verb: str, summary: str, description: str = "") -> Call:
        path = self.path + rest
        operation_id = f"{method}_{self.noun}{verb}{self.mark}"
        return Call(method, path, operation_id, summary, description, f"{self.noun}s")


_CREDIT = _Kind(
    DocumentType.CREDIT_MEMO,
    "/v1/credit-memos",
    "CreditMemo",
    "creditmemos",
    CreditMemoResponse,
    CreditMemoListResponse,
    CreditMemosResponse,
)
_DEBIT = _Kind(
    DocumentType.DEBIT_MEMO,
    "/v1/debit-memos",
    "DebitMemo",
    "debitmemos",
    DebitMemoResponse,
    DebitMemoListResponse,
    DebitMemosResponse,
)
_OLD_CREDIT = replace(_CREDIT, path="/v1/creditmemos", mark="Old")
_OLD_DEBIT = replace(_DEBIT, path="/v1/debitmemos", mark="Old")
KINDS = (_CREDIT, _DEBIT, _OLD_CREDIT, _OLD_DEBIT)


def endpoints(clock: Clock) -> list[Endpoint]:
    made: list[Endpoint] = []
    for kind in KINDS:
        made += [*_reading(kind), *_making(clock, kind), *_changing(clock, kind)]
        if kind.document_type is DocumentType.CREDIT_MEMO:
            made += _settling(clock, kind)
    return made


def _reading(kind: _Kind) -> list[Endpoint]:
    return [
        listing(
            kind.document_type,
            kind.call("GET", "", "s", f"List {kind.name}s", "By creation."),
            kind.list_name,
            memo_out,
            response_model=kind.list_response,
        ),
        reading(
            kind.document_type,
            kind.call("GET", "/{key}", "", f"Read a {kind.name}"),
            memo_out,
            response_model=kind.response,
        ),
        listing_items(
            kind.document_type,
            kind.call("GET", "/{key}/items", "Items", "List its items"),
            "items",
            memo_item_out,
            response_model=MemoItemsResponse,
        ),
    ]


def _making(clock: Clock, kind: _Kind) -> list[Endpoint]:
    alone = "Standalone: the account's set numbers it, in the transaction that writes it."
    of_one = "The invoice's set numbers it."
    each = "Each with its own `success`; all of one `sourceType`."
    from_invoice = kind.call(
        "POST", "/invoice/{key}", "FromInvoice", f"Make a {kind.name} from an invoice", of_one
    )
    if kind.mark:
        last = kind.path.rpartition("/")[2]
        from_invoice = replace(from_invoice, path=f"/v1/invoices/{{key}}/{last}")
    return [
        numbering(
            clock,
            kind.call("POST", "", "", f"Make a {kind.name}", alone),
            _made(kind.document_type),
            one_shown(memo_out),
            request_model=STANDALONE[kind.document_type],
            response_model=kind.response,
        ),
        numbering(
            clock,
            from_invoice,
            _made_from_invoice(kind.document_type),
            one_shown(memo_out),
            request_model=FROM_INVOICE[kind.document_type],
            response_model=kind.response,
        ),
        numbering(
            clock,
            kind.call("POST", "/bulk", "sBulk", f"Make up to 50 {kind.name}s", each),
            _made_together(kind.document_type),
            _each_shown,
            request_model=BULK[kind.document_type],
            response_model=kind.bulk_response,
        ),
    ]


def _changing(clock: Clock, kind: _Kind) -> list[Endpoint]:
    return [
        numbering(
            clock,
            kind.call(
                "PUT",
                "/{key}/post",
                "Post",
                f"Post a {kind.name}",
                "A draft with a temporary number gets its own.",
            ),
            _posted(kind.document_type),
            one_shown(memo_out),
            response_model=kind.response,
        ),
        changing(
            clock,
            kind.call(
                "PUT",
                "/{key}/unpost",
                "Unpost",
                f"Unpost a {kind.name}",
                "It is a draft again and keeps its number.",
            ),
            lambda request: UnpostDocument(kind.document_type, request.path_params["key"]),
            with_success(memo_out),
            response_model=kind.response,
        ),
        changing(
            clock,
            kind.call(
                "PUT",
                "/{key}/cancel",
                "Cancel",
                f"Cancel a draft {kind.name}",
                "It keeps its number.",
            ),
            lambda request: CancelDocument(kind.document_type, request.path_params["key"]),
            with_success(memo_out),
            response_model=kind.response,
        ),
        deleting(
            clock,
            kind.document_type,
            kind.call(
                "DELETE",
                "/{key}",
                "",
                f"Delete a canceled {kind.name}",
                "Its number is voided, with the reason.",
            ),
        ),
    ]


def _settling(clock: Clock, kind: _Kind) -> list[Endpoint]:
    refund = "A refund of what is left of it, numbered by the account's set."
    return [
        *applying(
            clock,
            kind.document_type,
            kind.call("PUT", "/{key}/apply", "Apply", "Apply a credit memo"),
            kind.call("PUT", "/{key}/unapply", "Unapply", "Take back what it is applied to"),
            with_success(memo_out),
            response_model=kind.response,
        ),
        *(
            refunding(
                clock,
                kind.document_type,
                kind.call("POST", f"/{{key}}/{verb.lower()}", verb, "Refund it", refund),
            )
            for verb in ("Refund", "Refunds")
        ),
    ]


def _made(document_type: DocumentType) -> Callable[[ApiRequest], DocumentsAsked]:
    def asked(request: ApiRequest) -> DocumentsAsked:
        faults, memo = new_memo_in(document_type, request.body, request.settings.unknown_fields)
        return one_order(MakeMemo(document_type, memo, faults))

    return asked


def _made_from_invoice(document_type: DocumentType) -> Callable[[ApiRequest], DocumentsAsked]:
    def asked(request: ApiRequest) -> DocumentsAsked:
        faults, memo = memo_from_invoice_in(
            document_type, request.body, request.settings.unknown_fields
        )
        key = request.path_params["key"]
        return one_order(MakeMemoFromInvoice(document_type, key, memo, faults))

    return asked


def _made_together(document_type: DocumentType) -> Callable[[ApiRequest], DocumentsAsked]:
    def asked(request: ApiRequest) -> DocumentsAsked:
        faults, memos = new_memos_in(document_type, request.body, request.settings.unknown_fields)
        refuse_whole(faults, len(memos), LIST_FIELD)
        orders: list[DocumentOrder] = [
            MakeMemoFromInvoice(document_type, None, memo, its_faults, (LIST_FIELD, index))
            if isinstance(memo, MemoFromInvoice)
            else MakeMemo(document_type, memo, its_faults, (LIST_FIELD, index))
            for index, (its_faults, memo) in enumerate(memos)
        ]
        return DocumentsAsked(orders, is_atomic=False)

    return asked


def _posted(document_type: DocumentType) -> Callable[[ApiRequest], DocumentsAsked]:
    return lambda request: one_order(PostDocument(document_type, request.path_params["key"]))


def _each_shown(request: ApiRequest, outcomes: Sequence[Outcome]) -> Result:
    return Result({LIST_FIELD: each_out(request, outcomes, memo_out), "success": True})
