"""Sequence sets on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX, SETS_PER_REQUEST_MAX
from seriatim.domain.sequence_set import (
    ABSENT,
    FAULTY,
    Blank,
    NumberingInput,
    SequenceSetInput,
    Series,
)
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.fields import (
    DocumentTypeName,
    Flag,
    HexId,
    NeverNullInSchema,
    Prefix,
    RequestModel,
    ResponseModel,
    SetName,
    SetNumber,
    StartNumber,
    left_out,
)
from seriatim.http.wire.paths import camel_path
from seriatim.http.wire.shape import Shape, shape_of
from seriatim.service.set_effects import Effect
from seriatim.service.set_saving import SetView
from seriatim.service.set_series import SetWarning

RESOURCE = "sequence_set"
LIST_FIELD = "sequenceSets"

_READ_ONLY = left_out("Read-only: accepted as a GET gave it, and ignored.")


class NewNumbering(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["prefix", "startNumber"]})
    prefix: Prefix = left_out()
    startNumber: StartNumber = left_out()


class NewOptionalNumbering(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["prefix"]})
    prefix: Prefix = left_out()
    startNumber: StartNumber = left_out()


_Required = Annotated[NewNumbering | None, NeverNullInSchema()]


class NewSequenceSet(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"required": ["name", "invoice", "creditMemo", "debitMemo"]}
    )
    name: SetName = left_out()
    sequenceSetNumber: SetNumber = left_out()
    chronological: Flag = False
    invoice: _Required = left_out()
    creditMemo: _Required = left_out("Neither required nor accepted without Invoice Settlement.")
    debitMemo: _Required = left_out("Neither required nor accepted without Invoice Settlement.")
    payment: NewOptionalNumbering | None = left_out()
    refund: NewOptionalNumbering | None = left_out()


class CreateSequenceSets(RequestModel):
    sequenceSets: list[NewSequenceSet] = Field(
        max_length=SETS_PER_REQUEST_MAX, json_schema_extra={"minItems": 1}
    )


class ChangedNumbering(RequestModel):
    prefix: Prefix = left_out()
    startNumber: StartNumber = left_out()
    minStartNumber: Any = _READ_ONLY
    nextDocumentNumber: Any = _READ_ONLY


_Kept = Annotated[ChangedNumbering | None, NeverNullInSchema()]


class UpdateSequenceSet(RequestModel):
    name: SetName = left_out()
    chronological: Flag = left_out()
    invoice: _Kept = left_out()
    creditMemo: _Kept = left_out("Not accepted without Invoice Settlement.")
    debitMemo: _Kept = left_out("Not accepted without Invoice Settlement.")
    payment: ChangedNumbering | None = left_out("`null` clears it.")
    refund: ChangedNumbering | None = left_out("`null` clears it.")
    id: Any = _READ_ONLY
    success: Any = _READ_ONLY
    sequenceSetNumber: Any = _READ_ONLY
    warnings: Any = _READ_ONLY


_LIVE = Field(ge=1, le=SEQUENTIAL_NUMBER_MAX + 1, description="The live next number of the series.")


class ShownNumbering(ResponseModel):
    prefix: Prefix
    startNumber: Annotated[int, _LIVE]
    minStartNumber: Annotated[int, Field(description="The lowest startNumber accepted now.")]
    nextDocumentNumber: str | None = Field(description="null once 20 digits are used up.")


class ShownSet(ResponseModel):
    id: HexId
    sequenceSetNumber: SetNumber
    name: SetName
    chronological: Flag
    invoice: ShownNumbering
    creditMemo: ShownNumbering = left_out("Absent without Invoice Settlement.")
    debitMemo: ShownNumbering = left_out("Absent without Invoice Settlement.")
    payment: ShownNumbering = left_out("Absent where DEFAULT numbers the payments.")
    refund: ShownNumbering = left_out("Absent where DEFAULT numbers the refunds.")


class SetResponse(ShownSet):
    success: Literal[True]


class SetListResponse(ResponseModel):
    sequenceSets: list[ShownSet]
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


class Warned(ResponseModel):
    path: str
    message: str
    firstCollision: str = Field(description="The first number at which the two would meet.")


class Skipped(ResponseModel):
    firstNumber: str
    lastNumber: str
    count: int


class ShownEffect(ResponseModel):
    sequenceSet: str
    documentType: DocumentTypeName
    nextDocumentNumbers: list[str]
    skips: Skipped | None
    accounts: int
    drafts: int


class SavedResponse(ResponseModel):
    success: Literal[True]
    warnings: list[Warned] = left_out()
    dryRun: Literal[True] = left_out()
    effects: list[ShownEffect] = left_out("What the change would do; of a dry run alone.")


class CreatedResponse(SavedResponse):
    sequenceSets: list[ShownSet]


def new_sets_in(
    body: object, unknown_fields: UnknownFields
) -> tuple[Shape, list[SequenceSetInput]]:
    shape = shape_of(
        CreateSequenceSets,
        body,
        RESOURCE,
        unknown_fields=unknown_fields,
        list_field=LIST_FIELD,
    )
    items = shape.given_at(LIST_FIELD)
    count = len(items) if isinstance(items, list) else 0
    return shape, [_set_in(shape, (LIST_FIELD, index)) for index in range(count)]


def changed_set_in(body: object, unknown_fields: UnknownFields) -> tuple[Shape, SequenceSetInput]:
    shape = shape_of(UpdateSequenceSet, body, RESOURCE, unknown_fields=unknown_fields)
    return shape, _set_in(shape, (), number_is_read_only=True)


def _set_in(
    shape: Shape, base: tuple[str | int, ...], *, number_is_read_only: bool = False
) -> SequenceSetInput:
    if base in shape.faulty:
        return SequenceSetInput(name=FAULTY, numbering=dict.fromkeys(DocumentType, FAULTY))
    numbering: dict[DocumentType, NumberingInput | Blank | None] = {}
    for document_type in DocumentType:
        given = shape.value_at(*base, document_type.value)
        if given is FAULTY or given is None:
            numbering[document_type] = given
        elif given is not ABSENT:
            numbering[document_type] = NumberingInput(
                prefix=shape.value_at(*base, document_type.value, "prefix"),
                start_number=shape.value_at(*base, document_type.value, "startNumber"),
            )
    return SequenceSetInput(
        name=shape.value_at(*base, "name"),
        sequence_set_number=(
            ABSENT if number_is_read_only else shape.value_at(*base, "sequenceSetNumber")
        ),
        chronological=shape.value_at(*base, "chronological"),
        numbering=numbering,
    )


def set_out(view: SetView) -> dict[str, object]:
    current = view.sequence_set
    shown: dict[str, object] = {
        "id": current.sequence_set_id,
        "sequenceSetNumber": current.sequence_set_number,
        "name": current.name,
        "chronological": current.chronological,
    }
    for series in view.series:
        shown[series.document_type.value] = _numbering_out(series)
    return shown


def _numbering_out(series: Series) -> dict[str, object]:
    return {
        "prefix": series.prefix,
        "startNumber": series.next_number,
        "minStartNumber": series.min_start_number,
        "nextDocumentNumber": series.next_document_number,
    }


def warnings_out(warnings: list[SetWarning]) -> list[dict[str, object]]:
    return [
        {
            "path": camel_path(warning.path),
            "message": warning.message,
            "firstCollision": warning.first_collision,
        }
        for warning in warnings
    ]


def effects_out(effects: list[Effect]) -> list[dict[str, object]]:
    return [
        {
            "sequenceSet": effect.sequence_set,
            "documentType": effect.document_type.value,
            "nextDocumentNumbers": effect.next_document_numbers,
            "skips": None
            if effect.skips is None
            else dict(zip(("firstNumber", "lastNumber", "count"), effect.skips, strict=True)),
            "accounts": effect.accounts,
            "drafts": effect.drafts,
        }
        for effect in effects
    ]
