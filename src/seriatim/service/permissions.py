"""Who may do what. Source: contract/transport.md, OAuth."""

from __future__ import annotations

from enum import Enum

from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import NotPermitted


class Right(Enum):
    READ = "read"
    ISSUE = "issue numbers"
    CONFIGURE = "change the configuration"
    READ_ADMINISTRATION = "read settings, clients and the audit trail"


_RIGHTS = {
    Role.ADMIN: frozenset(Right),
    Role.ISSUER: frozenset({Right.READ, Right.ISSUE}),
    Role.AUDITOR: frozenset({Right.READ, Right.READ_ADMINISTRATION}),
}


def require(caller: Caller, right: Right) -> None:
    """Errors: NotPermitted, naming the role and what it lacks."""
    if right not in _RIGHTS[caller.role]:
        raise NotPermitted(f"the role '{caller.role.value}' may not {right.value}")
