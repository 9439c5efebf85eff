"""uvicorn as this service runs it."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from seriatim.http.connection import BoundedProtocol, Bounds
from seriatim.http.settings import HttpSettings

_BACKLOG = 2048

OnBound = Callable[[str], None]


class ServerConfig(Config):
    """uvicorn's settings and our bounds, so that both reach every worker process."""

    def __init__(self, app: ASGIApp | str, bounds: Bounds, **options: Any) -> None:
        super().__init__(app, **options)
        self.bounds = bounds


def server_config(
    app: ASGIApp | str,
    *,
    host: str,
    port: int,
    workers: int = 1,
    settings: HttpSettings | None = None,
) -> ServerConfig:
    """Shape: `app` is the app, or `package.module:function` that makes it; more than one worker
    needs the latter, for each process makes its own.
    """
    chosen = settings or HttpSettings()
    return ServerConfig(
        app,
        bounds_of(chosen),
        host=host,
        port=port,
        workers=workers,
        factory=isinstance(app, str),
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=max(1, round(chosen.idle_seconds_max)),
        timeout_graceful_shutdown=chosen.graceful_seconds_max,
    )


def bounds_of(settings: HttpSettings) -> Bounds:
    return Bounds(
        header_bytes_max=settings.header_bytes_max,
        header_seconds_max=settings.header_seconds_max,
        body_seconds_max=settings.body_seconds_max,
        idle_seconds_max=settings.idle_seconds_max,
        connections_max=settings.connections_max,
    )


def serve(
    app: ASGIApp | str,
    *,
    host: str,
    port: int,
    workers: int = 1,
    settings: HttpSettings | None = None,
    on_bound: OnBound | None = None,
) -> int:
    """Serve until told to stop (SIGTERM, SIGINT), end what has begun; gives the exit code.

    Shape: `on_bound` is told the URL once the port is taken, which is how a port of 0 is learnt.
    Errors: ValueError for several workers of a ready-made app; OSError where the port is taken.
    """
    if workers > 1 and not isinstance(app, str):
        raise ValueError("several workers need the name of a function that makes the app")
    config = server_config(app, host=host, port=port, workers=workers, settings=settings)
    listener = bound_socket(host, port)
    try:
        if on_bound is not None:
            on_bound(url_of(listener))
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
            return 0
        with _termination_ends_here():
            return _run(Server(config), listener)
    finally:
        listener.close()


def _run(server: Server, listener: socket.socket) -> int:
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


@contextmanager
def _termination_ends_here() -> Iterator[None]:
    """Uvicorn raises the signal that stopped it once more when it is done, which would kill the
    process before its caller could close the store: as an interruption it can be caught.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def bound_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)  # before anybody is told the address
        listener.set_inheritable(True)
    except BaseException:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
