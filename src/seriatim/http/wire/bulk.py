"""Requests for several documents, each answered by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from seriatim.domain.errors import Violation
from seriatim.http.wire.fields import ResponseModel, Uuid


class Reason(ResponseModel):
    code: int
    message: str


class FailedPart(ResponseModel):
    """One of several that was refused; the others stand."""

    success: Literal[False]
    processId: str
    requestId: Uuid
    reasons: list[Reason]


def faults_by_item(
    faults: Sequence[Violation], list_field: str
) -> tuple[list[Violation], dict[int, list[Violation]]]:
    """Faults of the whole, and those inside the items of a list, by index."""
    of_all: list[Violation] = []
    of_each: dict[int, list[Violation]] = {}
    for fault in faults:
        if len(fault.base) == 2 and fault.base[0] == list_field:
            of_each.setdefault(int(fault.base[1]), []).append(fault)
        else:
            of_all.append(fault)
    return of_all, of_each
