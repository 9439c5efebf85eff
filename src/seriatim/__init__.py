"""Seriatim: gapless, provable document numbers."""

from __future__ import annotations

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import (
    Conflict,
    InvariantBroken,
    KeyInUse,
    KeyReused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    SeriesUnusable,
    StoreRefused,
    StoreUnavailable,
    Violation,
)
from seriatim.domain.number_states import NumberState
from seriatim.library.answers import (
    CreatedSet,
    DocumentNumbers,
    ExplainedNumber,
    IssuedNumbers,
    MovedNumbers,
    NeighbourNumber,
    RegisterEntry,
    VerifiedRegister,
    VerifiedSeries,
)
from seriatim.numbering import Numbering

__all__ = [
    "Conflict",
    "CreatedSet",
    "DocumentNumbers",
    "DocumentType",
    "ExplainedNumber",
    "InvariantBroken",
    "IssuedNumbers",
    "KeyInUse",
    "KeyReused",
    "MovedNumbers",
    "NeighbourNumber",
    "NotFound",
    "NotPermitted",
    "NumberState",
    "Numbering",
    "OutcomeUnknown",
    "Overloaded",
    "RegisterEntry",
    "Rejected",
    "SeriatimError",
    "SeriesUnusable",
    "StoreRefused",
    "StoreUnavailable",
    "VerifiedRegister",
    "VerifiedSeries",
    "Violation",
]
