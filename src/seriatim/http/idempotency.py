"""What makes two requests with one idempotency key the same request."""

from __future__ import annotations

from hashlib import sha256

from seriatim.domain.caller import Caller
from seriatim.http.exchange import Exchange
from seriatim.service.idempotency import KeyUse


def key_use(key: str, exchange: Exchange, caller: Caller, body: bytes) -> KeyUse:
    return KeyUse(
        tenant_id=caller.tenant_id,
        entity_id=caller.entity_id,
        client_id=caller.client_id or caller.actor,
        key=key,
        fingerprint=fingerprint(
            caller.entity_id, exchange.method, exchange.path, exchange.query_string, body
        ),
    )


def fingerprint(entity_id: str, method: str, path: str, query: bytes, body: bytes) -> bytes:
    """SHA-256 over the parts of a request, each with its length, so that none can slide over."""
    digest = sha256()
    for part in (
        entity_id.encode("utf-8"),
        method.encode("utf-8"),
        path.encode("utf-8", "surrogatepass"),
        query,
        body,
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
