"""What is asked of a series, and the entries that come of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import ChosenBy, Entry, EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.allocation import Step


class Stamp(NamedTuple):
    """Who moves a series, and when: what every entry of the move carries."""

    actor: str
    request_id: str
    batch_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """What to issue from one series, after its set was resolved and its request checked.

    Shape: with `references`, each number is an entry of its own that carries one of them;
        otherwise a run of numbers is one entry with `reference`. With `hold_until` the numbers
        are reserved until then.
    """

    count: int
    sequence_set_id: str
    chosen_by: ChosenBy
    document_date: date | None
    today: date
    reference: str | None = None
    references: tuple[str, ...] = ()
    hold_until: datetime | None = None

    @property
    def asked_by(self) -> str:
        """The field of the request that decides how many numbers it needs."""
        if self.references:
            return "references"
        return "sequence_set" if self.count == 1 else "count"


class Issued(NamedTuple):
    """Numbers given out.

    Shape: `series` as it stood when the transaction locked it; `ranges` rise; more than one if
        some numbers were stepped over.
    """

    series: Series
    ranges: list[NumberRange]
    entries: list[Entry]
    document_date: date

    @property
    def first_entry(self) -> Entry:
        """The first one that gives numbers out, behind those that skip."""
        for entry in self.entries:
            if entry.content.kind.takes_text:
                return entry
        raise InvariantBroken("numbers were given out without an entry that says so")


def entry_contents(
    steps: Iterable[Step], order: IssueOrder, document_date: date, stamp: Stamp
) -> list[EntryContent]:
    """One entry for each step, or, with references, for each number given out."""
    contents = [
        content for step in steps for content in _contents(step, order, document_date, stamp)
    ]
    return _with_references(contents, order.references)


def _contents(
    step: Step, order: IssueOrder, document_date: date, stamp: Stamp
) -> list[EntryContent]:
    if step.is_covered:
        return []
    if step.why is not None:
        return [skipped_entry(step.numbers, stamp, step.why)]
    issued = EntryContent(
        kind=EntryKind.ISSUED if order.hold_until is None else EntryKind.RESERVED,
        numbers=step.numbers,
        actor=stamp.actor,
        request_id=stamp.request_id,
        batch_id=stamp.batch_id,
        recorded_at=stamp.recorded_at,
        sequence_set_id=order.sequence_set_id,
        chosen_by=order.chosen_by,
        document_date=document_date,
        reference=order.reference,
        hold_until=order.hold_until,
    )
    if not order.references:
        return [issued]
    return [
        issued._replace(numbers=NumberRange(number, number))
        for number in range(step.numbers.first, step.numbers.last + 1)
    ]


def _with_references(
    contents: list[EntryContent], references: tuple[str, ...]
) -> list[EntryContent]:
    if not references:
        return contents
    waiting = iter(references)
    return [
        content._replace(reference=next(waiting)) if content.kind.takes_text else content
        for content in contents
    ]


def skipped_entry(numbers: NumberRange, stamp: Stamp, reason: str) -> EntryContent:
    return EntryContent(
        kind=EntryKind.SKIPPED,
        numbers=numbers,
        actor=stamp.actor,
        request_id=stamp.request_id,
        batch_id=stamp.batch_id,
        recorded_at=stamp.recorded_at,
        reason=reason,
    )
