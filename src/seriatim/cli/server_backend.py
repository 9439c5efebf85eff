"""Commands on a server, over its API."""

from __future__ import annotations

from urllib.parse import urlencode

from seriatim.cli.backend import ENTITIES, Call, Reply, pages
from seriatim.cli.entity_names import is_entity_id, is_named
from seriatim.cli.refusals import refusal_of
from seriatim.cli.repeating import settled
from seriatim.cli.server_client import (
    ANSWER_SECONDS_MAX,
    LONG_ANSWER_SECONDS_MAX,
    Credentials,
    ServerClient,
)
from seriatim.domain.errors import NotFound


class ServerBackend:
    """Shape: works in the client's first entity, or in the one that is wished for."""

    def __init__(self, server_url: str, credentials: Credentials, entity: str | None) -> None:
        self._client = ServerClient(server_url, credentials)
        self._entity_id: str | None = None
        if entity is not None:
            self._entity_id = entity if is_entity_id(entity) else self._entity_named(entity)

    def call(self, call: Call) -> Reply:
        return settled(call, lambda: self._once(call))

    def close(self) -> None:
        """Nothing stays open between two calls."""

    def _once(self, call: Call) -> Reply:
        headers = {
            "Zuora-Entity-Ids": self._entity_id,
            "If-Match": call.if_match,
            "Idempotency-Key": call.idempotency_key,
        }
        answer = self._client.send(
            call.method,
            call.path + (f"?{urlencode(call.query)}" if call.query else ""),
            headers={name: value for name, value in headers.items() if value is not None},
            body=call.body,
            seconds_max=LONG_ANSWER_SECONDS_MAX if call.runs_long else ANSWER_SECONDS_MAX,
        )
        if answer.status >= 300 or answer.body.get("success") is not True:
            raise refusal_of(answer.status, answer.body)
        return Reply(answer.body, answer.etag)

    def _entity_named(self, entity: str) -> str:
        """Names are known to the server alone. Errors: NotFound, or the right to read them."""
        for one in pages(self, ENTITIES, "entities"):
            if is_named(one["id"], one["name"], entity):
                return str(one["id"])
        raise NotFound("entity", entity)
