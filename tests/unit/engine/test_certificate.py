"""Walking a chain for a certificate: it must meet what was signed, and end at the series' head."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine import certificate
from seriatim.engine.certificate import ChainWalk, RangeAccount, hash_before_all
from seriatim.engine.chain import appended
from seriatim.engine.checkpoint import signed_checkpoint
from seriatim.service.signing import new_signing_keys
from seriatim.verifier.seriatim_verifier import FaultFound
from tests.samples import NOON, sample_content, sample_series

KEYS = new_signing_keys()
EMPTY = sample_series()
SERIES, ENTRIES = appended(EMPTY, [sample_content(number) for number in range(1, 4)])
CHECKPOINT = signed_checkpoint(SERIES, KEYS, NOON)


def _walk() -> ChainWalk:
    return ChainWalk(0, hash_before_all(EMPTY), KEYS, (0, 2))


def test_walk_keeps_the_hashes_that_are_wanted() -> None:
    walk = _walk()
    walk.expect([CHECKPOINT])
    walk.take(ENTRIES)
    walk.finish(SERIES)
    assert walk.hashes == {0: hash_before_all(EMPTY), 2: ENTRIES[1].hash}


def test_walk_meets_the_head_that_was_signed() -> None:
    walk = _walk()
    walk.expect([signed_checkpoint(replace(SERIES, head_hash=b"\1" * 32), KEYS, NOON)])
    with pytest.raises(FaultFound):
        walk.take(ENTRIES)


@pytest.mark.parametrize(
    "series",
    [
        replace(SERIES, head_hash=b"\1" * 32),
        replace(SERIES, last_entry_number=4),
    ],
)
def test_walk_ends_at_the_head_of_the_series(series: Series) -> None:
    walk = _walk()
    walk.take(ENTRIES)
    with pytest.raises(FaultFound, match="not that of its entries"):
        walk.finish(series)


@pytest.mark.parametrize(("runs_max", "is_too_many"), [(3, False), (2, True)])
def test_account_tells_when_it_has_too_many_runs(
    monkeypatch: pytest.MonkeyPatch, runs_max: int, is_too_many: bool
) -> None:
    monkeypatch.setattr(certificate, "RUNS_MAX", runs_max)
    kinds = (EntryKind.ISSUED, EntryKind.SKIPPED, EntryKind.ISSUED)
    contents = [sample_content(number, kind=kind) for number, kind in enumerate(kinds, 1)]
    account = RangeAccount(NumberRange(1, 3), 3)
    for entry in appended(EMPTY, contents)[1]:
        account.take(entry, [])
    assert account.has_too_many_runs == is_too_many
    assert account.entries == (1, 3)
