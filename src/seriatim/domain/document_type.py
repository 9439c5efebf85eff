"""The five document types and what differs between them."""

from __future__ import annotations

from enum import StrEnum


class DocumentType(StrEnum):
    """Order: the order in which a set lists its types, on the wire and on screen."""

    INVOICE = "invoice"
    CREDIT_MEMO = "creditMemo"
    DEBIT_MEMO = "debitMemo"
    PAYMENT = "payment"
    REFUND = "refund"

    @property
    def field_name(self) -> str:
        """The name of the type as a field of ours, e.g. `credit_memo`."""
        return self.name.lower()

    @property
    def is_billing_document(self) -> bool:
        return self in BILLING_DOCUMENTS

    @property
    def needs_invoice_settlement(self) -> bool:
        return self in MEMOS

    @property
    def default_prefix(self) -> str:
        """The prefix that the set DEFAULT is born with."""
        return _DEFAULT_PREFIXES[self]


MEMOS = frozenset({DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO})
BILLING_DOCUMENTS = MEMOS | {DocumentType.INVOICE}

_DEFAULT_PREFIXES = {
    DocumentType.INVOICE: "INV",
    DocumentType.CREDIT_MEMO: "CM",
    DocumentType.DEBIT_MEMO: "DM",
    DocumentType.PAYMENT: "P-",
    DocumentType.REFUND: "R-",
}
