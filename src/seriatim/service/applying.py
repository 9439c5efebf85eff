"""Applying payments and credit memos to invoices and debit memos, and taking that back.

Source: contract/documents.md, Resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from seriatim.domain.billing import Application, Document, Move
from seriatim.domain.document_requests import ApplicationWish, ApplicationWishes
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, PathPart, Rejected, Violation
from seriatim.domain.money import ZERO, in_places
from seriatim.domain.rules.documents import (
    amount_does_not_exceed,
    amount_fits_its_currency,
    amount_is_positive,
    documents_are_of_one_account,
    memo_needs_invoice_settlement,
    move_is_permitted,
    violation,
)
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_drafting import check_day
from seriatim.service.document_orders import DocumentKey, Effect, Needs, Plan

AUTO_APPLY = "autoApplyUponPosting"
"""The detail that says of a draft that it is applied to its invoice once it is posted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A wish whose document was found, with what may be wished for."""

    target: Document
    amount: Decimal


def type_of(wish: ApplicationWish) -> DocumentType:
    return DocumentType.DEBIT_MEMO if wish.to_debit_memo else DocumentType.INVOICE


def keys_of(wishes: Sequence[ApplicationWish]) -> tuple[DocumentKey, ...]:
    return tuple(
        DocumentKey(type_of(wish), wish.document_key)
        for wish in wishes
        if wish.document_key is not None
    )


@dataclass(frozen=True, slots=True)
class _Applying:
    """Something applied from one payment or credit memo, or taken back."""

    document_type: DocumentType
    key: str
    asked: ApplicationWishes
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        own = DocumentKey(self.document_type, self.key)
        return Needs(documents=(own, *keys_of(self.asked.parts)))

    def _source(self, desk: DocumentDesk, move: Move, violations: list[Violation]) -> Document:
        """What is applied from, with the faults of the request but for its parts.

        Errors: NotFound.
        """
        violations += memo_needs_invoice_settlement(self.document_type, desk.settings)
        source = desk.require(self.document_type, self.key)
        violations += move_is_permitted(source, move)
        check_day(self.asked.effective_date, desk, "effective_date", violations)
        return source


@dataclass(frozen=True, slots=True)
class ApplyDocument(_Applying):
    """Apply what is left of a payment or credit memo."""

    def plan(self, desk: DocumentDesk) -> Plan:
        violations = list(self.faults)
        source = self._source(desk, Move.APPLY, violations)
        parts = applicable_parts(desk, source.account_id, source.currency, self.asked, violations)
        total = sum((part.amount for part in parts), ZERO)
        violations += amount_does_not_exceed(total, source.balance, f"'{source.number}'")
        if violations:
            raise Rejected(violations)
        return _planned(desk, source, parts)


@dataclass(frozen=True, slots=True)
class UnapplyDocument(_Applying):
    """Take back what a payment or credit memo was applied to."""

    def plan(self, desk: DocumentDesk) -> Plan:
        violations = list(self.faults)
        source = self._source(desk, Move.UNAPPLY, violations)
        before = desk.applications_from(source.document_id)
        left = {one.target_document_id: one.amount for one in before}
        parts: list[Part] = []
        for wish in self.asked.parts:
            target = _target(desk, wish, violations)
            if target is None or not _is_sound(wish, target.currency, violations):
                continue
            amount = in_places(wish.amount or ZERO, target.currency)
            there = left.get(target.document_id, ZERO)
            whose = f"'{source.number}' that is applied to '{target.number}'"
            violations += amount_does_not_exceed(amount, there, whose, *wish.place, "amount")
            left[target.document_id] = there - amount
            parts.append(Part(target, -amount))
        if violations:
            raise Rejected(violations)
        return _planned(desk, source, parts)


def _planned(desk: DocumentDesk, source: Document, parts: Sequence[Part]) -> Plan:
    """The parts, sound by now, applied from the source."""
    total = sum((part.amount for part in parts), ZERO)
    after = replace(source, balance=source.balance - total, updated_at=desk.now)
    before = desk.applications_from(source.document_id)
    targets, applications = applied(source.document_id, parts, before, desk.now)
    changed = [after, *targets]
    return Plan(lambda _: Effect(after, changed=changed, applications=applications))


def applicable_parts(
    desk: DocumentDesk,
    account_id: str,
    currency: str,
    asked: ApplicationWishes,
    violations: list[Violation],
) -> list[Part]:
    """The documents to apply to, each with an amount that it has left; the rest are violations."""
    left: dict[str, Decimal] = {}
    parts: list[Part] = []
    for wish in asked.parts:
        target = _target(desk, wish, violations)
        if target is None:
            continue
        name = _key_field(wish)
        violations += documents_are_of_one_account(target, account_id, *wish.place, name)
        violations += move_is_permitted(target, Move.APPLY, *wish.place, name)
        if not _is_sound(wish, currency, violations):
            continue
        amount = in_places(wish.amount or ZERO, currency)
        there = left.get(target.document_id, target.balance)
        violations += amount_does_not_exceed(
            amount, there, f"'{target.number}'", *wish.place, "amount"
        )
        left[target.document_id] = there - amount
        parts.append(Part(target, amount))
    return parts


def applied(
    source_id: str, parts: Sequence[Part], before: Sequence[Application], now: datetime
) -> tuple[list[Document], list[Application]]:
    """The documents after the parts were applied to them, and the applications that changed.

    Shape: a part of a negative amount is taken back; one document may stand in several parts.
    """
    targets: dict[str, Document] = {}
    applications = {one.target_document_id: one for one in before}
    for part in parts:
        target_id = part.target.document_id
        target = targets.get(target_id, part.target)
        targets[target_id] = replace(target, balance=target.balance - part.amount, updated_at=now)
        amount = applications[target_id].amount if target_id in applications else ZERO
        applications[target_id] = Application(source_id, target_id, amount + part.amount)
    return list(targets.values()), [applications[target_id] for target_id in targets]


def is_auto_applied(memo: Document) -> bool:
    """Whether a credit memo from an invoice is to be applied to it when it is posted."""
    return memo.details.get(AUTO_APPLY) is True and memo.referred_document_id is not None


def applied_to_its_invoice(
    memo: Document, invoice: Document, now: datetime
) -> tuple[Document, list[Document], list[Application]]:
    """A credit memo applied to the invoice it was made from, as far as that is not paid yet."""
    amount = min(memo.balance, invoice.balance)
    if amount <= ZERO:
        return memo, [], []
    targets, applications = applied(memo.document_id, [Part(invoice, amount)], [], now)
    return replace(memo, balance=memo.balance - amount), targets, applications


def _key_field(wish: ApplicationWish) -> str:
    return "debit_memo_id" if wish.to_debit_memo else "invoice_id"


def _target(
    desk: DocumentDesk, wish: ApplicationWish, violations: list[Violation]
) -> Document | None:
    if wish.document_key is None:
        return None
    document_type = type_of(wish)
    violations += memo_needs_invoice_settlement(document_type, desk.settings)
    found = desk.document(document_type, wish.document_key)
    if found is None:
        name = document_type.field_name.replace("_", " ")
        message = f"no {name} with the key '{wish.document_key}'"
        path = (*wish.place, _key_field(wish))
        violations.append(violation(Category.NOT_FOUND, message, *path))
    return found


def _is_sound(wish: ApplicationWish, currency: str, violations: list[Violation]) -> bool:
    """Whether the amount is one that could be applied at all; if not, it is a violation."""
    if wish.amount is None:
        return False
    path = (*wish.place, "amount")
    faults = [
        *amount_fits_its_currency(wish.amount, currency, *path),
        *amount_is_positive(wish.amount, *path),
    ]
    violations += faults
    return not faults
