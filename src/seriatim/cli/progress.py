"""Progress of long commands: a bar on standard error, on a terminal alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from seriatim.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress


def progress_bar() -> Progress:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(to_stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
