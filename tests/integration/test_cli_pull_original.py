"""Pulling from a server in the original's own shapes, and from one that is away or lies."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from typer.testing import Result

from tests.integration.cli_service import serving
from tests.integration.original_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    Handler,
    OriginalServer,
    Tenant,
    original,
    self_signed,
    zuora_account,
    zuora_set,
)
from tests.integration.pull_sides import Side, founded, row_of

DEFAULT = zuora_set(
    "DEFAULT",
    {"invoice": "INV", "creditMemo": "CM", "debitMemo": "DM", "payment": "P-", "refund": "R-"},
    number=41,
)


def billing_set(name: str, **more: str) -> dict[str, object]:
    prefixes = {"invoice": f"{name}I", "creditMemo": f"{name}C", "debitMemo": f"{name}D"}
    return zuora_set(name, {**prefixes, **more}, number=7)


@pytest.fixture(autouse=True)
def quick_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.cli.repeating.PAUSES_S", (0.01, 0.01))


@pytest.fixture
def target(tmp_path: Path) -> Side:
    return founded(tmp_path, f"sqlite:///{tmp_path / 'target.db'}")


def pull(target: Side, server: OriginalServer, *words: str, **variables: str) -> Result:
    given = {
        "SERIATIM_PULL_CLIENT_ID": CLIENT_ID,
        "SERIATIM_PULL_CLIENT_SECRET": CLIENT_SECRET,
        **variables,
    }
    words = ("pull", "--from", server.url, "--yes", "-o", "json", *words)
    result = target.run(*words, **given)
    said = result.stdout + result.stderr
    assert CLIENT_SECRET not in said
    assert "token-of-the-original" not in said
    return result


def test_tenant_of_the_original_is_copied_with_its_accounts(target: Side) -> None:
    sets = [DEFAULT, *(billing_set(f"S{number}") for number in range(90))]
    ids = [one["id"] for one in sets]
    accounts = [zuora_account(f"A{number}", ids[number % 91]) for number in range(120)]
    tenant = Tenant(sets, [*accounts, zuora_account("A-none")])
    with original(tenant) as server:
        result = pull(target, server, "--create-accounts")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    assert row_of(rows, "S89", "invoice")["after"] == "S89I00000007"
    assert row_of(rows, "S89", "payment")["after"] == "P-00000041"
    assert row_of(rows, "A119")["after"] == "S27"
    assert row_of(rows, "A91")["after"] == row_of(rows, "A-none")["after"] == "DEFAULT"
    assert len(rows) == 91 * 5 + 121
    assert target.issue("invoice", "S0") == ["S0I00000007"]


def test_accounts_of_a_file_are_read_from_the_original_one_by_one(target: Side) -> None:
    one = billing_set("FR")
    tenant = Tenant([DEFAULT, one], [zuora_account("A-1", str(one["id"])), zuora_account("A-2")])
    (target.folder / "accounts").write_text("A-1\nnone\n", encoding="utf-8")
    with original(tenant) as server:
        result = pull(target, server, "--accounts", "accounts", "--create-accounts")
    assert result.exit_code == 1
    assert "account none: " in result.stderr
    assert "Cannot find entity by key: 'none'." in result.stderr
    assert not [path for path in tenant.asked if path.startswith("/object-query")]
    assert target.account_sets() == {"A-1": "FR"}


def test_entity_of_the_source_is_named_in_every_request(target: Side) -> None:
    named: set[str | None] = set()

    def look(handler: Handler) -> bool:
        named.add(handler.headers["Zuora-Entity-Ids"])
        return False

    with original(Tenant([DEFAULT], trouble=look)) as server:
        assert pull(target, server, "--from-entity", "2c92c0f8" * 4).exit_code == 0
    assert named == {"2c92c0f8" * 4}


def test_reserved_prefix_is_refused_with_the_words_of_the_api(target: Side) -> None:
    sets = [DEFAULT, billing_set("FR", payment="P-"), billing_set("IT")]
    with original(Tenant(sets)) as server:
        result = pull(target, server)
    assert result.exit_code == 1
    assert "error: FR: payment.prefix: " in result.stderr
    assert row_of(json.loads(result.stdout), "IT", "invoice")["isEqual"]


def test_sets_that_share_a_series_get_the_further_number(target: Side) -> None:
    behind = billing_set("FR")
    ahead = zuora_set("FR2", {"invoice": "FRI", "creditMemo": "FRC", "debitMemo": "FRD"}, number=9)
    with original(Tenant([DEFAULT, behind, ahead])) as server:
        result = pull(target, server)
    assert result.exit_code == 0, result.stderr
    assert "FR invoice: the source shows FRI00000007 next and FRI00000009" in result.stderr
    assert target.issue("invoice", "FR") == ["FRI00000009"]


def test_set_whose_next_number_is_a_document_already_is_held_back(target: Side) -> None:
    """Its start number does not move: to copy it would mean to give numbers twice."""
    still = billing_set("FR")
    tenant = Tenant([DEFAULT, still, billing_set("IT")], documents={"FRC00000007", "INV00000041"})
    with original(tenant) as server:
        for words in ((), ("--dry-run",), ("--check",)):
            result = pull(target, server, *words)
            assert result.exit_code == 1
            assert "FR: creditMemo: the source has a document FRC00000007" in result.stderr
            rows = json.loads(result.stdout)
            assert row_of(rows, "FR", "creditMemo")["isEqual"] is False
            assert row_of(rows, "DEFAULT", "invoice")["after"] == "INV00000001"
            assert row_of(rows, "IT", "invoice")["isEqual"]
        tenant.documents = set()
        assert pull(target, server).exit_code == 0
    assert target.issue("creditMemo", "FR") == ["FRC00000007"]


def test_next_number_that_may_not_be_looked_up_is_warned_of(target: Side) -> None:
    def closed(handler: Handler) -> bool:
        if handler.path.startswith("/v1/refunds/"):
            handler.answer(403, {"message": "no permission"})
            return True
        return False

    with original(Tenant([DEFAULT], trouble=closed)) as server:
        result = pull(target, server)
    assert result.exit_code == 0
    assert "refund: 1 next numbers could not be looked up at the source" in result.stderr


def test_check_of_a_source_that_still_gives_numbers_ends_with_1(target: Side) -> None:
    tenant = Tenant([DEFAULT])
    with original(tenant) as server:
        assert pull(target, server).exit_code == 0
        assert pull(target, server, "--check").exit_code == 0

        def issue(handler: Handler) -> bool:
            if handler.path.startswith("/object-query"):
                tenant.sets = [{**DEFAULT, "invoice": {"prefix": "INV", "startNumber": 42}}]
            return False

        tenant.trouble = issue
        result = pull(target, server, "--check")
    assert result.exit_code == 1
    assert all(row["isEqual"] for row in json.loads(result.stdout))
    assert "has moved on meanwhile, in DEFAULT" in result.stderr


def test_field_that_is_not_copied_is_told(target: Side) -> None:
    with original(Tenant([{**DEFAULT, "colour": "red"}])) as server:
        result = pull(target, server)
    assert "colour: the source shows this field of its sets; it is not copied" in result.stderr


def test_numbers_that_the_source_gives_meanwhile_are_told(target: Side) -> None:
    tenant = Tenant([DEFAULT])

    def issue(handler: Handler) -> bool:
        if handler.path.startswith("/object-query"):
            tenant.sets = [{**DEFAULT, "invoice": {"prefix": "INV", "startNumber": 42}}]
        return False

    tenant.trouble = issue
    with original(tenant) as server:
        result = pull(target, server)
    assert "the source has moved on meanwhile, in DEFAULT: pull again" in result.stderr


def test_wrong_secret_ends_with_4_and_changes_nothing(target: Side) -> None:
    before = target.state()
    with original(Tenant([billing_set("FR")])) as server:
        result = pull(target, server, SERIATIM_PULL_CLIENT_SECRET="wrong-and-secret")
    assert result.exit_code == 4
    assert "wrong-and-secret" not in result.stdout + result.stderr
    assert target.state() == before


def test_source_that_is_not_there_ends_with_5(target: Side) -> None:
    with original(Tenant([DEFAULT])) as server:
        pass
    result = pull(target, server)
    assert (result.exit_code, "cannot be reached" in result.stderr) == (5, True)


def test_source_that_goes_away_between_two_pages_ends_with_5_and_changes_nothing(
    target: Side,
) -> None:
    def away(handler: Handler) -> bool:
        if "page=2" in handler.path:
            handler.close_connection = True
            return True
        return False

    tenant = Tenant([DEFAULT, *(billing_set(f"S{number}") for number in range(50))], trouble=away)
    before = target.state()
    with original(tenant) as server:
        assert pull(target, server).exit_code == 5
        assert target.state() == before
        tenant.trouble = lambda handler: False
        assert pull(target, server).exit_code == 0


def test_source_that_goes_away_in_the_middle_is_gone_on_with_by_the_same_command(
    target: Side,
) -> None:
    def away(handler: Handler) -> bool:
        if handler.path == "/v1/accounts/A3":
            handler.refuse(503, 50000061, "maintenance")
            return True
        return False

    accounts = [zuora_account(f"A{number}") for number in range(6)]
    tenant = Tenant([DEFAULT, billing_set("FR")], accounts, trouble=away)
    with original(tenant) as server:
        result = pull(target, server, "--create-accounts")
        assert result.exit_code == 5
        assert "broken off: 2 of 2 sets and 3 of 6 accounts are copied" in result.stderr
        assert "maintenance" in result.stderr
        assert len(target.account_sets()) == 3
        tenant.trouble = lambda handler: False
        result = pull(target, server, "--create-accounts")
    assert result.exit_code == 0, result.stderr
    actions = [row["action"] for row in json.loads(result.stdout) if row["kind"] == "account"]
    assert actions == ["keep"] * 3 + ["create"] * 3


def test_target_that_is_killed_in_the_middle_is_gone_on_with_by_the_same_command(
    tmp_path: Path,
) -> None:
    accounts = [zuora_account(f"A{number}") for number in range(6)]
    tenant = Tenant([DEFAULT, billing_set("FR")], accounts)
    with original(tenant) as server, serving(tmp_path) as service:
        flags = {
            "server_url": service.url,
            "client_id": service.client_id,
            "client_secret": service.client_secret,
        }

        def kill(handler: Handler) -> bool:
            if handler.path == "/v1/accounts/A3":
                service.stop(signal.SIGKILL)
            return False

        tenant.trouble = kill
        result = pull(Side(tmp_path, flags), server, "--create-accounts")
        assert result.exit_code == 5
        assert "broken off: 2 of 2 sets and 3 of 6 accounts are copied" in result.stderr
        assert service.client_secret not in result.stderr
        tenant.trouble = lambda handler: False
        beside = Side(tmp_path, {"database_url": "sqlite:///seriatim.db"})
        result = pull(beside, server, "--create-accounts")
    assert result.exit_code == 0, result.stderr
    actions = [row["action"] for row in json.loads(result.stdout) if row["kind"] == "account"]
    assert actions == ["keep"] * 3 + ["create"] * 3


def test_source_that_lists_no_accounts_says_what_to_do(target: Side) -> None:
    def no_query(handler: Handler) -> bool:
        if handler.path.startswith("/object-query"):
            handler.answer(403, {"message": "not enabled"})
            return True
        return False

    with original(Tenant([DEFAULT], trouble=no_query)) as server:
        result = pull(target, server)
        assert pull(target, server, "--sets-only").exit_code == 0
    assert result.exit_code == 1
    assert "name them with --accounts FILE" in result.stderr


def test_pages_that_lead_back_end_the_reading(target: Side) -> None:
    def endless(handler: Handler) -> bool:
        following = "/v1/sequence-sets?page=2"
        handler.answer(200, {"sequenceSets": [DEFAULT], "nextPage": following, "success": True})
        return True

    with original(Tenant([], trouble=endless)) as server:
        result = pull(target, server)
    assert (result.exit_code, "leads back" in result.stderr) == (1, True)


def test_credentials_go_to_no_other_host(target: Side) -> None:
    with original(Tenant([DEFAULT])) as elsewhere:

        def redirect(handler: Handler) -> bool:
            handler.answer(307, {}, Location=elsewhere.url + handler.path)
            return True

        with original(Tenant([], trouble=redirect)) as server:
            assert pull(target, server).exit_code == 1
    assert elsewhere.tenant.asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<html>login</html>", "answered 200 without a reason"),
        (b"[" * 100_000, "answered 200 without a reason"),
        (b'{"success": true}', "sequenceSets: is no list of objects"),
        (b'{"sequenceSets": []}', "there is no set DEFAULT"),
        (b'{"sequenceSets": [1]}', "sequenceSets: is no list of objects"),
        (b'{"sequenceSets": [{"id": "x"}]}', "sequenceSets[0].name: is no text"),
        (
            b'{"sequenceSets": [{"id": "x", "name": "A", "invoice": {"prefix": "A", "startNumber": 1.5}}]}',
            "sequenceSets[0].invoice.startNumber: is no whole number",
        ),
        (rb'{"success": false, "reasons": [{"code": "x", "message": "\u001b[31mno"}]}', "31mno"),
    ],
)
def test_answer_that_is_none_of_this_api_is_refused(answer: bytes, said: str, target: Side) -> None:
    def lie(handler: Handler) -> bool:
        handler.send(200, answer)
        return True

    before = target.state()
    with original(Tenant([], trouble=lie)) as server:
        result = pull(target, server)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert "\x1b" not in result.stderr
    assert target.state() == before


def test_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    target: Side, tmp_path: Path
) -> None:
    tenant = Tenant([DEFAULT])
    with original(tenant, certificate=self_signed(tmp_path)) as server:
        result = pull(target, server)
    assert (result.exit_code, "CERTIFICATE_VERIFY_FAILED" in result.stderr) == (5, True)
    assert tenant.asked == []


def test_answer_without_end_is_not_read_to_its_end(
    target: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.cli.server_client.ANSWER_BYTES_MAX", 1_000_000)

    def flood(handler: Handler) -> bool:
        handler.send(200, b" " * 5_000_000)
        return True

    with original(Tenant([], trouble=flood)) as server:
        result = pull(target, server)
    assert (result.exit_code, "more than 1000000 bytes" in result.stderr) == (5, True)


def test_answer_that_is_cut_off_ends_with_5(target: Side) -> None:
    def cut(handler: Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"sequenceSets": [], "success": true}')
        handler.close_connection = True
        return True

    with original(Tenant([], trouble=cut)) as server:
        assert pull(target, server).exit_code == 5


def test_profile_of_the_source_is_found_by_its_address(target: Side) -> None:
    file = target.folder / ".config" / "seriatim" / "profile.toml"
    file.parent.mkdir(parents=True)
    with original(Tenant([DEFAULT])) as server:
        file.write_text(
            f'[zuora]\nserver_url = "{server.url}"\nclient_id = "{CLIENT_ID}"\n'
            f'client_secret = "{CLIENT_SECRET}"\n',
            encoding="utf-8",
        )
        file.chmod(0o600)
        none = {"SERIATIM_PULL_CLIENT_ID": "", "SERIATIM_PULL_CLIENT_SECRET": ""}
        assert pull(target, server, **none).exit_code == 0
        by_name = target.run("pull", "--from-profile", "zuora", "--yes", **none)
        assert by_name.exit_code == 0, by_name.stderr
        file.chmod(0o644)
        assert pull(target, server, **none).exit_code == 2
