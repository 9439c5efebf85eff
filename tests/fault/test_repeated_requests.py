"""Requests that arrive more than once: a storm of retries, a proxy that delivers all twice."""

from __future__ import annotations

from pathlib import Path

from tests.fault.postgres_pair import PostgresPair
from tests.fault.repeated_requests import (
    STORM_KEYS,
    delivered_after_failover,
    delivered_after_restart,
    retry_storm,
)
from tests.fault.scenarios import Tally


def test_retry_storm_gives_each_key_one_number(store_url: str, tmp_path: Path, seed: int) -> None:
    tally = Tally()
    retry_storm(store_url, tmp_path, seed, tally)
    assert tally.numbers == STORM_KEYS


def test_request_delivered_twice_and_again_after_a_restart_gives_one_number(
    store_url: str, tmp_path: Path, seed: int
) -> None:
    delivered_after_restart(store_url, tmp_path, seed, Tally(), requests=100)


def test_request_delivered_twice_and_again_after_a_failover_gives_one_number(
    pair: PostgresPair, tmp_path: Path, seed: int
) -> None:
    delivered_after_failover(pair, "repeated", tmp_path, seed, Tally(), requests=100)
