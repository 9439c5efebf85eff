"""Writing JSON exactly: whole numbers of any size and decimals to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Final, NoReturn


def json_text(value: object) -> str:
    """One JSON text, compact.

    Errors: TypeError for what JSON has no form for; ValueError for NaN and infinity.
    """
    try:
        return _ENCODER.encode(value)
    except _DecimalMetError:
        return "".join(_pieces(value))


def from_json_text(text: str) -> object:
    """Read back what `json_text` wrote: numbers with a point come out as decimals."""
    value: object = json.loads(text, parse_float=Decimal)
    return value


class _DecimalMetError(Exception):
    pass


def _leave_c_encoder(value: object) -> NoReturn:
    if isinstance(value, Decimal):
        raise _DecimalMetError
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    default=_leave_c_encoder,
)


def _pieces(value: object) -> Iterator[str]:
    """The same text, for values that hold decimals: the C encoder cannot write those exactly."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("a number that is not finite has no form in JSON")
        yield format(value, "f")
    elif isinstance(value, dict):
        separator = "{"
        for name, member in value.items():
            yield f"{separator}{encode_basestring(name)}:"
            yield from _pieces(member)
            separator = ","
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        separator = "["
        for member in value:
            yield separator
            yield from _pieces(member)
            separator = ","
        yield "]" if value else "[]"
    else:
        yield _ENCODER.encode(value)
