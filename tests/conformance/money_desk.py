"""Short ways to memos, payments and refunds at a desk, and to what is applied to what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from seriatim.domain.billing import Account, Document
from seriatim.domain.document_requests import (
    AccountKey,
    ApplicationWish,
    ApplicationWishes,
    MemoFromInvoice,
    NewItem,
    NewMemo,
    NewPayment,
    NewRefund,
)
from seriatim.domain.document_type import DocumentType
from seriatim.service.applying import ApplyDocument, UnapplyDocument
from seriatim.service.memos import MakeMemo, MakeMemoFromInvoice
from seriatim.service.payments import CancelRefund, MakePayment, MakeRefund
from tests.conformance.document_desk import DocumentDesk

CREDIT, DEBIT = DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO
Wanted = tuple[Document, str]


class MoneyDesk(DocumentDesk):
    def memo_order(
        self,
        document_type: DocumentType,
        *amounts: str,
        account: Account | None = None,
        **rest: Any,
    ) -> MakeMemo:
        who = account or self.account
        items = tuple(NewItem(Decimal(amount)) for amount in amounts or ("100",))
        given: dict[str, Any] = {
            "account": AccountKey(account_id=who.account_id),
            "items": items,
        }
        return MakeMemo(document_type, NewMemo(**given | rest))

    def memo(self, document_type: DocumentType, *amounts: str, **rest: Any) -> Document:
        return self.do(self.memo_order(document_type, *amounts, **rest))

    def from_invoice_order(
        self, document_type: DocumentType, invoice: Document, *amounts: str, **rest: Any
    ) -> MakeMemoFromInvoice:
        """Shape: an amount for each of the first items of the invoice."""
        invoiced = self.desk.on_books(lambda books: books.list_items(invoice.document_id))
        items = tuple(
            NewItem(Decimal(amount), source_item_id=item.item_id)
            for amount, item in zip(amounts or ("100",), invoiced, strict=False)
        )
        given: dict[str, Any] = {"items": items}
        return MakeMemoFromInvoice(
            document_type, invoice.document_id, MemoFromInvoice(**given | rest)
        )

    def from_invoice(
        self, document_type: DocumentType, invoice: Document, *amounts: str, **rest: Any
    ) -> Document:
        return self.do(self.from_invoice_order(document_type, invoice, *amounts, **rest))

    def payment_order(
        self, amount: str, *applied: Wanted, account: Account | None = None, **rest: Any
    ) -> MakePayment:
        who = account or self.account
        given: dict[str, Any] = {
            "account": AccountKey(account_id=who.account_id),
            "amount": Decimal(amount),
            "currency": "EUR",
            "applications": wishes(*applied).parts,
            "details": {"type": "External"},
        }
        return MakePayment(NewPayment(**given | rest))

    def payment(self, amount: str, *applied: Wanted, **rest: Any) -> Document:
        return self.do(self.payment_order(amount, *applied, **rest))

    def apply(self, source: Document, *applied: Wanted) -> Document:
        return self.do(ApplyDocument(source.document_type, source.document_id, wishes(*applied)))

    def unapply(self, source: Document, *applied: Wanted) -> Document:
        return self.do(UnapplyDocument(source.document_type, source.document_id, wishes(*applied)))

    def refund_order(self, source: Document, amount: str, **rest: Any) -> MakeRefund:
        given: dict[str, Any] = {
            "total_amount": Decimal(amount),
            "details": {"type": "External", "methodType": "Check"},
        }
        asked = NewRefund(**given | rest)
        return MakeRefund(source.document_type, source.document_id, asked)

    def refund(self, source: Document, amount: str, **rest: Any) -> Document:
        return self.do(self.refund_order(source, amount, **rest))

    def cancel_refund(self, refund: Document) -> Document:
        return self.do(CancelRefund(refund.document_id))

    def left(self, *documents: Document) -> list[str]:
        """What is left of each, as it stands in the books."""
        return [str(self.read(one).balance) for one in documents]

    def applied(self, source: Document) -> dict[str, str]:
        """What of a document is applied, by the number of what it is applied to."""
        found = self.desk.on_books(lambda books: books.list_applications_from(source.document_id))
        documents = self.desk.on_books(
            lambda books: books.lock_documents([one.target_document_id for one in found])
        )
        numbers = {one.document_id: one.number for one in documents}
        return {numbers[one.target_document_id]: str(one.amount) for one in found}


def wishes(*applied: Wanted) -> ApplicationWishes:
    places = {DocumentType.INVOICE: "invoices", DocumentType.DEBIT_MEMO: "debit_memos"}
    counts = dict.fromkeys(places.values(), 0)
    parts: list[ApplicationWish] = []
    for target, amount in applied:
        name = places[target.document_type]
        to_debit_memo = target.document_type is DocumentType.DEBIT_MEMO
        place = (name, counts[name])
        counts[name] += 1
        parts.append(ApplicationWish(place, to_debit_memo, target.document_id, Decimal(amount)))
    return ApplicationWishes(tuple(parts))
