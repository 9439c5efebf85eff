"""Making payments, and refunds of payments and credit memos; canceling refunds.

Both are numbered at once, always by the set of the account.
Source: contract/documents.md, Which set numbers what and Resources.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal

from seriatim.domain.billing import Document, DocumentState, Move
from seriatim.domain.document_requests import ApplicationWishes, NewPayment, NewRefund
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import InvariantBroken, PathPart, Rejected, Violation
from seriatim.domain.money import ZERO, in_places
from seriatim.domain.rules.documents import (
    amount_does_not_exceed,
    amount_fits_its_currency,
    amount_is_positive,
    canceled_payment_is_external,
    memo_needs_invoice_settlement,
    move_is_permitted,
)
from seriatim.service.applying import applicable_parts, applied, keys_of
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_drafting import (
    check_currency,
    check_day,
    check_number,
    made_document,
)
from seriatim.service.document_orders import (
    DocumentKey,
    Effect,
    GivenNumber,
    Needs,
    NumberWish,
    Plan,
)

_PAYMENT, _REFUND = DocumentType.PAYMENT, DocumentType.REFUND
REFUNDED_NAMES = {
    DocumentType.PAYMENT: ("paymentId", "paymentNumber"),
    DocumentType.CREDIT_MEMO: ("creditMemoId", "creditMemoNumber"),
}
"""The details of a refund that name what it pays back."""


@dataclass(frozen=True, slots=True)
class MakePayment:
    """A payment, which may be applied to invoices and debit memos at once."""

    asked: NewPayment
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(
            account=self.asked.account,
            documents=keys_of(self.asked.applications),
            custom_number=self.asked.number,
        )

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        account = desk.account(asked.account, violations)
        check_number(asked.number, "number", violations)
        day = check_day(asked.effective_date, desk, "effective_date", violations)
        currency = check_currency(asked.currency, account, violations)
        amount = _checked(asked.amount, currency, "amount", violations)
        if account is None:
            raise Rejected(violations)
        wishes = ApplicationWishes(asked.applications)
        parts = applicable_parts(desk, account.account_id, currency, wishes, violations)
        total = sum((part.amount for part in parts), ZERO)
        if amount > ZERO:
            violations += amount_does_not_exceed(total, amount, "the payment")
        if violations:
            raise Rejected(violations)
        chosen = desk.choose_set(account, violations)
        wish = NumberWish(_PAYMENT, chosen, day, asked.number, "number")
        payment_id = uuid.uuid4().hex
        targets, applications = applied(payment_id, parts, [], desk.now)

        def effect(given: GivenNumber | None) -> Effect:
            made = made_document(
                desk,
                wish,
                given,
                account,
                document_id=payment_id,
                amount=amount,
                is_posted=True,
                details=dict(asked.details),
            )
            processed = replace(made, state=DocumentState.PROCESSED, balance=made.amount - total)
            return Effect(processed, added=[processed], changed=targets, applications=applications)

        return Plan(effect, wish, payment_id)


@dataclass(frozen=True, slots=True)
class MakeRefund:
    """Pay back what is left of a payment or credit memo."""

    refunded_type: DocumentType
    key: str
    asked: NewRefund
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=(DocumentKey(self.refunded_type, self.key),))

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        violations += memo_needs_invoice_settlement(self.refunded_type, desk.settings)
        source = desk.require(self.refunded_type, self.key)
        violations += move_is_permitted(source, Move.REFUND)
        day = check_day(asked.refund_date, desk, "refund_date", violations)
        amount = _checked(asked.total_amount, source.currency, "total_amount", violations)
        violations += amount_does_not_exceed(
            amount, source.balance, f"'{source.number}'", "total_amount"
        )
        if violations:
            raise Rejected(violations)
        account = desk.account_of(source)
        wish = NumberWish(_REFUND, desk.choose_set(account, violations), day)
        refund_id = uuid.uuid4().hex
        id_name, number_name = REFUNDED_NAMES[self.refunded_type]
        details = {
            **asked.details,
            id_name: source.document_id,
            number_name: source.number,
        }

        def effect(given: GivenNumber | None) -> Effect:
            made = made_document(
                desk,
                wish,
                given,
                account,
                document_id=refund_id,
                amount=amount,
                is_posted=True,
                details=details,
                referred_document_id=source.document_id,
            )
            refund = replace(made, state=DocumentState.PROCESSED, balance=made.amount - made.amount)
            after = _refunded(desk, source, made.amount)
            return Effect(refund, added=[refund], changed=[after])

        return Plan(effect, wish, refund_id)


@dataclass(frozen=True, slots=True)
class CancelRefund:
    """Give an External refund up: what it paid back is there again."""

    key: str
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=(DocumentKey(_REFUND, self.key),))

    def plan(self, desk: DocumentDesk) -> Plan:
        before = desk.require(_REFUND, self.key)
        violations = [
            *move_is_permitted(before, Move.CANCEL),
            *canceled_payment_is_external(before),
        ]
        if violations:
            raise Rejected(violations)
        if before.referred_document_id is None:
            raise InvariantBroken(f"the refund '{before.number}' pays nothing back")
        source = desk.by_id(before.referred_document_id)
        after = replace(before, state=DocumentState.CANCELED, updated_at=desk.now)
        given_back = _refunded(desk, source, -before.amount)
        return Plan(lambda _: Effect(after, changed=[after, given_back]))


def _checked(
    amount: Decimal | None, currency: str, field: str, violations: list[Violation]
) -> Decimal:
    """An amount of money that moves; one at fault was reported and counts nothing."""
    if amount is None:
        return ZERO
    faults = list(amount_fits_its_currency(amount, currency, field))
    violations += [*faults, *amount_is_positive(amount, field)]
    return amount if faults else in_places(amount, currency)


def _refunded(desk: DocumentDesk, source: Document, amount: Decimal) -> Document:
    return replace(
        source,
        balance=source.balance - amount,
        refunded=source.refunded + amount,
        updated_at=desk.now,
    )
