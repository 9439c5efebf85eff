from __future__ import annotations

import pytest

from seriatim.http.wire.paths import AsWritten, camel_name, camel_path, snake_name


@pytest.mark.parametrize(
    ("ours", "wire"),
    [("name", "name"), ("start_number", "startNumber"), ("min_start_number", "minStartNumber")],
)
def test_names_go_both_ways(ours: str, wire: str) -> None:
    assert camel_name(ours) == wire
    assert snake_name(wire) == ours


def test_path_reads_as_the_client_would_write_it() -> None:
    path = ("sequence_sets", 0, "invoice", "start_number")
    assert camel_path(path) == "sequenceSets[0].invoice.startNumber"
    assert camel_path((0, "name")) == "[0].name"
    assert camel_path(()) == ""


def test_name_of_the_client_is_shown_as_written_but_safe() -> None:
    assert camel_path(("sequence_sets", 1, AsWritten("foo_bar"))) == "sequenceSets[1].foo_bar"
    assert camel_path((AsWritten("a\r\nb\ud800\x1b"),)) == r"a\r\nb\ud800\x1b"
    assert len(camel_path((AsWritten("x" * 1000),))) == 65
