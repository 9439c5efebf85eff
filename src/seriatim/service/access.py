"""OAuth clients and tokens. Source: contract/transport.md, OAuth."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, NotAuthenticated, NotFound, Rejected, Violation
from seriatim.domain.limits import (
    CLIENT_NAME_CHARACTERS_MAX,
    CLIENT_SECRET_CHARACTERS_MAX,
    ENTITIES_PER_CLIENT_MAX,
    TOKEN_SECONDS_VALID,
)
from seriatim.domain.wording import told
from seriatim.service.audit import AuditTrail
from seriatim.service.permissions import Right, require
from seriatim.service.secrets import new_secret, new_token, secret_fits, secret_hash, token_hash
from seriatim.service.shown_names import is_shown_name
from seriatim.store.access_queries import OAuthClient, TokenHolder
from seriatim.store.sql_store import Transaction

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client and its secret, which is shown this once."""

    client: OAuthClient
    secret: str


@dataclass(frozen=True, slots=True)
class ProvenClient:
    """A client that showed its secret. Shape: `secret_hash` is that of the secret it showed."""

    client: OAuthClient
    secret_hash: str


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Shape: `scope` as contract/transport.md has it; `jti` names the grant."""

    access_token: str
    expires_in_s: int
    scope: str
    jti: str


def client_credentials_fit(
    transaction: Transaction, client_id: str, secret: str
) -> ProvenClient | None:
    """The client if it exists, was not revoked and the secret is its own.

    Cost: one Argon2 comparison, whether the client exists or not.
    """
    found = None
    if _UUID.fullmatch(client_id) and len(secret) <= CLIENT_SECRET_CHARACTERS_MAX:
        found = transaction.access.find_client(client_id)
    is_own = secret_fits(secret[:CLIENT_SECRET_CHARACTERS_MAX], found[1] if found else None)
    if found is None or not is_own or found[0].revoked_at is not None:
        return None
    return ProvenClient(*found)


def grant_token(
    transaction: Transaction, proven: ProvenClient, *, clock: Clock
) -> TokenGrant | None:
    """A new token of a client whose credentials fit; None if they were changed meanwhile.

    Order: the client's row is locked first, so that a rotation finds every token that the old
        secret was good for.
    """
    client, now = proven.client, clock.now()
    if not transaction.access.note_client_used(
        client.tenant_id, client.client_id, now, secret_hash=proven.secret_hash
    ):
        return None
    token = new_token()
    transaction.access.insert_token(
        token_hash(token),
        client.tenant_id,
        client.client_id,
        now + timedelta(seconds=TOKEN_SECONDS_VALID),
    )
    entities = " ".join(f"entity.{entity_id}" for entity_id in client.entity_ids)
    scope = f"tenant.{client.tenant_id} {entities} role.{client.role.value}"
    return TokenGrant(token, TOKEN_SECONDS_VALID, scope, uuid.uuid4().hex)


def find_token_holder(transaction: Transaction, token: str, *, now: datetime) -> TokenHolder:
    """Errors: NotAuthenticated, the same for a forged, expired or revoked token."""
    holder = transaction.access.find_token(token_hash(token))
    if holder is None or holder.expires_at <= now or not holder.entity_ids:
        raise NotAuthenticated("the access token is not valid")
    return holder


def record_blocked_login(
    transaction: Transaction, client_id: str, *, request_id: str, clock: Clock
) -> None:
    """Write into the audit trail that somebody tried a client's secret too often.

    An unknown client has no trail to stand in; the log has it.
    """
    found = transaction.access.find_client(client_id) if _UUID.fullmatch(client_id) else None
    if found is None or not found[0].entity_ids:
        return
    client = found[0]
    caller = Caller(client.tenant_id, client.entity_ids[0], "anonymous", client.role, request_id)
    _record(transaction, caller, "login_blocked", client, clock)


def list_clients(transaction: Transaction, caller: Caller) -> list[OAuthClient]:
    require(caller, Right.READ_ADMINISTRATION)
    return transaction.access.list_clients(caller.tenant_id)


def create_client(
    transaction: Transaction,
    caller: Caller,
    *,
    name: str | None,
    role: str | None,
    entity_ids: Sequence[str] | None,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> ClientSecret:
    """Shape: without `entity_ids`, the client serves the caller's entity.

    Errors: Rejected with every fault.
    """
    require(caller, Right.CONFIGURE)
    wanted = [caller.entity_id] if entity_ids is None else [_plain(one) for one in entity_ids]
    violations = [*shape_faults, *_faults(transaction, caller, name, role, wanted)]
    if violations or name is None or role is None:
        raise Rejected(violations)
    client = OAuthClient(
        tenant_id=caller.tenant_id,
        client_id=str(uuid.uuid4()),
        name=name,
        role=Role(role),
        entity_ids=tuple(wanted),
        created_at=clock.now(),
        last_used_at=None,
        revoked_at=None,
    )
    secret = new_secret()
    transaction.access.insert_client(client, secret_hash(secret))
    _record(transaction, caller, "create", client, clock)
    return ClientSecret(client, secret)


def rotate_client(
    transaction: Transaction, caller: Caller, client_id: str, *, clock: Clock
) -> ClientSecret:
    """A new secret; the old one and every token of the client end at once.

    Errors: NotFound, Rejected for a revoked client.
    """
    require(caller, Right.CONFIGURE)
    client = _client(transaction, caller, client_id)
    if client.revoked_at is not None:
        message = told("the client was revoked for good; create a new one")
        raise Rejected([Violation("oauth_client", (), Category.RULE, message)])
    secret = new_secret()
    transaction.access.replace_client_secret(
        caller.tenant_id, client.client_id, secret_hash(secret)
    )
    transaction.access.delete_tokens_of_client(caller.tenant_id, client.client_id)
    _record(transaction, caller, "rotate", client, clock)
    return ClientSecret(client, secret)


def revoke_client(
    transaction: Transaction, caller: Caller, client_id: str, *, clock: Clock
) -> OAuthClient:
    """End a client and its tokens for good. Errors: NotFound."""
    require(caller, Right.CONFIGURE)
    client = _client(transaction, caller, client_id)
    if client.revoked_at is None:
        transaction.access.revoke_client(caller.tenant_id, client.client_id, clock.now())
        transaction.access.delete_tokens_of_client(caller.tenant_id, client.client_id)
        _record(transaction, caller, "revoke", client, clock)
    return _client(transaction, caller, client_id)


def _client(transaction: Transaction, caller: Caller, client_id: str) -> OAuthClient:
    found = transaction.access.find_client(client_id) if _UUID.fullmatch(client_id) else None
    if found is None or found[0].tenant_id != caller.tenant_id:
        raise NotFound("oauth_client", client_id)
    return found[0]


def _faults(
    transaction: Transaction,
    caller: Caller,
    name: str | None,
    role: str | None,
    entity_ids: list[str],
) -> list[Violation]:
    violations = []
    if name is not None and not is_shown_name(name, CLIENT_NAME_CHARACTERS_MAX):
        message = told(
            "must have 1 to %(most)s printable characters, and no space at its ends",
            most=CLIENT_NAME_CHARACTERS_MAX,
        )
        violations.append(Violation("oauth_client", ("name",), Category.INVALID_VALUE, message))
    if role is not None and role not in list(Role):
        message = told("must be 'admin', 'issuer' or 'auditor'")
        violations.append(Violation("oauth_client", ("role",), Category.INVALID_VALUE, message))
    if not 1 <= len(entity_ids) <= ENTITIES_PER_CLIENT_MAX:
        message = told("must name 1 to %(most)s entities", most=ENTITIES_PER_CLIENT_MAX)
        path = ("entity_ids",)
        violations.append(Violation("oauth_client", path, Category.INVALID_VALUE, message))
        return violations
    known = {entity.identifier for entity in transaction.access.list_entities(caller.tenant_id)}
    for index, entity_id in enumerate(entity_ids):
        if entity_id not in known:
            message = told("no entity with the id '%(id)s'", id=entity_id)
            violations.append(
                Violation("oauth_client", ("entity_ids", index), Category.NOT_FOUND, message)
            )
        elif entity_id in entity_ids[:index]:
            message = told("stands twice")
            violations.append(
                Violation("oauth_client", ("entity_ids", index), Category.INVALID_VALUE, message)
            )
    return violations


def _record(
    transaction: Transaction, caller: Caller, action: str, client: OAuthClient, clock: Clock
) -> None:
    books = transaction.books(caller.tenant_id, caller.entity_id)
    locked = books.lock_entity()
    trail = AuditTrail(books, caller, locked.last_audit_number, clock.now())
    state = {"name": client.name, "role": client.role.value, "entity_ids": list(client.entity_ids)}
    trail.record(action, ("oauth_client", client.client_id), after=state)


def _plain(entity_id: str) -> str:
    return entity_id.replace("-", "").lower()
