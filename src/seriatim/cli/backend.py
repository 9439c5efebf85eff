"""Where commands work: on a database or on a server, in the words of the wire either way."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from seriatim.domain.limits import PAGE_SIZE_MAX

Json = dict[str, Any]

SEQUENCE_SETS: Final = ("v1", "sequence-sets")
DOCUMENT_NUMBERS: Final = ("v1", "document-numbers")
SERIES: Final = ("v1", "series")
ENTITIES: Final = ("v1", "entities")
CLIENTS: Final = ("v1", "oauth-clients")
SETTINGS: Final = ("v1", "settings")
ACCOUNTS: Final = ("v1", "accounts")
IMPORTS: Final = ("v1", "imports")


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of the API.

    Shape: `segments` are the parts of the path, unquoted; `body` is JSON, or bytes to be sent as
        they are. A call with an idempotency key may be repeated, and so may what changes nothing or
        `is_idempotent` by itself. `runs_long` is for calls that read whole histories.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    segments: tuple[str, ...]
    body: object = None
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    if_match: str | None = None
    idempotency_key: str | None = None
    is_idempotent: bool = False
    runs_long: bool = False

    @property
    def path(self) -> str:
        return "/" + "/".join(quote(segment, safe="") for segment in self.segments)

    @property
    def changes_nothing(self) -> bool:
        return self.method == "GET" or self.query.get("dryRun") == "true"

    @property
    def is_repeatable(self) -> bool:
        return self.changes_nothing or self.is_idempotent or self.idempotency_key is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """A success. Shape: `etag` is None where the answer has none."""

    body: Json
    etag: str | None = None


class Backend(Protocol):
    def call(self, call: Call) -> Reply:
        """Carry out one operation.

        Errors: those of domain/errors.py, or RefusedByService in their stead.
        """
        ...

    def close(self) -> None: ...


def pages(
    backend: Backend, segments: tuple[str, ...], name: str, query: Mapping[str, str] | None = None
) -> Iterator[Json]:
    """Every item of a list, page by page. `name` is the list's field in the answer."""
    call = Call("GET", segments, query={"pageSize": str(PAGE_SIZE_MAX), **(query or {})})
    for body in bodies(backend, call):
        yield from body[name]


def bodies(backend: Backend, call: Call) -> Iterator[Json]:
    """The answer to a call and those of all its next pages."""
    while True:
        body = backend.call(call).body
        yield body
        next_page = body.get("nextPage")
        if next_page is None:
            return
        # Its query alone counts: no answer leads the credentials to another host.
        call = replace(call, query=dict(parse_qsl(urlsplit(next_page).query)))


def creation(document: object, *, dry_run: bool) -> Call:
    """The creation of sequence sets. It carries a key, so that it may be repeated."""
    key = None if dry_run else str(uuid.uuid4())
    return Call(
        "POST", SEQUENCE_SETS, body=document, query=dry_run_query(dry_run), idempotency_key=key
    )


def dry_run_query(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "true"} if dry_run else {}
