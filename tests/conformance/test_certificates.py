"""Checkpoints, certificates and exported registers over both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.errors import Category, NotFound, NotPermitted
from seriatim.service.certified_range import CertificateRequest
from seriatim.service.proofs import (
    get_certificate,
    make_certificate,
    sign_moved_series,
)
from seriatim.store.sql_store import SqlStore
from seriatim.verifier.seriatim_verifier import check_certificate, check_register
from tests.conformance.desk import Desk, new_desk
from tests.conformance.proof_desk import (
    KEYS,
    PREFIX,
    certificate_of,
    checkpoints_of,
    exported,
    filled_desk,
    runs_of,
    text_of,
    verify,
    void,
)
from tests.samples import new_set


@pytest.fixture
def filled(desk: Desk) -> Desk:
    return filled_desk(desk)


def test_certificate_of_a_series_accounts_for_all_of_it(filled: Desk) -> None:
    made = certificate_of(filled)
    held = "2026-11-23T12:01:00.000123Z"
    assert runs_of(made) == [
        ["1", "2", "issued", None, None],
        ["3", "4", "voided", "printed twice", None],
        ["5", "10", "issued", None, None],
        ["11", "11", "reserved", None, held],
        ["12", "12", "voided", "never sent", None],
        ["13", "13", "issued", None, None],
        ["14", "14", "voided", "returned", None],
        ["15", "15", "reserved", None, held],
        ["16", "30", "issued", None, None],
    ]
    found = check_certificate(made.text.encode(), KEYS.public_key)
    assert found.as_of_entry == filled.series(PREFIX).last_entry_number == 9
    assert made.counts["issued"] == 24
    assert checkpoints_of(filled) == [9]


def test_certificate_fits_the_exported_register(filled: Desk, tmp_path: Path) -> None:
    made = [
        certificate_of(filled),
        certificate_of(filled, first_number=text_of(4), last_number=text_of(12)),
    ]
    void(filled, 30, 30, "later")
    path = exported(filled, tmp_path / "register.jsonl")
    for one in made:
        found = check_certificate(one.text.encode(), KEYS.public_key)
        report = check_register(path, KEYS.public_key, found)
        assert report.entries == 10
    assert check_register(exported(filled, path, None)).signed_by is None


def test_period_is_covered_by_the_smallest_range_that_encloses_it(filled: Desk) -> None:
    def numbers(first: date, last: date) -> tuple[int, int]:
        made = certificate_of(filled, period_start=first, period_end=last)
        return made.numbers.first, made.numbers.last

    assert numbers(date(2026, 11, 1), date(2026, 11, 1)) == (1, 10)
    assert numbers(date(2026, 11, 10), date(2026, 11, 10)) == (18, 30)
    assert numbers(date(2026, 11, 1), date(2026, 11, 9)) == (1, 10)
    # the later numbers bear the earlier dates: everything between is enclosed
    assert numbers(date(2026, 11, 10), date(2026, 11, 20)) == (16, 30)
    made = certificate_of(filled, period_start=date(2026, 1, 1), period_end=date(2026, 12, 31))
    content = json.loads(made.text)["certificate"]
    assert content["period"] == {"from": "2026-01-01", "to": "2026-12-31"}
    assert (content["first_number"], content["last_number"]) == ("1", "30")


def test_chain_is_walked_from_the_last_head_that_was_signed_before_the_range(filled: Desk) -> None:
    assert verify(filled).is_verified
    filled.issue(sequence_set="PR", count=4)
    made = certificate_of(filled, first_number=text_of(31))
    content = json.loads(made.text)["certificate"]
    assert (content["first_entry"], content["last_entry"]) == ("10", "10")
    assert content["hash_before"] == filled.entries(PREFIX)[8].hash.hex()
    assert checkpoints_of(filled) == [9, 10]


def test_certificate_can_be_read_again_by_whoever_reads_the_series(filled: Desk) -> None:
    made = certificate_of(filled)

    def read(desk: Desk, certificate_id: str) -> str:
        return desk.run(
            lambda transaction: get_certificate(transaction, desk.asking(), certificate_id)
        )

    assert read(filled, made.certificate_id) == made.text
    for desk, certificate_id in (
        (filled, "0" * 32),
        (filled, "x"),
        (filled.another_entity(), made.certificate_id),
    ):
        with pytest.raises(NotFound):
            read(desk, certificate_id)


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"first_number": "PR-00000000"}, ("first_number", Category.INVALID_VALUE)),
        ({"first_number": "INV00000001"}, ("first_number", Category.INVALID_VALUE)),
        ({"last_number": text_of(31)}, ("last_number", Category.RULE)),
        ({"first_number": text_of(9), "last_number": text_of(8)}, ("last_number", Category.RULE)),
        ({"period_start": date(2026, 1, 1)}, ("period_end", Category.MISSING_FIELD)),
        ({"period_end": date(2026, 1, 1)}, ("period_start", Category.MISSING_FIELD)),
        (
            {"period_start": date(2026, 1, 1), "period_end": date(2026, 1, 2)},
            ("period_start", Category.RULE),
        ),
        (
            {"period_start": date(2026, 1, 2), "period_end": date(2026, 1, 1)},
            ("period_end", Category.RULE),
        ),
        (
            {
                "period_start": date(2026, 11, 1),
                "period_end": date(2026, 11, 30),
                "last_number": text_of(3),
            },
            ("last_number", Category.RULE),
        ),
        ({"keys": None}, ("", Category.RULE)),
    ],
)
def test_range_that_cannot_be_certified_is_refused(
    filled: Desk, wanted: dict[str, Any], refused: tuple[str, Category]
) -> None:
    assert filled.refusal(lambda: certificate_of(filled, **wanted)) == {refused}
    assert checkpoints_of(filled) == []


def test_series_without_numbers_is_refused(desk: Desk) -> None:
    desk.create(new_set("PR", invoice=(PREFIX, 1)))
    assert desk.refusal(lambda: certificate_of(desk)) == {("", Category.RULE)}


def test_foreign_series_looks_like_an_absent_one(filled: Desk) -> None:
    other, series_id = filled.another_entity(), filled.series(PREFIX).key.series_id
    with pytest.raises(NotFound):
        make_certificate(
            other.store,
            other.asking(),
            series_id,
            CertificateRequest(),
            keys=KEYS,
            clock=other.clock,
        )


def test_verification_signs_the_head_of_a_sound_series_once(filled: Desk) -> None:
    found = verify(filled)
    assert (found.entries, found.numbers, found.first_fault) == (9, 30, None)
    assert checkpoints_of(filled) == [9]
    filled.clock.forward(hours=1)
    assert verify(filled).is_verified
    assert checkpoints_of(filled) == [9]
    filled.issue(sequence_set="PR")
    assert verify(filled, signs=False).is_verified
    assert verify(filled, None).is_verified
    assert checkpoints_of(filled) == [9]


def test_upkeep_signs_what_moved_and_not_too_often(store: SqlStore) -> None:
    desk = filled_desk(new_desk(store))
    hourly = timedelta(hours=1)

    def sign() -> int:
        return sign_moved_series(desk.store, keys=KEYS, clock=desk.clock, every=hourly)

    assert (sign(), sign()) == (1, 0)
    desk.issue(sequence_set="PR")
    assert sign() == 0
    desk.clock.forward(hours=1)
    assert (sign(), sign()) == (1, 0)
    assert checkpoints_of(desk) == [9, 10]
    assert verify(desk).is_verified


def test_roles_that_may_read_may_certify(filled: Desk) -> None:
    series_id = filled.series(PREFIX).key.series_id
    attempts: list[Callable[[Role], object]] = [
        lambda role: make_certificate(
            filled.store,
            filled.asking(role),
            series_id,
            CertificateRequest(),
            keys=KEYS,
            clock=filled.clock,
        ),
    ]
    for role in Role:
        for attempt in attempts:
            try:
                attempt(role)
            except NotPermitted:
                pytest.fail(f"{role} may read")
