"""The accounts and documents that a transaction works with, read and locked for all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from seriatim.domain.billing import Account, Application, Document, DocumentItem, DocumentState
from seriatim.domain.document_number import fold
from seriatim.domain.document_requests import AccountKey
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, InvariantBroken, NotFound, Violation
from seriatim.domain.rules.documents import violation
from seriatim.service.set_choice import SetChoice, SetChosen
from seriatim.store.sql_store import EntityBooks

_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


DeskState = tuple[dict[str, Document], dict[str, list[DocumentItem]]]


class _Key(Protocol):
    @property
    def document_type(self) -> DocumentType: ...
    @property
    def key(self) -> str: ...


class _Needs(Protocol):
    @property
    def account(self) -> AccountKey | None: ...
    @property
    def documents(self) -> tuple[_Key, ...]: ...
    @property
    def items(self) -> bool: ...


def as_id(key: str) -> str | None:
    """The id that a key is, in the form in which it is kept; None for anything else."""
    return key.replace("-", "").lower() if _ID.fullmatch(key) else None


def can_be_number(key: str) -> bool:
    """Whether it is worth asking for: numbers are printable ASCII."""
    return key.isascii() and key.isprintable()


class DocumentDesk:
    """What is known of one entity inside one transaction, as changed so far.

    Order: documents are locked in the order of their ids, then accounts in that of theirs.
    """

    def __init__(self, books: EntityBooks, choice: SetChoice, now: datetime) -> None:
        self.books = books
        self.choice = choice
        self.settings = choice.settings
        self.today = choice.today
        self.now = now
        self._accounts: dict[str, Account] = {}
        self._account_ids: dict[str, str] = {}
        self._documents: dict[str, Document] = {}
        self._document_ids: dict[str, str] = {}
        self._items: dict[str, list[DocumentItem]] = {}
        self._applications: dict[str, dict[str, Application]] = {}
        self._credited: dict[str, dict[str, list[DocumentItem]]] = {}
        self._positions = 0

    def read(self, every_need: Iterable[_Needs]) -> None:
        """Read and lock what the orders need, in a fixed number of statements but for items."""
        needs = list(every_need)
        self._lock_documents([key.key for need in needs for key in need.documents])
        self._lock_accounts([need.account for need in needs if need.account is not None])
        for need in needs:
            if need.items:
                for key in need.documents:
                    document = self.document(key.document_type, key.key)
                    if document is not None:
                        self.items(document.document_id)

    def _lock_documents(self, keys: list[str]) -> None:
        numbers = sorted({key for key in keys if as_id(key) is None and can_be_number(key)})
        ids = {found for key in keys if (found := as_id(key)) is not None}
        if numbers:
            self._document_ids |= self.books.find_document_ids(numbers)
            ids.update(self._document_ids.values())
        self._lock_by_id(ids)
        # A number given by the caller may look like an id.
        odd = sorted({key for key in keys if (as_id(key) or "") in ids - self._documents.keys()})
        if odd:
            by_number = self.books.find_document_ids(odd)
            self._document_ids |= by_number
            self._lock_by_id(set(by_number.values()))

    def _lock_by_id(self, ids: set[str]) -> None:
        missing = sorted(ids - self._documents.keys())
        if missing:
            for document in self.books.lock_documents(missing):
                self._documents[document.document_id] = document

    def _lock_accounts(self, keys: list[AccountKey]) -> None:
        ids = {
            found
            for key in keys
            if key.account_id is not None and (found := as_id(key.account_id)) is not None
        }
        numbers = {
            key.account_number
            for key in keys
            if key.account_number is not None and can_be_number(key.account_number)
        }
        if numbers:
            self._account_ids |= self.books.find_account_ids(sorted(numbers))
            ids.update(self._account_ids.values())
        missing = sorted(ids - self._accounts.keys())
        if missing:
            for account in self.books.lock_accounts(missing):
                self._accounts[account.account_id] = account

    def account(self, key: AccountKey, violations: list[Violation]) -> Account | None:
        """The account of a new document; unknown ones are violations."""
        found = None
        if key.account_id is not None:
            found = self._accounts.get(as_id(key.account_id) or "")
            if found is None:
                message = f"no account with the id '{key.account_id}'"
                violations.append(violation(Category.NOT_FOUND, message, "account_id"))
        if key.account_number is not None:
            by_number = self._accounts.get(self._account_ids.get(fold(key.account_number), ""))
            if by_number is None:
                message = f"no account with the number '{key.account_number}'"
                violations.append(violation(Category.NOT_FOUND, message, "account_number"))
            elif found is not None and by_number.account_id != found.account_id:
                message = "names another account than accountId"
                violations.append(violation(Category.INVALID_VALUE, message, "account_number"))
            found = found or by_number
        return found

    def account_of(self, document: Document) -> Account:
        if document.account_id not in self._accounts:
            for account in self.books.lock_accounts([document.account_id]):
                self._accounts[account.account_id] = account
        if document.account_id not in self._accounts:
            raise InvariantBroken(f"the account of the document '{document.number}' is gone")
        return self._accounts[document.account_id]

    def document(self, document_type: DocumentType, key: str) -> Document | None:
        """A document that was needed, as it is now; None where no document of the type is it."""
        found = self._documents.get(as_id(key) or "")
        if found is None:
            found = self._documents.get(self._document_ids.get(fold(key), ""))
        return found if found is not None and found.document_type is document_type else None

    def require(self, document_type: DocumentType, key: str) -> Document:
        """The same. Errors: NotFound."""
        found = self.document(document_type, key)
        if found is None:
            raise NotFound(document_type.field_name, key)
        return found

    def by_id(self, document_id: str) -> Document:
        """One that was named by another; locked when it is first asked for."""
        self._lock_documents([document_id])
        if document_id not in self._documents:
            raise InvariantBroken(f"the document {document_id} is gone, though another names it")
        return self._documents[document_id]

    def items(self, document_id: str) -> list[DocumentItem]:
        if document_id not in self._items:
            self._items[document_id] = self.books.list_items(document_id)
        return self._items[document_id]

    def followers(self, document_id: str) -> list[str]:
        """Numbers of documents that were made from one and are not canceled, if there are any."""
        here = [one.number for one in self._made_from(document_id)]
        return here or self.books.find_followers(document_id)

    def credited_items(self, invoice_id: str) -> list[DocumentItem]:
        """The items of all credit memos made from a locked invoice and not canceled."""
        if invoice_id not in self._credited:
            self._credited[invoice_id] = self.books.list_credited_items(invoice_id)
        memos = dict(self._credited[invoice_id])
        for one in self._made_from(invoice_id):
            if one.document_type is DocumentType.CREDIT_MEMO:
                memos[one.document_id] = self.items(one.document_id)
        return [item for items in memos.values() for item in items]

    def _made_from(self, document_id: str) -> list[Document]:
        """Those of this transaction, most of which are not written yet."""
        return [
            one
            for one in self._documents.values()
            if one.referred_document_id == document_id and one.state is not DocumentState.CANCELED
        ]

    def applications_from(self, document_id: str) -> list[Application]:
        """What of a locked credit memo or payment is applied. Order: by target."""
        if document_id not in self._applications:
            found = self.books.list_applications_from(document_id)
            self._applications[document_id] = {one.target_document_id: one for one in found}
        return list(self._applications[document_id].values())

    def choose_set(
        self,
        account: Account,
        violations: list[Violation],
        *,
        named: str | None = None,
        invoice: Document | None = None,
    ) -> SetChosen:
        """The set that numbers a document. Source: contract/documents.md, Which set numbers what.

        Order: the set that the request names, or that of the invoice a memo is made from; else
            the account's; else DEFAULT. An unknown name is a violation.
        """
        if named is not None:
            found = self.choice.named(named)
            if found is not None:
                return found
            message = f"no sequence set with the id, number or name '{named}'"
            violations.append(violation(Category.NOT_FOUND, message, "sequence_set"))
        if invoice is not None:
            return self.choice.as_invoice(invoice.sequence_set_id, account.sequence_set_id)
        return self.choice.of_account(account.sequence_set_id)

    def new_position(self) -> int:
        """Where a new document stands in its lists: behind all that were made before."""
        self._positions += 1
        return round(self.now.timestamp() * 1_000_000) + self._positions

    def put(self, documents: Iterable[Document]) -> None:
        """Documents as they are from now on, for the orders that come after."""
        for document in documents:
            self._documents[document.document_id] = document
            self._document_ids[fold(document.number)] = document.document_id

    def put_items(self, document_id: str, items: Iterable[DocumentItem]) -> None:
        self._items[document_id] = list(items)

    def put_applications(self, applications: Iterable[Application]) -> None:
        for one in applications:
            self.applications_from(one.source_document_id)
            kept = self._applications[one.source_document_id]
            if one.amount:
                kept[one.target_document_id] = one
            else:
                kept.pop(one.target_document_id, None)

    def state(self) -> DeskState:
        """What is known now, to come back to."""
        return dict(self._documents), dict(self._items)

    def restore(self, state: DeskState) -> None:
        self._documents, self._items = state
        self._applications = {}
