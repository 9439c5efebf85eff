"""Health, metrics and the page about the API."""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
from io import StringIO

import pytest
from prometheus_client.parser import text_string_to_metric_families

from seriatim.domain.caller import Caller
from seriatim.http.docs_page import add_docs_to
from seriatim.http.edge import Edge
from seriatim.http.exchange import Exchange
from seriatim.http.health import Health, WhyNotReady
from seriatim.http.request_numbers import REQUEST_NUMBERS
from seriatim.http.router import Router
from seriatim.http.settings import HttpSettings
from seriatim.telemetry import LogStream, configure_logging, logger
from tests.unit.http.asgi_client import ask, call


async def identify(_: Exchange) -> Caller:
    raise AssertionError("these routes are open")


def edge_of(why_not_ready: WhyNotReady = lambda: None, seconds_max: float = 2.0) -> Edge:
    router = Router()
    Health(why_not_ready, seconds_max=seconds_max).add_to(router)
    add_docs_to(router, b'{"openapi":"3.1.0"}', b'{"openapi":"3.0.3"}')
    return Edge(router, HttpSettings(), identify=identify)


EDGE = edge_of()


def test_process_is_alive_whatever_the_database_does() -> None:
    broken = edge_of(lambda: "away")
    assert ask(broken, "GET", "/healthz").json == {"status": "ok"}
    answer = ask(broken, "GET", "/readyz")
    assert answer.status == 503
    assert answer.json == {"status": "not ready", "reason": "away"}
    assert answer.headers["retry-after"] == "1"
    assert ask(EDGE, "GET", "/readyz").json == {"status": "ready"}


def test_database_that_hangs_holds_up_one_thread_and_no_request() -> None:
    gate, looks = threading.Event(), []

    def hang() -> None:
        looks.append(1)
        gate.wait(10)

    edge = edge_of(hang, seconds_max=0.05)

    async def probe() -> list[int]:
        answers = await asyncio.gather(*(call(edge, "GET", "/readyz") for _ in range(5)))
        return [answer.status for answer in answers]

    assert asyncio.run(probe()) == [503] * 5
    assert len(looks) == 1
    gate.set()


def test_metrics_are_in_the_form_of_prometheus() -> None:
    REQUEST_NUMBERS.count("GET", "/v1/counted", 200, 0.003)
    REQUEST_NUMBERS.count("GET", "/v1/counted", 204, 99)
    REQUEST_NUMBERS.count("BREW", "/v1/counted", 404, 0.0005)
    answer = ask(EDGE, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {item.name: item for item in text_string_to_metric_families(answer.body.decode())}
    counted = {
        (sample.labels["method"], sample.labels["status"]): sample.value
        for sample in families["seriatim_http_requests"].samples
        if sample.name.endswith("_total") and sample.labels["route"] == "/v1/counted"
    }
    assert counted == {("GET", "2xx"): 2, ("other", "4xx"): 1}
    buckets = {
        sample.labels["le"]: sample.value
        for sample in families["seriatim_http_request_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["route"] == "/v1/counted"
    }
    assert (buckets["0.0005"], buckets["0.0025"], buckets["0.005"]) == (1, 1, 2)
    assert (buckets["10.0"], buckets["+Inf"]) == (2, 3)
    assert families["seriatim_http_requests_in_flight"].samples[0].value == 1
    assert {"seriatim_numbers", "seriatim_replays", "process_open_fds"} <= set(families)


def test_page_asks_for_nothing_from_elsewhere() -> None:
    page = ask(EDGE, "GET", "/docs")
    text = page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(links) == 4
    assert not re.search(r"<script(?! src=)", text)
    for link in links:
        file = ask(EDGE, "GET", link)
        assert file.status == 200, link
        assert len(file.body) > 50
        assert file.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/docs/swagger-ui-bundle.js", "javascript"),
        ("/docs/start.js", "javascript"),
        ("/docs/swagger-ui.css", "text/css"),
        ("/docs/favicon-32x32.png", "image/png"),
    ],
)
def test_files_of_the_page_have_their_types(path: str, kind: str) -> None:
    assert kind in ask(EDGE, "GET", path).headers["content-type"]


def test_big_file_is_packed_for_those_who_take_it() -> None:
    plain = ask(EDGE, "GET", "/docs/swagger-ui-bundle.js")
    zipped = ask(EDGE, "GET", "/docs/swagger-ui-bundle.js", [("Accept-Encoding", "gzip")])
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert plain.headers["vary"] == zipped.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("path", ["/docs/../x", "/docs/index.html", "/docs/swagger-ui.js"])
def test_other_files_of_the_package_are_not_served(path: str) -> None:
    assert ask(EDGE, "GET", path).status == 404


def test_description_is_served_in_both_dialects() -> None:
    assert ask(EDGE, "GET", "/openapi.json").json == {"openapi": "3.1.0"}
    assert ask(EDGE, "GET", "/docs/openapi.json").json == {"openapi": "3.0.3"}


def test_waiting_lines_go_out_before_any_event() -> None:
    out = StringIO()
    stream = configure_logging(out)
    try:
        stream.write_soon('{"event":"first"}\n')
        assert out.getvalue() == ""
        logger("test").warning("second\r\nline", key="a\nb")
        lines = out.getvalue().splitlines()
    finally:
        LogStream.current = None
    assert len(lines) == 2
    assert lines[0] == '{"event":"first"}'
    assert r'"second\r\nline"' in lines[1]
