"""What goes in comes out: numbers of 20 digits, days, moments, texts and bytes, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import ChosenBy, EntryKind
from seriatim.engine.chain import appended
from seriatim.engine.verify import SeriesVerifier
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once
from tests.conformance.desk import Desk, execute
from tests.samples import new_set, sample_content, wanted_set

# contract/guarantees.md, the table of integers
INTEGERS = [
    1,
    2**31 - 1,
    2**31,
    2**53 - 1,
    2**53,
    2**53 + 1,
    2**63 - 1,
    2**63,
    10**19 - 1,
    10**19,
    10**20 - 2,
    10**20 - 1,
]


@pytest.mark.parametrize("number", INTEGERS)
def test_number_of_any_size_is_kept_and_issued_exactly(desk: Desk, number: int) -> None:
    desk.create(new_set("EU", invoice=("EU-", number)))
    assert desk.series("EU-").origin == number
    assert desk.texts(sequence_set="EU") == [f"EU-{number:08d}"]
    series = desk.series("EU-")
    assert (series.last_number, series.issued_count) == (number, 1)
    (entry,) = desk.entries("EU-")
    assert entry.content.numbers == NumberRange(number, number)
    assert desk.verify()["EU- invoice"].is_verified


def test_start_raised_over_the_whole_range_is_skipped_and_counted_exactly(desk: Desk) -> None:
    desk.create(new_set("EU", invoice=("EU-", 1)))
    desk.issue(sequence_set="EU")
    desk.update("EU", wanted_set(invoice=("EU-", 10**20 - 1)))
    series = desk.series("EU-")
    assert (series.skipped_count, series.last_number) == (10**20 - 3, 10**20 - 2)
    assert desk.texts(sequence_set="EU") == ["EU-99999999999999999999"]
    assert desk.verify()["EU- invoice"].numbers == 10**20 - 1


@pytest.mark.parametrize("number", INTEGERS)
def test_number_is_found_by_its_neighbours_exactly(desk: Desk, number: int) -> None:
    """Order and comparison inside the database are those of integers, not of floats."""
    desk.create(new_set("EU", invoice=("EU-", number)))
    desk.issue(sequence_set="EU")
    series_id = desk.series("EU-").key.series_id

    def covered(first: int, last: int) -> int:
        window = NumberRange(first, last)
        return len(desk.on_books(lambda books: books.find_covering(series_id, window)))

    assert covered(number, number) == 1
    assert covered(1, 10**20 - 1) == 1
    assert covered(max(1, number - 1), number) == 1
    if number > 1:
        assert covered(1, number - 1) == 0
    if number < 10**20 - 1:
        assert covered(number + 1, 10**20 - 1) == 0
        assert covered(number, number + 1) == 1


def test_numbers_are_ordered_as_integers(desk: Desk) -> None:
    desk.create(new_set("EU", invoice=("EU-", 1)))
    series = desk.series("EU-")
    numbers = [9, 10, 99, 100, 2**63, 10**19, 10**20 - 1]
    ranges = [
        NumberRange(first + 1, last) for first, last in zip([0, *numbers], numbers, strict=False)
    ]
    advanced, entries = appended(
        series, [sample_content(part.first, part.last, kind=EntryKind.SKIPPED) for part in ranges]
    )
    desk.on_books(lambda books: books.append_entries(entries))
    desk.on_books(lambda books: books.advance_series([(advanced, 0)]))
    found = desk.on_books(
        lambda books: books.find_covering(series.key.series_id, NumberRange(1, 10**20 - 1))
    )
    assert [part for _, part in found] == ranges
    assert desk.verify()["EU- invoice"].is_verified


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FULL = {
    "sequence_set_id": "ab" * 16,
    "chosen_by": ChosenBy.ACCOUNT,
    "reference": "Größe ' \" \\ % :name %(name)s \N{GRINNING FACE}\n\t\x01\x7f\u2028",
    "reason": "é" * 255,
    "hold_until": datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "recorded_at": datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(
    "fields",
    [
        FULL,
        FULL | {"kind": EntryKind.VOIDED, "refers_to": 2**40},
        {"reference": None, "sequence_set_id": None, "document_date": None},
        {"document_date": date(1, 1, 1)},
        {"document_date": date(9999, 12, 31)},
        {"document_date": date(2028, 2, 29)},
        {"recorded_at": EPOCH},
        {"recorded_at": datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=-7)))},
        {"reference": ""},
        {"reference": "x" * 255},
        {"reference": "\N{GRINNING FACE}" * 255},
        {"actor": "command:root"},
        {"kind": EntryKind.RESERVED},
        {"kind": EntryKind.IMPORTED},
    ],
)
def test_entry_read_back_is_the_entry_written(desk: Desk, fields: dict[str, object]) -> None:
    desk.create(new_set("EU", invoice=("EU-", 1)))
    series = desk.series("EU-")
    _, entries = appended(series, [sample_content(**fields)])  # type: ignore[arg-type] # a table
    desk.on_books(lambda books: books.append_entries(entries))
    assert desk.entries("EU-") == entries


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    reference=TEXTS,
    first=st.integers(1, 10**20 - 1),
    seconds=st.integers(0, 7 * 10**9),
    microseconds=st.integers(0, 999_999),
    day=st.dates(),
)
def test_chain_over_any_content_still_verifies_when_read_back(
    desk: Desk, reference: str, first: int, seconds: int, microseconds: int, day: date
) -> None:
    """What is hashed is what comes back, to the last bit."""
    name = uuid.uuid4().hex[:10]
    desk.create(new_set(name, invoice=(f"{name}-", first)))
    series = desk.series(f"{name}-")
    moment = EPOCH + timedelta(seconds=seconds, microseconds=microseconds)
    content = sample_content(first, reference=reference, recorded_at=moment, document_date=day)
    advanced, entries = appended(series, [content])
    desk.on_books(lambda books: books.append_entries(entries))
    desk.on_books(lambda books: books.advance_series([(advanced, 0)]))
    verifier = SeriesVerifier(desk.series(f"{name}-"))
    verifier.take(desk.entries(f"{name}-"))
    assert verifier.finish().is_verified


@pytest.mark.parametrize("value", [None, 1, 2**63, 10**20 - 1])
def test_clear_until_is_kept_exactly(desk: Desk, value: int | None) -> None:
    series_id = desk.series("INV").key.series_id
    desk.on_books(lambda books: books.set_clear_until(series_id, value))
    assert desk.series("INV").clear_until == value


@pytest.mark.parametrize(
    "body", [b"", b"\0\xff\x80", bytes(range(256)), b'{"n": 99999999999999999999}', b"x" * 100_000]
)
def test_kept_answer_is_replayed_byte_for_byte(desk: Desk, body: bytes) -> None:
    use = KeyUse(desk.caller.tenant_id, desk.caller.entity_id, str(uuid.uuid4()), "k", b"f" * 32)
    answer = FinishedAnswer(200, (("ETag", '"a-1"'), ("X", "ü")), body)
    for is_replay in (False, True):
        answered = answer_once(
            desk.store, use, lambda _: answer, lambda _: answer, clock=desk.clock
        )
        assert (answered.answer, answered.is_replay) == (answer, is_replay)


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE seriatim_register; --", "%s", "%(x)s", ":x", "$1", "a\\"]
)
def test_text_that_looks_like_a_statement_is_a_text(desk: Desk, text: str) -> None:
    desk.issue(reference=text)
    (entry,) = desk.entries("INV")
    assert entry.content.reference == text
    assert desk.refusal(lambda: desk.issue(sequence_set=text))
    assert desk.names(name=text) == []


def test_counts_beyond_a_row_of_bits_stay_integers_in_the_table(desk: Desk) -> None:
    """SQLite would turn an INTEGER of 20 digits into a REAL without a word."""
    desk.create(new_set("EU", invoice=("EU-", 2**63 + 1)))
    (row,) = execute(
        desk.store,
        "SELECT last_number FROM seriatim_series WHERE entity_id = :entity_id AND prefix = :prefix",
        {"entity_id": desk.caller.entity_id, "prefix": "EU-"},
    )
    assert int(row[0]) == 2**63
    assert not isinstance(row[0], float)


def test_series_read_back_is_the_series_written(desk: Desk) -> None:
    desk.create(new_set("EU", invoice=("EU-", 7)))
    series = desk.series("EU-")
    moved = replace(
        series,
        last_number=10**20 - 1,
        last_entry_number=2**40,
        head_hash=bytes(range(32)),
        clear_until=10**19,
        last_document_date=date(2028, 2, 29),
        issued_count=10**19,
        voided_count=10**18 + 1,
        skipped_count=2**63,
        imported_count=2**53 + 1,
    )
    desk.on_books(lambda books: books.advance_series([(moved, 0)]))
    assert desk.series("EU-") == moved
