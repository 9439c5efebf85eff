"""Who asks: the identity that stands in the register and in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a client may do. Source: contract/transport.md, OAuth."""

    ADMIN = "admin"
    ISSUER = "issuer"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's identity, already authenticated.

    Shape: `tenant_id` and `entity_id` are 32 lower-case hex characters, `request_id` and
        `client_id` UUIDs with dashes; `actor` names the client, user or command
        (`client:<uuid>`, `user:<console user>`, `command:<login name>`).
    """

    tenant_id: str
    entity_id: str
    actor: str
    role: Role
    request_id: str
    client_id: str | None = None
