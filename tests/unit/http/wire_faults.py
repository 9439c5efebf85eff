"""Reading faults as a client sees them."""

from __future__ import annotations

from collections.abc import Iterable

from seriatim.domain.errors import Violation
from seriatim.http.resource_codes import code_of
from seriatim.http.wire.paths import camel_path


def seen(faults: Iterable[Violation]) -> set[tuple[str, int]]:
    """Each fault as its path and its category."""
    return {(camel_path(fault.full_path), int(fault.category)) for fault in faults}


def codes(faults: Iterable[Violation]) -> set[int]:
    return {code_of(fault) for fault in faults}
