"""Logging in and out; and what was typed when a session ended is kept for afterwards."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlsplit

import limits as rates
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from seriatim.domain.clock import Clock
from seriatim.domain.limits import (
    FAILED_LOGINS_IN_A_ROW_MAX,
    FAILED_LOGINS_PER_MINUTE_MAX,
    LOGIN_CLOSED_MINUTES,
    SESSION_HOURS_MAX,
)
from seriatim.service.sessions import LiveSession, log_in, log_out
from seriatim.store.sql_store import SqlStore
from seriatim.ui.forms import CSRF_FIELD, Form, FormRefused, csrf_token
from seriatim.ui.language import Language
from seriatim.ui.rendering import page
from seriatim.ui.visit import ROOT

LOGIN_PATH: Final = f"{ROOT}/login"
SESSION_COOKIE: Final = "seriatim_session"
_KEPT: Final = "kept."
"""Begins the names of the fields that wait for the end of the login."""
_NEVER_KEPT: Final = frozenset(
    {CSRF_FIELD, "password", "current_password", "new_password", "repeated_password"}
)
_FAILED_PER_ADDRESS_MAX: Final = 5 * FAILED_LOGINS_PER_MINUTE_MAX
_TOKEN_CHARACTERS_MAX: Final = 100


class Login:
    """Shape: failures are counted per user in the database, and per address in this process."""

    def __init__(self, store: SqlStore, clock: Clock, *, public_base_url: str | None) -> None:
        self._store = store
        self._clock = clock
        self._public_base_url = public_base_url
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = rates.RateLimitItemPerMinute(_FAILED_PER_ADDRESS_MAX)

    def require_room(self, request: Request) -> None:
        """Errors: FormRefused for an address that guessed wrong too often in a minute."""
        if not self._failures.test(self._per_address, _address(request)):
            raise FormRefused(429, "too many wrong passwords from this address; wait a minute")

    def token_in(self, request: Request) -> str | None:
        token = request.cookies.get(SESSION_COOKIE, "")
        return token if 0 < len(token) <= _TOKEN_CHARACTERS_MAX else None

    def is_secure(self, request: Request) -> bool:
        return "https" in {request.url.scheme, urlsplit(self._public_base_url or "").scheme}

    def own_path(self, wanted: str | None) -> str:
        """A page of the console to go to, and of nowhere else."""
        plain = wanted or ROOT
        is_own = plain == ROOT or plain.startswith((f"{ROOT}/", f"{ROOT}?"))
        is_sound = plain.isprintable() and "\\" not in plain and "//" not in plain
        return plain if is_own and is_sound else ROOT

    def show(self, request: Request, language: Language) -> Response:
        return _login_page(language, self.own_path(request.query_params.get("next")))

    def ask_again(self, request: Request, form: Form, language: Language) -> Response:
        """For a page without a session: the login, with what was typed waiting behind it."""
        path = request.url.path
        query = f"?{request.url.query}" if request.url.query else ""
        if request.method != "POST":
            return RedirectResponse(f"{LOGIN_PATH}?next={quote(path + query)}", 303)
        kept = {name: value for name, value in form.fields.items() if name not in _NEVER_KEPT}
        return _login_page(language, self.own_path(path + query), kept=kept, status=401)

    def log_in(
        self, request: Request, form: Form, language: Language, *, request_id: str
    ) -> Response:
        name, password = form.get("name"), form.fields.get("password", "")
        wanted = self.own_path(form.get("next"))
        kept = {
            field.removeprefix(_KEPT): value
            for field, value in form.fields.items()
            if field.startswith(_KEPT)
        }
        session = log_in(self._store, name, password, request_id=request_id, clock=self._clock)
        if session is None:
            self._failures.hit(self._per_address, _address(request))
            return _login_page(language, wanted, kept=kept, name=name, has_failed=True, status=401)
        answer = self._where_it_went_on(language, session, wanted, kept)
        answer.set_cookie(
            SESSION_COOKIE,
            session.token,
            max_age=SESSION_HOURS_MAX * 3600,
            path=ROOT,
            secure=self.is_secure(request),
            httponly=True,
            samesite="lax",
        )
        return answer

    def _where_it_went_on(
        self, language: Language, session: LiveSession, wanted: str, kept: dict[str, str]
    ) -> Response:
        if not kept:
            return RedirectResponse(wanted, 303)
        values = {"kept": kept, "action": wanted, "csrf": csrf_token(session.token)}
        return page(language, "resume.html", values)

    def log_out(self, session: LiveSession | None) -> Response:
        if session is not None:
            log_out(self._store, session)
        answer = RedirectResponse(f"{LOGIN_PATH}?done=logout", 303)
        answer.delete_cookie(SESSION_COOKIE, path=ROOT, httponly=True, samesite="lax")
        return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _login_page(
    language: Language,
    wanted: str,
    *,
    kept: dict[str, str] | None = None,
    name: str = "",
    has_failed: bool = False,
    status: int = 200,
) -> Response:
    values: dict[str, Any] = {
        "next": wanted,
        "kept": {f"{_KEPT}{field}": value for field, value in (kept or {}).items()},
        "name": name,
        "has_failed": has_failed,
        "tries": FAILED_LOGINS_IN_A_ROW_MAX,
        "minutes": LOGIN_CLOSED_MINUTES,
    }
    return page(language, "login.html", values, status=status)
