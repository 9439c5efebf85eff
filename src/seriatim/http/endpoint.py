"""One row of the route table: what a call is named, takes, gives and needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pydantic import BaseModel

from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import Violation
from seriatim.http.headers import Headers
from seriatim.http.query import Query
from seriatim.http.settings import HttpSettings
from seriatim.service.document_orders import DocumentOrder, Outcome
from seriatim.service.numbers import NumbersIssued
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import Transaction

EVERY_ROLE = frozenset(Role)


class ApiRequest(NamedTuple):
    """A request as an endpoint sees it: authenticated, bounded, decoded, not yet checked.

    Shape: `body` is the decoded JSON, None where the endpoint takes none; `query` holds the
        parameters that the endpoint declares; `base_url` has no slash at its end.
    """

    caller: Caller
    method: str
    path: str
    path_params: Mapping[str, str]
    query: Query
    body: object
    dry_run: bool
    base_url: str
    headers: Headers
    settings: HttpSettings

    @property
    def request_id(self) -> str:
        return self.caller.request_id

    @property
    def if_match(self) -> str | None:
        return self.header("if-match")

    def header(self, name: str) -> str | None:
        value = self.headers.get(name.lower().encode("ascii"))
        return None if value is None else value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Result:
    """What an endpoint gives back; the pipeline encodes it, unless it is bytes already."""

    body: object
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Transaction, ApiRequest], Result]


@dataclass(frozen=True, slots=True)
class Coalesced:
    """An endpoint whose requests share transactions: what to ask for, and how to answer it.

    Shape: both are pure. `ask` gives what was understood, and the faults of its shape.
    """

    ask: Callable[[ApiRequest], tuple[tuple[Violation, ...], IssueRequest]]
    result: Callable[[NumbersIssued], Result]


class DocumentsAsked(NamedTuple):
    """What a request wants done with documents: all of it or nothing, or each by itself."""

    orders: Sequence[DocumentOrder]
    is_atomic: bool


@dataclass(frozen=True, slots=True)
class CoalescedDocuments:
    """The same for documents, which are written together with their numbers.

    Errors: `ask` may refuse the request as a whole; `result` the one order of a request.
    """

    ask: Callable[[ApiRequest], DocumentsAsked]
    result: Callable[[ApiRequest, Sequence[Outcome]], Result]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter outside the body, with its JSON Schema."""

    name: str
    place: Literal["path", "query", "header"]
    schema: Mapping[str, object]
    description: str
    required: bool = False


DRY_RUN = Parameter(
    "dryRun",
    "query",
    {"type": "boolean", "default": False},
    "Change nothing and answer as the real call would, with its effects.",
)
IF_MATCH = Parameter(
    "If-Match",
    "header",
    {"type": "string"},
    "The `ETag` of a GET; 412 if the thing was edited since.",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Shape: `response_headers` are names with their descriptions; `runs_long` keeps a read off
    the event loop on a store whose reads are otherwise short enough to run there; with
    `coalesced` or `sliced`, the handler serves the command line alone. `sliced` is a long read
    that takes transactions of its own: holding one beside them, a few would use up the pool.
    `takes_bytes` hands the body on as it came. An absent body is None where
    `body_may_be_absent`. `may_be_rejected` says that the original's 200 with `success: false` can
    come, and
    `may_be_absent` that 404 can though the path has no parameter.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    operation_id: str
    summary: str
    tag: str
    handler: Handler
    roles: frozenset[Role]
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    request_model: type[BaseModel] | None = None
    body_may_be_absent: bool = False
    response_models: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    takes_idempotency_key: bool = False
    runs_long: bool = False
    coalesced: Coalesced | CoalescedDocuments | None = None
    sliced: Callable[[ApiRequest], Result] | None = None
    takes_bytes: bool = False
    may_be_rejected: bool | None = None
    may_be_absent: bool = False

    @property
    def takes_body(self) -> bool:
        return self.method in {"POST", "PUT", "PATCH"}

    @property
    def query_names(self) -> frozenset[str]:
        return frozenset(item.name for item in self.parameters if item.place == "query")

    @property
    def required_query_names(self) -> tuple[str, ...]:
        return tuple(
            item.name for item in self.parameters if item.place == "query" and item.required
        )

    @property
    def is_rejectable(self) -> bool:
        return self.method != "GET" if self.may_be_rejected is None else self.may_be_rejected
