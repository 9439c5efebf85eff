"""Invoices in answers, as the original's own client reads them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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
    paymentAmount: ShownAmount
    creditMemoAmount: ShownAmount
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
