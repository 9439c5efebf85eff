"""The route table: every operation of the API, in one readable list."""

from __future__ import annotations

from seriatim.domain.clock import Clock
from seriatim.http import (
    administration,
    document_numbers,
    number_register,
    sequence_sets,
    series,
)
from seriatim.http.endpoint import Endpoint
from seriatim.store.sql_store import SqlStore


def all_endpoints(store: SqlStore, clock: Clock) -> list[Endpoint]:
    """Order: as `/openapi.json` and `/docs` show them."""
    return [
        *sequence_sets.endpoints(clock),
        *document_numbers.endpoints(clock),
        *number_register.endpoints(clock),
        *series.endpoints(clock, store),
        *administration.endpoints(clock),
    ]
