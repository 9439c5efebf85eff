"""Commands on console users. A password is shown once, by the command that made it.

They work on the database alone: whoever may open it may let people into the console, and no
client of the API may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.options import with_options
from seriatim.cli.output import Column
from seriatim.cli.own_database import ON_ENTITY, own_database
from seriatim.domain.caller import Role
from seriatim.domain.clock import SystemClock

if TYPE_CHECKING:
    from datetime import datetime

    from seriatim.service.users import UserPassword
    from seriatim.store.user_queries import ConsoleUser

app = typer.Typer(help="Console users: who may log in to the console, in which role.")

_Name = Annotated[str, typer.Argument(metavar="NAME")]
_ASKING: Final = (*ON_ENTITY, "is_yes")

COLUMNS: Final = (
    Column("name", "Name"),
    Column("role", "Role"),
    Column("createdAt", "Created"),
    Column("lastLoginAt", "Last login"),
    Column("lockedUntil", "Locked until"),
    Column("disabledAt", "Disabled"),
)
_WITH_PASSWORD: Final = (COLUMNS[0], Column("password", "Password"), *COLUMNS[1:])
_ONCE: Final = "The password is shown this once."


@app.command("list")
@with_options(ON_ENTITY)
def list_users(run: CommandRun) -> None:
    """List the console users, disabled ones included."""
    from seriatim.service import users

    with own_database(run) as database, database.store.read() as transaction:
        found = users.list_users(transaction, database.caller)
    run.output.rows(COLUMNS, map(_row, found))


@app.command("create")
@with_options(ON_ENTITY)
def create_user(
    run: CommandRun,
    name: _Name,
    role: Annotated[Role, typer.Option(help="What the user may do.")],
) -> None:
    """Create a console user with a new password."""
    from seriatim.service import users

    with own_database(run) as database:
        made = database.store.run(
            lambda tx: users.create_user(
                tx, database.caller, name=name, role=role.value, clock=SystemClock()
            )
        )
    _show(run, made)


@app.command("password")
@with_options(_ASKING)
def give_new_password(run: CommandRun, name: _Name) -> None:
    """Give a user a new password; every session ends, and a closed login opens."""
    from seriatim.service import users

    run.confirm(f"Replace the password of {name}? The old one ends at once.")
    with own_database(run) as database:
        made = database.store.run(
            lambda tx: users.give_new_password(tx, database.caller, name, clock=SystemClock())
        )
    _show(run, made)


@app.command("disable")
@with_options(_ASKING)
def disable_user(run: CommandRun, name: _Name) -> None:
    """End a user for good; every session ends with it."""
    from seriatim.service import users

    run.confirm(f"Disable {name} for good?")
    with own_database(run) as database:
        user = database.store.run(
            lambda tx: users.disable_user(tx, database.caller, name, clock=SystemClock())
        )
    run.output.done(f"disabled {user.name}", _row(user))


def _show(run: CommandRun, made: UserPassword) -> None:
    run.output.record(_WITH_PASSWORD, {**_row(made.user), "password": made.password})
    run.output.remark(_ONCE)


def _row(user: ConsoleUser) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.value,
        "createdAt": _shown(user.created_at),
        "lastLoginAt": _shown(user.last_login_at),
        "lockedUntil": _shown(user.locked_until),
        "disabledAt": _shown(user.disabled_at),
    }


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
