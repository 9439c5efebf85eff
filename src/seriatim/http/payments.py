"""The endpoints of payments. Source: contract/documents.md, Resources."""

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
from seriatim.http.refunds import refunding
from seriatim.http.settled import applying
from seriatim.http.wire.payments import (
    LIST_FIELD,
    CreatePayment,
    PaymentListResponse,
    PaymentResponse,
    new_payment_in,
    payment_out,
)
from seriatim.service.document_moves import CancelDocument
from seriatim.service.payments import MakePayment

_PAYMENT = DocumentType.PAYMENT
_TAG = "Payments"
_PATH = "/v1/payments"
_ONE = f"{_PATH}/{{key}}"


def endpoints(clock: Clock) -> list[Endpoint]:
    return [*_reading(), _making(clock), *_changing(clock), *_settling(clock)]


def _reading() -> list[Endpoint]:
    return [
        listing(
            _PAYMENT,
            Call("GET", _PATH, "GET_Payments", "List payments", "By creation.", _TAG),
            LIST_FIELD,
            payment_out,
            response_model=PaymentListResponse,
        ),
        reading(
            _PAYMENT,
            Call("GET", _ONE, "GET_Payment", "Read a payment", "", _TAG),
            payment_out,
            response_model=PaymentResponse,
        ),
    ]


def _making(clock: Clock) -> Endpoint:
    how = "The account's set numbers it. It may be applied to invoices and debit memos at once."
    return numbering(
        clock,
        Call("POST", _PATH, "POST_Payment", "Make a payment", how, _TAG),
        _made,
        one_shown(payment_out),
        request_model=CreatePayment,
        response_model=PaymentResponse,
    )


def _changing(clock: Clock) -> list[Endpoint]:
    return [
        changing(
            clock,
            Call(
                "PUT",
                f"{_ONE}/cancel",
                "PUT_PaymentCancel",
                "Cancel a payment",
                "An External one, while nothing of it is applied or refunded.",
                _TAG,
            ),
            lambda request: CancelDocument(_PAYMENT, request.path_params["key"]),
            with_success(payment_out),
            response_model=PaymentResponse,
        ),
        deleting(
            clock,
            _PAYMENT,
            Call(
                "DELETE",
                _ONE,
                "DELETE_Payment",
                "Delete a canceled payment",
                "Its number is voided, with the reason.",
                _TAG,
            ),
        ),
    ]


def _settling(clock: Clock) -> list[Endpoint]:
    refund = "A refund of what is left of it, numbered by the account's set."
    return [
        *applying(
            clock,
            _PAYMENT,
            Call("PUT", f"{_ONE}/apply", "PUT_PaymentApply", "Apply a payment", "", _TAG),
            Call(
                "PUT",
                f"{_ONE}/unapply",
                "PUT_PaymentUnapply",
                "Take back what it is applied to",
                "",
                _TAG,
            ),
            with_success(payment_out),
            response_model=PaymentResponse,
        ),
        refunding(
            clock,
            _PAYMENT,
            Call("POST", f"{_ONE}/refunds", "POST_PaymentRefund", "Refund it", refund, _TAG),
        ),
    ]


def _made(request: ApiRequest) -> DocumentsAsked:
    faults, payment = new_payment_in(request.body, request.settings.unknown_fields)
    return one_order(MakePayment(payment, faults))
