"""Posting, unposting and canceling documents. Source: contract/documents.md, Resources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from seriatim.domain.billing import Document, DocumentState, Move, NumberOrigin
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, PathPart, Rejected, Violation
from seriatim.domain.rules.documents import (
    canceled_payment_is_external,
    day_is_within_a_year,
    document_has_no_followers,
    document_is_untouched,
    memo_needs_invoice_settlement,
    move_is_permitted,
    violation,
)
from seriatim.service.applying import applied_to_its_invoice, is_auto_applied
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_orders import (
    DocumentKey,
    Effect,
    GivenNumber,
    Needs,
    NumberWish,
    Plan,
)


@dataclass(frozen=True, slots=True)
class PostDocument:
    """Make a draft final; one with a temporary number gets its own now.

    Shape: `day` is the date that the document gets, if another.
    """

    document_type: DocumentType
    key: str | None
    day: date | None = None
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=_keys(self.document_type, self.key))

    def plan(self, desk: DocumentDesk) -> Plan:
        violations = list(self.faults)
        draft = named_document(desk, self.document_type, self.key, self.place, violations)
        violations += move_is_permitted(draft, Move.POST)
        if self.day is not None:
            violations += day_is_within_a_year(self.day, desk.today, "invoice_date")
        if violations:
            raise Rejected(violations)
        dated = replace(draft, document_date=self.day or draft.document_date)

        invoice = _invoice_to_apply_to(desk, draft)

        def effect(given: GivenNumber | None) -> Effect:
            posted = as_posted(desk, dated, given)
            if invoice is None:
                return Effect(posted, changed=[posted])
            memo, settled, applications = applied_to_its_invoice(posted, invoice, desk.now)
            return Effect(memo, changed=[memo, *settled], applications=applications)

        return Plan(effect, wish_at_posting(desk, dated), draft.document_id)


def _invoice_to_apply_to(desk: DocumentDesk, draft: Document) -> Document | None:
    """The invoice that a credit memo is applied to when it is posted; None where none is."""
    if draft.referred_document_id is None or not is_auto_applied(draft):
        return None
    invoice = desk.by_id(draft.referred_document_id)
    return invoice if invoice.state is DocumentState.POSTED else None


def wish_at_posting(desk: DocumentDesk, draft: Document) -> NumberWish | None:
    """The number that a draft gets when it is posted; None where it has its own already."""
    if draft.number_origin is not NumberOrigin.TEMPORARY:
        return None
    chosen = desk.choice.kept(draft.sequence_set_id, draft.chosen_by)
    if chosen is None:  # drafts keep their set from being deleted; another tool may have done so
        chosen = desk.choose_set(desk.account_of(draft), [])
    return NumberWish(draft.document_type, chosen, draft.document_date)


def as_posted(desk: DocumentDesk, draft: Document, given: GivenNumber | None) -> Document:
    posted = replace(draft, state=DocumentState.POSTED, posted_at=desk.now, updated_at=desk.now)
    if given is None:
        return posted
    return replace(posted, number=given.text, number_origin=given.origin, series_id=given.series_id)


@dataclass(frozen=True, slots=True)
class _PathMove:
    """A move of the one document that the path names."""

    document_type: DocumentType
    key: str
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=_keys(self.document_type, self.key))


@dataclass(frozen=True, slots=True)
class UnpostDocument(_PathMove):
    """Make a posted document a draft again; it keeps its number."""

    def plan(self, desk: DocumentDesk) -> Plan:
        before = _free_to_move(desk, self.document_type, self.key, Move.UNPOST)
        after = replace(before, state=DocumentState.DRAFT, posted_at=None, updated_at=desk.now)
        lives = desk.choice.kept(before.sequence_set_id, before.chosen_by) is not None
        drafts_by = before.sequence_set_id if lives else None
        return Plan(lambda _: Effect(after, changed=[after]), drafts_by=drafts_by)


@dataclass(frozen=True, slots=True)
class CancelDocument(_PathMove):
    """Give a draft, a payment or a refund up; its number stays with it."""

    def plan(self, desk: DocumentDesk) -> Plan:
        before = _free_to_move(desk, self.document_type, self.key, Move.CANCEL)
        if not self.document_type.is_billing_document:
            violations = list(canceled_payment_is_external(before))
            if violations:
                raise Rejected(violations)
        after = replace(before, state=DocumentState.CANCELED, updated_at=desk.now)
        return Plan(lambda _: Effect(after, changed=[after]))


def named_document(
    desk: DocumentDesk,
    document_type: DocumentType,
    key: str | None,
    place: tuple[PathPart, ...],
    violations: list[Violation],
) -> Document:
    """The document that the path names, or, at a place in a body, the field `id` there.

    Errors: NotFound for the path; Rejected, with the violations so far, for a body, and for memos
        while Invoice Settlement is off.
    """
    switched_off = list(memo_needs_invoice_settlement(document_type, desk.settings))
    if switched_off:
        raise Rejected([*violations, *switched_off])
    if not place:
        found = desk.require(document_type, key or "")
    else:
        in_body = desk.document(document_type, key) if key is not None else None
        if in_body is None and key is not None:
            message = f"no {document_type.field_name.replace('_', ' ')} with the key '{key}'"
            violations.append(violation(Category.NOT_FOUND, message, "id"))
        if in_body is None:
            raise Rejected(violations)
        found = in_body
    return found


def _free_to_move(
    desk: DocumentDesk, document_type: DocumentType, key: str, move: Move
) -> Document:
    """The document, if the move is permitted and nothing hangs on it. Errors: NotFound, Rejected."""
    violations: list[Violation] = []
    found = named_document(desk, document_type, key, (), violations)
    violations += check_free(desk, found, move)
    if violations:
        raise Rejected(violations)
    return found


def check_free(desk: DocumentDesk, document: Document, move: Move) -> list[Violation]:
    """Whether the state permits the move, and nothing was applied, refunded or made of it."""
    violations = list(move_is_permitted(document, move))
    if document.document_type is not DocumentType.REFUND:
        violations += document_is_untouched(document, move)
    followers = desk.followers(document.document_id)
    return [*violations, *document_has_no_followers(document, followers, move)]


def _keys(document_type: DocumentType, key: str | None) -> tuple[DocumentKey, ...]:
    return () if key is None else (DocumentKey(document_type, key),)
