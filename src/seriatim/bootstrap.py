"""The composition root: config, store, services, application; in which order they start."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from starlette.types import ASGIApp

from seriatim import telemetry
from seriatim.config import Config, hand_down, inherited
from seriatim.domain.clock import Clock, SystemClock
from seriatim.domain.errors import SeriatimError, StoreRefused
from seriatim.domain.limits import COMMIT_SECONDS_MAX
from seriatim.engine.checkpoint import Keys
from seriatim.http import app, server
from seriatim.http.edge import Mount
from seriatim.http.openapi_parts import Json
from seriatim.http.routes import all_endpoints
from seriatim.http.settings import HttpSettings
from seriatim.http.threads import WorkThreads
from seriatim.service.counting import count_all
from seriatim.service.founding import Founded, GivenSecrets, found, is_founded
from seriatim.service.number_moves import sweep_expired_holds
from seriatim.service.proofs import sign_moved_series
from seriatim.service.signing import load_signing_keys, make_signing_keys
from seriatim.service.upkeep import sweep
from seriatim.store.migrate import pending_migrations
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from seriatim.ui.console import ConsoleSettings, console
from seriatim.ui.visit import ROOT

FORGETTING_EVERY_S = 300.0
HOLDS_SETTLED_EVERY_S = 1.0
HEADS_LOOKED_AT_EVERY_S = 60.0
DAYS_COUNTED_EVERY_S = 10.0
CONSOLE_THREADS = 4
CONSOLE_QUEUE_MAX = 64
LOGIN_QUEUE_MAX = 32
OBJECTS_PER_COLLECTION = 20_000
_WORKER_FACTORY = "seriatim.bootstrap:worker_application"
_log = telemetry.logger("service")


def http_settings(config: Config) -> HttpSettings:
    return HttpSettings(
        http_status=config.http_status,
        unknown_fields=config.unknown_fields,
        public_base_url=config.public_base_url,
        body_bytes_max=config.body_bytes_max,
        header_seconds_max=config.header_seconds_max,
        body_seconds_max=config.body_seconds_max,
        idle_seconds_max=config.idle_seconds_max,
        answer_seconds_max=config.answer_seconds_max,
        requests_in_flight_per_entity_max=config.requests_in_flight_per_entity_max,
        rate_per_minute=config.rate_per_minute,
        rate_per_hour=config.rate_per_hour,
        rate_per_day=config.rate_per_day,
    )


def open_service_store(config: Config, *, migrate: bool = False) -> SqlStore:
    """Errors: StoreRefused, with what to do about it."""
    return open_store(config.database_url, migrate=migrate, connections_max=config.connections_max)


def initialise(store: SqlStore, config: Config, *, actor: str) -> Founded | None:
    """Give an empty database its first contents; None if it has them already.

    Order: the signing key is made first, so that no secret is lost when it cannot be.
    Errors: StoreRefused.
    """
    make_signing_keys(config.signing_key_path)
    given = GivenSecrets(
        client_id=config.bootstrap_client_id,
        client_secret=config.bootstrap_client_secret,
        password=config.bootstrap_password,
    )
    with store.read() as transaction:
        if is_founded(transaction):
            return None
    return store.run(
        lambda transaction: (
            None
            if is_founded(transaction)
            else found(transaction, given, clock=SystemClock(), actor=actor)
        )
    )


def application(config: Config, store: SqlStore, *, clock: Clock | None = None) -> ASGIApp:
    """The service over an open store."""
    used_clock = clock or SystemClock()
    keys = load_signing_keys(config.signing_key_path)
    if keys is None:
        _log.warning("nothing_is_signed", missing=str(config.signing_key_path))

    def forget_expired() -> None:
        swept = sweep(store, clock=used_clock)
        _log.debug("swept", **asdict(swept))

    def settle_holds() -> None:
        settled = sweep_expired_holds(store, clock=used_clock)
        if settled:
            _log.info("holds_expired", holds=settled)

    def sign_heads() -> None:
        if keys is not None:
            every = timedelta(minutes=config.checkpoint_minutes)
            signed = sign_moved_series(store, keys=keys, clock=used_clock, every=every)
            _log.debug("checkpoints_signed", series=signed)

    def count_days() -> None:
        _log.debug("days_counted", entries=count_all(store))

    return app.application(
        store,
        http_settings(config),
        clock=used_clock,
        keys=keys,
        why_not_ready=lambda: why_not_ready(store),
        upkeep=[
            app.Upkeep(_not_raising(forget_expired), FORGETTING_EVERY_S),
            app.Upkeep(_not_raising(settle_holds), HOLDS_SETTLED_EVERY_S),
            app.Upkeep(_not_raising(sign_heads), HEADS_LOOKED_AT_EVERY_S),
            app.Upkeep(_not_raising(count_days), DAYS_COUNTED_EVERY_S),
        ],
        mounts=[_console(config, store, clock=used_clock, keys=keys)],
    )


def _console(config: Config, store: SqlStore, *, clock: Clock, keys: Keys | None) -> Mount:
    pages = WorkThreads("page", threads=CONSOLE_THREADS, queue_max=CONSOLE_QUEUE_MAX)
    logins = WorkThreads("login", threads=1, queue_max=LOGIN_QUEUE_MAX)

    def close() -> None:
        pages.close()
        logins.close()

    settings = ConsoleSettings(
        public_base_url=config.public_base_url, form_bytes_max=config.body_bytes_max
    )
    made = console(store, settings, clock=clock, keys=keys, pages=pages, logins=logins)
    return Mount(ROOT, made, close)


def _not_raising(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except SeriatimError as error:
            _log.warning("upkeep_failed", message=error.message, detail=error.detail)

    return run


def why_not_ready(store: SqlStore) -> str | None:
    """None if the database can be reached, writes, is migrated and has its first contents."""
    waited_s = store.commits.longest_wait_s
    if waited_s > COMMIT_SECONDS_MAX:
        return f"the database has not confirmed a transaction for {waited_s:.0f} seconds"
    try:
        if pending_migrations(store.database):
            return "the database is not migrated to this version"
        with store.read() as transaction:
            return None if is_founded(transaction) else "the database is not initialised"
    except SeriatimError as error:
        return error.message


def worker_application() -> ASGIApp:
    """The application of one worker process, from the settings its parent handed down."""
    config = inherited()
    telemetry.configure_logging(level=config.log_level, form=config.log_format)
    made = application(config, open_service_store(config))
    calm_garbage_collection()
    return made


def calm_garbage_collection() -> None:
    """Let the cyclic garbage collector pass over what lives as long as the process, and run seldom.

    Cost: a request makes hundreds of objects and no cycles; looking at all of them again and again
        took a fifth of its processor time. A cycle that a failure leaves behind stays in memory
        until OBJECTS_PER_COLLECTION more have been made, some megabytes at most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_PER_COLLECTION)


def openapi_document(config: Config, store: SqlStore) -> Json:
    """What `/openapi.json` answers under these settings."""
    return app.described(all_endpoints(store, SystemClock()), http_settings(config))


def serve(config: Config, store: SqlStore, *, on_bound: server.OnBound | None = None) -> int:
    """Serve until told to stop; the exit code of the process.

    Errors: StoreRefused for a second server of one SQLite file, or for several workers on it.
    """
    if config.workers > 1 and store.database.name == "sqlite":
        raise StoreRefused("SQLite serves one process; --workers above 1 needs PostgreSQL")
    store.database.hold_server_lock()
    if config.workers > 1:
        hand_down(config)
        target: ASGIApp | str = _WORKER_FACTORY
    else:
        target = application(config, store)
        calm_garbage_collection()
    return server.serve(
        target,
        host=config.host,
        port=config.port,
        workers=config.workers,
        settings=http_settings(config),
        on_bound=on_bound,
    )
