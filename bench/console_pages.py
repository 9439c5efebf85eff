"""Pages of the console over much and over little: they must open as fast.

The list of 10 000 sets against one of 26; the register, the overview and the proof of ten million
entries against those of a thousand. Each with a session, as a browser asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from typing import Final, NamedTuple
from urllib.parse import urlencode

from bench.contest import Benchmark, BenchmarkFailedError, Contest, Place, Run
from bench.databases import DATABASES, Database, founded_database
from bench.filling_register import fill_register
from bench.load import FORM, Load, Request
from bench.long_register import ENTRIES, long_register
from bench.service import Founding, Service, running_service
from seriatim.service.counting import count_all

SHORT_SETS: Final = 26  # one more than a page shows, so that both pages are equally long
LONG_SETS: Final = 10_000
SHORT_ENTRIES: Final = 1000
_CONNECTIONS: Final = 4
_TIMEOUT_SECONDS: Final = 60.0
_WHOLE_PAGE: Final = "</html>"

_SPREAD: Final = (
    "the plan reads no more rows than in the short one (held by tests); a page takes some 8 ms, most of it the "
    "template, and runs of one second differ by a tenth. Not looked into further."
)


class _Page(NamedTuple):
    """Shape: path and query may name the last number of the register, and the day it bears."""

    name: str
    title: str
    path: str
    query: dict[str, str]
    at_least: float | None = 0.9


_LISTS: Final = (
    _Page("set_list", "the list of sets", "sets", {}),
    _Page("set_list_by_name", "the list of sets, Z to A", "sets", {"order": "name-backwards"}),
    _Page("set_search", "the sets with 000000 in their numbers", "sets", {"search": "000000"}),
    # All names, numbers and prefixes are looked through: it grows with them.
    _Page("set_search_in_vain", "a search that finds no set", "sets", {"search": "zzz"}, None),
)
_BOOKS: Final = (
    # On SQLite the long register bears the times of 334 days, the short one those of a single day:
    # there it is the page that is longer, by so many bars and rows.
    _Page("overview", "the overview, 365 days", "overview", {"days": "365"}, None),
    _Page("register", "the register", "register", {}),
    _Page("register_number", "a number explained", "register/numbers/{last}", {}),
    _Page("register_dated", "the numbers of a day", "register", {"from": "{day}", "to": "{day}"}),
    _Page("register_reference", "a reference", "register", {"reference": "nobody's"}),
    _Page("register_voided", "voided numbers", "register", {"state": "voided"}),
    _Page("register_set", "the numbers of a set", "register", {"set": "DEFAULT"}),
    _Page("proof", "the proof of all series", "proof", {}),
)


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        key = database.lower()
        for page in _LISTS:
            yield Benchmark(
                f"console_{page.name}_{key}",
                f"console: {page.title}, of 10 000 sets, {database}",
                "the same of 26 sets",
                partial(_lists, database=database, page=page),
                "pages/s",
                page.at_least,
                _SPREAD,
            )
        for page in _BOOKS:
            yield Benchmark(
                f"console_{page.name}_{key}",
                f"console: {page.title}, of 10 000 000 entries, {database}",
                "the same of 1 000 entries",
                partial(_books, database=database, page=page),
                "pages/s",
                page.at_least,
                _SPREAD,
            )


@contextmanager
def _lists(place: Place, database: Database, page: _Page) -> Iterator[Contest]:
    long, short = (
        place.kept(
            f"{sets} sets {database}",
            partial(founded_database, place, database, sets=sets - 1),
        )
        for sets in (LONG_SETS, SHORT_SETS)
    )
    with (
        running_service(long, place.folder) as ours,
        running_service(short, place.folder) as peer,
    ):
        yield Contest(_load(ours, long, page, 0), _load(peer, short, page, 0))


@contextmanager
def _books(place: Place, database: Database, page: _Page) -> Iterator[Contest]:
    long = long_register(place, database)
    short = place.kept(f"short register {database}", partial(_short_register, place, database))
    for founding in (long, short):
        _count(founding)
    with (
        running_service(long, place.folder) as ours,
        running_service(short, place.folder) as peer,
    ):
        yield Contest(_load(ours, long, page, ENTRIES), _load(peer, short, page, SHORT_ENTRIES))


@contextmanager
def _short_register(place: Place, database: Database) -> Iterator[Founding]:
    with founded_database(place, database) as founding:
        fill_register(founding, SHORT_ENTRIES)
        yield founding


def _count(founding: Founding) -> None:
    with founding.store() as store:
        while count_all(store):
            pass


def _load(service: Service, founding: Founding, page: _Page, entries: int) -> Run:
    cookie = _logged_in(service.port, founding)
    today = datetime.now(UTC).date().isoformat()
    names = {"last": f"INV{entries:08d}", "day": today}
    query = urlencode({name: value.format(**names) for name, value in page.query.items()})
    place = f"/console/{founding.founded.entity_id}/{page.path.format(**names)}"
    request = Request("GET", f"{place}?{query}", cookie=cookie)
    return Load(service.port, [[request]], connections=_CONNECTIONS, sign=_WHOLE_PAGE).sample


def _logged_in(port: int, founding: Founding) -> str:
    """The cookie of a new session. Errors: BenchmarkFailedError."""
    form = {"name": founding.founded.user_name, "password": founding.founded.password}
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(
            "POST", "/console/login", urlencode(form).encode(), {"Content-Type": FORM}
        )
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    cookie = response.getheader("set-cookie", "").partition(";")[0]
    if response.status != 303 or not cookie:
        raise BenchmarkFailedError(f"no session of the console: {response.status}")
    return cookie
