"""Endpoints that payments and credit memos have in common: apply and unapply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from seriatim.domain.billing import Document
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.http.document_calls import Call, changing
from seriatim.http.endpoint import ApiRequest, Endpoint
from seriatim.http.wire.applications import Apply, applications_in
from seriatim.service.applying import ApplyDocument, UnapplyDocument
from seriatim.service.document_orders import DocumentOrder


def applying(
    clock: Clock,
    document_type: DocumentType,
    apply: Call,
    unapply: Call,
    shown: Callable[[Document], dict[str, Any]],
    *,
    response_model: type[BaseModel],
) -> list[Endpoint]:
    def order(
        wanted: type[ApplyDocument] | type[UnapplyDocument],
    ) -> Callable[[ApiRequest], DocumentOrder]:
        def asked(request: ApiRequest) -> DocumentOrder:
            faults, wishes = applications_in(request.body, request.settings.unknown_fields)
            return wanted(document_type, request.path_params["key"], wishes, faults)

        return asked

    return [
        changing(
            clock,
            call,
            order(wanted),
            shown,
            request_model=Apply,
            response_model=response_model,
        )
        for call, wanted in ((apply, ApplyDocument), (unapply, UnapplyDocument))
    ]
