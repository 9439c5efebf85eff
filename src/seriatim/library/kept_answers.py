"""Answers in the form in which an idempotency key keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Rejected, SeriatimError, Violation
from seriatim.domain.number_states import NumberState
from seriatim.library.answers import DocumentNumbers, IssuedNumbers
from seriatim.service.idempotency import Answered, FinishedAnswer
from seriatim.service.set_choice import IssueRequest

_GIVEN = 200
_REJECTED = 400


def fingerprint(entity_id: str, request: IssueRequest) -> bytes:
    """What makes two requests with one key the same request."""
    parts = ["library issue", entity_id, asdict(request)]
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()


def kept_numbers(numbers: IssuedNumbers) -> FinishedAnswer:
    return FinishedAnswer(_GIVEN, (), json.dumps(asdict(numbers), default=str).encode())


def kept_refusal(refusal: SeriatimError) -> FinishedAnswer:
    """Errors: the refusal itself, where it is none of the request: a key keeps no other."""
    if not isinstance(refusal, Rejected):
        raise refusal
    violations = [asdict(violation) for violation in refusal.violations]
    return FinishedAnswer(_REJECTED, (), json.dumps(violations).encode())


def numbers_of(answered: Answered) -> IssuedNumbers:
    """Errors: Rejected, as it was kept."""
    kept = json.loads(answered.answer.body)
    if answered.answer.status == _REJECTED:
        raise Rejected(map(_violation, kept))
    return replace(_numbers(kept), is_replay=answered.is_replay)


def _numbers(kept: dict[str, Any]) -> IssuedNumbers:
    hold_until = kept["hold_until"]
    return IssuedNumbers(
        document_type=DocumentType(kept["document_type"]),
        sequence_set_id=kept["sequence_set_id"],
        prefix=kept["prefix"],
        ranges=tuple(DocumentNumbers(**part) for part in kept["ranges"]),
        state=NumberState(kept["state"]),
        document_date=date.fromisoformat(kept["document_date"]),
        entry_id=kept["entry_id"],
        issued_at=datetime.fromisoformat(kept["issued_at"]),
        hold_until=None if hold_until is None else datetime.fromisoformat(hold_until),
    )


def _violation(kept: dict[str, Any]) -> Violation:
    return Violation(
        resource=kept["resource"],
        path=tuple(kept["path"]),
        category=Category(kept["category"]),
        message=kept["message"],
        base=tuple(kept["base"]),
    )
