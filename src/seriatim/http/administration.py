"""The endpoints beside the original's API. Source: contract/transport.md, Beside the API."""

from __future__ import annotations

from seriatim.domain.caller import Role
from seriatim.domain.clock import Clock
from seriatim.http.endpoint import ApiRequest, Endpoint, Handler, Parameter, Result
from seriatim.http.paging import CURSOR, PAGE_SIZE, cursor_in, cursor_out, next_page, page_size
from seriatim.http.wire.administration import (
    AuditTrailResponse,
    ChangeSettings,
    ClientListResponse,
    ClientResponse,
    EntityListResponse,
    EntityResponse,
    NewClient,
    NewEntity,
    SettingsResponse,
    audit_entry_out,
    client_out,
    entity_out,
    settings_out,
)
from seriatim.http.wire.shape import shape_of
from seriatim.service import access, audit, entities, settings
from seriatim.store.sql_store import Transaction

_ADMIN = frozenset({Role.ADMIN})
_READERS = frozenset({Role.ADMIN, Role.AUDITOR})
_CLIENT_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of an OAuth client.")


def endpoints(clock: Clock) -> list[Endpoint]:
    return [
        *_settings_endpoints(clock),
        *_entity_endpoints(clock),
        *_client_endpoints(clock),
        *_client_ending_endpoints(clock),
        Endpoint(
            method="GET",
            path="/v1/audit-trail",
            operation_id="GET_AuditTrail",
            summary="Read the audit trail",
            description="Newest first.",
            tag="Audit trail",
            handler=_audit_trail,
            roles=_READERS,
            parameters=(PAGE_SIZE, CURSOR),
            response_models={200: AuditTrailResponse},
        ),
    ]


def _settings_endpoints(clock: Clock) -> list[Endpoint]:
    def read(transaction: Transaction, request: ApiRequest) -> Result:
        found = settings.get_settings(transaction, request.caller)
        return Result({**settings_out(found), "success": True})

    def change(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            ChangeSettings,
            request.body,
            "settings",
            unknown_fields=request.settings.unknown_fields,
        )
        wanted = settings.SettingsChange(
            invoice_settlement=shape.given_at("invoiceSettlement"),
            flexible_billing_attributes=shape.given_at("flexibleBillingAttributes"),
            number_assignment=shape.given_at("numberAssignment"),
            time_zone=shape.given_at("timeZone"),
        )
        changed = settings.update_settings(
            transaction, request.caller, wanted, clock=clock, shape_faults=shape.faults
        )
        return Result({**settings_out(changed), "success": True})

    return [
        Endpoint(
            method="GET",
            path="/v1/settings",
            operation_id="GET_Settings",
            summary="Read the settings of the entity",
            tag="Settings",
            handler=read,
            roles=_READERS,
            response_models={200: SettingsResponse},
        ),
        Endpoint(
            method="PUT",
            path="/v1/settings",
            operation_id="PUT_Settings",
            summary="Change the settings of the entity",
            tag="Settings",
            handler=change,
            roles=_ADMIN,
            request_model=ChangeSettings,
            response_models={200: SettingsResponse},
            writes=True,
        ),
    ]


def _entity_endpoints(clock: Clock) -> list[Endpoint]:
    def listed(transaction: Transaction, request: ApiRequest) -> Result:
        found = entities.list_entities(transaction, request.caller)
        return Result({"entities": [entity_out(one) for one in found], "success": True})

    def create(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            NewEntity, request.body, "entity", unknown_fields=request.settings.unknown_fields
        )
        entity = entities.create_entity(
            transaction,
            request.caller,
            name=shape.given_at("name"),
            clock=clock,
            shape_faults=shape.faults,
        )
        return Result({**entity_out(entity), "success": True})

    return [
        Endpoint(
            method="GET",
            path="/v1/entities",
            operation_id="GET_Entities",
            summary="List the entities of the tenant",
            tag="Entities",
            handler=listed,
            roles=_READERS,
            response_models={200: EntityListResponse},
        ),
        Endpoint(
            method="POST",
            path="/v1/entities",
            operation_id="POST_Entities",
            summary="Create an entity",
            description="It is born with its set DEFAULT.",
            tag="Entities",
            handler=create,
            roles=_ADMIN,
            request_model=NewEntity,
            response_models={200: EntityResponse},
            writes=True,
            takes_idempotency_key=True,
        ),
    ]


def _client_endpoints(clock: Clock) -> list[Endpoint]:
    def listed(transaction: Transaction, request: ApiRequest) -> Result:
        found = access.list_clients(transaction, request.caller)
        return Result({"clients": [client_out(one) for one in found], "success": True})

    def create(transaction: Transaction, request: ApiRequest) -> Result:
        shape = shape_of(
            NewClient, request.body, "oauth_client", unknown_fields=request.settings.unknown_fields
        )
        created = access.create_client(
            transaction,
            request.caller,
            name=shape.given_at("name"),
            role=shape.given_at("role"),
            entity_ids=shape.sound_at("entityIds"),
            clock=clock,
            shape_faults=shape.faults,
        )
        return Result({**client_out(created.client, created.secret), "success": True})

    return [
        Endpoint(
            method="GET",
            path="/v1/oauth-clients",
            operation_id="GET_OAuthClients",
            summary="List OAuth clients",
            tag="OAuth clients",
            handler=listed,
            roles=_READERS,
            response_models={200: ClientListResponse},
        ),
        Endpoint(
            method="POST",
            path="/v1/oauth-clients",
            operation_id="POST_OAuthClients",
            summary="Create an OAuth client",
            description="Its secret is shown this once.",
            tag="OAuth clients",
            handler=create,
            roles=_ADMIN,
            request_model=NewClient,
            response_models={200: ClientResponse},
            writes=True,
        ),
    ]


def _client_ending_endpoints(clock: Clock) -> list[Endpoint]:
    def rotate(transaction: Transaction, request: ApiRequest) -> Result:
        client_id = request.path_params["id"]
        rotated = access.rotate_client(transaction, request.caller, client_id, clock=clock)
        return Result({**client_out(rotated.client, rotated.secret), "success": True})

    def revoke(transaction: Transaction, request: ApiRequest) -> Result:
        client_id = request.path_params["id"]
        revoked = access.revoke_client(transaction, request.caller, client_id, clock=clock)
        return Result({**client_out(revoked), "success": True})

    def on_client(name: str, summary: str, description: str, handler: Handler) -> Endpoint:
        return Endpoint(
            method="POST",
            path=f"/v1/oauth-clients/{{id}}/{name}",
            operation_id=f"POST_OAuthClient{name.capitalize()}",
            summary=summary,
            description=description,
            tag="OAuth clients",
            handler=handler,
            roles=_ADMIN,
            parameters=(_CLIENT_ID,),
            response_models={200: ClientResponse},
            writes=True,
        )

    return [
        on_client(
            "rotate",
            "Give an OAuth client a new secret",
            "The old secret ends at once, its tokens within a second; the new one is shown this once.",
            rotate,
        ),
        on_client(
            "revoke", "End an OAuth client for good", "Its tokens end within a second.", revoke
        ),
    ]


def _audit_trail(transaction: Transaction, request: ApiRequest) -> Result:
    before = cursor_in(request.query, int)
    size = page_size(request.query)
    found = audit.list_audit_trail(
        transaction,
        request.caller,
        before_audit_number=None if before is None else before[0],
        row_count=size + 1,
    )
    body: dict[str, object] = {"auditTrail": [audit_entry_out(one) for one in found[:size]]}
    if len(found) > size:
        cursor = cursor_out([found[size - 1].audit_number])
        body["nextPage"] = next_page(request, cursor=cursor)
    body["success"] = True
    return Result(body)
