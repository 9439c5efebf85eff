"""What every connection to PostgreSQL is opened with, beside what its URL says."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from seriatim.domain.errors import StoreRefused
from seriatim.domain.limits import LOCK_WAIT_MS_MAX

# A host that vanishes without a word, or a cable that is pulled, is told by neither side. By the
# system's own limits we would wait for a quarter of an hour, and the server keep our locks for two.
_IDLE_SECONDS: Final = 5
_PROBE_SECONDS: Final = 2
_PROBES: Final = 3
_UNANSWERED_MS: Final = 10_000

_UNLESS_SAID: Final[dict[str, Any]] = {
    "application_name": "seriatim",
    "connect_timeout": 5,
    "keepalives_idle": _IDLE_SECONDS,
    "keepalives_interval": _PROBE_SECONDS,
    "keepalives_count": _PROBES,
    "tcp_user_timeout": _UNANSWERED_MS,
}

_SESSION_UNLESS_SAID: Final = (
    f"-c tcp_keepalives_idle={_IDLE_SECONDS} -c tcp_keepalives_interval={_PROBE_SECONDS}"
    f" -c tcp_keepalives_count={_PROBES} -c tcp_user_timeout={_UNANSWERED_MS}"
    " -c idle_in_transaction_session_timeout=60000"
)
# Every statement looks up by a key or walks an index in its order, whatever the values: planned
# anew for each, some took longer to plan than to run. A plan is kept until the tables are analyzed:
# one made while a table is small would go on reading it whole when it is not.
_SESSION: Final = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"


def connection_options(url: str) -> dict[str, Any]:
    """Shape: for `psycopg.connect(url, **options)`. What the URL says itself stays, but for the
    settings that our statements rely on.

    Errors: StoreRefused for a URL that is none.
    """
    try:
        said = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        message = f"cannot connect to PostgreSQL: {error}"
        raise StoreRefused(message) from error
    unsaid = {name: value for name, value in _UNLESS_SAID.items() if name not in said}
    session = [
        _SESSION_UNLESS_SAID,
        str(said.get("options", "")),
        f"{_SESSION} -c lock_timeout={LOCK_WAIT_MS_MAX}",
    ]
    return {**unsaid, "options": " ".join(session)}
