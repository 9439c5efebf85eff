"""What the clients of a simulation know: their history, and the numbers they were given."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from seriatim.domain.document_number import parse_number
from seriatim.service.number_list import NumberRow

KNOWN_RANGE_MAX = 5


@dataclass(slots=True)
class Holding:
    """What a client believes of one number. Shape: `is_doubtful` once it can no longer know."""

    state: str
    hold_until: datetime | None
    is_doubtful: bool = False

    def state_at(self, now: datetime) -> str:
        if self.state == "reserved" and self.hold_until is not None and self.hold_until <= now:
            return "voided"
        return self.state


@dataclass(slots=True)
class Operation:
    """One sending of a request for numbers."""

    name: str
    key: str | None
    fields: dict[str, Any]
    request_id: str


@dataclass
class Clients:
    """Shape: `lines` are the history; `keyed` the requests by key, and `settled` the keys whose
    answer came.
    """

    lines: list[str] = field(default_factory=list)
    keyed: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    holdings: dict[tuple[str, int], Holding] = field(default_factory=dict)
    _moments: count[int] = field(default_factory=count)

    def send(self, operation: Operation) -> None:
        body_hash = repr(sorted(operation.fields.items()))
        self._note(
            "invoked",
            operation,
            key=operation.key,
            bodyHash=body_hash,
            reference=operation.fields.get("reference"),
        )

    def answered(self, operation: Operation, reply: str, *, is_replay: bool) -> None:
        if operation.key is not None:
            self.settled.add(operation.key)
        self._note("ok", operation, requestId=operation.request_id, replayed=is_replay, reply=reply)
        self._take_note_of_numbers(json.loads(reply), is_replay=is_replay)

    def refused(self, operation: Operation, *, is_kept: bool) -> None:
        if operation.key is not None and is_kept:
            self.settled.add(operation.key)
        self._note("failed", operation, requestId=operation.request_id)

    def left_in_doubt(self, operation: Operation) -> None:
        self._note("unknown", operation)

    def _note(self, event: str, operation: Operation, **rest: Any) -> None:
        line = {"event": event, "operation": operation.name, "at": next(self._moments), **rest}
        self.lines.append(json.dumps(line))

    def _take_note_of_numbers(self, body: dict[str, Any], *, is_replay: bool) -> None:
        """A replay says what was given, and not what has become of it since."""
        until = body.get("holdUntil")
        hold_until = None if until is None else datetime.fromisoformat(until)
        prefix = body["prefix"]
        for part in body["ranges"]:
            first = parse_number(prefix, part["firstNumber"])
            if first is None or part["count"] > KNOWN_RANGE_MAX:
                continue
            for number in range(first, first + part["count"]):
                new = Holding(body["state"], hold_until, is_doubtful=is_replay)
                self.holdings.setdefault((prefix, number), new)

    def contradictions(self, rows: list[NumberRow], now: datetime) -> list[str]:
        """Where the list of all numbers says something else than the clients were told."""
        shown: dict[tuple[str, int], str] = {}
        asked = sorted(self.holdings)
        for row in rows:
            prefix, numbers = row.series.prefix, row.part.numbers
            first = bisect_left(asked, (prefix, numbers.first))
            beyond = bisect_left(asked, (prefix, numbers.last + 1))
            for place in asked[first:beyond]:
                shown[place] = row.part.state.value
        return [
            f"{prefix} {number} is {shown.get((prefix, number))}, not {holding.state_at(now)}"
            for (prefix, number), holding in self.holdings.items()
            if not holding.is_doubtful and shown.get((prefix, number)) != holding.state_at(now)
        ]
