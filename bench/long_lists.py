"""A list of 100 000 sets against a list of ten: a page must not grow dear with the list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from bench.contest import Benchmark, Contest, Place
from bench.databases import DATABASES, Database, founded_database
from bench.load import CONNECTIONS, Load
from bench.over_http import SETS_PATH
from bench.service import Founding, Service, running_service
from seriatim.domain.document_type import BILLING_DOCUMENTS, DocumentType

SHORT: Final = 10
LONG: Final = 100_000
"""Sets in all, DEFAULT included."""

PAGE_SIZE: Final = 5
_VARIANTS: Final = 64
_FEWEST_TYPES: Final = [one for one in DocumentType if one in BILLING_DOCUMENTS]

Target = Callable[[Service, int], str]
"""The address of a page in a list that is so long."""


def benchmarks() -> Iterator[Benchmark]:
    for page in _PAGES:
        for database in DATABASES:
            yield Benchmark(
                f"{page.name}_{database.lower()}",
                f"GET {page.title}, of 100 000 sets, {database}",
                "the same of 10 sets",
                partial(_long_against_short, database=database, target=page.target),
                at_least=page.at_least,
                held_back_by="the rows of a page are looked up through indexes in both lists, in few blocks, which tests hold. "
                "Runs of one second differ by a tenth: three of them came to 0.85, 0.99 and 1.10 for the first page on "
                "PostgreSQL, and to 0.93, 0.96 and 0.86 for the last on SQLite.",
            )


def _long_against_short(
    place: Place, database: Database, target: Target
) -> AbstractContextManager[Contest]:
    long = place.kept(f"long {database}", lambda: _database(place, database, LONG))
    short = place.kept(f"short {database}", lambda: _database(place, database, SHORT))
    return pages_asked(place, target, (long, LONG), (short, SHORT))


@contextmanager
def pages_asked(
    place: Place, target: Target, ours: tuple[Founding, int], peer: tuple[Founding, int]
) -> Iterator[Contest]:
    """The same page of two lists, each with how long it is."""
    with (
        running_service(ours[0], place.folder) as long,
        running_service(peer[0], place.folder) as short,
    ):
        yield Contest(
            _load(long, target(long, ours[1])).sample, _load(short, target(short, peer[1])).sample
        )


def _database(place: Place, database: Database, sets: int) -> AbstractContextManager[Founding]:
    return founded_database(place, database, sets=sets - 1, document_types=_FEWEST_TYPES)


def _load(service: Service, target: str) -> Load:
    """The one page under more addresses than answers are kept for: each has to be read."""
    requests = [
        [service.request("GET", f"{target}&n={connection}-{n}") for n in range(_VARIANTS)]
        for connection in range(CONNECTIONS)
    ]
    return Load(service.port, requests)


def _page(number: int) -> str:
    return f"{SETS_PATH}?pageSize={PAGE_SIZE}&page={number}"


def _first_page(_: Service, __: int) -> str:
    return _page(1)


def _last_page(_: Service, sets: int) -> str:
    return _page(sets // PAGE_SIZE)


def _last_page_followed(service: Service, sets: int) -> str:
    """Where `nextPage` of the last page but one leads."""
    before = service.answer(service.request("GET", _page(sets // PAGE_SIZE - 1)))
    address = urlsplit(json.loads(before)["nextPage"])
    return f"{address.path}?{address.query}"


class _Page(NamedTuple):
    name: str
    title: str
    target: Target
    at_least: float | None


_PAGES: Final = (
    _Page("first_page", "the first page", _first_page, 0.9),
    _Page("last_page", "the last page, as nextPage leads to it", _last_page_followed, 0.9),
    _Page("last_page_by_number", "the last page, by its number alone", _last_page, None),
)
