"""The same description in the older dialect that the page at /docs can show.

The packaged Swagger UI reads OpenAPI 3.0; the exact document is 3.1. What 3.0 cannot say is
said more loosely here, for the eye alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from seriatim.http.openapi_parts import Json


def for_page(document: Json) -> Json:
    rewritten = {name: _rewritten(value) for name, value in document.items()}
    info = dict(_mapping(document["info"]))
    info.pop("summary", None)
    info["license"] = {"name": _mapping(info["license"])["name"]}
    return {**rewritten, "openapi": "3.0.3", "info": info}


def _rewritten(value: object) -> object:
    if isinstance(value, list):
        return [_rewritten(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    schema = {name: _rewritten(member) for name, member in value.items()}
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    examples = schema.pop("examples", None)
    if isinstance(examples, list) and examples:
        schema["example"] = examples[0]
    for limit, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if limit in schema and not isinstance(schema[limit], bool):
            schema[bound] = schema[limit]
            schema[limit] = True
    return _without_null(schema)


def _without_null(schema: dict[str, object]) -> dict[str, object]:
    """`nullable` in the place of the type null."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        schema = {**schema, "type": rest[0] if rest else "object", "nullable": "null" in kinds}
    for union in ("anyOf", "oneOf"):
        members = schema.get(union)
        if isinstance(members, list) and {"type": "null"} in members:
            rest = [member for member in members if member != {"type": "null"}]
            schema = {**schema, union: rest, "nullable": True}
    return schema


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("a part of the document that should be an object is none")
    return value
