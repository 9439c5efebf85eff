"""Lists of numbers: every filter, page by page, against a list made number by number in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState
from seriatim.domain.register import Entry, EntryKind
from seriatim.service import number_list
from seriatim.service.number_moves import sweep_expired_holds
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, error_of, new_desk
from tests.conformance.number_desk import confirm, listed, number, page_of, states, sweep, void
from tests.samples import new_set, numbering, wanted_set

TODAY = date(2026, 11, 23)
SETS = ("DEFAULT", "EU", "EU2")
PREFIXES = {"DEFAULT": "INV", "EU": "EU-I-", "EU2": "INV2"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A run of numbers of one covering entry that the same entry brought into their state."""

    prefix: str
    first: int
    last: int
    state: str
    covering: Entry

    @property
    def shown(self) -> tuple[int, int, str]:
        return self.first, self.last, self.state


def model_rows(desk: Desk) -> list[ModelRow]:
    """Every row, number by number, without anything of the code that lists."""
    rows: list[ModelRow] = []
    for series in desk.all_series():
        entries = desk.entries(series.prefix, series.document_type)
        said = [
            _last_word(desk, entries, entry) for entry in entries if entry.content.kind.is_covering
        ]
        flat = sorted((one for part in said for one in part), key=lambda one: one[0])
        for (covering, _, state), group in groupby(flat, key=lambda one: one[1:]):
            numbers = [one[0] for one in group]
            rows.append(
                ModelRow(series.prefix, numbers[0], numbers[-1], state, entries[covering - 1])
            )
    return rows


def _last_word(
    desk: Desk, entries: list[Entry], covering: Entry
) -> list[tuple[int, int, int, str]]:
    """Each number of an entry with the entry, the one that decided, and the state."""
    found = []
    for value in range(covering.content.numbers.first, covering.content.numbers.last + 1):
        decided, state = covering.entry_number, covering.content.kind.value
        hold_until = covering.content.hold_until
        if state == "reserved" and hold_until is not None and hold_until <= desk.clock.now():
            state = "voided"
        for entry in entries:
            content = entry.content
            if content.refers_to == covering.entry_number and (
                content.numbers.first <= value <= content.numbers.last
            ):
                decided = entry.entry_number
                state = "voided" if content.kind is EntryKind.VOIDED else "issued"
        found.append((value, covering.entry_number, decided, state))
    return found


def wanted_of(rows: list[ModelRow], **wanted: Any) -> list[tuple[int, int, str]]:
    """The rows that a filter lets through, in the order in which the list must give them."""
    kept = [row for row in rows if _fits(row, wanted)]
    if wanted.get("reference") is not None:
        kept.sort(key=lambda row: (row.covering.series.series_id, row.covering.entry_number))
    elif {"date_from", "date_to"} & wanted.keys() and wanted.get("state") != "reserved":
        kept.sort(
            key=lambda row: (
                row.prefix.casefold(),
                row.covering.content.document_date or date.min,
                row.covering.entry_number,
            )
        )
    else:
        kept.sort(key=lambda row: (row.prefix.casefold(), row.first))
    return [row.shown for row in kept]


def _fits(row: ModelRow, wanted: dict[str, Any]) -> bool:
    content = row.covering.content
    tests = {
        "state": lambda value: row.state == value,
        "prefix": lambda value: row.prefix.casefold() == value.casefold(),
        "reference": lambda value: content.reference == value,
        "sequence_set_id": lambda value: content.sequence_set_id == value,
        "date_from": lambda day: content.document_date is not None and content.document_date >= day,
        "date_to": lambda day: content.document_date is not None and content.document_date <= day,
        "document_type": lambda kind: kind is DocumentType.INVOICE,
    }
    return all(tests[name](value) for name, value in wanted.items())


# --- the model, under Hypothesis --------------------------------------------------------------

acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("issue"),
            st.sampled_from(SETS),
            st.integers(1, 6),
            st.sampled_from([None, "order 1", "order 2"]),
            st.integers(-3, 3),
        ),
        st.tuples(
            st.just("reserve"),
            st.sampled_from(SETS),
            st.integers(1, 6),
            st.sampled_from([None, "order 1"]),
            st.integers(1, 40),
        ),
        st.tuples(
            st.just("move"),
            st.sampled_from(["confirm", "void"]),
            st.sampled_from(SETS),
            st.integers(1, 25),
            st.integers(0, 5),
        ),
        st.tuples(st.just("raise"), st.sampled_from(SETS), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
        st.tuples(st.just("sweep")),
    ),
    min_size=1,
    max_size=14,
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(NumberState),
        "prefix": st.sampled_from(["inv", "EU-I-", "INV2", "CM", "none"]),
        "reference": st.sampled_from(["order 1", "order 2", "order"]),
        "date_from": st.integers(-4, 4).map(lambda days: TODAY + timedelta(days=days)),
        "date_to": st.integers(-4, 4).map(lambda days: TODAY + timedelta(days=days)),
    },
)


def carry_out(desk: Desk, act: tuple[Any, ...]) -> None:
    match act:
        case ("issue", name, count, reference, days):
            day = TODAY + timedelta(days=days)
            desk.issue(sequence_set=name, count=count, reference=reference, document_date=day)
        case ("reserve", name, count, reference, seconds):
            desk.issue(sequence_set=name, count=count, reference=reference, hold_seconds=seconds)
        case ("move", kind, name, first, more):
            move = confirm if kind == "confirm" else void
            numbers = [number(value, PREFIXES[name]) for value in (first, first + more)]
            error_of(lambda: move(desk, *numbers))
        case ("raise", name, by):
            next_number = desk.series(PREFIXES[name]).next_number
            desk.update(name, wanted_set(invoice=numbering(start_number=next_number + by)))
        case ("wait", seconds):
            desk.clock.forward(seconds=seconds)
        case ("sweep",):
            sweep(desk)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=acts, chosen=st.lists(filters, min_size=1, max_size=6), row_count=st.integers(1, 4))
def test_list_page_by_page_is_what_the_model_says_whatever_the_filters(
    shared_store: SqlStore,
    acts: list[tuple[Any, ...]],
    chosen: list[dict[str, Any]],
    row_count: int,
) -> None:
    desk = new_desk(shared_store)
    desk.create(new_set("EU"), new_set("EU2", invoice=("INV2", 1)))
    for act in acts:
        carry_out(desk, act)
    rows = model_rows(desk)
    set_id = desk.get("EU").sequence_set.sequence_set_id
    for wanted in [{}, {"sequence_set_id": set_id}, *chosen]:
        assert listed(desk, row_count, **wanted) == wanted_of(rows, **wanted), wanted


# --- one thing at a time ------------------------------------------------------------------------


def test_list_of_a_new_entity_is_empty(desk: Desk) -> None:
    assert listed(desk) == []
    assert page_of(desk).next_place is None


def test_page_never_holds_more_rows_than_asked_for_even_of_one_entry(desk: Desk) -> None:
    desk.issue(count=9, reference="block", document_date=TODAY)
    for value in (2, 4, 6, 8):
        void(desk, value)
    whole = [(n, n, "voided" if n % 2 == 0 else "issued") for n in range(1, 10)]
    cases: list[dict[str, Any]]
    cases = [{}, {"reference": "block"}, {"date_from": TODAY}, {"date_to": TODAY}]
    for wanted in cases:
        assert len(page_of(desk, row_count=3, **wanted).rows) == 3
        assert listed(desk, row_count=3, **wanted) == whole


def test_block_confirmed_one_by_one_lists_its_numbers_in_time(desk: Desk) -> None:
    desk.issue(count=300, hold_seconds=60)
    for value in range(1, 300, 2):
        confirm(desk, value)
    rows = listed(desk, row_count=40)
    assert len(rows) == 300
    assert [row[2] for row in rows] == ["issued", "reserved"] * 150


def test_expired_hold_is_listed_as_voided_before_and_after_the_sweep(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=2, hold_seconds=10)
    desk.issue(count=1)
    void(desk, 3)
    desk.issue(count=2, hold_seconds=10)
    desk.clock.forward(seconds=10)
    for _ in range(2):
        for row_count in (1, 20):
            assert listed(desk, row_count, state=NumberState.RESERVED) == []
            assert listed(desk, row_count, state=NumberState.VOIDED) == [
                (1, 2, "voided"),
                (3, 3, "voided"),
                (4, 5, "voided"),
            ]
        rows = page_of(desk, state=NumberState.VOIDED).rows
        assert [row.part.reason for row in rows] == [
            HOLD_EXPIRED,
            "written by mistake",
            HOLD_EXPIRED,
        ]
        sweep_expired_holds(store, clock=desk.clock)


def test_list_that_grows_while_it_is_read_shows_what_was_there_once(desk: Desk) -> None:
    for _ in range(4):
        desk.issue(count=2)
    first = page_of(desk, row_count=2)
    void(desk, 1)
    desk.issue(count=2)
    rest = page_of(desk, first.next_place, 20)
    shown = [(row.part.numbers.first, row.part.numbers.last) for row in first.rows + rest.rows]
    assert shown == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]


def test_number_voided_behind_the_place_of_a_page_is_not_shown_twice(desk: Desk) -> None:
    desk.issue(count=6)
    void(desk, 3)
    first = page_of(desk, row_count=1)
    void(desk, 1, 2)
    void(desk, 4, 5)
    rest = page_of(desk, first.next_place, 20)
    assert [row.part.numbers.first for row in first.rows + rest.rows] == [1, 3, 4, 6]


def test_page_that_looked_at_enough_ends_early_and_says_where_to_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody makes one request read a whole register by asking for what is rare."""
    for _ in range(12):
        desk.issue()
    void(desk, 12)
    monkeypatch.setattr(number_list, "_EXAMINED_MAX", 5)
    wanted: dict[str, Any] = {"state": NumberState.VOIDED, "date_from": TODAY}
    page = page_of(desk, **wanted)
    assert (page.rows, page.next_place is None) == ([], False)
    assert listed(desk, **wanted) == [(12, 12, "voided")]


def test_list_over_many_series_without_a_match_ends_early_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create(*(new_set(f"S{n}") for n in range(8)))
    for n in range(8):
        desk.issue(sequence_set=f"S{n}")
    desk.issue(sequence_set="S7", hold_seconds=60)
    monkeypatch.setattr(number_list, "_EXAMINED_MAX", 3)
    wanted: dict[str, Any] = {"state": NumberState.RESERVED}
    assert page_of(desk, **wanted).rows == []
    assert listed(desk, **wanted) == [(2, 2, "reserved")]


def test_open_holds_before_an_expired_one_do_not_make_a_page_endless(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        desk.issue(hold_seconds=60)
    desk.issue(hold_seconds=1)
    desk.clock.forward(seconds=1)
    monkeypatch.setattr(number_list, "_EXAMINED_MAX", 5)
    wanted: dict[str, Any] = {"state": NumberState.VOIDED}
    assert page_of(desk, **wanted).rows == []
    assert listed(desk, **wanted) == [(13, 13, "voided")]


def test_twenty_digit_numbers_are_paged_in_their_order(desk: Desk) -> None:
    top = 10**20 - 1
    desk.create(new_set("End", invoice=("END-", top - 3)))
    for _ in range(4):
        desk.issue(sequence_set="End")
    assert [row[0] for row in listed(desk, 1, prefix="END-")] == list(range(top - 3, top + 1))
    assert [row[0] for row in listed(desk, 3)] == list(range(top - 3, top + 1))


def test_prefix_is_compared_without_case(desk: Desk) -> None:
    desk.issue()
    assert states(desk, "inv") == states(desk, "INV") == [(1, 1, "issued")]
    assert states(desk, "IN") == []


def test_document_type_narrows_the_list(desk: Desk) -> None:
    desk.issue()
    desk.issue(DocumentType.CREDIT_MEMO, count=3)
    assert listed(desk, document_type=DocumentType.CREDIT_MEMO) == [(1, 3, "issued")]
    assert listed(desk, document_type=DocumentType.REFUND) == []


def test_list_of_another_entity_shows_nothing_of_this_one(desk: Desk) -> None:
    desk.issue(reference="order 1")
    other = desk.another_entity()
    place = page_of(desk, row_count=1).next_place
    cases: list[dict[str, Any]]
    cases = [{}, {"reference": "order 1"}, {"state": NumberState.ISSUED}]
    for wanted in cases:
        assert listed(other, **wanted) == []
    if place is not None:
        assert page_of(other, place).rows == []


@pytest.mark.parametrize("role", Role)
def test_every_role_may_list(desk: Desk, role: Role) -> None:
    desk.issue()
    assert listed(Desk(desk.store, desk.asking(role), desk.clock)) == [(1, 1, "issued")]
