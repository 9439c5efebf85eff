"""Issuing: which set decides, which date counts, what is refused, and where numbers end."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_number import NumberRange
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, NotPermitted, Violation
from seriatim.domain.register import ChosenBy, EntryKind
from seriatim.service.numbers import issue_numbers
from seriatim.service.set_choice import IssueRequest
from tests.conformance.desk import Desk, error_of
from tests.samples import new_set, wanted_set

INVALID, RULE, UNKNOWN = Category.INVALID_VALUE, Category.RULE, Category.NOT_FOUND
INVOICE, PAYMENT = DocumentType.INVOICE, DocumentType.PAYMENT


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Sets EU and US; an account of EU, and one of no set."""
    desk.create(new_set("EU"), new_set("US", payment="US-P-"))
    desk.insert_account("EU-ACC", desk.get("EU").sequence_set.sequence_set_id)
    desk.insert_account("US-ACC", desk.get("US").sequence_set.sequence_set_id)
    desk.insert_account("NO-SET")
    return desk


@pytest.mark.parametrize(
    ("document_type", "asked", "text", "set_name", "chosen_by"),
    [
        (INVOICE, {}, "INV00000001", "DEFAULT", ChosenBy.DEFAULT),
        (INVOICE, {"sequence_set": "eu"}, "EU-I-00000001", "EU", ChosenBy.REQUEST),
        (INVOICE, {"sequence_set": "SS-00000002"}, "US-I-00000001", "US", ChosenBy.REQUEST),
        (INVOICE, {"sequence_set": "DEFAULT"}, "INV00000001", "DEFAULT", ChosenBy.REQUEST),
        (INVOICE, {"account_number": "eu-acc"}, "EU-I-00000001", "EU", ChosenBy.ACCOUNT),
        (INVOICE, {"account_number": "NO-SET"}, "INV00000001", "DEFAULT", ChosenBy.DEFAULT),
        (
            INVOICE,
            {"account_number": "EU-ACC", "sequence_set": "US"},
            "US-I-00000001",
            "US",
            ChosenBy.REQUEST,
        ),
        # a set without payments uses DEFAULT's
        (PAYMENT, {"account_number": "EU-ACC"}, "P-00000001", "EU", ChosenBy.ACCOUNT),
        (PAYMENT, {"account_number": "US-ACC"}, "US-P-00000001", "US", ChosenBy.ACCOUNT),
    ],
)
def test_set_is_that_of_the_request_else_the_account_else_default(
    shop: Desk,
    document_type: DocumentType,
    asked: dict[str, Any],
    text: str,
    set_name: str,
    chosen_by: ChosenBy,
) -> None:
    prefix = text[:-8]
    assert shop.texts(document_type, **asked) == [text]
    (entry,) = shop.entries(prefix, document_type)
    assert entry.content.sequence_set_id == shop.get(set_name).sequence_set.sequence_set_id
    assert entry.content.chosen_by is chosen_by


def test_account_is_found_by_its_id_with_or_without_dashes(shop: Desk) -> None:
    account_id = shop.insert_account("X", shop.get("EU").sequence_set.sequence_set_id)
    dashed = str(uuid.UUID(account_id))
    for key in (account_id, dashed, dashed.upper()):
        assert shop.texts(account_id=key)[0].startswith("EU-I-")
    assert shop.texts(account_id=dashed, account_number="x")[0].startswith("EU-I-")


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"sequence_set": "FR"}, {("sequence_set", UNKNOWN)}),
        ({"sequence_set": ""}, {("sequence_set", UNKNOWN)}),
        ({"account_id": "x"}, {("account_id", UNKNOWN)}),
        ({"account_id": uuid.uuid4().hex}, {("account_id", UNKNOWN)}),
        ({"account_number": "nobody"}, {("account_number", UNKNOWN)}),
        (
            {"account_number": "nobody", "sequence_set": "EU"},
            {("account_number", UNKNOWN)},
        ),
        ({"count": 0}, {("count", INVALID)}),
        ({"count": 1_000_001}, {("count", INVALID)}),
        ({"references": ()}, {("references", INVALID)}),
        ({"references": ("x" * 256,)}, {("references.0", INVALID)}),
        ({"reference": "x" * 256}, {("reference", INVALID)}),
        (
            {"references": ("x",), "count": 1, "reference": "y"},
            {("count", INVALID), ("reference", INVALID)},
        ),
        ({"document_date": date(2027, 11, 25)}, {("document_date", INVALID)}),
        (
            {"sequence_set": "FR", "account_id": "x", "count": 0, "reference": "x" * 256},
            {
                ("sequence_set", UNKNOWN),
                ("account_id", UNKNOWN),
                ("count", INVALID),
                ("reference", INVALID),
            },
        ),
    ],
)
def test_request_that_is_wrong_is_refused_with_every_fault_and_gives_nothing(
    shop: Desk, asked: dict[str, Any], faults: set[tuple[str, Category]]
) -> None:
    assert shop.refusal(lambda: shop.issue(INVOICE, **asked)) == faults
    assert sum(series.issued_count for series in shop.all_series()) == 0


def test_account_that_is_two_accounts_is_refused(shop: Desk) -> None:
    account_id = shop.insert_account("X")
    found = shop.refusal(lambda: shop.issue(account_id=account_id, account_number="EU-ACC"))
    assert found == {("account_number", INVALID)}


def test_account_of_a_deleted_set_falls_back_to_default(shop: Desk) -> None:
    """It cannot happen through the service, which refuses to delete a set in use."""
    shop.insert_account("LOST", "f" * 32)
    assert shop.texts(account_number="LOST") == ["INV00000001"]


def test_faults_of_shape_are_told_with_the_others(shop: Desk) -> None:
    shape = Violation("document_number", ("document_type",), Category.MISSING_FIELD, "is required")

    def issue() -> object:
        return shop.run(
            lambda tx: issue_numbers(
                tx,
                shop.asking(),
                IssueRequest(None, count=0),
                clock=shop.clock,
                shape_faults=[shape],
            )
        )

    assert shop.refusal(issue) == {
        ("document_type", Category.MISSING_FIELD),
        ("count", INVALID),
    }


@pytest.mark.parametrize("count", [1, 2, 1000, 1_000_000])
def test_numbers_of_a_request_rise_and_are_one_entry(desk: Desk, count: int) -> None:
    desk.issue(count=3)
    issued = desk.issue(count=count, reference="all of them")
    assert issued.ranges == [NumberRange(4, 3 + count)]
    entry = desk.entries("INV")[1]
    assert issued.first_entry == entry
    assert entry.content.numbers == NumberRange(4, 3 + count)
    assert entry.content.reference == "all of them"
    assert desk.verify()["INV invoice"].numbers == 3 + count


def test_each_reference_gets_its_number_in_order(desk: Desk) -> None:
    references = tuple(f"order {n}" for n in range(1000))
    issued = desk.issue(references=references)
    assert issued.ranges == [NumberRange(1, 1000)]
    entries = desk.entries("INV")
    assert [entry.content.reference for entry in entries] == list(references)
    assert [entry.content.numbers.first for entry in entries] == list(range(1, 1001))
    assert desk.verify()["INV invoice"].is_verified


def test_entry_says_who_asked_and_when(desk: Desk) -> None:
    issued = desk.issue()
    content = issued.first_entry.content
    assert content.kind is EntryKind.ISSUED
    assert content.actor == desk.caller.actor
    assert str(uuid.UUID(content.request_id)) == content.request_id
    assert content.recorded_at == issued.issued_at == desk.clock.now()
    assert desk.issue().first_entry.content.request_id != content.request_id


@pytest.mark.parametrize(
    ("zone", "moment", "today"),
    [
        ("UTC", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2026, 12, 31)),
        ("Europe/Berlin", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
        ("America/New_York", datetime(2027, 1, 1, 4, 59, tzinfo=UTC), date(2026, 12, 31)),
        ("Pacific/Kiritimati", datetime(2026, 12, 31, 10, 0, tzinfo=UTC), date(2027, 1, 1)),
        ("Pacific/Niue", datetime(2027, 1, 1, 10, 59, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_date_left_out_is_today_in_the_entity(
    desk: Desk, zone: str, moment: datetime, today: date
) -> None:
    desk.set_settings(time_zone=zone)
    desk.clock.moment = moment
    assert desk.issue().document_date == today
    assert desk.entries("INV")[0].content.document_date == today


def test_year_ahead_is_counted_from_today_in_the_entity(desk: Desk) -> None:
    desk.clock.moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    furthest = date(2028, 1, 2)
    assert desk.refusal(lambda: desk.issue(document_date=furthest))
    desk.set_settings(time_zone="Europe/Berlin")
    assert desk.issue(document_date=furthest).document_date == furthest


def test_other_series_take_dates_in_any_order(desk: Desk) -> None:
    for day in (date(2026, 5, 1), date(2025, 1, 1), date(2026, 4, 30)):
        assert desk.issue(document_date=day).document_date == day
    assert desk.series("INV").last_document_date == date(2026, 5, 1)


def test_chronological_series_refuses_to_go_back_and_gives_nothing(desk: Desk) -> None:
    desk.create(new_set("EU", chronological=True))
    desk.issue(sequence_set="EU", document_date=date(2027, 1, 15))
    before = desk.series("EU-I-")
    found = desk.refusal(lambda: desk.issue(sequence_set="EU", document_date=date(2027, 1, 14)))
    assert found == {("document_date", RULE)}
    assert desk.series("EU-I-") == before
    # without a date, the later of today and the last one
    assert desk.issue(sequence_set="EU").document_date == date(2027, 1, 15)
    assert desk.issue(sequence_set="EU", document_date=date(2027, 1, 15)).ranges


def test_one_chronological_set_binds_every_set_that_names_the_series(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("S-", 1)), new_set("B", invoice=("S-", 1)))
    desk.issue(sequence_set="A", document_date=date(2026, 6, 1))
    desk.issue(sequence_set="A", document_date=date(2026, 5, 1))
    desk.update("B", wanted_set(chronological=True))
    early = date(2026, 5, 31)
    assert desk.refusal(lambda: desk.issue(sequence_set="A", document_date=early))
    desk.update("B", wanted_set(chronological=False))
    desk.issue(sequence_set="A", document_date=early)


def test_clock_turned_back_does_not_disturb_a_chronological_series(desk: Desk) -> None:
    desk.update("DEFAULT", wanted_set(chronological=True))
    day = desk.issue().document_date
    desk.clock.forward(days=-40)
    assert desk.issue().document_date == day
    assert desk.texts() == ["INV00000003"]


def test_numbers_end_at_twenty_nines_and_the_last_is_given(desk: Desk) -> None:
    desk.create(new_set("EU", invoice=("EU-", 10**20 - 3)))
    assert desk.texts(sequence_set="EU", count=2)[-1] == "EU-99999999999999999998"
    before = desk.series("EU-")
    assert desk.refusal(lambda: desk.issue(sequence_set="EU", count=2)) == {("count", RULE)}
    assert desk.series("EU-") == before
    assert desk.texts(sequence_set="EU") == ["EU-99999999999999999999"]
    for count in (1, 2, 1_000_000):
        found = desk.refusal(lambda count=count: desk.issue(sequence_set="EU", count=count))  # type: ignore[misc] # bound early
        assert found == {("sequence_set", RULE)}
    assert len(desk.entries("EU-")) == 2
    assert desk.verify()["EU- invoice"].is_verified


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ISSUER])
def test_admins_and_issuers_may_issue(desk: Desk, role: Role) -> None:
    desk.caller = desk.asking(role)
    assert desk.texts() == ["INV00000001"]


def test_auditors_may_not_issue(desk: Desk) -> None:
    admin, desk.caller = desk.caller, desk.asking(Role.AUDITOR)
    assert isinstance(error_of(desk.issue), NotPermitted)
    desk.caller = admin
    assert desk.series("INV").last_number == 0


def test_every_type_counts_by_itself(desk: Desk) -> None:
    for document_type in DocumentType:
        assert desk.texts(document_type, count=2) == [
            f"{document_type.default_prefix}00000001",
            f"{document_type.default_prefix}00000002",
        ]
