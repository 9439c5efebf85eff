"""Load over HTTP, from a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.contest import BenchmarkFailedError, Sample
from bench.load_client import ANY_KEY, DRAIN_SECONDS_MAX
from bench.processes import ROOT, environment, program

CONNECTIONS: Final = 64
FORM: Final = "application/x-www-form-urlencoded"
WARM_UP_SECONDS: Final = 0.4
COUNTED_SECONDS_MAX: Final = 120.0
"""How long a run of a fixed number of requests may take."""

_MARGIN_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes on the wire.

    Shape: with `takes_key` each sending of it bears an idempotency key of its own.
    """

    method: str
    target: str
    token: str | None = None
    body: bytes = b""
    content_type: str = "application/json"
    takes_key: bool = False
    cookie: str | None = None

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        if self.token is not None:
            yield "Authorization", f"Bearer {self.token}"
        if self.cookie is not None:
            yield "Cookie", self.cookie
        if self.body:
            yield "Content-Type", self.content_type
        if self.takes_key:
            yield "Idempotency-Key", ANY_KEY

    @property
    def wire(self) -> str:
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]) + self.body.decode("latin-1")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Shape: `answers` counts those before and after the measured time too."""

    per_second: float
    client_share: float
    answers: int

    @property
    def sample(self) -> Sample:
        return Sample(self.per_second, self.client_share)


@dataclass(frozen=True, slots=True)
class Load:
    """What some connections send to one server, each its own requests, over and over.

    Shape: fewer lists of requests than connections are dealt out in turn; `sign` is what every
        good answer holds, None for the success of an answer in JSON.
    """

    port: int
    requests: Sequence[Sequence[Request]]
    connections: int = CONNECTIONS
    sign: str | None = None

    def run(self, seconds: float) -> LoadReport:
        """Errors: BenchmarkFailedError for any answer that is not whole and a success."""
        return self._run(seconds)

    def run_counted(self, requests: int) -> LoadReport:
        """So many requests in all, from the first connection to the last answer; no warm-up.

        Errors: BenchmarkFailedError, also unless each of them was answered in time.
        """
        return self._run(COUNTED_SECONDS_MAX, requests)

    def _run(self, seconds: float, requests: int | None = None) -> LoadReport:
        time_max = WARM_UP_SECONDS + seconds + DRAIN_SECONDS_MAX + _MARGIN_SECONDS
        done = subprocess.run(
            program("bench.load_client"),
            input=self._plan(seconds, requests),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
            text=True,
            timeout=time_max,
            check=True,
        )
        report = json.loads(done.stdout)
        if report["fault"] is not None:
            raise BenchmarkFailedError(f"a request failed: {report['fault']}")
        return LoadReport(report["per_second"], report["client_share"], report["answers_in_all"])

    def sample(self, seconds: float) -> Sample:
        return self.run(seconds).sample

    def _plan(self, seconds: float, requests: int | None) -> str:
        return json.dumps(
            {
                "port": self.port,
                "requests": [[request.wire for request in mine] for mine in self.requests],
                "connections": self.connections,
                "sign": self.sign,
                "warm_up_seconds": WARM_UP_SECONDS,
                "seconds": seconds,
                "requests_in_all": requests,
            }
        )
