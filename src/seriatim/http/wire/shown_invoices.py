"""Invoices in answers, as the original's own client reads them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from seriatim.domain.billing import Document
from seriatim.domain.register import moment_text
from seriatim.http.wire.bulk import FailedPart
from seriatim.http.wire.fields import Day, HexId, Moment, ResponseModel, left_out
from seriatim.http.wire.invoices import InvoiceParties
from seriatim.http.wire.values import ShownAmount

InvoiceStatus = Literal["Draft", "Posted", "Canceled"]


class ShownInvoice(InvoiceParties):
    id: HexId
    invoiceNumber: str
    accountId: HexId
    accountNumber: str
    amount: ShownAmount
    balance: ShownAmount
    currency: str
    invoiceDate: Day
    dueDate: Day | None
    status: InvoiceStatus
    sequenceSetId: HexId | None = Field(description="The set that numbers it.")
    postedDate: Day = left_out("Absent on drafts.")
    createdDate: Moment
    updatedDate: Moment


class InvoiceResponse(ShownInvoice):
    success: Literal[True]


class UpdatedInvoice(InvoiceResponse):
    number: str = Field(description="The same as `invoiceNumber`.")


class InvoiceDone(InvoiceResponse):
    jobStatus: Literal["Completed"]


class UnpostedInvoice(ResponseModel):
    invoice: ShownInvoice
    jobStatus: Literal["Completed"]
    success: Literal[True]


class DeletedInvoice(ResponseModel):
    objectId: HexId
    objectType: Literal["Invoice"]
    operationType: Literal["Delete"]
    status: Literal["Completed"]
    success: Literal[True]


class InvoiceListResponse(ResponseModel):
    invoices: list[ShownInvoice]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class InvoicesResponse(ResponseModel):
    invoices: list[InvoiceResponse | FailedPart]
    success: Literal[True]


class MadeMemo(ResponseModel):
    id: HexId
    number: str


class ReversedInvoice(ResponseModel):
    id: HexId
    creditMemo: MadeMemo
    jobStatus: Literal["Completed"]
    success: Literal[True]


class WrittenOffInvoice(ResponseModel):
    creditMemo: MadeMemo
    success: Literal[True]


def invoice_out(invoice: Document) -> dict[str, Any]:
    due_date, posted_at = invoice.due_date, invoice.posted_at
    shown: dict[str, Any] = {
        **invoice.details,
        "id": invoice.document_id,
        "invoiceNumber": invoice.number,
        "accountId": invoice.account_id,
        "accountNumber": invoice.account_number,
        "amount": invoice.amount,
        "balance": invoice.balance,
        "currency": invoice.currency,
        "invoiceDate": invoice.document_date.isoformat(),
        "dueDate": None if due_date is None else due_date.isoformat(),
        "status": invoice.state.value,
        "sequenceSetId": invoice.sequence_set_id,
        "createdDate": moment_text(invoice.created_at),
        "updatedDate": moment_text(invoice.updated_at),
    }
    if posted_at is not None:
        shown["postedDate"] = posted_at.date().isoformat()
    return shown


def deleted_invoice_out(invoice: Document) -> dict[str, Any]:
    return {
        "objectId": invoice.document_id,
        "objectType": "Invoice",
        "operationType": "Delete",
        "status": "Completed",
        "success": True,
    }


def settling_memo_out(memo: Document) -> dict[str, Any]:
    """The credit memo that reversed an invoice, or wrote it off."""
    return {"creditMemo": {"id": memo.document_id, "number": memo.number}}
