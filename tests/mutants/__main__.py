"""Change domain and engine in small ways, and see whether a test notices: `make mutants`.

    python -m tests.mutants --sample 400 --seed 1
    python -m tests.mutants --sample 50 --only engine/clearance.py

Prints each mutant that no test noticed, then the share of those that one did. Exit code 1 where
that is less than nine in ten.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.mutants.changes import Change, changes_of, mutant_of
from tests.mutants.covering_tests import ROOT, find_covering_tests
from tests.mutants.one_mutant import Fate, fate_of

SOURCES = ROOT / "src" / "seriatim"
PACKAGES = ("domain", "engine")
NOTICED_MIN = 0.9


def main() -> int:
    asked = _arguments()
    mutants = _all_mutants(asked.only)
    random.Random(asked.seed).shuffle(mutants)  # a sample, no secret
    sample = sorted(mutants[: asked.sample])
    _tell(f"{len(sample)} of {len(mutants)} mutants, seed {asked.seed}; looking for their tests")
    os.chdir(ROOT)
    # Hypothesis draws the same examples each time, so that a mutant's fate is no matter of chance.
    os.environ["CI"] = "true"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["PYTEST_PLUGINS"] = "pytest_cov.plugin,pytest_timeout,_hypothesis_pytestplugin"
    covering = find_covering_tests()
    del os.environ["PYTEST_PLUGINS"]
    _import_what_all_tests_need()
    fates: Counter[Fate] = Counter()
    for done, (file, change) in enumerate(sample, 1):
        fate = _fate(file, change, covering.rounds(str(file), change.line))
        fates[fate] += 1
        if fate is not Fate.KILLED:
            place = file.relative_to(SOURCES)
            _tell(f"{fate}: {place}:{change.line}: {change.what}")
        if done % 25 == 0:
            _tell(f"{done} of {len(sample)}: {fates[Fate.SURVIVED]} survived")
    noticed = 1 - fates[Fate.SURVIVED] / len(sample)
    _tell(f"{noticed:.1%} of {len(sample)} mutants noticed")
    return 0 if noticed >= NOTICED_MIN else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, default=400, help="how many (400)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (1)")
    parser.add_argument("--only", default="", help="of files with this in their path")
    return parser.parse_args()


def _all_mutants(only: str) -> list[tuple[Path, Change]]:
    files = sorted(file for one in PACKAGES for file in (SOURCES / one).rglob("*.py"))
    return [
        (file, change)
        for file in files
        if only in str(file)
        for change in changes_of(file.read_text())
    ]


def _fate(file: Path, change: Change, rounds: Iterable[list[str]]) -> Fate:
    module = ".".join(["seriatim", *file.relative_to(SOURCES).with_suffix("").parts])
    mutant = mutant_of(file.read_text(), change)
    fates = (fate_of(module, str(file), mutant, tests) for tests in rounds)
    return next((fate for fate in fates if fate is not Fate.SURVIVED), Fate.SURVIVED)


def _import_what_all_tests_need() -> None:
    """Once, before the forks: libraries alone, for the mutant must be imported by its tests."""
    for name in ("cryptography.hazmat.primitives.asymmetric.ed25519", "hypothesis.stateful"):
        importlib.import_module(name)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
