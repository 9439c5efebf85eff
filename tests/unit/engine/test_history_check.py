"""The checker finds nothing wrong with sound books, and everything that was made wrong on purpose."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import Entry, EntryKind, entry_id
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.history import HistoryUnreadable, read_history
from seriatim.engine.history_check import HistoryFault, SeriesBook, check_history
from tests.samples import sample_content, sample_series

Line = dict[str, Any]


@dataclass
class World:
    """Clients and books that agree, as long as nobody meddles with them."""

    series: dict[str, Series] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    now: int = 1000

    def add_series(self, prefix: str, origin: int = 1, kind: str = "invoice") -> None:
        self.series[prefix] = sample_series(
            prefix,
            origin=origin,
            document_type=DocumentType(kind),
            series_id=f"{len(self.series) + 1:032x}",
        )
        self.entries[prefix] = []

    def tick(self) -> int:
        self.now += 1
        return self.now

    def write(self, prefix: str, *contents: Any) -> list[Entry]:
        self.series[prefix], entries = appended(self.series[prefix], list(contents))
        self.entries[prefix] += entries
        return entries

    def send(self, operation: str, key: str | None = None, **rest: Any) -> None:
        self.lines.append(
            {
                "event": "invoked",
                "operation": operation,
                "at": self.tick(),
                "key": key,
                "bodyHash": rest.pop("body_hash", "abc"),
                **rest,
            }
        )

    def issue(self, prefix: str, count: int = 1, **rest: Any) -> tuple[str, list[Entry]]:
        """Write an issue; its request id, and its entries."""
        request_id = str(uuid.uuid4())
        first = self.series[prefix].next_number
        content = sample_content(first, first + count - 1, request_id=request_id, **rest)
        return request_id, self.write(prefix, content)

    def answer(
        self, operation: str, request_id: str, entries: list[Entry], *, replayed: bool = False
    ) -> None:
        prefix = next(name for name, own in self.entries.items() if entries[0] in own)
        ranges = [
            {
                "firstNumber": format_number(prefix, entry.content.numbers.first),
                "lastNumber": format_number(prefix, entry.content.numbers.last),
            }
            for entry in entries
        ]
        reply = {
            "success": True,
            "prefix": prefix,
            "entryId": entry_id(entries[0].series.series_id, entries[0].entry_number),
            "state": entries[0].content.kind.value,
            "ranges": ranges,
        }
        self.end("ok", operation, requestId=request_id, replayed=replayed, reply=json.dumps(reply))

    def end(self, event: str, operation: str, **rest: Any) -> None:
        self.lines.append({"event": event, "operation": operation, "at": self.tick(), **rest})

    def line(self, event: str, operation: str) -> Line:
        return next(
            one for one in self.lines if (one["event"], one["operation"]) == (event, operation)
        )

    def reply_of(self, operation: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line("ok", operation)["reply"])
        return found

    def faults(self) -> list[HistoryFault]:
        asks = read_history(json.dumps(line) for line in self.lines)
        books = [SeriesBook(one, self.entries[prefix]) for prefix, one in self.series.items()]
        return check_history(asks, books)


def sound_world() -> World:
    """Operations: 1 plain; 2, 3 and 4 one key; 5 refused; 6 and 7 unknown, only 7 carried out;
    8 reserved over a number that was stepped over; 9 of a series entangled with that of 8.
    """
    world = World()
    world.add_series("INV")
    world.add_series("TX", 200_000_000)
    world.add_series("TX2")
    world.send("1")
    world.answer("1", *world.issue("INV", 3))
    world.send("2", "key a")
    _, entries = world.issue("INV")
    world.end("unknown", "2")
    world.send("3", "key a")
    world.answer("3", str(uuid.uuid4()), entries, replayed=True)
    world.send("4", "key a")
    world.answer("4", str(uuid.uuid4()), entries, replayed=True)
    world.send("5")
    world.end("failed", "5", requestId=str(uuid.uuid4()))
    world.send("6", "key b")
    world.send("7", reference="order 7")
    world.issue("INV", 2, reference="order 7")
    world.send("9")
    world.answer("9", *world.issue("TX2"))
    world.send("8")
    _reserve_around(world)
    return world


def _reserve_around(world: World) -> None:
    request_id = str(uuid.uuid4())
    kinds = (EntryKind.RESERVED, EntryKind.SKIPPED, EntryKind.RESERVED)
    contents = [
        sample_content(200_000_000 + n, kind=kind, request_id=request_id)
        for n, kind in enumerate(kinds)
    ]
    first, _, last = world.write("TX", *contents)
    world.answer("8", request_id, [first, last])


def test_sound_history_has_no_faults() -> None:
    assert sound_world().faults() == []


def test_history_without_requests_and_books_without_entries_have_no_faults() -> None:
    world = World()
    assert world.faults() == []
    world.add_series("INV")
    assert world.faults() == []


def test_blank_lines_and_any_order_of_the_lines_are_read() -> None:
    world = sound_world()
    lines = [json.dumps(line) for line in reversed(world.lines)]
    assert {ask.name for ask in read_history(["", *lines, "\n"])} == {
        "operation 1",
        "key key a",
        "operation 5",
        "key key b",
        *(f"operation {n}" for n in (7, 8, 9)),
    }


# --- meddling: each makes a sound world wrong, and names the guarantees that must be missed -------

Meddle = Callable[[World], object]
MEDDLING: dict[str, tuple[Meddle, set[str]]] = {}


def meddling(*guarantees: str) -> Callable[[Meddle], Meddle]:
    def note(meddle: Meddle) -> Meddle:
        MEDDLING[meddle.__name__] = meddle, set(guarantees)
        return meddle

    return note


def _change_reply(world: World, operation: str, **changed: Any) -> None:
    body = world.reply_of(operation) | changed
    world.line("ok", operation)["reply"] = json.dumps(body)


@meddling("G7", "G4")
def answered_entry_cut_off(world: World) -> None:
    world.entries["TX2"].clear()


@meddling("G2", "G4")
def answered_entry_cut_off_with_the_series(world: World) -> None:
    """A backup was put back."""
    world.entries["TX2"].clear()
    world.series["TX2"] = sample_series("TX2", series_id=world.series["TX2"].key.series_id)
    world.series["TX2"] = replace(world.series["TX2"], last_number=1)


@meddling("G7")
def entry_edited(world: World) -> None:
    entry = world.entries["INV"][0]
    content = entry.content._replace(actor="client:somebody")
    world.entries["INV"][0] = entry._replace(content=content)


@meddling("G7")
def entries_in_another_order(world: World) -> None:
    world.entries["INV"].reverse()


@meddling("G2")
def numbers_left_out_with_a_sound_chain(world: World) -> None:
    world.series["INV"] = replace(world.series["INV"], last_number=7)
    world.send("late")
    world.answer("late", *world.issue("INV"))


@meddling("G2", "G1")
def number_given_twice_by_one_series(world: World) -> None:
    world.series["INV"] = replace(world.series["INV"], last_number=0)
    world.send("late")
    world.answer("late", *world.issue("INV"))


@meddling("G1")
def text_given_by_two_series(world: World) -> None:
    """Number 3 of `TX2` reads as 200 000 003 of `TX`, and 4 to 6 as its next three."""
    world.send("a")
    world.answer("a", *world.issue("TX2", 5))
    world.send("b")
    world.answer("b", *world.issue("TX", 4))


@meddling("G1")
def text_given_by_one_prefix_in_two_cases(world: World) -> None:
    world.add_series("inv", 2, "refund")
    world.send("a")
    world.answer("a", *world.issue("inv"))


@meddling("G1")
def two_requests_told_the_same_number(world: World) -> None:
    world.send("twin")
    world.lines.append({**world.line("ok", "1"), "operation": "twin", "at": world.tick()})


@meddling("G4")
def answer_with_the_request_id_of_nobody(world: World) -> None:
    world.line("ok", "1")["requestId"] = str(uuid.uuid4())


@meddling("G4")
def first_answer_of_a_key_from_two_requests(world: World) -> None:
    world.line("ok", "4")["replayed"] = False


@meddling("G6")
def answer_with_another_number(world: World) -> None:
    ranges = [{"firstNumber": "INV00000001", "lastNumber": "INV00000004"}]
    _change_reply(world, "1", ranges=ranges)


@meddling("G6")
def answer_with_a_number_too_few(world: World) -> None:
    ranges = [{"firstNumber": "INV00000001", "lastNumber": "INV00000002"}]
    _change_reply(world, "1", ranges=ranges)


@meddling("G6")
def answer_that_hides_what_was_stepped_over(world: World) -> None:
    ranges = [{"firstNumber": "TX200000000", "lastNumber": "TX200000002"}]
    _change_reply(world, "8", ranges=ranges)


@meddling("G6")
def answer_that_is_no_number_of_its_series(world: World) -> None:
    _change_reply(world, "1", ranges=[{"firstNumber": "INV1", "lastNumber": "INV3"}])


@meddling("G4")
def answer_issued_though_it_is_reserved(world: World) -> None:
    _change_reply(world, "8", state="issued")


@meddling("G4")
def answer_of_another_prefix(world: World) -> None:
    ranges = [{"firstNumber": "CM00000001", "lastNumber": "CM00000003"}]
    _change_reply(world, "1", prefix="CM", ranges=ranges)


@meddling("G5")
def replay_with_other_bytes(world: World) -> None:
    world.line("ok", "4")["reply"] += " "


@meddling("G5")
def key_answered_for_another_body(world: World) -> None:
    world.line("invoked", "4")["bodyHash"] = "another"


@meddling("G5", "G1")
def key_that_issued_twice(world: World) -> None:
    world.lines.remove(world.line("ok", "4"))
    world.answer("4", *world.issue("INV"))


@meddling("G6", "G5")
def refused_request_in_the_register(world: World) -> None:
    content = sample_content(
        world.series["INV"].next_number, request_id=world.line("failed", "5")["requestId"]
    )
    world.write("INV", content)
    world.issue("INV")


@meddling("G5")
def entries_of_nobody(world: World) -> None:
    """One may be that of key b, whose answer was lost; the second is of nobody."""
    world.issue("INV")
    world.issue("INV")


@meddling("G5")
def unknown_request_carried_out_twice(world: World) -> None:
    world.issue("INV", reference="order 7")
    world.issue("INV", reference="order 7")


@meddling("G3")
def later_request_with_a_lower_number(world: World) -> None:
    """Sent after operation 3 was told 4, it is told 1 to 3."""
    late = world.tick()
    world.line("invoked", "1")["at"] = late
    world.line("ok", "1")["at"] = late + 1


@pytest.mark.parametrize("name", MEDDLING)
def test_meddled_world_is_found_out(name: str) -> None:
    meddle, guarantees = MEDDLING[name]
    world = sound_world()
    meddle(world)
    found = {fault.guarantee for fault in world.faults()}
    assert found, name
    assert found & guarantees, (name, world.faults())
    if len(guarantees) == 1:
        assert guarantees <= found


def test_request_under_way_at_the_same_time_may_come_out_either_way() -> None:
    world = sound_world()
    world.line("invoked", "1")["at"] = 1
    world.line("ok", "1")["at"] = world.tick()
    assert world.faults() == []


def test_higher_number_told_by_any_answer_before_counts() -> None:
    world = World()
    world.add_series("INV")
    issued = [world.issue("INV") for _ in range(3)]
    for operation, place in (("1", 0), ("2", 2), ("3", 1)):
        world.send(operation)
        world.answer(operation, *issued[place])
    assert world.faults() == [HistoryFault("G3", "operation 3 got 2 after 3 was answered")]


def test_attempts_stand_in_the_order_of_their_answers() -> None:
    world = World()
    world.add_series("INV")
    _, entries = world.issue("INV")
    world.send("1", "key")
    world.send("2", "key")
    for operation in ("2", "1"):
        world.answer(operation, str(uuid.uuid4()), entries)
    (ask,) = read_history(json.dumps(line) for line in world.lines)
    assert [attempt.operation for attempt in ask.answered] == ["2", "1"]


def test_doubtful_request_with_a_reference_explains_no_other_entry() -> None:
    world = World()
    world.add_series("INV")
    world.send("1", reference="a")
    world.issue("INV", reference="b")
    assert [fault.guarantee for fault in world.faults()] == ["G5"]


def test_request_with_references_has_an_entry_for_each_and_one_range_in_its_answer() -> None:
    world = sound_world()
    world.send("10")
    first = world.series["INV"].next_number
    request_id = str(uuid.uuid4())
    contents = [sample_content(first + n, request_id=request_id, reference="ab"[n]) for n in (0, 1)]
    world.answer("10", request_id, world.write("INV", *contents)[:1])
    assert [fault.guarantee for fault in world.faults()] == ["G6"]
    texts = [format_number("INV", value) for value in (first, first + 1)]
    _change_reply(world, "10", ranges=[{"firstNumber": texts[0], "lastNumber": texts[1]}])
    assert world.faults() == []


def test_doubtful_request_without_a_reference_explains_one_entry() -> None:
    world = sound_world()
    world.issue("INV", 4)
    assert world.faults() == []


def test_fault_says_what_is_wrong() -> None:
    world = sound_world()
    entry = world.entries["INV"][1]
    world.entries["INV"][1] = entry._replace(
        content=entry.content._replace(numbers=NumberRange(9, 9))
    )
    assert [str(fault.message) for fault in world.faults() if fault.guarantee == "G7"] == [
        "series 'INV': the hash of entry 2 does not fit its content"
    ]


# --- histories that cannot be read ------------------------------------------------------------


NUMBERS_UNQUOTED = json.dumps(
    {
        "prefix": "INV",
        "entryId": "1",
        "state": "issued",
        "ranges": [{"firstNumber": 1, "lastNumber": 2}],
    }
)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{"], "line 1: Expecting"),
        (["[]"], "line 1: not an object"),
        (['{"event": "asked", "operation": "1"}'], "'asked' is not an event"),
        (['{"event": "ok"}'], "'operation' is missing"),
        (['{"event": "invoked", "operation": "1"}'], "'at' is missing"),
        (['{"event": "failed", "operation": "1", "at": 1}'], "was never invoked"),
        (['{"event": "invoked", "operation": "1", "at": 1}'] * 2, "line 2: .* invoked twice"),
        (
            [
                '{"event": "invoked", "operation": "1", "at": 1}',
                '{"event": "failed", "operation": "1", "at": 2}',
                '{"event": "failed", "operation": "1", "at": 3}',
            ],
            "line 3: .* ended twice",
        ),
        (
            [
                '{"event": "invoked", "operation": "1", "at": 1}',
                '{"event": "ok", "operation": "1", "at": 2, "reply": "{}"}',
            ],
            "line 2: the reply says no numbers",
        ),
        (
            [
                '{"event": "invoked", "operation": "1", "at": 1}',
                '{"event": "ok", "operation": "1", "at": 2}',
            ],
            "line 2: 'reply' is missing",
        ),
        (['{"event": "invoked", "operation": "1", "at": 1.0}'], "line 1: 'at' must be a whole"),
        (['{"event": "invoked", "operation": "1", "at": true}'], "line 1: 'at' must be a whole"),
        (
            ['{"event": "invoked", "operation": "1", "at": 1, "key": 7}'],
            "line 1: 'key' must be a text",
        ),
        (
            [
                '{"event": "invoked", "operation": "1", "at": 1}',
                json.dumps({"event": "ok", "operation": "1", "at": 2, "reply": NUMBERS_UNQUOTED}),
            ],
            "line 2: the reply says no numbers: they must be texts",
        ),
    ],
)
def test_line_that_cannot_be_read_is_named(lines: list[str], message: str) -> None:
    with pytest.raises(HistoryUnreadable, match=message):
        read_history(lines)


def test_text_where_two_ranges_touch_is_found() -> None:
    world = World()
    world.add_series("TX", 200_000_003)
    world.add_series("TX2")
    world.issue("TX", 3)
    world.issue("TX2", 3)
    assert [fault.message for fault in world.faults() if fault.guarantee == "G1"] == [
        "the text of 'TX' 200000003 was given by 'TX2' too"
    ]


def test_series_whose_prefixes_differ_by_letters_share_no_text() -> None:
    world = sound_world()
    world.add_series("TXA")
    world.send("10")
    world.answer("10", *world.issue("TXA"))
    assert world.faults() == []


def test_entries_of_nobody_are_no_fault_of_a_part_of_the_history() -> None:
    world = sound_world()
    entries_of_nobody(world)
    asks = read_history(json.dumps(line) for line in world.lines)
    books = [SeriesBook(one, world.entries[prefix]) for prefix, one in world.series.items()]
    assert check_history(asks, books, is_whole=False) == []
    assert [fault.guarantee for fault in check_history(asks, books)] == ["G5"]
