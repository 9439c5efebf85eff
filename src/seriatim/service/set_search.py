"""The list of sets as people look at it: searched, sorted, with what to know of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from seriatim.domain.caller import Caller
from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.register import EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.service.permissions import Right, require
from seriatim.service.set_saving import SetView
from seriatim.service.set_series import SetWarning, set_warnings
from seriatim.store.set_search_queries import ListedSet
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction

_SETS_PER_SLICE = 200
_SKIPS_LOOKED_BEHIND_MAX = 3
SEARCH_CHARACTERS_MAX = 100


class SetOrder(StrEnum):
    CREATED = "created"
    NEWEST = "newest"
    NAME = "name"
    NAME_BACKWARDS = "name-backwards"


@dataclass(frozen=True, slots=True)
class LastIssued:
    """The newest document date of a set's series, and the last number that was given there.

    Shape: `number` is None where so much was skipped since that it is not looked for.
    """

    day: date
    number: str | None


@dataclass(frozen=True, slots=True)
class SetSummary:
    """A set, the accounts it is assigned to, and what its owner should know.

    Shape: `last_issued` is None before the first number.
    """

    view: SetView
    accounts: int
    warnings: list[SetWarning]
    last_issued: LastIssued | None


@dataclass(frozen=True, slots=True)
class SetSearchPage:
    """Shape: `next_place` is where the next page begins, None on the last."""

    sets: list[SetSummary]
    next_place: str | None


def search_sets(
    transaction: Transaction,
    caller: Caller,
    *,
    text: str = "",
    order: SetOrder = SetOrder.CREATED,
    after: str | None = None,
    row_count: int,
) -> SetSearchPage:
    """Order: as asked for. `text` is a part of a name, number or prefix, in any case.

    Cost: of the page alone, whatever page it is; a search reads the names up to the last one found.
    """
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    listed = _listed(books, text, order, after, row_count + 1)
    shown = listed[:row_count]
    sets = [_summary(books, view) for view in _views(books, shown)]
    return SetSearchPage(sets, str(shown[-1].place) if len(listed) > row_count else None)


def every_set(store: SqlStore, caller: Caller, *, text: str = "") -> Iterator[SetView]:
    """The sets that a search finds, for a file. Order: by creation.

    Cost: reads in slices; memory stays flat.
    """
    require(caller, Right.READ)
    after: str | None = None
    while True:
        with store.read() as transaction:
            books = transaction.books(caller.tenant_id, caller.entity_id)
            listed = _listed(books, text, SetOrder.CREATED, after, _SETS_PER_SLICE)
            views = _views(books, listed)
        yield from views
        if len(listed) < _SETS_PER_SLICE:
            return
        after = str(listed[-1].place)


def living_set_names(
    transaction: Transaction, caller: Caller, sequence_set_ids: Collection[str]
) -> dict[str, str]:
    """The names of those of the sets that were not deleted."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    rows = books.list_sets(sorted(sequence_set_ids)) if sequence_set_ids else []
    return {row.sequence_set.sequence_set_id: row.sequence_set.name for row in rows}


def first_set_names(transaction: Transaction, caller: Caller, *, row_count: int) -> list[str]:
    """Names to choose from. Order: by name."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    views = _views(books, _listed(books, "", SetOrder.NAME, None, row_count))
    return [view.sequence_set.name for view in views]


def _listed(
    books: EntityBooks, text: str, order: SetOrder, after: str | None, row_count: int
) -> list[ListedSet]:
    if len(text) > SEARCH_CHARACTERS_MAX or not text.isprintable():
        return []
    match order:
        case SetOrder.NAME:
            return books.list_sets_by_name(text, after=after, row_count=row_count)
        case SetOrder.NAME_BACKWARDS:
            return books.list_sets_by_name_backwards(text, after=after, row_count=row_count)
        case SetOrder.CREATED:
            return books.list_sets_by_position(text, after=_place(after), row_count=row_count)
        case SetOrder.NEWEST:
            return books.list_sets_by_position_backwards(
                text, after=_place(after), row_count=row_count
            )


def _place(after: str | None) -> int | None:
    """A position from a link; what is none begins at the beginning."""
    is_position = after is not None and after.isascii() and after.isdigit() and len(after) < 19
    return int(after) if after is not None and is_position else None


def _views(books: EntityBooks, listed: list[ListedSet]) -> list[SetView]:
    rows = books.list_sets([one.sequence_set_id for one in listed]) if listed else []
    return [SetView(row.sequence_set, row.settings.invoice_settlement) for row in rows]


def _summary(books: EntityBooks, view: SetView) -> SetSummary:
    accounts = books.count_set_use(view.sequence_set.sequence_set_id).accounts
    return SetSummary(
        view, accounts, set_warnings(books, view.series), _last_issued(books, view.series)
    )


def _last_issued(books: EntityBooks, shown: Iterable[Series]) -> LastIssued | None:
    """Order: of series with the same newest date, the first type counts."""
    dated = [(one.last_document_date, one) for one in shown if one.last_document_date is not None]
    if not dated:
        return None
    day, series = max(dated, key=lambda one: one[0])
    number = series.last_number
    for _ in range(_SKIPS_LOOKED_BEHIND_MAX):
        covering = books.find_covering(series.key.series_id, NumberRange(number, number))
        if not covering:
            break
        ((kind, numbers),) = covering
        if kind is not EntryKind.SKIPPED:
            return LastIssued(day, format_number(series.prefix, number))
        number = numbers.first - 1
    return LastIssued(day, None)
