"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from seriatim import config as config_module
from seriatim.config import SETTINGS, Config, hand_down, inherited, load_config
from seriatim.config_rules import ConfigRefused


def faults_of(flags: dict[str, object] | None = None, file: Path | None = None) -> list[str]:
    with pytest.raises(ConfigRefused) as refused:
        load_config(flags, file=file)
    return list(refused.value.faults)


def test_setting_without_any_place_is_its_default() -> None:
    loaded = load_config()
    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}


def test_flag_goes_before_variable_and_variable_before_file_and_file_before_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seriatim.toml").write_text(
        'port = 1\nhost = "file"\nworkers = 2\n', encoding="utf-8"
    )
    monkeypatch.setenv("SERIATIM_PORT", "2")
    monkeypatch.setenv("SERIATIM_HOST", "variable")
    loaded = load_config({"port": 3, "host": None})
    assert (loaded.config.port, loaded.origins["port"]) == (3, "--port")
    assert (loaded.config.host, loaded.origins["host"]) == ("variable", "SERIATIM_HOST")
    assert (loaded.config.workers, loaded.origins["workers"]) == (2, "seriatim.toml")
    assert (loaded.config.log_level, loaded.origins["log_level"]) == ("info", "default")
    assert [loaded.ranks[name] for name in ("log_level", "workers", "host", "port")] == [0, 1, 2, 3]


def test_given_file_is_read_instead_of_the_one_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "seriatim.toml").write_text("port = 1\n", encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text("workers = 2\n", encoding="utf-8")
    loaded = load_config(file=other)
    assert (loaded.config.port, loaded.config.workers) == (8080, 2)
    assert loaded.origins["workers"] == str(other)


def test_empty_variable_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERIATIM_PORT", "")
    assert load_config().origins["port"] == "default"


def test_unknown_variable_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERIATIM_PROT", "9")
    assert faults_of() == ["SERIATIM_PROT: no such setting; the nearest is SERIATIM_PORT"]


def test_unknown_key_of_the_file_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('database_uri = "x"\n', encoding="utf-8")
    assert faults_of(file=file) == [
        f"{file}: database_uri: no such setting; the nearest is database_url"
    ]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PORT", "x", "must be a whole number"),
        ("PORT", "1.5", "must be a whole number"),
        ("PORT", "65536", "must be at most 65535"),
        ("WORKERS", "0", "must be at least 1"),
        ("HTTP_STATUS", "odd", "must be 'original' or 'standard'"),
        ("IDLE_SECONDS_MAX", "soon", "must be a number"),
        ("IDLE_SECONDS_MAX", "nan", "must be a number"),
        ("IDLE_SECONDS_MAX", "0", "must be at least 0.1"),
        ("BODY_BYTES_MAX", "67108865", "must be at most 67108864"),
        ("DATABASE_URL", "mysql://x/y", "must begin with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "sqlite:///", "must begin with sqlite:/// or postgresql://"),
        ("SERVER_URL", "ftp://x", "must be an address that begins with http:// or https://"),
        ("SERVER_URL", "http://a:b@c", "must be an address without user, query and fragment"),
        ("PUBLIC_BASE_URL", "numbers", "must be an address that begins with http:// or https://"),
        ("RATE_PER_DAY", "-1", "must be at least 1"),
    ],
)
def test_bad_variable_is_refused_with_its_name_and_rule(
    name: str, value: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SERIATIM_{name}", value)
    assert faults_of() == [f"SERIATIM_{name}: {rule}"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("port = true", "port: must be a whole number"),
        ('port = "8080"', "port: must be a whole number"),
        ("host = 1", "host: must be text"),
        ('host = ""', "host: must not be empty"),
        ('idle_seconds_max = "1"', "idle_seconds_max: must be a number"),
    ],
)
def test_value_of_the_file_has_the_type_of_its_setting(
    line: str, rule: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(line, encoding="utf-8")
    assert faults_of(file=file) == [f"{file}: {rule}"]


def test_every_fault_of_every_place_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.toml"
    file.write_text("port = 0.5\nworkers = 0\n", encoding="utf-8")
    monkeypatch.setenv("SERIATIM_LOG_LEVEL", "loud")
    assert len(faults_of({"port": -1}, file)) == 4


def test_secret_that_breaks_its_rule_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("client_secret = 123456789\n", encoding="utf-8")
    assert faults_of(file=file) == [f"{file}: client_secret: must be text"]


@pytest.mark.parametrize(
    ("content", "said"), [(None, "no such file"), (b"port =", "is no TOML"), (b"\xff", "no TOML")]
)
def test_file_that_cannot_be_read_is_refused(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.toml"
    if content is not None:
        file.write_bytes(content)
    [fault] = faults_of(file=file)
    assert said in fault


def test_address_loses_the_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERIATIM_PUBLIC_BASE_URL", "https://numbers.example.com/api/")
    assert load_config().config.public_base_url == "https://numbers.example.com/api"


def test_settings_reach_worker_processes_without_the_secrets_they_do_not_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(config_module._HANDED_DOWN, "")
    secrets = {name: "s" * 20 for name, setting in SETTINGS.items() if setting.is_secret}
    config = Config.model_validate({"port": 9000, **secrets})
    hand_down(config)
    assert inherited() == Config(port=9000)


def test_worker_without_a_parent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(config_module._HANDED_DOWN, raising=False)
    with pytest.raises(ConfigRefused):
        inherited()


def test_every_setting_says_what_it_is_and_in_which_unit() -> None:
    assert all(setting.unit and setting.description for setting in SETTINGS.values())
    assert {name for name, setting in SETTINGS.items() if setting.is_secret} == {
        "bootstrap_client_secret",
        "bootstrap_password",
        "client_secret",
        "pull_client_secret",
    }


def test_secrets_do_not_stand_in_the_text_of_the_settings() -> None:
    assert "geheim" not in repr(Config(client_secret="geheim", bootstrap_password="geheim"))
