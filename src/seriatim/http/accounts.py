"""The endpoints of accounts. Source: contract/documents.md, Resources."""

from __future__ import annotations

from seriatim.domain.clock import Clock
from seriatim.http.document_calls import ISSUERS, account_id
from seriatim.http.endpoint import EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.faults import invalid_parameter
from seriatim.http.paging import CURSOR, PAGE_SIZE, cursor_in, cursor_out, next_page, page_size
from seriatim.http.wire.accounts import (
    AccountListResponse,
    AccountResponse,
    ChangedResponse,
    CreateAccount,
    CreatedAccount,
    DeletedAccount,
    UpdateAccount,
    account_change_in,
    account_out,
    new_account_in,
)
from seriatim.service import accounts as service
from seriatim.store.sql_store import Transaction

_TAG = "Accounts"
_PATH = "/v1/accounts"
_ONE = f"{_PATH}/{{key}}"
_KEY = Parameter("key", "path", {"type": "string", "minLength": 1}, "Id or number of an account.")
_ACCOUNT_ID = Parameter("accountId", "query", {"type": "string"}, "The account with that id.")
_NUMBER = Parameter("number", "query", {"type": "string"}, "An exact account number.")
_STATUS = Parameter(
    "status", "query", {"type": "string", "enum": ["Active"]}, "Every account is active."
)


def endpoints(clock: Clock) -> list[Endpoint]:
    return [_LIST, _create(clock), _GET, _update(clock), _delete(clock)]


def _create(clock: Clock) -> Endpoint:
    def create(transaction: Transaction, request: ApiRequest) -> Result:
        faults, asked = new_account_in(request.body, request.settings.unknown_fields)
        made = service.create_account(
            transaction, request.caller, asked, clock=clock, shape_faults=faults
        )
        return Result(
            {
                "accountId": made.account_id,
                "accountNumber": made.account_number,
                "success": True,
            }
        )

    return Endpoint(
        method="POST",
        path=_PATH,
        operation_id="POST_Account",
        summary="Make an account",
        description="Its sequence set numbers its documents; without one, DEFAULT does.",
        tag=_TAG,
        handler=create,
        roles=ISSUERS,
        request_model=CreateAccount,
        response_models={200: CreatedAccount},
        writes=True,
        takes_idempotency_key=True,
    )


def _update(clock: Clock) -> Endpoint:
    def update(transaction: Transaction, request: ApiRequest) -> Result:
        faults, change = account_change_in(request.body, request.settings.unknown_fields)
        service.update_account(
            transaction,
            request.caller,
            request.path_params["key"],
            change,
            clock=clock,
            shape_faults=faults,
        )
        return Result({"success": True})

    return Endpoint(
        method="PUT",
        path=_ONE,
        operation_id="PUT_Account",
        summary="Change an account",
        description="`sequenceSetId: null` clears it; its set stays while a draft of it exists.",
        tag=_TAG,
        handler=update,
        roles=ISSUERS,
        parameters=(_KEY,),
        request_model=UpdateAccount,
        response_models={200: ChangedResponse},
        writes=True,
    )


def _delete(clock: Clock) -> Endpoint:
    def delete(transaction: Transaction, request: ApiRequest) -> Result:
        key = request.path_params["key"]
        gone = service.delete_account(transaction, request.caller, key, clock=clock)
        return Result({"id": gone.account_id, "jobStatus": "Completed", "success": True})

    return Endpoint(
        method="DELETE",
        path=_ONE,
        operation_id="DELETE_Account",
        summary="Delete an account",
        description="Only without documents.",
        tag=_TAG,
        handler=delete,
        roles=ISSUERS,
        parameters=(_KEY,),
        response_models={200: DeletedAccount},
        writes=True,
    )


def _list(transaction: Transaction, request: ApiRequest) -> Result:
    query = request.query
    if query.get("status") not in (None, "Active"):
        raise invalid_parameter("status", "must be Active")
    place = cursor_in(query, int)
    found = service.list_accounts(
        transaction,
        request.caller,
        account_id=account_id(request),
        number=query.get("number"),
        after_position=0 if place is None else place[0],
        row_count=page_size(query),
    )
    body: dict[str, object] = {"accounts": [account_out(one) for one in found.accounts]}
    if found.ends_at is not None:
        body["nextPage"] = next_page(request, cursor=cursor_out([found.ends_at]))
    body["success"] = True
    return Result(body)


def _get(transaction: Transaction, request: ApiRequest) -> Result:
    found = service.get_account(transaction, request.caller, request.path_params["key"])
    return Result({**account_out(found), "success": True})


_LIST = Endpoint(
    method="GET",
    path=_PATH,
    operation_id="GET_Accounts",
    summary="List accounts",
    description="By creation.",
    tag=_TAG,
    handler=_list,
    roles=EVERY_ROLE,
    parameters=(_ACCOUNT_ID, _NUMBER, _STATUS, PAGE_SIZE, CURSOR),
    response_models={200: AccountListResponse},
)
_GET = Endpoint(
    method="GET",
    path=_ONE,
    operation_id="GET_Account",
    summary="Read an account",
    tag=_TAG,
    handler=_get,
    roles=EVERY_ROLE,
    parameters=(_KEY,),
    response_models={200: AccountResponse},
)
