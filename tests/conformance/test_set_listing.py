"""Listing and deleting sets."""

from __future__ import annotations

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, NotFound
from seriatim.service.sequence_sets import list_sets
from tests.conformance.desk import Desk, error_of
from tests.samples import new_set, wanted_set

RULE = Category.RULE


@pytest.fixture
def many(desk: Desk) -> Desk:
    """DEFAULT and S0 … S6, of which S2 is gone."""
    desk.create(*(new_set(f"S{n}", f"S{n}-") for n in range(4)))
    desk.create(*(new_set(f"S{n}", f"S{n}-") for n in range(4, 7)))
    desk.delete("S2")
    return desk


ALL = ["DEFAULT", "S0", "S1", "S3", "S4", "S5", "S6"]


def test_sets_come_default_first_and_then_by_creation(many: Desk) -> None:
    assert many.names() == ALL
    many.update("S1", wanted_set("A-FIRST"))
    many.update("DEFAULT", wanted_set(chronological=True))
    assert many.names() == ["DEFAULT", "S0", "A-FIRST", "S3", "S4", "S5", "S6"]


@pytest.mark.parametrize("page_size", [1, 2, 3, 6, 7, 8, 40])
def test_pages_together_are_the_whole_list_and_no_more(many: Desk, page_size: int) -> None:
    found: list[str] = []
    page, has_more = 1, True
    while has_more:
        with many.store.read() as transaction:
            shown = list_sets(transaction, many.caller, page=page, page_size=page_size)
        assert len(shown.sets) <= page_size
        found += [view.sequence_set.name for view in shown.sets]
        has_more = shown.ends_at is not None
        page += 1
    assert found == ALL
    assert many.names(page=page, page_size=page_size) == []


@pytest.mark.parametrize("page_size", [1, 3, 40])
def test_pages_that_follow_where_the_last_one_ended_are_the_same(
    many: Desk, page_size: int
) -> None:
    found: list[str] = []
    ends_at: int | None = -1
    while ends_at is not None:
        with many.store.read() as transaction:
            shown = list_sets(
                transaction, many.caller, page=99, page_size=page_size, after_position=ends_at
            )
        found += [view.sequence_set.name for view in shown.sets]
        ends_at = shown.ends_at
    assert found == ALL


def test_page_far_behind_the_end_is_empty(many: Desk) -> None:
    for page in (2, 100, 10**9):
        assert many.names(page=page) == []


def test_listed_set_is_the_one_that_is_read(many: Desk) -> None:
    many.issue(sequence_set="S0", count=3)
    with many.store.read() as transaction:
        views = list_sets(transaction, many.caller, page=1, page_size=40).sets
    assert views == [many.get(name) for name in ALL]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("S0", ["S0"]),
        ("s0", ["S0"]),
        ("SS-00000001", ["S0"]),
        ("ss-00000001", ["S0"]),
        ("DEFAULT", ["DEFAULT"]),
        ("S", []),
        ("S2", []),
        ("S%", []),
        ("", []),
        ("SS-00000003", []),
    ],
)
def test_filter_takes_an_exact_name_or_number(many: Desk, name: str, expected: list[str]) -> None:
    assert many.names(name=name) == expected
    assert many.names(name=name, page=2) == []


def test_filter_does_not_take_an_id(many: Desk) -> None:
    assert many.names(name=many.get("S0").sequence_set.sequence_set_id) == []


@pytest.mark.parametrize("role", Role)
def test_every_role_may_list(many: Desk, role: Role) -> None:
    many.caller = many.asking(role)
    assert many.names() == ALL


def test_deleted_set_is_gone_and_its_keys_are_free(many: Desk) -> None:
    before = many.get("S3").sequence_set
    many.delete("S3")
    for key in ("S3", before.sequence_set_number, before.sequence_set_id):
        assert isinstance(error_of(lambda key=key: many.get(key)), NotFound)  # type: ignore[misc] # bound early
        assert isinstance(error_of(lambda key=key: many.delete(key)), NotFound)  # type: ignore[misc] # bound early
    many.create(new_set("S3", "NEW-", number=before.sequence_set_number))
    assert many.get("S3").sequence_set.sequence_set_id != before.sequence_set_id
    assert many.names()[-1] == "S3"


def test_numbers_of_a_deleted_set_still_say_where_they_came_from(desk: Desk) -> None:
    (view,) = desk.create(new_set("A")).sets
    desk.issue(sequence_set="A")
    desk.delete("A")
    (entry,) = desk.entries("A-I-")
    assert entry.content.sequence_set_id == view.sequence_set.sequence_set_id


def test_set_in_use_is_not_deleted_until_it_is_free(desk: Desk) -> None:
    (view,) = desk.create(new_set("A")).sets
    set_id = view.sequence_set.sequence_set_id
    desk.insert_account("ACC", set_id)
    desk.insert_draft(set_id, DocumentType.CREDIT_MEMO)
    refused = error_of(lambda: desk.delete("A"))
    assert refused is not None
    assert "assigned to 1 account" in refused.message
    assert "numbers 1 draft document" in refused.message
    assert desk.names() == ["DEFAULT", "A"]
    desk.insert_account("FREE")
    desk.create(new_set("B"))
    desk.delete("B")
