"""Importing used numbers, on both databases: what is written, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotPermitted
from seriatim.domain.register import EntryKind
from seriatim.service.imports import ImportState
from tests.conformance.desk import Desk
from tests.conformance.import_desk import (
    book,
    csv_of,
    faults,
    import_file,
    imported,
    is_sound,
    numbers,
    texts,
)
from tests.samples import new_set, wanted_set


def test_series_moves_past_the_highest_number_and_explains_the_holes(desk: Desk) -> None:
    outcome = import_file(desk, numbers("INV00000007", "INV00000003", "INV00000004"))
    assert (outcome.state, outcome.lines_taken) == (ImportState.IMPORTED, 3)
    assert book(desk, "INV") == [
        ("skipped", 1, 2),
        ("imported", 3, 4),
        ("skipped", 5, 6),
        ("imported", 7, 7),
    ]
    reasons = {entry.content.reason for entry in desk.entries("INV")}
    assert reasons == {None, "not used before the service took over"}
    (tally,) = outcome.tallies
    assert (tally.imported, tally.skipped, tally.before_origin) == (3, 4, 0)
    assert tally.series.next_number == desk.series("INV").next_number == 8
    assert desk.texts(count=2) == ["INV00000008", "INV00000009"]
    assert is_sound(desk)


def test_holes_are_kept_free_if_so_wished(desk: Desk) -> None:
    imported(desk, "INV00000003..INV00000004", "INV00000007", keep_free=True)
    assert desk.series("INV").next_number == 1
    assert desk.texts(count=5) == [f"INV{n:08d}" for n in (1, 2, 5, 6, 8)]
    assert book(desk, "INV") == [
        ("issued", 1, 2),
        ("imported", 3, 4),
        ("issued", 5, 6),
        ("imported", 7, 7),
        ("issued", 8, 8),
    ]
    assert is_sound(desk)


def test_entry_says_what_the_line_said(desk: Desk) -> None:
    content = csv_of(
        'invoice,INV00000001,,2025-03-04,"order 7, part ""b"""',
        "invoice,INV00000002,INV00000009,,",
    )
    caller = desk.asking()
    import_file(desk, content, caller=caller)
    first, second = (entry.content for entry in desk.entries("INV"))
    assert (first.document_date, first.reference) == (date(2025, 3, 4), 'order 7, part "b"')
    assert (second.document_date, second.reference) == (None, None)
    assert (first.kind, second.numbers.count) == (EntryKind.IMPORTED, 8)
    assert (first.actor, first.request_id) == (caller.actor, caller.request_id)


def test_neighbours_that_are_alike_become_one_entry(desk: Desk) -> None:
    content = csv_of(
        "invoice,INV00000002,,2025-03-04,a",
        "invoice,INV00000001,,2025-03-04,a",
        "invoice,INV00000003,,2025-03-04,b",
        "invoice,INV00000004,,2025-03-05,b",
    )
    import_file(desk, content)
    assert [(first, last) for _, first, last in book(desk, "INV")] == [(1, 2), (3, 3), (4, 4)]


def test_same_file_again_changes_nothing(desk: Desk) -> None:
    content = numbers("INV00000001..INV00000005", "old-7")
    assert import_file(desk, content).state is ImportState.IMPORTED
    before = desk.entries("INV")
    again = import_file(desk, content)
    assert (again.state, again.lines_taken, again.lines_before) == (
        ImportState.IMPORTED_BEFORE,
        0,
        2,
    )
    assert (desk.entries("INV"), texts(desk)) == (before, ["old-7"])


def test_import_stands_in_the_audit_trail_once(desk: Desk) -> None:
    imported(desk, "INV00000001")
    (entry,) = [one for one in desk.audit_trail() if one.action == "import"]
    assert entry.subject_kind == "import"
    assert '"lines": 1' in (entry.state_after or "")


def test_dry_run_says_what_would_come_of_it_and_writes_nothing(desk: Desk) -> None:
    content = numbers("INV00000005", "old-7")
    outcome = import_file(desk, content, dry_run=True)
    assert (outcome.state, outcome.lines_taken) == (ImportState.CHECKED, 2)
    assert (outcome.tallies[0].skipped, outcome.tallies[0].series.next_number) == (4, 6)
    assert outcome.foreign.total == 1
    assert (desk.entries("INV"), texts(desk), desk.series("INV").next_number) == ([], [], 1)
    assert import_file(desk, content).state is ImportState.IMPORTED


def test_numbers_before_the_origin_are_outside_of_completeness(desk: Desk) -> None:
    desk.create(new_set("FR", invoice=("FR-", 100)))
    outcome = import_file(desk, numbers("FR-00000005", "FR-00000098..FR-00000101"))
    assert book(desk, "FR-") == [("imported", 5, 5), ("imported", 98, 99), ("imported", 100, 101)]
    assert (outcome.tallies[0].before_origin, outcome.tallies[0].skipped) == (3, 0)
    assert desk.texts(sequence_set="FR") == ["FR-00000102"]
    assert is_sound(desk)
    again = import_file(desk, numbers("FR-00000005"))
    assert faults(again) == [(2, "FR-00000005: was imported before")]


def test_number_in_another_format_is_text_that_nobody_ever_gets(desk: Desk) -> None:
    outcome = import_file(desk, numbers("INV000123", "2019/17", "Re 5"))
    assert outcome.state is ImportState.IMPORTED
    assert [one.line for one in outcome.foreign.shown] == [2, 3, 4]
    assert texts(desk) == ["2019/17", "INV000123", "Re 5"]
    again = import_file(desk, numbers("inv000123", "INV00000001"))
    assert faults(again) == [(2, "inv000123: the same text was taken before")]
    assert desk.series("INV").next_number == 1


def test_series_born_later_steps_over_texts(desk: Desk) -> None:
    imported(desk, "NEW00000002", "new00000003", "NEW100000000", "NEW0000000007")
    desk.create(new_set("NEW", invoice=("NEW", 1)))
    assert desk.texts(sequence_set="NEW", count=2) == ["NEW00000001", "NEW00000004"]
    assert book(desk, "NEW") == [("issued", 1, 1), ("skipped", 2, 3), ("issued", 4, 4)]
    assert desk.series("NEW").clear_until == 100_000_000
    assert is_sound(desk)


def test_number_of_a_series_born_later_is_text_for_an_import_too(desk: Desk) -> None:
    imported(desk, "NEW00000005")
    desk.create(new_set("NEW", invoice=("NEW", 1)))
    outcome = import_file(desk, numbers("NEW00000004..NEW00000006"))
    assert faults(outcome) == [(2, "NEW00000004: the same text was taken before")]


def test_prefix_of_another_type_is_a_fault_of_the_line(desk: Desk) -> None:
    outcome = import_file(desk, numbers("CM00000005", "CM000123", "INV00000001"))
    why = "the prefix 'CM' belongs to the document type creditMemo"
    assert faults(outcome) == [(2, f"CM00000005: {why}"), (3, f"CM000123: {why}")]
    assert outcome.state is ImportState.REFUSED
    assert desk.entries("INV") == []
    imported(desk, "CM00000005", document_type="creditMemo")
    assert desk.series("CM", DocumentType.CREDIT_MEMO).next_number == 6


def test_bad_lines_are_left_out_if_so_wished(desk: Desk) -> None:
    content = csv_of(
        "invoice,INV00000002,,2025-03-04,",
        "voice,INV00000003,,2025-03-04,",
        "invoice,INV00000002,,2025-03-05,",
        "invoice,CM00000001,,2025-03-05,",
        "invoice,INV00000004,,2025-03-05,",
    )
    refused = import_file(desk, content)
    assert [line for line, _ in faults(refused)] == [3, 4, 5]
    outcome = import_file(desk, content, skip_bad=True)
    assert (outcome.state, outcome.lines_taken) == (ImportState.IMPORTED, 2)
    assert book(desk, "INV") == [
        ("skipped", 1, 1),
        ("imported", 2, 2),
        ("skipped", 3, 3),
        ("imported", 4, 4),
    ]


def test_number_that_the_books_have_is_a_fault(desk: Desk) -> None:
    desk.issue(count=2)
    desk.issue(hold_seconds=60)
    imported(desk, "INV00000010")
    given = ("INV00000002", "INV00000003", "INV00000004", "INV00000010", "INV00000001..INV00000099")
    assert faults(import_file(desk, numbers(*given[:4]))) == [
        (2, "INV00000002: was issued before"),
        (3, "INV00000003: was reserved before"),
        (4, "INV00000004: was skipped: the register says that nobody will ever get it"),
        (5, "INV00000010: was imported before"),
    ]
    assert faults(import_file(desk, numbers(given[4]))) == [(2, "INV00000001: was issued before")]


@pytest.mark.parametrize("keep_free", [False, True])
def test_second_file_goes_on_from_the_first(desk: Desk, keep_free: bool) -> None:
    """The first keeps its holes; the second may close them."""
    imported(desk, "INV00000003..INV00000004", "INV00000008", keep_free=True)
    imported(desk, "INV00000001", "INV00000006", "INV00000009", keep_free=keep_free)
    kept = {2, 5, 7} if keep_free else set()
    assert [number for kind, number, _ in book(desk, "INV") if kind == "skipped"] == (
        [] if keep_free else [2, 5, 7]
    )
    expected = [*sorted(kept), 10, 11, 12][:3]
    assert desk.texts(count=3) == [f"INV{n:08d}" for n in expected]
    assert is_sound(desk)


def test_start_number_raised_over_imported_numbers_leaves_them_out(desk: Desk) -> None:
    imported(desk, "INV00000003", "INV00000010..INV00000012", keep_free=True)

    desk.update("DEFAULT", wanted_set(invoice=("INV", 10)))
    assert book(desk, "INV") == [
        ("skipped", 1, 2),
        ("imported", 3, 3),
        ("skipped", 4, 9),
        ("imported", 10, 12),
    ]
    assert desk.texts() == ["INV00000013"]
    assert is_sound(desk)


def test_twenty_digits_are_exact(desk: Desk) -> None:
    last = 10**20 - 1
    imported(desk, f"INV{last - 2}..INV{last}", keep_free=True)
    assert book(desk, "INV") == [("imported", last - 2, last)]
    assert desk.texts() == ["INV00000001"]
    assert desk.series("INV").clear_until == last - 3


def test_import_needs_the_right_to_configure(desk: Desk) -> None:
    for role in (Role.ISSUER, Role.AUDITOR):
        with pytest.raises(NotPermitted):
            import_file(desk, numbers("INV00000001"), caller=desk.asking(role))


def test_import_stays_in_its_entity(desk: Desk) -> None:
    other = desk.another_entity()
    content = numbers("INV00000005", "old-1")
    assert import_file(desk, content).state is ImportState.IMPORTED
    assert import_file(other, content).state is ImportState.IMPORTED
    assert other.series("INV").next_number == desk.series("INV").next_number == 6


def test_number_that_two_prefixes_could_mean_belongs_to_the_longest(desk: Desk) -> None:
    desk.create(new_set("Y26", invoice=("INV2026", 1)))
    imported(desk, "INV202600000005", keep_free=True)
    assert book(desk, "INV2026") == [("imported", 5, 5)]
    assert book(desk, "INV") == []
    # A range that the longest cannot hold belongs to the next one.
    imported(desk, "INV202599999999..INV202600000004", keep_free=True)
    assert book(desk, "INV") == [("imported", 202599999999, 202600000004)]
    assert desk.texts(sequence_set="Y26", count=2) == ["INV202600000006", "INV202600000007"]
    assert [kind for kind, *_ in book(desk, "INV2026")] == ["skipped", "imported", "issued"]
    assert is_sound(desk)


def test_text_that_an_entangled_series_gave_is_a_fault(desk: Desk) -> None:
    desk.create(new_set("Y26", invoice=("INV2026", 1)))
    desk.issue(sequence_set="Y26", count=3)
    outcome = import_file(desk, numbers("INV202600000002..INV202700000000"))
    assert faults(outcome) == [
        (2, "INV202600000002: the same text was given by the series 'INV2026'")
    ]


def test_same_text_under_two_types_is_taken_once(desk: Desk) -> None:
    desk.create(new_set("Y26", credit_memo=("INV2026", 1)))
    content = csv_of(
        "creditMemo,INV202600000001,INV202600000009,2025-03-04,",
        "invoice,INV202600000005,,2025-03-04,",
    )
    outcome = import_file(desk, content, keep_free=True)
    assert faults(outcome) == [(3, "INV202600000005: stands in line 2 too")]


def test_overlap_that_only_the_books_can_see_stops_the_import(desk: Desk) -> None:
    """The texts of one range lie among others in the order of a file."""
    desk.create(new_set("Y26", credit_memo=("INV2026", 1)))
    content = csv_of(
        "creditMemo,INV202699999990,INV2026100000005,2025-03-04,",
        "invoice,INV2026000000000,INV2026100000002,2025-03-04,",
    )
    outcome = import_file(desk, content, keep_free=True)
    assert outcome.state in {ImportState.STOPPED, ImportState.REFUSED}
    assert is_sound(desk)
    again = import_file(desk, content, keep_free=True, skip_bad=True)
    assert (again.state, again.faults.total) == (ImportState.IMPORTED, 1)
    assert is_sound(desk)


def test_released_prefix_is_no_series(desk: Desk) -> None:
    desk.create(new_set("TYPO", invoice=("TIPO", 1)))
    desk.update("TYPO", wanted_set(invoice=("TYPO", 1)))
    desk.release("TIPO")
    imported(desk, "TIPO00000001")
    assert texts(desk) == ["TIPO00000001"]
    desk.update("TYPO", wanted_set(invoice=("TIPO", 1)))
    assert desk.texts(sequence_set="TYPO") == ["TIPO00000002"]
