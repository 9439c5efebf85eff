"""Answering a request once: its key, its effect and its answer commit together.

Source: contract/transport.md, Idempotency; contract/guarantees.md, G5 and Fact 2.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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
from seriatim.store.key_queries import KeyAnswer, KeyClaim, KeyPlace, StoredKey
from seriatim.store.session import SerializationFailure, hex_id
from seriatim.store.sql_store import SqlStore, Transaction

NOT_KEPT = (OutcomeUnknown, StoreUnavailable, Overloaded, InvariantBroken, Conflict)


class FinishedAnswer(NamedTuple):
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

    @property
    def place(self) -> KeyPlace:
        return self.tenant_id, hex_id(self.client_id), self.key

    def claimed_until(self, expires_at: datetime) -> KeyClaim:
        return KeyClaim(
            self.tenant_id,
            self.client_id,
            self.key,
            self.entity_id,
            self.fingerprint,
            expires_at,
        )


class Answered(NamedTuple):
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
    with running_keys.held(key_use):
        return store.run(
            lambda transaction: _keyed(
                transaction, key_use, work, failure, clock=clock, keeps_effect=keeps_effect
            )
        )


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
    (claimed,) = claim(transaction, [key_use], clock)
    if claimed is not None:
        return replay(transaction, key_use, claimed)
    transaction.session.savepoint()
    try:
        answer = work(transaction)
        if not keeps_effect:
            transaction.session.undo_to_savepoint()
    except NOT_KEPT:
        raise
    except SeriatimError as refusal:
        transaction.session.undo_to_savepoint()
        answer = failure(refusal)
    keep(transaction, [(key_use, answer)])
    return Answered(answer, is_replay=False)


def claim(
    transaction: Transaction, key_uses: Sequence[KeyUse], clock: Clock
) -> list[StoredKey | None]:
    """For each use, None if its key is now this transaction's, otherwise what the key holds.

    Shape: no key stands twice among them.
    Errors: KeyInUse if another process is about to decide one of them.
    """
    now = clock.now()
    claims = [
        use.claimed_until(now + timedelta(hours=IDEMPOTENCY_KEY_HOURS_KEPT)) for use in key_uses
    ]
    try:
        ours = transaction.keys.claim_keys(claims)
        return [None if one.place in ours else _found(transaction, one, now) for one in claims]
    except Conflict as conflict:
        raise KeyInUse(_IN_USE, detail=conflict.detail) from conflict


def _found(transaction: Transaction, wanted: KeyClaim, now: datetime) -> StoredKey | None:
    stored = transaction.keys.find_key(wanted.place)
    if stored is None:
        # It had expired, and was swept away between the claim and the look-up.
        raise SerializationFailure("an idempotency key can be neither claimed nor found")
    if stored.expires_at > now:
        return stored
    transaction.keys.reclaim_key(wanted)
    return None


def replay(transaction: Transaction, key_use: KeyUse, stored: StoredKey) -> Answered:
    """Errors: KeyReused if the key was used with another request."""
    if stored.fingerprint != key_use.fingerprint:
        raise KeyReused("the Idempotency-Key was already used with another request")
    if stored.status is None or stored.headers is None or stored.body is None:
        raise InvariantBroken("a committed idempotency key has no answer")
    transaction.keys.note_replay(key_use.place)
    headers = tuple((name, value) for name, value in json.loads(stored.headers))
    return Answered(FinishedAnswer(stored.status, headers, stored.body), is_replay=True)


def keep(transaction: Transaction, answers: Sequence[tuple[KeyUse, FinishedAnswer]]) -> None:
    """Keep each answer with its key, which this transaction claimed."""
    transaction.keys.finish_keys(
        [
            KeyAnswer(use.place, answer.status, json.dumps(answer.headers), answer.body)
            for use, answer in answers
        ]
    )


def release(transaction: Transaction, key_uses: Sequence[KeyUse]) -> None:
    """Give claimed keys back unused: what went wrong may go well the next time."""
    for use in key_uses:
        transaction.keys.release_key(use.place)


class RunningKeys:
    """The keys whose first request is running in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: set[KeyPlace] = set()

    def take(self, key_use: KeyUse) -> None:
        """Errors: KeyInUse."""
        with self._lock:
            if key_use.place in self._places:
                raise KeyInUse(_IN_USE)
            self._places.add(key_use.place)

    def leave(self, key_use: KeyUse) -> None:
        with self._lock:
            self._places.discard(key_use.place)

    @contextmanager
    def held(self, key_use: KeyUse) -> Iterator[None]:
        self.take(key_use)
        try:
            yield
        finally:
            self.leave(key_use)


running_keys = RunningKeys()
_IN_USE = "a request with the same Idempotency-Key is still running"
