"""One request of a person who is logged in, as a page sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from seriatim.domain.billing import Document, LinkedDocument
from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.engine.checkpoint import Keys
from seriatim.service.sessions import LiveSession, Workplace
from seriatim.store.sql_store import SqlStore
from seriatim.ui.forms import Form, csrf_token
from seriatim.ui.language import Language
from seriatim.ui.rendering import growing_page, page

ROOT: Final = "/console"
KINDS: Final = {
    DocumentType.INVOICE: "invoices",
    DocumentType.CREDIT_MEMO: "credit-memos",
    DocumentType.DEBIT_MEMO: "debit-memos",
    DocumentType.PAYMENT: "payments",
    DocumentType.REFUND: "refunds",
}
"""Where the documents of each type stand, as the API names them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Shape: `keys` is None where nothing is signed."""

    store: SqlStore
    clock: Clock
    keys: Keys | None
    request: Request
    form: Form
    language: Language
    session: LiveSession
    place: Workplace

    @property
    def caller(self) -> Caller:
        return self.place.caller

    @property
    def zone(self) -> str:
        return self.place.settings.time_zone

    @property
    def may_configure(self) -> bool:
        """Whether to offer changes; whether they are allowed, the services decide."""
        return self.session.role is Role.ADMIN

    @property
    def may_issue(self) -> bool:
        return self.session.role in {Role.ADMIN, Role.ISSUER}

    @property
    def may_audit(self) -> bool:
        return self.session.role in {Role.ADMIN, Role.AUDITOR}

    def path_value(self, name: str) -> str:
        value: str = self.request.path_params[name]
        return value

    def asked(self, name: str) -> str:
        """A parameter of the address, without spaces at its ends; "" where it is absent."""
        value: str = self.request.query_params.get(name, "")
        return value.strip() if "\x00" not in value else ""

    def url(self, *parts: str) -> str:
        """The address of a page of the entity worked in."""
        return "/".join((ROOT, self.place.entity.identifier, *parts))

    def document_url(self, document: Document | LinkedDocument) -> str:
        return self.url("documents", KINDS[document.document_type], document.document_id)

    def text(self, english: str) -> str:
        return self.language.text(english)

    def page(
        self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        shared = {"visit": self, "csrf": csrf_token(self.session.token)}
        return page(self.language, template, {**shared, **(values or {})}, status=status)

    def growing_page(self, template: str, values: Mapping[str, Any]) -> Response:
        shared = {"visit": self, "csrf": csrf_token(self.session.token)}
        return growing_page(self.language, template, {**shared, **values})

    def redirect(self, *parts: str, done: str = "") -> Response:
        """To a page of the entity, after a change that is done."""
        return RedirectResponse(self.url(*parts) + (f"?done={done}" if done else ""), 303)


Handler = Callable[[Visit], Response]
