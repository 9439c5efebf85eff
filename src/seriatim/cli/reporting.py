"""The outermost place of a command: whatever happened becomes lines and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer
from rich.text import Text

from seriatim.cli.exit_codes import ExitCode, exit_code_of
from seriatim.cli.faults import RefusedByService, UsageFault
from seriatim.cli.output import console, printable
from seriatim.config_rules import ConfigRefused
from seriatim.domain.errors import Rejected, SeriatimError


def outcome_of(run: Callable[[], object]) -> int:
    """Run the command line; the exit code of the process.

    Errors: none of the service's own, which are reported; a defect of ours comes through.
    """
    try:
        ended = run()
        sys.stdout.flush()
    except SeriatimError as error:
        report(error)
        return exit_code_of(error)
    except typer.TyperException as error:
        _report_usage(error)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return nobody_reads()
    return ended if isinstance(ended, int) else ExitCode.DONE


def nobody_reads() -> ExitCode:
    """End quietly when the reader of a pipe has left, as `head` does."""
    # The interpreter flushes once more when it ends, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.NOBODY_READS


def report(error: SeriatimError) -> None:
    """Shape: one line a fault, `error: <path>: <message>`, on standard error."""
    for line in lines_of(error):
        print_line("error: ", line)
    if error.detail:
        print_line("detail: ", error.detail, style="dim")


def lines_of(error: SeriatimError) -> tuple[str, ...]:
    match error:
        case Rejected():
            from seriatim.http.wire.paths import camel_path

            return tuple(
                f"{camel_path(fault.full_path)}: {fault.message}"
                if fault.full_path
                else fault.message
                for fault in error.violations
            )
        case RefusedByService():
            return error.reasons
        case ConfigRefused():
            return error.faults
        case _:
            return (error.message,)


def _report_usage(error: typer.TyperException) -> None:
    message = error.format_message()
    if message:  # there is none where the help was shown instead
        report(UsageFault(message))
    context = getattr(error, "ctx", None)
    if message and context is not None:
        console(to_stderr=True).print(f"try: {context.command_path} --help")


def print_line(label: str, line: str, *, style: str = "bold red") -> None:
    text = Text(label, style)
    text.append(printable(line), "default")
    console(to_stderr=True).print(text, soft_wrap=True)
