"""/docs: the API described for people, from files that are all served here."""

from __future__ import annotations

import mimetypes
from functools import cache
from typing import Final

from swagger_ui_bundle import swagger_ui_path

from seriatim.http.answer import Answer, Security
from seriatim.http.compression import accepts_gzip, packed
from seriatim.http.exchange import Exchange
from seriatim.http.router import Action, Router

DOCUMENT_PATH: Final = "/openapi.json"
DOCUMENT_FOR_PAGE_PATH: Final = "/docs/openapi.json"

# Swagger UI sets its inline styles by script, which the policy lets pass, and draws its icons
# from data URLs.
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_FILE_SECURITY: Final = Security(_POLICY, b"public, max-age=3600")
_PAGE_SECURITY: Final = Security(_POLICY, b"no-cache")

_FILES: Final = (
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
)

_PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seriatim API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" sizes="32x32" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="api"></div>
<noscript>This page needs JavaScript; the description itself is at /openapi.json.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

_START: Final = b"""SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
});
"""


def add_docs_to(router: Router, document: bytes, document_for_page: bytes) -> None:
    """Route the page, its files, and both forms of the description."""
    router.add("GET", DOCUMENT_PATH, _fixed(document, "application/json", _PAGE_SECURITY))
    router.add(
        "GET",
        DOCUMENT_FOR_PAGE_PATH,
        _fixed(document_for_page, "application/json", _PAGE_SECURITY),
    )
    router.add("GET", "/docs", _fixed(_PAGE, "text/html; charset=utf-8", _PAGE_SECURITY))
    router.add("GET", "/docs/start.js", _fixed(_START, "text/javascript", _FILE_SECURITY))
    for name in _FILES:
        router.add("GET", f"/docs/{name}", _file(name))


def _fixed(body: bytes, content_type: str, security: Security) -> Action:
    answer = Answer(200, body, content_type.encode("ascii"), security=security)

    async def action(_: Exchange) -> Answer:
        return answer

    return action


def _file(name: str) -> Action:
    content_type = (mimetypes.guess_type(name)[0] or "application/octet-stream").encode("ascii")
    is_text = not name.endswith(".png")

    async def action(exchange: Exchange) -> Answer:
        plain, zipped = _bytes_of(name)
        if is_text and accepts_gzip(exchange.headers.get(b"accept-encoding", b"")):
            headers = ((b"vary", b"accept-encoding"), (b"content-encoding", b"gzip"))
            return Answer(200, zipped, content_type, headers, _FILE_SECURITY, packable=False)
        vary = ((b"vary", b"accept-encoding"),) if is_text else ()
        return Answer(200, plain, content_type, vary, _FILE_SECURITY, packable=False)

    return action


@cache
def _bytes_of(name: str) -> tuple[bytes, bytes]:
    """The file as it is and packed; read and packed once."""
    plain = swagger_ui_path.joinpath(name).read_bytes()
    return plain, packed(plain)
