"""From an endpoint to what answers its requests.

Order: who asks, whether the role may, whether there is room, the body, and then the endpoint in
one transaction. Whatever fails on the way is an error of the tree, answered by the edge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from seriatim import telemetry
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import (
    Category,
    InvariantBroken,
    NotAuthenticated,
    NotPermitted,
    SeriatimError,
)
from seriatim.http.answer import Answer
from seriatim.http.answer_cache import AnswerCache
from seriatim.http.asking import ask_for, encoded, finished, unreadable_ask
from seriatim.http.bodies import require_media_type, whole_body
from seriatim.http.endpoint import (
    DRY_RUN,
    ApiRequest,
    Endpoint,
)
from seriatim.http.error_reply import error_answer
from seriatim.http.exchange import Exchange
from seriatim.http.faults import TransportFault, missing_parameter
from seriatim.http.headers import bearer_token, idempotency_key
from seriatim.http.idempotency import key_use
from seriatim.http.issuing import AsyncIssuing
from seriatim.http.json_codec import decode
from seriatim.http.limits import ConcurrencyLimit, RateLimits
from seriatim.http.query import flag, known_parameters
from seriatim.http.router import Action
from seriatim.http.settings import HttpSettings
from seriatim.http.shared_reads import SharedReads
from seriatim.http.threads import WorkThreads
from seriatim.service.idempotency import Answered, FinishedAnswer, answer_once
from seriatim.service.numbers import Ask
from seriatim.store.sql_store import SqlStore, Transaction

Authenticate = Callable[[str, str | None, str], Caller | Awaitable[Caller]]
"""From a bearer token, the value of `Zuora-Entity-Ids` and a request id to a caller. Returns an awaitable only where it must wait. Errors: NotAuthenticated,
NotPermitted."""

SHARED_READ_THREADS = 4
"""Enough to keep a distant database busy; more of them only wait for the interpreter's lock."""

_REPLAYED = (b"idempotent-replayed", b"true")
_READ_ON_THE_LOOP_BYTES_MAX = 16 * 1024
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What is known of an endpoint before any request."""

    endpoint: Endpoint
    query_names: frozenset[str]
    required_query_names: tuple[str, ...]
    takes_dry_run: bool
    takes_key: bool

    @classmethod
    def of(cls, endpoint: Endpoint) -> _Compiled:
        return cls(
            endpoint,
            endpoint.query_names,
            endpoint.required_query_names,
            DRY_RUN.name in endpoint.query_names,
            endpoint.takes_idempotency_key and endpoint.method in {"POST", "PATCH"},
        )


class Pipeline:
    """Shape: one for the whole app; belongs to one event loop."""

    def __init__(
        self, *, store: SqlStore, authenticate: Authenticate, settings: HttpSettings, clock: Clock
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._settings = settings
        self._clock = clock
        self._answers = AnswerCache(store)
        self._concurrency = ConcurrencyLimit(settings.requests_in_flight_per_entity_max)
        self._rates = RateLimits(settings)
        self._issuing = AsyncIssuing(store, clock, seconds_max=settings.answer_seconds_max)
        self._writes = WorkThreads(
            "write",
            threads=settings.write_threads,
            queue_max=settings.write_queue_max,
            seconds_max=settings.answer_seconds_max,
        )
        self._reads = WorkThreads(
            "read", threads=settings.read_threads, queue_max=settings.read_queue_max
        )
        self._shared_reads = SharedReads(
            threads=SHARED_READ_THREADS, callers_max=settings.read_queue_max
        )

    def close(self) -> None:
        """Let begun work end; call it when no request is left."""
        self._shared_reads.close()
        self._issuing.close()
        self._writes.close()
        self._reads.close()

    async def identify(self, exchange: Exchange) -> Caller:
        """Errors: NotAuthenticated, NotPermitted (an entity the client does not serve)."""
        headers = exchange.headers
        token = bearer_token(headers)
        if token is None:
            raise NotAuthenticated("no bearer token")
        entity = headers.get(b"zuora-entity-ids")
        wanted = None if entity is None else entity.decode("latin-1")
        found = self._authenticate(token, wanted, exchange.request_id)
        caller = found if isinstance(found, Caller) else await found
        exchange.caller = caller
        return caller

    def action(self, endpoint: Endpoint) -> Action:
        compiled = _Compiled.of(endpoint)
        run = self._write if endpoint.writes else self._read
        if endpoint.coalesced is not None:
            run = self._issue
        roles = endpoint.roles

        async def answer(exchange: Exchange) -> Answer:
            caller = await self.identify(exchange)
            if caller.role not in roles:
                raise NotPermitted(f"the role '{caller.role}' does not allow this operation")
            self._take_place(exchange, caller)
            try:
                return await run(compiled, exchange, caller)
            finally:
                self._concurrency.leave(caller.entity_id)

        return answer

    def _take_place(self, exchange: Exchange, caller: Caller) -> None:
        if self._rates.are_on:
            exchange.limit_headers, refusal = self._rates.take(caller.tenant_id)
            if refusal is not None:
                raise refusal
        has_room = self._concurrency.enter(caller.entity_id)
        exchange.limit_headers += self._concurrency.headers(caller.entity_id)
        if not has_room:
            raise self._concurrency.refusal()

    async def _read(self, compiled: _Compiled, exchange: Exchange, caller: Caller) -> Answer:
        endpoint = compiled.endpoint
        body = await self._body(endpoint, exchange)
        request = await self._beside_the_loop(
            body, lambda: self._request(compiled, exchange, caller, body)
        )
        if endpoint.runs_long:
            return await self._reads.run(lambda: self._read_now(endpoint, request))
        place = (endpoint.operation_id, caller.tenant_id, caller.entity_id, caller.role)
        asked = (exchange.path, exchange.query_string, request.base_url)
        if self._store.reads_inline:
            return self._answers.answer((place, asked), lambda: self._read_now(endpoint, request))
        return await self._shared_reads.answer(
            (place, asked), lambda: self._read_now(endpoint, request)
        )

    def _read_now(self, endpoint: Endpoint, request: ApiRequest) -> Answer:
        if endpoint.sliced is not None:
            result = endpoint.sliced(request)
        else:
            with self._store.read() as tx:
                result = endpoint.handler(tx, request)
        return Answer(result.status, encoded(result.body), headers=_as_bytes(result.headers))

    async def _write(self, compiled: _Compiled, exchange: Exchange, caller: Caller) -> Answer:
        key = idempotency_key(exchange.headers) if compiled.takes_key else None
        body = await self._body(compiled.endpoint, exchange)
        return await self._writes.run(
            lambda: self._write_now(compiled, exchange, caller, body, key)
        )

    async def _issue(self, compiled: _Compiled, exchange: Exchange, caller: Caller) -> Answer:
        """Answer from a transaction shared with whoever else asks for numbers now."""
        coalesced = compiled.endpoint.coalesced
        if coalesced is None:
            raise InvariantBroken(f"{compiled.endpoint.operation_id} is not coalesced")
        key = idempotency_key(exchange.headers) if compiled.takes_key else None
        body = await self._body(compiled.endpoint, exchange)
        used = None if key is None else key_use(key, exchange, caller, body)

        def refuse(error: SeriatimError) -> FinishedAnswer:
            return self._failed(error, exchange.request_id)

        ask: Ask
        try:
            ask = await self._beside_the_loop(
                body,
                lambda: ask_for(
                    coalesced, self._request(compiled, exchange, caller, body), refuse, used
                ),
            )
        except SeriatimError as error:
            if used is None:
                raise
            ask = unreadable_ask(caller, error, refuse, used)
        return _replayed_or_first(await self._issuing.issue(ask))

    def _write_now(
        self,
        compiled: _Compiled,
        exchange: Exchange,
        caller: Caller,
        body: bytes,
        key: str | None,
    ) -> Answer:
        """Answer once.

        Order: with a key, a body that cannot be read is refused inside the transaction, so that
            the refusal is kept under the key as any other first answer.
        """
        prepared: ApiRequest | SeriatimError
        try:
            prepared = self._request(compiled, exchange, caller, body)
        except SeriatimError as error:
            if key is None:
                raise
            prepared = error

        def work(tx: Transaction) -> FinishedAnswer:
            if isinstance(prepared, SeriatimError):
                raise prepared
            return finished(compiled.endpoint.handler(tx, prepared))

        answered = answer_once(
            self._store,
            None if key is None else key_use(key, exchange, caller, body),
            work,
            lambda error: self._failed(error, exchange.request_id),
            keeps_effect=isinstance(prepared, SeriatimError) or not prepared.dry_run,
            clock=self._clock,
        )
        return _replayed_or_first(answered)

    async def _beside_the_loop(self, body: bytes, work: Callable[[], Outcome]) -> Outcome:
        """Work on a body: in a thread where the body is so long that others would wait for it."""
        if len(body) <= _READ_ON_THE_LOOP_BYTES_MAX:
            return work()
        return await self._reads.run(work)

    async def _body(self, endpoint: Endpoint, exchange: Exchange) -> bytes:
        if not endpoint.takes_body:
            return b""
        body = await whole_body(exchange, self._settings)
        if body and endpoint.request_model is not None:
            require_media_type(exchange.headers, b"application/json")
        return body

    def _request(
        self, compiled: _Compiled, exchange: Exchange, caller: Caller, body: bytes
    ) -> ApiRequest:
        query = known_parameters(exchange.query_string, compiled.query_names)
        for name in compiled.required_query_names:
            if name not in query:
                raise missing_parameter(name)
        settings = self._settings
        return ApiRequest(
            caller,
            exchange.method,
            exchange.path,
            exchange.path_params,
            query,
            _decoded(compiled.endpoint, body),
            compiled.takes_dry_run and flag(query, DRY_RUN.name),
            settings.public_base_url or exchange.own_url,
            exchange.headers,
            settings,
        )

    def _failed(self, error: SeriatimError, request_id: str) -> FinishedAnswer:
        answer = error_answer(error, request_id, self._settings.http_status)
        headers = tuple((name.decode(), value.decode()) for name, value in answer.headers)
        return FinishedAnswer(answer.status, headers, answer.body)


def _decoded(endpoint: Endpoint, body: bytes) -> object:
    if endpoint.takes_bytes:
        return body
    if endpoint.request_model is None:
        return None
    if not body and endpoint.body_may_be_absent:
        return None
    if not body:
        message = "a JSON body is required"
        raise TransportFault(400, Category.MALFORMED, message)
    return decode(body)


def _replayed_or_first(answered: Answered) -> Answer:
    finished, headers = answered.answer, _as_bytes(answered.answer.headers)
    if answered.is_replay:
        telemetry.REPLAYS.inc()
        headers = (*headers, _REPLAYED)
    return Answer(finished.status, finished.body, headers=headers)


def _as_bytes(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers)
