"""A command and its server with something wrong between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.cli_service import Service, run_in, serving
from tests.unit.cli.command_line import CommandLine

Script = Callable[["_Handler"], None]
TOKEN = {"access_token": "t0", "token_type": "bearer", "expires_in": 3599}


class _Handler(BaseHTTPRequestHandler):
    """Gives tokens, and meets every other request with the next step of its script."""

    server: ScriptedServer

    def do_GET(self) -> None:
        self._meet()

    def do_POST(self) -> None:
        self._meet()

    def _meet(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/oauth/token":
            self.server.tokens_given += 1
            self.answer(200, TOKEN)
            return
        self.server.keys.append(self.headers.get("Idempotency-Key"))
        steps = self.server.steps
        (steps.pop(0) if len(steps) > 1 else steps[0])(self)

    def answer(self, status: int, body: object, **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
        pass


class ScriptedServer(ThreadingHTTPServer):
    def __init__(self, steps: list[Script]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.steps = steps
        self.keys: list[str | None] = []
        self.tokens_given = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def scripted(*steps: Script) -> Iterator[ScriptedServer]:
    with ScriptedServer(list(steps)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def lost(handler: _Handler) -> None:
    handler.close_connection = True


def away(handler: _Handler) -> None:
    handler.answer(503, {"success": False, "reasons": [{"code": 50000061, "message": "away"}]})


def issued(handler: _Handler) -> None:
    handler.answer(200, ISSUED)


ISSUED = {
    "success": True,
    "documentType": "invoice",
    "sequenceSetId": "0" * 32,
    "prefix": "INV",
    "ranges": [{"firstNumber": "INV00000001", "lastNumber": "INV00000001", "count": 1}],
    "numbers": ["INV00000001"],
    "state": "issued",
    "documentDate": "2026-01-31",
    "entryId": "x",
    "issuedAt": "2026-01-31T00:00:00.000000Z",
}


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("seriatim.cli.repeating.PAUSES_S", (0.01, 0.01, 0.01))
    monkeypatch.setenv("SERIATIM_CLIENT_ID", "c")
    monkeypatch.setenv("SERIATIM_CLIENT_SECRET", "s")


@pytest.fixture
def seriatim() -> CommandLine:
    return CommandLine()


@pytest.mark.parametrize("trouble", [lost, away])
def test_issue_is_repeated_with_its_key_until_it_is_answered(
    trouble: Script, seriatim: CommandLine
) -> None:
    with scripted(trouble, trouble, issued) as server:
        assert "INV00000001" in seriatim.done("issue", "invoice", "--server", server.url)
    assert len(server.keys) == 3
    assert len(set(server.keys)) == 1
    assert server.keys[0] is not None


def test_issue_without_an_answer_ends_with_6_and_names_the_key(seriatim: CommandLine) -> None:
    with scripted(lost) as server:
        said = seriatim.refused(6, "issue", "invoice", "--server", server.url)
    assert f"--idempotency-key {server.keys[0]}" in said


def test_issue_while_the_database_is_away_ends_with_5(seriatim: CommandLine) -> None:
    with scripted(away) as server:
        assert "away" in seriatim.refused(5, "issue", "invoice", "--server", server.url)


def test_creation_of_a_client_is_never_repeated(seriatim: CommandLine) -> None:
    words = ("clients", "create", "bot", "--role", "issuer")
    with scripted(lost) as server:
        said = seriatim.refused(6, *words, "--server", server.url)
    assert len(server.keys) == 1
    assert "look before repeating" in said


def test_list_without_an_answer_ends_with_5(seriatim: CommandLine) -> None:
    with scripted(lost) as server:
        seriatim.refused(5, "sets", "list", "--server", server.url)


def test_token_that_has_run_out_is_replaced_once(seriatim: CommandLine) -> None:
    def run_out(handler: _Handler) -> None:
        reason = {"code": 90000011, "message": "the bearer token is missing or not valid"}
        handler.answer(401, {"success": False, "reasons": [reason]})

    with scripted(run_out, issued) as server:
        seriatim.done("issue", "invoice", "--server", server.url)
    assert server.tokens_given == 2
    with scripted(run_out) as server:
        seriatim.refused(4, "issue", "invoice", "--server", server.url)
    assert server.tokens_given == 2


def test_redirection_is_not_followed(seriatim: CommandLine) -> None:
    with scripted(issued) as elsewhere:

        def redirected(handler: _Handler) -> None:
            handler.answer(307, {}, Location=elsewhere.url)

        with scripted(redirected) as server:
            said = seriatim.refused(1, "issue", "invoice", "--server", server.url)
    assert "answered 307" in said
    assert elsewhere.keys == []


def test_next_page_does_not_lead_to_another_host(seriatim: CommandLine) -> None:
    with scripted(issued) as elsewhere:
        first = {
            "sequenceSets": [{"name": "A"}],
            "nextPage": f"{elsewhere.url}/v1/sequence-sets?page=2",
            "success": True,
        }
        second = {"sequenceSets": [{"name": "B"}], "success": True}
        with scripted(
            lambda handler: handler.answer(200, first), lambda handler: handler.answer(200, second)
        ) as server:
            shown = seriatim.json("sets", "list", "--server", server.url)
    assert [one["name"] for one in shown] == ["A", "B"]
    assert elsewhere.keys == []


@pytest.mark.parametrize("body", ["nonsense", [], {"numbers": []}])
def test_answer_of_something_else_is_refused(body: object, seriatim: CommandLine) -> None:
    with scripted(lambda handler: handler.answer(200, body)) as server:
        seriatim.refused(1, "issue", "invoice", "--server", server.url)


def test_server_that_is_not_there_ends_with_5(seriatim: CommandLine) -> None:
    said = seriatim.refused(5, "issue", "invoice", "--server", "http://127.0.0.1:1")
    assert "cannot be reached" in said


def test_answer_that_got_lost_after_the_commit_leads_to_no_second_number(
    tmp_path: Path, seriatim: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path) as service:
        monkeypatch.setenv("SERIATIM_CLIENT_ID", service.client_id)
        monkeypatch.setenv("SERIATIM_CLIENT_SECRET", service.client_secret)
        drops = iter([True, True, False])

        def passed_on(handler: _Handler) -> None:
            answer = _forwarded(service, handler)
            if next(drops):
                lost(handler)
            else:
                handler.answer(200, answer)

        with scripted(passed_on) as between:
            issue = seriatim.json("issue", "invoice", "--server", between.url)
        assert issue["numbers"] == ["INV00000001"]
        beside = run_in(tmp_path, ["series", "list", "-o", "json"])
        [series] = [one for one in json.loads(beside.stdout) if one["prefix"] == "INV"]
        assert (series["issued"], series["entries"]) == (1, 1)


def _forwarded(service: Service, handler: _Handler) -> object:
    """What the service answers to this request of the command's."""
    from seriatim.cli.server_client import Credentials, ServerClient

    client = ServerClient(service.url, Credentials(service.client_id, service.client_secret))
    key = {"Idempotency-Key": handler.headers["Idempotency-Key"]}
    return client.send("POST", handler.path, headers=key, body=json.loads(handler.body)).body
