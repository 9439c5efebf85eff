"""What the peers on PostgreSQL write: a row of the register, and where they put it.

The table of the peers is the register's own, taken over with its columns, its checks and all of
its indexes; the register's triggers concern no INSERT. What a peer has nothing for, such as the
hash of an entry, it writes as a constant of the same size, and computes nothing. Its ids come
from `md5()`: `gen_random_uuid()` asks the kernel, which costs the server ten times as much.
"""

from __future__ import annotations

from typing import Final

PEER_TABLE: Final = "peer_register"
MAKE_PEER_TABLE: Final = f"CREATE TABLE {PEER_TABLE} (LIKE seriatim_register INCLUDING ALL)"

COLUMNS: Final = (
    "tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, refers_to, "
    "sequence_set_id, chosen_by, document_date, reference, actor, request_id, batch_id, reason, "
    "hold_until, recorded_at, format_version, hash"
)
_ID: Final = "00000000-0000-4000-8000-00000000000"
_HASH: Final = "00" * 32


def insert_numbered(number: str, source: str = "") -> str:
    """The INSERT of one entry, as one issue of ours without a reference writes it."""
    return (
        f"INSERT INTO {PEER_TABLE} ({COLUMNS}) "
        f"SELECT '{_ID}1', '{_ID}2', '{_ID}3', {number}, 'issued', {number}, {number}, NULL, "
        f"'{_ID}4', 'default', current_date, NULL, 'client_bench', "
        f"md5({number}::text)::uuid, md5({number}::text)::uuid, NULL, NULL, clock_timestamp(), 1, "
        rf"'\x{_HASH}' {source}"
    ).strip()
