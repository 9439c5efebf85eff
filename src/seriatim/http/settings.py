"""What an operator may choose about the HTTP service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seriatim.domain import limits

HttpStatus = Literal["original", "standard"]
UnknownFields = Literal["refuse", "ignore"]


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Shape: `http_status` chooses between the original's habit of refusing with 200 and the
        natural 4xx; a rate of None is no limit; `public_base_url` is what `nextPage` starts
        with where a proxy stands in front (without it, the request's own host).
    Source: contract/transport.md; contract/operations.md, Settings.
    """

    http_status: HttpStatus = "original"
    unknown_fields: UnknownFields = "refuse"
    public_base_url: str | None = None

    body_bytes_max: int = limits.BODY_BYTES_MAX
    header_bytes_max: int = limits.HEADER_BYTES_MAX
    header_seconds_max: float = limits.HEADER_SECONDS_MAX
    body_seconds_max: float = limits.BODY_SECONDS_MAX
    idle_seconds_max: float = limits.IDLE_SECONDS_MAX
    answer_seconds_max: float = limits.ANSWER_SECONDS_MAX

    requests_in_flight_per_entity_max: int = limits.REQUESTS_IN_FLIGHT_PER_ENTITY_DEFAULT
    rate_per_minute: int | None = None
    rate_per_hour: int | None = None
    rate_per_day: int | None = None

    connections_max: int = 4096
    write_threads: int = 8
    write_queue_max: int = 512
    read_threads: int = 8
    read_queue_max: int = 512
    graceful_seconds_max: int = 30
