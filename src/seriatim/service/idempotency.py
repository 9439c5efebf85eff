"""Answering a request once: its key, its effect and its answer commit together.

Source: contract/transport.md, Idempotency; contract/guarantees.md, G5 and Fact 2.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from seriatim.domain.clock import Clock
from seriatim.domain.errors import (
    Conflict,
    InvariantBroken,
    KeyInUse,
    KeyReused,
    OutcomeUnknown,
    Overloaded,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.domain.limits import IDEMPOTENCY_KEY_HOURS_KEPT
from seriatim.store.key_queries import StoredKey
from seriatim.store.sql_store import SqlStore, Transaction

_NOT_KEPT = (OutcomeUnknown, StoreUnavailable, Overloaded, InvariantBroken, Conflict)


@dataclass(frozen=True, slots=True)
class FinishedAnswer:
    """An answer down to its bytes, as it is kept with its key and replayed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use of an idempotency key. Keys belong to a client.

    Shape: `fingerprint` is the SHA-256 over entity, method, path, query and body.
    """

    tenant_id: str
    entity_id: str
    client_id: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    answer: FinishedAnswer
    is_replay: bool


Work = Callable[[Transaction], FinishedAnswer]
Failure = Callable[[SeriatimError], FinishedAnswer]


def answer_once(
    store: SqlStore,
    key_use: KeyUse | None,
    work: Work,
    failure: Failure,
    *,
    clock: Clock,
    keeps_effect: bool = True,
) -> Answered:
    """Do `work` and keep its answer, or replay the answer that the key already has.

    Shape: `failure` turns a refusal into its answer, which the key keeps as well; with
        `keeps_effect` False the work is undone again (a dry run), its answer is not.
    Errors: KeyInUse, KeyReused; StoreUnavailable and the like leave the key unused.
    Cost: one transaction.
    """
    if key_use is None:
        return store.run(lambda transaction: _plain(transaction, work, keeps_effect))
    with _running.claim(key_use):
        try:
            return store.run(
                lambda transaction: _keyed(
                    transaction, key_use, work, failure, clock=clock, keeps_effect=keeps_effect
                )
            )
        except _KeyBusyElsewhere as busy:
            raise KeyInUse(_IN_USE, detail=busy.detail) from busy


def _plain(transaction: Transaction, work: Work, keeps_effect: bool) -> Answered:
    if not keeps_effect:
        transaction.session.savepoint()
    answer = work(transaction)
    if not keeps_effect:
        transaction.session.undo_to_savepoint()
    return Answered(answer, is_replay=False)


def _keyed(
    transaction: Transaction,
    key_use: KeyUse,
    work: Work,
    failure: Failure,
    *,
    clock: Clock,
    keeps_effect: bool,
) -> Answered:
    stored = _claim(transaction, key_use, clock)
    if stored is not None:
        return _replay(transaction, key_use, stored)
    transaction.session.savepoint()
    try:
        answer = work(transaction)
        if not keeps_effect:
            transaction.session.undo_to_savepoint()
    except _NOT_KEPT:
        raise
    except SeriatimError as refusal:
        transaction.session.undo_to_savepoint()
        answer = failure(refusal)
    transaction.keys(key_use.tenant_id, key_use.client_id).finish_key(
        key_use.key, status=answer.status, headers=json.dumps(answer.headers), body=answer.body
    )
    return Answered(answer, is_replay=False)


def _claim(transaction: Transaction, key_use: KeyUse, clock: Clock) -> StoredKey | None:
    """None if the key is now ours; otherwise what it holds."""
    now = clock.now()
    keys = transaction.keys(key_use.tenant_id, key_use.client_id)
    expires_at = now + timedelta(hours=IDEMPOTENCY_KEY_HOURS_KEPT)
    try:
        is_ours = keys.claim_key(
            key_use.key,
            entity_id=key_use.entity_id,
            fingerprint=key_use.fingerprint,
            expires_at=expires_at,
        )
        stored = None if is_ours else keys.find_key(key_use.key)
    except Conflict as conflict:
        raise _KeyBusyElsewhere(conflict.message, detail=conflict.detail) from conflict
    if stored is not None and stored.expires_at <= now:
        keys.reclaim_key(
            key_use.key,
            entity_id=key_use.entity_id,
            fingerprint=key_use.fingerprint,
            expires_at=expires_at,
        )
        return None
    return stored


def _replay(transaction: Transaction, key_use: KeyUse, stored: StoredKey) -> Answered:
    if stored.fingerprint != key_use.fingerprint:
        raise KeyReused("the Idempotency-Key was already used with another request")
    if stored.status is None or stored.headers is None or stored.body is None:
        raise InvariantBroken("a committed idempotency key has no answer")
    transaction.keys(key_use.tenant_id, key_use.client_id).note_replay(key_use.key)
    headers = tuple((name, value) for name, value in json.loads(stored.headers))
    return Answered(FinishedAnswer(stored.status, headers, stored.body), is_replay=True)


class _KeyBusyElsewhere(SeriatimError):
    """Another process holds the key's row."""


class _RunningKeys:
    """The keys whose first request is running in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str, str]] = set()

    @contextmanager
    def claim(self, key_use: KeyUse) -> Iterator[None]:
        place = (key_use.tenant_id, key_use.client_id, key_use.key)
        with self._lock:
            if place in self._keys:
                raise KeyInUse(_IN_USE)
            self._keys.add(place)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(place)


_running = _RunningKeys()
_IN_USE = "a request with the same Idempotency-Key is still running"
