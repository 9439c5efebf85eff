"""One edge around actions of every kind, good and bad."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from starlette.types import Receive, Scope, Send

from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import (
    NotAuthenticated,
    NotFound,
)
from seriatim.http.answer import Answer, json_answer
from seriatim.http.bodies import whole_body
from seriatim.http.edge import Edge, Mount
from seriatim.http.exchange import Exchange
from seriatim.http.lifespan import Lifespan
from seriatim.http.router import Router
from seriatim.http.settings import HttpSettings
from seriatim.telemetry import LogStream

CALLER = Caller("t" * 32, "e" * 32, "client:c", Role.ADMIN, "", "c")
SETTINGS = HttpSettings(body_bytes_max=5000)


async def identify(exchange: Exchange) -> Caller:
    if exchange.headers.get(b"authorization") != b"Bearer good":
        raise NotAuthenticated("bad")
    exchange.caller = CALLER
    return CALLER


async def hello(exchange: Exchange) -> Answer:
    return json_answer(200, {"path": exchange.path_params, "track": str(exchange.track_id)})


async def long(_: Exchange) -> Answer:
    return json_answer(200, {"text": "x" * 2000})


async def echo(exchange: Exchange) -> Answer:
    return Answer(200, await whole_body(exchange, SETTINGS))


async def missing(_: Exchange) -> Answer:
    raise NotFound("sequence_set", "X")


async def broken(_: Exchange) -> Answer:
    raise ZeroDivisionError("the secret of the house")


async def injected(_: Exchange) -> Answer:
    return Answer(200, headers=((b"etag", b"1\r\nset-cookie: a=b"),))


async def console(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/console/broken":
        raise ZeroDivisionError("the secret of the house")
    await receive()
    headers = [(b"content-type", b"text/html"), (b"x-frame-options", b"SAMEORIGIN")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/console/half":
        raise ZeroDivisionError("too late")
    await send({"type": "http.response.body", "body": b"<p>", "more_body": True})
    await send({"type": "http.response.body", "body": b"</p>"})


def edge_of(lifespan: Lifespan | None = None) -> Edge:
    router = Router()
    for path, action in (
        ("/v1/hello", hello),
        ("/v1/hello/{key}", hello),
        ("/v1/long", long),
        ("/v1/missing", missing),
        ("/v1/broken", broken),
        ("/v1/injected", injected),
        ("/healthz", hello),
    ):
        router.add("GET", path, action)
    router.add("POST", "/v1/echo", echo)
    return Edge(
        router, SETTINGS, identify=identify, mounts=[Mount("/console", console)], lifespan=lifespan
    )


EDGE = edge_of()
GOOD = [("Authorization", "Bearer good")]


def events(out: StringIO) -> list[dict[str, Any]]:
    if LogStream.current is not None:
        LogStream.current.flush()
    return [json.loads(line) for line in out.getvalue().splitlines()]
