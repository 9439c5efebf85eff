"""Files of used numbers sent in parts: every way they can come in, on both databases."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.errors import Category, Conflict, NotFound, NotPermitted, Overloaded
from seriatim.domain.limits import IMPORT_BYTES_MAX, IMPORTS_AT_ONCE_MAX, UPLOADS_PER_ENTITY_MAX
from seriatim.service.import_uploads import (
    ImportRuns,
    ImportView,
    append_part,
    begin_upload,
    find_import,
    run_import,
    sweep_abandoned_uploads,
)
from seriatim.service.imports import ImportOptions, ImportOutcome, ImportState
from seriatim.store.upload_queries import UploadQueries
from tests.conformance.desk import Desk, execute
from tests.conformance.import_desk import book, is_sound, numbers

FILE = numbers("INV00000002..INV00000003", "INV00000005", "old/7")


def begin(desk: Desk, file: bytes = FILE, *, role: Role = Role.ADMIN, **changed: Any) -> ImportView:
    announced = {"file_sha256": hashlib.sha256(file).hexdigest(), "byte_count": len(file)}
    return desk.run(
        lambda tx: begin_upload(tx, desk.asking(role), **{**announced, **changed}, clock=desk.clock)
    )


def send(desk: Desk, import_id: str, offset: int, content: bytes) -> int:
    """How much is there then."""
    view = desk.run(
        lambda tx: append_part(tx, desk.asking(), import_id, offset=offset, content=content)
    )
    assert view.upload is not None
    return view.upload.received_bytes


def sweep(desk: Desk, *, at_least: int = 0) -> None:
    """Of every tenant: other tests have left files of their own, perhaps more than go at once."""
    swept_in_all = 0
    while swept := sweep_abandoned_uploads(desk.store, clock=desk.clock):
        swept_in_all += swept
    assert swept_in_all >= at_least


def find(desk: Desk, import_id: str) -> ImportView:
    return desk.run(lambda tx: find_import(tx, desk.asking(), import_id))


def sent(desk: Desk, file: bytes = FILE, *, part: int = 10) -> str:
    """The id of a file that is there as a whole."""
    import_id = begin(desk, file).import_id
    for offset in range(0, len(file), part):
        send(desk, import_id, offset, file[offset : offset + part])
    return import_id


def run(
    desk: Desk, import_id: str, *, runs: ImportRuns | None = None, **options: Any
) -> ImportOutcome:
    return run_import(
        desk.store,
        desk.asking(),
        import_id,
        ImportOptions(**options),
        runs=runs or ImportRuns(),
        clock=desk.clock,
    )


def rows(desk: Desk) -> list[int]:
    """How many uploads and parts the entity has."""
    owner: dict[str, object] = {"entity_id": desk.caller.entity_id}
    tables = ("seriatim_import_upload", "seriatim_import_part")
    return [
        execute(desk.store, f"SELECT count(*) FROM {t} WHERE entity_id = :entity_id", owner)[0][0]
        for t in tables
    ]


def test_file_in_parts_is_taken_in_as_a_whole(desk: Desk) -> None:
    import_id = sent(desk)
    checked = run(desk, import_id, dry_run=True)
    assert (checked.state, checked.lines_taken, checked.foreign.total) == (
        ImportState.CHECKED,
        3,
        1,
    )
    assert book(desk, "INV") == []
    assert run(desk, import_id).state is ImportState.IMPORTED
    assert [kind for kind, _, _ in book(desk, "INV")] == [
        "skipped",
        "imported",
        "skipped",
        "imported",
    ]
    assert rows(desk) == [0, 0]
    assert is_sound(desk)


def test_file_that_was_imported_is_neither_sent_nor_taken_in_again(desk: Desk) -> None:
    import_id = sent(desk)
    run(desk, import_id)
    again = begin(desk)
    assert (again.import_id, again.upload) == (import_id, None)
    assert again.job is not None
    assert again.job.finished_at is not None
    late = desk.run(lambda tx: append_part(tx, desk.asking(), import_id, offset=0, content=b"x"))
    assert late.upload is None
    outcome = run(desk, import_id)
    assert (outcome.state, outcome.lines_before) == (ImportState.IMPORTED_BEFORE, 3)
    assert len(desk.entries("INV")) == 4


def test_sending_goes_on_where_it_was(desk: Desk) -> None:
    import_id = begin(desk).import_id
    assert send(desk, import_id, 0, FILE[:20]) == 20
    assert send(desk, import_id, 0, FILE[:20]) == 20
    again = begin(desk)
    assert again.upload is not None
    assert again.upload.received_bytes == 20
    assert send(desk, import_id, 20, FILE[20:]) == len(FILE)
    assert run(desk, import_id, keep_free=True).state is ImportState.IMPORTED


@pytest.mark.parametrize(
    ("offset", "content", "fault"),
    [
        (0, b"", ("", Category.INVALID_VALUE)),
        (5, b"12345", ("offset", Category.RULE)),
        (0, b"x" * (len(FILE) + 1), ("offset", Category.RULE)),
        (2**60, b"x", ("offset", Category.RULE)),
    ],
)
def test_part_that_does_not_follow_is_refused(
    desk: Desk, offset: int, content: bytes, fault: tuple[str, Category]
) -> None:
    import_id = begin(desk).import_id
    assert desk.refusal(lambda: send(desk, import_id, offset, content)) == {fault}
    assert rows(desk) == [1, 0]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"file_sha256": "x"}, "file_sha256"),
        ({"file_sha256": "a" * 63}, "file_sha256"),
        ({"byte_count": -1}, "byte_count"),
        ({"byte_count": IMPORT_BYTES_MAX + 1}, "byte_count"),
    ],
)
def test_faulty_announcement_names_the_field(
    desk: Desk, changed: dict[str, Any], path: str
) -> None:
    assert desk.refusal(lambda: begin(desk, **changed)) == {(path, Category.INVALID_VALUE)}
    assert rows(desk) == [0, 0]


def test_file_that_is_not_whole_is_not_run(desk: Desk) -> None:
    import_id = begin(desk).import_id
    send(desk, import_id, 0, FILE[:-1])
    assert desk.refusal(lambda: run(desk, import_id)) == {("", Category.RULE)}


def test_other_bytes_than_announced_are_refused_and_forgotten(desk: Desk) -> None:
    import_id = begin(desk).import_id
    send(desk, import_id, 0, b"x" * len(FILE))
    assert desk.refusal(lambda: run(desk, import_id)) == {("file_sha256", Category.RULE)}
    assert rows(desk) == [0, 0]
    assert run(desk, sent(desk)).state is ImportState.IMPORTED


def test_faulty_file_writes_nothing_and_stays_to_be_run_otherwise(desk: Desk) -> None:
    import_id = sent(desk, FILE + b"invoices,X1,,,\n")
    refused = run(desk, import_id)
    assert (refused.state, refused.faults.total) == (ImportState.REFUSED, 1)
    assert book(desk, "INV") == []
    assert run(desk, import_id, skip_bad=True).state is ImportState.IMPORTED


@pytest.mark.parametrize("file", [b"", b"nothing"])
def test_file_without_its_columns_is_refused_as_any_other(desk: Desk, file: bytes) -> None:
    outcome = run(desk, sent(desk, file))
    assert (outcome.state, outcome.faults.shown[0].line) == (ImportState.REFUSED, 1)


def test_same_file_at_the_same_time_is_a_conflict(desk: Desk) -> None:
    import_id, runs = sent(desk), ImportRuns()
    with runs.one((desk.caller.entity_id, import_id)), pytest.raises(Conflict):
        run(desk, import_id, runs=runs)
    assert run(desk, import_id, runs=runs).state is ImportState.IMPORTED


def test_process_takes_in_only_so_many_files_at_once(desk: Desk) -> None:
    import_id, runs = sent(desk), ImportRuns()
    others = [runs.one(("another", str(n))) for n in range(IMPORTS_AT_ONCE_MAX)]
    for one in others:
        one.__enter__()
    with pytest.raises(Overloaded):
        run(desk, import_id, runs=runs)
    others[0].__exit__(None, None, None)
    assert run(desk, import_id, runs=runs).state is ImportState.IMPORTED


def test_entity_has_only_so_much_under_way(desk: Desk) -> None:
    for number in range(UPLOADS_PER_ENTITY_MAX):
        begin(desk, b"%d" % number)
    with pytest.raises(Overloaded):
        begin(desk, b"one too many")
    assert begin(desk, b"0").upload is not None
    desk.clock.forward(hours=24, seconds=1)
    sweep(desk, at_least=UPLOADS_PER_ENTITY_MAX)
    begin(desk, b"one too many")
    assert rows(desk) == [1, 0]


def test_abandoned_file_is_swept_away_a_day_after_it_was_announced(desk: Desk) -> None:
    """Of whichever entity, and all of its parts: more than go at once."""
    other = desk.another_entity()
    for owner in (desk, other):
        sent(owner, part=1)
    desk.clock.forward(hours=24)
    sweep(desk)
    assert (rows(desk), rows(other)) == ([1, len(FILE)], [1, len(FILE)])
    young = begin(other, b"young").import_id
    desk.clock.forward(seconds=1)
    sweep(desk, at_least=2)
    assert (rows(desk), rows(other)) == ([0, 0], [1, 0])
    assert find(other, young).upload is not None
    assert run(desk, sent(desk)).state is ImportState.IMPORTED


def test_file_that_was_announced_anew_or_tried_is_kept_for_another_day(desk: Desk) -> None:
    resumed, tried = begin(desk, b"resumed").import_id, sent(desk, b"nothing")
    desk.clock.forward(hours=20)
    begin(desk, b"resumed")
    assert run(desk, tried).state is ImportState.REFUSED
    desk.clock.forward(hours=20)
    sweep(desk)
    for import_id in (resumed, tried):
        assert find(desk, import_id).upload is not None


def test_file_that_is_half_swept_away_is_a_sound_beginning(desk: Desk) -> None:
    import_id = sent(desk, part=1)
    desk.clock.forward(hours=25)
    until = desk.clock.now() - timedelta(hours=24)
    is_left = desk.on_books(
        lambda books: books.shorten_abandoned_upload(import_id, created_until=until, parts_max=9)
    )
    assert is_left
    again = begin(desk)
    assert again.upload is not None
    assert again.upload.received_bytes == len(FILE) - 9
    assert not desk.on_books(
        lambda books: books.shorten_abandoned_upload(import_id, created_until=until, parts_max=9)
    )
    send(desk, import_id, len(FILE) - 9, FILE[-9:])
    assert run(desk, import_id).state is ImportState.IMPORTED


def test_file_that_is_swept_away_while_it_is_read_is_not_taken_in_by_half(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = sent(desk)
    read = UploadQueries.get_import_part

    def read_and_sweep(books: UploadQueries, import_id: str, *, first_byte: int) -> bytes:
        if first_byte < 20:
            return read(books, import_id, first_byte=first_byte)
        return b""

    monkeypatch.setattr(UploadQueries, "get_import_part", read_and_sweep)
    with pytest.raises(Conflict, match="forgotten while it was read"):
        run(desk, import_id)
    assert book(desk, "INV") == []


def test_entity_has_only_so_many_bytes_under_way(desk: Desk) -> None:
    begin(desk, b"a", byte_count=IMPORT_BYTES_MAX)
    with pytest.raises(Overloaded):
        begin(desk, b"b")
    begin(desk.another_entity(), b"b")


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_others_than_an_admin_may_nothing(desk: Desk, role: Role) -> None:
    import_id, asking = sent(desk), desk.asking(role)
    attempts: list[Callable[[], object]] = [
        lambda: begin(desk, role=role),
        lambda: desk.run(lambda tx: find_import(tx, asking, import_id)),
        lambda: desk.run(lambda tx: append_part(tx, asking, import_id, offset=0, content=b"x")),
        lambda: run_import(
            desk.store, asking, import_id, ImportOptions(), runs=ImportRuns(), clock=desk.clock
        ),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()


@pytest.mark.parametrize("import_id", ["", "x", "0" * 32, "0" * 64])
def test_absent_import_is_not_found(desk: Desk, import_id: str) -> None:
    with pytest.raises(NotFound):
        run(desk, import_id)
    with pytest.raises(NotFound):
        send(desk, import_id, 0, b"x")


def test_import_of_another_entity_looks_like_an_absent_one(desk: Desk) -> None:
    other, import_id = desk.another_entity(), sent(desk)
    with pytest.raises(NotFound):
        run(other, import_id)
    assert begin(other).upload is not None  # the same file, and a matter of its own
    assert run(desk, import_id).state is ImportState.IMPORTED
    assert run(other, sent(other)).state is ImportState.IMPORTED
