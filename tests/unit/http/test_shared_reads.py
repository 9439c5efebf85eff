"""Reads that wait at the same time go together, and none is answered from before it asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event

import pytest

from seriatim.domain.errors import NotFound, Overloaded, StoreUnavailable
from seriatim.http.answer import Answer
from seriatim.http.shared_reads import READS_TOGETHER_MAX, SharedReads

WAIT_SECONDS_MAX = 10.0


class Book:
    """Something to read: each reading is counted and tells what stands there now."""

    def __init__(self) -> None:
        self.text = b"old"
        self.readings = 0

    def read(self) -> Answer:
        self.readings += 1
        return Answer(200, self.text)


class Gate:
    """A read that has begun and does not end before it is told to."""

    def __init__(self, book: Book) -> None:
        self.has_begun = Event()
        self.may_end = Event()
        self._book = book

    def read(self) -> Answer:
        answer = self._book.read()
        self.has_begun.set()
        self.may_end.wait(WAIT_SECONDS_MAX)
        return answer

    async def begun(self) -> None:
        assert await asyncio.to_thread(self.has_begun.wait, WAIT_SECONDS_MAX)


@contextmanager
def reads(*, callers_max: int = 100) -> Iterator[SharedReads]:
    shared = SharedReads(threads=1, callers_max=callers_max)
    try:
        yield shared
    finally:
        shared.close()


def asking(shared: SharedReads, key: str, read: Callable[[], Answer]) -> asyncio.Task[Answer]:
    return asyncio.create_task(shared.answer(key, read))


async def settled() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_those_who_wait_for_one_thing_share_one_reading() -> None:
    async def run() -> None:
        book = Book()
        gate = Gate(Book())
        with reads() as shared:
            first = asking(shared, "gate", gate.read)
            await gate.begun()
            waiting = [asking(shared, "book", book.read) for _ in range(50)]
            await settled()
            gate.may_end.set()
            assert {answer.body for answer in await asyncio.gather(*waiting)} == {b"old"}
            await first
        assert book.readings == 1

    asyncio.run(run())


def test_reading_that_has_begun_serves_nobody_who_comes_later() -> None:
    async def run() -> None:
        book = Book()
        gate = Gate(book)
        with reads() as shared:
            earlier = asking(shared, "book", gate.read)
            await gate.begun()
            book.text = b"new"
            later = asking(shared, "book", book.read)
            await settled()
            gate.may_end.set()
            assert (await earlier).body == b"old"
            assert (await later).body == b"new"

    asyncio.run(run())


def test_many_different_readings_are_all_answered() -> None:
    async def run() -> None:
        with reads() as shared:
            texts = [str(number) for number in range(3 * READS_TOGETHER_MAX + 1)]
            waiting = [asking(shared, text, partial(Answer, 200, text.encode())) for text in texts]
            answers = await asyncio.gather(*waiting)
        assert [answer.body.decode() for answer in answers] == texts

    asyncio.run(run())


@pytest.mark.parametrize("failure", [NotFound("sequence_set", "x"), ZeroDivisionError()])
def test_failure_is_told_to_those_who_asked_for_it_alone(failure: Exception) -> None:
    def fail() -> Answer:
        raise failure

    async def run() -> None:
        book = Book()
        with reads() as shared:
            good = asking(shared, "good", book.read)
            bad = [asking(shared, "bad", fail) for _ in range(2)]
            assert (await good).body == b"old"
            told = await asyncio.gather(*bad, return_exceptions=True)
            assert [type(one) for one in told] == [type(failure)] * 2
            assert (await asking(shared, "after", book.read)).body == b"old"

    asyncio.run(run())


def test_database_that_went_away_is_waited_for_once() -> None:
    tries = []

    def fail() -> Answer:
        tries.append(1)
        raise StoreUnavailable("away")

    async def run() -> None:
        book = Book()
        gate = Gate(Book())
        with reads() as shared:
            first = asking(shared, "gate", gate.read)
            await gate.begun()
            number = 2 * READS_TOGETHER_MAX
            waiting = [asking(shared, str(key), fail) for key in range(number)]
            await settled()
            gate.may_end.set()
            told = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(one) for one in told] == [StoreUnavailable] * number
            assert len(tries) == 1
            await first
            assert (await asking(shared, "after", book.read)).body == b"old"

    asyncio.run(run())


def test_too_many_who_wait_are_refused_at_once() -> None:
    async def run() -> None:
        gate = Gate(Book())
        with reads(callers_max=2) as shared:
            taken = [asking(shared, "book", gate.read) for _ in range(2)]
            await gate.begun()
            with pytest.raises(Overloaded):
                await asking(shared, "book", gate.read)
            gate.may_end.set()
            await asyncio.gather(*taken)
            assert (await asking(shared, "book", gate.read)).body == b"old"

    asyncio.run(run())


def test_reading_that_nobody_waits_for_any_more_does_not_begin() -> None:
    async def run() -> None:
        book, other = Book(), Book()
        gate = Gate(Book())
        with reads() as shared:
            first = asking(shared, "gate", gate.read)
            await gate.begun()
            leaving = asking(shared, "book", book.read)
            staying = [asking(shared, "other", other.read) for _ in range(2)]
            await settled()
            leaving.cancel()
            staying[0].cancel()
            await settled()
            gate.may_end.set()
            assert (await staying[1]).body == b"old"
            await first
        assert (book.readings, other.readings) == (0, 1)

    asyncio.run(run())
