"""What Prometheus is told of the numbers. Source: contract/operations.md, Logs."""

from __future__ import annotations

import pytest

from tests.contract.api import Api, create, done, issue, new_set, refused
from tests.contract.conftest import EntityOf, ServiceOf

NUMBERS = "/v1/document-numbers"
KINDS = ("issued", "reserved", "skipped", "voided")


def counted(api: Api) -> dict[str, float]:
    """The metrics of the service, each with its labels, by name."""
    lines = api.http.get("/metrics").text.splitlines()
    values = (line.rsplit(" ", 1) for line in lines if line.startswith("seriatim_"))
    return {name: float(value) for name, value in values}


def gained(api: Api, before: dict[str, float], *names: str) -> list[float]:
    after = counted(api)
    return [after.get(name, 0) - before.get(name, 0) for name in names]


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, service_of: ServiceOf, entity_of: EntityOf) -> Api:
    """Of a service apart: where other tests skip 10 ** 19 numbers, four more are lost in a float."""
    return entity_of(service_of(request.param, own="metrics")).admin


def test_numbers_are_counted_by_what_became_of_them(api: Api) -> None:
    create(api, new_set("M"))
    before = counted(api)
    issue(api, sequenceSet="M", count=3)
    issue(api, sequenceSet="M", count=2, holdSeconds=600)
    done(api.post(f"{NUMBERS}/MI00000002/void", {"reason": "typed twice"}))
    done(api.put("/v1/sequence-sets/M", {"invoice": {"startNumber": 10}}))
    refused(api.post(NUMBERS, {"documentType": "invoice", "count": 0}), 200, 20)
    kinds = [f'seriatim_numbers_total{{kind="{kind}"}}' for kind in KINDS]
    issued, reserved, skipped, voided = gained(api, before, *kinds)
    assert (issued, reserved, skipped) == (3, 2, 4)
    assert voided >= 1  # a hold of another test may have expired meanwhile
    assert gained(api, before, "seriatim_issue_seconds_count", "seriatim_batch_size_count") == [
        3,
        3,
    ]
