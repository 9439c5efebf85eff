"""A review says what saving would do, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import EditedSince
from seriatim.domain.sequence_set import NumberingInput, SequenceSetInput
from seriatim.service.set_review import SetReview, describe_set, review_deletion, review_set
from tests.conformance.desk import INVOICE, Desk, error_of

BILLING = [one for one in DocumentType if one.is_billing_document]


def _wanted(name: str = "New", prefix: str = "N", start: int = 5) -> SequenceSetInput:
    numbering: dict[DocumentType, Any] = {
        one: NumberingInput(f"{prefix}{one.default_prefix}", start) for one in BILLING
    }
    return SequenceSetInput(name=name, numbering=numbering)


def _review(desk: Desk, key: str | None, wanted: SequenceSetInput, **rest: Any) -> SetReview:
    return review_set(desk.store, desk.asking(), key, wanted, clock=desk.clock, **rest)


def test_review_of_a_new_set_shows_its_numbers_and_makes_nothing(desk: Desk) -> None:
    review = _review(desk, None, _wanted())
    assert review.violations == ()
    assert review.effects[0].next_document_numbers == [
        "NINV00000005",
        "NINV00000006",
        "NINV00000007",
    ]
    assert desk.names() == ["DEFAULT"]
    assert not [one for one in desk.all_series() if one.prefix == "NINV"]
    assert desk.audit_trail() == []


def test_review_with_faults_still_shows_the_sound_rows(desk: Desk) -> None:
    numbering = {**_wanted().numbering, INVOICE: NumberingInput("?", 5)}
    review = _review(desk, None, SequenceSetInput(numbering=numbering))
    assert {one.path for one in review.violations} == {("name",), ("invoice", "prefix")}
    assert [one.document_type for one in review.effects] == BILLING[1:]
    assert review.effects[0].next_document_numbers[0] == "NCM00000005"


def test_review_of_a_change_tells_what_it_skips_and_moves_nothing(desk: Desk) -> None:
    desk.issue()
    before = desk.series("INV")
    numbering: dict[DocumentType, Any] = {INVOICE: NumberingInput(start_number=10)}
    sound = _review(desk, "DEFAULT", SequenceSetInput(numbering=numbering))
    faulty = _review(desk, "DEFAULT", SequenceSetInput(name="Other", numbering=numbering))
    for review in (sound, faulty):
        assert review.effects[0].skips == ("INV00000002", "INV00000009", 8)
    assert [one.path for one in faulty.violations] == [("name",)]
    assert desk.series("INV") == before


def test_review_warns_of_entangled_prefixes(desk: Desk) -> None:
    numbering = {**_wanted().numbering, INVOICE: NumberingInput("INV7", 1)}
    review = _review(desk, None, SequenceSetInput(name="New", numbering=numbering))
    assert [one.path for one in review.warnings] == [("sequence_sets", 0, "invoice", "prefix")]


def test_review_of_an_outdated_version_is_refused(desk: Desk) -> None:
    etag = desk.get("DEFAULT").sequence_set.etag
    desk.update("DEFAULT", SequenceSetInput(chronological=True))
    attempt = lambda: _review(desk, "DEFAULT", SequenceSetInput(), if_match=etag)  # noqa: E731
    assert isinstance(error_of(attempt), EditedSince)


def test_review_of_a_deletion_gives_the_reasons_and_deletes_nothing(desk: Desk) -> None:
    desk.create(_wanted())
    free = review_deletion(desk.store, desk.asking(), "New", clock=desk.clock)
    assert (free.violations, len(free.effects)) == ((), 3)
    desk.insert_account("A-1", desk.get("New").sequence_set.sequence_set_id)
    for key, reason in (("New", "1 account"), ("DEFAULT", "cannot be deleted")):
        held = review_deletion(desk.store, desk.asking(), key, clock=desk.clock)
        assert reason in held.violations[0].message
    assert desk.names() == ["DEFAULT", "New"]


@pytest.mark.parametrize("key", ["DEFAULT", "ss-00000000"])
def test_set_is_described_as_it_stands(desk: Desk, key: str) -> None:
    with desk.store.read() as transaction:
        view, review = describe_set(transaction, desk.caller, key)
    assert view == desk.get("DEFAULT")
    assert [one.next_document_numbers[0] for one in review.effects] == [
        f"{one.default_prefix}00000001" for one in DocumentType
    ]
