"""The console as one ASGI app below `/console`: who asks, which page, what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from seriatim.domain.clock import Clock
from seriatim.domain.errors import NotFound, SeriatimError
from seriatim.engine.checkpoint import Keys
from seriatim.service.sessions import LiveSession, find_session, workplace
from seriatim.store.sql_store import SqlStore
from seriatim.telemetry import SCOPE_CALLER, SCOPE_REQUEST_ID
from seriatim.ui import failures
from seriatim.ui.forms import Form, FormRefused, read_form, require_csrf_token, require_own_page
from seriatim.ui.language import Language, chosen_language
from seriatim.ui.login import LOGIN_PATH, Login
from seriatim.ui.pages import PAGES, Page, first_page
from seriatim.ui.rendering import POLICY
from seriatim.ui.static_files import PREFIX, answer_static
from seriatim.ui.visit import ROOT, Visit

REFUSALS_EVERY_S: Final = 0.1
LANGUAGE_COOKIE: Final = "seriatim_language"
Outcome = TypeVar("Outcome")


class Threads(Protocol):
    """Where blocking work runs. Errors: Overloaded."""

    async def run(self, work: Callable[[], Outcome]) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Shape: `public_base_url` is how people reach the service, None where it is as they come."""

    public_base_url: str | None
    form_bytes_max: int


class Console:
    """Shape: `pages` are the threads that pages are made in; `logins` are apart, so that whoever
    tries passwords holds up nobody but others who log in.
    """

    def __init__(
        self,
        store: SqlStore,
        settings: ConsoleSettings,
        *,
        clock: Clock,
        keys: Keys | None,
        pages: Threads,
        logins: Threads,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._keys = keys
        self._pages = pages
        self._logins = logins
        self._login = Login(store, clock, public_base_url=settings.public_base_url)
        self._router = Router(
            [
                Route(f"{PREFIX}/{{name}}", answer_static),
                Route(LOGIN_PATH, self._guarded(self._show_login), methods=["GET"]),
                Route(LOGIN_PATH, self._guarded(self._log_in), methods=["POST"]),
                Route(f"{ROOT}/logout", self._guarded(self._log_out), methods=["POST"]),
                Route(f"{ROOT}/language", self._guarded(self._choose_language), methods=["GET"]),
                *(self._route(page) for page in PAGES),
                Route(ROOT, self._guarded(self._first_page), methods=["GET"]),
                Route(f"{ROOT}/{{rest:path}}", self._guarded(self._no_such_page)),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, _with_policy(send))

    def _route(self, page: Page) -> Route:
        async def answer(request: Request, language: Language) -> Response:
            return await self._answer_page(page, request, language)

        return Route(f"{ROOT}/{{entity}}/{page.path}", self._guarded(answer), methods=[page.method])

    def _guarded(
        self, answer: Callable[[Request, Language], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Give every refusal a page, in the reader's language."""

        async def guarded(request: Request) -> Response:
            language = chosen_language(
                request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
            )
            try:
                return await answer(request, language)
            except FormRefused as refused:
                return failures.refused_form_page(language, refused)
            except SeriatimError as error:
                return failures.error_page(language, error, request.scope[SCOPE_REQUEST_ID])

        return guarded

    async def _answer_page(self, page: Page, request: Request, language: Language) -> Response:
        form = await self._form(request) if page.method == "POST" else Form()
        return await self._pages.run(lambda: self._answer_now(page, request, form, language))

    async def _form(self, request: Request) -> Form:
        require_own_page(request, self._settings.public_base_url)
        return await read_form(request, bytes_max=self._settings.form_bytes_max)

    def _answer_now(self, page: Page, request: Request, form: Form, language: Language) -> Response:
        session = self._session(request)
        if session is None:
            return self._login.ask_again(request, form, language)
        if page.method == "POST":
            require_csrf_token(form, session.token)
        return page.answer(self._visit(request, form, language, session))

    def _visit(
        self, request: Request, form: Form, language: Language, session: LiveSession
    ) -> Visit:
        request_id = request.scope[SCOPE_REQUEST_ID]
        with self._store.read() as transaction:
            place = workplace(
                transaction, session, request.path_params.get("entity"), request_id=request_id
            )
        request.scope[SCOPE_CALLER] = place.caller
        return Visit(self._store, self._clock, self._keys, request, form, language, session, place)

    def _session(self, request: Request) -> LiveSession | None:
        token = self._login.token_in(request)
        return find_session(self._store, token, clock=self._clock) if token else None

    async def _first_page(self, request: Request, language: Language) -> Response:
        def work() -> Response:
            session = self._session(request)
            if session is None:
                return self._login.ask_again(request, Form(), language)
            return first_page(self._visit(request, Form(), language, session))

        return await self._pages.run(work)

    async def _show_login(self, request: Request, language: Language) -> Response:
        return self._login.show(request, language)

    async def _log_in(self, request: Request, language: Language) -> Response:
        form = await self._form(request)
        self._login.require_room(request)
        request_id: str = request.scope[SCOPE_REQUEST_ID]

        def work() -> tuple[Response, float]:
            begun = perf_counter()
            answer = self._login.log_in(request, form, language, request_id=request_id)
            return answer, perf_counter() - begun

        answer, took_s = await self._logins.run(work)
        if answer.status_code == 401:
            # A known user's failure is written down, an unknown one's is not: nobody may time that.
            await asyncio.sleep(-took_s % REFUSALS_EVERY_S)
        return answer

    async def _log_out(self, request: Request, language: Language) -> Response:
        form = await self._form(request)

        def work() -> Response:
            session = self._session(request)
            if session is not None:
                require_csrf_token(form, session.token)
            return self._login.log_out(session)

        return await self._pages.run(work)

    async def _choose_language(self, request: Request, language: Language) -> Response:
        chosen = chosen_language(request.query_params.get("to"), language.code)
        answer = RedirectResponse(self._login.own_path(request.query_params.get("next")), 303)
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen.code,
            max_age=365 * 24 * 3600,
            path=ROOT,
            secure=self._login.is_secure(request),
            httponly=True,
            samesite="lax",
        )
        return answer

    async def _no_such_page(self, request: Request, language: Language) -> Response:
        raise NotFound("page", quote(request.url.path))


def _with_policy(send: Send) -> Send:
    async def send_with_policy(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            headers.append((b"content-security-policy", POLICY.encode("ascii")))
            # With none at all, browsers hide from us which page a form came from.
            headers.append((b"referrer-policy", b"same-origin"))
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return send_with_policy


def console(
    store: SqlStore,
    settings: ConsoleSettings,
    *,
    clock: Clock,
    keys: Keys | None,
    pages: Threads,
    logins: Threads,
) -> ASGIApp:
    """The console over an open store; whoever gives the threads ends them."""
    return Console(store, settings, clock=clock, keys=keys, pages=pages, logins=logins)
