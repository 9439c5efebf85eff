"""A series with something of everything, and short ways to prove it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from seriatim.engine.certificate import Certificate
from seriatim.engine.verify import Verification
from seriatim.service import series as series_service
from seriatim.service.certified_range import CertificateRequest
from seriatim.service.exports import read_register, register_lines
from seriatim.service.number_moves import confirm_numbers, void_numbers
from seriatim.service.proofs import (
    make_certificate,
)
from seriatim.service.signing import SigningKeys, new_signing_keys
from tests.conformance.desk import Desk
from tests.samples import new_set

KEYS = new_signing_keys()
PREFIX = "PR-"


def filled_desk(desk: Desk) -> Desk:
    """Numbers 1 to 30 in five entries, and what became of some of them."""
    desk.create(new_set("PR", invoice=(PREFIX, 1)))
    desk.issue(sequence_set="PR", count=10, document_date=date(2026, 11, 1))
    desk.issue(sequence_set="PR", count=5, hold_seconds=60)
    desk.issue(sequence_set="PR", references=("a", "b"), document_date=date(2026, 11, 20))
    desk.issue(sequence_set="PR", count=13, document_date=date(2026, 11, 10))
    void(desk, 3, 4, "printed twice")
    void(desk, 12, 12, "never sent")
    confirm(desk, 13, 14)
    void(desk, 14, 14, "returned")
    return desk


def text_of(number: int) -> str:
    return f"{PREFIX}{number:08d}"


def void(desk: Desk, first: int, last: int, reason: str) -> None:
    desk.run(
        lambda transaction: void_numbers(
            transaction,
            desk.asking(),
            text_of(first),
            last_number=text_of(last),
            reason=reason,
            clock=desk.clock,
        )
    )


def confirm(desk: Desk, first: int, last: int) -> None:
    desk.run(
        lambda transaction: confirm_numbers(
            transaction, desk.asking(), text_of(first), last_number=text_of(last), clock=desk.clock
        )
    )


def certificate_of(desk: Desk, keys: SigningKeys | None = KEYS, **wanted: Any) -> Certificate:
    return make_certificate(
        desk.store,
        desk.asking(),
        desk.series(PREFIX).key.series_id,
        CertificateRequest(**wanted),
        keys=keys,
        clock=desk.clock,
    )


def verify(desk: Desk, keys: SigningKeys | None = KEYS, *, signs: bool = True) -> Verification:
    return series_service.verify_series(
        desk.store,
        desk.asking(),
        desk.series(PREFIX).key.series_id,
        keys=keys,
        clock=desk.clock if signs else None,
    )


def checkpoints_of(desk: Desk) -> list[int]:
    return desk.on_books(
        lambda books: [
            one.entry_number
            for one in books.list_checkpoints(
                desk.series(PREFIX).key.series_id, after_entry_number=0, up_to_entry_number=99
            )
        ]
    )


def exported(desk: Desk, path: Path, keys: SigningKeys | None = KEYS) -> Path:
    series_id = desk.series(PREFIX).key.series_id
    page = read_register(desk.store, desk.asking(), series_id, keys=keys, clock=desk.clock)
    assert page.head is not None
    assert page.next_place is None
    path.write_text("".join(register_lines(page.head, page.entries)), encoding="utf-8")
    return path


def runs_of(certificate: Certificate) -> list[Any]:
    found: list[Any] = json.loads(certificate.text)["certificate"]["runs"]
    return found
