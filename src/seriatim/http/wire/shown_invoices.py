"""Invoices in answers, as the original's own client reads them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from seriatim.domain.billing import Document
from seriatim.http.wire.bulk import FailedPart
from seriatim.http.wire.fields import Day, HexId, ResponseModel, left_out
from seriatim.http.wire.invoices import InvoiceParties
from seriatim.http.wire.shown_documents import ShownDocument, document_out
from seriatim.http.wire.values import ShownAmount

InvoiceStatus = Literal["Draft", "Posted", "Canceled"]


class ShownInvoice(InvoiceParties, ShownDocument):
    invoiceNumber: str
    balance: ShownAmount
    invoiceDate: Day
    dueDate: Day | None
    status: InvoiceStatus
    postedDate: Day = left_out("Absent on drafts.")


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
        **document_out(invoice, number_name="invoiceNumber"),
        "balance": invoice.balance,
        "invoiceDate": invoice.document_date.isoformat(),
        "dueDate": None if due_date is None else due_date.isoformat(),
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
