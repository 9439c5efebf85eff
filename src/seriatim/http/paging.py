"""Pages and cursors in query parameters. Source: contract/transport.md, Paging."""

from __future__ import annotations

import base64
import json
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from seriatim.domain.limits import PAGE_NUMBER_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from seriatim.http.endpoint import ApiRequest, Parameter
from seriatim.http.faults import TransportFault, invalid_parameter
from seriatim.http.query import Query

PAGE: Final = Parameter(
    "page", "query", {"type": "integer", "minimum": 1, "default": 1}, "Which page, from 1."
)
PAGE_SIZE: Final = Parameter(
    "pageSize",
    "query",
    {"type": "integer", "minimum": 1, "default": PAGE_SIZE_DEFAULT},
    f"How many to a page; above {PAGE_SIZE_MAX} counts as {PAGE_SIZE_MAX}.",
)
CURSOR: Final = Parameter(
    "cursor", "query", {"type": "string", "maxLength": 500}, "From `nextPage`: where to go on."
)

_DIGITS_MAX = len(str(PAGE_NUMBER_MAX))
_COUNT_MAX = 2**63 - 1


def page_number(query: Query) -> int:
    return _whole_number(query, "page", 1)


def page_size(query: Query) -> int:
    return min(_whole_number(query, "pageSize", PAGE_SIZE_DEFAULT), PAGE_SIZE_MAX)


def _whole_number(query: Query, name: str, default: int) -> int:
    """Errors: TransportFault (400, category 27) for anything but a number from 1 up."""
    text = query.get(name)
    if text is None:
        return default
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit()) or not 1 <= len(digits) <= _DIGITS_MAX:
        raise invalid_parameter(name, "must be a whole number from 1 up")
    return min(int(digits), PAGE_NUMBER_MAX)


class ListedPage(NamedTuple):
    """A page of a list that is asked for by its number.

    Shape: `after` is where the page before it ended, None where that is not known.
    """

    page: int
    size: int
    after: int | None


def listed_page(query: Query) -> ListedPage:
    """The page asked for by number, or by the cursor of `nextPage`.

    Shape: a cursor beside the number or size of another page says nothing about this one.
    Errors: TransportFault (400, category 27).
    """
    page, size = page_number(query), page_size(query)
    cursor = cursor_in(query, int, int, int)
    if cursor is None:
        return ListedPage(page, size, None)
    its_page, its_size, after = cursor
    if "page" not in query:
        return ListedPage(max(its_page, 1), size, after)
    return ListedPage(page, size, after if (its_page, its_size) == (page, size) else None)


def next_listed_page(request: ApiRequest, shown: ListedPage, ends_at: int) -> str:
    """The address of the page behind one that ended there: by its number and by a cursor.

    Cost: followed by the cursor, a page far down the list is as cheap as the first.
    """
    page = min(shown.page + 1, PAGE_NUMBER_MAX)
    return next_page(request, page=page, cursor=cursor_out([page, shown.size, ends_at]))


def next_page(request: ApiRequest, **changed: object) -> str:
    """The absolute address of the next page: the same query with some parameters changed."""
    query = {**request.query, **{name: str(value) for name, value in changed.items()}}
    return f"{request.base_url}{quote(request.path)}?{urlencode(query)}"


def cursor_out(place: list[Any]) -> str:
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor_in(query: Query, *kinds: type) -> list[Any] | None:
    """The place a cursor stands for; None without one.

    Errors: TransportFault (400, category 27) for one that no page of ours gave.
    """
    text = query.get("cursor")
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise _bad_cursor() from None
    fits = isinstance(place, list) and [type(part) for part in place] == list(kinds)
    if not fits or not all(_can_be_ours(part) for part in place):
        raise _bad_cursor()
    return list(place)


def _can_be_ours(part: str | int) -> bool:
    return part.isprintable() if isinstance(part, str) else 0 <= part <= _COUNT_MAX


def _bad_cursor() -> TransportFault:
    return invalid_parameter("cursor", "is not one that this service gave")
