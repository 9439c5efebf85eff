"""Where a list goes on, as it stands in the address of its next page."""

from __future__ import annotations

import base64
import json
from typing import Any


def place_out(place: tuple[Any, ...]) -> str:
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_in(text: str, *kinds: type) -> tuple[Any, ...] | None:
    """None for none, and for one that no page of ours gave: the list begins at its beginning."""
    try:
        padded = text + "=" * (-len(text) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds):
        return None
    return tuple(found) if all(map(_can_be_ours, found)) else None


def _can_be_ours(part: str | int) -> bool:
    return part.isprintable() if isinstance(part, str) else 0 <= part < 2**63
