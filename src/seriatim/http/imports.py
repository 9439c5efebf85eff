"""The endpoints of imports. The paths are ours: the contract knows the command alone.

Source: contract/numbering.md, Import; contract/operations.md.
"""

from __future__ import annotations

import re

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.limits import IMPORT_BYTES_MAX
from seriatim.http.endpoint import DRY_RUN, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.faults import invalid_parameter
from seriatim.http.query import Query
from seriatim.http.wire.imports import (
    ImportResponse,
    ImportRunResponse,
    NewImport,
    RunImport,
    import_out,
    outcome_out,
)
from seriatim.http.wire.shape import shape_of
from seriatim.service import import_uploads as service
from seriatim.service.import_uploads import RESOURCE, ImportRuns
from seriatim.service.imports import ImportOptions
from seriatim.store.sql_store import SqlStore, Transaction

_TAG = "Imports"
_ADMIN = frozenset({Role.ADMIN})
_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of an import.")
_OFFSET = Parameter(
    "offset",
    "query",
    {"type": "integer", "minimum": 0, "maximum": IMPORT_BYTES_MAX, "default": 0},
    "At which byte of the file the part begins: `receivedBytes` of the last answer.",
)
_WHOLE_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def endpoints(clock: Clock, store: SqlStore) -> list[Endpoint]:
    return [_begin(clock), _get(), _append(), _run(clock, store)]


def _begin(clock: Clock) -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            NewImport, request.body, RESOURCE, unknown_fields=request.settings.unknown_fields
        )
        file_sha256, byte_count = shape.given_at("fileSha256"), shape.given_at("byteCount")
        if shape.faults or file_sha256 is None or byte_count is None:
            raise Rejected([*shape.faults, *_missing(shape.body)])
        view = service.begin_upload(
            transaction,
            request.caller,
            file_sha256=file_sha256,
            byte_count=byte_count,
            clock=clock,
        )
        return Result(import_out(view))

    return Endpoint(
        method="POST",
        path="/v1/imports",
        operation_id="POST_Imports",
        summary="Announce a file of used numbers",
        description="A file is known by its SHA-256: announced again, it goes on where it was.",
        tag=_TAG,
        handler=handler,
        roles=_ADMIN,
        request_model=NewImport,
        response_models={200: ImportResponse},
        writes=True,
        takes_idempotency_key=True,
    )


def _get() -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        view = service.find_import(transaction, request.caller, request.path_params["id"])
        return Result(import_out(view))

    return Endpoint(
        method="GET",
        path="/v1/imports/{id}",
        operation_id="GET_Import",
        summary="Read how far an import is",
        tag=_TAG,
        handler=handler,
        roles=_ADMIN,
        parameters=(_ID,),
        response_models={200: ImportResponse},
    )


def _append() -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        view = service.append_part(
            transaction,
            request.caller,
            request.path_params["id"],
            offset=_offset(request.query),
            content=request.body if isinstance(request.body, bytes) else b"",
        )
        return Result(import_out(view))

    return Endpoint(
        method="PUT",
        path="/v1/imports/{id}/content",
        operation_id="PUT_ImportContent",
        summary="Send a part of a file",
        description="The bytes themselves, at most one megabyte a part, one part after the other. A part "
        "that is there already changes nothing.",
        tag=_TAG,
        handler=handler,
        roles=_ADMIN,
        parameters=(_ID, _OFFSET),
        response_models={200: ImportResponse},
        writes=True,
        takes_bytes=True,
    )


def _run(clock: Clock, store: SqlStore) -> Endpoint:
    runs = ImportRuns()

    def run(request: ApiRequest) -> Result:
        shape = shape_of(
            RunImport, request.body, RESOURCE, unknown_fields=request.settings.unknown_fields
        )
        if shape.faults:
            raise Rejected(shape.faults)
        options = ImportOptions(
            keep_free=shape.given_at("keepFree") is True,
            skip_bad=shape.given_at("skipBad") is True,
            dry_run=request.dry_run,
        )
        outcome = service.run_import(
            store, request.caller, request.path_params["id"], options, runs=runs, clock=clock
        )
        return Result(outcome_out(outcome))

    return Endpoint(
        method="POST",
        path="/v1/imports/{id}/run",
        operation_id="POST_ImportRun",
        summary="Take in the numbers of a file",
        description="Checks the whole file first; writes nothing unless it is clean or `skipBad` is given; "
        "then writes it in transactions of a bounded number of lines. `state` and `faults` say what "
        "became of it. Broken off, it goes on when it is run again; it never writes twice. A run "
        "goes on when the client has left.",
        tag=_TAG,
        handler=lambda _, request: run(request),
        sliced=run,
        roles=_ADMIN,
        parameters=(_ID, DRY_RUN),
        request_model=RunImport,
        response_models={200: ImportRunResponse},
        runs_long=True,
    )


def _missing(body: object) -> list[Violation]:
    given = body if isinstance(body, dict) else {}
    fields = {"fileSha256": "file_sha256", "byteCount": "byte_count"}
    return [
        Violation(RESOURCE, (field,), Category.MISSING_FIELD, "is required")
        for name, field in fields.items()
        if isinstance(body, dict) and name not in given
    ]


def _offset(query: Query) -> int:
    text = query.get(_OFFSET.name, "0")
    if not _WHOLE_NUMBER.fullmatch(text):
        raise invalid_parameter(_OFFSET.name, "must be a whole number from 0 up")
    return int(text)
