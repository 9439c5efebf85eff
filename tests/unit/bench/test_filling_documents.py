"""Invoices filled by the million are listed as those that the service made."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.contest import Place
from bench.databases import DATABASES, Database
from bench.filling_documents import MODELS
from bench.long_document_lists import PAGE_SIZE, PAGES, SHORT, filled_database
from bench.service import Service, running_service
from tests.postgres_server import PostgresServer


@pytest.mark.parametrize("database", DATABASES)
def test_pages_of_a_filled_list_are_full_and_followed_by_others(
    tmp_path: Path, postgres_server: PostgresServer, database: Database
) -> None:
    place = Place(tmp_path, postgres_server, ExitStack())
    for invoices in (SHORT, 3 * SHORT):
        with (
            filled_database(place, database, invoices) as founding,
            running_service(founding, tmp_path) as service,
        ):
            pages = {
                page.name: _invoices(service, page.target(service, invoices)) for page in PAGES
            }
            every = _invoices(service, "/v1/invoices?pageSize=40", is_last=True)
        assert len({one["invoiceNumber"] for one in every}) == len(every) == invoices
        assert pages["invoices_first_page"] == every[:PAGE_SIZE]
        assert pages["invoices_page_far_in"] == every[invoices // 2 - MODELS :][:PAGE_SIZE]
        for name, field in (
            ("invoices_of_account", "accountId"),
            ("invoices_of_status", "status"),
        ):
            alike = [one for one in every if one[field] == every[0][field]]
            assert len(alike) == invoices // 2
            assert pages[name] == alike[:PAGE_SIZE]


def _invoices(service: Service, target: str, *, is_last: bool = False) -> list[dict[str, Any]]:
    answer = json.loads(service.answer(service.request("GET", target)))
    assert ("nextPage" in answer) is not is_last
    found: list[dict[str, Any]] = answer["invoices"]
    return found
