"""Payments on the wire."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from seriatim.domain.billing import Document
from seriatim.domain.document_requests import NewPayment
from seriatim.domain.errors import Violation
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.accounts import PaymentData
from seriatim.http.wire.applications import ApplicationFields, wished_applications
from seriatim.http.wire.fields import Day as ShownDay
from seriatim.http.wire.fields import ResponseModel, left_out
from seriatim.http.wire.kept_fields import (
    CustomRates,
    GatewayNames,
    GatewayOptions,
    PaymentFinance,
    PaymentOption,
)
from seriatim.http.wire.reading import Reading, account_faults
from seriatim.http.wire.shape import shape_of
from seriatim.http.wire.shown_documents import ShownDocument, document_out
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Bool,
    Currency,
    CustomNumber,
    Day,
    Key,
    ShownAmount,
    Text32,
    Text50,
    Text64,
    Text255,
)

RESOURCE = "document"
LIST_FIELD = "payments"

MoneyMovement = Literal["External", "Electronic"]
PaymentStatus = Literal["Processed", "Canceled"]


class PaymentFields(GatewayNames):
    authTransactionId: Text50 = KEPT
    balanceRefresh: Bool = KEPT
    comment: Text255 = KEPT
    customRates: CustomRates = KEPT
    financeInformation: PaymentFinance | None = KEPT
    gatewayOptions: GatewayOptions = KEPT
    gatewayOrderId: Text255 = KEPT
    mitTransactionSource: Text32 = KEPT
    paymentMethodType: Text64 = KEPT
    paymentOption: Annotated[list[PaymentOption], Field(max_length=100)] | None = KEPT
    paymentScheduleKey: Text64 = KEPT
    prepayment: Bool = KEPT
    standalone: Bool = KEPT


class CreatePayment(PaymentFields, ApplicationFields):
    INTERPRETED: ClassVar = frozenset(
        {
            "accountId",
            "accountNumber",
            "amount",
            "currency",
            "debitMemos",
            "effectiveDate",
            "invoices",
            "number",
        }
    )
    accountId: Key | None = left_out("Required, or accountNumber; both must name one account.")
    accountNumber: Key | None = left_out()
    amount: Amount
    cryptogram: PaymentData = left_out("Never taken.")
    currency: Currency
    effectiveDate: Day = left_out("Default: today.")
    number: CustomNumber | None = left_out()
    type: MoneyMovement


class ShownPayment(PaymentFields, ShownDocument):
    number: str
    appliedAmount: ShownAmount
    refundAmount: ShownAmount
    unappliedAmount: ShownAmount
    effectiveDate: ShownDay
    status: PaymentStatus
    type: MoneyMovement


class PaymentResponse(ShownPayment):
    success: Literal[True]


class PaymentListResponse(ResponseModel):
    payments: list[ShownPayment]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


def new_payment_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], NewPayment]:
    shape = shape_of(CreatePayment, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    faults, applications = wished_applications(reading)
    payment = NewPayment(
        account=reading.account(),
        amount=reading.amount("amount"),
        currency=reading.text("currency"),
        effective_date=reading.day("effectiveDate"),
        number=reading.text("number"),
        applications=applications,
        details=reading.details(CreatePayment, CreatePayment.INTERPRETED),
    )
    return (*shape.faults, *account_faults(RESOURCE, reading), *faults), payment


def payment_out(payment: Document) -> dict[str, Any]:
    return {
        **document_out(payment),
        "appliedAmount": payment.applied,
        "refundAmount": payment.refunded,
        "unappliedAmount": payment.balance,
        "effectiveDate": payment.document_date.isoformat(),
    }
