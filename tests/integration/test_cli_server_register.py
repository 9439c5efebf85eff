"""The register over a server: exported and held against what clients saw, as on its database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fault.insistent_clients import InsistentClients
from tests.integration.cli_service import Service, run_in, serving

HERE = ["--database", "sqlite:///seriatim.db"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def clients(service: Service) -> InsistentClients:
    """40 requests of four clients, some of whose connections break before the answer."""
    form = {
        "client_id": service.client_id,
        "client_secret": service.client_secret,
        "grant_type": "client_credentials",
    }
    token = httpx.post(f"{service.url}/oauth/token", data=form).json()["access_token"]
    clients = InsistentClients(lambda: [service.url], token, seed=1)

    async def ask(client: int) -> None:
        for turn in range(10):
            name = f"client {client} turn {turn}"
            body = {"documentType": "invoice", "reference": name, "count": 1 + turn % 3}
            await clients.insist(name, json.dumps(body).encode(), drops=0.2)

    async def work() -> None:
        await asyncio.gather(*(ask(client) for client in range(4)))

    asyncio.run(work())
    return clients


@pytest.fixture
def history(service: Service, clients: InsistentClients) -> Path:
    file = service.folder / "history.ndjson"
    file.write_text("".join(f"{line}\n" for line in clients.history.lines), encoding="utf-8")
    return file


def test_history_of_real_clients_is_verified_on_the_server_and_on_its_database(
    service: Service, history: Path
) -> None:
    words = ["verify", "--history", history.name]
    there = service.json(*words)
    here = json.loads(run_in(service.folder, [*words, "-o", "json", *HERE]).stdout)
    assert there == here
    assert (there["verified"], there["requests"], there["answered"]) == (True, 40, 40)


def test_meddled_history_is_refused_on_the_server(service: Service, history: Path) -> None:
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    answered = next(line for line in lines if line["event"] == "ok" and not line["replayed"])
    answered["reply"] = answered["reply"].replace('"firstNumber":"INV', '"firstNumber":"INX')
    history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    refused = service.run("verify", "--history", history.name)
    assert (refused.exit_code, "error: history: G" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "csv"],
        ["--format", "ndjson", "--type", "invoice"],
        ["--format", "csv", "--prefix", "inv"],
        ["--format", "ndjson", "--prefix", "NONE"],
    ],
    ids=" ".join,
)
def test_export_is_the_same_on_the_server_and_on_its_database(
    service: Service, clients: InsistentClients, words: list[str]
) -> None:
    there = service.run("export", *words)
    here = run_in(service.folder, ["export", *words, *HERE])
    assert (there.exit_code, there.stdout_bytes) == (0, here.stdout_bytes)
    assert (len(there.stdout_bytes) > 5000) is ("NONE" not in words)


def test_exported_register_of_a_server_is_what_a_certificate_fits(
    service: Service, clients: InsistentClients
) -> None:
    made = service.run("certificate", "INV", "--file", "inv.json")
    assert made.exit_code == 0, made.stderr
    written = service.run("export", "register.ndjson", "--format", "register", "--prefix", "INV")
    assert (written.exit_code, "40 entries written" in written.stderr) == (0, True)
    checked = run_in(
        service.folder, ["check-certificate", "inv.json", "--register", "register.ndjson"]
    )
    assert (checked.exit_code, "fits the register" in checked.stdout) == (0, True)


def test_auditor_exports_and_a_wrong_server_is_told_apart(service: Service) -> None:
    client = service.json("clients", "create", "look", "--role", "auditor")
    given = {
        "SERIATIM_CLIENT_ID": client["clientId"],
        "SERIATIM_CLIENT_SECRET": client["clientSecret"],
    }
    assert service.run("export", **given).exit_code == 0
    assert service.run("export", "--server", "http://127.0.0.1:1", **given).exit_code == 5
