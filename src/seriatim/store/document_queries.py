"""Invoices, memos, payments and refunds: their rows, items, applications and temporary numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from heapq import merge
from itertools import islice

from seriatim.domain.billing import (
    Application,
    Document,
    DocumentItem,
    DocumentState,
    NumberOrigin,
)
from seriatim.domain.document_number import NumberRange, fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.exact_json import json_text
from seriatim.domain.limits import DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX
from seriatim.domain.register import ChosenBy
from seriatim.store.account_queries import details_from
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row


class DocumentQueries(EntityQueries):
    def get_document(self, document_id: str) -> Document | None:
        row = self._row("get_document", document_id=document_id)
        return None if row is None else self._document_from(row)

    def find_document_by_number(self, number: str) -> Document | None:
        row = self._row("find_document_by_number", number_folded=fold(number))
        return None if row is None else self._document_from(row)

    def find_document_ids(self, numbers: list[str]) -> dict[str, str]:
        """Of each number that a document bears, folded, that document's id."""
        folded = self._values.list_in([fold(number) for number in numbers])
        return dict(self._rows("find_document_ids", numbers_folded=folded))

    def lock_documents(self, document_ids: list[str]) -> list[Document]:
        """The documents as they stand, held until the transaction ends.

        Order: rows are locked by ascending id, whatever the order asked for.
        """
        rows = self._rows("lock_documents", document_ids=self._values.list_in(document_ids))
        return [self._document_from(row) for row in rows]

    def lock_living_sets(self, sequence_set_ids: list[str]) -> set[str]:
        """Those of the sets that live, kept from being deleted until the transaction ends."""
        ids = self._values.list_in(sorted(sequence_set_ids))
        return {set_id for (set_id,) in self._rows("lock_living_sets", sequence_set_ids=ids)}

    def lock_set(self, sequence_set_id: str) -> bool:
        """Hold a set against whoever would make a draft that it numbers; whether it is there."""
        return self._row("lock_set", sequence_set_id=sequence_set_id) is not None

    def list_documents_in_states(
        self,
        document_type: DocumentType,
        states: Iterable[DocumentState],
        *,
        account_id: str | None,
        after: tuple[int, str],
        row_count: int,
    ) -> list[Document]:
        """Documents of one type in any of the states, of one account or of all.

        Order: by creation. Cost: so many rows for each state, wherever they begin.
        """
        place: dict[str, object] = {
            "document_type": document_type.value,
            "after_position": after[0],
            "after_document_id": after[1],
            "row_count": row_count,
        }
        if account_id is None:
            query = partial(self._rows, "list_documents_in_state", **place)
        else:
            place["account_id"] = account_id
            query = partial(self._rows, "list_account_documents_in_state", **place)
        rows = merge(*(query(state=state.value) for state in states), key=_place_of)
        return [self._document_from(row) for row in islice(rows, row_count)]

    def list_documents_in_states_backwards(
        self,
        document_type: DocumentType,
        states: Iterable[DocumentState],
        *,
        account_id: str | None,
        before: tuple[int, str],
        row_count: int,
    ) -> list[Document]:
        """The same. Order: newest first."""
        place: dict[str, object] = {
            "document_type": document_type.value,
            "before_position": before[0],
            "before_document_id": before[1],
            "row_count": row_count,
        }
        if account_id is None:
            query = partial(self._rows, "list_documents_in_state_backwards", **place)
        else:
            place["account_id"] = account_id
            query = partial(self._rows, "list_account_documents_in_state_backwards", **place)
        stretches = (query(state=state.value) for state in states)
        rows = merge(*stretches, key=_place_of, reverse=True)
        return [self._document_from(row) for row in islice(rows, row_count)]

    def find_documents_numbered_between(
        self, prefix: str, numbers: NumberRange, *, row_count: int = 1
    ) -> list[str]:
        """Numbers of a series that documents bear. Order: ascending.

        Cost: a search for each number of digits.
        """
        found: list[str] = []
        for digits in range(DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX + 1):
            lowest = 1 if digits == DOCUMENT_NUMBER_DIGITS_MIN else 10 ** (digits - 1)
            first, last = max(numbers.first, lowest), min(numbers.last, 10**digits - 1)
            if first <= last and len(found) < row_count:
                rows = self._rows(
                    "find_documents_numbered_between",
                    first_text=f"{fold(prefix)}{first:0{digits}d}",
                    last_text=f"{fold(prefix)}{last:0{digits}d}",
                    characters=len(prefix) + digits,
                    row_count=row_count - len(found),
                )
                found += [number for (number,) in rows]
        return found

    def find_followers(self, document_id: str, *, row_count: int = 1) -> list[str]:
        """Numbers of documents that were made from one and are not canceled."""
        rows = self._rows("find_followers", document_id=document_id, row_count=row_count)
        return [number for (number,) in rows]

    def list_items(
        self, document_id: str, *, after_item_number: int = 0, row_count: int = 1000
    ) -> list[DocumentItem]:
        """Order: as the document has them."""
        rows = self._rows(
            "list_items",
            document_id=document_id,
            after_item_number=after_item_number,
            row_count=row_count,
        )
        return [_item_from(row) for row in rows]

    def list_credited_items(self, invoice_id: str) -> dict[str, list[DocumentItem]]:
        """Of each credit memo made from an invoice and not canceled, by its id, the items."""
        found: dict[str, list[DocumentItem]] = {}
        for row in self._rows("list_credited_items", document_id=invoice_id):
            found.setdefault(row[0], []).append(_item_from(row[1:]))
        return found

    def list_applications_from(self, document_id: str) -> list[Application]:
        """What of a credit memo or payment is applied, and to what."""
        rows = self._rows("list_applications_from", document_id=document_id)
        return [Application(row[0], row[1], Decimal(row[2])) for row in rows]

    def list_applications_to(self, document_id: str) -> list[Application]:
        """What is applied to an invoice or debit memo, and from what."""
        rows = self._rows("list_applications_to", document_id=document_id)
        return [Application(row[0], row[1], Decimal(row[2])) for row in rows]

    def save_application(self, application: Application, recorded_at: datetime) -> None:
        """What is applied from one to the other now, whatever it was before."""
        self._execute(
            "save_application",
            source_document_id=application.source_document_id,
            target_document_id=application.target_document_id,
            amount=str(application.amount),
            recorded_at=self._moment(recorded_at),
        )

    def delete_application(self, application: Application) -> None:
        self._execute(
            "delete_application",
            source_document_id=application.source_document_id,
            target_document_id=application.target_document_id,
        )

    def insert_documents(self, documents: Iterable[Document]) -> None:
        self._session.execute_later(
            "insert_documents",
            [
                {
                    **self._document_in(one),
                    "document_type": one.document_type.value,
                    "account_id": one.account_id,
                    "account_number": one.account_number,
                    "currency": one.currency,
                    "referred_document_id": one.referred_document_id,
                    "position": one.position,
                    "created_at": self._moment(one.created_at),
                }
                for one in documents
            ],
        )

    def insert_items(self, items: Iterable[tuple[str, DocumentItem]]) -> None:
        """Each item with the id of its document."""
        self._session.execute_later(
            "insert_items",
            [
                {
                    "tenant_id": self.tenant_id,
                    "entity_id": self.entity_id,
                    "document_id": document_id,
                    "item_number": item.item_number,
                    "item_id": item.item_id,
                    "amount": str(item.amount),
                    "details": json_text(item.details),
                }
                for document_id, item in items
            ],
        )

    def change_documents(self, documents: Iterable[Document]) -> None:
        """Write documents that this transaction has locked as they are now."""
        self._session.execute_later(
            "change_documents", [self._document_in(one) for one in documents]
        )

    def delete_document(self, document_id: str) -> None:
        """The document and its items."""
        self._execute("delete_document", document_id=document_id)
        self.delete_items(document_id)

    def delete_items(self, document_id: str) -> None:
        self._execute("delete_items", document_id=document_id)

    def take_draft_numbers(self, document_type: DocumentType, number_count: int) -> NumberRange:
        """The next numbers of a type's temporary ones."""
        row = self._row(
            "take_draft_numbers", document_type=document_type.value, number_count=number_count
        )
        last = 0 if row is None else int(row[0])
        return NumberRange(last - number_count + 1, last)

    def rename_number_text(self, text: str, new_text: str) -> None:
        """Free a text outside every series; the record of it stays under another."""
        self._execute(
            "rename_number_text",
            text_folded=fold(text),
            new_text_folded=fold(new_text),
            new_text=new_text,
        )

    def _document_in(self, document: Document) -> dict[str, object]:
        due_date, posted_at = document.due_date, document.posted_at
        return {
            "tenant_id": self.tenant_id,
            "entity_id": self.entity_id,
            "document_id": document.document_id,
            "number_folded": fold(document.number),
            "document_number": document.number,
            "number_origin": document.number_origin.value,
            "sequence_set_id": document.sequence_set_id,
            "series_id": document.series_id,
            "chosen_by": document.chosen_by.value,
            "is_draft": document.is_draft,
            "state": document.state.value,
            "document_date": self._day(document.document_date),
            "due_date": None if due_date is None else self._day(due_date),
            "amount": str(document.amount),
            "balance": str(document.balance),
            "refunded": str(document.refunded),
            "details": json_text(document.details),
            "updated_at": self._moment(document.updated_at),
            "posted_at": None if posted_at is None else self._moment(posted_at),
        }

    def _day(self, day: date) -> object:
        return self._values.date_in(day)

    def _document_from(self, row: Row) -> Document:
        values = self._values
        return Document(
            document_id=row[0],
            document_type=DocumentType(row[1]),
            number=row[2],
            number_origin=NumberOrigin(row[3]),
            account_id=row[4],
            sequence_set_id=row[5],
            series_id=row[6],
            chosen_by=ChosenBy(row[7]),
            state=DocumentState(row[8]),
            document_date=values.date_out(row[9]),
            due_date=None if row[10] is None else values.date_out(row[10]),
            currency=row[11],
            amount=Decimal(row[12]),
            balance=Decimal(row[13]),
            refunded=Decimal(row[14]),
            referred_document_id=row[15],
            details=details_from(row[16]),
            position=row[17],
            created_at=values.moment_out(row[18]),
            updated_at=values.moment_out(row[19]),
            posted_at=None if row[20] is None else values.moment_out(row[20]),
            account_number=row[21],
        )


def _item_from(row: Row) -> DocumentItem:
    return DocumentItem(row[0], row[1], Decimal(row[2]), details_from(row[3]))


def _place_of(row: Row) -> tuple[int, str]:
    """Where a document stands in its lists."""
    return row[17], row[0]
