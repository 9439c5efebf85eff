"""Short ways to make accounts and documents at a desk, through the issuer as over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from seriatim.domain.billing import Account, Document, Move
from seriatim.domain.document_requests import (
    AccountKey,
    NewAccount,
    NewInvoice,
    NewItem,
    Settlement,
)
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriatimError
from seriatim.service.accounts import create_account
from seriatim.service.document_deleting import delete_document
from seriatim.service.document_moves import CancelDocument, PostDocument, UnpostDocument
from seriatim.service.document_orders import DocumentAsk, DocumentOrder, Outcome
from seriatim.service.documents import get_document
from seriatim.service.idempotency import FinishedAnswer
from seriatim.service.invoice_settling import SettleInvoice
from seriatim.service.invoices import MakeInvoice
from seriatim.service.numbers import carry_out_documents, issue_together
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk

INVOICE = DocumentType.INVOICE
TODAY = date(2026, 11, 23)


@dataclass
class DocumentDesk:
    desk: Desk
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        self.account = self.new_account()

    def new_account(self, sequence_set: str | None = None, **rest: Any) -> Account:
        asked = NewAccount(
            **{"name": "Customer", "currency": "EUR", "sequence_set": sequence_set} | rest
        )
        return self.desk.run(
            lambda transaction: create_account(
                transaction, self.desk.asking(), asked, clock=self.desk.clock
            )
        )

    def invoice_order(
        self, *amounts: str, account: Account | None = None, **rest: Any
    ) -> MakeInvoice:
        who = account or self.account
        items = tuple(NewItem(Decimal(amount)) for amount in amounts or ("100",))
        given: dict[str, Any] = {
            "account": AccountKey(account_id=who.account_id),
            "invoice_date": TODAY,
            "items": items,
        }
        return MakeInvoice(NewInvoice(**given | rest))

    def do(self, *orders: DocumentOrder) -> Document:
        """Carry orders out that belong together; the document of the last of them."""
        outcome = self.desk.run(
            lambda transaction: carry_out_documents(
                transaction, self.desk.asking(), orders, clock=self.desk.clock
            )
        )[-1]
        assert isinstance(outcome, Document)
        return outcome

    def together(self, *asks: DocumentAsk) -> list[Any]:
        """What becomes of asks that share a transaction: outcomes, or the error of an ask."""

        def work(transaction: Transaction) -> list[Any]:
            batch_id = str(uuid.uuid4())
            done = issue_together(transaction, asks, clock=self.desk.clock, batch_id=batch_id)
            return done.outcomes

        return self.desk.run(work)

    def ask(
        self,
        *orders: DocumentOrder,
        is_atomic: bool = True,
        into: list[Sequence[Outcome]] | None = None,
    ) -> DocumentAsk:
        def finish(outcomes: Sequence[Outcome]) -> FinishedAnswer:
            if into is not None:
                into.append(outcomes)
            return FinishedAnswer(200, (), b"{}")

        def refuse(error: SeriatimError) -> FinishedAnswer:
            return FinishedAnswer(200, (), error.message.encode())

        return DocumentAsk(self.desk.asking(), orders, is_atomic, finish, refuse)

    def invoice(self, *amounts: str, **rest: Any) -> Document:
        return self.do(self.invoice_order(*amounts, **rest))

    def posted(self, *amounts: str, **rest: Any) -> Document:
        return self.invoice(*amounts, is_posted=True, **rest)

    def post(self, document: Document, **rest: Any) -> Document:
        return self.do(PostDocument(document.document_type, document.document_id, **rest))

    def unpost(self, document: Document) -> Document:
        return self.do(UnpostDocument(document.document_type, document.document_id))

    def cancel(self, document: Document) -> Document:
        return self.do(CancelDocument(document.document_type, document.document_id))

    def settle(self, invoice: Document, move: Move, **rest: Any) -> Document:
        return self.do(SettleInvoice(invoice.document_id, move, Settlement(**rest)))

    def delete(self, document: Document) -> Document:
        return self.desk.run(
            lambda transaction: delete_document(
                transaction,
                self.desk.asking(),
                document.document_type,
                document.document_id,
                clock=self.desk.clock,
            )
        )

    def read(self, document: Document) -> Document:
        with self.desk.store.read() as transaction:
            return get_document(
                transaction, self.desk.caller, document.document_type, document.document_id
            )

    def refusal(self, attempt: Callable[[], object]) -> set[tuple[str, int]]:
        return {(path, int(category)) for path, category in self.desk.refusal(attempt)}
