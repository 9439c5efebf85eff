"""Names that people give and read: of entities and clients."""

from __future__ import annotations


def is_shown_name(name: str, characters_max: int) -> bool:
    """Whether two names that look alike on one line of text are one and the same."""
    return 1 <= len(name) <= characters_max and name.isprintable() and name == name.strip()
