"""`POST /oauth/token`. Source: contract/transport.md, OAuth; RFC 6749, 4.4 and 5.2."""

from __future__ import annotations

import base64
import binascii
from threading import Lock
from typing import Final
from urllib.parse import unquote_plus

import limits as rates
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from seriatim import telemetry
from seriatim.domain.clock import Clock
from seriatim.domain.errors import (
    Conflict,
    OutcomeUnknown,
    Overloaded,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.domain.limits import FAILED_LOGINS_PER_MINUTE_MAX
from seriatim.http.answer import Answer
from seriatim.http.bodies import require_media_type, whole_body
from seriatim.http.error_reply import error_answer
from seriatim.http.exchange import Exchange
from seriatim.http.faults import TransportFault
from seriatim.http.forms import FORM, form_fields, oauth_error, oauth_success
from seriatim.http.openapi import PublicOperation
from seriatim.http.settings import HttpSettings
from seriatim.http.threads import WorkThreads
from seriatim.service import access
from seriatim.store.sql_store import SqlStore

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret
_FAILED_PER_ADDRESS_MAX: Final = 5 * FAILED_LOGINS_PER_MINUTE_MAX
_WINDOW_SECONDS: Final = 60
_log = telemetry.logger("oauth")

Credentials = tuple[str, str]


class TokenEndpoint:
    """Shape: failures are counted in this process, per client and address, and per address."""

    def __init__(self, store: SqlStore, settings: HttpSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._threads = WorkThreads(
            "login", threads=2, queue_max=128, seconds_max=settings.answer_seconds_max
        )
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self._counting = Lock()
        self._per_client = rates.RateLimitItemPerMinute(FAILED_LOGINS_PER_MINUTE_MAX)
        self._per_address = rates.RateLimitItemPerMinute(_FAILED_PER_ADDRESS_MAX)

    def close(self) -> None:
        self._threads.close()

    async def answer(self, exchange: Exchange) -> Answer:
        try:
            return await self._answer(exchange)
        except TransportFault as fault:
            return _refused(fault, exchange.request_id)
        except (Overloaded, StoreUnavailable, OutcomeUnknown, Conflict) as error:
            _log.warning("no_token", request_id=exchange.request_id, detail=error.detail)
            return _unserved(error, exchange.request_id)

    async def _answer(self, exchange: Exchange) -> Answer:
        found = await self._credentials(exchange)
        if isinstance(found, Answer):
            return found
        credentials = (found[0].lower(), found[1])
        client = exchange.scope.get("client")
        address = client[0] if client else "unknown"
        if self._is_blocked(credentials[0], address):
            raise _too_many()
        grant = await self._threads.run(
            lambda: self._grant(credentials, exchange.request_id, address)
        )
        if grant is None:
            return oauth_error(
                401,
                "invalid_client",
                "the client id or secret is not valid",
                ((b"www-authenticate", b'Basic realm="seriatim"'),),
            )
        return oauth_success(
            {
                "access_token": grant.access_token,
                "token_type": "bearer",
                "expires_in": grant.expires_in_s,
                "scope": grant.scope,
                "jti": grant.jti,
            }
        )

    async def _credentials(self, exchange: Exchange) -> Credentials | Answer:
        body = await whole_body(exchange, self._settings)
        require_media_type(exchange.headers, FORM)
        fields = form_fields(body)
        grant_type = fields.get("grant_type")
        if grant_type is None:
            return oauth_error(400, "invalid_request", "grant_type: is required")
        if grant_type != "client_credentials":
            message = "grant_type: must be client_credentials"
            return oauth_error(400, "unsupported_grant_type", message)
        basic = _basic_credentials(exchange.headers.get(b"authorization"))
        if basic is not None and "client_secret" in fields:
            message = "give the client's secret in the form or in Authorization, not in both"
            return oauth_error(400, "invalid_request", message)
        if basic is not None:
            return basic
        for name in ("client_id", "client_secret"):
            if not fields.get(name):
                return oauth_error(400, "invalid_request", f"{name}: is required")
        return fields["client_id"], fields["client_secret"]

    def _grant(
        self, credentials: Credentials, request_id: str, address: str
    ) -> access.TokenGrant | None:
        client_id, secret = credentials
        if self._is_blocked(client_id, address):
            raise _too_many()  # by those that came in beside this one
        with self._store.read() as transaction:
            client = access.client_credentials_fit(transaction, client_id, secret)
        if client is not None:
            return self._store.run(
                lambda transaction: access.grant_token(transaction, client, clock=self._clock)
            )
        if self._count_failure(client_id, address):
            _log.warning("login_blocked", request_id=request_id, address=address)
            self._store.run(
                lambda transaction: access.record_blocked_login(
                    transaction, client_id, request_id=request_id, clock=self._clock
                )
            )
        return None

    def _is_blocked(self, client_id: str, address: str) -> bool:
        return not (
            self._failures.test(self._per_client, client_id, address)
            and self._failures.test(self._per_address, address)
        )

    def _count_failure(self, client_id: str, address: str) -> bool:
        """Whether this failure was the last one allowed."""
        with self._counting:
            within_clients = self._failures.hit(self._per_client, client_id, address)
            within_addresses = self._failures.hit(self._per_address, address)
            return within_clients and within_addresses and self._is_blocked(client_id, address)


def _too_many() -> Overloaded:
    message = "too many failed attempts; try again in a minute"
    return Overloaded(message, retry_after_s=_WINDOW_SECONDS)


def _refused(fault: TransportFault, request_id: str) -> Answer:
    """A request that is no good in itself; RFC 6749 has one status for most of them."""
    answer = error_answer(fault, request_id, "standard")
    status = answer.status if answer.status in {408, 413} else 400
    refusal = oauth_error(status, "invalid_request", fault.message, answer.headers)
    return refusal._replace(closes=answer.closes)


def _unserved(error: SeriatimError, request_id: str) -> Answer:
    answer = error_answer(error, request_id, "standard")
    status = 429 if isinstance(error, Overloaded) else 503
    return oauth_error(status, "temporarily_unavailable", error.message, answer.headers)


def _basic_credentials(header: bytes | None) -> Credentials | None:
    """Source: RFC 6749, 2.3.1: both parts are form-encoded before they are joined."""
    if header is None or header[:6].lower() != b"basic ":
        return None
    try:
        text = base64.b64decode(header[6:].strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


TOKEN_OPERATION: Final = PublicOperation(
    method="POST",
    path=TOKEN_PATH,
    operation={
        "operationId": "POST_Token",
        "summary": "Get an access token",
        "description": "The credentials may stand in HTTP Basic instead of the form.",
        "tags": ["OAuth"],
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["client_id", "client_secret", "grant_type"],
                        "properties": {
                            "client_id": {"type": "string", "minLength": 36, "maxLength": 36},
                            "client_secret": {"type": "string", "maxLength": 42},
                            "grant_type": {"const": "client_credentials"},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "A token, valid for `expires_in` seconds.",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["access_token", "token_type", "expires_in"],
                            "properties": {
                                "access_token": {"type": "string"},
                                "token_type": {"const": "bearer"},
                                "expires_in": {"type": "integer"},
                                "scope": {"type": "string"},
                                "jti": {"type": "string"},
                            },
                        }
                    }
                },
            },
            **{
                status: {
                    "description": description,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["error"],
                                "properties": {
                                    "error": {"type": "string"},
                                    "error_description": {"type": "string"},
                                },
                            }
                        }
                    },
                }
                for status, description in (
                    ("400", "A malformed request."),
                    ("401", "The client id or secret is not valid."),
                    ("408", "The form did not arrive in time."),
                    ("413", "The form is too large."),
                    ("429", "Too many failed attempts, or too many requests at once."),
                    ("503", "The database is away for the moment."),
                )
            },
        },
    },
)
