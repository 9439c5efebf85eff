"""What a pull prints: for each number and each account, what stands on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from seriatim.cli.backend import Json
from seriatim.cli.output import Column, Format, Output
from seriatim.cli.pull_accounts import PlannedAccount
from seriatim.cli.pull_books import Books
from seriatim.cli.pull_sets import PlannedSet
from seriatim.cli.reporting import print_line
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType

Next = Callable[[PlannedSet, DocumentType], str | None]
"""What a set gives next on the target, as a document number."""

COLUMNS: Final = tuple(
    Column(name)
    for name in (
        "kind",
        "name",
        "documentType",
        "prefix",
        "source",
        "before",
        "after",
        "isEqual",
        "action",
        "problem",
    )
)
_NUMBER_COLUMNS: Final = (
    Column("name", "Set"),
    Column("documentType", "Type"),
    Column("source", "Source next"),
    Column("before", "Target before"),
    Column("after", "Target after"),
    Column("isEqual", "Equal"),
    Column("action", "Action"),
)
_ACCOUNT_COLUMNS: Final = (
    Column("name", "Account"),
    Column("source", "Source set"),
    Column("before", "Target before"),
    Column("after", "Target after"),
    Column("isEqual", "Equal"),
    Column("action", "Action"),
)
_OUTCOMES: Final = {"create": "new", "change": "changed", "keep": "unchanged"}


def number_rows(plans: Sequence[PlannedSet], before: Books, after: Next) -> list[Json]:
    """A row for each set and document type, those that DEFAULT numbers for the set included."""
    source = Books([plan.wanted for plan in plans])
    rows = []
    for plan in plans:
        name = plan.wanted.name
        for document_type in DocumentType:
            wanted = source.numbering_of(name, document_type)
            shown, found = before.numbering_of(name, document_type), after(plan, document_type)
            if wanted is None and (document_type.is_billing_document or found is None):
                continue
            text = wanted.next_text if wanted else None
            problem = _problem_of(plan, document_type)
            rows.append(
                {
                    "kind": "number",
                    "name": name,
                    "documentType": document_type.value,
                    "prefix": wanted.prefix if wanted else None,
                    "source": text,
                    "before": shown.next_text if shown else None,
                    "after": found,
                    "isEqual": found == text and problem is None,
                    "action": "refused" if problem else plan.action,
                    "problem": problem,
                }
            )
    return rows


def account_rows(
    plans: Sequence[PlannedAccount], after: Callable[[PlannedAccount], str | None]
) -> list[Json]:
    rows = []
    for plan in plans:
        found = after(plan)
        is_equal = None not in (found, plan.wanted) and fold(found or "") == fold(plan.wanted or "")
        problem = plan.problem
        if plan.action == "missing" and problem is None:
            problem = "the target has no such account: give --create-accounts, or --sets-only"
        rows.append(
            {
                "kind": "account",
                "name": plan.number,
                "documentType": None,
                "prefix": None,
                "source": plan.wanted,
                "before": plan.before,
                "after": found,
                "isEqual": is_equal,
                "action": "refused" if plan.problem else plan.action,
                "problem": problem,
            }
        )
    return rows


def print_rows(output: Output, numbers: Sequence[Json], accounts: Sequence[Json]) -> None:
    """Shape: programs get every row; people all numbers, and the accounts that change or differ."""
    if output.form is not Format.TABLE:
        output.rows(COLUMNS, [*numbers, *accounts])
        return
    output.rows(_NUMBER_COLUMNS, numbers)
    differing = [one for one in accounts if one["action"] != "keep" or not one["isEqual"]]
    if differing:
        output.rows(_ACCOUNT_COLUMNS, differing)


def print_problems(plans: Sequence[PlannedSet], accounts: Sequence[Json]) -> None:
    for plan in plans:
        for line in plan.problems:
            print_line("error: ", f"{plan.wanted.name}: {line}")
    missing = [one for one in accounts if one["action"] == "missing"]
    for one in accounts:
        if one["problem"] and one["action"] != "missing":
            print_line("error: ", f"account {one['name']}: {one['problem']}")
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        print_line("error: ", f"account {missing[0]['name']}{more}: {missing[0]['problem']}")


def print_warnings(lines: Iterable[str]) -> None:
    for line in lines:
        print_line("warning: ", line, style="yellow")


def summary_of(
    plans: Sequence[PlannedSet],
    numbers: Sequence[Json],
    accounts: Sequence[Json],
    *,
    is_check: bool = False,
) -> str:
    """Shape: `3 sets: 1 new, 2 unchanged; 15 of 15 numbers equal; 7 of 8 accounts equal`."""
    parts = [_equal(numbers, "numbers")]
    if not is_check:
        sets = Counter("refused" if plan.problems else _OUTCOMES[plan.action] for plan in plans)
        parts = [f"{len(plans)} sets: {_listed(sets)}", *parts]
    if accounts:
        parts.append(_equal(accounts, "accounts"))
    return "; ".join(parts)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _equal(rows: Sequence[Json], noun: str) -> str:
    return f"{sum(one['isEqual'] for one in rows)} of {len(rows)} {noun} equal"


def _problem_of(plan: PlannedSet, document_type: DocumentType) -> str | None:
    """What was refused of one type; all of it where the whole set was."""
    is_whole = plan.action == "create"
    lines = [
        line for line in plan.problems if is_whole or line.startswith(f"{document_type.value}")
    ]
    return "; ".join(lines) or None
