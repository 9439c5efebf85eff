"""The endpoints of refunds; payments and credit memos are refunded through `refunding`.

Source: contract/documents.md, Resources.
"""

from __future__ import annotations

from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.http.document_calls import (
    Call,
    changing,
    deleting,
    listing,
    numbering,
    one_order,
    one_shown,
    reading,
    with_success,
)
from seriatim.http.endpoint import ApiRequest, DocumentsAsked, Endpoint
from seriatim.http.wire.refunds import (
    LIST_FIELD,
    CreateRefund,
    RefundListResponse,
    RefundResponse,
    new_refund_in,
    refund_out,
)
from seriatim.service.payments import CancelRefund, MakeRefund

_REFUND = DocumentType.REFUND
_TAG = "Refunds"
_PATH = "/v1/refunds"
_ONE = f"{_PATH}/{{key}}"


def endpoints(clock: Clock) -> list[Endpoint]:
    return [
        listing(
            _REFUND,
            Call("GET", _PATH, "GET_Refunds", "List refunds", "By creation.", _TAG),
            LIST_FIELD,
            refund_out,
            response_model=RefundListResponse,
        ),
        reading(
            _REFUND,
            Call("GET", _ONE, "GET_Refund", "Read a refund", "", _TAG),
            refund_out,
            response_model=RefundResponse,
        ),
        changing(
            clock,
            Call(
                "PUT",
                f"{_ONE}/cancel",
                "PUT_RefundCancel",
                "Cancel a refund",
                "An External one. What it paid back is there again.",
                _TAG,
            ),
            lambda request: CancelRefund(request.path_params["key"]),
            with_success(refund_out),
            response_model=RefundResponse,
        ),
        deleting(
            clock,
            _REFUND,
            Call(
                "DELETE",
                _ONE,
                "DELETE_Refund",
                "Delete a canceled refund",
                "Its number is voided, with the reason.",
                _TAG,
            ),
        ),
    ]


def refunding(clock: Clock, refunded_type: DocumentType, call: Call) -> Endpoint:
    """The endpoint that makes a refund of a document of that type."""

    def asked(request: ApiRequest) -> DocumentsAsked:
        faults, refund = new_refund_in(request.body, request.settings.unknown_fields)
        key = request.path_params["key"]
        return one_order(MakeRefund(refunded_type, key, refund, faults))

    return numbering(
        clock,
        call,
        asked,
        one_shown(refund_out),
        request_model=CreateRefund,
        response_model=RefundResponse,
    )
