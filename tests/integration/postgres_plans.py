"""A filled PostgreSQL for looking at plans, and how to read a plan."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from seriatim.store.queries import statements

SETS = 100_000
ENTRIES = 200_000
TENANT, ENTITY = uuid.UUID(int=1), uuid.UUID(int=2)
BUSY = uuid.UUID(int=3)  # the series with all of the entries
SHARED = uuid.UUID(int=4)  # the series that every set names
LAST_SET = uuid.UUID(int=10**9 + SETS)

_OWN = f"'{TENANT}'::uuid, '{ENTITY}'::uuid"
_SET_ID = f"('00000000-0000-0000-0000-' || lpad(to_hex({10**9} + n), 12, '0'))::uuid"
_SERIES_ID = f"('00000000-0000-0000-0001-' || lpad(to_hex({10**9} + n), 12, '0'))::uuid"

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
    head_hash, created_at
)
SELECT {own}, {series}, 'invoice', 'S' || n || '-', 's' || n || '-', 1, 0, '\\x00', now()
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

INSERT INTO seriatim_register (
    tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number,
    document_date, actor, request_id, batch_id, recorded_at, format_version, hash
)
SELECT {own}, '{busy}', n, 'issued', n, n, '2026-01-01'::date + n / 1000, 'a', '{t}', '{t}',
    now(), 1, decode(repeat('00', 32), 'hex')
FROM generate_series(1, {entries}) n;
"""


def fill(url: str) -> None:
    """Cost: some ten seconds."""
    names = {
        "t": TENANT,
        "own": _OWN,
        "set": _SET_ID,
        "series": _SERIES_ID,
        "busy": BUSY,
        "shared": SHARED,
        "sets": SETS,
        "entries": ENTRIES,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(FILL.format(**names).encode())
        connection.execute("VACUUM (ANALYZE)")


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
        case "total" | "applied" | "before" | "origin":
            return 5
        case "hash" | "fingerprint" | "body" | "signature":
            return b"x" * 32
        case "chronological" | "default" | "settlement" | "attributes":
            return True
    return "x"
