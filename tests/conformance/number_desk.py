"""Short ways to move, list and explain the numbers of a desk, and to look at all of its books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seriatim.domain.document_number import format_number, parse_number
from seriatim.domain.errors import Category, NotFound, Rejected
from seriatim.domain.number_states import NumberState
from seriatim.service.number_history import NumberHistory, explain_number
from seriatim.service.number_list import NumberFilter, NumberPage, Place, list_numbers
from seriatim.service.number_moves import (
    NumbersMoved,
    confirm_numbers,
    sweep_expired_holds,
    void_numbers,
)
from seriatim.store.import_queries import NumberText
from tests.conformance.desk import Desk, execute

Row = tuple[int, int, str]
BOOKS = (
    "seriatim_series",
    "seriatim_register",
    "seriatim_open_hold",
    "seriatim_idempotency_key",
    "seriatim_audit_entry",
    "seriatim_number_text",
)


def number(value: int, prefix: str = "INV") -> str:
    return format_number(prefix, value)


def sweep(desk: Desk) -> None:
    """All holds that have expired, beside those that tests before this one left to be swept.

    One sweep takes a bounded number of them.
    """
    while sweep_expired_holds(desk.store, clock=desk.clock):
        pass


def confirm(desk: Desk, first: int | str, last: int | str | None = None) -> NumbersMoved:
    return desk.run(
        lambda transaction: confirm_numbers(
            transaction, desk.asking(), _text(first), last_number=_text(last), clock=desk.clock
        )
    )


def void(
    desk: Desk,
    first: int | str,
    last: int | str | None = None,
    reason: str | None = "written by mistake",
) -> NumbersMoved:
    return desk.run(
        lambda transaction: void_numbers(
            transaction,
            desk.asking(),
            _text(first),
            last_number=_text(last),
            reason=reason,
            clock=desk.clock,
        )
    )


def _text(value: Any) -> Any:
    return number(value) if isinstance(value, int) else value


def explain(desk: Desk, text: int | str) -> NumberHistory:
    """What the register knows of a number of a series."""
    with desk.store.read() as transaction:
        found = explain_number(transaction, desk.caller, _text(text), clock=desk.clock)
    assert isinstance(found, NumberHistory)
    return found


def explain_text(desk: Desk, text: str) -> NumberText:
    """What is known of a text outside every series."""
    with desk.store.read() as transaction:
        found = explain_number(transaction, desk.caller, text, clock=desk.clock)
    assert isinstance(found, NumberText)
    return found


def page_of(
    desk: Desk, after: Place | None = None, row_count: int = 20, **wanted: Any
) -> NumberPage:
    with desk.store.read() as transaction:
        return list_numbers(
            transaction,
            desk.caller,
            NumberFilter(**wanted),
            after=after,
            row_count=row_count,
            clock=desk.clock,
        )


def listed(desk: Desk, row_count: int = 20, **wanted: Any) -> list[Row]:
    """All rows of a list, page by page."""
    found: list[Row] = []
    after: Place | None = None
    while True:
        page = page_of(desk, after, row_count, **wanted)
        assert len(page.rows) <= row_count
        found += [
            (row.part.numbers.first, row.part.numbers.last, row.part.state.value)
            for row in page.rows
        ]
        if page.next_place is None:
            return found
        after = page.next_place


def states(desk: Desk, prefix: str = "INV") -> list[Row]:
    return listed(desk, prefix=prefix)


def state_of(desk: Desk, value: int) -> NumberState:
    return explain(desk, value).state


def books(desk: Desk) -> dict[str, list[Any]]:
    """Everything that issuing, confirming or voiding may change, to the byte."""
    where = "tenant_id = :tenant_id"
    owner: dict[str, object] = {"tenant_id": desk.caller.tenant_id}
    return {
        table: sorted(execute(desk.store, f"SELECT * FROM {table} WHERE {where}", owner), key=repr)
        for table in BOOKS
    }


def faults(refused: Rejected) -> set[tuple[str, Category]]:
    return {(".".join(map(str, one.full_path)), one.category) for one in refused.violations}


def refusal_that_leaves_no_trace(desk: Desk, attempt: Any) -> set[tuple[str, Category]] | str:
    """The fields and categories of a refusal, or the key of what was not found.

    The books must be the same to the byte before and after.
    """
    before = books(desk)
    try:
        attempt()
    except Rejected as refused:
        found: set[tuple[str, Category]] | str = faults(refused)
    except NotFound as missing:
        found = missing.key
    else:
        raise AssertionError("it was not refused")
    assert books(desk) == before
    return found


def assert_sound(desk: Desk) -> None:
    """Every series verifies, and no text stands twice in the entity."""
    for name, verification in desk.verify().items():
        assert verification.is_verified, (name, verification.first_fault)
    texts: set[str] = set()
    for series in desk.all_series():
        for entry in desk.entries(series.prefix, series.document_type):
            if not entry.content.kind.takes_text:
                continue
            numbers = entry.content.numbers
            assert numbers.count <= 2000, "spell the texts of long ranges out by other means"
            for value in range(numbers.first, numbers.last + 1):
                text = format_number(series.prefix, value).casefold()
                assert text not in texts
                assert parse_number(series.prefix, text) == value
                texts.add(text)


def open_holds(desk: Desk) -> list[Any]:
    owner: dict[str, object] = {"tenant_id": desk.caller.tenant_id}
    rows: list[Any] = execute(
        desk.store,
        "SELECT first_number FROM seriatim_open_hold WHERE tenant_id = :tenant_id",
        owner,
    )
    return rows


def all_at_once(calls: Sequence[Callable[[], object]]) -> None:
    """Each in a thread of its own; whatever one raises is raised."""
    with ThreadPoolExecutor(len(calls)) as threads:
        for running in [threads.submit(call) for call in calls]:
            running.result(60)
