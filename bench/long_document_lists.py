"""A list of a million invoices against a list of ten: a page must not grow dear with the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from bench.contest import Benchmark, Contest, Place
from bench.databases import DATABASES, Database, founded_database
from bench.documents import INVOICES_PATH, invoice_body
from bench.filling_documents import MODELS, fill_documents
from bench.long_lists import Target, pages_asked
from bench.service import Founding, Service, running_service
from seriatim.http.paging import cursor_out

SHORT: Final = 10
LONG: Final = 1_000_000
"""Invoices in all: half of them of one of two accounts, half of them posted."""

PAGE_SIZE: Final = 2
"""So few that ten invoices fill it from either state, as a million do."""


def benchmarks() -> Iterator[Benchmark]:
    for page in PAGES:
        for database in DATABASES:
            yield Benchmark(
                f"{page.name}_{database.lower()}",
                f"GET {page.title}, of 1 000 000 invoices, {database}",
                "the same of 10 invoices",
                partial(_long_against_short, database=database, target=page.target),
                at_least=0.9,
                held_back_by="as many rows are read as in the short list, and in process both take the same time; over HTTP, "
                "runs of one second differ by a tenth. Taken for the spread of the measurement.",
            )


def _long_against_short(
    place: Place, database: Database, target: Target
) -> AbstractContextManager[Contest]:
    long = place.kept(f"long invoices {database}", lambda: filled_database(place, database, LONG))
    short = place.kept(
        f"short invoices {database}", lambda: filled_database(place, database, SHORT)
    )
    return pages_asked(place, target, (long, LONG), (short, SHORT))


@contextmanager
def filled_database(place: Place, database: Database, invoices: int) -> Iterator[Founding]:
    with founded_database(place, database) as founding:
        with running_service(founding, place.folder) as service:
            models = list(_models(service))
        fill_documents(founding, models, invoices)
        yield founding


def _models(service: Service) -> Iterator[str]:
    """The numbers of a posted invoice and a draft of each of two accounts."""
    bodies = [invoice_body(service) for _ in range(MODELS // 2)]
    for body in bodies:
        for status in ("Posted", "Draft"):
            made = service.answer(
                service.request("POST", INVOICES_PATH, {**body, "status": status})
            )
            yield json.loads(made)["invoiceNumber"]


def _page(query: str = "") -> str:
    return f"{INVOICES_PATH}?pageSize={PAGE_SIZE}{query}"


def _first_page(_: Service, __: int) -> str:
    return _page()


def _page_far_in(_: Service, invoices: int) -> str:
    """Behind half of them, as `nextPage` would lead there."""
    return _page(f"&cursor={cursor_out([invoices // 2, 'f' * 32])}")


def _page_of_account(service: Service, _: int) -> str:
    return _page(f"&accountId={_first_invoice(service)['accountId']}")


def _page_of_status(service: Service, _: int) -> str:
    return _page(f"&status={_first_invoice(service)['status']}")


def _first_invoice(service: Service) -> dict[str, Any]:
    answer = json.loads(service.answer(service.request("GET", _page())))
    first: dict[str, Any] = answer["invoices"][0]
    return first


class _Page(NamedTuple):
    name: str
    title: str
    target: Target


PAGES: Final = (
    _Page("invoices_first_page", "the first page", _first_page),
    _Page("invoices_page_far_in", "a page behind half of them, by its cursor", _page_far_in),
    _Page("invoices_of_account", "the first page of one account's", _page_of_account),
    _Page("invoices_of_status", "the first page of those in one state", _page_of_status),
)
