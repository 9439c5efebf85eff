"""A small client of the service for tests, and short words for what they look at."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPResponse
from typing import Any

import httpx

from tests.contract.documented import documented_api
from tests.running_service import RunningService

_numbers = itertools.count(1)
# Nothing here speaks TLS, and to read the certificates of the world takes 30 ms a client.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Api:
    """One OAuth client; it gets its token when it first needs one.

    Errors: AssertionError for any answer that is not as the OpenAPI document has it.
    """

    def __init__(self, service: RunningService, client_id: str, client_secret: str) -> None:
        self.service = service
        self.client_id = client_id
        self.client_secret = client_secret
        self.http = httpx.Client(base_url=service.url, timeout=30, verify=_NO_CERTIFICATES)

    @cached_property
    def token(self) -> str:
        return str(request_token(self).json()["access_token"])

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if json is not None:
            options["content"] = json_bytes(json)
            given.setdefault("Content-Type", "application/json")
        answer = self.http.request(method, path, headers=given, **options)
        fault = documented_api(self.service).fault(answer)
        assert fault is None, fault
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.call("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.call("PUT", path, json, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.call("DELETE", path, **options)

    def state(self) -> dict[str, Any]:
        """All that a request of the entity could have changed."""
        return {
            path: everything(self, path)
            for path in ("/v1/sequence-sets", "/v1/series", "/v1/audit-trail")
        } | {path: done(self.get(path)) for path in ("/v1/settings", "/v1/entities")}

    def close(self) -> None:
        self.http.close()


@dataclass
class Entity:
    """An entity of its own for one test, and clients in it."""

    root: Api
    name: str = field(default_factory=lambda: f"Entity {next(_numbers)}")
    clients: list[Api] = field(default_factory=list)

    @cached_property
    def id(self) -> str:
        return str(done(self.root.post("/v1/entities", {"name": self.name}))["id"])

    @cached_property
    def admin(self) -> Api:
        return self.client("admin")

    def client(self, role: str, *entity_ids: str) -> Api:
        """A new client of this entity, or of `entity_ids`."""
        body = {"name": f"{role} of {self.name}", "role": role}
        made = self.root.post(
            "/v1/oauth-clients", {**body, "entityIds": list(entity_ids) or [self.id]}
        )
        given = done(made)
        self.clients.append(Api(self.root.service, given["clientId"], given["clientSecret"]))
        return self.clients[-1]

    def close(self) -> None:
        for client in [self.root, *self.clients]:
            client.close()


def request_token(api: Api, **changed: Any) -> httpx.Response:
    form = {
        "client_id": api.client_id,
        "client_secret": api.client_secret,
        "grant_type": "client_credentials",
        **changed,
    }
    return api.http.post("/oauth/token", data=form)


def json_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def done(response: httpx.Response) -> dict[str, Any]:
    """The body of an answer that must be a success."""
    assert response.status_code == 200, (response.status_code, response.text)
    body: dict[str, Any] = response.json()
    assert body["success"] is True, body
    return body


def refused(response: httpx.Response, status: int, *categories: int) -> list[str]:
    """The messages of an answer that must be a refusal, with these categories in any order."""
    assert response.status_code == status, (response.status_code, response.text)
    body = response.json()
    assert set(body) == {"success", "processId", "requestId", "reasons"}, body
    assert body["success"] is False
    assert sorted(reason["code"] % 100 for reason in body["reasons"]) == sorted(categories), body
    return [reason["message"] for reason in body["reasons"]]


def everything(api: Api, path: str, name: str | None = None) -> list[dict[str, Any]]:
    """All items of a paged list, by following `nextPage`."""
    found: list[dict[str, Any]] = []
    page: str | None = path
    while page is not None:
        body = done(api.get(page))
        found += next(part for part in body.values() if isinstance(part, list))
        page = body.get("nextPage")
    return found


def new_set(name: str, prefix: str | None = None, **changed: Any) -> dict[str, Any]:
    """A sound set with prefixes of its own."""
    own = name.upper() if prefix is None else prefix
    endings = {"invoice": "I", "creditMemo": "C", "debitMemo": "D", "payment": "P-", "refund": "R-"}
    numbering = {
        kind: {"prefix": f"{own}{ending}", "startNumber": 1} for kind, ending in endings.items()
    }
    return {"name": name, **numbering, **changed}


def create(api: Api, *sets: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    made = done(api.post("/v1/sequence-sets", {"sequenceSets": list(sets)}, **options))
    found: list[dict[str, Any]] = made["sequenceSets"]
    return found


def issue(api: Api, **fields: Any) -> dict[str, Any]:
    body = {"documentType": "invoice", **fields}
    return done(api.post("/v1/document-numbers", body))


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came over the wire; `headers` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def categories(self) -> list[int]:
        return sorted(reason["code"] % 100 for reason in self.json["reasons"])


RawHeaders = Sequence[tuple[bytes, bytes]]


def raw_call(
    service: RunningService,
    method: bytes,
    target: bytes,
    headers: RawHeaders = (),
    body: bytes = b"",
    *,
    token: str | None = None,
) -> RawAnswer:
    """One request, sent to the byte as it is given; for what no decent client would send."""
    lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: 127.0.0.1", b"Connection: close"]
    if token is not None:
        lines.append(b"Authorization: Bearer " + token.encode())
    given = {name.lower() for name, _ in headers}
    if body and not given & {b"content-length", b"transfer-encoding"}:
        lines.append(b"Content-Length: %d" % len(body))
    lines += [name + b": " + value for name, value in headers]
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        with suppress(ConnectionError):  # refused before it was read
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        return _received(connection, method)


def _received(connection: socket.socket, method: bytes) -> RawAnswer:
    response = HTTPResponse(connection, method=method.decode("latin-1"))
    try:
        response.begin()
        found = {name.lower(): value for name, value in response.getheaders()}
        return RawAnswer(response.status, found, response.read())
    finally:
        response.close()


def raw_exchange(service: RunningService, request: bytes, *, wait_s: float = 15) -> bytes:
    """Everything the service sends back to these bytes, until it closes or falls silent."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=wait_s) as connection:
        connection.sendall(request)
        try:
            while piece := connection.recv(65536):
                received += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return received
