"""What clients saw: each request for numbers, when it was sent, and what came back.

One JSON object a line, in any order:

    {"event": "invoked", "operation": "17", "at": 8123, "key": "a", "bodyHash": "9f…",
     "reference": "order 17"}
    {"event": "ok", "operation": "17", "at": 9456, "requestId": "…", "replayed": false,
     "reply": "{\\"success\\":true,…}"}

An operation is one sending of a request; one that ends neither `ok` nor `failed` is unknown.
Source: contract/guarantees.md, The checker; docs/reference/history-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

ENDS = frozenset({"ok", "failed", "unknown"})


class HistoryUnreadable(Exception):
    """A line of the history is not what it must be; the message names the line."""


@dataclass(frozen=True, slots=True)
class NumbersReplied:
    """What an answer says was given. Shape: `ranges` are first and last numbers as texts."""

    prefix: str
    entry_id: str
    state: str
    ranges: tuple[tuple[str, str], ...]


_NONE = NumbersReplied("", "", "", ())


@dataclass(slots=True)
class Attempt:
    """One sending of a request. Shape: `numbers` holds none unless it ended `ok`. Units: times are monotonic nanoseconds of one machine."""

    operation: str
    sent_at: int
    key: str | None
    body_hash: str | None
    reference: str | None
    end: str = "unknown"
    ended_at: int | None = None
    request_id: str | None = None
    is_replay: bool = False
    reply: str | None = None
    numbers: NumbersReplied = _NONE


@dataclass(slots=True)
class Ask:
    """All sendings of one request: those of one key, or a single one without a key."""

    name: str
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    @property
    def sent_at(self) -> int:
        return min(one.sent_at for one in self.attempts)

    @property
    def answered(self) -> list[Attempt]:
        """The attempts that were answered with numbers. Order: as they were answered."""
        found = [one for one in self.attempts if one.end == "ok"]
        return sorted(found, key=lambda one: one.ended_at or 0)

    @property
    def references(self) -> set[str]:
        return {one.reference for one in self.attempts if one.reference is not None}

    @property
    def may_have_issued(self) -> bool:
        """Whether numbers may have been given of which nobody was told."""
        return not self.answered and any(one.end == "unknown" for one in self.attempts)


def read_history(lines: Iterable[str]) -> list[Ask]:
    """The requests of a history. Order: as they were first sent.

    Errors: HistoryUnreadable.
    """
    attempts: dict[str, Attempt] = {}
    ends: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _object(number, line)
        event, operation = found.get("event"), str(_of(found, "operation", number))
        if event == "invoked":
            if operation in attempts:
                raise HistoryUnreadable(f"line {number}: operation {operation} was invoked twice")
            attempts[operation] = _sent(number, operation, found)
        elif event in ENDS:
            ends.append((number, found))
        else:
            raise HistoryUnreadable(f"line {number}: '{event}' is not an event")
    for number, found in ends:
        _end(number, found, attempts)
    return _asks(attempts.values())


def _asks(attempts: Iterable[Attempt]) -> list[Ask]:
    asks: dict[str, Ask] = {}
    for attempt in sorted(attempts, key=lambda one: one.sent_at):
        name = f"operation {attempt.operation}" if attempt.key is None else f"key {attempt.key}"
        asks.setdefault(name, Ask(name)).attempts.append(attempt)
    return list(asks.values())


def _sent(number: int, operation: str, found: dict[str, Any]) -> Attempt:
    return Attempt(
        operation=operation,
        sent_at=_nanoseconds(found, number),
        key=_text(found, "key", number),
        body_hash=_text(found, "bodyHash", number),
        reference=_text(found, "reference", number),
    )


def _end(number: int, found: dict[str, Any], attempts: dict[str, Attempt]) -> None:
    operation = str(found["operation"])
    attempt = attempts.get(operation)
    if attempt is None:
        raise HistoryUnreadable(f"line {number}: operation {operation} was never invoked")
    if attempt.ended_at is not None:
        raise HistoryUnreadable(f"line {number}: operation {operation} ended twice")
    attempt.end = found["event"]
    attempt.ended_at = _nanoseconds(found, number)
    attempt.request_id = _text(found, "requestId", number)
    attempt.is_replay = found.get("replayed", False) is True
    attempt.reply = _text(found, "reply", number)
    if attempt.end == "ok":
        if attempt.reply is None:
            raise HistoryUnreadable(f"line {number}: 'reply' is missing")
        attempt.numbers = _numbers(number, attempt.reply)


def _numbers(number: int, reply: str) -> NumbersReplied:
    body = _object(number, reply)
    try:
        texts = [body[name] for name in ("prefix", "entryId", "state")]
        ranges = [(one["firstNumber"], one["lastNumber"]) for one in body["ranges"]]
    except (KeyError, TypeError) as error:
        raise HistoryUnreadable(f"line {number}: the reply says no numbers: {error}") from error
    if not all(isinstance(one, str) for one in [*texts, *(end for both in ranges for end in both)]):
        raise HistoryUnreadable(f"line {number}: the reply says no numbers: they must be texts")
    prefix, entry_id, state = texts
    return NumbersReplied(prefix, entry_id, state, tuple(ranges))


def _object(number: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HistoryUnreadable(f"line {number}: {error}") from error
    if not isinstance(found, dict):
        raise HistoryUnreadable(f"line {number}: not an object")
    return found


def _text(found: dict[str, Any], name: str, number: int) -> str | None:
    value = found.get(name)
    if not isinstance(value, str | None):
        raise HistoryUnreadable(f"line {number}: '{name}' must be a text")
    return value


def _nanoseconds(found: dict[str, Any], number: int) -> int:
    value = _of(found, "at", number)
    if type(value) is not int:
        raise HistoryUnreadable(f"line {number}: 'at' must be a whole number of nanoseconds")
    return value


def _of(found: dict[str, Any], name: str, number: int) -> Any:
    if name not in found:
        raise HistoryUnreadable(f"line {number}: '{name}' is missing")
    return found[name]
