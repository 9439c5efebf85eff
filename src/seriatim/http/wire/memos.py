"""Requests for credit and debit memos on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, Field, StrictStr

from seriatim.domain.document_requests import MemoFromInvoice, NewItem, NewMemo
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Violation
from seriatim.domain.limits import DOCUMENTS_PER_REQUEST_MAX, ITEMS_PER_DOCUMENT_MAX
from seriatim.domain.sequence_set import FAULTY
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.bulk import faults_by_item
from seriatim.http.wire.fields import RequestModel, left_out
from seriatim.http.wire.kept_fields import (
    CustomRates,
    MemoItemFinance,
    MemoTaxItem,
    NetSuiteFields,
    NetSuiteMemoFields,
)
from seriatim.http.wire.reading import Reading, account_faults, required
from seriatim.http.wire.shape import Shape, shape_of
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Bool,
    Currency,
    CustomNumber,
    Day,
    Keeping,
    Key,
    Quantity,
    Text32,
    Text64,
    Text100,
    Text255,
    list_schema,
)

RESOURCE = "document"
LIST_FIELD = "memos"

SourceType = Literal["Standalone", "Invoice"]


class MemoItemFields(Keeping):
    comment: Text255 = KEPT
    description: Text255 = KEPT
    excludeItemBillingFromRevenueAccounting: Bool = KEPT
    financeInformation: MemoItemFinance | None = KEPT
    quantity: Quantity = KEPT


class ChargeFields(MemoItemFields):
    """A line of a standalone memo."""

    chargeId: Text64 = left_out("Required, or productRatePlanChargeId.")
    productRatePlanChargeId: Text64 = KEPT


class InvoicedFields(MemoItemFields):
    """A line of a memo that was made from an invoice."""

    contributeToCommitment: Bool = KEPT
    taxItems: Annotated[list[MemoTaxItem], Field(max_length=ITEMS_PER_DOCUMENT_MAX)] | None = KEPT
    taxMode: Text32 = KEPT
    unitOfMeasure: Text64 = KEPT


class MemoCharge(ChargeFields):
    INTERPRETED: ClassVar = frozenset(
        {"amount", "memoItemAmount", "serviceStartDate", "serviceEndDate"}
    )
    amount: Amount | None = left_out("Required, or memoItemAmount as older clients name it.")
    memoItemAmount: Amount | None = left_out()
    serviceStartDate: Day = left_out()
    serviceEndDate: Day = left_out()


class InvoicedItem(InvoicedFields):
    INTERPRETED: ClassVar = frozenset(
        {"amount", "invoiceItemId", "serviceStartDate", "serviceEndDate"}
    )
    amount: Amount
    invoiceItemId: Key
    skuName: Annotated[StrictStr, Field(min_length=1, max_length=255)]
    serviceStartDate: Day = left_out()
    serviceEndDate: Day = left_out()


class CreditMemoFields(NetSuiteMemoFields):
    autoApplyUponPosting: Bool = KEPT
    comment: Text255 = KEPT
    customRates: CustomRates = KEPT
    excludeFromAutoApplyRules: Bool = KEPT
    reasonCode: Text100 = KEPT
    taxAutoCalculation: Bool = KEPT


class DebitMemoFields(NetSuiteFields):
    autoPay: Bool = KEPT
    billToContactId: Text32 = KEPT
    comment: Text255 = KEPT
    customRates: CustomRates = KEPT
    reasonCode: Text100 = KEPT
    soldToContactId: Text32 = KEPT
    soldToSameAsBillTo: Bool = KEPT
    taxAutoCalculation: Bool = KEPT


class StandaloneFields(RequestModel):
    INTERPRETED: ClassVar = frozenset(
        {
            "accountId",
            "accountNumber",
            "autoPost",
            "charges",
            "currency",
            "dueDate",
            "effectiveDate",
            "number",
        }
    )
    accountId: Key | None = left_out("Required, or accountNumber; both must name one account.")
    accountNumber: Key | None = left_out()
    autoPost: Bool = left_out("Post it at once. Default: false.")
    charges: Annotated[
        list[MemoCharge], Field(json_schema_extra=list_schema(ITEMS_PER_DOCUMENT_MAX))
    ]
    currency: Currency | None = left_out("Default: the account's.")
    effectiveDate: Day = left_out("Default: today.")
    number: CustomNumber | None = left_out()


class FromInvoiceFields(RequestModel):
    INTERPRETED: ClassVar = frozenset(
        {
            "autoApplyToInvoiceUponPosting",
            "autoPost",
            "dueDate",
            "effectiveDate",
            "invoiceId",
            "items",
        }
    )
    autoPost: Bool = left_out("Post it at once. Default: false.")
    effectiveDate: Day = left_out("Default: today.")
    invoiceId: Key | None = left_out("Only where the path does not name the invoice.")
    items: Annotated[
        list[InvoicedItem], Field(json_schema_extra=list_schema(ITEMS_PER_DOCUMENT_MAX))
    ]


class CreateCreditMemo(CreditMemoFields, StandaloneFields):
    """A standalone credit memo."""


class CreateDebitMemo(DebitMemoFields, StandaloneFields):
    """A standalone debit memo."""

    dueDate: Day = left_out()


class CreditMemoFromInvoice(CreditMemoFields, FromInvoiceFields):
    autoApplyToInvoiceUponPosting: Bool = left_out("Apply it to the invoice once it is posted.")


class DebitMemoFromInvoice(DebitMemoFields, FromInvoiceFields):
    dueDate: Day = left_out()


class _Bulk(RequestModel):
    sourceType: SourceType


class CreateCreditMemos(_Bulk):
    memos: Annotated[
        list[CreateCreditMemo | CreditMemoFromInvoice],
        Field(json_schema_extra=list_schema(DOCUMENTS_PER_REQUEST_MAX)),
    ]


class CreateDebitMemos(_Bulk):
    memos: Annotated[
        list[CreateDebitMemo | DebitMemoFromInvoice],
        Field(json_schema_extra=list_schema(DOCUMENTS_PER_REQUEST_MAX)),
    ]


class _StandaloneCreditMemos(_Bulk):
    memos: list[CreateCreditMemo]


class _StandaloneDebitMemos(_Bulk):
    memos: list[CreateDebitMemo]


class _InvoicedCreditMemos(_Bulk):
    memos: list[CreditMemoFromInvoice]


class _InvoicedDebitMemos(_Bulk):
    memos: list[DebitMemoFromInvoice]


_CREDIT, _DEBIT = DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO
STANDALONE: Final[dict[DocumentType, type[BaseModel]]] = {
    _CREDIT: CreateCreditMemo,
    _DEBIT: CreateDebitMemo,
}
FROM_INVOICE: Final[dict[DocumentType, type[BaseModel]]] = {
    _CREDIT: CreditMemoFromInvoice,
    _DEBIT: DebitMemoFromInvoice,
}
BULK: Final[dict[DocumentType, type[BaseModel]]] = {
    _CREDIT: CreateCreditMemos,
    _DEBIT: CreateDebitMemos,
}
_BULK_OF_ONE_SOURCE: Final[dict[tuple[DocumentType, str], type[BaseModel]]] = {
    (_CREDIT, "Standalone"): _StandaloneCreditMemos,
    (_DEBIT, "Standalone"): _StandaloneDebitMemos,
    (_CREDIT, "Invoice"): _InvoicedCreditMemos,
    (_DEBIT, "Invoice"): _InvoicedDebitMemos,
}

Faults = tuple[Violation, ...]
MemoAsked = tuple[Faults, NewMemo | MemoFromInvoice]


def new_memo_in(
    document_type: DocumentType, body: object, unknown_fields: UnknownFields
) -> tuple[Faults, NewMemo]:
    shape = shape_of(STANDALONE[document_type], body, RESOURCE, unknown_fields=unknown_fields)
    faults, memo = _standalone(document_type, Reading(shape))
    return (*shape.faults, *faults), memo


def memo_from_invoice_in(
    document_type: DocumentType, body: object, unknown_fields: UnknownFields
) -> tuple[Faults, MemoFromInvoice]:
    shape = shape_of(FROM_INVOICE[document_type], body, RESOURCE, unknown_fields=unknown_fields)
    faults, memo = _from_invoice(document_type, Reading(shape))
    return (*shape.faults, *faults), memo


def new_memos_in(
    document_type: DocumentType, body: object, unknown_fields: UnknownFields
) -> tuple[Faults, list[MemoAsked]]:
    """Faults of the request as a whole, and every memo with its own faults.

    Shape: `sourceType` says of which kind all the memos are; without a known one, no memo can be
        read.
    """
    source = shape_of(_SourceAlone, body, RESOURCE, unknown_fields="ignore")
    if source.value_at("sourceType") is FAULTY or source.faults:
        return source.faults, []
    source_type = str(source.value_at("sourceType"))
    model = _BULK_OF_ONE_SOURCE[document_type, source_type]
    shape = shape_of(model, body, RESOURCE, unknown_fields=unknown_fields, list_field=LIST_FIELD)
    return _each_memo(document_type, shape, is_standalone=source_type == "Standalone")


class _SourceAlone(RequestModel):
    sourceType: SourceType


def _each_memo(
    document_type: DocumentType, shape: Shape, *, is_standalone: bool
) -> tuple[Faults, list[MemoAsked]]:
    of_all, of_each = faults_by_item(shape.faults, LIST_FIELD)
    asked: list[MemoAsked] = []
    read: Callable[[DocumentType, Reading], tuple[list[Violation], NewMemo | MemoFromInvoice]] = (
        _standalone if is_standalone else _from_invoice
    )
    for index, reading in enumerate(Reading(shape, base_parts=2).objects(LIST_FIELD)):
        faults, memo = read(document_type, reading)
        if not is_standalone and reading.lacks("invoiceId"):
            faults.append(required(RESOURCE, reading, "invoiceId", "is required"))
        asked.append(((*of_each.get(index, ()), *faults), memo))
    return tuple(of_all), asked


def _standalone(document_type: DocumentType, reading: Reading) -> tuple[list[Violation], NewMemo]:
    charges = reading.objects("charges")
    faults = account_faults(RESOURCE, reading)
    for charge in charges:
        faults += _charge_faults(charge)
    memo = NewMemo(
        account=reading.account(),
        currency=reading.text("currency"),
        memo_date=reading.day("effectiveDate"),
        due_date=reading.day("dueDate"),
        items=tuple(_charge(charge) for charge in charges),
        number=reading.text("number"),
        is_posted=reading.flag("autoPost"),
        details=reading.details(STANDALONE[document_type], StandaloneFields.INTERPRETED),
    )
    return faults, memo


def _charge_faults(charge: Reading) -> list[Violation]:
    faults: list[Violation] = []
    if charge.lacks("amount", "memoItemAmount"):
        faults.append(required(RESOURCE, charge, "amount", "is required"))
    if charge.lacks("chargeId", "productRatePlanChargeId"):
        message = "is required, or productRatePlanChargeId"
        faults.append(required(RESOURCE, charge, "chargeId", message))
    return faults


def _charge(charge: Reading) -> NewItem:
    amount = charge.amount("amount")
    return NewItem(
        amount=charge.amount("memoItemAmount") if amount is None else amount,
        service_start_date=charge.day("serviceStartDate"),
        service_end_date=charge.day("serviceEndDate"),
        details=charge.details(MemoCharge, MemoCharge.INTERPRETED),
    )


def _from_invoice(
    document_type: DocumentType, reading: Reading
) -> tuple[list[Violation], MemoFromInvoice]:
    memo = MemoFromInvoice(
        invoice_key=reading.text("invoiceId"),
        memo_date=reading.day("effectiveDate"),
        due_date=reading.day("dueDate"),
        items=tuple(_invoiced_item(item) for item in reading.objects("items")),
        is_posted=reading.flag("autoPost"),
        is_applied=reading.flag("autoApplyToInvoiceUponPosting"),
        details=reading.details(FROM_INVOICE[document_type], FromInvoiceFields.INTERPRETED),
    )
    return [], memo


def _invoiced_item(item: Reading) -> NewItem:
    return NewItem(
        amount=item.amount("amount"),
        service_start_date=item.day("serviceStartDate"),
        service_end_date=item.day("serviceEndDate"),
        source_item_id=item.text("invoiceItemId"),
        details=item.details(InvoicedItem, InvoicedItem.INTERPRETED),
    )
