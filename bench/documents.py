"""Documents over HTTP: an invoice beside a bare number, and a bill run in batches beside single ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from bench.contest import Benchmark, Contest, Place, Sample
from bench.databases import DATABASES, Database
from bench.document_numbers import counted, issue_and_count, issue_request
from bench.load import Load, Request
from bench.over_http import served
from bench.service import Service

INVOICES_PER_BATCH: Final = 50
BATCHES_A_TURN: Final = 680
"""In a turn of one second, however long they take: three turns are a run of 102 000 invoices."""

ACCOUNTS_PATH: Final = "/v1/accounts"
INVOICES_PATH: Final = "/v1/invoices"


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        key = database.lower()
        yield Benchmark(
            f"invoice_{key}",
            f"POST /v1/invoices, one posted invoice of one item, {database}",
            "POST /v1/document-numbers, one number",
            partial(_invoice, database=database),
            at_least=0.5,
            held_back_by="to read and check the body of an invoice takes some 50 µs, its account, its rows and its longer "
            "answer some 100 more: what a bare number takes in all.",
        )
        yield Benchmark(
            f"bill_run_{key}",
            f"A bill run through POST /v1/invoices/batch, {INVOICES_PER_BATCH} posted invoices a "
            f"request, {database}",
            "POST /v1/invoices, one a request",
            partial(_bill_run, database=database),
            "documents/s",
        )


@contextmanager
def _invoice(place: Place, database: Database) -> Iterator[Contest]:
    with served(place, database) as service:
        ours = Load(service.port, [[_one(service)]])
        peer = Load(service.port, [[issue_request(service)]])
        yield Contest(
            partial(issue_and_count, service, ours), partial(issue_and_count, service, peer)
        )


@contextmanager
def _bill_run(place: Place, database: Database) -> Iterator[Contest]:
    with served(place, database) as service:
        whole = {"invoices": [invoice_body(service)] * INVOICES_PER_BATCH}
        batch = service.request("POST", f"{INVOICES_PATH}/batch", whole)
        ours = Load(service.port, [[batch]], connections=4)
        peer = Load(service.port, [[_one(service)]])

        def documents(seconds: float) -> Sample:
            run = partial(ours.run_counted, max(1, round(BATCHES_A_TURN * seconds)))
            sample = counted(service, run, numbers_an_answer=INVOICES_PER_BATCH).sample
            return replace(sample, figure=sample.figure * INVOICES_PER_BATCH)

        yield Contest(documents, partial(issue_and_count, service, peer))


def _one(service: Service) -> Request:
    return service.request("POST", INVOICES_PATH, invoice_body(service))


def invoice_body(service: Service) -> dict[str, object]:
    """A posted invoice of an account of its own."""
    account = {
        "name": "Customer",
        "currency": "EUR",
        "billToContact": {"firstName": "Ada", "lastName": "Byron"},
    }
    made = json.loads(service.answer(service.request("POST", ACCOUNTS_PATH, account)))
    item = {"amount": "119.00", "serviceStartDate": "2026-01-01", "chargeName": "Subscription"}
    return {
        "accountId": made["accountId"],
        "invoiceDate": "2026-01-31",
        "status": "Posted",
        "invoiceItems": [item],
    }
