"""Commands on a database: the API's own endpoints, called in this process.

So a command and a request take the same way, rule for rule and field for field.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from seriatim.cli.backend import Call, Json, Reply
from seriatim.cli.database_files import refuse_missing_file
from seriatim.cli.operator import operator
from seriatim.cli.own_database import place_in
from seriatim.cli.refusals import refusal_of
from seriatim.cli.repeating import settled
from seriatim.config import Config
from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.domain.errors import NotFound, NotPermitted, SeriatimError
from seriatim.http.endpoint import ApiRequest, Endpoint
from seriatim.http.error_reply import error_answer
from seriatim.http.idempotency import fingerprint
from seriatim.http.json_codec import decode, encode
from seriatim.http.routes import all_endpoints
from seriatim.http.settings import HttpSettings
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once
from seriatim.service.signing import load_signing_keys
from seriatim.store.open import open_store
from seriatim.store.sql_store import Transaction


class DatabaseBackend:
    """Shape: works as an administrator of one entity; every call has its own request id."""

    def __init__(self, config: Config, entity: str | None) -> None:
        refuse_missing_file(config.database_url)
        keys = load_signing_keys(config.signing_key_path)
        self._store = open_store(config.database_url, connections_max=config.connections_max)
        try:
            self._tenant_id, self._entity_id = place_in(self._store, entity)
        except BaseException:
            self._store.close()
            raise
        self._clock = SystemClock()
        self._endpoints = all_endpoints(self._store, self._clock, keys)
        self._settings = HttpSettings(
            http_status=config.http_status, unknown_fields=config.unknown_fields
        )

    def close(self) -> None:
        self._store.close()

    def call(self, call: Call) -> Reply:
        endpoint, path_params = self._find(call)
        if Role.ADMIN not in endpoint.roles:
            raise NotPermitted("an administrator may not do this")
        return settled(call, lambda: self._once(call, endpoint, path_params))

    def _find(self, call: Call) -> tuple[Endpoint, dict[str, str]]:
        for endpoint in self._endpoints:
            values = _matched(endpoint, call)
            if values is not None:
                return endpoint, values
        raise NotFound("operation", f"{call.method} {call.path}")

    def _once(self, call: Call, endpoint: Endpoint, path_params: dict[str, str]) -> Reply:
        request = self._request(call, path_params)

        def work(transaction: Transaction) -> FinishedAnswer:
            result = endpoint.handler(transaction, request)
            body = result.body if isinstance(result.body, bytes) else encode(result.body)
            return FinishedAnswer(result.status, result.headers, body)

        if not endpoint.writes:
            with self._store.read() as transaction:
                return _reply(work(transaction))
        answered = answer_once(
            self._store,
            self._key_use(call, request.caller),
            work,
            lambda error: self._failed(error, request.request_id),
            clock=self._clock,
            keeps_effect=not request.dry_run,
        )
        return _reply(answered.answer)

    def _request(self, call: Call, path_params: Mapping[str, str]) -> ApiRequest:
        caller = Caller(self._tenant_id, self._entity_id, operator(), Role.ADMIN, str(uuid.uuid4()))
        headers = {} if call.if_match is None else {b"if-match": call.if_match.encode("latin-1")}
        return ApiRequest(
            caller=caller,
            method=call.method,
            path=call.path,
            path_params=path_params,
            query=MappingProxyType(dict(call.query)),
            body=None if call.body is None else decode(encode(call.body)),
            dry_run=call.query.get("dryRun") == "true",
            base_url="",
            headers=headers,
            settings=self._settings,
        )

    def _key_use(self, call: Call, caller: Caller) -> KeyUse | None:
        """Keys belong to a client; each login name counts as one of its own."""
        if call.idempotency_key is None:
            return None
        query, body = urlencode(call.query).encode(), encode(call.body)
        return KeyUse(
            tenant_id=caller.tenant_id,
            entity_id=caller.entity_id,
            client_id=str(uuid.uuid5(uuid.NAMESPACE_OID, caller.actor)),
            key=call.idempotency_key,
            fingerprint=fingerprint(caller.entity_id, call.method, call.path, query, body),
        )

    def _failed(self, error: SeriatimError, request_id: str) -> FinishedAnswer:
        answer = error_answer(error, request_id, self._settings.http_status)
        return FinishedAnswer(answer.status, (), answer.body)


def _matched(endpoint: Endpoint, call: Call) -> dict[str, str] | None:
    """The path's parameters if the call is this endpoint's."""
    template = endpoint.path.strip("/").split("/")
    if endpoint.method != call.method or len(template) != len(call.segments):
        return None
    values = {}
    for part, segment in zip(template, call.segments, strict=True):
        if part.startswith("{"):
            values[part.strip("{}")] = segment
        elif part != segment:
            return None
    return values


def _reply(answer: FinishedAnswer) -> Reply:
    body: Json = json.loads(answer.body)
    if body.get("success") is False:
        raise refusal_of(answer.status, body)
    return Reply(body, dict(answer.headers).get("ETag"))
