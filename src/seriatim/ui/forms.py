"""What a browser sends: bounded in size and time, plain text, from a page of ours."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from seriatim.domain.limits import BODY_SECONDS_MAX

CSRF_FIELD: Final = "csrf"
FIELDS_MAX: Final = 200
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class FormRefused(Exception):
    """What was sent cannot be read as a form of the console. Shape: `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Form:
    """Shape: of a field that stands twice, the last value counts."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def get(self, name: str) -> str:
        """What was typed, without spaces at its ends; "" where nothing was."""
        return self.fields.get(name, "").strip()

    def has(self, name: str) -> bool:
        return name in self.fields


async def read_form(request: Request, *, bytes_max: int) -> Form:
    """Errors: FormRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() not in _FORM_TYPES:
        raise FormRefused(415, "a form was expected")
    bounded = Request(request.scope, _bounded(request.receive, bytes_max))
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async with bounded.form(
                max_files=1, max_fields=FIELDS_MAX, max_part_size=bytes_max
            ) as sent:
                return await _form(sent)
    except TimeoutError:
        raise FormRefused(408, "the form did not arrive in time") from None
    except (MultiPartException, HTTPException, ClientDisconnect):
        raise FormRefused(400, "the form cannot be read") from None


async def _form(sent: FormData) -> Form:
    fields: dict[str, str] = {}
    uploads: dict[str, bytes] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            uploads[name] = await value.read()
        elif "\x00" in name or "\x00" in value:
            raise FormRefused(400, "the form holds the character U+0000")
        else:
            fields[name] = value
    if len(fields) > FIELDS_MAX:
        raise FormRefused(400, f"the form has more than {FIELDS_MAX} fields")
    return Form(fields, uploads)


def _bounded(receive: Receive, bytes_max: int) -> Receive:
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > bytes_max:
            raise FormRefused(413, f"the form is larger than {bytes_max} bytes")
        return message

    return receive_bounded


def csrf_token(session_token: str) -> str:
    """Belongs to one session, and tells nothing of its token."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def require_own_page(request: Request, public_base_url: str | None) -> None:
    """Errors: FormRefused for a form that another site's page sent."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormRefused(403, "the form was sent by a page of another site")
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = {request.headers.get("host", ""), urlsplit(public_base_url or "").netloc} - {""}
    if urlsplit(origin).netloc not in own:
        raise FormRefused(403, "the form was sent by a page of another site")


def require_csrf_token(form: Form, session_token: str) -> None:
    """Errors: FormRefused."""
    given = form.fields.get(CSRF_FIELD, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, csrf_token(session_token).encode()):
        raise FormRefused(403, "the form is not one of this session; load the page anew")
