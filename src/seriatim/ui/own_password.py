"""One's own password: changed by whoever knows the present one."""

from __future__ import annotations

from starlette.responses import Response

from seriatim.domain.errors import Rejected
from seriatim.domain.limits import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN
from seriatim.service.own_password import change_own_password
from seriatim.ui.visit import Visit


def show(visit: Visit) -> Response:
    return _page(visit, {})


def change(visit: Visit) -> Response:
    """What was typed is taken as it is, with spaces at its ends; the page never shows it again."""
    typed = visit.form.fields
    try:
        change_own_password(
            visit.store,
            visit.session,
            visit.caller,
            current=typed.get("current_password", ""),
            new=typed.get("new_password", ""),
            repeated=typed.get("repeated_password", ""),
            clock=visit.clock,
        )
    except Rejected as refusal:
        errors: dict[str, list[str]] = {}
        for violation in refusal.violations:
            errors.setdefault(str(violation.path[0]), []).append(violation.message)
        return _page(visit, errors, status=422)
    return visit.redirect("password", done="changed")


def _page(visit: Visit, errors: dict[str, list[str]], *, status: int = 200) -> Response:
    lengths = {"least": PASSWORD_CHARACTERS_MIN, "most": PASSWORD_CHARACTERS_MAX}
    return visit.page("own_password.html", {"errors": errors, **lengths}, status=status)
