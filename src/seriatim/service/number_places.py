"""Whether a place to go on from, as it came back from outside, is one of a list with these filters."""

from __future__ import annotations

import re
from datetime import date

from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_DIGITS_MAX
from seriatim.service.number_list import NumberFilter, Place

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[0-9a-f]{32}")


def is_place_of(wanted: NumberFilter, place: Place) -> bool:
    _, document_type, inside, _, number = place
    return _fits(wanted, document_type, inside) and _is_number(number)


def is_day(text: str) -> bool:
    """Whether it is a day that exists, written YYYY-MM-DD."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(_DAY.fullmatch(text))


def _fits(wanted: NumberFilter, document_type: str, inside: str) -> bool:
    if wanted.reference is not None:
        return document_type == "" and bool(_ID.fullmatch(inside))
    return document_type in list(DocumentType) and (inside == "" or is_day(inside))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= SEQUENTIAL_NUMBER_DIGITS_MAX
