"""The endpoints of sequence sets. Source: contract/sequence-sets.md, Operations."""

from __future__ import annotations

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.http.endpoint import (
    DRY_RUN,
    EVERY_ROLE,
    IF_MATCH,
    ApiRequest,
    Endpoint,
    Parameter,
    Result,
)
from seriatim.http.json_codec import encode_without_decimals
from seriatim.http.paging import CURSOR, PAGE, PAGE_SIZE, listed_page, next_listed_page
from seriatim.http.wire.sequence_sets import (
    CreatedResponse,
    CreateSequenceSets,
    SavedResponse,
    SetListResponse,
    SetResponse,
    UpdateSequenceSet,
    changed_set_in,
    effects_out,
    new_sets_in,
    set_out,
    warnings_out,
)
from seriatim.service import sequence_sets as service
from seriatim.service.set_effects import Effect
from seriatim.service.set_series import SetWarning
from seriatim.store.sql_store import Transaction

_TAG = "Sequence sets"
_ADMIN = frozenset({Role.ADMIN})
_KEY = Parameter("key", "path", {"type": "string", "minLength": 1}, "Id, number or name of a set.")
_NAME = Parameter("name", "query", {"type": "string"}, "An exact name or number.")
_ETAG = {"ETag": "The version of the set's configuration, for If-Match; not of its counters."}


def endpoints(clock: Clock) -> list[Endpoint]:
    return [_LIST, _create(clock), _GET, _update(clock), _delete(clock)]


def _create(clock: Clock) -> Endpoint:
    def create(transaction: Transaction, request: ApiRequest) -> Result:
        shape, requested = new_sets_in(request.body, request.settings.unknown_fields)
        saved = service.create_sets(
            transaction,
            request.caller,
            requested,
            clock=clock,
            shape_faults=shape.faults,
            with_effects=request.dry_run,
        )
        created = {"sequenceSets": [set_out(view) for view in saved.sets]}
        return Result({**created, **_saved(request, saved.warnings, saved.effects)})

    return Endpoint(
        method="POST",
        path="/v1/sequence-sets",
        operation_id="POST_SequenceSets",
        summary="Create sequence sets",
        description="All of them or none; every fault of every set is reported.",
        tag=_TAG,
        handler=create,
        roles=_ADMIN,
        parameters=(DRY_RUN,),
        request_model=CreateSequenceSets,
        response_models={200: CreatedResponse},
        writes=True,
        takes_idempotency_key=True,
    )


def _update(clock: Clock) -> Endpoint:
    def update(transaction: Transaction, request: ApiRequest) -> Result:
        shape, requested = changed_set_in(request.body, request.settings.unknown_fields)
        saved = service.update_set(
            transaction,
            request.caller,
            request.path_params["key"],
            requested,
            clock=clock,
            shape_faults=shape.faults,
            if_match=request.if_match,
            with_effects=request.dry_run,
        )
        etag = (("ETag", saved.sets[0].sequence_set.etag),)
        return Result(_saved(request, saved.warnings, saved.effects), headers=etag)

    return Endpoint(
        method="PUT",
        path="/v1/sequence-sets/{key}",
        operation_id="PUT_SequenceSet",
        summary="Change a sequence set",
        description="Merged field by field; what is left out stays.",
        tag=_TAG,
        handler=update,
        roles=_ADMIN,
        parameters=(_KEY, DRY_RUN, IF_MATCH),
        request_model=UpdateSequenceSet,
        response_models={200: SavedResponse},
        response_headers=_ETAG,
        writes=True,
    )


def _delete(clock: Clock) -> Endpoint:
    def delete(transaction: Transaction, request: ApiRequest) -> Result:
        effects = service.delete_set(
            transaction,
            request.caller,
            request.path_params["key"],
            clock=clock,
            if_match=request.if_match,
            with_effects=request.dry_run,
        )
        return Result(_saved(request, [], effects))

    return Endpoint(
        method="DELETE",
        path="/v1/sequence-sets/{key}",
        operation_id="DELETE_SequenceSet",
        summary="Delete a sequence set",
        description="Not DEFAULT, and not while an account or a draft points at it.",
        tag=_TAG,
        handler=delete,
        roles=_ADMIN,
        parameters=(_KEY, DRY_RUN, IF_MATCH),
        response_models={200: SavedResponse},
        writes=True,
    )


def _list(transaction: Transaction, request: ApiRequest) -> Result:
    place = listed_page(request.query)
    found = service.list_sets(
        transaction,
        request.caller,
        page=place.page,
        page_size=place.size,
        name=request.query.get("name"),
        after_position=place.after,
    )
    body: dict[str, object] = {"sequenceSets": [set_out(view) for view in found.sets]}
    if found.ends_at is not None:
        body["nextPage"] = next_listed_page(request, place, found.ends_at)
    body["success"] = True
    return Result(encode_without_decimals(body))


def _get(transaction: Transaction, request: ApiRequest) -> Result:
    view = service.get_set(transaction, request.caller, request.path_params["key"])
    body = set_out(view)
    body["success"] = True
    etag = (("ETag", view.sequence_set.etag),)
    return Result(encode_without_decimals(body), headers=etag)


def _saved(
    request: ApiRequest, warnings: list[SetWarning], effects: list[Effect]
) -> dict[str, object]:
    body: dict[str, object] = {"success": True}
    if warnings:
        body["warnings"] = warnings_out(warnings)
    if request.dry_run:
        body["dryRun"] = True
        body["effects"] = effects_out(effects)
    return body


_LIST = Endpoint(
    method="GET",
    path="/v1/sequence-sets",
    operation_id="GET_SequenceSets",
    summary="List sequence sets",
    description="DEFAULT first, then by creation.",
    tag=_TAG,
    handler=_list,
    roles=EVERY_ROLE,
    parameters=(PAGE, PAGE_SIZE, CURSOR, _NAME),
    response_models={200: SetListResponse},
)
_GET = Endpoint(
    method="GET",
    path="/v1/sequence-sets/{key}",
    operation_id="GET_SequenceSet",
    summary="Read a sequence set",
    tag=_TAG,
    handler=_get,
    roles=EVERY_ROLE,
    parameters=(_KEY,),
    response_models={200: SetResponse},
    response_headers=_ETAG,
)
