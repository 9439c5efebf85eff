"""What stands beside a document: made from it, applied to it, or that it is applied to."""

from __future__ import annotations

from decimal import Decimal

from seriatim.domain.billing import DocumentState, LinkedDocument
from seriatim.domain.document_type import DocumentType
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row


class LinkQueries(EntityQueries):
    def list_documents_referring(self, document_id: str, *, row_count: int) -> list[LinkedDocument]:
        """Those made from a document, canceled ones as well. Order: by creation."""
        rows = self._rows("list_documents_referring", document_id=document_id, row_count=row_count)
        return [self._linked_from(row) for row in rows]

    def list_documents_applied_to(
        self, document_id: str, *, row_count: int
    ) -> list[LinkedDocument]:
        """What a credit memo or payment is applied to. Order: by id."""
        rows = self._rows("list_documents_applied_to", document_id=document_id, row_count=row_count)
        return [self._linked_from(row) for row in rows]

    def list_documents_applied_from(
        self, document_id: str, *, row_count: int
    ) -> list[LinkedDocument]:
        """What is applied to an invoice or debit memo. Order: by id."""
        rows = self._rows(
            "list_documents_applied_from", document_id=document_id, row_count=row_count
        )
        return [self._linked_from(row) for row in rows]

    def _linked_from(self, row: Row) -> LinkedDocument:
        return LinkedDocument(
            document_id=row[0],
            document_type=DocumentType(row[1]),
            number=row[2],
            state=DocumentState(row[3]),
            document_date=self._values.date_out(row[4]),
            currency=row[5],
            amount=Decimal(row[6]),
        )
