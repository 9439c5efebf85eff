"""Imports of every kind among issues, births and raised numbers, against plain counting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seriatim.domain.document_number import fold, format_number, parse_number
from seriatim.domain.errors import Rejected
from seriatim.domain.register import EntryKind
from seriatim.engine import nearness
from seriatim.service.imports import ImportState
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.conformance.import_desk import csv_of, faults, import_file, is_sound, texts
from tests.samples import new_set, wanted_set

# All of them invoices, all entangled: numbers of one can be the text of another.
PREFIXES = ("A", "A1", "A12", "A2")
NEAR = 10**8  # where A reads the numbers of A1
small = st.integers(1, 12)
places = small | small.map(lambda n: NEAR + n) | small.map(lambda n: 2 * NEAR + n)


class Imports(RuleBasedStateMachine):
    """Shape: `taken` holds every text that was given, taken in or kept, without case."""

    store: SqlStore

    @initialize()
    def found(self) -> None:
        self.desk: Desk = new_desk(self.store)
        self.born: dict[str, str] = {}
        self.taken: set[str] = set()
        self.files = 0

    @precondition(lambda self: len(self.born) < len(PREFIXES))
    @rule(data=st.data(), start=places)
    def give_birth(self, data: st.DataObject, start: int) -> None:
        prefix = data.draw(st.sampled_from([one for one in PREFIXES if one not in self.born]))
        self.desk.create(new_set(f"S{prefix}", f"S{prefix}", invoice=(prefix, start)))
        self.born[prefix] = f"S{prefix}"

    @precondition(lambda self: self.born)
    @rule(data=st.data(), count=st.integers(1, 4))
    def issue(self, data: st.DataObject, count: int) -> None:
        prefix = data.draw(st.sampled_from(sorted(self.born)))
        before = self.desk.series(prefix).next_number
        given = self.desk.texts(sequence_set=self.born[prefix], count=count)
        self._take(given)
        # Stepped over one by one, never by jumping past free ones.
        last = parse_number(prefix, given[-1])
        assert last is not None
        passed = {fold(format_number(prefix, n)) for n in range(before, last + 1)}
        assert passed <= self.taken

    @precondition(lambda self: self.born)
    @rule(data=st.data(), number=places)
    def raise_start(self, data: st.DataObject, number: int) -> None:
        prefix = data.draw(st.sampled_from(sorted(self.born)))
        try:
            self.desk.update(self.born[prefix], wanted_set(invoice=(prefix, number)))
        except Rejected:
            assert number < self.desk.series(prefix).next_number

    @rule(
        lines=st.lists(
            st.tuples(st.sampled_from([*PREFIXES, "old-"]), places, st.integers(0, 3)),
            min_size=1,
            max_size=6,
        ),
        keep_free=st.booleans(),
    )
    def take_in(self, lines: list[tuple[str, int, int]], *, keep_free: bool) -> None:
        self.files += 1
        written = [self._line(prefix, first, more) for prefix, first, more in lines]
        content = csv_of(*(line for line, _ in written))
        first = import_file(self.desk, content, keep_free=keep_free)
        outcome = first
        if first.state is ImportState.REFUSED:
            outcome = import_file(self.desk, content, keep_free=keep_free, skip_bad=True)
        assert outcome.state in {ImportState.IMPORTED, ImportState.CHECKED}
        bad = {line for line, _ in faults(outcome)}
        for at, (_, given) in enumerate(written, start=2):
            if at not in bad:
                self._take(given)
        if outcome.state is ImportState.IMPORTED:
            again = import_file(self.desk, content, keep_free=keep_free)
            assert again.state is ImportState.IMPORTED_BEFORE

    def _line(self, prefix: str, first: int, more: int) -> tuple[str, list[str]]:
        """A line, and the texts it stands for; a range only of a series that is there."""
        last = first + more if prefix in self.born else first
        given = [format_number(prefix, n) for n in range(first, last + 1)]
        return f"invoice,{given[0]},{given[-1]},2025-03-04,{self.files}", given

    def _take(self, given: list[str]) -> None:
        folded = [fold(text) for text in given]
        assert len(set(folded)) == len(folded)
        assert not self.taken & set(folded), "a text was given twice"
        self.taken.update(folded)

    @invariant()
    def books_are_sound(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert is_sound(self.desk)
        in_books = {fold(text) for text in texts(self.desk)}
        for prefix in self.born:
            for entry in self.desk.entries(prefix):
                if entry.content.kind is not EntryKind.SKIPPED:
                    numbers = entry.content.numbers
                    in_books |= {
                        fold(format_number(prefix, n))
                        for n in range(numbers.first, numbers.last + 1)
                    }
        assert in_books == self.taken


@pytest.mark.parametrize("partners_read_max", [nearness.PARTNERS_READ_MAX, -1])
def test_no_text_is_given_twice_and_every_number_accounted_for_once(
    shared_store: SqlStore, monkeypatch: pytest.MonkeyPatch, partners_read_max: int
) -> None:
    """Where all partners are looked at, and where only those that are near."""
    monkeypatch.setattr(nearness, "PARTNERS_READ_MAX", partners_read_max)
    machine: Any = type("ImportsHere", (Imports,), {"store": shared_store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
