"""Rules of sequence sets against the books, evaluated inside the writing transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seriatim.domain.document_number import (
    Entanglement,
    entanglement,
    fold,
    format_number,
)
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.rules.registry import rule
from seriatim.domain.rules.set_requests import violation
from seriatim.domain.sequence_set import SequenceSet, Series
from seriatim.domain.wording import told


@dataclass(frozen=True, slots=True)
class PrefixOwner:
    """To which document type a prefix belongs for ever, and how it was first written."""

    prefix: str
    document_type: DocumentType


@dataclass(frozen=True, slots=True)
class SetUse:
    """Who still points at a set."""

    accounts: int
    drafts: int


@rule("contract/sequence-sets.md, Fields: name unique without case; Operations: keys")
def set_name_is_free(name: str, taken_by: str | None) -> Iterator[Violation]:
    if taken_by is not None:
        message = told(
            "'%(name)s' is already the name, number or id of the set '%(set)s'",
            name=name,
            set=taken_by,
        )
        yield violation(Category.RULE, message, "name")


@rule("contract/sequence-sets.md, Fields: sequenceSetNumber unique; Operations: keys")
def set_number_is_free(number: str, taken_by: str | None) -> Iterator[Violation]:
    if taken_by is not None:
        message = told(
            "'%(number)s' is already the number, name or id of the set '%(set)s'",
            number=number,
            set=taken_by,
        )
        yield violation(Category.RULE, message, "sequence_set_number")


@rule("contract/sequence-sets.md, DEFAULT (ours)")
def default_keeps_its_name(current: SequenceSet, new_name: str) -> Iterator[Violation]:
    if current.is_default and new_name != current.name:
        yield violation(Category.RULE, told("the set DEFAULT cannot be renamed"), "name")


@rule("contract/sequence-sets.md, DEFAULT")
def default_is_not_deleted(current: SequenceSet) -> Iterator[Violation]:
    if current.is_default:
        yield violation(Category.RULE, told("the set DEFAULT cannot be deleted"))


@rule("contract/sequence-sets.md, Operations: DELETE")
def deleted_set_is_unused(current: SequenceSet, use: SetUse) -> Iterator[Violation]:
    if use.accounts:
        message = told(
            "the set '%(set)s' is assigned to %(used)s",
            set=current.name,
            used=told("1 account")
            if use.accounts == 1
            else told("%(count)s accounts", count=use.accounts),
        )
        yield violation(Category.RULE, message)
    if use.drafts:
        message = told(
            "the set '%(set)s' numbers %(used)s",
            set=current.name,
            used=told("1 draft document")
            if use.drafts == 1
            else told("%(count)s draft documents", count=use.drafts),
        )
        yield violation(Category.RULE, message)


@rule("contract/sequence-sets.md, Prefix 4")
def prefix_belongs_to_its_document_type(
    document_type: DocumentType, prefix: str, owner: PrefixOwner | None
) -> Iterator[Violation]:
    if owner is not None and owner.document_type is not document_type:
        message = told(
            "the prefix '%(prefix)s' belongs to %(types)s for ever, "
            "even after its set was changed or deleted",
            prefix=owner.prefix,
            types=_PLURALS[owner.document_type],
        )
        yield violation(Category.RULE, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Prefix 4: case (ours)")
def prefix_keeps_its_case(
    document_type: DocumentType, prefix: str, owner: PrefixOwner | None
) -> Iterator[Violation]:
    if owner is not None and owner.prefix != prefix:
        message = told(
            "differs only in case from the existing prefix '%(prefix)s'", prefix=owner.prefix
        )
        yield violation(Category.RULE, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Start number 2, 3")
def start_number_is_not_below_next(series: Series, start_number: int) -> Iterator[Violation]:
    if start_number < series.min_start_number:
        message = told(
            "%(number)s is below %(next)s, the next number of '%(prefix)s'; "
            "leave the field out to keep counting",
            number=start_number,
            next=series.next_number,
            prefix=series.prefix,
        )
        path = (series.document_type.field_name, "start_number")
        yield violation(Category.RULE, message, *path)


@rule("contract/sequence-sets.md, Prefix 4: release (ours)")
def released_prefix_is_unused(series: Series, named_by: list[str]) -> Iterator[Violation]:
    if series.has_entries:
        message = f"the prefix '{series.prefix}' has given or passed numbers and stays for ever"
        yield Violation("series", (), Category.RULE, message)
    if named_by:
        message = f"the prefix '{series.prefix}' is named by the set '{named_by[0]}'"
        yield Violation("series", (), Category.RULE, message)
    if is_last_resort(series):
        message = (
            f"the prefix '{series.prefix}' numbers {_PLURALS[series.document_type]} "
            "wherever neither a set nor DEFAULT has a prefix for them"
        )
        yield Violation("series", (), Category.RULE, message)


def is_last_resort(series: Series) -> bool:
    """Whether it is `P-` or `R-`, which number what no set numbers.

    Source: contract/sequence-sets.md, DEFAULT.
    """
    own_prefix = series.document_type.default_prefix
    return series.prefix == own_prefix and not series.document_type.is_billing_document


@dataclass(frozen=True, slots=True)
class EntanglementWarning:
    """Two prefixes that can meet, and the first document number at which they would."""

    document_type: DocumentType
    message: str
    first_collision: str


def entanglement_warning(series: Series, other: Series) -> EntanglementWarning | None:
    """What saving a set that names `series` should say about `other`; None if they never meet.

    Source: contract/sequence-sets.md, Prefix 6.
    """
    found = entanglement(series.prefix, other.prefix)
    if found is None:
        return None
    series_is_shorter = fold(found.shorter) == fold(series.prefix)
    shorter, longer = (series, other) if series_is_shorter else (other, series)
    first = first_meeting(found, shorter, longer)
    if first is None:
        return None
    collision = format_number(longer.prefix, first)
    message = told(
        "'%(prefix)s' and '%(other)s' (%(types)s) can come out "
        "as the same number, first at %(number)s; whichever series comes second steps over it",
        prefix=series.prefix,
        other=other.prefix,
        types=_PLURALS[other.document_type],
        number=collision,
    )
    return EntanglementWarning(series.document_type, message, collision)


def first_meeting(found: Entanglement, shorter: Series, longer: Series) -> int | None:
    """The lowest number of the longer series that both could still come to claim.

    One of the two must have it ahead; what lies behind both was settled long ago.
    """
    for zone, offset in found.zones():
        last = zone.last - offset
        first = max(zone.first - offset, longer.origin, shorter.origin - offset)
        ahead_from = min(longer.next_number, shorter.next_number - offset)
        if max(first, ahead_from) <= last:
            return max(first, ahead_from)
    return None


_PLURALS = {
    DocumentType.INVOICE: told("invoices"),
    DocumentType.CREDIT_MEMO: told("credit memos"),
    DocumentType.DEBIT_MEMO: told("debit memos"),
    DocumentType.PAYMENT: told("payments"),
    DocumentType.REFUND: told("refunds"),
}
