"""What the benchmarks over HTTP share: a service to ask, and a peer that answers as much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from bench.bare_endpoint import TARGET, running_bare_endpoint
from bench.contest import Contest, Place, Run
from bench.databases import Database, founded_database
from bench.load import Load, Request
from bench.service import Service, running_service

SETS: Final = 512
SETS_PATH: Final = "/v1/sequence-sets"
NUMBERS_PATH: Final = "/v1/document-numbers"


@contextmanager
def served(place: Place, database: Database, *, sets: int = SETS) -> Iterator[Service]:
    """A service on a database of its own, with DEFAULT and so many sets."""
    with (
        founded_database(place, database, sets=sets) as founding,
        running_service(founding, place.folder) as service,
    ):
        yield service


@contextmanager
def against_bare_endpoint(
    place: Place, service: Service, requests: Sequence[Sequence[Request]], ours: Run | None = None
) -> Iterator[Contest]:
    """The requests to the service; the first of them to an endpoint that gives its answer.

    Shape: `ours` stands in for the plain load of the requests.
    """
    first = requests[0][0]
    answer = service.answer(first)
    with running_bare_endpoint(place.folder, answer) as port:
        peer = Load(port, [[replace(first, target=TARGET, token=None)]])
        yield Contest(ours or Load(service.port, requests).sample, peer.sample)
