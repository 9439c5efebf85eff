"""The register's bytes and hashes, to the letter: other programs check them too."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import (
    ChosenBy,
    Entry,
    EntryContent,
    EntryKind,
    SeriesKey,
    canonical_bytes,
    chained_hash,
    entry_id,
    genesis_hash,
    moment_text,
)
from tests.samples import sample_content

KEY = SeriesKey(
    "0123456789abcdef0123456789abcdef",
    "fedcba9876543210fedcba9876543210",
    "00112233445566778899aabbccddeeff",
)
FULL = EntryContent(
    kind=EntryKind.RESERVED,
    numbers=NumberRange(10**19, 10**20 - 1),
    actor="client:3f2c0000-0000-4000-8000-000000000001",
    request_id="3f2c0000-0000-4000-8000-000000000002",
    batch_id="3f2c0000-0000-4000-8000-000000000003",
    recorded_at=datetime(2026, 11, 23, 8, 5, 0, 123, tzinfo=UTC),
    refers_to=7,
    sequence_set_id="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    chosen_by=ChosenBy.ACCOUNT,
    document_date=date(2026, 2, 28),
    reference='Größe "12\\" \N{GRINNING FACE}\n\t\x01\x7f\u2028/',
    reason="héld",
    hold_until=datetime(2026, 11, 24, 8, 5, tzinfo=UTC),
)
FULL_BYTES = (
    b'["seriatim-register-1","0123456789abcdef0123456789abcdef",'
    b'"fedcba9876543210fedcba9876543210","00112233445566778899aabbccddeeff","8","reserved",'
    b'"10000000000000000000","99999999999999999999","7","aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",'
    b'"account","2026-02-28",'
    b'"Gr\xc3\xb6\xc3\x9fe \\"12\\\\\\" \xf0\x9f\x98\x80\\n\\t\\u0001\x7f\xe2\x80\xa8/",'
    b'"client:3f2c0000-0000-4000-8000-000000000001","3f2c0000-0000-4000-8000-000000000002",'
    b'"3f2c0000-0000-4000-8000-000000000003","h\xc3\xa9ld","2026-11-24T08:05:00.000000Z",'
    b'"2026-11-23T08:05:00.000123Z"]'
)
SPARSE = EntryContent(
    kind=EntryKind.SKIPPED,
    numbers=NumberRange(1, 1),
    actor="command:root",
    request_id=FULL.request_id,
    batch_id=FULL.batch_id,
    recorded_at=FULL.recorded_at,
)
SPARSE_BYTES = (
    b'["seriatim-register-1","0123456789abcdef0123456789abcdef",'
    b'"fedcba9876543210fedcba9876543210","00112233445566778899aabbccddeeff","1","skipped",'
    b'"1","1",null,null,null,null,null,"command:root",'
    b'"3f2c0000-0000-4000-8000-000000000002","3f2c0000-0000-4000-8000-000000000003",null,null,'
    b'"2026-11-23T08:05:00.000123Z"]'
)
GENESIS_BYTES = (
    b'["seriatim-series-1","0123456789abcdef0123456789abcdef",'
    b'"fedcba9876543210fedcba9876543210","00112233445566778899aabbccddeeff","invoice","INV"]'
)


@pytest.mark.parametrize(
    ("content", "entry_number", "expected"), [(FULL, 8, FULL_BYTES), (SPARSE, 1, SPARSE_BYTES)]
)
def test_canonical_bytes_of_an_entry_are_as_published(
    content: EntryContent, entry_number: int, expected: bytes
) -> None:
    assert canonical_bytes(KEY, entry_number, content) == expected


def test_chain_from_its_genesis_is_as_published() -> None:
    """The three hashes were computed once, outside this package, with `sha256sum`."""
    genesis = genesis_hash(KEY, "invoice", "INV")
    assert genesis == hashlib.sha256(GENESIS_BYTES).digest()
    assert genesis.hex() == GENESIS_HASH
    first = chained_hash(genesis, canonical_bytes(KEY, 1, SPARSE))
    assert first.hex() == FIRST_HASH
    assert first == hashlib.sha256(genesis + SPARSE_BYTES).digest()
    second = chained_hash(first, canonical_bytes(KEY, 8, FULL))
    assert second.hex() == SECOND_HASH


GENESIS_HASH = "10a5ecc468690e7a49e9681c21327e8b40f1be1a8ffca04dd1f01f94b87ba897"
FIRST_HASH = "4ff20487849743fe8b38e6cb802d6de114fbb6c2d815ab3b1eb52c346984326e"
SECOND_HASH = "0d39c8730861a96809381652e8098d0d542bb8a42efd9341ec1d84967fc40a6e"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": EntryKind.ISSUED},
        {"numbers": NumberRange(10**19, 10**20 - 2)},
        {"numbers": NumberRange(10**19 + 1, 10**20 - 1)},
        {"actor": "x"},
        {"request_id": FULL.batch_id},
        {"batch_id": FULL.request_id},
        {"recorded_at": FULL.recorded_at + timedelta(microseconds=1)},
        {"refers_to": None},
        {"sequence_set_id": None},
        {"chosen_by": ChosenBy.DEFAULT},
        {"document_date": date(2026, 3, 1)},
        {"reference": ""},
        {"reference": None},
        {"reason": None},
        {"hold_until": None},
    ],
)
def test_change_of_any_field_changes_the_bytes(change: dict[str, Any]) -> None:
    assert canonical_bytes(KEY, 8, FULL._replace(**change)) != FULL_BYTES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"reference": "a", "reason": None}, {"reference": None, "reason": "a"}),
        ({"reference": 'a","b', "reason": None}, {"reference": "a", "reason": "b"}),
        ({"reference": "null"}, {"reference": None}),
    ],
)
def test_fields_that_trade_places_do_not_make_the_same_bytes(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    contents = [FULL._replace(**fields) for fields in (one, other)]
    assert canonical_bytes(KEY, 8, contents[0]) != canonical_bytes(KEY, 8, contents[1])


@given(
    reference=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    first=st.integers(1, 10**20 - 1),
    entry_number=st.integers(1, 2**63 - 1),
)
def test_canonical_bytes_are_json_that_gives_every_field_back(
    reference: str | None, first: int, entry_number: int
) -> None:
    content = sample_content(first, reference=reference)
    fields = json.loads(canonical_bytes(KEY, entry_number, content))
    assert fields[4] == str(entry_number)
    assert fields[6:8] == [str(first), str(first)]
    assert fields[12] == reference
    assert len(fields) == 19


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 8, 5, 0, 123, tzinfo=UTC), "2026-11-23T08:05:00.000123Z"),
        (datetime(2026, 11, 23, 8, 5, tzinfo=UTC), "2026-11-23T08:05:00.000000Z"),
        (
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))),
            "2025-12-31T22:30:00.000000Z",
        ),
    ],
)
def test_moment_is_written_in_utc_with_six_decimals(moment: datetime, text: str) -> None:
    assert moment_text(moment) == text


def test_kinds_that_cover_and_that_take_text_are_as_the_contract_has_them() -> None:
    assert {kind for kind in EntryKind if kind.is_covering} == {
        EntryKind.ISSUED,
        EntryKind.RESERVED,
        EntryKind.SKIPPED,
        EntryKind.IMPORTED,
    }
    assert {kind for kind in EntryKind if kind.takes_text} == {
        EntryKind.ISSUED,
        EntryKind.RESERVED,
        EntryKind.IMPORTED,
    }


def test_entry_says_by_which_format_its_hash_was_made() -> None:
    assert Entry(KEY, 8, FULL, b"").format_version == 1


def test_entry_is_named_after_its_key() -> None:
    assert entry_id(KEY.series_id, 12) == "00112233445566778899aabbccddeeff-12"
