"""Signed heads: what a chain alone cannot show is found against them, and located."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.register import EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.checkpoint import Keys, signed_bytes, signed_checkpoint
from seriatim.engine.verify import Fault, SeriesVerifier, line_of
from seriatim.service.signing import new_signing_keys
from tests.samples import NOON, sample_content, sample_series

KEYS = new_signing_keys()
CONTENTS = [sample_content(number, reference=str(number)) for number in range(1, 7)]


def _heads(keys: Keys = KEYS) -> list[tuple[Series, Checkpoint]]:
    """The series after each of its entries, with its signed head."""
    series, found = sample_series(), []
    for content in CONTENTS:
        series, _ = appended(series, [content])
        found.append((series, signed_checkpoint(series, keys, NOON)))
    return found


HEADS = _heads()
CHECKPOINTS = [checkpoint for _, checkpoint in HEADS]


def _fault_of(
    contents: list[EntryContent], checkpoints: list[Checkpoint], keys: Keys | None = KEYS
) -> Fault | None:
    series, entries = appended(sample_series(), contents)
    verifier = SeriesVerifier(series, keys)
    if verifier.expect(checkpoints):
        verifier.take(entries)
    return verifier.finish().first_fault


def test_chain_that_was_signed_on_its_way_is_verified() -> None:
    assert _fault_of(CONTENTS, CHECKPOINTS) is None
    assert _fault_of(CONTENTS, CHECKPOINTS, None) is None


def test_cut_tail_is_found_though_the_counters_were_cut_too() -> None:
    fault = _fault_of(CONTENTS[:4], CHECKPOINTS[:2] + CHECKPOINTS[5:])
    assert fault is not None
    assert (fault.entry_number, fault.invariant) == (5, 4)
    assert fault.message == (
        "6 entries were signed at 2026-11-23T12:00:00.000123Z, 4 are there: the end was cut off"
    )


def test_recomputed_chain_is_located_between_two_signed_heads() -> None:
    forged = [*CONTENTS[:3], CONTENTS[3]._replace(reference="x"), *CONTENTS[4:]]
    fault = _fault_of(forged, [CHECKPOINTS[1], CHECKPOINTS[4]])
    assert fault is not None
    assert (fault.entry_number, fault.invariant) == (5, 4)
    assert fault.message.endswith("the chain was computed anew behind entry 2")
    assert _fault_of(forged, [CHECKPOINTS[1], CHECKPOINTS[4]], None) == fault
    fault = _fault_of(forged, [CHECKPOINTS[4]])
    assert fault is not None
    assert fault.message.endswith("the chain was computed anew behind entry 0")


@pytest.mark.parametrize(
    "changes",
    [
        {"head_hash": b"\0" * 32},
        {"last_number": 4},
        {"entry_number": 4},
        {"key_id": "0" * 32},
        {"signature": b"\0" * 64},
        {"signed_at": NOON.replace(microsecond=124)},
    ],
)
def test_changed_checkpoint_is_found(changes: dict[str, object]) -> None:
    changed = replace(CHECKPOINTS[2], **changes)  # type: ignore[arg-type]  # a table of fields
    fault = _fault_of(CONTENTS, [changed])
    assert fault is not None
    assert "bears no valid signature of a known key" in fault.message


def test_checkpoint_of_a_forger_is_found() -> None:
    forged = [content._replace(reference="x") for content in CONTENTS]
    series, _ = appended(sample_series(), forged)
    theirs = signed_checkpoint(series, new_signing_keys(), NOON)
    fault = _fault_of(forged, [theirs])
    assert fault is not None
    assert "bears no valid signature of a known key" in fault.message


def test_head_signed_with_a_wrong_last_number_is_found() -> None:
    unsigned = replace(CHECKPOINTS[2], last_number=9)
    wrong = replace(unsigned, signature=KEYS.sign(signed_bytes(unsigned)))
    fault = _fault_of(CONTENTS, [wrong])
    assert fault is not None
    assert fault.entry_number == 3


RESERVED = sample_content(1, 9, kind=EntryKind.RESERVED, hold_until=NOON)
VOID = sample_content(1, 2, kind=EntryKind.VOIDED, refers_to=1, reason="x")
CONFIRM = sample_content(3, 4, kind=EntryKind.CONFIRMED, refers_to=1)


def test_moves_are_checked_with_the_entry_they_refer_to() -> None:
    series, entries = appended(sample_series(), [RESERVED, VOID, CONFIRM])
    lines = [line_of(entry) for entry in entries]
    verifier = SeriesVerifier(series)
    assert verifier.take(entries)
    assert verifier.moves == 2
    assert verifier.take_moves((lines[0], move) for move in lines[1:])
    assert verifier.finish().is_verified


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_of_several_wrong_moves_the_one_written_first_is_named(order: tuple[int, ...]) -> None:
    other = sample_content(10)
    contents = [
        RESERVED,
        other,
        sample_content(10, kind=EntryKind.CONFIRMED, refers_to=2),
        VOID,
        VOID,
    ]
    series, entries = appended(sample_series(), contents)
    lines = [line_of(entry) for entry in entries]
    verifier = SeriesVerifier(series)
    assert verifier.take(entries)
    moves = [(lines[0], lines[3]), (lines[0], lines[4]), (lines[1], lines[2])]
    assert not verifier.take_moves(moves[place] for place in order)
    fault = verifier.finish().first_fault
    assert fault == Fault(3, 1, "entry 3: issued numbers cannot be confirmed")


def test_move_that_an_index_does_not_show_is_missed() -> None:
    series, entries = appended(sample_series(), [RESERVED, VOID, CONFIRM])
    lines = [line_of(entry) for entry in entries]
    verifier = SeriesVerifier(series)
    verifier.take(entries)
    assert not verifier.take_moves([(lines[0], lines[1])])
    fault = verifier.finish().first_fault
    assert fault == Fault(None, 4, "2 entries refer to others, 1 can be found by that")
