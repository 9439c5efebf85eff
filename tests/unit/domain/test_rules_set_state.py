"""Rules of sequence sets against the books: what each refuses, and what it must let pass."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.rules import set_state as rules
from seriatim.domain.rules.set_state import PrefixOwner, SetUse
from seriatim.domain.sequence_set import Series
from tests.samples import sample_series, sample_set

INVOICE, CREDIT_MEMO, PAYMENT = (
    DocumentType.INVOICE,
    DocumentType.CREDIT_MEMO,
    DocumentType.PAYMENT,
)


def only(violations: Iterable[Violation], *path: str, resource: str = "sequence_set") -> str:
    """The message of the one violation, a rule's, at `path`."""
    (found,) = violations
    assert (found.resource, found.path, found.category) == (resource, path, Category.RULE)
    return found.message


def test_set_name_is_free_broken_is_refused() -> None:
    message = only(rules.set_name_is_free("eu", "EU"), "name")
    assert message == "'eu' is already the name, number or id of the set 'EU'"


def test_set_name_is_free_kept_is_accepted() -> None:
    assert not list(rules.set_name_is_free("EU", None))


def test_set_number_is_free_broken_is_refused() -> None:
    message = only(rules.set_number_is_free("SS-1", "EU"), "sequence_set_number")
    assert message == "'SS-1' is already the number, name or id of the set 'EU'"


def test_set_number_is_free_kept_is_accepted() -> None:
    assert not list(rules.set_number_is_free("SS-1", None))


@pytest.mark.parametrize("new_name", ["OTHER", "default", "Default"])
def test_default_keeps_its_name_broken_is_refused(new_name: str) -> None:
    default = sample_set("DEFAULT", is_default=True)
    message = only(rules.default_keeps_its_name(default, new_name), "name")
    assert message == "the set DEFAULT cannot be renamed"


@pytest.mark.parametrize(
    ("name", "is_default", "new_name"),
    [("DEFAULT", True, "DEFAULT"), ("EU", False, "US"), ("EU", False, "eu")],
)
def test_default_keeps_its_name_kept_is_accepted(
    name: str, *, is_default: bool, new_name: str
) -> None:
    current = sample_set(name, is_default=is_default)
    assert not list(rules.default_keeps_its_name(current, new_name))


def test_default_is_not_deleted_broken_is_refused() -> None:
    message = only(rules.default_is_not_deleted(sample_set("DEFAULT", is_default=True)))
    assert message == "the set DEFAULT cannot be deleted"


def test_default_is_not_deleted_kept_is_accepted() -> None:
    """What counts is the set that is DEFAULT, not one that bears the name."""
    assert not list(rules.default_is_not_deleted(sample_set("EU")))


@pytest.mark.parametrize(
    ("use", "messages"),
    [
        (SetUse(1, 0), ["the set 'EU' is assigned to 1 account"]),
        (SetUse(7, 0), ["the set 'EU' is assigned to 7 accounts"]),
        (SetUse(0, 1), ["the set 'EU' numbers 1 draft document"]),
        (
            SetUse(2, 3),
            ["the set 'EU' is assigned to 2 accounts", "the set 'EU' numbers 3 draft documents"],
        ),
    ],
)
def test_deleted_set_is_unused_broken_is_refused(use: SetUse, messages: list[str]) -> None:
    violations = list(rules.deleted_set_is_unused(sample_set("EU"), use))
    assert [one.message for one in violations] == messages
    assert {(one.path, one.category) for one in violations} == {((), Category.RULE)}


def test_deleted_set_is_unused_kept_is_accepted() -> None:
    assert not list(rules.deleted_set_is_unused(sample_set("EU"), SetUse(0, 0)))


@pytest.mark.parametrize("owner_type", [one for one in DocumentType if one is not INVOICE])
def test_prefix_belongs_to_its_document_type_broken_is_refused(owner_type: DocumentType) -> None:
    owner = PrefixOwner("Mo", owner_type)
    violations = rules.prefix_belongs_to_its_document_type(INVOICE, "MO", owner)
    message = only(violations, "invoice", "prefix")
    assert "the prefix 'Mo' belongs to" in message
    assert "for ever" in message


@pytest.mark.parametrize("owner", [None, PrefixOwner("MO", INVOICE), PrefixOwner("mo", INVOICE)])
def test_prefix_belongs_to_its_document_type_kept_is_accepted(owner: PrefixOwner | None) -> None:
    assert not list(rules.prefix_belongs_to_its_document_type(INVOICE, "MO", owner))


def test_prefix_keeps_its_case_broken_is_refused() -> None:
    violations = rules.prefix_keeps_its_case(INVOICE, "inv", PrefixOwner("INV", INVOICE))
    message = only(violations, "invoice", "prefix")
    assert message == "differs only in case from the existing prefix 'INV'"


@pytest.mark.parametrize("owner", [None, PrefixOwner("INV", INVOICE)])
def test_prefix_keeps_its_case_kept_is_accepted(owner: PrefixOwner | None) -> None:
    assert not list(rules.prefix_keeps_its_case(INVOICE, "INV", owner))


@pytest.mark.parametrize(
    ("series", "start_number"),
    [
        (sample_series(last_number=17), 17),
        (sample_series(last_number=17), 1),
        (sample_series(origin=1000, last_number=1000), 999),
        (sample_series(last_number=10**20 - 1), 10**20 - 1),
    ],
)
def test_start_number_is_not_below_next_broken_is_refused(
    series: Series, start_number: int
) -> None:
    violations = rules.start_number_is_not_below_next(series, start_number)
    message = only(violations, "invoice", "start_number")
    assert f"{start_number} is below {series.next_number}, the next number of 'INV'" in message
    assert "leave the field out to keep counting" in message


@pytest.mark.parametrize(
    ("series", "start_number"),
    [
        (sample_series(last_number=17), 18),  # the current value
        (sample_series(last_number=17), 10**20 - 1),
        (sample_series(origin=500), 1),  # no entry yet: down as well
        (sample_series(origin=500), 500),
        (sample_series(origin=500), 10**20 - 1),
        (sample_series(origin=10**20 - 1), 1),
    ],
)
def test_start_number_is_not_below_next_kept_is_accepted(series: Series, start_number: int) -> None:
    assert not list(rules.start_number_is_not_below_next(series, start_number))


def test_released_prefix_is_unused_broken_is_refused() -> None:
    used = sample_series("MO", last_number=1)
    message = only(rules.released_prefix_is_unused(used, []), resource="series")
    assert message == "the prefix 'MO' has given or passed numbers and stays for ever"
    named = rules.released_prefix_is_unused(sample_series("MO"), ["EU", "US"])
    assert only(named, resource="series") == "the prefix 'MO' is named by the set 'EU'"
    assert len(list(rules.released_prefix_is_unused(used, ["EU"]))) == 2


def test_released_prefix_is_unused_kept_is_accepted() -> None:
    assert not list(rules.released_prefix_is_unused(sample_series("MO"), []))
    assert not list(rules.released_prefix_is_unused(sample_series("MO", origin=500), []))
    assert not list(rules.released_prefix_is_unused(sample_series("INV"), []))
    other = sample_series("PAY-", document_type=PAYMENT)
    assert not list(rules.released_prefix_is_unused(other, []))


@pytest.mark.parametrize(
    ("prefix", "document_type"), [("P-", PAYMENT), ("R-", DocumentType.REFUND)]
)
def test_released_prefix_is_unused_for_the_last_resort_is_refused(
    prefix: str, document_type: DocumentType
) -> None:
    """`P-` and `R-` number what no set numbers, so somebody names them always."""
    series = sample_series(prefix, document_type=document_type)
    message = only(rules.released_prefix_is_unused(series, []), resource="series")
    assert f"'{prefix}'" in message
    assert "DEFAULT" in message


@pytest.mark.parametrize(
    ("series", "other", "collision"),
    [
        (sample_series("2"), sample_series("23", series_id="b"), "2300000001"),
        (sample_series("23"), sample_series("2", series_id="b"), "2300000001"),
        (sample_series("INV"), sample_series("inv2", series_id="b"), "inv200000001"),
        (sample_series("INV2026"), sample_series("INV", series_id="b"), "INV202600000001"),
        # the example of the contract
        (
            sample_series("2", last_number=310_000_299),
            sample_series("23", series_id="b", origin=10_000_300, last_number=10_000_300),
            "2310000300",
        ),
        # one of them is through with it, the other still comes there
        (sample_series("2", last_number=10**9), sample_series("23", series_id="b"), "2300000001"),
    ],
)
def test_entangled_series_are_warned_of_with_their_first_meeting(
    series: Series, other: Series, collision: str
) -> None:
    warning = rules.entanglement_warning(series, other)
    assert warning is not None
    assert warning.document_type is series.document_type
    assert warning.first_collision == collision
    assert f"'{series.prefix}' and '{other.prefix}' (invoices)" in warning.message
    assert collision in warning.message


@pytest.mark.parametrize(
    ("prefix", "other_prefix"),
    [("INV", "INV07"), ("INV", "INV"), ("INV", "INV-2"), ("A", "B2"), ("INV", "INV2X")],
)
def test_series_that_cannot_meet_are_not_warned_of(prefix: str, other_prefix: str) -> None:
    series, other = sample_series(prefix), sample_series(other_prefix, series_id="b")
    assert rules.entanglement_warning(series, other) is None


def test_series_that_have_passed_each_other_for_good_are_not_warned_of() -> None:
    """`A123456789012` meets `A` in one zone of eight digits; both lie behind it."""
    longer = sample_series("A123456789012", series_id="b", last_number=10**8)
    shorter = sample_series("A", last_number=123456789013 * 10**8)
    assert rules.entanglement_warning(shorter, longer) is None
