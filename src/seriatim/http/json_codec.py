"""JSON in and out, exact and bounded: no number is rounded, no text taken that is ambiguous."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NoReturn, cast

from pydantic_core import to_json

from seriatim.domain.errors import Category, PathPart, Rejected, Violation
from seriatim.domain.exact_json import json_text
from seriatim.domain.limits import (
    JSON_CONTAINERS_MAX,
    JSON_DEPTH_MAX,
    JSON_INTEGER_DIGITS_MAX,
)
from seriatim.http.faults import TransportFault
from seriatim.http.resource_codes import REQUEST
from seriatim.http.wire.paths import AsWritten, camel_path

DECIMAL_CHARACTERS_MAX: Final = JSON_INTEGER_DIGITS_MAX
_REASONS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class _Unusable:
    """Stands where a value stood that is JSON but no use, until its path is known."""

    message: str


_BAD_TEXT: Final = "may not hold the character U+0000 nor half of a surrogate pair"
_LONG_INTEGER: Final = _Unusable(f"has more than {JSON_INTEGER_DIGITS_MAX} digits")
_LONG_DECIMAL: Final = _Unusable(
    f"has more than {DECIMAL_CHARACTERS_MAX} characters, or an exponent beyond them"
)


def decode(body: bytes) -> object:
    """Read one JSON text.

    Shape: integers are int, all other numbers decimal.Decimal, never float.
    Errors: TransportFault (400, category 90) for what is no JSON or means two things;
        Rejected (category 20, with paths) for values out of bounds.
    Cost: the C scanner alone, unless the text nests, escapes or counts beyond the ordinary.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not UTF-8 at byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise _malformed("starts with a byte order mark")
    brackets = body.count(b"[") + body.count(b"{")
    if brackets > JSON_CONTAINERS_MAX:
        raise Rejected([_too_much()])
    try:
        value, has_unusable = _read(text)
    except RecursionError:
        raise Rejected([_too_deep()]) from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if has_unusable or brackets > JSON_DEPTH_MAX or b"\\u" in body:
        _refuse_unusable(value)
    return value


def _read(text: str) -> tuple[object, bool]:
    """The value, and whether it holds any `_Unusable`: then it is read again, to find them all."""
    try:
        return _DECODER.decode(text), False
    except _UnusableMetError:
        return _MARKING_DECODER.decode(text), True


def encode(value: object) -> bytes:
    """Write one JSON text: compact, in UTF-8, whole numbers and decimals to the last digit.

    Errors: TypeError for what JSON has no form for; ValueError for NaN and infinity.
    """
    return json_text(value).encode("utf-8")


def encode_without_decimals(value: object) -> bytes:
    """The same for values known to hold no decimal, in a quarter of the time.

    Shape: pydantic's writer keeps whole numbers of any size, but makes text of a decimal.
    """
    return to_json(value)


class _UnusableMetError(Exception):
    pass


def _plain_integer(digits: str) -> int:
    if len(digits) - digits.startswith("-") > JSON_INTEGER_DIGITS_MAX:
        raise _UnusableMetError
    return int(digits)


def _plain_decimal(characters: str) -> Decimal:
    if len(characters) > DECIMAL_CHARACTERS_MAX or not _exponent_is_moderate(characters):
        raise _UnusableMetError
    return Decimal(characters)


def _any_integer(digits: str) -> int | _Unusable:
    try:
        return _plain_integer(digits)
    except _UnusableMetError:
        return _LONG_INTEGER


def _any_decimal(characters: str) -> Decimal | _Unusable:
    try:
        return _plain_decimal(characters)
    except _UnusableMetError:
        return _LONG_DECIMAL


def _exponent_is_moderate(characters: str) -> bool:
    """Whether the number written out in full stays within the bound of an integer."""
    exponent = characters.lower().partition("e")[2]
    return not exponent or (
        len(exponent.lstrip("+-0")) <= 3
        and abs(int(exponent)) + len(characters) <= DECIMAL_CHARACTERS_MAX
    )


def _object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _malformed(
                f"the key '{camel_path([AsWritten(name)])}' stands twice in one object"
            )
        seen.add(name)
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is no JSON value")


def _malformed(message: str) -> TransportFault:
    return TransportFault(400, Category.MALFORMED, f"the JSON body cannot be read: {message}")


def _too_deep() -> Violation:
    message = f"the body nests deeper than {JSON_DEPTH_MAX} levels"
    return Violation(REQUEST, (), Category.INVALID_VALUE, message)


def _too_much() -> Violation:
    """Found before reading, which would hold up everybody else: so it may be depth as well."""
    message = (
        f"the body nests deeper than {JSON_DEPTH_MAX} levels, or holds more than "
        f"{JSON_CONTAINERS_MAX} lists and objects"
    )
    return Violation(REQUEST, (), Category.INVALID_VALUE, message)


def _refuse_unusable(value: object) -> None:
    violations: list[Violation] = []
    for violation in _unusable_in(value):
        violations.append(violation)
        if len(violations) == _REASONS_MAX:
            break
    if violations:
        raise Rejected(violations)


def _unusable_in(value: object) -> Iterator[Violation]:
    """Walk the value without recursion, so that no nesting can exhaust the stack."""
    waiting: list[tuple[object, tuple[PathPart, ...]]] = [(value, ())]
    while waiting:
        item, path = waiting.pop()
        if isinstance(item, str):
            if not _is_clean(item):
                yield Violation(REQUEST, path, Category.INVALID_VALUE, _BAD_TEXT)
        elif isinstance(item, _Unusable):
            yield Violation(REQUEST, path, Category.INVALID_VALUE, item.message)
        elif isinstance(item, (dict, list)):
            if len(path) >= JSON_DEPTH_MAX:
                yield _too_deep()
                return
            waiting.extend(_children(cast("dict[str, object] | list[object]", item), path))
            if isinstance(item, dict) and not all(map(_is_clean, item)):
                message = "a key " + _BAD_TEXT
                yield Violation(REQUEST, path, Category.INVALID_VALUE, message)


def _children(
    item: dict[str, object] | list[object], path: tuple[PathPart, ...]
) -> Iterator[tuple[object, tuple[PathPart, ...]]]:
    """Last first, so that a stack gives them back in the order of the text."""
    if isinstance(item, dict):
        for name in reversed(item):
            yield item[name], (*path, AsWritten(name))
    else:
        for index in range(len(item) - 1, -1, -1):
            yield item[index], (*path, index)


def _is_clean(text: str) -> bool:
    if "\x00" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


_DECODER: Final = json.JSONDecoder(
    parse_int=_plain_integer,
    parse_float=_plain_decimal,
    parse_constant=_refuse_constant,
    object_pairs_hook=_object_without_duplicates,
)
_MARKING_DECODER: Final = json.JSONDecoder(
    parse_int=_any_integer,
    parse_float=_any_decimal,
    parse_constant=_refuse_constant,
    object_pairs_hook=_object_without_duplicates,
)
