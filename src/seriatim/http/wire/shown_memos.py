"""Credit and debit memos in answers, as the original's own client reads them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seriatim.http.wire.bulk import FailedPart
from seriatim.http.wire.fields import Day, HexId, Moment, ResponseModel, left_out
from seriatim.http.wire.memos import (
    ChargeFields,
    CreditMemoFields,
    DebitMemoFields,
    InvoicedFields,
)
from seriatim.http.wire.values import Keeping, ShownAmount

MemoStatus = Literal["Draft", "Posted", "Canceled"]
MemoSource = Literal["Standalone", "Invoice"]


class ShownMemo(Keeping):
    id: HexId
    number: str
    accountId: HexId
    accountNumber: str
    amount: ShownAmount
    currency: str
    status: MemoStatus
    sequenceSetId: HexId | None = Field(description="The set that numbers it.")
    sourceType: MemoSource
    referredInvoiceId: HexId | None = Field(description="The invoice that it was made from.")
    postedOn: Moment = left_out("Absent on drafts.")
    createdDate: Moment
    updatedDate: Moment


class ShownCreditMemo(CreditMemoFields, ShownMemo):
    creditMemoDate: Day
    appliedAmount: ShownAmount
    refundAmount: ShownAmount
    unappliedAmount: ShownAmount


class ShownDebitMemo(DebitMemoFields, ShownMemo):
    debitMemoDate: Day
    dueDate: Day | None
    balance: ShownAmount
    beAppliedAmount: ShownAmount = Field(description="How much was paid of it or credited.")


class CreditMemoResponse(ShownCreditMemo):
    success: Literal[True]


class DebitMemoResponse(ShownDebitMemo):
    success: Literal[True]


class CreditMemoListResponse(ResponseModel):
    creditmemos: list[ShownCreditMemo]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class DebitMemoListResponse(ResponseModel):
    debitmemos: list[ShownDebitMemo]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class CreditMemosResponse(ResponseModel):
    memos: list[CreditMemoResponse | FailedPart]
    success: Literal[True]


class DebitMemosResponse(ResponseModel):
    memos: list[DebitMemoResponse | FailedPart]
    success: Literal[True]


class ShownMemoItem(ChargeFields, InvoicedFields):
    id: HexId
    amount: ShownAmount
    skuName: str = left_out()
    serviceStartDate: Day | None
    serviceEndDate: Day | None
    sourceItemId: HexId | None = Field(description="The invoice's item that it refers to.")


class MemoItemsResponse(ResponseModel):
    items: list[ShownMemoItem]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]
