"""The endpoints of proofs: certificates of completeness, and the key that signs them.

Source: contract/numbering.md, Register 4; docs/reference/certificates.md. The paths are ours.
"""

from __future__ import annotations

import re
from datetime import date

from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, NotFound, Violation
from seriatim.engine.checkpoint import Keys
from seriatim.http.endpoint import EVERY_ROLE, ApiRequest, Endpoint, Parameter, Result
from seriatim.http.wire.proofs import (
    CertificateResponse,
    MakeCertificate,
    PublicKeyResponse,
    StoredCertificateResponse,
    certificate_out,
    public_key_out,
)
from seriatim.http.wire.shape import Shape, shape_of
from seriatim.service import proofs as service
from seriatim.service.certified_range import RESOURCE, CertificateRequest, certificate_fault
from seriatim.store.sql_store import SqlStore, Transaction

_TAG = "Proofs"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SERIES_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of a series.")
_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "Id of a certificate.")


def endpoints(clock: Clock, store: SqlStore, keys: Keys | None) -> list[Endpoint]:
    return [_make(clock, store, keys), _get(), _public_key(keys)]


def _make(clock: Clock, store: SqlStore, keys: Keys | None) -> Endpoint:
    def make(request: ApiRequest) -> Result:
        faults, wanted = _wanted(request)
        made = service.make_certificate(
            store,
            request.caller,
            request.path_params["id"],
            wanted,
            keys=keys,
            clock=clock,
            shape_faults=faults,
        )
        return Result(certificate_out(made))

    return Endpoint(
        method="POST",
        path="/v1/series/{id}/certificates",
        operation_id="POST_SeriesCertificate",
        summary="Certify the completeness of a series",
        description="A small signed file that accounts for every integer of a range, or of the "
        "smallest range that encloses the document dates of a period. Each request makes a "
        "certificate of its own, as of the last entry of the register.",
        tag=_TAG,
        handler=lambda _, request: make(request),
        sliced=make,
        roles=EVERY_ROLE,
        parameters=(_SERIES_ID,),
        request_model=MakeCertificate,
        response_models={200: CertificateResponse},
        runs_long=True,
    )


def _get() -> Endpoint:
    def handler(transaction: Transaction, request: ApiRequest) -> Result:
        certificate_id = request.path_params["id"]
        text = service.get_certificate(transaction, request.caller, certificate_id)
        body = {"certificateId": certificate_id.lower(), "certificate": text, "success": True}
        return Result(body)

    return Endpoint(
        method="GET",
        path="/v1/certificates/{id}",
        operation_id="GET_Certificate",
        summary="Read a certificate again",
        description="As it was made.",
        tag=_TAG,
        handler=handler,
        roles=EVERY_ROLE,
        parameters=(_ID,),
        response_models={200: StoredCertificateResponse},
    )


def _public_key(keys: Keys | None) -> Endpoint:
    def handler(_: Transaction, __: ApiRequest) -> Result:
        if keys is None:
            raise NotFound("public_key", "current")
        return Result(public_key_out(keys))

    return Endpoint(
        method="GET",
        path="/v1/public-key",
        operation_id="GET_PublicKey",
        summary="Read the public key",
        description="The Ed25519 key that checkpoints and certificates are signed with now.",
        tag=_TAG,
        handler=handler,
        roles=EVERY_ROLE,
        response_models={200: PublicKeyResponse},
        may_be_absent=True,
    )


def _wanted(request: ApiRequest) -> tuple[list[Violation], CertificateRequest]:
    shape = shape_of(
        MakeCertificate, request.body, RESOURCE, unknown_fields=request.settings.unknown_fields
    )
    faults = list(shape.faults)
    wanted = CertificateRequest(
        first_number=shape.given_at("firstNumber"),
        last_number=shape.given_at("lastNumber"),
        period_start=_day(shape, "periodStart", "period_start", faults),
        period_end=_day(shape, "periodEnd", "period_end", faults),
    )
    return faults, wanted


def _day(shape: Shape, name: str, field: str, faults: list[Violation]) -> date | None:
    text = shape.given_at(name)
    if text is None:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        message = "must be a day that exists, written YYYY-MM-DD"
        faults.append(certificate_fault(Category.INVALID_VALUE, message, field))
        return None
