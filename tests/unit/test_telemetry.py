from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog

from seriatim.telemetry import LogStream, configure_logging, logger


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def ordinary_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    yield
    root.handlers, LogStream.current = before[0], None
    root.setLevel(before[1])


def fail_with_a_secret(log: Callable[..., object]) -> None:
    password = "hunter2" * 2
    try:
        raise ValueError("of " + str(len(password)))
    except ValueError as error:
        log("broke", exc_info=error)


def test_event_is_one_line_of_json() -> None:
    out = StringIO()
    configure_logging(out)
    logger("part").info("it happened", fact="a\r\nb\x1b[31m", number=10**20)
    (line,) = out.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "log": "part",
        "event": "it happened",
        "level": "info",
        "fact": "a\r\nb\x1b[31m",
        "number": 10**20,
    }


def test_event_of_a_library_is_one_too() -> None:
    out = StringIO()
    configure_logging(out)
    logging.getLogger("uvicorn.error").warning("bad %s", "x\ny")
    event = json.loads(out.getvalue())
    assert (event["log"], event["level"], event["event"]) == (
        "uvicorn.error",
        "warning",
        "bad x\ny",
    )


def test_event_on_a_terminal_is_readable_and_cannot_drive_it() -> None:
    out = Terminal()
    configure_logging(out)
    logger("part").info("it happened", fact="a\r\nb\x1b[31m")
    assert "it happened" in out.getvalue()
    assert out.getvalue().count("\n") == 1
    assert r"a\r\nb\x1b[31m" in out.getvalue()


@pytest.mark.parametrize("stream", [StringIO, Terminal])
def test_local_variables_of_a_traceback_are_never_printed(stream: type[StringIO]) -> None:
    out = stream()
    configure_logging(out)
    fail_with_a_secret(logger("part").error)
    logging.getLogger("library").error("x")
    fail_with_a_secret(logging.getLogger("library").error)
    assert out.getvalue().count("of 14") == 2
    assert "hunter2hunter2" not in out.getvalue()


def test_nothing_is_printed_of_local_variables_before_any_configuration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert LogStream.current is None
    fail_with_a_secret(logger("part").error)
    told = capsys.readouterr().err
    assert "of 14" in told
    assert "hunter2hunter2" not in told


def test_level_holds_for_loggers_made_before_it() -> None:
    older, out = logger("part"), StringIO()
    configure_logging(out, level="warning")
    older.info("quiet")
    older.warning("loud")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["loud"]


def test_settings_of_whoever_embeds_us_are_left_alone() -> None:
    before = structlog.get_config()
    configure_logging(StringIO())
    assert structlog.get_config() == before
