"""The exact OpenAPI 3.1 document, made from the route table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from seriatim.http.endpoint import Endpoint, Parameter
from seriatim.http.openapi_parts import (
    COMMON_HEADERS,
    ERROR_DESCRIPTIONS,
    ERROR_RESPONSE,
    ERROR_RESPONSE_REF,
    IDEMPOTENCY_KEY,
    REQUEST_HEADERS,
    SECURITY_SCHEMES,
    Json,
    header_of,
)
from seriatim.http.settings import HttpSettings

_REF_TEMPLATE: Final = "#/components/schemas/{model}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")

_ALWAYS: Final = frozenset({400, 401, 403, 429, 500, 503})
_WITH_BODY: Final = frozenset({408, 413, 415})
_WITH_KEY: Final = frozenset({409, 422})


@dataclass(frozen=True, slots=True)
class PublicOperation:
    """A route outside the pipeline (the token endpoint), with its operation already written."""

    method: str
    path: str
    operation: Json


class _WithoutFieldTitles(GenerateJsonSchema):
    """A title that repeats the name of its field, with the capitals lost, tells nothing."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


Schemas = Mapping[tuple[type[BaseModel], JsonSchemaMode], Json]


def openapi_document(
    endpoints: Sequence[Endpoint],
    settings: HttpSettings,
    *,
    version: str,
    public: Iterable[PublicOperation] = (),
) -> Json:
    """The document for `/openapi.json`.

    Shape: what a server with these settings really answers, so that the two modes of HTTP
        statuses give two documents.
    Errors: ValueError where a path's parameters and an endpoint's differ, or two endpoints
        bear one operation id.
    """
    _refuse_inconsistent(endpoints)
    schemas, definitions = _schemas_of(endpoints)
    paths: dict[str, dict[str, Json]] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, settings, schemas)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    for item in public:
        paths.setdefault(item.path, {})[item.method.lower()] = item.operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seriatim",
            "version": version,
            "summary": "Gapless, provable document numbers.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.public_base_url or "/"}],
        "security": [{"clientCredentials": []}, {"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in endpoints)],
        "paths": paths,
        "components": {
            "schemas": {"ErrorResponse": ERROR_RESPONSE, **definitions},
            "headers": COMMON_HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _refuse_inconsistent(endpoints: Sequence[Endpoint]) -> None:
    operation_ids: set[str] = set()
    for endpoint in endpoints:
        if endpoint.operation_id in operation_ids:
            raise ValueError(f"the operation id '{endpoint.operation_id}' stands twice")
        operation_ids.add(endpoint.operation_id)
        declared = {item.name for item in endpoint.parameters if item.place == "path"}
        if declared != set(_PATH_PARAMETER.findall(endpoint.path)):
            raise ValueError(f"{endpoint.operation_id}: the path and its parameters differ")


def _schemas_of(endpoints: Sequence[Endpoint]) -> tuple[Schemas, Json]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for endpoint in endpoints:
        if endpoint.request_model is not None:
            wanted[(endpoint.request_model, "validation")] = None
        for model in endpoint.response_models.values():
            wanted[(model, "serialization")] = None
    schemas, combined = models_json_schema(
        list(wanted), ref_template=_REF_TEMPLATE, schema_generator=_WithoutFieldTitles
    )
    return {key: schemas[key] for key in wanted}, combined.get("$defs", {})


def _operation(endpoint: Endpoint, settings: HttpSettings, schemas: Schemas) -> Json:
    operation: dict[str, object] = {
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "tags": [endpoint.tag],
        "parameters": [_parameter(item) for item in _all_parameters(endpoint)],
        "responses": {
            **_successes(endpoint, settings, schemas),
            **{
                str(status): _error(status)
                for status in sorted(_error_statuses(endpoint, settings))
            },
        },
    }
    if endpoint.request_model is not None:
        schema = schemas[(endpoint.request_model, "validation")]
        operation["requestBody"] = {
            "required": not endpoint.body_may_be_absent,
            "content": {"application/json": {"schema": schema}},
        }
    if endpoint.takes_bytes:
        operation["requestBody"] = {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    return operation


def _description(endpoint: Endpoint) -> str:
    roles = ", ".join(sorted(endpoint.roles))
    return f"{endpoint.description}\n\nRoles: {roles}.".strip()


def _all_parameters(endpoint: Endpoint) -> tuple[Parameter, ...]:
    key = (IDEMPOTENCY_KEY,) if endpoint.takes_idempotency_key else ()
    return (*endpoint.parameters, *key, *REQUEST_HEADERS)


def _parameter(item: Parameter) -> Json:
    return {
        "name": item.name,
        "in": item.place,
        "required": item.required or item.place == "path",
        "description": item.description,
        "schema": item.schema,
    }


def _successes(endpoint: Endpoint, settings: HttpSettings, schemas: Schemas) -> Json:
    refused_with_200 = settings.http_status == "original" and endpoint.is_rejectable
    responses: dict[str, Json] = {}
    for status, model in endpoint.response_models.items():
        schema: Mapping[str, object] = schemas[(model, "serialization")]
        if status == 200 and refused_with_200:
            schema = {"anyOf": [schema, ERROR_RESPONSE_REF]}
        responses[str(status)] = {
            "description": "Done, or refused with `success: false`."
            if status == 200 and refused_with_200
            else "Done.",
            "headers": {
                **_response_headers(),
                **{name: header_of(text) for name, text in endpoint.response_headers.items()},
            },
            "content": {"application/json": {"schema": schema}},
        }
    if refused_with_200 and "200" not in responses:
        responses["200"] = _error(200)
    return responses


def _error_statuses(endpoint: Endpoint, settings: HttpSettings) -> set[int]:
    statuses = set(_ALWAYS)
    if endpoint.may_be_absent or any(item.place == "path" for item in endpoint.parameters):
        statuses.add(404)
    if endpoint.takes_body:
        statuses |= _WITH_BODY
    if endpoint.takes_idempotency_key:
        statuses |= _WITH_KEY
    if any(item.name == "If-Match" for item in endpoint.parameters):
        statuses.add(412)
    if settings.http_status == "standard" and endpoint.is_rejectable:
        statuses.add(409)
    return statuses


def _error(status: int) -> Json:
    headers = dict(_response_headers())
    if status in (409, 429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": ERROR_DESCRIPTIONS[status],
        "headers": headers,
        "content": {"application/json": {"schema": ERROR_RESPONSE_REF}},
    }


def _response_headers() -> Json:
    return {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in COMMON_HEADERS
        if name != "Retry-After"
    }
