"""Repeating a call where that is safe and may help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from seriatim.cli.backend import Call, Reply
from seriatim.cli.faults import ServerUnreachable, kind_of
from seriatim.domain.errors import (
    Conflict,
    OutcomeUnknown,
    Overloaded,
    SeriatimError,
    StoreUnavailable,
)

PAUSES_S: Final = (0.25, 0.5, 1.0, 2.0)
_MAY_PASS: Final = (Conflict, Overloaded, StoreUnavailable, OutcomeUnknown)


def settled(call: Call, once: Callable[[], Reply]) -> Reply:
    """The reply to a call, repeated for a bounded time while the service is busy or silent.

    Order: only what changes nothing, or a call with a key, is tried more than once.
    Errors: OutcomeUnknown, if one try may have been carried out and none after it could tell;
        else what the last try met.
    """
    maybe_done = False
    pauses = iter(PAUSES_S if call.is_repeatable else ())
    while True:
        try:
            return once()
        except SeriatimError as error:
            kind = kind_of(error)
            if issubclass(kind, OutcomeUnknown) and not call.changes_nothing:
                maybe_done = True
            may_pass = issubclass(kind, _MAY_PASS) or (
                # It answered a moment ago: it is starting again.
                maybe_done and issubclass(kind, ServerUnreachable)
            )
            pause = next(pauses, None) if may_pass else None
            if pause is None:
                raise _final(call, error, maybe_done=maybe_done and may_pass) from error
        time.sleep(pause)


def _final(call: Call, error: SeriatimError, *, maybe_done: bool) -> SeriatimError:
    if maybe_done:
        return OutcomeUnknown(_advice(call), detail=error.message)
    if issubclass(kind_of(error), OutcomeUnknown):
        return StoreUnavailable("no answer came; nothing was asked to change", detail=error.message)
    return error


def _advice(call: Call) -> str:
    message = "nobody can tell whether it was carried out"
    if call.is_idempotent:
        return f"{message}; repeating the command goes on where it is"
    if call.idempotency_key is None:
        return f"{message}; look before repeating it"
    return f"{message}; repeating it with --idempotency-key {call.idempotency_key} tells"
