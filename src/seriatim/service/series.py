"""Series: list, read, verify, and release a prefix that never gave a number."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from seriatim import telemetry
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.rules.set_state import released_prefix_is_unused
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import Keys
from seriatim.engine.verify import Verification
from seriatim.service.audit import AuditTrail
from seriatim.service.permissions import Right, require
from seriatim.service.verifying import (
    Progress,
    keep_checkpoint_if_possible,
    keep_result_if_possible,
    outcome_of,
    verify_in_steps,
)
from seriatim.store.sql_store import SqlStore, Transaction
from seriatim.store.verification_queries import KeptVerification

_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class SeriesPage:
    series: list[Series]
    has_more: bool


def list_series(
    transaction: Transaction,
    caller: Caller,
    *,
    after: tuple[str, str] | None,
    row_count: int,
) -> SeriesPage:
    """Order: by prefix without case, then document type. `after` is such a pair."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    after_prefix, after_document_type = after or ("", "")
    found = books.list_series(
        after_prefix=after_prefix,
        after_document_type=after_document_type,
        row_count=row_count + 1,
    )
    return SeriesPage(found[:row_count], has_more=len(found) > row_count)


def get_series(transaction: Transaction, caller: Caller, series_id: str) -> Series:
    """Errors: NotFound."""
    require(caller, Right.READ)
    return find_series(transaction, caller, series_id)


def release_prefix(
    transaction: Transaction, caller: Caller, series_id: str, *, clock: Clock
) -> Series:
    """Let a prefix go that never gave a number and that no set names: a typo's way out.

    Errors: NotFound, Rejected. Source: contract/sequence-sets.md, Prefix 4.
    """
    require(caller, Right.CONFIGURE)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    locked_entity = books.lock_entity()
    find_series(transaction, caller, series_id)
    series = books.lock_series([series_id.lower()])[series_id.lower()]
    violations = list(
        released_prefix_is_unused(series, books.find_sets_naming(series.key.series_id))
    )
    if violations:
        raise Rejected(violations)
    if series.is_released:
        return series
    now = clock.now()
    books.release_series(series.key.series_id, now)
    books.delete_prefix_owner(series.prefix)
    AuditTrail(books, caller, locked_entity.last_audit_number, now).record(
        "release",
        ("series", series.key.series_id),
        before={"prefix": series.prefix, "document_type": series.document_type.value},
    )
    return replace(series, is_released=True)


def verify_series(
    store: SqlStore,
    caller: Caller,
    series_id: str,
    *,
    keys: Keys | None = None,
    clock: Clock | None = None,
) -> Verification:
    """Recompute the invariants of one series over all of its entries.

    Shape: with `keys`, the signatures of its checkpoints are checked too; with a clock, what it
        came to is kept as the series' last verification, and with both the head of a sound
        series is signed.
    Errors: NotFound.
    Cost: reads every entry once, in slices; memory stays flat.
    """
    return outcome_of(verify_series_in_steps(store, caller, series_id, keys=keys, clock=clock))


def verify_series_in_steps(
    store: SqlStore,
    caller: Caller,
    series_id: str,
    *,
    keys: Keys | None = None,
    clock: Clock | None = None,
) -> Generator[Progress, None, Verification]:
    """The same, telling how far it is meanwhile. Errors: NotFound, at the first step."""
    require(caller, Right.READ)
    with store.read() as transaction:
        key = find_series(transaction, caller, series_id).key
    verified = yield from verify_in_steps(store, key, keys)
    if clock is not None:
        keep_result_if_possible(store, verified, actor=caller.actor, now=clock.now())
        if verified.verification.is_verified:
            telemetry.LAST_GOOD_VERIFICATION.set_to_current_time()
            if keys is not None:
                keep_checkpoint_if_possible(store, verified.series, keys, clock.now())
    return verified.verification


def last_verifications(
    transaction: Transaction, caller: Caller, series: Sequence[Series]
) -> dict[str, KeptVerification]:
    """Of each series that was verified, what it came to last."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    found = (books.find_verification(one.key.series_id) for one in series)
    return {one.series_id: one for one in found if one is not None}


def find_series(transaction: Transaction, caller: Caller, series_id: str) -> Series:
    """The series, whoever asks; rights are checked before. Errors: NotFound."""
    series = None
    if _ID.fullmatch(series_id):
        books = transaction.books(caller.tenant_id, caller.entity_id)
        series = books.get_series(series_id.lower())
    if series is None:
        raise NotFound("series", series_id)
    return series
