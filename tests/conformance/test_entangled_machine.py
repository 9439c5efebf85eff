"""A model that drives sets and issuing over entangled prefixes, and checks the books at each step.

It knows one thing only: which texts were given. Everything else follows from the contract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from seriatim.domain.document_number import fold, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected
from seriatim.domain.register import Entry, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine import nearness
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import execute, new_desk
from tests.samples import numbering, wanted_set

INVOICE, CREDIT_MEMO = DocumentType.INVOICE, DocumentType.CREDIT_MEMO

# Where everybody is near everybody: "7" + 1200000001 is "71" + 200000001 is "712" + 00000001.
STARTS = {
    "7": 1_200_000_000,
    "71": 200_000_000,
    "712": 0,
    "INV": 200_000_000,
    "INV2": 0,
    "inv2": 0,
}
PLACES = st.tuples(st.sampled_from(sorted(STARTS)), st.integers(1, 5)).map(
    lambda place: (place[0], STARTS[place[0]] + place[1])
)
NAMES = ["A", "B", "C"]
MEMO_PREFIXES = {"712"}  # so that texts of two types can meet as well


ORDERS = st.tuples(
    st.sampled_from([*NAMES, "DEFAULT"]),
    st.sampled_from([INVOICE, INVOICE, CREDIT_MEMO]),
    st.integers(1, 6),
    st.booleans(),
)


def _types(prefix: str, start: int) -> dict[str, Any]:
    if prefix in MEMO_PREFIXES:
        return {"credit_memo": (prefix, start)}
    return {"invoice": (prefix, start)}


class Books(RuleBasedStateMachine):
    """Shape: `store` is set by the test that runs it."""

    store: SqlStore

    @initialize(places=st.lists(PLACES, min_size=3, max_size=3))
    def found(self, places: list[tuple[str, int]]) -> None:
        self.desk = new_desk(self.store)
        self.given: dict[str, str] = {}
        self.desk.set_settings(invoice_settlement=False)  # memos need not be named then
        for name in NAMES:
            self.desk.create(wanted_set(name, invoice=(f"{name}-", 1)))
        self.desk.set_settings(invoice_settlement=True)
        for name, place in zip(NAMES, places, strict=True):
            self.point(name, place)

    @rule(name=st.sampled_from([*NAMES, "DEFAULT"]), place=PLACES)
    def point(self, name: str, place: tuple[str, int]) -> None:
        self._attempt(lambda: self.desk.update(name, wanted_set(**_types(*place))))

    @rule(name=st.sampled_from(NAMES), prefix=st.sampled_from(sorted(STARTS)))
    def join(self, name: str, prefix: str) -> None:
        """A prefix alone."""
        field = "credit_memo" if prefix in MEMO_PREFIXES else "invoice"
        types: dict[str, Any] = {field: numbering(prefix)}
        self._attempt(lambda: self.desk.update(name, wanted_set(**types)))

    @rule(name=st.sampled_from([*NAMES, "DEFAULT"]), ahead=st.integers(-2, 8))
    def move(self, name: str, ahead: int) -> None:
        """A start number alone, up or down."""
        series = self.desk.get(name).sequence_set.series[INVOICE]
        start = max(0, series.next_number + ahead)
        self._attempt(
            lambda: self.desk.update(name, wanted_set(invoice=numbering(start_number=start)))
        )

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=6))
    def issue(self, orders: list[tuple[str, DocumentType, int, bool]]) -> None:
        for name, document_type, count, one_by_one in orders:
            self._issue(name, document_type, count, one_by_one=one_by_one)

    def _issue(
        self, name: str, document_type: DocumentType, count: int, *, one_by_one: bool
    ) -> None:
        series = self._series_of(name, document_type)
        expected = self._free_numbers(series, count)
        how: dict[str, Any] = {"references": ("x",) * count} if one_by_one else {"count": count}
        issued = self.desk.issue(document_type, name, **how)
        found = [n for part in issued.ranges for n in range(part.first, part.last + 1)]
        assert found == expected
        for number in found:
            text = fold(format_number(series.prefix, number))
            assert text not in self.given
            self.given[text] = series.prefix

    @rule(name=st.sampled_from(NAMES))
    def delete_and_make_again(self, name: str) -> None:
        """With prefixes of its own: those it had count on without it."""
        self.desk.delete(name)
        series = self.desk.series(f"{name}-")
        self.desk.set_settings(invoice_settlement=False)
        self.desk.create(wanted_set(name, invoice=(series.prefix, series.next_number)))
        self.desk.set_settings(invoice_settlement=True)

    @rule(prefix=st.sampled_from(sorted(STARTS)))
    def release(self, prefix: str) -> None:
        document_type = CREDIT_MEMO if prefix in MEMO_PREFIXES else INVOICE
        if any(
            (one.prefix, one.document_type) == (prefix, document_type)
            for one in self.desk.all_series()
        ):
            self._attempt(lambda: self.desk.release(prefix, document_type))

    @invariant()
    def every_integer_is_accounted_for(self) -> None:
        for place, verification in self.desk.verify().items():
            assert verification.first_fault is None, place

    @invariant()
    def no_text_stands_twice_in_the_register(self) -> None:
        texts: list[str] = []
        for series in self.desk.all_series():
            for entry in self._entries(series):
                numbers = entry.content.numbers
                if entry.content.kind is EntryKind.ISSUED:
                    texts += [
                        fold(format_number(series.prefix, n))
                        for n in range(numbers.first, numbers.last + 1)
                    ]
        assert sorted(texts) == sorted(self.given)

    def _entries(self, series: Series) -> list[Entry]:
        return self.desk.on_books(
            lambda books: books.list_entries(
                series.key.series_id, after_entry_number=0, row_count=1000
            )
        )

    def _series_of(self, name: str, document_type: DocumentType) -> Series:
        found = self.desk.get(name).sequence_set.series
        default = self.desk.get("DEFAULT").sequence_set.series
        return found.get(document_type) or default[document_type]

    def _free_numbers(self, series: Series, count: int) -> list[int]:
        """The next numbers whose text nobody was given: counted, not computed."""
        found: list[int] = []
        number = series.next_number
        while len(found) < count:
            if fold(format_number(series.prefix, number)) not in self.given:
                found.append(number)
            number += 1
        return found

    def _attempt(self, change: Callable[[], object]) -> None:
        before = self._everything()
        try:
            change()
        except Rejected:
            assert self._everything() == before

    def _everything(self) -> list[object]:
        tables = (
            "seriatim_sequence_set",
            "seriatim_sequence_set_key",
            "seriatim_prefix_owner",
            "seriatim_series",
            "seriatim_set_numbering",
        )
        owner: dict[str, object] = {"entity_id": self.desk.caller.entity_id}
        return [
            sorted(
                execute(self.store, f"SELECT * FROM {table} WHERE entity_id = :entity_id", owner),
                key=str,
            )
            for table in (*tables, "seriatim_register", "seriatim_audit_entry", "seriatim_entity")
        ]


@pytest.mark.parametrize("partners_read_max", [nearness.PARTNERS_READ_MAX, -1])
@pytest.mark.parametrize(("database", "examples"), [("sqlite", 30), ("postgres", 6)])
def test_entangled_books_stay_whole_whatever_is_done(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
    examples: int,
    partners_read_max: int,
) -> None:
    """Where all partners are looked at, and where only those are that are near."""
    monkeypatch.setattr(nearness, "PARTNERS_READ_MAX", partners_read_max)
    Books.store = request.getfixturevalue(f"{database}_shared_store")
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
        ),
    )
