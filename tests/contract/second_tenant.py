"""Another customer in the same database: no request can make one, so the store does."""

from __future__ import annotations

import uuid

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.service.entities import found_entity
from seriatim.service.secrets import secret_hash
from seriatim.store.access_queries import Named, OAuthClient
from seriatim.store.open import open_store
from seriatim.store.sql_store import Transaction
from tests.contract.api import Api
from tests.running_service import RunningService

SECRET = "t" * 40


def second_tenant(service: RunningService) -> Api:
    """An admin of a new tenant."""
    tenant = Named(uuid.uuid4().hex, "Stranger")
    client_id, now = str(uuid.uuid4()), SystemClock().now()

    def found(transaction: Transaction) -> None:
        caller = Caller(tenant.identifier, "", "command:test", Role.ADMIN, str(uuid.uuid4()))
        transaction.access.insert_tenant(tenant, now)
        entity = found_entity(transaction, caller, "Main", clock=SystemClock())
        client = OAuthClient(
            tenant_id=tenant.identifier,
            client_id=client_id,
            name="stranger",
            role=Role.ADMIN,
            entity_ids=(entity.identifier,),
            created_at=now,
            last_used_at=None,
            revoked_at=None,
        )
        transaction.access.insert_client(client, secret_hash(SECRET))

    store = open_store(service.database_url)
    try:
        store.run(found)
    finally:
        store.close()
    return Api(service, client_id, SECRET)
