"""The list of sets as people look at it: any part of a name, any order, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import NumberingInput, SequenceSetInput
from seriatim.service.set_search import LastIssued, SetOrder, SetSearchPage, every_set, search_sets
from tests.conformance.desk import Desk

NAMES = ["beta", "Alpha", "gamma", "Delta-1", "delta-2"]


@pytest.fixture
def filled(desk: Desk) -> Desk:
    for index, name in enumerate(NAMES):
        numbering: dict[DocumentType, Any] = {
            one: NumberingInput(f"X{index}{one.default_prefix.strip('-')}_", 1)
            for one in DocumentType
            if one.is_billing_document
        }
        desk.create(SequenceSetInput(name=name, numbering=numbering))
    return desk


def _page(desk: Desk, **rest: Any) -> SetSearchPage:
    with desk.store.read() as transaction:
        return search_sets(transaction, desk.caller, **{"row_count": 40, **rest})


def _names(page: SetSearchPage) -> list[str]:
    return [one.view.sequence_set.name for one in page.sets]


def _pages(desk: Desk, **rest: Any) -> Iterator[list[str]]:
    after = None
    while True:
        page = _page(desk, row_count=2, after=after, **rest)
        yield _names(page)
        if page.next_place is None:
            return
        after = page.next_place


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (SetOrder.CREATED, ["DEFAULT", *NAMES]),
        (SetOrder.NEWEST, [*reversed(NAMES), "DEFAULT"]),
        (SetOrder.NAME, ["Alpha", "beta", "DEFAULT", "Delta-1", "delta-2", "gamma"]),
        (SetOrder.NAME_BACKWARDS, ["gamma", "delta-2", "Delta-1", "DEFAULT", "beta", "Alpha"]),
    ],
)
def test_every_order_is_the_same_in_one_page_and_in_many(
    filled: Desk, order: SetOrder, names: list[str]
) -> None:
    assert _names(_page(filled, order=order)) == names
    assert [name for page in _pages(filled, order=order) for name in page] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ELTA", ["Delta-1", "delta-2"]),
        ("ss-00000002", ["Alpha"]),
        ("x2inv", ["gamma"]),
        ("nv_", NAMES),
        ("%", []),
        ("a!", []),
        ("\x00", []),
        ("x" * 101, []),
    ],
)
@pytest.mark.parametrize("order", list(SetOrder))
def test_search_finds_any_part_of_a_name_number_or_prefix(
    filled: Desk, text: str, names: list[str], order: SetOrder
) -> None:
    assert sorted(_names(_page(filled, text=text, order=order))) == sorted(names)


def test_deleted_and_foreign_sets_are_not_found(filled: Desk) -> None:
    filled.delete("beta")
    assert "beta" not in _names(_page(filled))
    assert _names(_page(filled.another_entity())) == ["DEFAULT"]


def test_summary_tells_accounts_warnings_and_the_last_document(filled: Desk) -> None:
    view = filled.get("Alpha").sequence_set
    filled.insert_account("A-1", view.sequence_set_id)
    filled.issue(sequence_set="Alpha")
    numbering: dict[DocumentType, Any] = {DocumentType.INVOICE: NumberingInput("X1INV_7")}
    filled.update("beta", SequenceSetInput(numbering=numbering))
    found = {one.view.sequence_set.name: one for one in _page(filled).sets}
    assert found["Alpha"].accounts == 1
    assert found["Alpha"].last_issued == LastIssued(filled.clock.now().date(), "X1INV_00000001")
    assert len(found["Alpha"].warnings) == len(found["beta"].warnings) == 1
    assert (found["gamma"].accounts, found["gamma"].last_issued) == (0, None)


def test_odd_place_begins_at_the_beginning(filled: Desk) -> None:
    for after in ("x", "-1", "9" * 30, "²"):
        assert _names(_page(filled, after=after)) == ["DEFAULT", *NAMES]


def test_file_holds_every_set_that_the_search_finds(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.service.set_search._SETS_PER_SLICE", 2)
    names = [one.sequence_set.name for one in every_set(filled.store, filled.caller)]
    assert names == ["DEFAULT", *NAMES]
    found = every_set(filled.store, filled.caller, text="delta")
    assert [one.sequence_set.name for one in found] == ["Delta-1", "delta-2"]
