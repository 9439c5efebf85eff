"""Settings, entities, clients, series and the audit trail on the wire."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictStr

from seriatim.domain.caller import Role
from seriatim.domain.limits import (
    CLIENT_NAME_CHARACTERS_MAX,
    ENTITIES_PER_CLIENT_MAX,
    ENTITY_NAME_CHARACTERS_MAX,
)
from seriatim.domain.register import moment_text
from seriatim.domain.sequence_set import EntitySettings, Series
from seriatim.engine.verify import Verification
from seriatim.http.wire.fields import (
    DocumentTypeName,
    Flag,
    HexId,
    Moment,
    Prefix,
    RequestModel,
    ResponseModel,
    Uuid,
    left_out,
    text_schema,
)
from seriatim.http.wire.paths import camel_name
from seriatim.service.settings import NUMBER_ASSIGNMENTS
from seriatim.store.access_queries import Named, OAuthClient
from seriatim.store.settings_queries import AuditEntry

_RoleName = Annotated[StrictStr, Field(json_schema_extra={"enum": [role.value for role in Role]})]
_Assignment = Annotated[StrictStr, Field(json_schema_extra={"enum": list(NUMBER_ASSIGNMENTS)})]


class ChangeSettings(RequestModel):
    invoiceSettlement: Flag = left_out()
    flexibleBillingAttributes: Flag = left_out()
    numberAssignment: _Assignment = left_out()
    timeZone: StrictStr = left_out("A time zone of the IANA list, such as Europe/Berlin.")
    success: Any = left_out("Read-only: accepted as a GET gave it, and ignored.")


class SettingsResponse(ResponseModel):
    invoiceSettlement: bool
    flexibleBillingAttributes: bool
    numberAssignment: _Assignment
    timeZone: str
    success: Literal[True]


class NewEntity(RequestModel):
    name: Annotated[StrictStr, Field(json_schema_extra=text_schema(ENTITY_NAME_CHARACTERS_MAX, 1))]


class ShownEntity(ResponseModel):
    id: HexId
    name: str


class EntityResponse(ShownEntity):
    success: Literal[True]


class EntityListResponse(ResponseModel):
    entities: list[ShownEntity]
    success: Literal[True]


class NewClient(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["name", "role"]})
    name: Annotated[StrictStr, Field(json_schema_extra=text_schema(CLIENT_NAME_CHARACTERS_MAX, 1))]
    role: _RoleName
    entityIds: list[StrictStr] = Field(
        default_factory=list,
        max_length=ENTITIES_PER_CLIENT_MAX,
        json_schema_extra={"minItems": 1},
        description="The entities the client serves, the first by default; the caller's if absent.",
    )


class ShownClient(ResponseModel):
    clientId: Uuid
    name: str
    role: _RoleName
    entityIds: list[HexId]
    createdAt: Moment
    lastUsedAt: Moment | None
    revokedAt: Moment | None


class ClientResponse(ShownClient):
    clientSecret: str = left_out("Shown this once.")
    success: Literal[True]


class ClientListResponse(ResponseModel):
    clients: list[ShownClient]
    success: Literal[True]


class ShownAuditEntry(ResponseModel):
    auditNumber: int
    action: str
    subjectKind: str
    subjectId: str
    actor: str
    requestId: Uuid
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    recordedAt: Moment


class AuditTrailResponse(ResponseModel):
    auditTrail: list[ShownAuditEntry]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class ShownSeries(ResponseModel):
    id: HexId
    documentType: DocumentTypeName
    prefix: Prefix
    origin: int
    nextNumber: int
    nextDocumentNumber: str | None
    issued: int
    voided: int
    skipped: int
    imported: int
    entries: int
    lastDocumentDate: str | None
    headHash: str
    released: bool


class SeriesResponse(ShownSeries):
    success: Literal[True]


class SeriesListResponse(ResponseModel):
    series: list[ShownSeries]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class ShownFault(ResponseModel):
    entry: int | None
    invariant: int
    message: str


class VerificationResponse(ResponseModel):
    verified: bool
    entries: int
    numbers: int
    headHash: str
    firstFault: ShownFault | None
    success: Literal[True]


def settings_out(settings: EntitySettings) -> dict[str, object]:
    return {camel_name(name): value for name, value in asdict(settings).items()}


def entity_out(entity: Named) -> dict[str, object]:
    return {"id": entity.identifier, "name": entity.name}


def client_out(client: OAuthClient, secret: str | None = None) -> dict[str, object]:
    used, revoked = client.last_used_at, client.revoked_at
    shown: dict[str, object] = {
        "clientId": client.client_id,
        "name": client.name,
        "role": client.role.value,
        "entityIds": list(client.entity_ids),
        "createdAt": moment_text(client.created_at),
        "lastUsedAt": None if used is None else moment_text(used),
        "revokedAt": None if revoked is None else moment_text(revoked),
    }
    if secret is not None:
        shown["clientSecret"] = secret
    return shown


def audit_entry_out(entry: AuditEntry) -> dict[str, object]:
    return {
        "auditNumber": entry.audit_number,
        "action": entry.action,
        "subjectKind": entry.subject_kind,
        "subjectId": entry.subject_id,
        "actor": entry.actor,
        "requestId": entry.request_id,
        "before": _state_out(entry.state_before),
        "after": _state_out(entry.state_after),
        "recordedAt": moment_text(entry.recorded_at),
    }


def _state_out(state: str | None) -> object:
    return None if state is None else _camel_keys(json.loads(state))


def _camel_keys(value: object) -> object:
    if isinstance(value, dict):
        return {camel_name(str(name)): _camel_keys(part) for name, part in value.items()}
    return value


def series_out(series: Series) -> dict[str, object]:
    last_date = series.last_document_date
    return {
        "id": series.key.series_id,
        "documentType": series.document_type.value,
        "prefix": series.prefix,
        "origin": series.origin,
        "nextNumber": series.next_number,
        "nextDocumentNumber": series.next_document_number,
        "issued": series.issued_count,
        "voided": series.voided_count,
        "skipped": series.skipped_count,
        "imported": series.imported_count,
        "entries": series.last_entry_number,
        "lastDocumentDate": None if last_date is None else last_date.isoformat(),
        "headHash": series.head_hash.hex(),
        "released": series.is_released,
    }


def verification_out(verification: Verification) -> dict[str, object]:
    fault = verification.first_fault
    return {
        "verified": verification.is_verified,
        "entries": verification.entries,
        "numbers": verification.numbers,
        "headHash": verification.head_hash.hex(),
        "firstFault": None
        if fault is None
        else {
            "entry": fault.entry_number,
            "invariant": fault.invariant,
            "message": fault.message,
        },
        "success": True,
    }
