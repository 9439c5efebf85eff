from __future__ import annotations

import asyncio
import threading
import time

import pytest

from seriatim.domain.errors import OutcomeUnknown, Overloaded, StoreUnavailable
from seriatim.http.limits import ConcurrencyLimit, RateLimits
from seriatim.http.settings import HttpSettings
from seriatim.http.threads import WorkThreads


def test_places_are_counted_per_entity() -> None:
    limit = ConcurrencyLimit(2)
    assert limit.enter("a")
    assert limit.enter("a")
    assert not limit.enter("a")
    assert limit.enter("b")
    assert dict(limit.headers("a")) == {
        b"concurrency-limit-type": b"Default",
        b"concurrency-limit-limit": b"2",
        b"concurrency-limit-remaining": b"0",
    }
    limit.leave("a")
    assert dict(limit.headers("a"))[b"concurrency-limit-remaining"] == b"1"
    assert limit.enter("a")


def test_entities_without_requests_are_forgotten() -> None:
    limit = ConcurrencyLimit(2)
    for number in range(100):
        assert limit.enter(str(number))
        limit.leave(str(number))
    assert limit._in_flight == {}


def test_rates_are_off_by_default() -> None:
    assert not RateLimits(HttpSettings()).are_on


def test_rate_of_a_tenant_is_used_up_by_its_own_requests_alone() -> None:
    rates = RateLimits(HttpSettings(rate_per_minute=2, rate_per_day=1000))
    headers, refusal = rates.take("a")
    assert refusal is None
    assert dict(headers)[b"ratelimit-limit"] == b"2"
    assert dict(headers)[b"ratelimit-remaining"] == b"1"
    assert rates.take("a")[1] is None
    headers, refusal = rates.take("a")
    assert isinstance(refusal, Overloaded)
    assert 1 <= refusal.retry_after_s <= 61
    assert dict(headers)[b"ratelimit-remaining"] == b"0"
    assert 1 <= int(dict(headers)[b"ratelimit-reset"]) <= 61
    assert rates.take("b")[1] is None


def test_refused_request_counts_in_no_window() -> None:
    rates = RateLimits(HttpSettings(rate_per_minute=1, rate_per_hour=2))
    assert rates.take("a")[1] is None
    for _ in range(5):
        assert rates.take("a")[1] is not None
    hour = next(item for item in rates._windows if item.amount == 2)
    assert rates._limiter.get_window_stats(hour, "a").remaining == 1


def test_longest_wait_is_told_where_several_windows_are_full() -> None:
    rates = RateLimits(HttpSettings(rate_per_minute=1, rate_per_day=1))
    rates.take("a")
    _, refusal = rates.take("a")
    assert refusal is not None
    assert refusal.retry_after_s > 61 or refusal.retry_after_s == _seconds_to_midnight()


def _seconds_to_midnight() -> int:
    return round(86400 - time.time() % 86400)


def test_work_beyond_the_queue_is_refused_at_once_and_room_comes_back() -> None:
    pool = WorkThreads("write", threads=1, queue_max=1)
    gate = threading.Event()
    done: list[int] = []

    def work(number: int) -> int:
        gate.wait(10)
        done.append(number)
        return number

    async def crowd() -> None:
        first = asyncio.create_task(pool.run(lambda: work(1)))
        second = asyncio.create_task(pool.run(lambda: work(2)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="queue of writes"):
            await pool.run(lambda: work(3))
        gate.set()
        assert [await first, await second] == [1, 2]
        assert await pool.run(lambda: work(4)) == 4

    asyncio.run(crowd())
    pool.close()
    assert done == [1, 2, 4]


def test_caller_that_gives_up_before_its_turn_is_not_begun_and_one_in_work_ends() -> None:
    pool = WorkThreads("write", threads=1, queue_max=5)
    gate, begun = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        begun.set()
        gate.wait(10)
        done.append("slow")

    async def leave_early() -> None:
        running = asyncio.create_task(pool.run(slow))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.create_task(pool.run(lambda: done.append("waiting")))
        await asyncio.sleep(0)
        for task in (waiting, running):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.set()
        await pool.run(lambda: done.append("after"))

    asyncio.run(leave_early())
    pool.close()
    assert done == ["slow", "after"]
    assert pool._unfinished == 0


def test_error_of_the_work_reaches_its_caller_and_frees_the_place() -> None:
    pool = WorkThreads("write", threads=1, queue_max=0)

    def fail() -> None:
        raise ValueError("of the work")

    async def twice() -> None:
        for _ in range(2):
            with pytest.raises(ValueError, match="of the work"):
                await pool.run(fail)

    asyncio.run(twice())
    pool.close()


def test_work_that_takes_too_long_is_in_doubt_and_what_waits_behind_it_is_not_begun() -> None:
    pool = WorkThreads("write", threads=1, queue_max=5, seconds_max=0.2)
    gate, begun = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        begun.set()
        gate.wait(10)
        done.append("slow")

    async def wait_in_vain() -> None:
        running = asyncio.create_task(pool.run(slow))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.create_task(pool.run(lambda: done.append("waiting")))
        with pytest.raises(OutcomeUnknown, match="did not confirm the transaction in time"):
            await running
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            await waiting
        gate.set()
        await pool.run(lambda: done.append("after"))

    asyncio.run(wait_in_vain())
    pool.close()
    assert done == ["slow", "after"]


def test_timeout_of_the_work_itself_is_its_own_error() -> None:
    pool = WorkThreads("write", threads=1, queue_max=0, seconds_max=10)

    def fail() -> None:
        raise TimeoutError("of the work")

    async def once() -> None:
        with pytest.raises(TimeoutError, match="of the work"):
            await pool.run(fail)

    asyncio.run(once())
    pool.close()
