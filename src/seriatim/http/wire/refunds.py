"""Refunds of payments and of credit memos on the wire."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from seriatim.domain.billing import Document
from seriatim.domain.document_requests import NewRefund
from seriatim.domain.errors import Violation
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.fields import Day as ShownDay
from seriatim.http.wire.fields import HexId, ResponseModel, left_out
from seriatim.http.wire.kept_fields import (
    CustomRates,
    GatewayNames,
    GatewayOptions,
    NetSuiteMemoFields,
    PaymentFinance,
)
from seriatim.http.wire.payments import MoneyMovement, PaymentStatus
from seriatim.http.wire.reading import Reading, required
from seriatim.http.wire.shape import shape_of
from seriatim.http.wire.shown_documents import ShownDocument, document_out
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Day,
    Text100,
    Text255,
)

RESOURCE = "document"
LIST_FIELD = "refunds"

MethodType = Literal[
    "ACH",
    "ApplePay",
    "BankTransfer",
    "Cash",
    "Check",
    "CreditCard",
    "CreditCardReferenceTransaction",
    "DebitCard",
    "Other",
    "PayPal",
    "WireTransfer",
]


class RefundFields(NetSuiteMemoFields, GatewayNames):
    SynctoNetSuite__NS: Text255 = KEPT
    comment: Text255 = KEPT
    customRates: CustomRates = KEPT
    financeInformation: PaymentFinance | None = KEPT
    gatewayOptions: GatewayOptions = KEPT
    items: Annotated[list[dict[str, Any]], Field(max_length=1000)] | None = KEPT
    methodType: MethodType | None = left_out("Required of an External refund.")
    reasonCode: Text100 = KEPT
    secondRefundReferenceId: Text100 = KEPT


class CreateRefund(RefundFields):
    INTERPRETED: ClassVar = frozenset({"totalAmount", "refundDate"})
    refundDate: Day = left_out("Default: today.")
    totalAmount: Amount
    type: MoneyMovement


class ShownRefund(RefundFields, ShownDocument):
    number: str
    creditMemoId: HexId = left_out("Of the credit memo that was refunded.")
    creditMemoNumber: str = left_out()
    paymentId: HexId = left_out("Of the payment that was refunded.")
    paymentNumber: str = left_out()
    refundDate: ShownDay
    status: PaymentStatus
    type: MoneyMovement


class RefundResponse(ShownRefund):
    success: Literal[True]


class RefundListResponse(ResponseModel):
    refunds: list[ShownRefund]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


def new_refund_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], NewRefund]:
    shape = shape_of(CreateRefund, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    faults: list[Violation] = []
    if reading.text("type") == "External" and reading.lacks("methodType"):
        message = "is required of an External refund"
        faults.append(required(RESOURCE, reading, "methodType", message))
    refund = NewRefund(
        total_amount=reading.amount("totalAmount"),
        refund_date=reading.day("refundDate"),
        details=reading.details(CreateRefund, CreateRefund.INTERPRETED),
    )
    return (*shape.faults, *faults), refund


def refund_out(refund: Document) -> dict[str, Any]:
    """Shape: the details name what was paid back, a payment or a credit memo."""
    return {
        **document_out(refund),
        "refundDate": refund.document_date.isoformat(),
    }
