"""What the service says of itself in /openapi.json, held against what it answers."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
from openapi_schema_validator import OAS31Validator

from tests.running_service import RunningService

# A method the path has not is told by Allow; OPTIONS answers everywhere. Neither is an operation.
OUTSIDE_OPERATIONS = {405}
OWN_HEADERS = re.compile(
    r"zuora-.*|ratelimit-.*|concurrency-limit-.*|idempotent-replayed|etag|retry-after"
)


class DocumentedApi:
    """The OpenAPI document of one running service."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[tuple[str, str, str], OAS31Validator] = {}

    @cached_property
    def operations(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """By operation id: method, path template and the operation."""
        return {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in self.document["paths"]
        ]

    def fault(self, response: httpx.Response) -> str | None:
        """How an answer differs from what is documented for its operation; None if it does not."""
        path = urlsplit(str(response.request.url)).path
        template = next((one for match, one in self._patterns if match.fullmatch(path)), None)
        if template is None or response.status_code in OUTSIDE_OPERATIONS:
            return None
        method = response.request.method
        operation = self.document["paths"][template].get(
            "get" if method == "HEAD" else method.lower()
        )
        if operation is None:
            return None
        place = f"{method} {template} {response.status_code}"
        documented = operation["responses"].get(str(response.status_code))
        if documented is None:
            return f"{place} is not documented"
        found = self._header_fault(documented, response)
        if found is None and method != "HEAD":
            found = self._body_fault(operation["operationId"], documented, response)
        return None if found is None else f"{place}: {found}"

    def _header_fault(self, documented: dict[str, Any], response: httpx.Response) -> str | None:
        names = {name.lower(): self._resolved(one) for name, one in documented["headers"].items()}
        own = {name for name in response.headers if OWN_HEADERS.fullmatch(name)}
        if undocumented := own - set(names):
            return f"undocumented headers {sorted(undocumented)}"
        missing = [
            name
            for name, header in names.items()
            if header.get("required") and name not in response.headers
        ]
        return f"headers missing: {missing}" if missing else None

    def _body_fault(
        self, operation_id: str, documented: dict[str, Any], response: httpx.Response
    ) -> str | None:
        content_type = response.headers["Content-Type"].partition(";")[0]
        content = documented.get("content", {})
        if content_type not in content:
            return f"undocumented content type {content_type}"
        validator = self._validator(operation_id, str(response.status_code), content_type)
        errors = sorted(validator.iter_errors(response.json()), key=lambda one: list(one.path))
        return f"{errors[0].message} in {response.text[:500]}" if errors else None

    def _validator(self, operation_id: str, status: str, content_type: str) -> OAS31Validator:
        place = (operation_id, status, content_type)
        if place not in self._validators:
            operation = self.operations[operation_id][2]
            schema = operation["responses"][status]["content"][content_type]["schema"]
            whole = {"$defs": self._definitions, **_as_of_one_schema(schema)}
            checker = OAS31Validator.FORMAT_CHECKER
            self._validators[place] = OAS31Validator(whole, format_checker=checker)
        return self._validators[place]

    @cached_property
    def _definitions(self) -> Any:
        return _as_of_one_schema(self.document["components"]["schemas"])

    def _resolved(self, header: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in header:
            return header
        name = header["$ref"].rpartition("/")[2]
        found: dict[str, Any] = self.document["components"]["headers"][name]
        return found


def _as_of_one_schema(part: Any) -> Any:
    return json.loads(json.dumps(part).replace("#/components/schemas/", "#/$defs/"))


_documents: dict[RunningService, DocumentedApi] = {}


def documented_api(service: RunningService) -> DocumentedApi:
    """The document of a service, read once."""
    if service not in _documents:
        with httpx.Client(verify=False) as http:
            _documents[service] = DocumentedApi(http.get(f"{service.url}/openapi.json").json())
    return _documents[service]
