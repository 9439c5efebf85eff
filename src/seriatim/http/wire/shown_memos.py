"""Credit and debit memos in answers, as the original's own client reads them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from seriatim.domain.billing import Document, DocumentItem
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import moment_text
from seriatim.http.wire.bulk import FailedPart
from seriatim.http.wire.fields import Day, HexId, Moment, ResponseModel, left_out
from seriatim.http.wire.memos import (
    ChargeFields,
    CreditMemoFields,
    DebitMemoFields,
    InvoicedFields,
)
from seriatim.http.wire.shown_documents import ShownDocument, document_out
from seriatim.http.wire.values import ShownAmount

MemoStatus = Literal["Draft", "Posted", "Canceled"]
MemoSource = Literal["Standalone", "Invoice"]


class ShownMemo(ShownDocument):
    number: str
    status: MemoStatus
    sourceType: MemoSource
    referredInvoiceId: HexId | None = Field(description="The invoice that it was made from.")
    postedOn: Moment = left_out("Absent on drafts.")


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


def memo_out(memo: Document) -> dict[str, Any]:
    """A credit or debit memo, each under the names of its kind."""
    shown: dict[str, Any] = {
        **document_out(memo),
        "sourceType": "Standalone" if memo.referred_document_id is None else "Invoice",
        "referredInvoiceId": memo.referred_document_id,
    }
    if memo.posted_at is not None:
        shown["postedOn"] = moment_text(memo.posted_at)
    day = memo.document_date.isoformat()
    if memo.document_type is DocumentType.CREDIT_MEMO:
        return shown | {
            "creditMemoDate": day,
            "appliedAmount": memo.applied,
            "refundAmount": memo.refunded,
            "unappliedAmount": memo.balance,
        }
    return shown | {
        "debitMemoDate": day,
        "dueDate": None if memo.due_date is None else memo.due_date.isoformat(),
        "balance": memo.balance,
        "beAppliedAmount": memo.applied,
    }


def memo_item_out(item: DocumentItem) -> dict[str, Any]:
    kept = dict(item.details)
    return {
        "id": item.item_id,
        "amount": item.amount,
        "serviceStartDate": kept.pop("serviceStartDate", None),
        "serviceEndDate": kept.pop("serviceEndDate", None),
        "sourceItemId": kept.pop("invoiceItemId", None),
        **kept,
    }
