"""The first contents of an empty database: tenant, entity, DEFAULT, a client and a user."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.limits import CLIENT_SECRET_CHARACTERS_MAX, CLIENT_SECRET_CHARACTERS_MIN
from seriatim.service.entities import found_entity
from seriatim.service.secrets import new_password, new_secret, secret_hash
from seriatim.store.access_queries import Named, OAuthClient
from seriatim.store.sql_store import Transaction

TENANT_NAME = "Tenant"
ENTITY_NAME = "Main"
CLIENT_NAME = "admin"
USER_NAME = "admin"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class GivenSecrets:
    """Secrets decided by the operator for an unattended first start; None: make one."""

    client_id: str | None = None
    client_secret: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """What an empty database was given. Its secrets are shown this once."""

    tenant_id: str
    entity_id: str
    client_id: str
    client_secret: str
    user_name: str
    password: str


def is_founded(transaction: Transaction) -> bool:
    return not transaction.access.is_empty()


def found(transaction: Transaction, given: GivenSecrets, *, clock: Clock, actor: str) -> Founded:
    """Errors: Rejected for malformed given secrets."""
    violations = _faults(given)
    if violations:
        raise Rejected(violations)
    now = clock.now()
    access = transaction.access
    access.insert_store_state(uuid.uuid4().hex, now)
    tenant = Named(uuid.uuid4().hex, TENANT_NAME)
    access.insert_tenant(tenant, now)
    caller = Caller(tenant.identifier, "", actor, Role.ADMIN, str(uuid.uuid4()))
    entity = found_entity(transaction, caller, ENTITY_NAME, clock=clock)
    client = OAuthClient(
        tenant_id=tenant.identifier,
        client_id=(given.client_id or str(uuid.uuid4())).lower(),
        name=CLIENT_NAME,
        role=Role.ADMIN,
        entity_ids=(entity.identifier,),
        created_at=now,
        last_used_at=None,
        revoked_at=None,
    )
    client_secret = given.client_secret or new_secret()
    access.insert_client(client, secret_hash(client_secret))
    password = given.password or new_password()
    transaction.users.insert_user(
        tenant.identifier,
        Named(uuid.uuid4().hex, USER_NAME),
        Role.ADMIN,
        password_hash=secret_hash(password),
        recorded_at=now,
    )
    return Founded(
        tenant_id=tenant.identifier,
        entity_id=entity.identifier,
        client_id=client.client_id,
        client_secret=client_secret,
        user_name=USER_NAME,
        password=password,
    )


def _faults(given: GivenSecrets) -> list[Violation]:
    violations = []
    if given.client_id is not None and not _UUID.fullmatch(given.client_id):
        violations.append(_fault("bootstrap_client_id", "must be a UUID of 36 characters"))
    secret = given.client_secret
    shortest, longest = CLIENT_SECRET_CHARACTERS_MIN, CLIENT_SECRET_CHARACTERS_MAX
    if secret is not None and not shortest <= len(secret) <= longest:
        message = f"must have {shortest} to {longest} characters"
        violations.append(_fault("bootstrap_client_secret", message))
    if given.password is not None and len(given.password) < shortest:
        message = f"must have at least {shortest} characters"
        violations.append(_fault("bootstrap_password", message))
    return violations


def _fault(field: str, message: str) -> Violation:
    return Violation("bootstrap", (field,), Category.INVALID_VALUE, message)
