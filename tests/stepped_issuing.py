"""Issuing whose writer is stepped by hand: which requests share a transaction is the test's to say."""

from __future__ import annotations

import threading
from unittest import mock

from seriatim.domain.clock import Clock
from seriatim.domain.errors import SeriatimError
from seriatim.http.json_codec import encode
from seriatim.http.wire.document_numbers import numbers_out
from seriatim.service.idempotency import NOT_KEPT, FinishedAnswer
from seriatim.service.issuing import BatchDone, NumberIssuing
from seriatim.service.numbers import NumbersIssued
from seriatim.store.sql_store import SqlStore


def stepped_issuing(store: SqlStore, clock: Clock, batch_done: BatchDone) -> NumberIssuing:
    """Nothing is written before `write_batch`."""
    with mock.patch.object(threading, "Thread", _NoThread):
        return NumberIssuing(store, clock, batch_done)


def write_batch(issuing: NumberIssuing) -> bool:
    """Carry out what waits, up to a batch; whether anything did."""
    issuer = issuing._issuer
    return bool(issuer._waiting) and issuer._write_batch()


def finish(issued: NumbersIssued) -> FinishedAnswer:
    """The answer as it goes over the wire."""
    return FinishedAnswer(200, (), encode(numbers_out(issued)))


def refuse(error: SeriatimError) -> FinishedAnswer:
    if isinstance(error, NOT_KEPT):
        raise AssertionError(f"{type(error).__name__} must not be kept with a key")
    return FinishedAnswer(422, (), error.message.encode())


class _NoThread:
    """In place of the writer thread."""

    def __init__(self, *_: object, **__: object) -> None:
        """As threading.Thread."""

    def start(self) -> None:
        """Nothing runs by itself here."""

    def join(self) -> None:
        """Nothing has to end."""
