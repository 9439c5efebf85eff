"""Nothing grows beyond what can be read at one sitting."""

from __future__ import annotations

from tests.shape.tree import functions, python_files, shown, text_of

FILE_LINES_MAX = 350
# A suite of one subject reads from top to bottom; it may be longer than what it tests.
TEST_FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
# What third parties check with is one file, so that it can be taken away and read alone.
ONE_FILE = {"src/seriatim/verifier/seriatim_verifier.py": 1000}


def test_python_file_is_short_enough() -> None:
    lengths = {shown(path): text_of(path).count("\n") for path in python_files()}
    beyond = {
        place: lines
        for place, lines in lengths.items()
        if lines > ONE_FILE.get(place, _lines_max(place))
    }
    assert beyond == {}


def _lines_max(place: str) -> int:
    return TEST_FILE_LINES_MAX if place.startswith("tests/") else FILE_LINES_MAX


def test_function_is_short_enough() -> None:
    lengths = {
        f"{shown(path, function)} {function.name}": (
            (function.end_lineno or function.lineno) - function.lineno + 1
        )
        for path in python_files()
        for function in functions(path)
    }
    assert {place: lines for place, lines in lengths.items() if lines > FUNCTION_LINES_MAX} == {}
