"""From a bearer token to a caller. Source: contract/transport.md, OAuth."""

from __future__ import annotations

from collections.abc import Awaitable
from time import monotonic

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import NotAuthenticated, NotPermitted
from seriatim.domain.limits import TOKEN_CACHE_SECONDS
from seriatim.http.threads import WorkThreads
from seriatim.service.access import find_token_holder
from seriatim.store.access_queries import TokenHolder
from seriatim.store.sql_store import SqlStore

_CACHED_MAX = 10_000


class Authentication:
    """Looks tokens up, and remembers each for a second: a change is seen no later than that.

    Shape: belongs to one event loop.
    """

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen: dict[str, tuple[TokenHolder, float]] = {}
        self._threads = WorkThreads("token look-up", threads=2, queue_max=1024)

    def close(self) -> None:
        self._threads.close()

    def authenticate(
        self, token: str, entity: str | None, request_id: str
    ) -> Caller | Awaitable[Caller]:
        """Errors: NotAuthenticated, NotPermitted for an entity the client does not serve."""
        seen = self._seen.get(token)
        if seen is not None and monotonic() - seen[1] < TOKEN_CACHE_SECONDS:
            holder = seen[0]
            if holder.expires_at <= self._clock.now():
                raise NotAuthenticated("the access token is not valid")
            return _caller(holder, entity, request_id)
        if self._store.reads_inline:
            return _caller(self._remembered(token), entity, request_id)
        return self._authenticate_later(token, entity, request_id)

    async def _authenticate_later(self, token: str, entity: str | None, request_id: str) -> Caller:
        holder = await self._threads.run(lambda: self._remembered(token))
        return _caller(holder, entity, request_id)

    def _remembered(self, token: str) -> TokenHolder:
        looked_up_at = monotonic()
        with self._store.read() as transaction:
            holder = find_token_holder(transaction, token, now=self._clock.now())
        if len(self._seen) >= _CACHED_MAX:
            self._seen.clear()
        self._seen[token] = (holder, looked_up_at)
        return holder


def _caller(holder: TokenHolder, entity: str | None, request_id: str) -> Caller:
    entity_id = holder.entity_ids[0]
    if entity:
        entity_id = entity.strip().replace("-", "").lower()
        if entity_id not in holder.entity_ids:
            raise NotPermitted("the client does not serve the entity of Zuora-Entity-Ids")
    return Caller(
        tenant_id=holder.tenant_id,
        entity_id=entity_id,
        actor=f"client:{holder.client_id}",
        role=holder.role,
        request_id=request_id,
        client_id=holder.client_id,
    )
