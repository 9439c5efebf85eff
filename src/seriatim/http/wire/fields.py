"""JSON Schema of the values that many models share. pydantic checks only the types: what a
value may be is said by the domain's rules, which report it with the rest.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
    StrictStr,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import (
    PREFIX_CHARACTERS_MAX,
    REFERENCE_CHARACTERS_MAX,
    SEQUENTIAL_NUMBER_MAX,
    SET_NAME_CHARACTERS_MAX,
    SET_NUMBER_CHARACTERS_MAX,
)


class RequestModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NeverNullInSchema:
    """Leaves `null` out of the documented schema of a field where the rules refuse it."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        variants = handler(core_schema)["anyOf"]
        schema: JsonSchemaValue = next(one for one in variants if one.get("type") != "null")
        return schema


def left_out(description: str | None = None) -> Any:
    """A field that may be left out, without a default that the schema would promise."""
    return Field(default_factory=lambda: None, description=description)


class ResponseModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


def text_schema(longest: int, shortest: int = 0, pattern: str | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"minLength": shortest, "maxLength": longest}
    return schema if pattern is None else {**schema, "pattern": pattern}


SetName = Annotated[
    StrictStr,
    Field(
        json_schema_extra=text_schema(SET_NAME_CHARACTERS_MAX, 1, "^[A-Za-z0-9][A-Za-z0-9-]*$"),
        description="Unique in the entity, compared without case.",
    ),
]
SetNumber = Annotated[
    StrictStr,
    Field(
        json_schema_extra=text_schema(
            SET_NUMBER_CHARACTERS_MAX, 1, "^[!-.0-~]([ -.0-~]*[!-.0-~])?$"
        ),
        description="An alternative key; given by the service if absent.",
    ),
]
Prefix = Annotated[
    StrictStr,
    Field(
        json_schema_extra=text_schema(PREFIX_CHARACTERS_MAX, 1, "^[A-Za-z0-9][A-Za-z0-9_-]*$"),
        description="Belongs to one document type for ever.",
    ),
]
StartNumber = Annotated[
    StrictInt,
    Field(
        json_schema_extra={"minimum": 1, "maximum": SEQUENTIAL_NUMBER_MAX},
        description="The sequential number of the next document.",
    ),
]
Reference = Annotated[StrictStr, Field(json_schema_extra=text_schema(REFERENCE_CHARACTERS_MAX))]
DocumentTypeName = Annotated[
    StrictStr, Field(json_schema_extra={"enum": [one.value for one in DocumentType]})
]
HexId = Annotated[StrictStr, Field(json_schema_extra={"pattern": "^[0-9a-f]{32}$"})]
Uuid = Annotated[StrictStr, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[StrictStr, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[StrictStr, Field(json_schema_extra={"format": "date"})]
Flag = StrictBool
