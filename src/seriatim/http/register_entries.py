"""The endpoint of the register's entries. The path is ours: Source: contract/numbering.md, Import."""

from __future__ import annotations

from seriatim.domain.clock import Clock
from seriatim.engine.checkpoint import Keys
from seriatim.http.endpoint import EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.paging import CURSOR, cursor_in, cursor_out, next_page
from seriatim.http.query import flag
from seriatim.http.wire.register_entries import RegisterResponse, entry_out, head_out
from seriatim.service.exports import ENTRIES_PER_PAGE, read_register
from seriatim.store.sql_store import SqlStore

_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of a series.")
_SIGNED = Parameter(
    "signed",
    "query",
    {"type": "boolean", "default": False},
    "Sign the head of the series, and give the checkpoint with the first page.",
)


def endpoints(clock: Clock, store: SqlStore, keys: Keys | None) -> list[Endpoint]:
    def read(request: ApiRequest) -> Result:
        place = cursor_in(request.query, int, int)
        page = read_register(
            store,
            request.caller,
            request.path_params["id"],
            place=None if place is None else (place[0], place[1]),
            keys=keys if flag(request.query, _SIGNED.name) else None,
            clock=clock,
        )
        body: dict[str, object] = {} if page.head is None else {"head": head_out(page.head)}
        body["entries"] = [entry_out(page.series, one) for one in page.entries]
        if page.next_place is not None:
            body["nextPage"] = next_page(request, cursor=cursor_out(list(page.next_place)))
        body["success"] = True
        return Result(body)

    return [
        Endpoint(
            method="GET",
            path="/v1/series/{id}/entries",
            operation_id="GET_SeriesEntries",
            summary="Read the register of a series",
            description=f"Every entry, whole and in its order, {ENTRIES_PER_PAGE} a page, up to the last "
            "one there was when the first page was read: what an export is made of, and all that "
            "is needed to check the hash chain.",
            tag="Series",
            handler=lambda _, request: read(request),
            sliced=read,
            roles=EVERY_ROLE,
            parameters=(_ID, _SIGNED, CURSOR),
            response_models={200: RegisterResponse},
            runs_long=True,
        )
    ]
