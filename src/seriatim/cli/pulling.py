"""The command `pull`: sets and account assignments from a running server of the original's API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NoReturn
from urllib.parse import urlsplit

import typer

from seriatim.cli import pull_accounts, pull_sets
from seriatim.cli.backend import Json
from seriatim.cli.command_run import CommandRun
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import ON_SERVICE_ASKING, with_options
from seriatim.cli.output import Format
from seriatim.cli.progress import shown_stages
from seriatim.cli.pull_accounts import PlannedAccount
from seriatim.cli.pull_books import Books
from seriatim.cli.pull_given import hold_given
from seriatim.cli.pull_report import (
    Next,
    account_rows,
    number_rows,
    print_problems,
    print_rows,
    print_warnings,
    summary_of,
)
from seriatim.cli.pull_sets import PlannedSet, expected_text, read_target, warnings_of
from seriatim.cli.pull_source import SourceServer, numbers_in_file
from seriatim.cli.server_choice import ServerWishes, chosen_server
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriatimError

_SOURCE: Final = "Where to pull from"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_SWITCH: Final = (
    "numbers that the source gives from now on are not in this: before the switch let it stop, "
    "pull once more, then compare with --check"
)

_From = Annotated[
    str | None,
    typer.Option("--from", metavar="URL", help="Pull from this server.", rich_help_panel=_SOURCE),
]
_FromClientId = Annotated[
    str | None,
    typer.Option(
        "--from-client-id", metavar="UUID", help="OAuth client there.", rich_help_panel=_SOURCE
    ),
]
_FromClientSecret = Annotated[
    str | None,
    typer.Option(
        "--from-client-secret", metavar="SECRET", help="Its secret.", rich_help_panel=_SOURCE
    ),
]
_FromProfile = Annotated[
    str | None,
    typer.Option(
        "--from-profile",
        metavar="NAME",
        help="Server and client of this section of the profile file.",
        rich_help_panel=_SOURCE,
    ),
]
_FromEntity = Annotated[
    str | None,
    typer.Option("--from-entity", metavar="ID", help="The entity there.", rich_help_panel=_SOURCE),
]
_Accounts = Annotated[
    str | None,
    typer.Option("--accounts", metavar="FILE", help="Only the accounts of a file, line by line."),
]
_SetsOnly = Annotated[bool, typer.Option("--sets-only", help="Leave the accounts out.")]
_CreateAccounts = Annotated[
    bool, typer.Option("--create-accounts", help="Make the accounts that the target lacks.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; show what would come of it.")
]
_Check = Annotated[
    bool, typer.Option("--check", help="Change nothing; compare both sides as they are.")
]


@dataclass(frozen=True, slots=True)
class _Pull:
    """Both sides as they were read, and what is to be done."""

    source: SourceServer
    source_books: Books
    target_books: Books
    sets: list[PlannedSet]
    accounts: list[PlannedAccount]
    unseen: list[str]

    @property
    def warnings(self) -> list[str]:
        return [*warnings_of(self.sets, self.source_books, self.target_books), *self.unseen]

    @property
    def waiting(self) -> tuple[int, int]:
        """How many sets and accounts are to be changed."""
        sets = sum(bool(one.content) for one in self.sets)
        return sets, sum(one.is_waiting for one in self.accounts)

    @property
    def done(self) -> tuple[int, int]:
        sets = sum(one.is_done for one in self.sets)
        return sets, sum(one.is_done for one in self.accounts)


@with_options(ON_SERVICE_ASKING)
def pull_numbers(
    run: CommandRun,
    *,
    source_url: _From = None,
    source_client_id: _FromClientId = None,
    source_client_secret: _FromClientSecret = None,
    source_profile: _FromProfile = None,
    source_entity: _FromEntity = None,
    accounts: _Accounts = None,
    sets_only: _SetsOnly = False,
    create_accounts: _CreateAccounts = False,
    dry_run: _DryRun = False,
    check: _Check = False,
) -> None:
    """Copy sequence sets and account assignments from a running Zuora tenant.

    Or from any other server of the same API. Run again, it moves the numbers on to where the
    source is by then. It ends with 1 where the two sides differ in the end.
    """
    if dry_run and check:
        raise UsageFault("--dry-run and --check: give one of the two")
    if sets_only and (create_accounts or accounts is not None):
        raise UsageFault("--sets-only: leaves out what --accounts and --create-accounts ask for")
    numbers = None if accounts is None else numbers_in_file(accounts)
    source = _source(
        run,
        source_entity,
        pull_server_url=source_url,
        pull_client_id=source_client_id,
        pull_client_secret=source_client_secret,
        pull_profile=source_profile,
    )
    found = _read(run, source, numbers, has_accounts=not sets_only, creates=create_accounts)
    if check:
        _finish(run, found, *_rows_as_they_are(found), is_check=True)
    _try_out(run, found)
    if dry_run or not any(found.waiting):
        run.output.remark("nothing was changed" if dry_run else "there is nothing to change")
        _finish(run, found, *_rows_foretold(found))
    _ask(run, found)
    _carry_out(run, found)
    _finish(run, found, *_rows_afterwards(run, found))


def _source(run: CommandRun, entity: str | None, **own_flags: str | None) -> SourceServer:
    config = run.load(**own_flags).config
    if config.pull_server_url is None and config.pull_profile is None:
        raise UsageFault("--from: name the server to pull from, or its section by --from-profile")
    wishes = ServerWishes(
        config.pull_server_url,
        config.pull_client_id,
        config.pull_client_secret,
        config.pull_profile,
        flags="--from-",
        variables="SERIATIM_PULL_",
    )
    url, credentials = chosen_server(wishes)
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in _LOOPBACK:
        print_warnings([f"{url}: the secret goes there unencrypted; https:// would hide it"])
    return SourceServer(url, credentials, entity)


def _read(
    run: CommandRun,
    source: SourceServer,
    numbers: Sequence[str] | None,
    *,
    has_accounts: bool,
    creates: bool,
) -> _Pull:
    with shown_stages() as progress:
        target = read_target(run.backend)  # first, so that a wrong target is told at once
        books = source.read_books(progress)
        sets = pull_sets.planned_sets(books, target)
        unseen = hold_given(source, sets, progress)
        accounts: list[PlannedAccount] = []
        if has_accounts:
            listed = (
                source.list_accounts(progress)
                if numbers is None
                else source.find_accounts(numbers, progress)
            )
            accounts = pull_accounts.planned_accounts(
                run.backend, listed, books, target, progress, creates=creates
            )
    return _Pull(source, books, target, sets, accounts, unseen)


def _try_out(run: CommandRun, found: _Pull) -> None:
    with shown_stages() as progress:
        pull_sets.carry_out(run.backend, found.sets, progress, dry_run=True)
    lost = {fold(one.wanted.name) for one in found.sets if one.current is None and one.problems}
    for account in found.accounts:
        if account.is_waiting and fold(account.wanted or "") in lost:
            account.problem = f"the set {account.wanted} cannot be made on the target"


def _ask(run: CommandRun, found: _Pull) -> None:
    sets, accounts = found.waiting
    if run.output.form is Format.TABLE and not run.is_agreed:
        print_rows(run.output, *_rows_foretold(found))
        print_warnings(found.warnings)
        print_problems(found.sets, _rows_foretold(found)[1])
    run.confirm(f"Change {sets} sets and {accounts} accounts of {run.place}?")


def _carry_out(run: CommandRun, found: _Pull) -> None:
    """Errors: those that are not about one set or account, with what was done before them."""
    try:
        with shown_stages() as progress:
            pull_sets.carry_out(run.backend, found.sets, progress, dry_run=False)
            target = read_target(run.backend)
            pull_accounts.carry_out(run.backend, found.source, found.accounts, target, progress)
    except SeriatimError:
        (sets, accounts), (sets_asked, accounts_asked) = found.done, found.waiting
        run.output.remark(
            f"broken off: {sets} of {sets_asked} sets and {accounts} of {accounts_asked} accounts "
            "are copied; give the same command again to go on"
        )
        raise


_Rows = tuple[list[Json], list[Json]]


def _rows(found: _Pull, number: Next, account: Callable[[PlannedAccount], str | None]) -> _Rows:
    numbers = number_rows(found.sets, found.target_books, number)
    return numbers, account_rows(found.accounts, account)


def _rows_as_they_are(found: _Pull) -> _Rows:
    return _rows(found, _next_in(found.target_books), lambda account: account.before)


def _rows_foretold(found: _Pull) -> _Rows:
    by_name = {fold(one.wanted.name): one for one in found.sets}
    return _rows(
        found,
        lambda plan, document_type: expected_text(by_name, plan, document_type),
        lambda account: (
            account.wanted if account.is_waiting and account.problem is None else account.before
        ),
    )


def _rows_afterwards(run: CommandRun, found: _Pull) -> _Rows:
    """Read anew from the target: what is shown is what there is."""
    with shown_stages() as progress:
        target = read_target(run.backend)
        sets = pull_accounts.reread(run.backend, found.accounts, target, progress)
    return _rows(found, _next_in(target), lambda account: sets.get(fold(account.number)))


def _next_in(books: Books) -> Next:
    def next_text(plan: PlannedSet, document_type: DocumentType) -> str | None:
        shown = books.numbering_of(plan.wanted.name, document_type)
        return shown.next_text if shown else None

    return next_text


def _finish(
    run: CommandRun,
    found: _Pull,
    numbers: list[Json],
    accounts: list[Json],
    *,
    is_check: bool = False,
) -> NoReturn:
    """Show what came of it, and end: with 1 where anything was refused or differs."""
    print_rows(run.output, numbers, accounts)
    print_warnings(found.warnings)
    print_problems(found.sets, accounts)
    run.output.remark(summary_of(found.sets, numbers, accounts, is_check=is_check))
    is_good = all(one["isEqual"] for one in [*numbers, *accounts])
    is_good = is_good and not any(one.problems for one in found.sets)
    moved = _moved_on(found)
    if moved:
        print_warnings([f"the source has moved on meanwhile, in {', '.join(moved)}: pull again"])
    elif not is_check:
        run.output.remark(_SWITCH)
    # A source that still moves may be pulled from, but it is nothing to switch on.
    is_good = is_good and not (is_check and moved)
    raise typer.Exit(ExitCode.DONE if is_good else ExitCode.REFUSED)


def _moved_on(found: _Pull) -> list[str]:
    """The sets of the source that gave numbers while they were being copied."""
    with shown_stages() as progress:
        now = found.source.read_books(progress)
    return [
        one.name
        for one in found.source_books.sets
        if (shown := now.named(one.name)) is None or shown.numbering != one.numbering
    ]
