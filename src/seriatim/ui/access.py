"""Who may do what: OAuth clients, console users, entities and the settings of this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.responses import Response

from seriatim.domain.caller import Role
from seriatim.domain.errors import Rejected
from seriatim.domain.sequence_set import EntitySettings
from seriatim.service import access as clients
from seriatim.service import users
from seriatim.service.access import ClientSecret
from seriatim.service.entities import create_entity, list_entities
from seriatim.service.permissions import Right, require
from seriatim.service.settings import (
    NUMBER_ASSIGNMENTS,
    SettingsChange,
    get_settings,
    update_settings,
)
from seriatim.service.users import UserPassword
from seriatim.store.sql_store import Transaction
from seriatim.ui.rendering import marked
from seriatim.ui.visit import Visit

Result = TypeVar("Result")

_SERVES: Final = "serves."
_WAS: Final = "was.settings."
_FLAGS: Final = ("invoice_settlement", "flexible_billing_attributes")
_TEXTS: Final = ("number_assignment", "time_zone")
_ROLES: Final = {
    Role.ADMIN: marked("admin: everything"),
    Role.ISSUER: marked("issuer: issues, voids and reads numbers"),
    Role.AUDITOR: marked("auditor: reads, verifies and exports"),
}


def show(visit: Visit) -> Response:
    return _page(visit)


def make_client(visit: Visit) -> Response:
    fields = visit.form.fields
    serves = [name.removeprefix(_SERVES) for name in fields if name.startswith(_SERVES)]
    return _secret_or_faults(
        visit,
        "client",
        lambda tx: clients.create_client(
            tx,
            visit.caller,
            name=visit.form.get("client.name"),
            role=visit.form.get("client.role"),
            entity_ids=serves or None,
            clock=visit.clock,
        ),
    )


def rotate_client(visit: Visit) -> Response:
    if not _is_sure(visit):
        return _ask(
            visit,
            "client",
            marked("Give the client a new secret? The old one and every token end at once."),
        )
    client_id = visit.form.get("client")
    return _secret_or_faults(
        visit,
        "client",
        lambda tx: clients.rotate_client(tx, visit.caller, client_id, clock=visit.clock),
    )


def revoke_client(visit: Visit) -> Response:
    if not _is_sure(visit):
        return _ask(visit, "client", marked("Revoke the client for good? Its tokens end at once."))
    client_id = visit.form.get("client")
    return _done_or_faults(
        visit,
        "client",
        lambda tx: clients.revoke_client(tx, visit.caller, client_id, clock=visit.clock),
    )


def make_user(visit: Visit) -> Response:
    return _secret_or_faults(
        visit,
        "user",
        lambda tx: users.create_user(
            tx,
            visit.caller,
            name=visit.form.get("user.name"),
            role=visit.form.get("user.role"),
            clock=visit.clock,
        ),
    )


def give_new_password(visit: Visit) -> Response:
    if not _is_sure(visit):
        return _ask(
            visit,
            "user",
            marked("Give the user a new password? Every session of theirs ends at once."),
        )
    name = visit.form.get("user")
    return _secret_or_faults(
        visit,
        "user",
        lambda tx: users.give_new_password(tx, visit.caller, name, clock=visit.clock),
    )


def disable_user(visit: Visit) -> Response:
    if not _is_sure(visit):
        return _ask(
            visit,
            "user",
            marked("Disable the user for good? Every session of theirs ends at once."),
        )
    name = visit.form.get("user")
    return _done_or_faults(
        visit,
        "user",
        lambda tx: users.disable_user(tx, visit.caller, name, clock=visit.clock),
    )


def make_entity(visit: Visit) -> Response:
    return _done_or_faults(
        visit,
        "entity",
        lambda tx: create_entity(
            tx, visit.caller, name=visit.form.get("entity.name"), clock=visit.clock
        ),
    )


def change_settings(visit: Visit) -> Response:
    """Ask for what was changed in the form; what others changed meanwhile stays theirs."""
    typed = _typed_settings(visit)
    was = _settings_before(visit)
    changed = {name: value for name, value in typed.items() if value != was.get(name)}

    def flag(name: str) -> bool | None:
        return changed[name] == "yes" if name in changed else None

    change = SettingsChange(
        invoice_settlement=flag("invoice_settlement"),
        flexible_billing_attributes=flag("flexible_billing_attributes"),
        number_assignment=changed.get("number_assignment"),
        time_zone=changed.get("time_zone"),
    )
    return _done_or_faults(
        visit,
        "settings",
        lambda tx: update_settings(tx, visit.caller, change, clock=visit.clock),
    )


def _typed_settings(visit: Visit) -> dict[str, str]:
    """What the form says of each setting; a box that is not ticked says "no"."""
    typed = {name: visit.form.get(f"settings.{name}") for name in _TEXTS}
    return typed | {
        name: "yes" if visit.form.get(f"settings.{name}") == "yes" else "no" for name in _FLAGS
    }


def _settings_before(visit: Visit) -> dict[str, str]:
    """The settings as they were when the page of the form was made."""
    fields = visit.form.fields
    return {name: fields[_WAS + name] for name in (*_TEXTS, *_FLAGS) if _WAS + name in fields}


def _as_texts(settings: EntitySettings) -> dict[str, str]:
    texts = {name: str(getattr(settings, name)) for name in _TEXTS}
    return texts | {name: "yes" if getattr(settings, name) else "no" for name in _FLAGS}


def _is_sure(visit: Visit) -> bool:
    return visit.form.get("sure") == "yes"


def _ask(visit: Visit, field: str, question: str) -> Response:
    """The page between a button and what cannot be undone."""
    require(visit.caller, Right.CONFIGURE)
    named = visit.form.get(field)
    values = {"field": field, "named": named, "question": visit.text(question)}
    return visit.page("sure.html", values)


def _secret_or_faults(
    visit: Visit, section: str, work: Callable[[Transaction], ClientSecret | UserPassword]
) -> Response:
    """The page that shows a secret this once, without a redirect that would have to carry it."""
    try:
        made = visit.store.run(work)
    except Rejected as refusal:
        return _page(visit, _errors(section, refusal), status=422)
    return visit.page("secret.html", {"made": made, "is_client": isinstance(made, ClientSecret)})


def _done_or_faults(visit: Visit, section: str, work: Callable[[Transaction], Result]) -> Response:
    try:
        visit.store.run(work)
    except Rejected as refusal:
        return _page(visit, _errors(section, refusal), status=422)
    return visit.redirect("access", done=section)


def _page(
    visit: Visit, errors: dict[str, list[str]] | None = None, *, status: int = 200
) -> Response:
    with visit.store.read() as transaction:
        values: dict[str, Any] = {
            "clients": clients.list_clients(transaction, visit.caller),
            "users": users.list_users(transaction, visit.caller),
            "entities": list_entities(transaction, visit.caller),
        }
        stored = _as_texts(get_settings(transaction, visit.caller))
    is_settings = visit.form.has("settings.time_zone")
    shared = {
        "settings": _typed_settings(visit) if is_settings else stored,
        "settings_before": _settings_before(visit) if is_settings else stored,
        "errors": errors or {},
        "roles": {role: visit.text(title) for role, title in _ROLES.items()},
        "assignments": NUMBER_ASSIGNMENTS,
        "now": visit.clock.now(),
    }
    return visit.page("access.html", {**values, **shared}, status=status)


def _errors(section: str, refusal: Rejected) -> dict[str, list[str]]:
    """By the names of the form's fields; those of none under the name of the section."""
    found: dict[str, list[str]] = {}
    for violation in refusal.violations:
        path = [str(part) for part in violation.path[:1]]
        found.setdefault(".".join([section, *path]), []).append(violation.message)
    return found
