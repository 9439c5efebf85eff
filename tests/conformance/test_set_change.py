"""Changing a set: merged field by field, moved only as far as was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, EditedSince, NotFound, NotPermitted
from seriatim.domain.register import EntryKind
from seriatim.domain.sequence_set import SequenceSetInput
from tests.conformance.desk import Desk, error_of
from tests.samples import new_set, numbering, wanted_set

INVALID, MISSING, RULE = Category.INVALID_VALUE, Category.MISSING_FIELD, Category.RULE
PAYMENT = DocumentType.PAYMENT


@pytest.fixture
def eu(desk: Desk) -> Desk:
    desk.create(new_set("EU", payment=("PAY-", 1)))
    return desk


def _shown(desk: Desk, key: str = "EU") -> dict[str, Any]:
    found = desk.get(key).sequence_set.series
    return {one.field_name: (series.prefix, series.next_number) for one, series in found.items()}


BEFORE = {
    "invoice": ("EU-I-", 1),
    "credit_memo": ("EU-C-", 1),
    "debit_memo": ("EU-D-", 1),
    "payment": ("PAY-", 1),
}


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        (wanted_set(invoice=numbering("NEW-")), {"invoice": ("NEW-", 1)}),
        (wanted_set(invoice=numbering(start_number=50)), {"invoice": ("EU-I-", 50)}),
        (wanted_set(invoice=("NEW-", 50)), {"invoice": ("NEW-", 50)}),
        (wanted_set(refund="REF-"), {"refund": ("REF-", 1)}),
        (wanted_set(refund=("REF-", 9)), {"refund": ("REF-", 9)}),
        (wanted_set(payment=None), {"payment": None}),
        (wanted_set(refund=None), {}),
        (wanted_set(invoice=numbering()), {}),
        (wanted_set(invoice="EU-I-", payment=("PAY-", 1)), {}),
        (wanted_set(), {}),
    ],
)
def test_what_is_left_out_keeps_its_value(
    eu: Desk, wanted: SequenceSetInput, changed: dict[str, tuple[str, int] | None]
) -> None:
    eu.update("EU", wanted)
    expected = {name: value for name, value in (BEFORE | changed).items() if value is not None}
    assert _shown(eu) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        wanted_set(),
        wanted_set("EU"),
        wanted_set("EU", chronological=False, invoice=("EU-I-", 1)),
        wanted_set(refund=None),
    ],
)
def test_nothing_asked_for_changes_nothing(eu: Desk, wanted: SequenceSetInput) -> None:
    before, trail = eu.get("EU"), len(eu.audit_trail())
    saved = eu.update("EU", wanted)
    assert saved.sets == [before]  # its ETag too
    assert eu.get("EU") == before
    assert len(eu.audit_trail()) == trail


def test_numbers_issued_meanwhile_are_no_change_of_the_set(
    eu: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody issues between the reading and the writing of an update."""
    if eu.store.database.name == "sqlite":
        eu.issue(sequence_set="EU")  # there is one writer: before or after, never between
        eu.update("EU", wanted_set())
    else:
        _issue_during(eu, monkeypatch)
        eu.update("EU", wanted_set())
    assert eu.get("EU").sequence_set.revision == 1
    assert len(eu.audit_trail()) == 1
    assert eu.series("EU-I-").last_number == 1


def _issue_during(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from seriatim.service.set_saving import Saving

    read = Saving.current

    def current(saving: Saving, key: str, if_match: str | None) -> object:
        found = read(saving, key, if_match)
        desk.issue(sequence_set="EU")
        return found

    monkeypatch.setattr(Saving, "current", current)


def test_each_change_is_a_revision(eu: Desk) -> None:
    for revision, wanted in enumerate(
        [
            wanted_set("US"),
            wanted_set(chronological=True),
            wanted_set(payment=None),
            wanted_set(invoice=numbering(start_number=5)),
            wanted_set("us"),
        ],
        start=2,
    ):
        (view,) = eu.update("EU" if revision == 2 else "US", wanted).sets
        assert view.sequence_set.revision == revision
        assert eu.get("us").sequence_set.revision == revision


def test_read_values_written_back_change_nothing(eu: Desk) -> None:
    eu.issue(sequence_set="EU", count=7)
    eu.update("EU", wanted_set(**_shown(eu)))
    assert _shown(eu)["invoice"] == ("EU-I-", 8)
    assert len(eu.entries("EU-I-")) == 1


def test_used_up_series_written_back_changes_nothing(eu: Desk) -> None:
    eu.update("EU", wanted_set(invoice=numbering(start_number=10**20 - 1)))
    eu.issue(sequence_set="EU")
    before = _shown(eu)
    assert before["invoice"] == ("EU-I-", 10**20)
    eu.update("EU", wanted_set("US", **before))
    assert _shown(eu, "US") == before
    found = eu.refusal(lambda: eu.update("US", wanted_set(invoice=("OTHER-", 10**20))))
    assert found == {("invoice.start_number", INVALID)}


def test_new_prefix_alone_starts_at_the_number_the_row_showed(eu: Desk) -> None:
    eu.issue(sequence_set="EU", count=41)
    eu.update("EU", wanted_set(invoice="NEW-"))
    assert eu.texts(sequence_set="EU") == ["NEW-00000042"]
    assert eu.series("NEW-").origin == 42


def test_new_prefix_alone_of_a_used_up_row_is_told_to_name_a_number(eu: Desk) -> None:
    eu.update("EU", wanted_set(invoice=numbering(start_number=10**20 - 1)))
    eu.issue(sequence_set="EU")
    found = eu.refusal(lambda: eu.update("EU", wanted_set(invoice="NEW-")))
    assert found == {("invoice.start_number", INVALID)}
    eu.update("EU", wanted_set(invoice=("NEW-", 1)))


def test_new_prefix_alone_joins_a_series_where_it_stands(eu: Desk) -> None:
    eu.issue(count=3)
    eu.issue(sequence_set="EU", count=41)
    eu.update("EU", wanted_set(invoice="INV"))
    assert eu.texts(sequence_set="EU") == ["INV00000004"]
    assert eu.series("INV").skipped_count == 0


def test_raised_start_skips_the_numbers_between_with_the_reason(eu: Desk) -> None:
    eu.issue(sequence_set="EU", count=2)
    eu.update("EU", wanted_set(invoice=numbering(start_number=10)))
    entry = eu.entries("EU-I-")[1]
    assert entry.content.kind is EntryKind.SKIPPED
    assert (entry.content.numbers.first, entry.content.numbers.last) == (3, 9)
    assert entry.content.reason == "start number raised to 10"
    assert entry.content.actor == eu.caller.actor
    assert eu.texts(sequence_set="EU") == ["EU-I-00000010"]
    assert eu.verify()["EU-I- invoice"].is_verified


def test_series_without_entries_moves_up_and_down(eu: Desk) -> None:
    for start in (500, 3, 10**20 - 1, 1):
        eu.update("EU", wanted_set(invoice=numbering(start_number=start)))
        assert eu.series("EU-I-").origin == start
    assert eu.entries("EU-I-") == []
    assert eu.texts(sequence_set="EU") == ["EU-I-00000001"]


@pytest.mark.parametrize(
    ("wanted", "faults"),
    [
        (wanted_set(invoice=numbering(start_number=2)), {("invoice.start_number", RULE)}),
        (wanted_set(invoice=("INV", 3)), {("invoice.start_number", RULE)}),
        (wanted_set(invoice=numbering(start_number=0)), {("invoice.start_number", INVALID)}),
        (wanted_set(invoice=numbering(start_number=10**20)), {("invoice.start_number", INVALID)}),
        (wanted_set(refund=numbering(start_number=3)), {("refund.prefix", MISSING)}),
        (wanted_set(invoice=None), {("invoice", MISSING)}),
        (wanted_set(payment="PAY1"), {("payment.prefix", INVALID)}),
        (wanted_set(payment="P-"), {("payment.prefix", RULE)}),
        (wanted_set("DEFAULT"), {("name", RULE)}),
        (wanted_set("ss-00000000"), {("name", RULE)}),
        (
            wanted_set("a b", invoice=("_", 0)),
            {
                ("name", INVALID),
                ("invoice.prefix", INVALID),
                ("invoice.start_number", INVALID),
            },
        ),
    ],
)
def test_change_that_breaks_rules_is_refused_with_all_of_them(
    eu: Desk, wanted: SequenceSetInput, faults: set[tuple[str, Category]]
) -> None:
    eu.issue(count=3)
    eu.issue(sequence_set="EU", count=2)
    before, trail = eu.get("EU"), len(eu.audit_trail())
    assert eu.refusal(lambda: eu.update("EU", wanted)) == faults
    assert eu.get("EU") == before
    assert len(eu.audit_trail()) == trail


def test_refused_change_leaves_not_even_the_good_half(eu: Desk) -> None:
    wanted = wanted_set("US", payment=None, refund="REF-", invoice=("CM", 5))
    assert eu.refusal(lambda: eu.update("EU", wanted)) == {("invoice.prefix", RULE)}
    assert _shown(eu) == BEFORE
    assert eu.refusal(lambda: eu.update("EU", wanted_set(refund="REF-"))) == set()


def test_numbers_already_issued_are_never_touched(eu: Desk) -> None:
    eu.issue(sequence_set="EU", count=5)
    before = eu.entries("EU-I-")
    eu.update("EU", wanted_set("US", invoice=("NEW-", 1)))
    eu.delete("US")
    assert eu.entries("EU-I-") == before


@pytest.mark.parametrize("key", ["EU", "eu", "SS-00000001", "ss-00000001"])
def test_set_is_found_by_each_of_its_keys_without_case(eu: Desk, key: str) -> None:
    set_id = eu.get("EU").sequence_set.sequence_set_id
    for one in (key, set_id, set_id.upper()):
        assert eu.get(one).sequence_set.sequence_set_id == set_id
    eu.update(key, wanted_set(chronological=True))
    assert eu.get("EU").sequence_set.chronological


@pytest.mark.parametrize("key", ["nobody", "", " EU", "EU ", "*", "%", "_U", "\0", "ß"])
def test_unknown_key_is_not_found(eu: Desk, key: str) -> None:
    for attempt in (
        lambda: eu.get(key),
        lambda: eu.update(key, wanted_set("X")),
        lambda: eu.delete(key),
    ):
        assert isinstance(error_of(attempt), NotFound)


@pytest.mark.parametrize("matching", ["{etag}", "*", '"other-1", {etag}', '{etag},"x"'])
def test_change_of_the_version_that_was_read_is_made(eu: Desk, matching: str) -> None:
    etag = eu.get("EU").sequence_set.etag
    eu.issue(sequence_set="EU")  # the ETag does not cover the counters
    eu.update("EU", wanted_set("US"), if_match=matching.format(etag=etag))
    assert eu.names() == ["DEFAULT", "US"]


@pytest.mark.parametrize("matching", ['"x-1"', "{etag_bare}", "W/{etag}", ""])
def test_change_of_another_version_is_refused(eu: Desk, matching: str) -> None:
    etag = eu.get("EU").sequence_set.etag
    text = matching.format(etag=etag, etag_bare=etag.strip('"'))
    for attempt in (
        lambda: eu.update("EU", wanted_set("US"), if_match=text),
        lambda: eu.delete("EU", if_match=text),
    ):
        assert isinstance(error_of(attempt), EditedSince)
    assert eu.names() == ["DEFAULT", "EU"]


def test_second_change_of_one_version_is_refused(eu: Desk) -> None:
    etag = eu.get("EU").sequence_set.etag
    (view,) = eu.update("EU", wanted_set("US"), if_match=etag).sets
    refused = error_of(lambda: eu.update("US", wanted_set("FR"), if_match=etag))
    assert isinstance(refused, EditedSince)
    eu.delete("US", if_match=view.sequence_set.etag)


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_other_roles_may_read_and_not_change(eu: Desk, role: Role) -> None:
    eu.caller = eu.asking(role)
    assert isinstance(error_of(lambda: eu.update("EU", wanted_set("X"))), NotPermitted)
    assert isinstance(error_of(lambda: eu.delete("EU")), NotPermitted)
    assert eu.get("EU").sequence_set.name == "EU"


def test_trail_holds_the_state_before_and_after(eu: Desk) -> None:
    eu.update("EU", wanted_set("US", payment=None, invoice=numbering(start_number=9)))
    eu.delete("US")
    created, updated, deleted = eu.audit_trail()
    before = {
        "name": "EU",
        "sequence_set_number": "SS-00000001",
        "chronological": False,
        "invoice": {"prefix": "EU-I-", "start_number": 1},
        "credit_memo": {"prefix": "EU-C-", "start_number": 1},
        "debit_memo": {"prefix": "EU-D-", "start_number": 1},
        "payment": {"prefix": "PAY-", "start_number": 1},
    }
    after = before | {"name": "US", "invoice": {"prefix": "EU-I-", "start_number": 9}}
    del after["payment"]
    assert [entry.action for entry in (created, updated, deleted)] == ["create", "update", "delete"]
    assert (created.state_before, json.loads(created.state_after or "")) == (None, before)
    assert json.loads(updated.state_before or "") == before
    assert json.loads(updated.state_after or "") == after
    assert (json.loads(deleted.state_before or ""), deleted.state_after) == (after, None)
    assert [entry.audit_number for entry in (created, updated, deleted)] == [1, 2, 3]
    assert {entry.actor for entry in (created, updated, deleted)} == {eu.caller.actor}
    assert len({entry.request_id for entry in (created, updated, deleted)}) == 3
    assert {entry.recorded_at for entry in (created, updated, deleted)} == {eu.clock.now()}
