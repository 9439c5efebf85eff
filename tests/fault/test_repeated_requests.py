"""Requests that arrive more than once: a storm of retries, a proxy that delivers all twice."""

from __future__ import annotations

from pathlib import Path

from tests.fault.scenarios import STORM_KEYS, Tally, delivered_twice, retry_storm


def test_retry_storm_gives_each_key_one_number(store_url: str, tmp_path: Path, seed: int) -> None:
    tally = Tally()
    retry_storm(store_url, tmp_path, seed, tally)
    assert tally.numbers == STORM_KEYS


def test_request_delivered_twice_and_again_after_a_restart_gives_one_number(
    store_url: str, tmp_path: Path, seed: int
) -> None:
    delivered_twice(store_url, tmp_path, seed, Tally(), requests=100)
