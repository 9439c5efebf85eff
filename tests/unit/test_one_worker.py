"""What one worker must do alone goes to one worker, and everything else to whoever is free."""

from __future__ import annotations

import pytest

from tests.one_worker import GROUPS, group_of
from tests.postgres_server import ROOT


@pytest.mark.parametrize("start", GROUPS)
def test_group_is_of_files_that_are_there(start: str) -> None:
    folder, _, name = start.rpartition("/")
    assert list((ROOT / folder).glob(f"{name}*"))


def test_tests_of_one_file_belong_together_and_others_to_nobody() -> None:
    plans = "tests/integration/test_postgres_plans.py::test_a"
    assert group_of(f"{plans}[b]") == group_of(f"{plans}[c]") == "plans"
    assert group_of("tests/browser/test_a.py::test_b") == "tests/browser/test_a.py"
    assert group_of("tests/unit/test_one_worker.py::test_a") is None
