"""`seriatim serve`: starting, stopping, and commands on the file of a running service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.integration.cli_service import command, run_apart, run_in, serving, surroundings

DATABASE = ("--database", "sqlite:///seriatim.db")
SEEN_SECONDS_MAX = 1.0


def test_first_start_makes_the_file_and_shows_secrets_and_later_starts_do_not(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as service:
        assert (tmp_path / "seriatim.db").exists()
        assert service.json("sets", "list")[0]["name"] == "DEFAULT"
        secret = service.client_secret
        assert "admin / " in service.said
        assert service.stop() == 0
    with serving(tmp_path) as again:
        assert secret not in again.said
        assert "console login" not in again.said
        assert "<client secret>" in again.said


def test_printed_lines_can_be_pasted(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        lines = service.said.partition("paste:")[2]
        env = surroundings(tmp_path)
        done = subprocess.run(
            ["sh", "-e"], input=lines, env=env, capture_output=True, text=True, check=False
        )
    if done.returncode == 127:
        pytest.skip("curl is not installed")
    assert done.returncode == 0, done.stderr
    assert '"numbers":["FINV00000001"]' in done.stdout


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_service_cleanly(with_signal: int, tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        service.json("issue", "invoice")
        assert service.stop(with_signal) == 0
    assert "Traceback" not in (tmp_path / "service.log").read_text()
    assert run_in(tmp_path, ["verify"]).exit_code == 0


def test_command_writes_to_the_file_of_a_running_service_which_sees_it_at_once(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as service:
        assert service.json("issue", "invoice")["numbers"] == ["INV00000001"]
        beside = run_in(tmp_path, ["issue", "invoice", "-o", "json", *DATABASE])
        assert json.loads(beside.stdout)["numbers"] == ["INV00000002"]
        assert service.json("issue", "invoice")["numbers"] == ["INV00000003"]
        assert service.json("verify", "--prefix", "INV")[0]["verified"] is True


def test_client_that_a_command_revokes_is_shut_out_within_a_second(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        client = service.json("clients", "create", "bot", "--role", "issuer")
        given = {
            "SERIATIM_CLIENT_ID": client["clientId"],
            "SERIATIM_CLIENT_SECRET": client["clientSecret"],
        }
        assert service.run("issue", "invoice", **given).exit_code == 0
        run_in(tmp_path, ["clients", "revoke", client["clientId"], "--yes", *DATABASE])
        time.sleep(SEEN_SECONDS_MAX)
        assert service.run("issue", "invoice", **given).exit_code == 4


def test_setting_that_a_command_changes_counts_within_a_second(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        assert service.json("issue", "creditMemo")["numbers"] == ["CM00000001"]
        run_in(tmp_path, ["settings", "set", "invoiceSettlement=false", *DATABASE])
        time.sleep(SEEN_SECONDS_MAX)
        refused = service.run("issue", "creditMemo")
        assert (refused.exit_code, "Invoice Settlement" in refused.stderr) == (1, True)


def test_second_server_of_one_file_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        second = run_apart(tmp_path, ["serve", "--port", "0"])
        assert second.returncode == 1
        assert "another server already uses" in second.stderr


def test_taken_port_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        port = service.url.rpartition(":")[2]
        words = ["serve", "--port", port, "--database", "sqlite:///other.db"]
        second = run_apart(tmp_path, words)
    assert second.returncode == 1
    assert f"error: cannot listen on 127.0.0.1, port {port}: " in second.stderr
    assert "client secret" in second.stdout  # shown once: not lost to the failure


def test_given_secrets_serve_and_are_not_printed(tmp_path: Path) -> None:
    given = {
        "SERIATIM_BOOTSTRAP_CLIENT_ID": "12345678-1234-4234-8234-123456789012",
        "SERIATIM_BOOTSTRAP_CLIENT_SECRET": "geheim-geheim-geheim",
        "SERIATIM_BOOTSTRAP_PASSWORD": "geheim-geheim-geheim",
    }
    with serving(tmp_path, **given) as service:
        assert "geheim" not in service.said
        words = ("sets", "list", "-o", "json")
        client = {
            "SERIATIM_CLIENT_ID": given["SERIATIM_BOOTSTRAP_CLIENT_ID"],
            "SERIATIM_CLIENT_SECRET": given["SERIATIM_BOOTSTRAP_CLIENT_SECRET"],
        }
        assert service.run(*words, **client).exit_code == 0
    assert "geheim" not in (tmp_path / "service.log").read_text()


def test_openapi_command_prints_what_the_service_answers(tmp_path: Path) -> None:
    with serving(tmp_path) as service, urlopen(f"{service.url}/openapi.json") as answer:
        served = json.loads(answer.read())
    assert json.loads(run_in(tmp_path, ["openapi"]).stdout) == served


def test_reader_that_leaves_ends_a_command_quietly(tmp_path: Path) -> None:
    assert run_in(tmp_path, ["init"]).exit_code == 0
    for words in (["sets", "list"], ["sets", "list", "-o", "ndjson"], ["config", "-o", "json"]):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as stdout:
            done = subprocess.run(
                command(*words),
                cwd=tmp_path,
                env=surroundings(tmp_path),
                stdout=stdout,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert (done.returncode, done.stderr) == (141, b"")
