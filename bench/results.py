"""The figures of a whole run, as `bench/results/latest.json` keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.processes import ROOT
from bench.rounds import Result

Report = dict[str, Any]
LATEST: Final = ROOT / "bench" / "results" / "latest.json"


def report(machine: dict[str, Any], commit: str, results: Sequence[Result]) -> Report:
    """Shape: machine, commit, date, results; ratios are ours over theirs, medians all."""
    return {
        "machine": machine,
        "commit": commit,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "results": [_shown(result) for result in results],
    }


def write(report: Report, path: Path = LATEST) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = LATEST) -> Report | None:
    """None where no whole run has been recorded."""
    if not path.exists():
        return None
    found: Report = json.loads(path.read_text(encoding="utf-8"))
    return found


def _shown(result: Result) -> dict[str, Any]:
    return {
        "name": result.benchmark.name,
        "ours": round(result.ours, 1),
        "peer": result.benchmark.peer,
        "theirs": round(result.theirs, 1),
        "ratio": round(result.ratio, 3),
        "unit": result.benchmark.unit,
        "rounds": result.rounds,
        "client_share": round(result.client_share, 2),
    }
