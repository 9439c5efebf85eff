"""Imports over a server, and every command on numbers: the same as on its database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seriatim.cli import import_over_server
from seriatim.cli.backend import Call, Reply
from seriatim.cli.faults import ServerUnreachable
from seriatim.cli.server_backend import ServerBackend
from tests.integration.cli_service import Service, run_in, serving

HERE = ["--database", "sqlite:///seriatim.db"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


USED = "documentType,number,lastNumber,documentDate,reference\n" + "".join(
    f"payment,P-{n:08d},,2025-03-04,order {n}\n" for n in range(1, 6001)
)
FAULTY = USED + "payments,P-1,,,\npayment,P-00000001,,,\npayment,2019/17,,2019-01-01,\n"


def test_import_says_the_same_on_the_server_and_on_its_database(service: Service) -> None:
    """Longer than one part; and each refusal as it is on a database."""
    file = service.folder / "used.csv"
    for content, words, code in (
        (FAULTY, ["-o", "json"], 1),
        (FAULTY, [], 1),
        ("", [], 1),
        ("number\n", [], 1),
        (USED, ["--dry-run"], 0),
        (FAULTY, ["--dry-run", "--skip-bad", "-o", "json"], 0),
        (USED, ["--dry-run", "--keep-free", "-o", "csv"], 0),
    ):
        file.write_text(content)
        there = service.run("import", file.name, *words)
        here = run_in(service.folder, ["import", file.name, *words, *HERE])
        assert there.exit_code == here.exit_code == code, (words, there.stderr)
        assert (there.stdout, there.stderr) == (here.stdout, here.stderr), words
    assert service.run("import", "none.csv").exit_code == 2


def test_import_through_a_pipe_is_taken_in_once(service: Service) -> None:
    faulty = FAULTY.replace("payment,P-", "debitMemo,DM")
    done = service.run("import", "-", "--skip-bad", given=faulty)
    assert (done.exit_code, " lines imported" in done.stderr) == (0, True), done.stderr
    again = service.run("import", "-", "--skip-bad", given=faulty)
    assert (again.exit_code, "was imported before" in again.stderr) == (0, True)
    found = service.json("explain", "DM00006000")
    assert (found["state"], found["reference"]) == ("imported", "order 6000")
    assert service.json("issue", "debitMemo")["firstNumber"] == "DM00006001"
    assert service.run("verify").exit_code == 0


def test_import_that_was_broken_off_while_it_was_sent_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = service.folder / "long.csv"
    header, *lines = USED.splitlines(keepends=True)
    file.write_text(header + "".join(line.replace("payment,P-", "refund,R-") for line in lines))
    real, sent = ServerBackend.call, list[str]()

    def call(backend: ServerBackend, call: Call) -> Reply:
        if call.method == "PUT":
            sent.append(call.query["offset"])
            if len(sent) == 3:
                raise ServerUnreachable("gone")
        return real(backend, call)

    monkeypatch.setattr(import_over_server, "PART_BYTES", 65536)
    monkeypatch.setattr(ServerBackend, "call", call)
    assert service.run("import", file.name).exit_code == 5
    assert service.run("import", file.name).exit_code == 0
    assert sent == ["0", "65536", "131072", "131072", "196608"]
    assert service.json("issue", "refund")["firstNumber"] == "R-00006001"


def test_only_an_admin_imports(service: Service) -> None:
    client = service.json("clients", "create", "hand", "--role", "issuer")
    given = {
        "SERIATIM_CLIENT_ID": client["clientId"],
        "SERIATIM_CLIENT_SECRET": client["clientSecret"],
    }
    refused = service.run("import", "-", given=USED, **given)
    assert (refused.exit_code, "issuer" in refused.stderr) == (4, True)


def test_every_command_on_numbers_says_the_same_in_both_places(service: Service) -> None:
    """On one service and its database: what is read is equal, what is refused is refused alike."""
    service.json("issue", "creditMemo", "--count", "5", "--reference", "order 7")
    service.json("void", "CM00000002", "--reason", "wrong", "--yes")
    for words in (
        ["explain", "CM00000002"],
        ["explain", "2019/17"],
        ["explain", "CM00000099"],
        ["gaps", "--prefix", "CM"],
        ["register", "--type", "creditMemo"],
        ["register", "--number", "CM00000003"],
        ["register", "--reference", "order 7"],
        ["verify", "--prefix", "CM"],
        ["public-key"],
        ["issue", "creditMemo", "--count", "0"],
        ["void", "CM00000002", "--reason", "again", "--yes"],
        ["confirm", "CM00000001"],
        ["certificate", "NONE"],
    ):
        for form in ("json", "csv", "table"):
            there = service.run(*words, "-o", form)
            here = run_in(service.folder, [*words, "-o", form, *HERE])
            assert (there.exit_code, there.stdout, there.stderr) == (
                here.exit_code,
                here.stdout,
                here.stderr,
            ), words
