"""The endpoints of series. Source: contract/numbering.md, Issuing; sequence-sets.md, Prefix 4."""

from __future__ import annotations

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.domain.limits import SEQUENTIAL_NUMBER_DIGITS_MAX
from seriatim.engine.checkpoint import Keys
from seriatim.http.endpoint import EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.faults import invalid_parameter
from seriatim.http.paging import CURSOR, PAGE_SIZE, cursor_in, cursor_out, next_page, page_size
from seriatim.http.query import Query
from seriatim.http.wire.administration import (
    SeriesListResponse,
    SeriesResponse,
    VerificationResponse,
    series_out,
    verification_out,
)
from seriatim.http.wire.number_register import GapsResponse, gaps_out
from seriatim.service import series as service
from seriatim.service.gaps import list_gaps
from seriatim.store.sql_store import SqlStore, Transaction

_TAG = "Series"
_GAPS_PER_PAGE = 1000
_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of a series.")


def _gaps(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        after = _gap_place(request.query)
        page = list_gaps(
            transaction,
            request.caller,
            request.path_params["id"],
            after=after,
            row_count=_GAPS_PER_PAGE,
            clock=clock,
        )
        body = gaps_out(page)
        if page.next_place is not None:
            body["nextPage"] = next_page(request, cursor=_gap_cursor(page.next_place))
        body["success"] = True
        return Result(body)

    return Endpoint(
        method="GET",
        path="/v1/series/{id}/gaps",
        operation_id="GET_SeriesGaps",
        summary="List the gaps of a series",
        description="Every number not in use, and why; up to 1000 a page.",
        tag=_TAG,
        handler=handler,
        roles=EVERY_ROLE,
        parameters=(_ID, CURSOR),
        response_models={200: GapsResponse},
        runs_long=True,
    )


def endpoints(clock: Clock, store: SqlStore, keys: Keys | None) -> list[Endpoint]:
    def release(transaction: Transaction, request: ApiRequest) -> Result:
        service.release_prefix(transaction, request.caller, request.path_params["id"], clock=clock)
        released = service.get_series(transaction, request.caller, request.path_params["id"])
        return Result({**series_out(released), "success": True})

    def verify(request: ApiRequest) -> Result:
        series_id = request.path_params["id"]
        found = service.verify_series(store, request.caller, series_id, keys=keys, clock=clock)
        return Result(verification_out(found))

    return [
        Endpoint(
            method="GET",
            path="/v1/series",
            operation_id="GET_SeriesList",
            summary="List series",
            description="By prefix, without case.",
            tag=_TAG,
            handler=_list,
            roles=EVERY_ROLE,
            parameters=(PAGE_SIZE, CURSOR),
            response_models={200: SeriesListResponse},
        ),
        Endpoint(
            method="GET",
            path="/v1/series/{id}",
            operation_id="GET_Series",
            summary="Read a series",
            tag=_TAG,
            handler=_get,
            roles=EVERY_ROLE,
            parameters=(_ID,),
            response_models={200: SeriesResponse},
        ),
        _gaps(clock),
        Endpoint(
            method="GET",
            path="/v1/series/{id}/verify",
            operation_id="GET_SeriesVerify",
            summary="Verify a series",
            description="Recomputes the hash chain and the cover of every integer, and compares them "
            "with the signed checkpoints. The head of a sound series is signed.",
            tag=_TAG,
            handler=lambda _, request: verify(request),
            sliced=verify,
            roles=EVERY_ROLE,
            parameters=(_ID,),
            response_models={200: VerificationResponse},
            runs_long=True,
        ),
        Endpoint(
            method="POST",
            path="/v1/series/{id}/release",
            operation_id="POST_SeriesRelease",
            summary="Release the prefix of a series",
            description="Only one that never gave a number and that no set names.",
            tag=_TAG,
            handler=release,
            roles=frozenset({Role.ADMIN}),
            parameters=(_ID,),
            response_models={200: SeriesResponse},
            writes=True,
            takes_idempotency_key=True,
        ),
    ]


def _list(transaction: Transaction, request: ApiRequest) -> Result:
    after = cursor_in(request.query, str, str)
    found = service.list_series(
        transaction,
        request.caller,
        after=None if after is None else (after[0], after[1]),
        row_count=page_size(request.query),
    )
    body: dict[str, object] = {"series": [series_out(one) for one in found.series]}
    if found.has_more:
        last = found.series[-1]
        cursor = cursor_out([last.prefix, last.document_type.value])
        body["nextPage"] = next_page(request, cursor=cursor)
    body["success"] = True
    return Result(body)


def _get(transaction: Transaction, request: ApiRequest) -> Result:
    found = service.get_series(transaction, request.caller, request.path_params["id"])
    return Result({**series_out(found), "success": True})


def _gap_cursor(place: tuple[int, int]) -> str:
    return cursor_out([str(place[0]), place[1]])


def _gap_place(query: Query) -> tuple[int, int] | None:
    place = cursor_in(query, str, int)
    if place is None:
        return None
    number, entry_number = place
    if not (number.isascii() and number.isdigit() and len(number) <= SEQUENTIAL_NUMBER_DIGITS_MAX):
        raise invalid_parameter("cursor", "is not one that this service gave")
    return int(number), entry_number
