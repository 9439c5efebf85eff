"""The issues of one transaction in one entity: bare numbers, and those of documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from seriatim.domain.caller import Caller
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import Entry, SeriesKey
from seriatim.domain.sequence_set import Series
from seriatim.engine.batch import Batch
from seriatim.engine.orders import Issued, IssueOrder, Stamp
from seriatim.service.document_batch import DocumentBatch
from seriatim.service.document_orders import DocumentOrder, Outcome
from seriatim.service.set_choice import SetChoice
from seriatim.store.sql_store import EntityBooks


class IssuedPlace(NamedTuple):
    """Where in the register to look whether a transaction was committed."""

    series: SeriesKey
    entry_number: int


class EntityIssuing:
    """Shape: ask first, then `lock` once, then issue and carry out in the order of the asks, and
    `write` at the end.
    """

    def __init__(self, books: EntityBooks, now: datetime) -> None:
        self.choice = SetChoice(books, now)
        self._books = books
        self._batch = Batch(books)
        self._now = now
        self._wanted: list[tuple[Series, int]] = []
        self._orders: list[DocumentOrder] = []
        self._documents: DocumentBatch | None = None
        self._places: list[IssuedPlace] = []

    def ask(self, series: Series, order: IssueOrder) -> None:
        self._wanted.append((series, order.count))

    def ask_documents(self, orders: Sequence[DocumentOrder]) -> None:
        self._orders += orders

    def lock(self) -> None:
        """Lock every series; what documents need is read and locked before."""
        if not self._orders:
            self._batch.lock(self._wanted)
            return
        self._documents = DocumentBatch(self._books, self.choice, self._batch, self._now)
        self._documents.prepare(self._orders)
        wanted = [*self._wanted, *self._documents.wanted()]
        self._batch.lock(wanted, self._documents.beside())

    def issue(self, caller: Caller, series: Series, order: IssueOrder, batch_id: str) -> Issued:
        """Errors: Rejected, SeriesUnusable: this order alone fails."""
        stamp = self._stamp(caller, batch_id)
        issued = self._batch.issue(series.key.series_id, order, stamp)
        self._places.append(_place_of(issued.first_entry))
        return issued

    def carry_out(
        self, caller: Caller, orders: Sequence[DocumentOrder], batch_id: str, *, is_atomic: bool
    ) -> list[Outcome]:
        """Errors: as `DocumentBatch.carry_out`."""
        if self._documents is None:
            raise InvariantBroken("documents are carried out that were not asked for before")
        stamp = self._stamp(caller, batch_id)
        return self._documents.carry_out(orders, stamp, is_atomic=is_atomic)

    def write(self) -> list[IssuedPlace]:
        """Put everything into the books; where in the register it stands."""
        self._batch.write()
        if self._documents is None:
            return self._places
        self._documents.write()
        return [*self._places, *map(_place_of, self._documents.first_entries)]

    def _stamp(self, caller: Caller, batch_id: str) -> Stamp:
        return Stamp(caller.actor, caller.request_id, batch_id, self._now)


def _place_of(entry: Entry) -> IssuedPlace:
    return IssuedPlace(entry.series, entry.entry_number)
