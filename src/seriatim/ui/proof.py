"""Proof: verify series, certify what they gave, check somebody's certificate."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from starlette.responses import Response

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.errors import Category, Rejected, SeriatimError, Violation
from seriatim.domain.sequence_set import Series
from seriatim.domain.wording import told
from seriatim.engine.verify import Verification
from seriatim.service.certified_range import CertificateRequest, certificate_fault
from seriatim.service.number_places import is_day
from seriatim.service.proofs import get_certificate, latest_checkpoints, make_certificate
from seriatim.service.series import (
    get_series,
    last_verifications,
    list_series,
    verify_series_in_steps,
)
from seriatim.service.verifying import Progress
from seriatim.store.verification_queries import KeptVerification
from seriatim.ui.places import place_in, place_out
from seriatim.ui.visit import Visit
from seriatim.verifier.seriatim_verifier import (
    FaultFound,
    Unreadable,
    check_certificate,
    described_fault,
    read_public_key,
)

_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")
_SERIES_SHOWN: Final = 50
_SERIES_PER_SLICE: Final = 200
_ENTRIES_TOLD_AFTER: Final = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A series, how far its register was signed last, and what it was last found to be."""

    series: Series
    checkpoint: Checkpoint | None
    verified: KeptVerification | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What verifying one series came to: a verification, or why there is none.

    Shape: while it lasts, how far it is.
    """

    series: Series
    verification: Verification | None = None
    failure: str = ""
    progress: Progress | None = None

    @property
    def is_underway(self) -> bool:
        return self.progress is not None


def show(visit: Visit) -> Response:
    after: Any = place_in(visit.asked("after"), str, str)
    with visit.store.read() as transaction:
        page = list_series(transaction, visit.caller, after=after, row_count=_SERIES_SHOWN)
        signed = latest_checkpoints(transaction, visit.caller, page.series)
        verified = last_verifications(transaction, visit.caller, page.series)
    shown = [
        Shown(one, signed.get(one.key.series_id), verified.get(one.key.series_id))
        for one in page.series
    ]
    last = page.series[-1] if page.has_more else None
    next_place = place_out((last.prefix, last.document_type.value)) if last else ""
    values = {"shown": shown, "next_place": next_place, "is_signing": visit.keys is not None}
    return visit.page("proof.html", values)


def verify(visit: Visit) -> Response:
    """One series, or all of the entity; the page grows with each that is done."""
    chosen = visit.form.get("series")
    series = _one(visit, chosen) if chosen else _every_series(visit)
    return visit.growing_page("verification.html", {"outcomes": _outcomes(visit, series)})


def _one(visit: Visit, series_id: str) -> Iterator[Series]:
    with visit.store.read() as transaction:
        return iter([get_series(transaction, visit.caller, series_id)])


def _every_series(visit: Visit) -> Iterator[Series]:
    after: tuple[str, str] | None = None
    while True:
        with visit.store.read() as transaction:
            page = list_series(transaction, visit.caller, after=after, row_count=_SERIES_PER_SLICE)
        yield from (one for one in page.series if one.has_entries)
        if not page.has_more:
            return
        after = page.series[-1].prefix, page.series[-1].document_type.value


def _outcomes(visit: Visit, series: Iterator[Series]) -> Iterator[Outcome]:
    """Order: as they are verified. Half a page is out by then: a failure becomes a line of it."""
    for one in series:
        try:
            found = yield from _verified(visit, one)
        except SeriatimError as error:
            yield Outcome(one, failure=error.message)
        else:
            yield Outcome(one, found)


def _verified(visit: Visit, series: Series) -> Generator[Outcome, None, Verification]:
    """A long series tells of each twentieth of it that is done."""
    steps = verify_series_in_steps(
        visit.store, visit.caller, series.key.series_id, keys=visit.keys, clock=visit.clock
    )
    told = 0
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            verification: Verification = end.value
            return verification
        if progress.entries - told >= max(progress.of_entries // 20, _ENTRIES_TOLD_AFTER):
            told = progress.entries
            yield Outcome(series, progress=progress)


def show_series(visit: Visit) -> Response:
    return _series_page(visit, ())


def certify(visit: Visit) -> Response:
    faults: list[Violation] = []
    wanted = CertificateRequest(
        first_number=visit.form.get("first_number") or None,
        last_number=visit.form.get("last_number") or None,
        period_start=_day(visit, "period_start", faults),
        period_end=_day(visit, "period_end", faults),
    )
    try:
        made = make_certificate(
            visit.store,
            visit.caller,
            visit.path_value("series"),
            wanted,
            keys=visit.keys,
            clock=visit.clock,
            shape_faults=faults,
        )
    except Rejected as refusal:
        return _series_page(visit, refusal.violations, status=422)
    return visit.redirect("proof", "certificates", made.certificate_id)


def _day(visit: Visit, name: str, faults: list[Violation]) -> date | None:
    text = visit.form.get(name)
    if not text:
        return None
    if is_day(text):
        return date.fromisoformat(text)
    message = told("must be a day that exists, written YYYY-MM-DD")
    faults.append(certificate_fault(Category.INVALID_VALUE, message, name))
    return None


def _series_page(visit: Visit, violations: Sequence[Violation], *, status: int = 200) -> Response:
    with visit.store.read() as transaction:
        series = get_series(transaction, visit.caller, visit.path_value("series"))
        signed = latest_checkpoints(transaction, visit.caller, [series])
        verified = last_verifications(transaction, visit.caller, [series])
    errors: dict[str, list[str]] = {}
    for violation in violations:
        name = ".".join(str(part) for part in violation.path)
        errors.setdefault(name, []).append(violation.message)
    values = {
        "series": series,
        "checkpoint": signed.get(series.key.series_id),
        "verified": verified.get(series.key.series_id),
        "errors": errors,
        "typed": visit.form,
        "is_signing": visit.keys is not None,
    }
    return visit.page("proof_series.html", values, status=status)


def show_certificate(visit: Visit) -> Response:
    text = _certificate(visit)
    values = {
        "certificate": check_certificate(text.encode()),
        "certificate_id": visit.path_value("certificate"),
    }
    return visit.page("certificate.html", values)


def download_certificate(visit: Visit) -> Response:
    name = f"certificate-{visit.path_value('certificate').lower()}.json"
    text = _certificate(visit)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/json", headers=headers)


def _certificate(visit: Visit) -> str:
    with visit.store.read() as transaction:
        return get_certificate(transaction, visit.caller, visit.path_value("certificate"))


def show_check(visit: Visit) -> Response:
    return visit.page("check.html", {"certificate": None, "fault": "", "is_own": False})


def check(visit: Visit) -> Response:
    """Against the key typed in, or else the one that the certificate names itself."""
    certificate, fault, key = None, "", visit.form.get("public_key")
    try:
        public_key = read_public_key(key) if _is_key(key) else None
        certificate = check_certificate(visit.form.files.get("file", b""), public_key)
    except FaultFound as found:
        fault = described_fault(found.fault)
    except Unreadable as unreadable:
        fault = str(unreadable)
    is_own = (
        certificate is not None
        and visit.keys is not None
        and certificate.public_key == visit.keys.public_key
    )
    values = {"certificate": certificate, "fault": fault, "is_own": is_own}
    return visit.page("check.html", values, status=422 if fault else 200)


def _is_key(key: str) -> bool:
    """Errors: Unreadable for a text that is no key: it must never be taken for a file's name."""
    if key and not _KEY.fullmatch(key):
        raise Unreadable("the public key must be 64 hex digits")
    return bool(key)
