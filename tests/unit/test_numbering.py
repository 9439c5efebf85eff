"""The library without a server: what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from seriatim import (
    DocumentNumbers,
    DocumentType,
    IssuedNumbers,
    NotFound,
    Numbering,
    NumberState,
    Rejected,
    StoreRefused,
)
from tests.conformance.desk import FixedClock

CALLERS = 64


@pytest.fixture
def numbering(tmp_path: Path) -> Iterator[Numbering]:
    with Numbering(f"sqlite:///{tmp_path / 'numbers.db'}", clock=FixedClock()) as opened:
        yield opened


def faults(attempt: Any) -> dict[str, str]:
    with pytest.raises(Rejected) as rejected:
        attempt()
    return {".".join(map(str, one.path)): one.message for one in rejected.value.violations}


# --- what it answers ---


def test_empty_file_is_made_and_gives_its_first_number(numbering: Numbering) -> None:
    issued = numbering.issue("invoice", reference="order 1")
    assert issued == IssuedNumbers(
        document_type=DocumentType.INVOICE,
        sequence_set_id=issued.sequence_set_id,
        prefix="INV",
        ranges=(DocumentNumbers("INV00000001", "INV00000001", 1),),
        state=NumberState.ISSUED,
        document_date=date(2026, 11, 23),
        entry_id=issued.entry_id,
        issued_at=datetime(2026, 11, 23, 12, 0, 0, 123, tzinfo=UTC),
    )
    assert issued.number == issued.first_number == issued.last_number == "INV00000001"


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    with Numbering(f"sqlite:///{tmp_path / 'numbers.db'}"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_several_numbers_are_ranges_and_one_by_one(numbering: Numbering) -> None:
    issued = numbering.issue(DocumentType.REFUND, references=["a", "b", "c"])
    assert issued.ranges == (DocumentNumbers("R-00000001", "R-00000003", 3),)
    assert list(issued.numbers()) == ["R-00000001", "R-00000002", "R-00000003"]
    with pytest.raises(ValueError, match="3 numbers were given"):
        issued.number  # noqa: B018 - reading it is what is tested


def test_ranges_step_over_what_another_series_gave(numbering: Numbering) -> None:
    numbering.create_set("Short", invoice=("N", 200000000), credit_memo="NC-", debit_memo="ND-")
    numbering.create_set("Long", invoice="N2", credit_memo="MC-", debit_memo="MD-")
    assert numbering.issue("invoice", sequence_set="Long").number == "N200000001"
    issued = numbering.issue("invoice", sequence_set="Short", count=3)
    assert list(issued.numbers()) == ["N200000000", "N200000002", "N200000003"]
    assert issued.count == 3


def test_set_is_created_with_its_numbers(numbering: Numbering) -> None:
    made = numbering.create_set(
        "EU",
        invoice=("E-", 7),
        credit_memo="EC-",
        debit_memo="ED-",
        sequence_set_number="4711",
        chronological=True,
    )
    assert (made.name, made.sequence_set_number, made.warnings) == ("EU", "4711", ())
    day = date(2026, 11, 20)
    issued = numbering.issue("invoice", sequence_set="4711", document_date=day)
    assert (issued.number, issued.document_date) == ("E-00000007", day)
    assert "document_date" in faults(
        lambda: numbering.issue("invoice", sequence_set="EU", document_date=date(2026, 11, 19))
    )


def test_set_with_faults_names_each(numbering: Numbering) -> None:
    found = faults(lambda: numbering.create_set("Bad name!", invoice=("N", 0), credit_memo="NC-"))
    assert {"name", "invoice.start_number", "debit_memo"} <= found.keys()


def test_entangled_set_is_made_with_a_warning(numbering: Numbering) -> None:
    made = numbering.create_set("Two", invoice="INV2", credit_memo="TC-", debit_memo="TD-")
    assert len(made.warnings) == 1


def test_number_explains_itself(numbering: Numbering) -> None:
    numbering.issue("invoice", count=2)
    held = numbering.reserve("invoice", hold_seconds=60)
    assert held.hold_until == datetime(2026, 11, 23, 12, 1, 0, 123, tzinfo=UTC)
    numbering.confirm(held.number)
    numbering.void("INV00000002", reason="printed twice")
    found = numbering.explain("inv00000002")
    assert (found.number, found.state, found.reason) == (
        "INV00000002",
        NumberState.VOIDED,
        "printed twice",
    )
    assert [entry.kind for entry in found.history] == ["issued", "voided"]
    assert found.previous is not None
    assert found.previous.number == "INV00000001"
    assert found.next is not None
    assert (found.next.number, found.next.state) == ("INV00000003", NumberState.ISSUED)
    assert numbering.explain("INV00000001").previous is None
    with pytest.raises(NotFound):
        numbering.explain("INV00000009")


def test_every_series_is_verified(numbering: Numbering) -> None:
    numbering.issue("payment", count=1000)
    verified = numbering.verify()
    assert verified.is_verified
    assert [(one.prefix, one.entries, one.numbers) for one in verified.series] == [
        ("CM", 0, 0),
        ("DM", 0, 0),
        ("INV", 0, 0),
        ("P-", 1, 1000),
        ("R-", 0, 0),
    ]


def test_actor_stands_in_the_register(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'numbers.db'}"
    with Numbering(url, actor="billing") as numbering:
        number = numbering.issue("invoice").number
        assert numbering.explain(number).history[0].actor == "library:billing"
    with Numbering(url) as numbering:
        number = numbering.issue("invoice").number
        assert numbering.explain(number).history[0].actor.removeprefix("library:")


def test_entity_is_chosen_by_name_or_id(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'numbers.db'}"
    with Numbering(url, entity="main") as numbering:
        numbering.issue("invoice")
    with Numbering(url, entity="Elsewhere") as numbering, pytest.raises(NotFound):
        numbering.issue("invoice")


# --- what it takes ---


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document_type", "bill"),
        ("count", 0),
        ("count", 1_000_001),
        ("count", True),
        ("count", "1"),
        ("count", 1.0),
        ("reference", "x" * 256),
        ("reference", "a\x00b"),
        ("reference", "\ud800"),
        ("reference", 4711),
        ("references", []),
        ("references", "ab"),
        ("references", [1]),
        ("document_date", date(2028, 1, 1)),
        ("document_date", datetime(2026, 11, 23, tzinfo=UTC)),
        ("document_date", "2026-11-23"),
        ("sequence_set", "unknown"),
        ("sequence_set", "\x00"),
        ("idempotency_key", ""),
        ("idempotency_key", "k" * 256),
    ],
)
def test_fault_names_its_field_and_nothing_is_issued(
    numbering: Numbering, field: str, value: object
) -> None:
    arguments: dict[str, Any] = {"document_type": "invoice", field: value}
    assert list(faults(lambda: numbering.issue(**arguments))) == [field]
    assert numbering.issue("invoice").number == "INV00000001"


def test_all_faults_are_told_at_once(numbering: Numbering) -> None:
    found = faults(
        lambda: numbering.reserve(
            "bill", hold_seconds=0, count=-1, reference="\x00", sequence_set="none"
        )
    )
    assert found.keys() == {"document_type", "hold_seconds", "count", "reference", "sequence_set"}


def test_void_without_reason_is_refused(numbering: Numbering) -> None:
    number = numbering.issue("invoice").number
    assert faults(lambda: numbering.void(number, reason=" ")).keys() == {"reason"}
    assert faults(lambda: numbering.void(number, reason="\x00")).keys() == {"reason"}
    assert faults(lambda: numbering.explain("\x00")).keys() == {"number"}


def test_url_of_something_else_is_refused_at_first_use() -> None:
    with Numbering("mysql://localhost/numbers") as numbering, pytest.raises(StoreRefused):
        numbering.issue("invoice")
