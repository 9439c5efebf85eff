"""What Schemathesis must know of this API beside its OpenAPI document."""

from __future__ import annotations

import os
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.specs.openapi.checks import negative_data_rejection

OWN_CLIENT = os.environ.get("SCHEMATHESIS_OWN_CLIENT", "")
ABSENT_CLIENT = "00000000-0000-4000-8000-000000000000"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """A run that finds and revokes its own client would find nothing more."""
    for name, value in case.path_parameters.items():
        if str(value).lower() == OWN_CLIENT:
            case.path_parameters[name] = ABSENT_CLIENT


@schemathesis.check
def negative_data_is_refused(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """The check of Schemathesis, where `success: false` with HTTP 200 is a refusal as well."""
    if response.status_code == 200 and b'"success":false' in response.content[:40]:
        return None
    return negative_data_rejection(ctx, response, case)
