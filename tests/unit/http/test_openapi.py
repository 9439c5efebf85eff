from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict, Field

from seriatim.domain.caller import Role
from seriatim.http.endpoint import DRY_RUN, EVERY_ROLE, IF_MATCH, Endpoint, Parameter, Result
from seriatim.http.json_codec import decode, encode
from seriatim.http.openapi import PublicOperation, openapi_document
from seriatim.http.openapi_for_page import for_page
from seriatim.http.settings import HttpSettings


class Numbering(BaseModel):
    prefix: str | None = Field(None, examples=["INV"])
    start_number: int = Field(alias="startNumber", gt=0, le=10**20 - 1)


class Create(BaseModel):
    model_config = ConfigDict(extra="forbid")
    invoice: Numbering


class Created(BaseModel):
    id: str
    invoice: Numbering | None = None


KEY = Parameter("key", "path", {"type": "string"}, "Id, number or name.")
GET = Endpoint(
    "GET",
    "/v1/sets/{key}",
    "getSet",
    "Read one",
    "Sets",
    lambda _, __: Result({}),
    EVERY_ROLE,
    parameters=(KEY,),
    response_models={200: Created},
    response_headers={"ETag": "Of the configuration."},
)
PUT = replace(
    GET,
    method="PUT",
    operation_id="putSet",
    roles=frozenset({Role.ADMIN}),
    parameters=(KEY, DRY_RUN, IF_MATCH),
    request_model=Create,
    writes=True,
)
POST = replace(
    PUT,
    method="POST",
    path="/v1/sets",
    operation_id="createSets",
    parameters=(DRY_RUN,),
    takes_idempotency_key=True,
)
TOKEN = PublicOperation(
    "POST",
    "/oauth/token",
    {"operationId": "token", "security": [], "responses": {"200": {"description": "A token."}}},
)


def document(settings: HttpSettings | None = None) -> Any:
    made = openapi_document(
        [GET, PUT, POST], settings or HttpSettings(), version="1.2.3", public=[TOKEN]
    )
    return json.loads(encode(made))


@pytest.mark.parametrize("mode", ["original", "standard"])
def test_document_is_valid_openapi_3_1(mode: Any) -> None:
    made = document(HttpSettings(http_status=mode))
    assert made["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(made).validate()


def test_document_for_the_page_is_valid_openapi_3_0() -> None:
    made = json.loads(encode(for_page(document())))
    assert made["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(made).validate()
    numbering = made["components"]["schemas"]["Numbering"]["properties"]
    assert numbering["prefix"]["nullable"] is True
    assert numbering["prefix"]["example"] == "INV"
    assert numbering["startNumber"]["exclusiveMinimum"] is True


def statuses(path: str, method: str, settings: HttpSettings | None = None) -> set[int]:
    return {int(status) for status in document(settings)["paths"][path][method]["responses"]}


def test_every_status_stands_where_it_can_come_and_nowhere_else() -> None:
    always = {200, 400, 401, 403, 429, 500, 503}
    body = {408, 413, 415}
    assert statuses("/v1/sets/{key}", "get") == always | {404}
    assert statuses("/v1/sets/{key}", "put") == always | body | {404, 412}
    assert statuses("/v1/sets", "post") == always | body | {409, 422}
    standard = HttpSettings(http_status="standard")
    assert statuses("/v1/sets/{key}", "put", standard) == always | body | {404, 409, 412}
    assert statuses("/v1/sets/{key}", "get", standard) == always | {404}


def schema_of_200(method: str, settings: HttpSettings | None = None) -> Any:
    operation = document(settings)["paths"]["/v1/sets/{key}"][method]
    return operation["responses"]["200"]["content"]["application/json"]["schema"]


def test_200_is_success_or_refusal_where_the_original_refuses_with_200() -> None:
    refused = {"$ref": "#/components/schemas/ErrorResponse"}
    assert schema_of_200("put")["anyOf"][1] == refused
    assert "anyOf" not in schema_of_200("get")
    assert "anyOf" not in schema_of_200("put", HttpSettings(http_status="standard"))


def test_parameters_and_headers_are_told() -> None:
    operation = document()["paths"]["/v1/sets"]["post"]
    by_name = {item["name"]: item for item in operation["parameters"]}
    assert {"dryRun", "Idempotency-Key", "Zuora-Track-Id", "Zuora-Entity-Ids"} <= set(by_name)
    assert by_name["Idempotency-Key"]["schema"]["maxLength"] == 255
    got = document()["paths"]["/v1/sets/{key}"]["get"]
    names = {item["name"] for item in got["parameters"]}
    assert "Idempotency-Key" not in names
    assert [item["required"] for item in got["parameters"] if item["in"] == "path"] == [True]
    assert {"ETag", "Zuora-Request-Id"} <= set(got["responses"]["200"]["headers"])
    assert "Retry-After" in got["responses"]["503"]["headers"]
    assert "Retry-After" not in got["responses"]["400"]["headers"]
    assert "Roles: admin, auditor, issuer." in got["description"]


def test_big_bounds_stay_exact() -> None:
    raw = encode(openapi_document([POST], HttpSettings(), version="1"))
    made: Any = decode(raw)
    maximum = made["components"]["schemas"]["Numbering"]["properties"]["startNumber"]["maximum"]
    assert maximum == 10**20 - 1
    assert type(maximum) is int


def test_document_holds_the_public_operations_and_the_url() -> None:
    made = document(HttpSettings(public_base_url="https://api.example"))
    assert made["paths"]["/oauth/token"]["post"]["security"] == []
    assert made["servers"] == [{"url": "https://api.example"}]
    assert made["info"]["version"] == "1.2.3"


def test_path_and_parameters_must_agree() -> None:
    with pytest.raises(ValueError, match="getSet"):
        openapi_document([replace(GET, parameters=())], HttpSettings(), version="1")


def test_operation_id_stands_once() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        openapi_document([GET, replace(PUT, operation_id="getSet")], HttpSettings(), version="1")
