"""The outermost part of the service: one pass around every request.

Gives each answer its request id, its protection and its form on the wire, turns every failure
into an answer of the API's shape, and writes the request down. No middleware stack: a request
passes here once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seriatim.domain.caller import Caller
from seriatim.domain.errors import SeriatimError
from seriatim.domain.limits import COMPRESSED_ABOVE_BYTES
from seriatim.http.answer import PROTECTION_EVERYWHERE, WHOLE_ANSWER, Answer
from seriatim.http.compression import accepts_gzip, packed
from seriatim.http.error_reply import error_answer, internal_error_answer
from seriatim.http.exchange import Exchange
from seriatim.http.faults import ClientGone, method_not_allowed, no_such_path
from seriatim.http.headers import mapped
from seriatim.http.lifespan import Lifespan, answer_lifespan
from seriatim.http.request_ids import checked_track_id
from seriatim.http.request_record import RequestRecord
from seriatim.http.router import Found, Router
from seriatim.http.settings import HttpSettings
from seriatim.telemetry import SCOPE_CALLER, SCOPE_REQUEST_ID

PROTECTED_PREFIX: Final = "/v1"
"""Below it even what does not exist is told only to those who may ask."""

_PACKED_BESIDE_THE_LOOP_ABOVE_BYTES: Final = 128 * 1024
_QUOTED_SLASH: Final = b"%2f"
_VARY: Final = (b"vary", b"accept-encoding")
_PACKED: Final = (b"content-encoding", b"gzip")
_CLOSE: Final = (b"connection", b"close")
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
Identify = Callable[[Exchange], Awaitable[Caller]]


@dataclass(frozen=True, slots=True)
class Mount:
    """A whole app below a prefix. Shape: `close` is called when no request is left."""

    prefix: str
    app: ASGIApp
    close: Callable[[], None] = lambda: None


class Edge:
    """The ASGI app.

    Shape: `mounts` (the console) are tried after the routes; they get the request id, the log
        line and the common protection, and answer for themselves.
    """

    def __init__(
        self,
        router: Router,
        settings: HttpSettings,
        *,
        identify: Identify,
        mounts: Sequence[Mount] = (),
        lifespan: Lifespan | None = None,
    ) -> None:
        self._router = router
        self._settings = settings
        self._identify = identify
        self._mounts = tuple(mounts)
        self._lifespan = lifespan
        self._record = RequestRecord()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(self._lifespan, receive, send)
            return
        started = perf_counter()
        exchange = Exchange(scope, receive)
        record = self._record
        record.begin()
        try:
            answer = await self._answer(exchange, send)
            if answer is not None:
                await self._send(exchange, answer, send)
        finally:
            record.end(exchange, perf_counter() - started)

    async def _answer(self, exchange: Exchange, send: Send) -> Answer | None:
        """The answer, whatever happens; None where it is sent, or nobody is left to take one."""
        try:
            _read_headers(exchange)
            found = self._find(exchange)
            if found is None and (mount := self._mount(exchange)) is not None:
                await self._pass_on(mount, exchange, send)
                return None
            return await self._route(exchange, found)
        except SeriatimError as error:
            if exchange.sent_status is not None:
                raise
            answer = error_answer(error, exchange.request_id, self._settings.http_status)
            self._record.failed(exchange, error, answer.status)
            return answer
        except ClientGone:
            return None
        except Exception as error:
            self._record.broke(exchange, error)
            if exchange.sent_status is not None:
                raise  # half an answer is out: the server cuts the connection
            return internal_error_answer(exchange.request_id)

    def _find(self, exchange: Exchange) -> Found | None:
        raw_path = exchange.scope.get("raw_path") or b""
        if _QUOTED_SLASH in raw_path.lower():
            return self._router.find_quoted(raw_path)
        return self._router.find(exchange.path)

    async def _route(self, exchange: Exchange, found: Found | None) -> Answer:
        if found is None:
            await self._hide_from_strangers(exchange)
            raise no_such_path()
        routed, values = found
        exchange.route = routed.template
        if values:
            exchange.path_params = dict(zip(routed.parameter_names, values, strict=True))
        action = routed.action(exchange.method)
        if action is not None:
            return await action(exchange)
        if exchange.method == "OPTIONS":
            return Answer(204, headers=((b"allow", routed.allow),))
        await self._hide_from_strangers(exchange)
        raise method_not_allowed(routed.allow)

    async def _hide_from_strangers(self, exchange: Exchange) -> None:
        if exchange.path == PROTECTED_PREFIX or exchange.path.startswith(PROTECTED_PREFIX + "/"):
            await self._identify(exchange)

    async def _send(self, exchange: Exchange, answer: Answer, send: Send) -> None:
        status, body = answer.status, answer.body
        headers = [(b"zuora-request-id", exchange.request_id.encode("ascii"))]
        if len(body) > COMPRESSED_ABOVE_BYTES and answer.packable:
            headers.append(_VARY)
            if accepts_gzip(exchange.headers.get(b"accept-encoding", b"")):
                headers.append(_PACKED)
                body = await _packed_where_it_fits(body)
        if status != 204:
            headers.append((b"content-type", answer.content_type))
            headers.append((b"content-length", b"%d" % len(body)))
        if exchange.track_id is not None:
            headers.append((b"zuora-track-id", exchange.track_id))
        headers += exchange.limit_headers
        headers += answer.headers
        if exchange.scope["scheme"] == "https":
            headers.append(_HSTS)
        if exchange.method == "HEAD":
            body = b""
        exchange.sent_status, exchange.sent_bytes = status, len(body)
        extensions = exchange.scope.get("extensions")
        if extensions and WHOLE_ANSWER in extensions:
            head = answer.security.lines + _lines_of(headers)
            if extensions[WHOLE_ANSWER](status, head, body, answer.closes):
                return
        headers += answer.security.pairs
        if answer.closes:
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _mount(self, exchange: Exchange) -> ASGIApp | None:
        for mount in self._mounts:
            prefix = mount.prefix
            if exchange.path == prefix or exchange.path.startswith(prefix + "/"):
                exchange.route = prefix
                return mount.app
        return None

    async def _pass_on(self, app: ASGIApp, exchange: Exchange, send: Send) -> None:
        """Let a mounted app answer, adding what every answer carries."""

        async def send_with_common_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.sent_status = message["status"]
                headers = _with_common_headers(exchange, message.get("headers", ()))
                message = {**message, "headers": headers}
            else:
                exchange.sent_bytes += len(message.get("body", b""))
            await send(message)

        exchange.scope[SCOPE_REQUEST_ID] = exchange.request_id
        try:
            await app(exchange.scope, exchange.receive, send_with_common_headers)
        finally:
            exchange.caller = exchange.scope.get(SCOPE_CALLER)


def _read_headers(exchange: Exchange) -> None:
    exchange.headers = headers = mapped(exchange.scope["headers"])
    track_id = headers.get(b"zuora-track-id")
    if track_id:
        exchange.track_id = checked_track_id(track_id)


def _lines_of(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The headers as they go on the wire; a line break inside one would make it two."""
    lines = b"".join([b"%b: %b\r\n" % pair for pair in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise ValueError("a header of the answer holds a line break")
    return lines


def _with_common_headers(
    exchange: Exchange, headers: Sequence[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    common = [(b"zuora-request-id", exchange.request_id.encode("ascii")), *PROTECTION_EVERYWHERE]
    if exchange.scope["scheme"] == "https":
        common.append(_HSTS)
    return [*headers, *(pair for pair in common if pair[0] not in given)]


async def _packed_where_it_fits(body: bytes) -> bytes:
    if len(body) <= _PACKED_BESIDE_THE_LOOP_ABOVE_BYTES:
        return packed(body)
    return await asyncio.to_thread(packed, body)
