"""Requests about invoices on the wire."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictBool

from seriatim.domain.document_requests import InvoiceChange, InvoiceToPost, NewInvoice, Settlement
from seriatim.domain.errors import Violation
from seriatim.domain.limits import DOCUMENTS_PER_REQUEST_MAX, ITEMS_PER_DOCUMENT_MAX
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.bulk import faults_by_item
from seriatim.http.wire.fields import RequestModel, left_out
from seriatim.http.wire.invoice_items import (
    ChangedInvoiceItem,
    NewInvoiceItem,
    item_changes_in,
    new_items_in,
)
from seriatim.http.wire.kept_fields import (
    CustomRates,
    NetSuiteFields,
    NetSuiteMemoFields,
    NewContact,
)
from seriatim.http.wire.reading import Reading, account_faults
from seriatim.http.wire.shape import shape_of
from seriatim.http.wire.values import (
    KEPT,
    Amount,
    Bool,
    Currency,
    CustomNumber,
    Day,
    ExistingDay,
    Keeping,
    Key,
    Text32,
    Text100,
    Text255,
    list_schema,
)

RESOURCE = "document"
LIST_FIELD = "invoices"


class InvoiceFields(NetSuiteFields):
    autoPay: Bool = KEPT
    comments: Text255 = KEPT
    templateId: Text32 = KEPT
    transferredToAccounting: Text32 = KEPT


class InvoiceParties(InvoiceFields):
    billToContact: NewContact | None = KEPT
    billToContactId: Text32 = KEPT
    communicationProfileId: Text32 = KEPT
    customRates: CustomRates = KEPT
    paymentTerm: Text100 = KEPT
    shipToContact: NewContact | None = KEPT
    shipToContactId: Text32 = KEPT
    shipToSameAsBillTo: Bool = KEPT
    soldToContact: NewContact | None = KEPT
    soldToContactId: Text32 = KEPT
    soldToSameAsBillTo: Bool = KEPT


class CreateInvoice(InvoiceParties):
    INTERPRETED: ClassVar = frozenset(
        {
            "accountId",
            "accountNumber",
            "currency",
            "dueDate",
            "invoiceDate",
            "invoiceItems",
            "invoiceNumber",
            "sequenceSet",
            "status",
        }
    )
    accountId: Key | None = left_out("Required, or accountNumber; both must name one account.")
    accountNumber: Key | None = left_out()
    currency: Currency | None = left_out("Default: the account's.")
    dueDate: Day = left_out()
    invoiceDate: ExistingDay
    invoiceItems: Annotated[
        list[NewInvoiceItem], Field(json_schema_extra=list_schema(ITEMS_PER_DOCUMENT_MAX))
    ]
    invoiceNumber: CustomNumber | None = left_out()
    sequenceSet: Key | None = left_out("Id, number or name; else the account's set; else DEFAULT.")
    status: Literal["Draft", "Posted"] | None = left_out("Default: Draft.")


class CreateInvoices(RequestModel):
    invoices: Annotated[
        list[CreateInvoice], Field(json_schema_extra=list_schema(DOCUMENTS_PER_REQUEST_MAX))
    ]
    useSingleTransaction: StrictBool | None = left_out("All of them or none. Default: false.")


class UpdateInvoice(InvoiceFields):
    INTERPRETED: ClassVar = frozenset({"dueDate", "invoiceDate", "invoiceItems"})
    dueDate: Day = left_out("`null` clears it.")
    invoiceDate: ExistingDay = left_out()
    invoiceItems: Annotated[list[ChangedInvoiceItem], Field(max_length=ITEMS_PER_DOCUMENT_MAX)] = (
        left_out("Items not named here stay as they are.")
    )


class PostInvoice(RequestModel):
    invoiceDate: Day = left_out("The date that the invoice gets, if another.")


class PostedInvoice(PostInvoice):
    id: Key = Field(description="Id or number.")


class PostInvoices(RequestModel):
    invoices: Annotated[
        list[PostedInvoice], Field(json_schema_extra=list_schema(DOCUMENTS_PER_REQUEST_MAX))
    ]


class ReverseInvoice(Keeping):
    INTERPRETED: ClassVar = frozenset({"memoDate"})
    applyEffectiveDate: Day = KEPT
    comment: Text255 = KEPT
    memoDate: Day = left_out("Of the credit memo; default: today.")
    reasonCode: Text100 = KEPT


class WriteOffInvoice(NetSuiteMemoFields):
    INTERPRETED: ClassVar = frozenset({"amount", "memoDate"})
    amount: Amount | None = left_out("Default: the whole balance.")
    comment: Text255 = KEPT
    items: Annotated[list[dict[str, Any]], Field(max_length=ITEMS_PER_DOCUMENT_MAX)] | None = KEPT
    memoDate: Day = left_out("Of the credit memo; default: today.")
    nonRevenueWriteOffAccountingCode: Text100 = KEPT
    reasonCode: Text100 = KEPT
    revenueImpacting: Text32 = KEPT
    taxAutoCalculation: Bool = KEPT


def new_invoice_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], NewInvoice]:
    shape = shape_of(CreateInvoice, body, RESOURCE, unknown_fields=unknown_fields)
    faults, invoice = _new_invoice(Reading(shape))
    return (*shape.faults, *faults), invoice


InvoiceAsked = tuple[tuple[Violation, ...], NewInvoice]


def new_invoices_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], bool, list[InvoiceAsked]]:
    """Faults of the request as a whole, whether all or none is wanted, and every invoice with
    its own faults.
    """
    shape = shape_of(
        CreateInvoices, body, RESOURCE, unknown_fields=unknown_fields, list_field=LIST_FIELD
    )
    of_all, of_each = faults_by_item(shape.faults, LIST_FIELD)
    asked: list[InvoiceAsked] = []
    for index, reading in enumerate(Reading(shape, base_parts=2).objects(LIST_FIELD)):
        faults, invoice = _new_invoice(reading)
        asked.append(((*of_each.get(index, ()), *faults), invoice))
    return tuple(of_all), Reading(shape).flag("useSingleTransaction"), asked


def _new_invoice(reading: Reading) -> tuple[list[Violation], NewInvoice]:
    faults, items = new_items_in(RESOURCE, reading)
    invoice = NewInvoice(
        account=reading.account(),
        currency=reading.text("currency"),
        invoice_date=reading.day("invoiceDate"),
        due_date=reading.day("dueDate"),
        items=items,
        number=reading.text("invoiceNumber"),
        sequence_set=reading.text("sequenceSet"),
        is_posted=reading.text("status") == "Posted",
        details=reading.details(CreateInvoice, CreateInvoice.INTERPRETED),
    )
    return account_faults(RESOURCE, reading) + faults, invoice


def invoice_change_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], InvoiceChange]:
    shape = shape_of(UpdateInvoice, body, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    faults, items = item_changes_in(RESOURCE, reading)
    change = InvoiceChange(
        invoice_date=reading.day("invoiceDate"),
        due_date=reading.day("dueDate"),
        clears_due_date=reading.is_null("dueDate"),
        items=items,
        details=reading.changed_details(UpdateInvoice, UpdateInvoice.INTERPRETED),
    )
    return (*shape.faults, *faults), change


def posting_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], InvoiceToPost]:
    """The body of a posting; the path names the invoice. No body says nothing."""
    given = {} if body is None else body
    shape = shape_of(PostInvoice, given, RESOURCE, unknown_fields=unknown_fields)
    return shape.faults, InvoiceToPost(invoice_date=Reading(shape).day("invoiceDate"))


def postings_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], list[tuple[tuple[Violation, ...], InvoiceToPost]]]:
    """Faults of the request as a whole, and every invoice with its own faults."""
    shape = shape_of(
        PostInvoices, body, RESOURCE, unknown_fields=unknown_fields, list_field=LIST_FIELD
    )
    of_all, of_each = faults_by_item(shape.faults, LIST_FIELD)
    wanted = [
        (
            tuple(of_each.get(index, ())),
            InvoiceToPost(reading.text("id"), reading.day("invoiceDate")),
        )
        for index, reading in enumerate(Reading(shape, base_parts=2).objects(LIST_FIELD))
    ]
    return tuple(of_all), wanted


def reversal_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], Settlement]:
    given = {} if body is None else body
    shape = shape_of(ReverseInvoice, given, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    return shape.faults, Settlement(
        memo_date=reading.day("memoDate"),
        details=reading.details(ReverseInvoice, ReverseInvoice.INTERPRETED),
    )


def write_off_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[tuple[Violation, ...], Settlement]:
    given = {} if body is None else body
    shape = shape_of(WriteOffInvoice, given, RESOURCE, unknown_fields=unknown_fields)
    reading = Reading(shape)
    return shape.faults, Settlement(
        memo_date=reading.day("memoDate"),
        amount=reading.amount("amount"),
        details=reading.details(WriteOffInvoice, WriteOffInvoice.INTERPRETED),
    )
