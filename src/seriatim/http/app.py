"""The ASGI application: routes, token endpoint, description, health, one edge around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from starlette.types import ASGIApp

from seriatim.domain.clock import Clock
from seriatim.engine.checkpoint import Keys
from seriatim.http.authentication import Authentication
from seriatim.http.docs_page import add_docs_to
from seriatim.http.edge import Edge, Mount
from seriatim.http.endpoint import Endpoint
from seriatim.http.health import Health, WhyNotReady
from seriatim.http.json_codec import encode
from seriatim.http.openapi import openapi_document
from seriatim.http.openapi_for_page import for_page
from seriatim.http.openapi_parts import Json
from seriatim.http.pipeline import Pipeline
from seriatim.http.router import Router
from seriatim.http.routes import all_endpoints
from seriatim.http.settings import HttpSettings
from seriatim.http.token_endpoint import TOKEN_OPERATION, TOKEN_PATH, TokenEndpoint
from seriatim.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Work beside the requests: at the start, and then every so often. It must not raise."""

    run: Callable[[], None]
    every_s: float


def application(
    store: SqlStore,
    settings: HttpSettings,
    *,
    clock: Clock,
    keys: Keys | None = None,
    why_not_ready: WhyNotReady,
    upkeep: Sequence[Upkeep],
    mounts: Sequence[Mount] = (),
) -> ASGIApp:
    """Whoever made the store closes it; the mounted apps are closed here."""
    authentication = Authentication(store, clock)
    pipeline = Pipeline(
        store=store, authenticate=authentication.authenticate, settings=settings, clock=clock
    )
    tokens = TokenEndpoint(store, settings, clock)
    health = Health(why_not_ready)
    endpoints = all_endpoints(store, clock, keys)
    document = described(endpoints, settings)

    router = Router()
    for endpoint in endpoints:
        router.add(endpoint.method, endpoint.path, pipeline.action(endpoint))
    router.add("POST", TOKEN_PATH, tokens.answer)
    health.add_to(router)
    add_docs_to(router, encode(document), encode(for_page(document)))

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        sweeping = [asyncio.create_task(_keep_up(one)) for one in upkeep]
        try:
            yield
        finally:
            for task in sweeping:
                task.cancel()
            pipeline.close()
            tokens.close()
            authentication.close()
            health.close()
            for mount in mounts:
                mount.close()

    return Edge(router, settings, identify=pipeline.identify, mounts=mounts, lifespan=lifespan)


def described(endpoints: list[Endpoint], settings: HttpSettings) -> Json:
    """The OpenAPI document of these endpoints, the token endpoint included."""
    return openapi_document(
        endpoints, settings, version=version("seriatim"), public=[TOKEN_OPERATION]
    )


async def _keep_up(upkeep: Upkeep) -> None:
    while True:
        await asyncio.to_thread(upkeep.run)
        await asyncio.sleep(upkeep.every_s)
