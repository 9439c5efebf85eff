"""Schemathesis over the OpenAPI document: nothing it makes up brings an internal error or an
answer that is not documented. Bounded and the same in every run: `make test` sends more than
1 000 cases to each database, `make test-cases` more than 20 000.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.api import Api, done
from tests.contract.conftest import EntityOf, ServiceOf
from tests.running_service import ROOT

CASES_PER_OPERATION, CASES_PER_OPERATION_OF_ALL = 8, 15
CASES_MIN, CASES_MIN_OF_ALL = 1_000, 20_000
CONFIG = """
seed = 20261123
continue-on-failure = true
hooks = "tests.contract.schemathesis_hooks"
# Of what it makes up for the long models of documents it throws much away; it says nothing of us.
suppress-health-check = ["filter_too_much"]
headers = {{ Authorization = "Bearer {token}" }}

# A made-up entity is refused before anything else is looked at: `test_headers.py` has those.
[parameters]
"header.Zuora-Entity-Ids" = "{entity_id}"

[generation]
max-examples = {cases}
deterministic = true
database = "none"

# A case for each bound and each wrong type of every field: most of all cases.
[phases.coverage]
enabled = {all_cases}

# All checks but two are on. This one has our own in its place, which knows the original's habit
# of refusing with 200.
[checks.negative_data_rejection]
enabled = false

# Rules beyond what a schema can say refuse sound-looking data: a taken prefix, an unknown zone.
[checks.positive_data_acceptance]
enabled = false
"""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("database", "http_status"), [("sqlite", "standard"), ("postgres", "original")]
)
def test_nothing_made_up_meets_an_undocumented_answer(
    service_of: ServiceOf,
    entity_of: EntityOf,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    database: str,
    http_status: str,
) -> None:
    all_cases: bool = pytestconfig.getoption("--all-cases")
    service = service_of(database, own="schemathesis", http_status=http_status)
    entity = entity_of(service)
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(
            token=entity.admin.token,
            entity_id=entity.id,
            cases=CASES_PER_OPERATION_OF_ALL if all_cases else CASES_PER_OPERATION,
            all_cases=str(all_cases).lower(),
        )
    )
    tool = Path(sys.executable).with_name("st")
    ended = subprocess.run(
        [tool, "--config-file", config, "run", f"{service.url}/openapi.json"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            "SCHEMATHESIS_OWN_CLIENT": entity.admin.client_id,
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr
    found = re.search(r"Test cases:\s+(\d+) generated", ended.stdout)
    assert found is not None, ended.stdout
    assert int(found[1]) >= (CASES_MIN_OF_ALL if all_cases else CASES_MIN)
    assert_sound(entity.admin)


def assert_sound(api: Api) -> None:
    """The run did not end its own client, nor left books that do not verify."""
    for series in done(api.get("/v1/series", params={"pageSize": 40}))["series"]:
        assert done(api.get(f"/v1/series/{series['id']}/verify"))["verified"] is True
    events = [json.loads(line) for line in api.service.log_text.splitlines()]
    assert [event for event in events if event["level"] == "error"] == []
