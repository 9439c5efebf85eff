"""The route table: every operation of the API, in one readable list."""

from __future__ import annotations

from seriatim.domain.clock import Clock
from seriatim.engine.checkpoint import Keys
from seriatim.http import (
    accounts,
    administration,
    document_numbers,
    imports,
    invoices,
    memos,
    number_register,
    payments,
    proofs,
    refunds,
    register_entries,
    sequence_sets,
    series,
)
from seriatim.http.endpoint import Endpoint
from seriatim.store.sql_store import SqlStore


def all_endpoints(store: SqlStore, clock: Clock, keys: Keys | None = None) -> list[Endpoint]:
    """Shape: without `keys`, nothing is signed.

    Order: as `/openapi.json` and `/docs` show them.
    """
    return [
        *sequence_sets.endpoints(clock),
        *document_numbers.endpoints(clock),
        *number_register.endpoints(clock),
        *accounts.endpoints(clock),
        *invoices.endpoints(clock),
        *memos.endpoints(clock),
        *payments.endpoints(clock),
        *refunds.endpoints(clock),
        *series.endpoints(clock, store, keys),
        *register_entries.endpoints(clock, store, keys),
        *proofs.endpoints(clock, store, keys),
        *imports.endpoints(clock, store),
        *administration.endpoints(clock),
    ]
