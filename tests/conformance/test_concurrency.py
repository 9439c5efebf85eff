"""Callers at the same moment: exactly one winner, nothing lost, no text twice.

Threads begin together at a barrier; where one must come first, an event says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Rejected, SeriatimError
from seriatim.service.access import create_client
from seriatim.service.entities import create_entity
from tests.conformance.desk import Desk, execute
from tests.samples import new_set, numbering, wanted_set

ROUNDS = 5


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returned or was refused with, in their order."""
    outcomes: list[object] = [ValueError("never ran")] * len(calls)
    together = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], object]) -> None:
        together.wait(30)
        try:
            outcomes[place] = call()
        except SeriatimError as error:
            outcomes[place] = error
        except BaseException as error:
            outcomes[place] = error
            raise

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    defects = [
        one
        for one in outcomes
        if isinstance(one, BaseException) and not isinstance(one, SeriatimError)
    ]
    assert defects == []
    return outcomes


def one_winner(outcomes: Sequence[object]) -> set[tuple[str, Category]]:
    """The faults of the losers, of whom there are all but one."""
    losers = [one for one in outcomes if isinstance(one, Exception)]
    assert len(losers) == len(outcomes) - 1, outcomes
    faults: set[tuple[str, Category]] = set()
    for loser in losers:
        assert isinstance(loser, Rejected), loser
        faults |= {(".".join(map(str, v.full_path)), v.category) for v in loser.violations}
    return faults


def test_concurrent_creations_of_one_name_have_one_winner(desk: Desk) -> None:
    for n in range(ROUNDS):
        faults = one_winner(
            at_once(*(partial(desk.create, new_set(f"S{n}", f"S{n}-{m}-")) for m in "abc"))
        )
        assert faults == {("sequence_sets.0.name", Category.RULE)}
    assert desk.names() == ["DEFAULT", *(f"S{n}" for n in range(ROUNDS))]
    assert len(desk.audit_trail()) == ROUNDS


def test_concurrent_creations_of_one_prefix_for_two_types_have_one_winner(desk: Desk) -> None:
    for n in range(ROUNDS):
        faults = one_winner(
            at_once(
                partial(desk.create, new_set(f"A{n}", invoice=(f"X{n}-", 1))),
                partial(desk.create, new_set(f"B{n}", credit_memo=(f"x{n}-", 1))),
            )
        )
        assert faults <= {
            ("sequence_sets.0.invoice.prefix", Category.RULE),
            ("sequence_sets.0.credit_memo.prefix", Category.RULE),
        }
        owned = execute(
            desk.store,
            "SELECT count(*) FROM seriatim_prefix_owner "
            "WHERE entity_id = :entity_id AND prefix_folded = :prefix",
            {"entity_id": desk.caller.entity_id, "prefix": f"x{n}-"},
        )
        assert owned[0][0] == 1


def test_concurrent_changes_of_different_fields_lose_nothing(desk: Desk) -> None:
    for n in range(ROUNDS):
        name = f"S{n}"
        desk.create(new_set(name))
        outcomes = at_once(
            partial(desk.update, name, wanted_set(invoice=f"{name}-new-")),
            partial(desk.update, name, wanted_set(payment=f"{name}-pay-")),
            partial(desk.update, name, wanted_set(chronological=True)),
            partial(desk.update, name, wanted_set(credit_memo=numbering(start_number=9))),
        )
        assert not [one for one in outcomes if isinstance(one, Exception)]
        current = desk.get(name).sequence_set
        assert (current.revision, current.chronological) == (5, True)
        shown = {one.field_name: (s.prefix, s.next_number) for one, s in current.series.items()}
        assert shown == {
            "invoice": (f"{name}-new-", 1),
            "credit_memo": (f"{name}-C-", 9),
            "debit_memo": (f"{name}-D-", 1),
            "payment": (f"{name}-pay-", 1),
        }
    assert [entry.audit_number for entry in desk.audit_trail()] == list(range(1, 5 * ROUNDS + 1))


def test_concurrent_changes_of_one_version_have_one_winner(desk: Desk) -> None:
    desk.create(new_set("A"))
    for n in range(ROUNDS):
        etag = desk.get("SS-00000001").sequence_set.etag
        outcomes = at_once(
            *(
                partial(desk.update, "SS-00000001", wanted_set(f"{m}{n}"), if_match=etag)
                for m in "xyz"
            )
        )
        losers = [one for one in outcomes if isinstance(one, SeriatimError)]
        assert [type(one).__name__ for one in losers] == ["EditedSince"] * 2


@pytest.mark.parametrize("threads", [2, 6])
def test_concurrent_issues_of_one_series_are_consecutive(desk: Desk, threads: int) -> None:
    each = 20

    def issue_some() -> list[str]:
        return [text for _ in range(each) for text in desk.texts()]

    outcomes = at_once(*([issue_some] * threads))
    texts: list[str] = []
    for outcome in outcomes:
        assert isinstance(outcome, list), outcome
        assert outcome == sorted(outcome)
        texts += outcome
    assert sorted(texts) == [f"INV{n:08d}" for n in range(1, threads * each + 1)]
    assert desk.verify()["INV invoice"].is_verified
    assert desk.series("INV").issued_count == threads * each


def test_entangled_series_issued_at_once_never_give_one_text(desk: Desk) -> None:
    """Across the border of the zone, from three sides."""
    desk.create(
        new_set("A", invoice=("7", 1_199_999_990)),
        new_set("B", invoice=("71", 199_999_990)),
        new_set("C", invoice=("712", 1)),
    )

    def issue_some(name: str) -> list[str]:
        return [text for _ in range(15) for text in desk.texts(sequence_set=name, count=3)]

    outcomes = at_once(*(partial(issue_some, name) for name in "ABC"))
    texts: list[str] = []
    for outcome in outcomes:
        assert isinstance(outcome, list), outcome
        texts += outcome
    assert len(texts) == len(set(texts)) == 3 * 15 * 3
    assert all(one.is_verified for one in desk.verify().values())


def test_start_raised_while_numbers_are_issued_leaves_no_gap_unexplained(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("2", 299_999_990)), new_set("B", invoice=("23", 1)))

    def raise_some() -> None:
        for _ in range(10):
            start = desk.series("2").next_number + 3
            with suppress(Rejected):  # where somebody was faster
                desk.update("A", wanted_set(invoice=numbering(start_number=start)))

    outcomes = at_once(
        raise_some,
        lambda: [desk.issue(sequence_set="A", count=2) for _ in range(15)] and None,
        lambda: [desk.issue(sequence_set="B", count=2) for _ in range(15)] and None,
    )
    assert outcomes == [None] * 3
    assert all(one.is_verified for one in desk.verify().values())


def test_prefix_born_while_its_partner_issues_never_meets_it(desk: Desk) -> None:
    for n in range(ROUNDS):
        shorter, longer = f"Q{n}x", f"Q{n}x3"
        desk.create(new_set(f"A{n}", invoice=(shorter, 300_000_001)))

        def born(n: int = n, longer: str = longer) -> list[str]:
            desk.create(new_set(f"B{n}", invoice=(longer, 1)))
            return desk.texts(sequence_set=f"B{n}", count=8)

        def issued(n: int = n) -> list[str]:
            return [text for _ in range(8) for text in desk.texts(sequence_set=f"A{n}")]

        texts: list[str] = []
        for outcome in at_once(born, issued):
            assert isinstance(outcome, list), outcome
            texts += outcome
        assert len(set(texts)) == 16
    assert all(one.is_verified for one in desk.verify().values())


def test_release_and_use_of_one_prefix_at_once_leave_a_whole_book(desk: Desk) -> None:
    for n in range(ROUNDS):
        prefix = f"R{n}-"
        desk.create(new_set("A", f"A{n}-", invoice=(prefix, 1)))
        desk.delete("A")
        outcomes = at_once(
            partial(desk.release, prefix),
            partial(desk.create, new_set(f"B{n}", invoice=(prefix, 1))),
        )
        assert not isinstance(outcomes[1], Exception)
        assert desk.texts(sequence_set=f"B{n}") == [f"{prefix}00000001"]
    assert all(one.is_verified for one in desk.verify().values())


def test_concurrent_entities_of_one_name_have_one_winner(desk: Desk) -> None:
    """Their callers serve different entities, so no common row is locked."""
    other = desk.another_entity()

    def create(by: Desk, name: str) -> object:
        return by.run(lambda tx: create_entity(tx, by.asking(), name=name, clock=by.clock))

    for n in range(ROUNDS):
        faults = one_winner(
            at_once(
                partial(create, desk, f"Twin {n}"),
                partial(create, other, f"TWIN {n}"),
            )
        )
        assert faults == {("name", Category.RULE)}


def test_trail_of_concurrent_changes_has_no_hole(desk: Desk) -> None:
    def client(name: str) -> object:
        return desk.run(
            lambda tx: create_client(
                tx, desk.asking(), name=name, role="issuer", entity_ids=None, clock=desk.clock
            )
        )

    outcomes = at_once(
        *(partial(client, f"c{n}") for n in range(3)),
        *(partial(desk.create, new_set(f"S{n}", f"S{n}-")) for n in range(3)),
        partial(desk.set_settings, time_zone="Asia/Tokyo"),
    )
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert [entry.audit_number for entry in desk.audit_trail()] == list(range(1, 8))


def test_types_of_one_set_are_issued_side_by_side(desk: Desk) -> None:
    def issue_some(document_type: DocumentType) -> int:
        return sum(len(desk.texts(document_type)) for _ in range(10))

    outcomes = at_once(*(partial(issue_some, one) for one in DocumentType))
    assert outcomes == [10] * 5
