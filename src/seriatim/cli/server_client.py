"""HTTP to a server, with the standard library alone: one request, one answer, no redirects."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPErrorProcessor, Request, build_opener

from seriatim.cli.faults import ServerUnreachable
from seriatim.domain.errors import NotAuthenticated, OutcomeUnknown

ANSWER_SECONDS_MAX: Final = 30.0
LONG_ANSWER_SECONDS_MAX: Final = 3600.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Shape: `body` is empty where the answer was no JSON object."""

    status: int
    body: dict[str, Any]
    etag: str | None


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.client_id!r})"


class _EveryStatusIsAnAnswer(HTTPErrorProcessor):
    """Leaves errors to us, and follows no redirect: it would carry the token elsewhere."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response

    https_response = http_response


class ServerClient:
    """Fetches its token when it first needs one, and again when the server wants another."""

    def __init__(self, server_url: str, credentials: Credentials) -> None:
        self._server_url = server_url
        self._credentials = credentials
        self._opener = build_opener(_EveryStatusIsAnAnswer)
        self._token: str | None = None

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: object,
        seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> HttpAnswer:
        """Errors: ServerUnreachable (not sent), OutcomeUnknown (sent, no answer),
        NotAuthenticated for the client's own credentials.
        """
        data: bytes | None
        if isinstance(body, bytes):
            data, kind = body, "application/octet-stream"
        else:
            data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            kind = "application/json"
        fixed = {"Accept": "application/json", "Content-Type": kind}
        for is_last in (False, True):
            token = self._token or self._fetch_token()
            authorized = {**fixed, **headers, "Authorization": f"Bearer {token}"}
            answer = self._exchange(method, target, authorized, data, seconds_max)
            if answer.status != 401 or is_last:
                return answer
            self._token = None  # it has run out: a refused request has done nothing
        raise NotAuthenticated("the server refuses the token that it gave")

    def _fetch_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        data = urlencode(form).encode()
        try:
            answer = self._exchange("POST", "/oauth/token", headers, data, ANSWER_SECONDS_MAX)
        except OutcomeUnknown as error:
            raise ServerUnreachable(error.message) from error
        token = answer.body.get("access_token")
        if answer.status in (429, 503):
            raise ServerUnreachable(f"the server gives no tokens at the moment ({answer.status})")
        if answer.status != 200 or not isinstance(token, str):
            said = answer.body.get("error_description") or f"it answered {answer.status}"
            raise NotAuthenticated(f"{self._server_url} gave no token: {said}")
        self._token = token
        return token

    def _exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        data: bytes | None,
        seconds_max: float,
    ) -> HttpAnswer:
        # The address is the operator's own, and the setting takes http and https alone.
        request = Request(self._server_url + target, data, dict(headers), method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=seconds_max) as response:
                status, text = response.status, _bounded(response, seconds_max)
                etag = response.headers.get("ETag")
        except URLError as error:
            message = f"{self._server_url} cannot be reached: {error.reason}"
            raise ServerUnreachable(message) from error
        except _AnswerTooLong:
            message = f"{self._server_url} answers with more than {ANSWER_BYTES_MAX} bytes"
            raise OutcomeUnknown(message) from None
        except (OSError, http.client.HTTPException) as error:
            message = f"{self._server_url} took the request and did not answer"
            raise OutcomeUnknown(message, detail=repr(error)) from error
        return HttpAnswer(status, _json_object(text), etag)


class _AnswerTooLong(Exception):
    pass


def _bounded(response: http.client.HTTPResponse, seconds_max: float) -> bytes:
    """The whole body. The timeout of the socket counts anew for each piece; this one for all.

    Errors: _AnswerTooLong, TimeoutError; IncompleteRead for an answer that was cut off.
    """
    ends_at, byte_count = time.monotonic() + seconds_max, 0
    pieces: list[bytes] = []
    while piece := response.read1(_PIECE_BYTES):
        byte_count += len(piece)
        if byte_count > ANSWER_BYTES_MAX:
            raise _AnswerTooLong
        if time.monotonic() > ends_at:
            raise TimeoutError("the answer takes too long")
        pieces.append(piece)
    if response.length:  # read1 takes the end of the connection for that of the answer
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(pieces)


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
