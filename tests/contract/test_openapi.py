"""The OpenAPI document is valid, complete, and what the service really answers.

Every answer that the other contract tests get is held against it too: `documented.py`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.api import Api, Entity, create, done, everything, issue, new_set
from tests.contract.conftest import EntityOf, ServiceOf
from tests.contract.documented import DocumentedApi, documented_api
from tests.running_service import RunningService

MODES = ["original", "standard"]


def document_of(service: RunningService) -> dict[str, Any]:
    with httpx.Client(verify=False) as http:
        found: dict[str, Any] = http.get(f"{service.url}/openapi.json").json()
    return found


@pytest.mark.parametrize("http_status", MODES)
def test_document_is_valid(service_of: ServiceOf, http_status: str) -> None:
    document = document_of(service_of("sqlite", http_status=http_status))
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_document_tells_the_two_modes_apart(service_of: ServiceOf) -> None:
    original, standard = (
        document_of(service_of("sqlite", http_status=mode))["paths"]["/v1/sequence-sets"]["post"]
        for mode in MODES
    )
    assert "409" in original["responses"], "a key in use"
    refusal = {"$ref": "#/components/schemas/ErrorResponse"}
    schema = "content", "application/json", "schema"
    done_schemas = []
    for operation in (original, standard):
        found = operation["responses"]["200"]
        for part in schema:
            found = found[part]
        done_schemas.append(found)
    assert refusal in done_schemas[0]["anyOf"]
    assert done_schemas[1] == {"$ref": "#/components/schemas/CreatedResponse"}


def test_every_documented_path_has_just_the_documented_methods(sqlite_api: Api) -> None:
    document = document_of(sqlite_api.service)
    for path, methods in document["paths"].items():
        target = path.replace("{", "").replace("}", "")
        allowed = set(sqlite_api.http.options(target).headers["Allow"].split(", "))
        expected = {method.upper() for method in methods} | {"OPTIONS"}
        assert allowed == expected | ({"HEAD"} if "GET" in expected else set()), path


def test_every_route_of_the_table_is_documented(sqlite_service: RunningService) -> None:
    from seriatim.domain.clock import SystemClock
    from seriatim.http.routes import all_endpoints
    from seriatim.store.open import open_store

    store = open_store(sqlite_service.database_url)
    routed = {(one.method, one.path) for one in all_endpoints(store, SystemClock())}
    store.close()
    operations = documented_api(sqlite_service).operations.values()
    assert {(method, path) for method, path, _ in operations} == routed | {("POST", "/oauth/token")}


def test_every_operation_is_described_for_its_readers(sqlite_service: RunningService) -> None:
    document = document_of(sqlite_service)
    tags = {tag["name"] for tag in document["tags"]} | {"OAuth"}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert set(operation["tags"]) <= tags
            for parameter in operation.get("parameters", ()):
                assert parameter["description"]
            for response in operation["responses"].values():
                assert response["description"]


def unresolved(document: dict[str, Any]) -> list[str]:
    found = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.add(value["$ref"])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    known = {
        f"#/components/{kind}/{name}"
        for kind, members in document["components"].items()
        for name in members
    }
    return sorted(found - known)


def test_every_reference_leads_somewhere_and_every_schema_is_used(
    sqlite_service: RunningService,
) -> None:
    document = document_of(sqlite_service)
    assert unresolved(document) == []
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    unused = [name for name in schemas if text.count(f'"#/components/schemas/{name}"') == 0]
    assert unused == []


@pytest.mark.parametrize("http_status", MODES)
def test_every_operation_answers_as_documented(
    service_of: ServiceOf, entity_of: EntityOf, http_status: str
) -> None:
    """`Api` holds each answer against the document; here are all operations, full and refused."""
    entity = entity_of(service_of("sqlite", http_status=http_status))
    api, seen = entity.admin, set[str]()
    walk(entity)
    for line in map(json.loads, log_lines(api.service, api.client_id)):
        seen.add(f"{line['method']} {line['route']}")
    documented = {f"{m} {path}" for m, path, _ in documented_api(api.service).operations.values()}
    assert documented - seen - {"POST /oauth/token"} == set()


def log_lines(service: RunningService, client_id: str) -> list[str]:
    lines = service.log_text.splitlines()
    return [line for line in lines if client_id in line and '"event":"request"' in line]


def walk(entity: Entity) -> None:
    """Each operation once with success and all of its fields, and once refused."""
    api = entity.admin
    tangled = new_set("W1", invoice={"prefix": "23", "startNumber": 10000300})
    create(api, tangled, new_set("W2", chronological=True, sequenceSetNumber="NR 2"))
    create(api, new_set("W3", invoice={"prefix": "2", "startNumber": 1}))
    create(api, new_set("W4", invoice={"prefix": "W4", "startNumber": 10**20 - 1}))
    issue(api, sequenceSet="W4", reference="last")
    held = issue(api, sequenceSet="W2", holdSeconds=60, count=3)
    issue(api, sequenceSet="W2", references=["a", "b"])
    done(api.post(f"/v1/document-numbers/{held['firstNumber']}/confirm", {}))
    done(api.post(f"/v1/document-numbers/{held['lastNumber']}/void", {"reason": "walk"}))
    done(api.put("/v1/sequence-sets/W2?dryRun=true", {"invoice": {"startNumber": 50}}))
    done(api.put("/v1/sequence-sets/W2", {"invoice": {"startNumber": 50}, "refund": None}))
    client = done(api.post("/v1/oauth-clients", {"name": "walk", "role": "issuer"}))["clientId"]
    done(api.post("/v1/entities", {"name": f"{entity.name} walked"}))
    done(api.put("/v1/settings", {"timeZone": "Asia/Tokyo"}))
    for path in ("sequence-sets", "series", "document-numbers", "audit-trail"):
        everything(api, f"/v1/{path}?pageSize=2")
    for path in ("sequence-sets/W2", "sequence-sets/W4", "settings", "entities", "oauth-clients"):
        done(api.get(f"/v1/{path}"))
    for number in (held["firstNumber"], held["lastNumber"], f"W4{10**20 - 1}"):
        done(api.get(f"/v1/document-numbers/{number}"))
    for series in everything(api, "/v1/series"):
        for ending in ("", "/gaps", "/verify", "/entries", "/entries?signed=true"):
            done(api.get(f"/v1/series/{series['id']}{ending}"))
        api.post(f"/v1/series/{series['id']}/release")
    walk_imports(api)
    for ending in ("rotate", "revoke", "revoke", "rotate"):
        api.post(f"/v1/oauth-clients/{client}/{ending}")
    done(api.delete("/v1/sequence-sets/W1?dryRun=true"))
    done(api.delete("/v1/sequence-sets/W1"))
    refuse_each(api)


def walk_imports(api: Api) -> None:
    file = b"documentType,number,documentDate,reference\ninvoice,W4-1,,\ninvoice,W4-2,soon,\n"
    announced = {"fileSha256": hashlib.sha256(file).hexdigest(), "byteCount": len(file)}
    import_id = done(api.post("/v1/imports", announced))["importId"]
    done(api.put(f"/v1/imports/{import_id}/content?offset=0", file))
    for query, options in (("?dryRun=true", {}), ("", {"skipBad": True, "keepFree": True})):
        done(api.post(f"/v1/imports/{import_id}/run{query}", options))
    done(api.get(f"/v1/imports/{import_id}"))


def refuse_each(api: Api) -> None:
    for method, path, _ in documented_api(api.service).operations.values():
        if path == "/oauth/token":
            continue
        target = path.replace("{key}", "none").replace("{id}", "none").replace("{number}", "none")
        for body in (b"{", b"[]", b'{"x":1}', b" " * (1 << 20) + b"{}"):
            api.call(method, target, None if method in ("GET", "DELETE") else body)
        for headers in ({"Authorization": "x"}, {"Zuora-Entity-Ids": "x"}, {"If-Match": '"x"'}):
            api.call(method, target, headers=headers)
        key = {"Idempotency-Key": f"refuse {path}"}
        for body in (b"[]", b"[]", b"[ ]"):
            api.call(method, target, None if method in ("GET", "DELETE") else body, headers=key)
        api.call(method, target, b"{}", headers={"Content-Type": "text/plain"})


def test_document_shown_to_people_is_made_of_the_same_operations(
    sqlite_service: RunningService,
) -> None:
    with httpx.Client(base_url=sqlite_service.url, verify=False) as http:
        exact, shown = (http.get(path).json() for path in ("/openapi.json", "/docs/openapi.json"))
    assert shown["openapi"].startswith("3.0.")
    ids = [set(DocumentedApi(document).operations) for document in (exact, shown)]
    assert ids[0] == ids[1]
