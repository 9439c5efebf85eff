"""Exit codes: one table, complete and stable."""

from __future__ import annotations

import inspect

import pytest

from seriatim.cli.exit_codes import EXIT_CODES, ExitCode, exit_code_of
from seriatim.cli.faults import RefusedByService
from seriatim.domain import errors
from seriatim.domain.errors import SeriatimError
from seriatim.http.faults import no_such_path


def test_every_error_of_the_tree_has_its_exit_code() -> None:
    tree = {
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, SeriatimError)
    }
    assert tree - EXIT_CODES.keys() == set()


def test_exit_codes_are_those_of_the_contract() -> None:
    assert [(code.value, code.name) for code in ExitCode][:7] == [
        (0, "DONE"),
        (1, "REFUSED"),
        (2, "USAGE"),
        (3, "NOT_FOUND"),
        (4, "NOT_PERMITTED"),
        (5, "TEMPORARY"),
        (6, "UNKNOWN_OUTCOME"),
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("series", "x"), 3),
        (errors.NotAuthenticated("x"), 4),
        (errors.NotPermitted("x"), 4),
        (errors.StoreUnavailable("x"), 5),
        (errors.Overloaded("x"), 5),
        (errors.KeyInUse("x"), 5),
        (errors.OutcomeUnknown("x"), 6),
        (errors.InvariantBroken("x"), 1),
        (RefusedByService(errors.OutcomeUnknown, ["x"]), 6),
        (RefusedByService(errors.Rejected, ["x"]), 1),
        (no_such_path(), 1),
    ],
)
def test_error_ends_with_its_code_wherever_it_comes_from(error: SeriatimError, code: int) -> None:
    assert exit_code_of(error) == code
