"""Ours: threads of one process that call the library, `Numbering.issue`, one number a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.side import plan, take_turns
from bench.threads import turn_of_threads
from seriatim import Numbering


def _main() -> None:
    wanted = plan()
    with Numbering(wanted["url"]) as numbering:

        @contextmanager
        def prepared() -> Iterator[Callable[[], None]]:
            def step() -> None:
                numbering.issue("invoice").number  # noqa: B018 - the text is what a caller wants

            yield step

        take_turns(lambda seconds: turn_of_threads(wanted["callers"], prepared, seconds))


if __name__ == "__main__":
    _main()
