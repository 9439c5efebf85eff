"""Progress of long commands: a bar on standard error, on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seriatim.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, how far it has come, and how far it goes where that is known."""


@contextmanager
def shown_stages() -> Iterator[Progress]:
    """A bar for each stage, the last one alone."""
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        yield lambda stage, done, total: bar.update(
            task, description=stage, completed=done, total=total
        )


def progress_bar() -> Bar:
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(to_stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
