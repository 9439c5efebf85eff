"""*Why this number*: what the register knows of one document number.

Source: contract/numbering.md, Issuing: GET /v1/document-numbers/{number}.
"""

from __future__ import annotations

from dataclasses import dataclass

from seriatim.domain.billing import Document
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange
from seriatim.domain.number_states import NumberState, StateRange, present_states
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import Series
from seriatim.service.number_finding import FoundNumber, covering_entry, find_number_or_text
from seriatim.service.permissions import Right, require
from seriatim.store.import_queries import NumberText
from seriatim.store.sql_store import EntityBooks, Transaction

TAKEN_OUTSIDE = "taken outside every series: the text is never given again"


@dataclass(frozen=True, slots=True)
class Neighbour:
    number: int
    state: NumberState


@dataclass(frozen=True, slots=True)
class NumberHistory:
    """Shape: `history` is every entry that concerns the number, as they were written; a
    neighbour is None where the register ends.
    """

    series: Series
    number: int
    state: NumberState
    reason: str | None
    covering: Entry
    history: list[Entry]
    previous: Neighbour | None
    next: Neighbour | None


def explain_number(
    transaction: Transaction, caller: Caller, text: str, *, clock: Clock
) -> NumberHistory | NumberText:
    """What became of a number, or of a text that was taken outside every series.

    Errors: NotFound for a number that was never given, skipped or imported.
    """
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    found = find_number_or_text(books, text)
    if isinstance(found, NumberText):
        return found
    referring = _referring(books, found.covering, found.number)
    present = _state_of(found.covering, referring, found.number, clock)
    return NumberHistory(
        series=found.series,
        number=found.number,
        state=present.state,
        reason=present.reason,
        covering=found.covering,
        history=[found.covering, *referring],
        previous=_neighbour(books, found, found.number - 1, clock),
        next=_neighbour(books, found, found.number + 1, clock),
    )


def document_with_number(transaction: Transaction, caller: Caller, text: str) -> Document | None:
    """The living document that bears a number."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    return books.find_document_by_number(text)


def _referring(books: EntityBooks, covering: Entry, number: int) -> list[Entry]:
    """What was said later of one number."""
    only = NumberRange(number, number)
    entry_number = covering.entry_number
    found = books.list_referring(covering.series.series_id, [entry_number], only)
    return found.get(entry_number, [])


def _state_of(covering: Entry, referring: list[Entry], number: int, clock: Clock) -> StateRange:
    states = present_states(covering, referring, clock.now())
    return next(one for one in states if one.numbers.first <= number <= one.numbers.last)


def _neighbour(
    books: EntityBooks, found: FoundNumber, number: int, clock: Clock
) -> Neighbour | None:
    covering = covering_entry(books, found.series.key.series_id, number)
    if covering is None:
        return None
    referring = _referring(books, covering, number)
    return Neighbour(number, _state_of(covering, referring, number, clock).state)
