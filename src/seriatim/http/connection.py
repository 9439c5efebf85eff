"""One connection: whole requests within a deadline, or none.

uvicorn waits for ever for the rest of a header or a body, reads a header of any size, and
answers a broken one in plain text. Here every stage has an end, and every answer the API's form.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from seriatim import telemetry
from seriatim.domain import limits
from seriatim.domain.errors import Category
from seriatim.http.answer import WHOLE_ANSWER
from seriatim.http.bodies import BODY_AT_HAND
from seriatim.http.error_reply import error_answer
from seriatim.http.faults import TransportFault
from seriatim.http.request_ids import new_request_id

_LOG: Final = telemetry.logger("http.connection")

_VERSIONS: Final = ("1.1", "1.0")
_GRACE_SECONDS: Final = 1.0
"""What the connection waits beyond the body's deadline, so that the app can answer 408 itself."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one connection may take: in bytes and seconds, and how many there may be."""

    header_bytes_max: int = limits.HEADER_BYTES_MAX
    header_seconds_max: float = limits.HEADER_SECONDS_MAX
    body_seconds_max: float = limits.BODY_SECONDS_MAX
    idle_seconds_max: float = limits.IDLE_SECONDS_MAX
    connections_max: int = 4096


class HeaderTooLargeError(Exception):
    pass


class UnknownVersionError(Exception):
    pass


class BoundedProtocol(HttpToolsProtocol):
    """Shape: at most one deadline is running, for the stage the connection is in: waiting for a
    header, reading a body, or writing to a client that does not read. A request that comes in
    one piece starts none.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        bounds = getattr(config, "bounds", None)
        self._bounds = bounds if isinstance(bounds, Bounds) else Bounds()
        self._deadline: TimerHandle | None = None
        self._write_deadline: TimerHandle | None = None
        self._in_header = True
        self._in_body = False
        self._header_bytes = 0
        self._chunk_bytes = 0
        self._refusal: TransportFault | None = None
        self._has_ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > self._bounds.connections_max:
            self._refuse(
                TransportFault(
                    503,
                    Category.TEMPORARY,
                    "too many connections are open",
                    headers=((b"retry-after", b"1"),),
                ),
                "too many connections",
            )
            return
        self._start_deadline(self._bounds.header_seconds_max)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        self._stop_write_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_over():
            return
        waited_for_header = self._in_header and self._header_bytes > 0
        was_in_body = self._in_body
        self._chunk_bytes = len(data)
        if self._in_header:
            self._header_bytes += len(data)
        super().data_received(data)
        if not self._is_over():
            self._watch(waited_for_header, was_in_body)

    def _watch(self, waited_for_header: bool, was_in_body: bool) -> None:
        """Set the deadline of the stage that the data just read has left the connection in."""
        if self._in_body:
            if not was_in_body:
                self._start_deadline(self._bounds.body_seconds_max + _GRACE_SECONDS)
        elif self._in_header and self._header_bytes:
            if self._header_bytes > self._bounds.header_bytes_max:
                self._refuse(_header_too_large(self._bounds), "header too large")
            elif not waited_for_header:
                self._start_deadline(self._bounds.header_seconds_max)
        elif self._deadline is not None:
            self._stop_deadline()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_header = True
        self._header_bytes = self._header_bytes or 1  # it begins in the middle of a chunk

    def on_headers_complete(self) -> None:
        # Only where so much was read at all is it worth adding up.
        read = max(self._header_bytes, self._chunk_bytes)
        if read > self._bounds.header_bytes_max and self._header_is_too_large():
            self._refusal = _header_too_large(self._bounds)
            raise HeaderTooLargeError
        if cast("Any", self.parser).get_http_version() not in _VERSIONS:
            raise UnknownVersionError
        super().on_headers_complete()
        extensions: dict[str, Any] = {}
        extensions[WHOLE_ANSWER] = partial(self._write_whole_answer, self.cycle)
        extensions[BODY_AT_HAND] = partial(_body_at_hand, self.cycle)
        self.scope["extensions"] = extensions
        self._in_header = False
        self._in_body = True
        self._header_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_header = True
        self._in_body = False

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None and self._is_mid_request():
            # The body still comes in, or the next header: those deadlines hold, not the idle one.
            self._unset_keepalive_if_required()

    def send_400_response(self, msg: str) -> None:
        refusal = self._refusal or TransportFault(
            400, Category.MALFORMED, "the request is not HTTP/1.1 as it should be"
        )
        self._refuse(refusal, "header too large" if self._refusal else "malformed request")

    def timeout_keep_alive_handler(self) -> None:
        self._end("idle")

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(
                self._bounds.idle_seconds_max, self._abort, "client does not read"
            )

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_write_deadline()

    def shutdown(self) -> None:
        self._stop_deadline()
        super().shutdown()

    def _write_whole_answer(
        self, cycle: RequestResponseCycle, status: int, head: bytes, body: bytes, closes: bool
    ) -> bool:
        """Write a complete answer at once; False where only the ordinary way will do.

        Cost: one write and no check of each header, which is most of what uvicorn's own way
            takes; the app vouches for the form of `head`.
        """
        if cycle.disconnected or cycle.response_started or self.flow.write_paused:
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        cycle.keep_alive = cycle.keep_alive and not closes
        default = b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers])
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(b"".join((STATUS_LINE[status], default, head, end, body)))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def _is_over(self) -> bool:
        return self._has_ended or self.transport.is_closing()

    def _is_mid_request(self) -> bool:
        return self._in_body or self._header_bytes > 0

    def _header_is_too_large(self) -> bool:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self._bounds.header_bytes_max

    def _start_deadline(self, seconds: float) -> None:
        self._stop_deadline()
        self._deadline = self.loop.call_later(seconds, self._deadline_passed, seconds)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _deadline_passed(self, seconds: float) -> None:
        self._deadline = None
        if self._in_body:
            self._refuse(_too_slow("body"), "slow body")
        elif self._is_answering():
            # Never cut an answer short for what comes after it; that is looked at again later.
            self._start_deadline(seconds)
        elif self._header_bytes:
            self._refuse(_too_slow("header"), "slow header")
        else:
            self._end("idle")

    def _is_answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _refuse(self, fault: TransportFault, reason: str) -> None:
        """Close for something that is no whole request, with an answer where one can be given.

        Order: an answer to an earlier request of the connection goes out first, and then none
            to the broken one; an answer that has begun to the broken one itself is cut.
        """
        request_id = None
        if not self._is_answering():
            request_id = self._write_refusal(fault)
        elif self._in_body:
            if not self.pipeline and not self.cycle.response_started:
                self.cycle.disconnected = True  # the app learns that nobody waits any more
                self.cycle.message_event.set()
                request_id = self._write_refusal(fault)
        else:
            self._has_ended = True
            self._stop_deadline()
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        self._end(reason, request_id)

    def _write_refusal(self, fault: TransportFault) -> str:
        """Gives the request id of the answer."""
        request_id = new_request_id()
        answer = error_answer(fault, request_id, "original")
        headers = (
            *self.server_state.default_headers,
            (b"zuora-request-id", request_id.encode("ascii")),
            *answer.security.pairs,
            (b"content-type", answer.content_type),
            (b"content-length", b"%d" % len(answer.body)),
            *answer.headers,
            (b"connection", b"close"),
        )
        lines = [b"%b: %b\r\n" % pair for pair in headers]
        self.transport.write(b"".join((STATUS_LINE[answer.status], *lines, b"\r\n", answer.body)))
        return request_id

    def _end(self, reason: str, request_id: str | None = None) -> None:
        self._has_ended = True
        self._stop_deadline()
        if self.transport.is_closing():
            return
        if reason != "idle":
            telemetry.CONNECTIONS_REFUSED.labels(reason).inc()
            _LOG.info("connection ended", reason=reason, request_id=request_id)
        self.transport.close()
        # Closing waits for the client to take what was written; that wait has an end too.
        self._write_deadline = self._write_deadline or self.loop.call_later(
            self._bounds.idle_seconds_max, self._abort, reason
        )

    def _abort(self, reason: str) -> None:
        self._write_deadline = None
        _LOG.info("connection cut", reason=reason)
        self.transport.abort()


def _body_at_hand(cycle: RequestResponseCycle) -> bytes | None:
    """The body where all of it has come; it is given once, as by `receive`."""
    if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    return body


def _header_too_large(bounds: Bounds) -> TransportFault:
    message = f"the header is larger than {bounds.header_bytes_max} bytes"
    return TransportFault(431, Category.INVALID_VALUE, message)


def _too_slow(what: str) -> TransportFault:
    return TransportFault(408, Category.TEMPORARY, f"the {what} did not arrive in time")
