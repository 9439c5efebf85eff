"""Endpoints that answer with what they were given, behind the real pipeline."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.domain.errors import (
    NotAuthenticated,
    NotPermitted,
)
from seriatim.http.edge import Edge
from seriatim.http.endpoint import DRY_RUN, EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.pipeline import Authenticate, Pipeline
from seriatim.http.router import Router
from seriatim.http.settings import HttpSettings
from tests.unit.http.asgi_client import Answered

JSON = ("Content-Type", "application/json")
GOOD = ("Authorization", "Bearer good")
CALLER = Caller("a" * 32, "b" * 32, "client:c1", Role.ADMIN, "not-the-request", "c1")


class Body(BaseModel):
    name: str


class MemoryStore:
    """Reads and writes that hold nothing."""

    def __init__(self, *, reads_inline: bool = True) -> None:
        self.reads_inline = reads_inline
        self.threads: list[str] = []

    @contextmanager
    def read(self) -> Iterator[None]:
        self.threads.append(threading.current_thread().name)
        yield None

    def data_version(self) -> None:
        return None

    def run(self, work: Any) -> Any:
        self.threads.append(threading.current_thread().name)
        return work(None)


def authenticate(token: str, entity: str | None, request_id: str) -> Caller:
    if token == "good" and entity in (None, "b" * 32):
        return replace(CALLER, request_id=request_id)
    if token in set(map(str, Role)):
        return replace(CALLER, role=Role(token), request_id=request_id)
    if entity is not None:
        raise NotPermitted("a foreign entity")
    raise NotAuthenticated("unknown token")


def handle(_: Any, request: ApiRequest) -> Result:
    """Answers with what it was given."""
    seen = {
        "caller": request.request_id,
        "params": dict(request.path_params),
        "query": dict(request.query),
        "body": request.body,
        "dryRun": request.dry_run,
        "ifMatch": request.if_match,
        "base": request.base_url,
    }
    return Result(seen, headers=(("ETag", '"7"'),))


ENDPOINT = Endpoint(
    "GET",
    "/v1/things/{key}",
    "things",
    "Things",
    "Things",
    handle,
    EVERY_ROLE,
    parameters=(
        Parameter("key", "path", {"type": "string"}, ""),
        Parameter("page", "query", {"type": "integer"}, ""),
    ),
)
POST = replace(
    ENDPOINT,
    method="POST",
    writes=True,
    request_model=Body,
    takes_idempotency_key=True,
    roles=frozenset({Role.ADMIN, Role.ISSUER}),
    parameters=(*ENDPOINT.parameters, DRY_RUN),
)


def app_of(
    *endpoints: Endpoint,
    store: Any = None,
    settings: HttpSettings | None = None,
    authenticates: Authenticate = authenticate,
) -> Edge:
    chosen = settings or HttpSettings()
    held: Any = store or MemoryStore()
    pipeline = Pipeline(
        store=held,
        authenticate=authenticates,
        settings=chosen,
        clock=SystemClock(),
    )
    router = Router()
    for endpoint in endpoints:
        router.add(endpoint.method, endpoint.path, pipeline.action(endpoint))
    return Edge(router, chosen, identify=pipeline.identify)


def refusal(answer: Answered) -> tuple[int, int]:
    (code,) = answer.codes
    return answer.status, code
