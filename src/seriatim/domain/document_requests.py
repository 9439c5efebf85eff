"""What a request says of an account or a document, understood and not yet checked by rules.

Shape: what is None was left out, sent as null, or is at fault and reported already. `details`
    hold the fields that nobody here interprets, under the names the client gave them, to be
    stored as they are and given back; in a change, one that is None clears the stored one.
Source: contract/documents.md, Resources.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import cast

from seriatim.domain.billing import Details


def merged(stored: Details, changed: Details) -> dict[str, object]:
    """The details after a change of some of them; objects inside are merged field by field."""
    after = dict(stored)
    for name, value in changed.items():
        kept = after.get(name)
        if value is None:
            after.pop(name, None)
        elif isinstance(kept, dict) and isinstance(value, dict):
            after[name] = merged(cast("Details", kept), cast("Details", value))
        else:
            after[name] = value
    return after


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Shape: `sequence_set` is an id, number or name."""

    name: str | None = None
    currency: str | None = None
    account_number: str | None = None
    sequence_set: str | None = None
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class AccountChange:
    """Shape: the account's set stays unless `changes_sequence_set`; None then takes it away."""

    name: str | None = None
    changes_sequence_set: bool = False
    sequence_set: str | None = None
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class AccountKey:
    """The account of a document, by its id, by its number, or by both of the same account."""

    account_id: str | None = None
    account_number: str | None = None


@dataclass(frozen=True, slots=True)
class NewItem:
    """One line of a billing document.

    Units: `amount` in the document's currency, may be negative on an invoice.
    Shape: `source_item_id` is the invoice's item that a memo's line refers to.
    """

    amount: Decimal | None = None
    service_start_date: date | None = None
    service_end_date: date | None = None
    source_item_id: str | None = None
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """Shape: `number` overrides the set, `sequence_set` (id, number or name) the account's."""

    account: AccountKey = field(default_factory=AccountKey)
    currency: str | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    items: tuple[NewItem, ...] = ()
    number: str | None = None
    sequence_set: str | None = None
    is_posted: bool = False
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A changed, new (without `item_id`) or deleted line of a draft.

    Shape: dates and amount that are None stay.
    """

    item_id: str | None = None
    is_deleted: bool = False
    item: NewItem = field(default_factory=NewItem)


@dataclass(frozen=True, slots=True)
class InvoiceChange:
    """Shape: without `items`, the items stay; those they do not name stay too. Dates that are
    None stay, unless `clears_due_date`.
    """

    invoice_date: date | None = None
    due_date: date | None = None
    clears_due_date: bool = False
    items: tuple[ItemChange, ...] = ()
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class InvoiceToPost:
    """One of `bulk-post`: the invoice by id or number, and the date it gets, if another."""

    key: str | None = None
    invoice_date: date | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a reversal or write-off of an invoice says of the credit memo that it makes.

    Shape: without `amount`, the whole balance is written off.
    """

    memo_date: date | None = None
    amount: Decimal | None = None
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class NewMemo:
    """A standalone credit or debit memo; `number` overrides the set."""

    account: AccountKey = field(default_factory=AccountKey)
    currency: str | None = None
    memo_date: date | None = None
    due_date: date | None = None
    items: tuple[NewItem, ...] = ()
    number: str | None = None
    is_posted: bool = False
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class MemoFromInvoice:
    """A credit or debit memo made from an invoice.

    Shape: `invoice_key` only where the path does not name the invoice;
        `is_applied` to the invoice when it is posted.
    """

    invoice_key: str | None = None
    memo_date: date | None = None
    due_date: date | None = None
    items: tuple[NewItem, ...] = ()
    is_posted: bool = False
    is_applied: bool = False
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class ApplicationWish:
    """A part of a payment or credit memo for one invoice or debit memo.

    Shape: `place` is where it stands in the request, for faults: ("invoices", 0).
    """

    place: tuple[str | int, ...]
    to_debit_memo: bool
    document_key: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ApplicationWishes:
    """What an apply or unapply names; nothing else of the request is interpreted."""

    parts: tuple[ApplicationWish, ...] = ()
    effective_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Shape: `details` hold `type` (External or Electronic) as well."""

    account: AccountKey = field(default_factory=AccountKey)
    amount: Decimal | None = None
    currency: str | None = None
    effective_date: date | None = None
    number: str | None = None
    applications: tuple[ApplicationWish, ...] = ()
    details: Details = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund of a payment or of a credit memo.

    Shape: `details` hold `type` and `methodType` as well.
    """

    total_amount: Decimal | None = None
    refund_date: date | None = None
    details: Details = field(default_factory=dict[str, object])
