"""The peer over HTTP: a Starlette endpoint that only gives JSON back, on the same server.

`python -m bench.bare_endpoint BODY.json`: GET gives the body; POST and PUT read theirs, parse
it and then give the body. No authentication, no database, no log line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn import Config, Server

from bench.processes import listening, program
from seriatim.http.server import bound_socket, url_of

PEER: Final = "bare Starlette JSON endpoint"
TARGET: Final = "/bare"


@contextmanager
def running_bare_endpoint(folder: Path, answer: bytes) -> Iterator[int]:
    """Run the peer with an answer of ours as its own; gives its port."""
    answer_file = folder / "answer.json"
    answer_file.write_bytes(answer)
    command = program("bench.bare_endpoint", str(answer_file))
    with listening(command, folder / "bare.log") as port:
        yield port


def application(answer: object) -> Starlette:
    async def give(_: Request) -> Response:
        return JSONResponse(answer)

    async def take_and_give(request: Request) -> Response:
        await request.json()
        return JSONResponse(answer)

    return Starlette(
        routes=[
            Route(TARGET, give, methods=["GET"]),
            Route(TARGET, take_and_give, methods=["POST", "PUT"]),
        ]
    )


def _serve(answer_file: Path) -> None:
    """uvicorn with the settings of the service, but for the service's own protocol."""
    config = Config(
        application(json.loads(answer_file.read_bytes())),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    listener = bound_socket("127.0.0.1", 0)
    print(url_of(listener), flush=True)
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
