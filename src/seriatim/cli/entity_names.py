"""Entities as a command names them: by id, with or without dashes, or by name."""

from __future__ import annotations

import re

from seriatim.domain.document_number import fold

_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_entity_id(wanted: str) -> bool:
    return _ID.fullmatch(wanted) is not None


def is_named(identifier: str, name: str, wanted: str) -> bool:
    """Whether `wanted` is the entity's id, or its name without case."""
    return wanted.replace("-", "").lower() == identifier or fold(wanted) == fold(name)
