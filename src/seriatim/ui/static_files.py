"""The console's stylesheet, scripts and icon, served from the package."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

PREFIX: Final = "/console/static"


def static_url(name: str) -> str:
    """Where a file lies; the address changes with the file, so that it may be kept for ever."""
    return f"{PREFIX}/{name}?v={_digest(name)}"


async def answer_static(request: Request) -> Response:
    content = _files().get(request.path_params["name"])
    if content is None:
        return PlainTextResponse("no such file", 404)
    name: str = request.path_params["name"]
    is_current = request.query_params.get("v") == _digest(name)
    kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return Response(content, media_type=kind, headers={"Cache-Control": kept})


@cache
def _files() -> dict[str, bytes]:
    folder = files("seriatim.ui") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_files()[name]).hexdigest()[:12]
