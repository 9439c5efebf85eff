"""From a template to a page, in the reader's language and under the console's policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, StreamingResponse

from seriatim.domain.billing import DocumentState
from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import ChosenBy
from seriatim.domain.wording import Told
from seriatim.ui.language import ENGLISH, Language, languages
from seriatim.ui.static_files import static_url

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def growing_page(language: Language, template: str, values: Mapping[str, Any]) -> StreamingResponse:
    """A page that is sent as it comes into being: what takes long shows how far it is."""
    pieces = _environment(language.code).get_template(template).generate(values)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type="text/html; charset=utf-8", headers=headers)


def page(
    language: Language, template: str, values: Mapping[str, Any], *, status: int = 200
) -> HTMLResponse:
    text = _environment(language.code).get_template(template).render(values)
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})


def type_name(language: Language, document_type: DocumentType) -> str:
    return language.text(_TYPE_NAMES[document_type])


def marked(text: str) -> str:
    """Names a text to the catalogues; it is translated where it is shown."""
    return text


def state_name(language: Language, state: str) -> str:
    return language.text(_STATE_NAMES[state])


_STATE_NAMES: Final = {
    "issued": marked("issued"),
    "reserved": marked("reserved"),
    "confirmed": marked("confirmed"),
    "voided": marked("voided"),
    "skipped": marked("skipped"),
    "imported": marked("imported"),
}
_DOCUMENT_STATE_NAMES: Final = {
    DocumentState.DRAFT: marked("draft"),
    DocumentState.POSTED: marked("posted"),
    DocumentState.PROCESSED: marked("processed"),
    DocumentState.CANCELED: marked("canceled"),
}
_CHOICES: Final = {
    ChosenBy.REQUEST: marked("The request named the set."),
    ChosenBy.ACCOUNT: marked("The account has this set."),
    ChosenBy.DEFAULT: marked("Nothing named a set, so DEFAULT was taken."),
    ChosenBy.INVOICE: marked("The invoice it belongs to has this set."),
    ChosenBy.ACCOUNT_FOR_INVOICE: marked(
        "The set of its invoice was deleted, so that of the account was taken."
    ),
    ChosenBy.DEFAULT_FOR_INVOICE: marked(
        "The set of its invoice was deleted, so DEFAULT was taken."
    ),
}
_TYPE_NAMES: Final = {
    DocumentType.INVOICE: marked("Invoice"),
    DocumentType.CREDIT_MEMO: marked("Credit memo"),
    DocumentType.DEBIT_MEMO: marked("Debit memo"),
    DocumentType.PAYMENT: marked("Payment"),
    DocumentType.REFUND: marked("Refund"),
}


@cache
def _environment(code: str) -> Environment:
    """One for each language: its texts are bound to it."""
    language = languages()[code]
    made = Environment(
        loader=PackageLoader("seriatim.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts: Any = made  # the extension's methods, unknown to the class
    texts.install_gettext_translations(language.translations, newstyle=True)
    made.filters["count"] = language.count
    made.filters["day"] = lambda day: _time(day, language.day(day))
    made.filters["plain_day"] = language.day
    made.filters["share_used"] = lambda series: language.share(
        series.last_number, SEQUENTIAL_NUMBER_MAX
    )
    made.filters["told"] = lambda message: _told(language, message)
    made.filters["type_name"] = lambda one: type_name(language, one)
    made.filters["state_name"] = lambda one: state_name(language, one)
    made.filters["document_state"] = lambda one: language.text(_DOCUMENT_STATE_NAMES[one])
    made.filters["choice"] = lambda one: language.text(_CHOICES[one])
    made.filters["amount"] = language.amount
    made.filters["document_number"] = lambda number, prefix: format_number(prefix, number)
    made.globals["moment"] = lambda at, zone: _time(at, language.moment(at, zone))
    made.globals["static_url"] = static_url
    made.globals["language"] = language
    made.globals["languages"] = list(languages().values())
    return made


def _time(exact: date | datetime, shown: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(exact.isoformat(), shown)


def _told(language: Language, message: str) -> Markup:
    """A message in the reader's language, or marked as English."""
    said = language.told(message)
    is_theirs = isinstance(message, Told) and (language.code == ENGLISH or said != message)
    if is_theirs:
        return Markup("<span>{}</span>").format(said)
    return Markup('<span lang="en">{}</span>').format(said)
