"""Threads that do one thing over and over, all beginning at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from time import perf_counter

from bench.side import Turn

Prepared = Callable[[], AbstractContextManager[Callable[[], None]]]
"""What a thread needs for a turn (a connection, say), and then what it does over and over."""


def turn_of_threads(threads: int, prepared: Prepared, seconds: float) -> Turn:
    start = Barrier(threads)

    def work() -> tuple[int, float, float]:
        with prepared() as step:
            start.wait()
            began = perf_counter()
            count = 0
            while perf_counter() < began + seconds:
                step()
                count += 1
            return count, began, perf_counter()

    with ThreadPoolExecutor(threads) as pool:
        done = [one.result() for one in [pool.submit(work) for _ in range(threads)]]
    took = max(ended for _, _, ended in done) - min(began for _, began, _ in done)
    return Turn(sum(count for count, _, _ in done), took)
