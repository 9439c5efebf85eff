"""The endpoint that issues document numbers. Source: contract/numbering.md, Issuing."""

from __future__ import annotations

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Violation
from seriatim.http.endpoint import ApiRequest, Coalesced, Endpoint, Result
from seriatim.http.json_codec import encode_without_decimals
from seriatim.http.wire.document_numbers import (
    IssueNumbers,
    NumbersResponse,
    issue_request_in,
    numbers_out,
)
from seriatim.service import numbers as service
from seriatim.service.numbers import NumbersIssued
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import Transaction

_TAG = "Document numbers"


def endpoints(clock: Clock) -> list[Endpoint]:
    def issue(transaction: Transaction, request: ApiRequest) -> Result:
        faults, wanted = _asked(request)
        issued = service.issue_numbers(
            transaction, request.caller, wanted, clock=clock, shape_faults=faults
        )
        return _result(issued)

    return [
        Endpoint(
            method="POST",
            path="/v1/document-numbers",
            operation_id="POST_DocumentNumbers",
            summary="Issue document numbers",
            description="The next numbers of the series that the set, the account or DEFAULT "
            "names; an answer means they are in the register, on disk.",
            tag=_TAG,
            handler=issue,
            coalesced=Coalesced(_asked, _result),
            roles=frozenset({Role.ADMIN, Role.ISSUER}),
            request_model=IssueNumbers,
            response_models={200: NumbersResponse},
            writes=True,
            takes_idempotency_key=True,
        )
    ]


def _asked(request: ApiRequest) -> tuple[tuple[Violation, ...], IssueRequest]:
    return issue_request_in(request.body, request.settings.unknown_fields)


def _result(issued: NumbersIssued) -> Result:
    return Result(encode_without_decimals(numbers_out(issued)))
