"""One request while it is being answered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from starlette.types import Receive, Scope

from seriatim.domain.caller import Caller
from seriatim.http.faults import HeaderPairs
from seriatim.http.headers import Headers
from seriatim.http.request_ids import new_request_id

UNROUTED: Final = "none"

_HOST: Final = re.compile(
    rb"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?"
)
_HOST_BYTES_MAX: Final = 260


class Exchange:
    """Shape: `headers`, `route`, `caller` and the rest are filled in as they become known;
    `limit_headers` go out with the answer, a refusal too; `sent_status` is None until the answer
    has begun.
    """

    __slots__ = (
        "caller",
        "headers",
        "limit_headers",
        "method",
        "path",
        "path_params",
        "receive",
        "request_id",
        "route",
        "scope",
        "sent_bytes",
        "sent_status",
        "track_id",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.request_id = new_request_id()
        self.headers: Headers = {}
        self.track_id: bytes | None = None
        self.route = UNROUTED
        self.path_params: dict[str, str] = {}
        self.caller: Caller | None = None
        self.limit_headers: HeaderPairs = ()
        self.sent_status: int | None = None
        self.sent_bytes = 0

    @property
    def query_string(self) -> bytes:
        query: bytes = self.scope["query_string"]
        return query

    @property
    def own_url(self) -> str:
        """How the client reached this server: scheme and host, without a slash at the end."""
        host = self.headers.get(b"host", b"")
        if len(host) <= _HOST_BYTES_MAX and (url := _url(self.scope["scheme"], host)) is not None:
            return url
        name, port = self.scope.get("server") or ("localhost", None)
        return f"{self.scope['scheme']}://{name}" + (f":{port}" if port else "")


@lru_cache(maxsize=256)
def _url(scheme: str, host: bytes) -> str | None:
    return f"{scheme}://{host.decode('ascii')}" if _HOST.fullmatch(host) else None
