"""The command `seriatim`: every command in one list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from seriatim.cli import (
    clients,
    configuration,
    describing,
    entities,
    exporting,
    importing,
    initialising,
    issuing,
    migrating,
    numbers,
    proofs,
    pulling,
    register,
    series,
    serving,
    sets,
    settings,
    users,
    verifying,
)
from seriatim.cli.completing import add_completion_to
from seriatim.cli.options import remembered_for_commands
from seriatim.cli.reporting import outcome_of


class _OneEnd(TyperGroup):
    """Ends every run of the command line in the same place, whoever calls it."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        inner = super().main
        sys.exit(outcome_of(lambda: inner(args, prog_name, complete_var, False, **extra)))


app = typer.Typer(
    name="seriatim",
    cls=_OneEnd,
    help="Gapless, provable document numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables: secrets among them
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(remembered_for_commands())

app.command("serve")(serving.serve)
app.command("init")(initialising.initialise)
app.add_typer(migrating.app, name="migrate", no_args_is_help=True)
app.add_typer(sets.app, name="sets", no_args_is_help=True)
app.command("issue")(issuing.issue_numbers)
app.command("confirm")(numbers.confirm_numbers)
app.command("void")(numbers.void_numbers)
app.command("explain")(numbers.explain_number)
app.command("gaps")(numbers.list_gaps)
app.command("register")(register.search_register)
app.command("export")(exporting.export_register)
app.command("import")(importing.import_numbers)
app.command("pull")(pulling.pull_numbers)
app.add_typer(series.app, name="series", no_args_is_help=True)
app.command("verify")(verifying.verify)
app.command("certificate")(proofs.make_certificate)
app.command("check-certificate")(proofs.check_certificate_file)
app.command("public-key")(proofs.show_public_key)
app.add_typer(clients.app, name="clients", no_args_is_help=True)
app.add_typer(users.app, name="users", no_args_is_help=True)
app.add_typer(entities.app, name="entities", no_args_is_help=True)
app.add_typer(settings.app, name="settings", no_args_is_help=True)
app.command("config")(configuration.show_config)
app.command("openapi")(describing.print_openapi)
add_completion_to(app, "seriatim")


def run() -> None:
    """The entry point of the installed command."""
    app(prog_name="seriatim")
