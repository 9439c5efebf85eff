"""Certificates on the wire. A certificate itself goes as text: its bytes are what is signed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictStr

from seriatim.domain.document_number import format_number
from seriatim.domain.register import moment_text
from seriatim.engine.certificate import Certificate
from seriatim.engine.checkpoint import Keys
from seriatim.http.wire.fields import (
    Day,
    DocumentTypeName,
    HexId,
    Moment,
    Prefix,
    RequestModel,
    ResponseModel,
    left_out,
)


class MakeCertificate(RequestModel):
    firstNumber: StrictStr = left_out("The first document number; else the series' first.")
    lastNumber: StrictStr = left_out("The last document number; else the last one given.")
    periodStart: Day = left_out("Instead of numbers: the first document date, with `periodEnd`.")
    periodEnd: Day = left_out("The last document date of the period.")


class ShownCounts(ResponseModel):
    issued: int
    voided: int
    skipped: int
    imported: int
    reserved: int


class CertificateResponse(ResponseModel):
    certificateId: HexId
    seriesId: HexId
    documentType: DocumentTypeName
    prefix: Prefix
    firstNumber: str
    lastNumber: str
    count: int
    counts: ShownCounts
    runs: int = Field(description="Into how many runs of one state the numbers fall.")
    asOfEntry: int = Field(description="The last entry of the register that was known.")
    issuedAt: Moment
    keyId: HexId
    certificate: str = Field(description="The file, to be kept as it is, to the last byte.")
    success: Literal[True]


class StoredCertificateResponse(ResponseModel):
    certificateId: HexId
    certificate: str = Field(description="The file, to be kept as it is, to the last byte.")
    success: Literal[True]


class PublicKeyResponse(ResponseModel):
    keyId: HexId
    algorithm: Literal["Ed25519"]
    publicKey: str = Field(json_schema_extra={"pattern": "^[0-9a-f]{64}$"})
    publicKeyPem: str
    success: Literal[True]


def certificate_out(made: Certificate) -> dict[str, Any]:
    series, numbers = made.series, made.numbers
    return {
        "certificateId": made.certificate_id,
        "seriesId": series.key.series_id,
        "documentType": series.document_type.value,
        "prefix": series.prefix,
        "firstNumber": format_number(series.prefix, numbers.first),
        "lastNumber": format_number(series.prefix, numbers.last),
        "count": numbers.count,
        "counts": made.counts,
        "runs": made.run_count,
        "asOfEntry": made.checkpoint.entry_number,
        "issuedAt": moment_text(made.checkpoint.signed_at),
        "keyId": made.checkpoint.key_id,
        "certificate": made.text,
        "success": True,
    }


def public_key_out(keys: Keys) -> dict[str, Any]:
    return {
        "keyId": keys.key_id,
        "algorithm": "Ed25519",
        "publicKey": keys.public_key.hex(),
        "publicKeyPem": keys.public_pem,
        "success": True,
    }
