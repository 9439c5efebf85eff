"""The commits under way: a disk that does not answer shows in them, and in nothing that reads."""

from __future__ import annotations

from time import monotonic


class Commits:
    """Shape: any number of threads; a commit is known by the mark that `begin` gave."""

    def __init__(self) -> None:
        self._begun: dict[object, float] = {}

    def begin(self) -> object:
        mark = object()
        self._begun[mark] = monotonic()
        return mark

    def end(self, mark: object) -> None:
        """Nothing, for one that never began."""
        self._begun.pop(mark, None)

    @property
    def longest_wait_s(self) -> float:
        """How long the oldest of them has been waiting; 0 without any."""
        begun = list(self._begun.values())
        return monotonic() - min(begun) if begun else 0.0
