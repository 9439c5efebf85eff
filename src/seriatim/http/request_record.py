"""What is written down about each request: one log line, and the metrics."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from time import gmtime, strftime, time
from typing import Final

from seriatim.domain.errors import SeriatimError
from seriatim.http.exchange import Exchange
from seriatim.http.request_numbers import REQUEST_NUMBERS
from seriatim.telemetry import LogStream, logger

STATUS_CLIENT_GONE: Final = 499
"""Only in the log and the metrics: nobody was there to be answered."""

LINE_DELAY_SECONDS_MAX: Final = 0.05
"""How long a request's line may wait for others, to go out with them in one write."""

_LOG: Final = logger("http")


class RequestRecord:
    """Shape: on a terminal, or where nothing was configured, a request is an event as any other;
    otherwise its line is put together here and waits for others, which costs a fifth.
    """

    def __init__(self) -> None:
        self._flush_due_on: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        REQUEST_NUMBERS.in_flight += 1

    def end(self, exchange: Exchange, seconds: float) -> None:
        REQUEST_NUMBERS.in_flight -= 1
        status = exchange.sent_status or STATUS_CLIENT_GONE
        REQUEST_NUMBERS.count(exchange.method, exchange.route, status, seconds)
        stream = LogStream.current
        if stream is None or not stream.takes_lines:
            _LOG.info("request", **_facts(exchange, status, seconds))
            return
        stream.write_soon(_line(exchange, status, seconds))
        loop = asyncio.get_running_loop()
        if self._flush_due_on is not loop:
            self._flush_due_on = loop
            loop.call_later(LINE_DELAY_SECONDS_MAX, self._flush, stream)

    def _flush(self, stream: LogStream) -> None:
        self._flush_due_on = None
        stream.flush()

    def failed(self, exchange: Exchange, error: SeriatimError, status: int) -> None:
        """What the answer does not tell: kept for whoever runs the service."""
        if status >= 500:
            _LOG.error(
                "request failed",
                request_id=exchange.request_id,
                error=type(error).__name__,
                message=error.message,
                detail=error.detail,
                exc_info=error if status == 500 else None,
            )
        elif error.detail:
            _LOG.info(
                "request refused",
                request_id=exchange.request_id,
                error=type(error).__name__,
                detail=error.detail,
            )

    def broke(self, exchange: Exchange, error: Exception) -> None:
        _LOG.error(
            "unexpected error",
            request_id=exchange.request_id,
            method=exchange.method,
            route=exchange.route,
            exc_info=error,
        )


def _facts(exchange: Exchange, status: int, seconds: float) -> dict[str, str | int | float | None]:
    """Never a query, a body or a header of credentials: any of them may hold a secret."""
    caller = exchange.caller
    return {
        "request_id": exchange.request_id,
        "track_id": exchange.track_id.decode("ascii") if exchange.track_id else None,
        "tenant": caller.tenant_id if caller else None,
        "entity": caller.entity_id if caller else None,
        "client": (caller.client_id or caller.actor) if caller else None,
        "method": exchange.method,
        "route": exchange.route,
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "bytes": exchange.sent_bytes,
    }


def _line(exchange: Exchange, status: int, seconds: float) -> str:
    """The line that the log would make of the same facts; a test holds them equal."""
    caller = exchange.caller
    tenant = entity = client = "null"
    if caller is not None:
        tenant, entity = _quoted(caller.tenant_id), _quoted(caller.entity_id)
        client = _quoted(caller.client_id or caller.actor)
    track_id = json.dumps(exchange.track_id.decode("ascii")) if exchange.track_id else "null"
    moment = _moment_text(time())
    return (
        f'{{"log":"http","request_id":"{exchange.request_id}","track_id":{track_id},'
        f'"tenant":{tenant},"entity":{entity},"client":{client},'
        f'"method":{_quoted(exchange.method)},"route":{_quoted(exchange.route)},'
        f'"status":{status},"duration_ms":{round(seconds * 1000, 3)},'
        f'"bytes":{exchange.sent_bytes},"event":"request","level":"info","timestamp":"{moment}Z"}}\n'
    )


def _moment_text(seconds: float) -> str:
    """`2026-11-23T08:05:00.000123`, in UTC."""
    whole = int(seconds)
    return f"{_second_text(whole)}.{int((seconds - whole) * 1_000_000):06d}"


@lru_cache(maxsize=4)
def _second_text(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text)
