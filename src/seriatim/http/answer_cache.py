"""Answers to reads, kept until the next commit to the database, by whichever process.

A set is read far more often than anything is written, and reading it costs more than all the
rest of its request: measured on SQLite, keeping the answer doubles the reads a second. There is
no clock in it: the database's own change number decides, so that a read that begins after a
write was answered never sees the time before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from seriatim.http.answer import Answer
from seriatim.store.sql_store import SqlStore

ANSWERS_MAX = 2048
ANSWER_BYTES_MAX = 64 * 1024


class AnswerCache:
    """Shape: belongs to one event loop; holds nothing where the store has no change number."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._version: int | None = None
        self._answers: dict[Hashable, Answer] = {}

    def answer(self, key: Hashable, read: Callable[[], Answer]) -> Answer:
        """The answer kept for the key, or what `read` gives.

        Order: the change number is taken before the read, never after.
        """
        version = self._store.data_version()
        if version is None:
            return read()
        if version != self._version:
            self._answers.clear()
            self._version = version
        kept = self._answers.get(key)
        if kept is None:
            kept = read()
            if len(kept.body) <= ANSWER_BYTES_MAX:
                if len(self._answers) >= ANSWERS_MAX:
                    self._answers.clear()
                self._answers[key] = kept
        return kept
