"""Errors as exit codes of the process: the one table. Source: contract/operations.md."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from seriatim.cli.faults import AnswerNotUnderstood, ServerUnreachable, UsageFault, kind_of
from seriatim.config_rules import ConfigRefused
from seriatim.domain import errors
from seriatim.domain.errors import SeriatimError


class ExitCode(IntEnum):
    """Stable for ever: scripts branch on them."""

    DONE = 0
    REFUSED = 1  # a rule forbids it, or a fault was found
    USAGE = 2
    NOT_FOUND = 3
    NOT_PERMITTED = 4
    TEMPORARY = 5  # nothing was done; trying again later is right
    UNKNOWN_OUTCOME = 6  # perhaps done; repeating with the same key tells
    INTERRUPTED = 130
    NOBODY_READS = 141  # as a shell reports a program that wrote into a closed pipe


EXIT_CODES: Final[dict[type[SeriatimError], ExitCode]] = {
    SeriatimError: ExitCode.REFUSED,
    errors.Rejected: ExitCode.REFUSED,
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.NotAuthenticated: ExitCode.NOT_PERMITTED,
    errors.NotPermitted: ExitCode.NOT_PERMITTED,
    errors.Conflict: ExitCode.TEMPORARY,
    errors.KeyInUse: ExitCode.TEMPORARY,
    errors.KeyReused: ExitCode.REFUSED,
    errors.EditedSince: ExitCode.REFUSED,
    errors.Overloaded: ExitCode.TEMPORARY,
    errors.StoreUnavailable: ExitCode.TEMPORARY,
    errors.SeriesUnusable: ExitCode.TEMPORARY,
    errors.OutcomeUnknown: ExitCode.UNKNOWN_OUTCOME,
    errors.InvariantBroken: ExitCode.REFUSED,
    errors.StoreRefused: ExitCode.REFUSED,
    ConfigRefused: ExitCode.USAGE,
    UsageFault: ExitCode.USAGE,
    AnswerNotUnderstood: ExitCode.REFUSED,
    ServerUnreachable: ExitCode.TEMPORARY,
}


def exit_code_of(error: SeriatimError) -> ExitCode:
    """Errors: none; a class that is not in the table counts as the one it descends from."""
    return next(EXIT_CODES[kind] for kind in kind_of(error).__mro__ if kind in EXIT_CODES)
