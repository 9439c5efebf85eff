"""Query parameters: only those an endpoint knows, each at most once."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from seriatim.http.faults import invalid_parameter

Query = MappingProxyType[str, str]
NO_QUERY: Final[Query] = MappingProxyType({})


def known_parameters(query_string: bytes, known: AbstractSet[str]) -> Query:
    """The parameters named in `known`; all others are ignored.

    Errors: TransportFault (400, category 27) for one that stands twice or is no text.
    """
    if not query_string or not known:
        return NO_QUERY
    found: dict[str, str] = {}
    for pair in query_string.split(b"&"):
        raw_name, _, raw_value = pair.partition(b"=")
        name = unquote_to_bytes(raw_name.replace(b"+", b" ")).decode("utf-8", "replace")
        if name not in known:
            continue
        if name in found:
            raise invalid_parameter(name, "may stand only once")
        found[name] = _text(name, raw_value)
    return MappingProxyType(found)


def _text(name: str, raw_value: bytes) -> str:
    try:
        value = unquote_to_bytes(raw_value.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise invalid_parameter(name, "is not UTF-8") from None
    if "\x00" in value:
        raise invalid_parameter(name, "may not hold the character U+0000")
    return value


def flag(query: Query, name: str) -> bool:
    """Errors: TransportFault (400, category 27) for anything but `true` and `false`."""
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise invalid_parameter(name, "must be true or false")
    return value == "true"
