"""The command line on PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli_service import run_apart, run_in, serving


def test_empty_database_is_refused_until_init_has_run(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    words = ["--database", empty_postgres_url]
    refused = run_apart(tmp_path, ["serve", *words])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "seriatim init" in refused.stderr
    assert run_in(tmp_path, ["sets", "list", *words]).exit_code == 1

    planned = run_in(tmp_path, ["migrate", "plan", "-o", "json", *words])
    assert json.loads(planned.stdout)
    made = json.loads(run_in(tmp_path, ["init", "--json", *words]).stdout)
    assert made["created"] is True
    assert json.loads(run_in(tmp_path, ["migrate", "plan", "-o", "json", *words]).stdout) == []
    assert "already initialised" in run_in(tmp_path, ["init", *words]).stderr
    assert run_in(tmp_path, ["issue", "invoice", *words]).exit_code == 0


def test_migrated_database_without_contents_is_refused_too(
    postgres_url: str, tmp_path: Path
) -> None:
    refused = run_apart(tmp_path, ["serve", "--database", postgres_url])
    assert refused.returncode == 1
    assert "seriatim serve --init" in refused.stderr


def test_several_workers_serve_one_database(empty_postgres_url: str, tmp_path: Path) -> None:
    words = ("--database", empty_postgres_url, "--init", "--workers", "2")
    with serving(tmp_path, *words) as service:
        numbers = [service.json("issue", "invoice")["numbers"][0] for _ in range(4)]
        assert numbers == [f"INV0000000{number}" for number in range(1, 5)]
        beside = run_in(
            tmp_path, ["issue", "invoice", "-o", "json", "--database", empty_postgres_url]
        )
        assert json.loads(beside.stdout)["numbers"] == ["INV00000005"]
        assert all(one["verified"] for one in service.json("verify"))
        assert service.stop() == 0


def test_database_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    url = "postgresql://nobody:geheim@127.0.0.1:1/none"
    refused = run_in(tmp_path, ["sets", "list", "--database", url])
    assert refused.exit_code == 1
    assert "cannot connect to PostgreSQL" in refused.stderr
    assert "geheim" not in refused.stderr
