"""Live through seeds again, to see what a failed one complained of:

python -m tests.unit.simulation 17 --steps 300
python -m tests.unit.simulation 0 --until 20000
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.unit.simulation.faulty_memory import FaultyMemory
from tests.unit.simulation.simulation import STEPS, Simulation


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--until", type=int, help="further seeds, up to this one")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    seeds = range(given.seed, (given.until or given.seed) + 1)
    started, failed = time.monotonic(), 0
    for seed in seeds:
        complaints = Simulation(seed, FaultyMemory()).run(given.steps)
        failed += bool(complaints)
        for complaint in complaints:
            print(f"seed {seed}: {complaint}", flush=True)  # noqa: T201 - a program for the terminal
    seconds = time.monotonic() - started
    print(f"{len(seeds)} seeds, {failed} failed, {seconds:.1f} s")  # noqa: T201 - see above
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
