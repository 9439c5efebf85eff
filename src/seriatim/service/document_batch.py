"""Carrying out the orders of one transaction in one entity: read, plan, number, write.

Order: what the orders need is locked for all of them first, then the series, so that several
    processes never wait for each other in a circle. Orders are carried out as they came; each
    sees what those before it did.
Source: contract/documents.md; design: documents in the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from seriatim.domain.billing import Application, Document, DocumentItem
from seriatim.domain.errors import NotFound, Rejected, SeriatimError, SeriesUnusable, Violation
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import Series
from seriatim.engine.batch import Batch, BatchMark
from seriatim.engine.orders import Stamp
from seriatim.service.document_desk import DeskState, DocumentDesk
from seriatim.service.document_numbering import NumberGiver
from seriatim.service.document_orders import DocumentOrder, Effect, GivenNumber, Outcome, Plan
from seriatim.service.set_choice import SetChoice
from seriatim.store.session import SerializationFailure
from seriatim.store.sql_store import EntityBooks

_Planned = Plan | SeriatimError
_REFUSALS = (Rejected, NotFound, SeriesUnusable)


class DocumentBatch:
    """The documents of one transaction in one entity.

    Shape: `prepare` all orders at once, lock what `wanted` says, then carry out each group of
        orders, and `write`.
    """

    def __init__(self, books: EntityBooks, choice: SetChoice, batch: Batch, now: datetime) -> None:
        self._books = books
        self._batch = batch
        self._now = now
        self._desk = DocumentDesk(books, choice, now)
        self._numbers = NumberGiver(self._desk, batch)
        self._plans: dict[int, _Planned] = {}
        self._rows = _Rows()
        self._touched = False

    @property
    def first_entries(self) -> list[Entry]:
        """The entries of the register that were issued."""
        return self._numbers.first_entries

    def prepare(self, orders: Sequence[DocumentOrder]) -> None:
        """Read and lock what the orders need, and find out what is possible of them.

        Cost: a fixed number of statements, however many orders, but for those that name items.
        """
        if any(order.needs.custom_number is not None for order in orders):
            # A series must not be born meanwhile whose number the text would be.
            self._books.lock_entity()
        self._desk.read(order.needs for order in orders)
        for order in orders:
            self._plans[id(order)] = self._planned(order)
        plans = [plan for plan in self._plans.values() if isinstance(plan, Plan)]
        self._hold_sets({plan.drafts_by for plan in plans if plan.drafts_by is not None})
        self._numbers.take_temporary(plan.wish for plan in plans if plan.wish is not None)

    def _planned(self, order: DocumentOrder) -> _Planned:
        try:
            return order.plan(self._desk)
        except Rejected as refusal:
            return Rejected(_under(order, refusal.violations))
        except NotFound as missing:
            return missing

    def _hold_sets(self, set_ids: set[str]) -> None:
        if set_ids and self._books.lock_living_sets(sorted(set_ids)) != set_ids:
            raise SerializationFailure("a set was deleted while a draft was made that it numbers")

    def wanted(self) -> Iterator[tuple[Series, int]]:
        """The series to lock, and how many numbers of each."""
        for plan in self._plans.values():
            if isinstance(plan, Plan) and plan.wish is not None:
                series = self._numbers.series_for(plan.wish)
                if series is not None:
                    yield series, 1

    def beside(self) -> list[str]:
        """The series to lock with them, where a caller's own number is one of a series."""
        found: list[str] = []
        for plan in self._plans.values():
            if isinstance(plan, Plan) and plan.wish is not None:
                found += self._numbers.beside(plan.wish)
        return found

    def carry_out(
        self, orders: Sequence[DocumentOrder], stamp: Stamp, *, is_atomic: bool
    ) -> list[Outcome]:
        """Each order's document, or its own refusal; with `is_atomic`, all documents.

        Errors: with `is_atomic`, the refusal of any, with every fault of all of them; nothing is
            left of the others then, unless the error says that the transaction must be undone.
        """
        if not is_atomic:
            return [self._outcome(order, stamp) for order in orders]
        refusals = [
            plan for order in orders if not isinstance(plan := self._plans[id(order)], Plan)
        ]
        if refusals:
            raise _as_one(refusals)
        mark = self._mark() if len(orders) > 1 else None
        done: list[Outcome] = []
        for order in orders:
            try:
                done.append(self._carried_out(order, stamp))
            except _REFUSALS as refusal:
                if mark is not None and not self._undo_to(mark):
                    raise MustBeUndone(refusal) from refusal
                raise
        return done

    def _outcome(self, order: DocumentOrder, stamp: Stamp) -> Outcome:
        try:
            return self._carried_out(order, stamp)
        except _REFUSALS as refusal:
            return refusal

    def _carried_out(self, order: DocumentOrder, stamp: Stamp) -> Document:
        plan = self._plans[id(order)]
        if isinstance(plan, Plan) and self._touched and order.needs.documents:
            plan = self._planned(order)  # an order before it may have changed its documents
        if not isinstance(plan, Plan):
            raise plan
        effect = plan.effect(self._number(order, plan, stamp))
        self._desk.put([*effect.added, *effect.changed])
        for document_id, items in effect.items:
            self._desk.put_items(document_id, items)
        self._desk.put_applications(effect.applications)
        self._rows.add(effect)
        made_from_another = any(one.referred_document_id for one in effect.added)
        self._touched = self._touched or bool(effect.changed) or made_from_another
        return effect.document

    def _number(self, order: DocumentOrder, plan: Plan, stamp: Stamp) -> GivenNumber | None:
        if plan.wish is None:
            return None
        try:
            return self._numbers.give(plan.wish, plan.document_id or "", stamp)
        except Rejected as refusal:
            raise Rejected(_under(order, refusal.violations)) from refusal

    def _mark(self) -> _Mark:
        return _Mark(
            self._batch.mark(), self._numbers.mark(), self._desk.state(), self._rows.copy()
        )

    def _undo_to(self, mark: _Mark) -> bool:
        if not self._batch.undo_to(mark.batch):
            return False
        self._numbers.undo_to(mark.numbers)
        self._desk.restore(mark.desk)
        self._rows = mark.rows
        return True

    def write(self) -> None:
        """Put everything into the books; the numbers' own batch is written apart."""
        self._numbers.write()
        self._rows.write(self._books, self._now)


class MustBeUndone(SeriatimError):
    """Part of an ask is in the books already: the transaction is undone, and the ask run alone."""

    def __init__(self, refusal: SeriatimError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class _Rows:
    """What will be written of all orders, the last word of each document counting."""

    def __init__(self) -> None:
        self.added: dict[str, Document] = {}
        self.changed: dict[str, Document] = {}
        self.items: dict[str, Sequence[DocumentItem]] = {}
        self.reitemed: set[str] = set()
        self.applications: dict[tuple[str, str], Application] = {}

    def copy(self) -> _Rows:
        copied = _Rows()
        copied.added, copied.changed = dict(self.added), dict(self.changed)
        copied.items, copied.reitemed = dict(self.items), set(self.reitemed)
        copied.applications = dict(self.applications)
        return copied

    def add(self, effect: Effect) -> None:
        for document in effect.added:
            self.added[document.document_id] = document
        for document in effect.changed:
            is_new = document.document_id in self.added
            (self.added if is_new else self.changed)[document.document_id] = document
        for document_id, items in effect.items:
            self.items[document_id] = items
        self.reitemed.update(effect.reitemed)
        for one in effect.applications:
            self.applications[one.source_document_id, one.target_document_id] = one

    def write(self, books: EntityBooks, now: datetime) -> None:
        for document_id in sorted(self.reitemed - self.added.keys()):
            books.delete_items(document_id)
        if self.added:
            books.insert_documents(self.added.values())
        if self.changed:
            books.change_documents(self.changed[one] for one in sorted(self.changed))
        rows = [
            (document_id, item) for document_id in self.items for item in self.items[document_id]
        ]
        if rows:
            books.insert_items(rows)
        for one in self.applications.values():
            if one.amount:
                books.save_application(one, now)
            else:
                books.delete_application(one)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A point to come back to, when one of several orders that belong together is refused."""

    batch: BatchMark
    numbers: tuple[int, int]
    desk: DeskState
    rows: _Rows


def _under(order: DocumentOrder, violations: Iterable[Violation]) -> list[Violation]:
    """The faults with the place of the order; those of its shape have it already."""
    if not order.place:
        return list(violations)
    return [one if one.base else replace(one, base=tuple(order.place)) for one in violations]


def _as_one(refusals: Sequence[SeriatimError]) -> SeriatimError:
    rejected = [one for one in refusals if isinstance(one, Rejected)]
    if len(rejected) < len(refusals):
        return next(one for one in refusals if not isinstance(one, Rejected))
    return Rejected(violation for one in rejected for violation in one.violations)
