"""Invoices by the million, put straight into the table: copies of four that the service made.

They stand before those four in the lists, number after number. The register knows nothing of
them, and they have no items, which no list shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg

from bench.filling import unguarded_sqlite
from bench.service import Founding

MODELS: Final = 4

_COPIED: Final = (
    "tenant_id, entity_id, document_type, number_origin, account_id, account_number, "
    "sequence_set_id, series_id, chosen_by, is_draft, state, document_date, due_date, currency, "
    "amount, balance, refunded, details, created_at, updated_at, posted_at"
)
_OWN: Final = "document_id, number_folded, document_number, position"

_POSTGRES: Final = f"""
    INSERT INTO seriatim_document ({_COPIED}, {_OWN})
    SELECT {_COPIED}, md5(n::text)::uuid, 'inv' || lpad(n::text, 8, '0'),
        'INV' || lpad(n::text, 8, '0'), n
    FROM generate_series({MODELS + 1}, %(invoices)s) AS n
    JOIN seriatim_document m ON m.document_number = (%(models)s::text[])[n %% {MODELS} + 1]
"""
_SQLITE: Final = f"""
    WITH RECURSIVE counted (n) AS (
        SELECT {MODELS + 1} UNION ALL SELECT n + 1 FROM counted WHERE n < :invoices
    )
    INSERT INTO seriatim_document ({_COPIED}, {_OWN})
    SELECT {_COPIED}, lower(hex(randomblob(16))), printf('inv%08d', n), printf('INV%08d', n), n
    FROM counted
    JOIN seriatim_document m ON m.document_number = CASE n % {MODELS}
        WHEN 0 THEN :model0 WHEN 1 THEN :model1 WHEN 2 THEN :model2 ELSE :model3 END
"""


def fill_documents(founding: Founding, models: Sequence[str], invoices: int) -> None:
    """So many invoices in all, dealt out to the models in turn, which are given by their numbers.

    Shape: the models are the first numbers of DEFAULT's invoices. Cost: half a minute a million.
    """
    path = founding.url.removeprefix("sqlite:///")
    if path == founding.url:
        with psycopg.connect(founding.url, autocommit=True) as connection:
            values = {"invoices": invoices, "models": list(models)}
            connection.execute(_POSTGRES.encode(), values)
            # As autovacuum and the checkpointer would have done by then.
            connection.execute("VACUUM (ANALYZE) seriatim_document")
            connection.execute("CHECKPOINT")
    else:
        named = {f"model{place}": number for place, number in enumerate(models)}
        with unguarded_sqlite(path) as connection:
            connection.execute(_SQLITE, {"invoices": invoices, **named})
