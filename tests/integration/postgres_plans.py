"""A filled PostgreSQL for looking at plans, and how to read a plan."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from seriatim.store.queries import statements

SETS = 100_000
ENTRIES_PER_SET = 10
ENTRIES = 9_000_000  # of the busy series; with those of the sets' own ten million
LESSER_ROWS = 100_000
TENANT, ENTITY = uuid.UUID(int=1), uuid.UUID(int=2)
BUSY = uuid.UUID(int=3)  # the series with nearly all of the entries
SHARED = uuid.UUID(int=4)  # the series that every set names
LAST_SET = uuid.UUID(int=10**9 + SETS)

_OWN = f"'{TENANT}'::uuid, '{ENTITY}'::uuid"
_SET_ID = f"('00000000-0000-0000-0000-' || lpad(to_hex({10**9} + n), 12, '0'))::uuid"
_SERIES_ID = f"('00000000-0000-0000-0001-' || lpad(to_hex({10**9} + n), 12, '0'))::uuid"

# Those whose every statement must say by which index it finds its rows.
NUMBERING = {
    "seriatim_register",
    "seriatim_series",
    "seriatim_number_text",
    "seriatim_open_hold",
    "seriatim_idempotency_key",
    "seriatim_checkpoint",
}
GROWING = NUMBERING | {
    "seriatim_daily_count",
    "seriatim_daily_total",
    "seriatim_series_tally",
    "seriatim_verification",
    "seriatim_sequence_set",
    "seriatim_sequence_set_key",
    "seriatim_set_numbering",
    "seriatim_prefix_owner",
    "seriatim_audit_entry",
    "seriatim_account",
    "seriatim_document",
    "seriatim_oauth_client",
    "seriatim_access_token",
}

# Other entities with nothing but themselves, so that not every condition is true of every row.
FILL = """
INSERT INTO seriatim_tenant VALUES ('{t}', 'Tenant', now());

INSERT INTO seriatim_entity (tenant_id, entity_id, name, name_folded, position, created_at)
SELECT '{t}', ('00000000-0000-0000-0000-' || lpad(to_hex(n + 2), 12, '0'))::uuid, 'E' || n,
    'e' || n, n, now()
FROM generate_series(0, 20) n;

INSERT INTO seriatim_series (
    tenant_id, entity_id, series_id, document_type, prefix, prefix_folded, origin, last_number,
    last_entry_number, head_hash, created_at
) VALUES
    ({own}, '{busy}', 'invoice', 'BUSY-', 'busy-', 1, {entries}, {entries}, '\\x00', now()),
    ({own}, '{shared}', 'creditMemo', 'CM', 'cm', 1, 0, 0, '\\x00', now());

INSERT INTO seriatim_series (
    tenant_id, entity_id, series_id, document_type, prefix, prefix_folded, origin, last_number,
    last_entry_number, head_hash, created_at
)
SELECT {own}, {series}, 'invoice', 'S' || n || '-', 's' || n || '-', 1, {per_set}, {per_set},
    '\\x00', now()
FROM generate_series(1, {sets}) n;

INSERT INTO seriatim_prefix_owner
SELECT tenant_id, entity_id, prefix_folded, prefix, document_type, now() FROM seriatim_series;

INSERT INTO seriatim_sequence_set (
    tenant_id, entity_id, sequence_set_id, sequence_set_number, name, is_default, chronological,
    revision, position, created_at, updated_at
)
SELECT {own}, {set}, 'SS-' || n, 'S' || n, n = 1, false, 1, n, now(), now()
FROM generate_series(1, {sets}) n;

INSERT INTO seriatim_sequence_set_key SELECT {own}, 's' || n, {set} FROM generate_series(1, {sets}) n;

INSERT INTO seriatim_set_numbering (tenant_id, entity_id, sequence_set_id, document_type, series_id)
SELECT {own}, {set}, 'invoice', {series} FROM generate_series(1, {sets}) n;

INSERT INTO seriatim_set_numbering (tenant_id, entity_id, sequence_set_id, document_type, series_id)
SELECT {own}, {set}, 'creditMemo', '{shared}' FROM generate_series(1, {sets}) n;

INSERT INTO seriatim_number_text (
    tenant_id, entity_id, text_folded, number_text, document_type, kind, actor, request_id,
    recorded_at
)
SELECT {own}, 'old' || n, 'OLD' || n, 'invoice', 'imported', 'a', '{t}', now()
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_open_hold
SELECT {own}, '{busy}', n, n, n, '2026-11-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_open_hold
SELECT '{t}', '{t}', '{busy}', n, n, n, '2026-11-01'::timestamptz + n * interval '1 second'
FROM generate_series(1, {lesser} * 9) n;

INSERT INTO seriatim_idempotency_key
SELECT '{t}', '{t}', 'key ' || n, '{t}', '\\x00', 200, '[]', '\\x00', 0,
    '2026-11-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_audit_entry
SELECT {own}, n, 'create', 'sequence_set', 'x', 'a', '{t}', NULL, NULL, now()
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_oauth_client
SELECT {set}, {set}, 'Client', 'issuer', 'x', now(), NULL, NULL FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_access_token
SELECT sha256(n::text::bytea), {set}, {set}, '2026-11-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_account (
    tenant_id, entity_id, account_id, account_number, account_number_folded, name, currency,
    sequence_set_id, details, position, created_at, updated_at
)
SELECT {own}, {set}, 'A' || n, 'a' || n, 'Account', 'EUR', {set}, '{{}}', n, now(), now()
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_document (
    tenant_id, entity_id, document_id, document_type, number_folded, document_number, account_id,
    sequence_set_id, series_id, is_draft, state, document_date, currency, amount, balance,
    details, position, created_at, updated_at
)
SELECT {own}, {set}, 'invoice', 'busy-' || lpad(n::text, 8, '0'), 'BUSY-' || lpad(n::text, 8, '0'),
    {set}, {set}, '{busy}', n % 100 = 0, CASE n % 100 WHEN 0 THEN 'Draft' ELSE 'Posted' END,
    '2026-01-01', 'EUR', 1, 1, '{{}}', n, now(), now()
FROM generate_series(1, {lesser}) n;

INSERT INTO seriatim_checkpoint
SELECT {own}, '{busy}', n * 10, '\\x00', n * 10, 'k', '\\x00', now()
FROM generate_series(1, {lesser}) n;
"""

# A year of the console's counts, a thousand series a day; all series verified, a few not sound;
# a few stopped, and some that can meet others.
FILL += """
INSERT INTO seriatim_series_tally
SELECT {own}, 'UTC', series_id, last_entry_number, last_number FROM seriatim_series;

INSERT INTO seriatim_daily_count
SELECT {own}, 'UTC', '2026-01-01'::date + d, {series}, n
FROM generate_series(1, 365) d, generate_series(1, 1000) n;

INSERT INTO seriatim_daily_total
SELECT {own}, 'UTC', '2016-01-01'::date + d, type, d, 0, 0
FROM generate_series(1, 3650) d, unnest(ARRAY['invoice', 'creditMemo', 'payment']) type;

INSERT INTO seriatim_verification
SELECT {own}, {series}, now(), 'a', n % 1000 > 0, now(), {per_set}, {per_set}, NULL, NULL,
    CASE n % 1000 WHEN 0 THEN 'a fault' END
FROM generate_series(1, {sets}) n;

UPDATE seriatim_series SET stopped_because = 'a defect' WHERE prefix LIKE 'S%999-';

UPDATE seriatim_series SET clear_until = 5 WHERE prefix LIKE 'S%77-';
"""

# Mostly plain issues; of a hundred entries, two void the one before, one skips and one is imported,
# and every tenth carries a reference.
FILL_REGISTER = """
INSERT INTO seriatim_register (
    tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, refers_to,
    document_date, reference, actor, request_id, batch_id, reason, recorded_at, format_version,
    hash
)
SELECT {own}, {series}, n,
    CASE n % 100 WHEN 10 THEN 'voided' WHEN 60 THEN 'voided' WHEN 30 THEN 'skipped'
        WHEN 80 THEN 'imported' ELSE 'issued' END,
    CASE WHEN n % 50 = 10 THEN n - 1 ELSE n END, CASE WHEN n % 50 = 10 THEN n - 1 ELSE n END,
    CASE WHEN n % 50 = 10 THEN n - 1 END,
    CASE WHEN n % 50 NOT IN (10, 30) THEN '2001-01-01'::date + n / 1000 END,
    CASE WHEN n % 10 = 1 THEN 'order ' || n END, 'a', '{t}', '{t}',
    CASE WHEN n % 50 = 10 THEN 'of no use' END, now(), 1, decode(repeat('00', 32), 'hex')
FROM {rows};
"""


def fill(url: str) -> None:
    """Cost: about a minute, and four gigabytes until the database is dropped."""
    names = {
        "t": TENANT,
        "own": _OWN,
        "set": _SET_ID,
        "series": _SERIES_ID,
        "busy": BUSY,
        "shared": SHARED,
        "sets": SETS,
        "per_set": ENTRIES_PER_SET,
        "entries": ENTRIES,
        "lesser": LESSER_ROWS,
    }
    one_series = {"series": f"'{BUSY}'::uuid", "rows": f"generate_series(1, {ENTRIES}) n"}
    many_series = {
        "series": _SERIES_ID.replace("+ n", "+ s"),
        "rows": f"generate_series(1, {SETS}) s, generate_series(1, {ENTRIES_PER_SET}) n",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '256MB'")
        connection.execute(FILL.format(**names).encode())
        with _indexed_afterwards(connection, "seriatim_register"):
            for rows in (one_series, many_series):
                connection.execute(FILL_REGISTER.format(**names | rows).encode())
        connection.execute("VACUUM (ANALYZE)")


@contextmanager
def _indexed_afterwards(connection: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """Fill a table without a log and without its indexes, which are made again at the end.

    The plans are the same as if each row had gone through them, at a tenth of the cost.
    """
    key = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype = 'p'",
        (table,),
    ).fetchone()
    assert key is not None
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname <> %s",
        (table, key[0]),
    ).fetchall()
    assert indexes
    connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key[0]}".encode())
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    connection.execute(f"ALTER TABLE {table} SET UNLOGGED".encode())
    yield
    connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {key[0]} {key[1]}".encode())
    for _, definition in indexes:
        connection.execute(definition.encode())


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement's plan. Shape: `nodes` as PostgreSQL describes them, parents first."""

    nodes: list[dict[str, Any]]
    milliseconds: float = 0.0

    @property
    def scanned(self) -> set[str]:
        """Tables read from one end to the other."""
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}

    @property
    def indexes(self) -> set[str]:
        """Indexes by which rows are found."""
        return {str(node["Index Name"]) for node in self.nodes if "Index Name" in node}

    @property
    def pages(self) -> int:
        """Pages touched, found in memory or not."""
        top = self.nodes[0]
        return int(top.get("Shared Hit Blocks", 0)) + int(top.get("Shared Read Blocks", 0))

    @property
    def conditions(self) -> str:
        return " ".join(str(node.get("Index Cond", "")) for node in self.nodes)


def explain(
    connection: psycopg.Connection[Any], query: str, *, run: bool = False, **given: object
) -> Plan:
    """The plan of a named statement; with `run`, what it really took."""
    text = statements("postgres")[query]
    how = "ANALYZE, BUFFERS, FORMAT JSON" if run else "FORMAT JSON"
    parameters = parameters_of(text)
    for name, value in given.items():
        is_list = isinstance(parameters.get(name), list) and not isinstance(value, list)
        parameters[name] = [value] if is_list else value
    row = connection.execute(f"EXPLAIN ({how}) {text}".encode(), parameters).fetchone()
    assert row is not None
    (described,) = row[0]
    return Plan(list(_nodes(described["Plan"])), float(described.get("Execution Time", 0)))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def parameters_of(text: str) -> dict[str, object]:
    """A value for every parameter, a list where the statement takes an array."""
    found: dict[str, object] = {}
    for name, is_list in re.findall(r"%\((\w+)\)s(?:::\w+(\[\]))?", text):
        found[name] = [_value(name)] if is_list else _value(name)
    return found


_VALUES: dict[str, object] = {
    "clear_until": 5,
    "last_document_date": date(2026, 2, 1),
    "password_hash": "x",
    "secret_hash": "x",
    "tenant_id": TENANT,
    "after_tenant": TENANT,
    "entity_id": ENTITY,
    "after_entity": ENTITY,
    "series_id": BUSY,
    "series_ids": BUSY,
    "after_series": BUSY,
    "after_series_id": BUSY,
    "sequence_set_id": LAST_SET,
    "sequence_set_ids": LAST_SET,
    "key_folded": f"s{SETS}",
    "prefix_folded": "busy-",
    "prefixes_folded": "busy-",
    "document_type": "invoice",
    "lowest_prefix": "s991",
    "beyond_prefix": "s992",
    "after_prefix": "s5",
    "first_number": 777,
    "last_number": 778,
    "row_count": 21,
    "until_date": date(2026, 3, 1),
    "now": datetime(2026, 11, 23, tzinfo=UTC),
    "characters": 8,
    "status": 200,
    "account_ids": uuid.UUID(int=5),
    "document_ids": uuid.UUID(int=5),
    "numbers_folded": "busy-00000777",
    "numbers": 5,
    "state": "Draft",
    "amount": 5,
    "balance": 5,
    "refunded": 5,
    "number_origin": "series",
    "is_draft": True,
    "item_number": 5,
    "document_number": "BUSY-00000777",
    "account_number": "A1",
    "time_zone": "UTC",
    "first_day": date(2026, 12, 1),
    "day": date(2026, 12, 1),
    "expired": "hold expired",
    "is_sound": True,
    "verified_at": datetime(2026, 11, 23, tzinfo=UTC),
    "fault_entry": 5,
    "fault_invariant": 5,
}


def _value(name: str) -> object:
    if name in _VALUES:
        return _VALUES[name]
    match name.rsplit("_", 1)[-1]:
        case "id":
            return uuid.UUID(int=5)
        case "at" | "until":
            return datetime(2026, 11, 23, tzinfo=UTC)
        case "date":
            return date(2026, 2, 1)
        case "number" | "numbers" | "count" | "position" | "rows" | "to" | "revision" | "version":
            return 5
        case "total" | "applied" | "before" | "origin" | "byte" | "bytes":
            return 5
        case "hash" | "fingerprint" | "body" | "signature" | "content":
            return b"x" * 32
        case "chronological" | "default" | "settlement" | "attributes":
            return True
    return "x"
