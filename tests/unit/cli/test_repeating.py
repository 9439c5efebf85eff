"""Repeating calls: only where it is safe, and never without end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seriatim.cli import repeating
from seriatim.cli.backend import Call, Reply
from seriatim.cli.faults import RefusedByService, ServerUnreachable
from seriatim.cli.repeating import settled
from seriatim.domain.errors import (
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
)

READ = Call("GET", ("v1", "series"))
KEYED = Call("POST", ("v1", "document-numbers"), body={}, idempotency_key="a-key")
BARE = Call("POST", ("v1", "oauth-clients"), body={})
TRIED_OUT = Call("PUT", ("v1", "sequence-sets", "A"), body={}, query={"dryRun": "true"})
REPLY = Reply({"success": True})
LOST = OutcomeUnknown("lost")
AWAY = StoreUnavailable("away")
UNREACHABLE = ServerUnreachable("refused")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("seriatim.cli.repeating.time.sleep", taken.append)
    return taken


def meeting(*met: SeriatimError | Reply) -> Callable[[], Reply]:
    """Tries that meet these in turn, and the last one from then on."""
    left = list(met)

    def once() -> Reply:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Reply):
            return one
        raise one

    return once


@pytest.mark.parametrize("call", [READ, KEYED, TRIED_OUT])
@pytest.mark.parametrize(
    "met", [LOST, AWAY, Overloaded("full"), RefusedByService(StoreUnavailable, ["away"])]
)
def test_safe_call_is_repeated_until_it_is_answered(
    call: Call, met: SeriatimError, pauses: list[float]
) -> None:
    assert settled(call, meeting(met, met, REPLY)) is REPLY
    assert pauses == [0.25, 0.5]


@pytest.mark.parametrize("met", [LOST, AWAY])
def test_call_without_a_key_is_tried_once(met: SeriatimError, pauses: list[float]) -> None:
    with pytest.raises(type(met)):
        settled(BARE, meeting(met, REPLY))
    assert pauses == []


@pytest.mark.parametrize("met", [UNREACHABLE, RefusedByService(Rejected, ["no"])])
def test_what_will_not_pass_is_told_at_once(met: SeriatimError, pauses: list[float]) -> None:
    with pytest.raises(type(met)):
        settled(KEYED, meeting(met, REPLY))
    assert pauses == []


def test_outcome_that_stays_unknown_names_the_key(pauses: list[float]) -> None:
    with pytest.raises(OutcomeUnknown, match="--idempotency-key a-key"):
        settled(KEYED, meeting(LOST))
    assert len(pauses) == len(repeating.PAUSES_S)


@pytest.mark.parametrize("after", [AWAY, UNREACHABLE])
def test_call_that_was_perhaps_done_stays_unknown_whatever_comes_after(
    after: SeriatimError,
) -> None:
    with pytest.raises(OutcomeUnknown):
        settled(KEYED, meeting(LOST, after))


def test_refusal_after_a_lost_answer_settles_it() -> None:
    with pytest.raises(RefusedByService):
        settled(KEYED, meeting(LOST, RefusedByService(Rejected, ["no"])))


def test_read_without_an_answer_is_temporary() -> None:
    with pytest.raises(StoreUnavailable):
        settled(READ, meeting(LOST))


def test_unknown_outcome_without_a_key_says_to_look_first() -> None:
    with pytest.raises(OutcomeUnknown, match="look before repeating"):
        settled(BARE, meeting(LOST))
