"""Request bodies: read whole, bounded in size and time, unpacked, of the right type."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Receive

from seriatim.domain.errors import Category
from seriatim.http.compression import GZIP, body_too_large, unpacked
from seriatim.http.exchange import Exchange
from seriatim.http.faults import ClientGone, TransportFault, bad_header
from seriatim.http.headers import Headers
from seriatim.http.resource_codes import HEADER
from seriatim.http.settings import HttpSettings

_PLAIN_JSON = (b"application/json", b"application/json; charset=utf-8")


BODY_AT_HAND: Final = "seriatim.body_at_hand"
"""The extension of the ASGI scope through which a connection of ours gives a body that came whole
with its header: `() -> bytes | None`, None where it must be received the ordinary way."""


async def whole_body(exchange: Exchange, settings: HttpSettings) -> bytes:
    """The body as the client meant it, unpacked where it came packed.

    Cost: no deadline is set for a body that is there already, as small ones are.
    Errors: TransportFault: 413 larger than allowed, before or after unpacking; 408 not whole
        in time; 400 packed in another way than gzip. ClientGone.
    """
    headers = exchange.headers
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in (b"", b"identity", GZIP, b"x-gzip"):
        raise _unknown_encoding()
    _refuse_announced_size(headers, settings.body_bytes_max)
    body = _at_hand(exchange, settings.body_bytes_max)
    if body is None:
        try:
            async with asyncio.timeout(settings.body_seconds_max):
                body = await _received(exchange.receive, settings.body_bytes_max)
        except TimeoutError:
            raise _too_slow(settings.body_seconds_max) from None
    if encoding in (GZIP, b"x-gzip") and body:
        return unpacked(body, settings.body_bytes_max)
    return body


def _at_hand(exchange: Exchange, bytes_max: int) -> bytes | None:
    extensions = exchange.scope.get("extensions")
    if not extensions or BODY_AT_HAND not in extensions:
        return None
    body: bytes | None = extensions[BODY_AT_HAND]()
    if body is not None and len(body) > bytes_max:
        raise body_too_large(bytes_max)
    return body


async def _received(receive: Receive, bytes_max: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > bytes_max:
            raise body_too_large(bytes_max)
        if not message.get("more_body", False):
            return piece if not pieces else b"".join((*pieces, piece))
        if piece:
            pieces.append(piece)


def _refuse_announced_size(headers: Headers, bytes_max: int) -> None:
    """Refuse by Content-Length, so that nothing of a huge body need be sent."""
    announced = headers.get(b"content-length")
    if announced is None:
        return
    digits = announced.strip()
    if not digits.isdigit():
        raise bad_header("Content-Length", "must be a whole number")
    if len(digits) > 18 or int(digits) > bytes_max:
        raise body_too_large(bytes_max)


def require_media_type(headers: Headers, *accepted: bytes) -> None:
    """Errors: TransportFault (415) where Content-Type is absent, another, or not in UTF-8."""
    value = headers.get(b"content-type", b"")
    if accepted == (b"application/json",) and value in _PLAIN_JSON:
        return
    media_type, *parameters = (part.strip().lower() for part in value.split(b";"))
    if media_type not in accepted:
        names = " or ".join(name.decode("ascii") for name in accepted)
        raise bad_header("Content-Type", f"must be {names}", status=415)
    for parameter in parameters:
        name, _, setting = parameter.partition(b"=")
        if name.strip() == b"charset" and setting.strip(b' "') not in (b"utf-8", b"utf8"):
            raise bad_header("Content-Type", "the only charset taken is UTF-8", status=415)


def _unknown_encoding() -> TransportFault:
    return TransportFault(
        400,
        Category.MALFORMED,
        "Content-Encoding: must be gzip or identity",
        resource=HEADER,
        path=("Content-Encoding",),
        headers=((b"accept-encoding", GZIP),),
    )


def _too_slow(seconds_max: float) -> TransportFault:
    message = f"the body did not arrive whole within {seconds_max:g} seconds"
    return TransportFault(408, Category.TEMPORARY, message, closes=True)
