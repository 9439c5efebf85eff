"""Every benchmark, in the order in which they run and are shown."""

from __future__ import annotations

from typing import Final

from bench import (
    console_pages,
    document_numbers,
    documents,
    issuing,
    long_document_lists,
    long_lists,
    long_register,
    other_loads,
    sequence_sets,
    verifying,
)
from bench.contest import Benchmark

BENCHMARKS: Final[tuple[Benchmark, ...]] = (
    *issuing.benchmarks(),
    *other_loads.benchmarks(),
    *sequence_sets.benchmarks(),
    *document_numbers.benchmarks(),
    *documents.benchmarks(),
    *verifying.benchmarks(),
    *long_lists.benchmarks(),
    *long_document_lists.benchmarks(),
    *long_register.benchmarks(),
    *console_pages.benchmarks(),
)
