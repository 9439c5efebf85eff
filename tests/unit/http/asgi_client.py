"""A client that talks ASGI to an app, exactly and without a network."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

Pairs = Iterable[tuple[str, str]]


@dataclass
class Answered:
    status: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        names = [name for name, _ in self.pairs]
        assert len(names) == len(set(names)), f"a header went out twice: {names}"
        return dict(self.pairs)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def unpacked(self) -> bytes:
        return gzip.decompress(self.body)

    @property
    def codes(self) -> list[int]:
        return [reason["code"] for reason in self.json["reasons"]]


def scope_of(
    method: str, path: str, headers: Pairs = (), query: bytes = b"", scheme: str = "http"
) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "scheme": scheme,
        "server": ("127.0.0.1", 8080),
    }


async def call(
    app: ASGIApp,
    method: str,
    path: str,
    headers: Pairs = (),
    body: bytes | Sequence[bytes] = b"",
    *,
    query: bytes = b"",
    scheme: str = "http",
    leaves: bool = False,
) -> Answered:
    """One request; with `leaves` the client is gone after the last chunk instead of done."""
    answered = Answered()
    chunks = [body] if isinstance(body, bytes) else list(body)

    async def receive() -> Message:
        if not chunks:
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks) or leaves}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert answered.status == 0, "an answer began twice"
            answered.status = message["status"]
            answered.pairs = [(name.decode(), value.decode()) for name, value in message["headers"]]
        else:
            answered.body += message.get("body", b"")

    await app(scope_of(method, path, headers, query, scheme), receive, send)
    return answered


def ask(app: ASGIApp, method: str, path: str, *args: Any, **options: Any) -> Answered:
    return asyncio.run(call(app, method, path, *args, **options))
