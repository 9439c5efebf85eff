"""Commands on numbers, on a server: the same words and results as on its database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.integration.cli_service import Service, command, run_in, serving, surroundings


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_numbers_are_held_confirmed_voided_explained_and_found(service: Service) -> None:
    service.json("issue", "invoice", "--count", "3", "--hold", "600", "--reference", "r")
    service.json("confirm", "INV00000001", "--to", "INV00000002")
    service.json("void", "INV00000002", "--reason", "printed twice", "--yes")
    for words in (
        ["explain", "INV00000002"],
        ["gaps"],
        ["gaps", "--prefix", "INV"],
        ["register"],
        ["register", "--reference", "r", "--state", "reserved"],
        ["register", "--number", "INV00000001"],
    ):
        here = ["-o", "json", "--database", "sqlite:///seriatim.db"]
        beside = run_in(service.folder, [*words, *here])
        assert json.loads(beside.stdout) == service.json(*words), words
    assert [one["reason"] for one in service.json("gaps")] == ["printed twice"]


def test_refusals_are_the_same_on_the_server_and_on_its_database(service: Service) -> None:
    for words in (
        ["void", "INV99999999", "--reason", "lost", "--yes"],
        ["void", "INV99999999", "--reason", "lost"],
        ["confirm", "R-00000001"],
        ["explain", "a?b %2e"],
        ["gaps", "--series", "0" * 32],
        ["register", "--set", "NONE", "--from", "2026-02-30"],
    ):
        there = service.run(*words)
        here = run_in(service.folder, [*words, "--database", "sqlite:///seriatim.db"])
        assert (there.exit_code, there.stderr) == (here.exit_code, here.stderr), words
        assert there.exit_code != 0


def test_follow_shows_numbers_as_they_are_given_until_interrupted(service: Service) -> None:
    variables = {
        "SERIATIM_SERVER_URL": service.url,
        "SERIATIM_CLIENT_ID": service.client_id,
        "SERIATIM_CLIENT_SECRET": service.client_secret,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    service.json("issue", "refund")
    following = subprocess.Popen(
        command("register", "--type", "refund", "--follow", "-o", "ndjson"),
        cwd=service.folder,
        env=surroundings(service.folder, **variables),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["firstNumber"] == "R-00000001"
        service.json("issue", "refund", "--count", "2")
        assert json.loads(following.stdout.readline())["lastNumber"] == "R-00000003"
        following.send_signal(signal.SIGINT)
        assert (following.wait(30), following.stdout.read()) == (130, "")
    finally:
        following.kill()
        following.wait()
        if following.stdout is not None:
            following.stdout.close()
