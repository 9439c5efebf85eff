"""Entries by the million, put straight into the register, in the series of DEFAULT's invoices.

They are those of as many issues, one number each, save that their hashes are filler: issuing
reads the last one alone. Such a register does not verify.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import psycopg

from bench.callers import invoice_series
from bench.filling import unguarded_sqlite
from bench.service import Founding

_COLUMNS: Final = (
    "tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, "
    "sequence_set_id, chosen_by, document_date, actor, request_id, batch_id, recorded_at, "
    "format_version, hash"
)
_ISSUES_A_DAY: Final = 30_000
_CALLERS_A_BATCH: Final = 32

_POSTGRES: Final = f"""
    INSERT INTO seriatim_register ({_COLUMNS})
    SELECT %(tenant_id)s, %(entity_id)s, %(series_id)s, n, 'issued', n, n, %(set_id)s, 'default',
        %(today)s - ((%(entries)s - n) / {_ISSUES_A_DAY})::integer, 'client:bench',
        md5(n::text)::uuid, md5((n / {_CALLERS_A_BATCH})::text)::uuid, now(), 1,
        sha256(int8send(n))
    FROM generate_series(1::bigint, %(entries)s) AS n
"""
_POSTGRES_SERIES: Final = """
    UPDATE seriatim_series s
    SET last_number = r.last_number, last_entry_number = r.entry_number, head_hash = r.hash,
        issued_count = r.last_number, last_document_date = r.document_date
    FROM seriatim_register r
    WHERE s.series_id = %(series_id)s AND r.tenant_id = s.tenant_id AND r.entity_id = s.entity_id
        AND r.series_id = s.series_id AND r.entry_number = %(entries)s
"""
_SQLITE: Final = f"""
    WITH RECURSIVE counted (n) AS (
        SELECT :first UNION ALL SELECT n + 1 FROM counted WHERE n < :last
    )
    INSERT INTO seriatim_register ({_COLUMNS})
    SELECT :tenant_id, :entity_id, :series_id, n, 'issued', printf('%020d', n),
        printf('%020d', n), :set_id, 'default', :day, 'client:bench',
        printf('%08x-0000-4000-8000-%012x', n, n),
        printf('%08x-0000-4000-8000-000000000000', n / {_CALLERS_A_BATCH}),
        :day || 'T12:00:00.000000Z', 1, randomblob(32)
    FROM counted
"""
_SQLITE_SERIES: Final = """
    UPDATE seriatim_series
    SET last_number = r.last_number, last_entry_number = r.entry_number, head_hash = r.hash,
        issued_count = r.last_number, last_document_date = r.document_date
    FROM seriatim_register r
    WHERE seriatim_series.series_id = :series_id AND r.tenant_id = seriatim_series.tenant_id
        AND r.entity_id = seriatim_series.entity_id
        AND r.series_id = seriatim_series.series_id AND r.entry_number = :entries
"""


_POSTGRES_INDEXES: Final = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'seriatim_register' AND indexname <> 'seriatim_register_pkey'
"""
_SQLITE_TRIGGERS: Final = """
    SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'seriatim_register' AND type = 'trigger'
"""


def fill_register(founding: Founding, entries: int) -> None:
    """Shape: into an empty register. Cost: minutes for ten million entries, gigabytes on disk."""
    series, set_id = invoice_series(founding)
    values = {
        "tenant_id": series.key.tenant_id,
        "entity_id": series.key.entity_id,
        "series_id": series.key.series_id,
        "set_id": set_id,
        "entries": entries,
    }
    path = founding.url.removeprefix("sqlite:///")
    if path == founding.url:
        _fill_postgres(founding.url, values)
    else:
        _fill_sqlite(path, values, entries)


def _fill_postgres(url: str, values: dict[str, object]) -> None:
    """All indexes but that of the primary key are made anew behind the rows, which is faster."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        with connection.transaction():
            made = connection.execute(_POSTGRES_INDEXES).fetchall()
            for name, _ in made:
                connection.execute(f"DROP INDEX {name}".encode())
            connection.execute(_POSTGRES.encode(), {**values, "today": _today()})
            for _, definition in made:
                connection.execute(definition.encode())
            connection.execute(_POSTGRES_SERIES.encode(), values)
        # As autovacuum and the checkpointer would have done by then.
        connection.execute("VACUUM (ANALYZE) seriatim_register")
        connection.execute("CHECKPOINT")


def _fill_sqlite(path: str, values: dict[str, object], entries: int) -> None:
    """Without the triggers and checks, which would take as long again."""
    with unguarded_sqlite(path) as connection:
        triggers = connection.execute(_SQLITE_TRIGGERS).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for first in range(1, entries + 1, _ISSUES_A_DAY):
            last = min(first + _ISSUES_A_DAY - 1, entries)
            day = _today() - timedelta(days=(entries - last) // _ISSUES_A_DAY)
            part = {"first": first, "last": last, "day": day.isoformat()}
            connection.execute(_SQLITE, {**values, **part})
        connection.execute(_SQLITE_SERIES, values)
        for _, definition in triggers:
            connection.execute(str(definition))


def _today() -> date:
    return datetime.now(UTC).date()
