"""The whole register entry by entry, for people: every series, or some of them.

What a third party checks is another file: service/exports.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seriatim.domain.caller import Caller
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import Series
from seriatim.service.permissions import Right, require
from seriatim.service.series import list_series
from seriatim.store.sql_store import SqlStore

_ENTRIES_PER_SLICE = 2000
_SERIES_PER_SLICE = 500


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One entry, and the series it belongs to."""

    series: Series
    entry: Entry


@dataclass(frozen=True, slots=True)
class RegisterRows:
    """Shape: `entries` counts the rows of all `series`; `rows` can be walked once.

    Order: by prefix and document type, then by entry number, up to the last entry of each series
        that there was at the beginning.
    """

    series: list[Series]
    entries: int
    rows: Iterator[RegisterRow]


def read_register(
    store: SqlStore,
    caller: Caller,
    *,
    document_type: DocumentType | None = None,
    prefix: str | None = None,
) -> RegisterRows:
    """Every entry of the series of a type, of a prefix, or of all.

    Cost: reads in slices; memory stays flat, and no transaction is held open for long.
    """
    require(caller, Right.READ)
    chosen = [
        one
        for one in _every_series(store, caller)
        if one.has_entries
        and document_type in {None, one.document_type}
        and (prefix is None or fold(prefix) == fold(one.prefix))
    ]
    entries = sum(one.last_entry_number for one in chosen)
    return RegisterRows(chosen, entries, _rows(store, chosen))


def _every_series(store: SqlStore, caller: Caller) -> Iterator[Series]:
    after: tuple[str, str] | None = None
    while True:
        with store.read() as transaction:
            page = list_series(transaction, caller, after=after, row_count=_SERIES_PER_SLICE)
        yield from page.series
        if not page.has_more:
            return
        after = page.series[-1].prefix, page.series[-1].document_type.value


def _rows(store: SqlStore, chosen: list[Series]) -> Iterator[RegisterRow]:
    for series in chosen:
        written, end = 0, series.last_entry_number
        while written < end:
            with store.read() as transaction:
                books = transaction.books(series.key.tenant_id, series.key.entity_id)
                entries = books.list_entries(
                    series.key.series_id,
                    after_entry_number=written,
                    row_count=min(_ENTRIES_PER_SLICE, end - written),
                )
            for entry in entries:
                yield RegisterRow(series, entry)
            if not entries:
                break
            written = entries[-1].entry_number
