"""What the service says about itself: one line an event, and numbers for Prometheus."""

from __future__ import annotations

import atexit
import json
import logging
import sys
from collections.abc import MutableMapping
from threading import Lock
from typing import ClassVar, Final, Literal, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LogForm = Literal["auto", "json", "text"]

SCOPE_REQUEST_ID: Final = "seriatim.request_id"
SCOPE_CALLER: Final = "seriatim.caller"
"""What the service tells an app mounted in it, and is told for the log, in the ASGI scope."""

METRICS_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

REQUEST_SECONDS_BUCKETS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
)
SERIES_NOTED_MAX: Final = 1000
_BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

CONNECTIONS_REFUSED: Final = Counter(
    "seriatim_http_connections_refused",
    "Connections ended before they held a whole request.",
    ("reason",),
    registry=REGISTRY,
)
NUMBERS: Final = Counter(
    "seriatim_numbers",
    "Numbers that committed entries of the register account for, by kind of entry.",
    ("kind",),
    registry=REGISTRY,
)
ISSUE_SECONDS: Final = Histogram(
    "seriatim_issue_seconds",
    "From a request for numbers to its commit.",
    buckets=REQUEST_SECONDS_BUCKETS,
    registry=REGISTRY,
)
BATCH_SIZE: Final = Histogram(
    "seriatim_batch_size",
    "Requests that shared one transaction.",
    buckets=_BATCH_SIZES,
    registry=REGISTRY,
)
REPLAYS: Final = Counter(
    "seriatim_replays", "Answers given again for a key used before.", registry=REGISTRY
)
OUTCOMES_UNKNOWN: Final = Counter(
    "seriatim_outcomes_unknown",
    "Commits of which nobody knows whether they happened.",
    registry=REGISTRY,
)
POOL_WAIT_SECONDS: Final = Histogram(
    "seriatim_pool_wait_seconds",
    "Waiting for a database connection.",
    buckets=REQUEST_SECONDS_BUCKETS,
    registry=REGISTRY,
)
SERIES_USED_RATIO: Final = Gauge(
    "seriatim_series_used_ratio",
    "Share of a series that is used up, by series, as of its last checkpoint.",
    ("series",),
    registry=REGISTRY,
)
LAST_GOOD_VERIFICATION: Final = Gauge(
    "seriatim_last_good_verification_timestamp_seconds",
    "When the register was last verified without a fault.",
    registry=REGISTRY,
)


_series_noted: set[str] = set()


def note_series_used(series_id: str, share: float) -> None:
    """Shape: of the first SERIES_NOTED_MAX series, so that the metrics stay bounded."""
    if series_id in _series_noted or len(_series_noted) < SERIES_NOTED_MAX:
        _series_noted.add(series_id)
        SERIES_USED_RATIO.labels(series_id).set(share)


def metrics_text() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)


def logger(name: str) -> FilteringBoundLogger:
    """The log of one part of the service; the event comes first, its facts as keywords.

    Shape: of our own settings and not structlog's global ones, which belong to whoever embeds
        us, and by default print the local variables of a traceback, secrets included.
    """
    bound = structlog.wrap_logger(
        structlog.WriteLogger(cast("TextIO", _CURRENT_STREAM)),
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        cache_logger_on_first_use=True,
        log=name,
    )
    return cast("FilteringBoundLogger", bound)


class LogStream:
    """The stream of the log, which takes some lines now and others soon.

    Order: lines go out in the order they came, so that an event never overtakes a line that
        waits. What waits is lost if the process is killed, and nothing else.
    """

    current: ClassVar[LogStream | None] = None

    def __init__(self, out: TextIO, *, takes_lines: bool) -> None:
        self.takes_lines = takes_lines
        self._out = out
        self._waiting: list[str] = []
        self._lock = Lock()

    def write_soon(self, line: str) -> None:
        """Keep a finished line for the next flush, which is the caller's to arrange."""
        with self._lock:
            self._waiting.append(line)

    def write(self, text: str) -> None:
        with self._lock:
            self._out.write("".join((*self._waiting, text)))
            self._waiting.clear()

    def flush(self) -> None:
        self.write("")
        self._out.flush()


class _CurrentStream:
    """Where events go at the moment of writing, so that a logger may be older than the settings."""

    def write(self, text: str) -> None:
        (LogStream.current or sys.stderr).write(text)

    def flush(self) -> None:
        (LogStream.current or sys.stderr).flush()


def configure_logging(
    stream: TextIO | None = None, *, level: str = "info", form: LogForm = "auto"
) -> LogStream:
    """Send every event, of libraries too, to one stream: JSON, or readable on a terminal.

    Shape: with the form `auto`, a terminal gets text and everything else JSON; one line an event, whatever its values hold; a traceback is a value of its line in
        JSON and follows its line on a terminal.
    """
    target = sys.stderr if stream is None else stream
    is_text = form == "text" or (form == "auto" and target.isatty())
    out = LogStream(target, takes_lines=not is_text and level in ("debug", "info"))
    level_number = logging.getLevelNamesMapping()[level.upper()]
    first = _facts_of_every_event()
    last: list[Processor] = _for_people() if is_text else _for_machines()
    _PROCESSORS[:] = [_only_from(level_number), *first, *last]
    _route_standard_logging(out, level_number, [*first, _name_of_library], last)
    LogStream.current = out
    atexit.register(out.flush)
    return out


def _facts_of_every_event() -> list[Processor]:
    return [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def _only_from(level: int) -> Processor:
    levels = logging.getLevelNamesMapping()

    def drop_below(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if levels.get(method.upper(), logging.CRITICAL) < level:
            raise structlog.DropEvent
        return event

    return drop_below


def _for_machines() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,  # without local variables: they hold secrets
        structlog.processors.JSONRenderer(serializer=_one_line),
    ]


def _for_people() -> list[Processor]:
    return [_escape_controls, _console()]


def _console() -> Processor:
    # Not the default formatter: it would print the local variables of every frame.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _one_line(event: EventDict, **_: object) -> str:
    return _LINE_ENCODER.encode(event)


_LINE_ENCODER = json.JSONEncoder(default=str, separators=(",", ":"))


def _escape_controls(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep a value from breaking its line or driving the terminal."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable() and name != "exception":
            event[name] = value.encode("unicode_escape").decode("ascii")
    return event


def _name_of_library(
    _: WrappedLogger, __: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["log"] = record.name
    return event


def _route_standard_logging(
    out: LogStream, level: int, first: list[Processor], last: list[Processor]
) -> None:
    handler = logging.StreamHandler(cast("TextIO", out))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.INFO))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True


_CURRENT_STREAM: Final = _CurrentStream()
_PROCESSORS: Final = [_only_from(logging.WARNING), *_facts_of_every_event(), *_for_machines()]
"""What becomes of an event; changed in place, for every logger there is."""
