"""Names and paths of fields, as the wire writes them and as the domain does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from seriatim.domain.errors import PathPart

KEY_CHARACTERS_SHOWN_MAX = 64


class AsWritten(str):
    """A name that the client chose, shown as it was sent; a field of ours is never one."""

    __slots__ = ()


def camel_name(name: str) -> str:
    """`start_number` as `startNumber`."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def snake_name(name: str) -> str:
    """`startNumber` as `start_number`."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


@lru_cache(maxsize=4096)
def name_of_ours(name: str) -> str:
    """A field of the wire as one of ours; as it is written where no name of ours gives it back."""
    ours = snake_name(name)
    return ours if camel_name(ours) == name else AsWritten(name)


def camel_path(parts: Iterable[PathPart]) -> str:
    """`("sequence_sets", 0, "invoice", "start_number")` as `sequenceSets[0].invoice.startNumber`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = _shown(part) if isinstance(part, AsWritten) else _camel_name_of_ours(part)
        text += f".{name}" if text else name
    return text


def _shown(name: str) -> str:
    """A client's own name, cut short and safe to stand in a message."""
    cut = name if len(name) <= KEY_CHARACTERS_SHOWN_MAX else name[:KEY_CHARACTERS_SHOWN_MAX] + "…"
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in cut
    )


@lru_cache(maxsize=1024)
def _camel_name_of_ours(name: str) -> str:
    return camel_name(name)
