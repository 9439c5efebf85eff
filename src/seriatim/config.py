"""Every setting, and the one reader of the environment.

Order: a flag goes before a `SERIATIM_*` variable, that before `seriatim.toml`, that before the
default. Source: contract/operations.md, Settings.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from seriatim.config_rules import ConfigRefused, database_url, rule_of, web_address
from seriatim.domain import limits

CONFIG_FILE: Final = "seriatim.toml"
VARIABLE_PREFIX: Final = "SERIATIM_"
_HANDED_DOWN: Final = "_SERIATIM_HANDED_DOWN"


def _setting(
    default: Any, description: str, *, unit: str, secret: bool = False, **bounds: Any
) -> Any:
    return Field(
        default=default,
        description=description,
        json_schema_extra={"unit": unit, "secret": secret},
        repr=not secret,
        **bounds,
    )


_DatabaseUrl = Annotated[str, AfterValidator(database_url)]
_WebAddress = Annotated[str, AfterValidator(web_address)]
_Seconds = Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)]
_MB: Final = 1024 * 1024


class Config(BaseModel):
    """The settings of one process, checked.

    Units: as the names end, or as the unit of the setting says. Order: as they are shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: _DatabaseUrl = _setting(
        "sqlite:///seriatim.db", "The database: an SQLite file or a PostgreSQL server.", unit="URL"
    )
    connections_max: int = _setting(
        10, "Connections to PostgreSQL that a process holds.", unit="connections", ge=1, le=1000
    )

    signing_key_file: str | None = _setting(
        None,
        "The private key that signs proofs, made by init; without it, a file named after the "
        "SQLite file beside it, or seriatim.signing-key.pem in the working directory.",
        unit="path",
        min_length=1,
    )
    checkpoint_minutes: int = _setting(
        60,
        "How often the server signs the heads of series that moved.",
        unit="minutes",
        ge=1,
        le=10080,
    )

    host: str = _setting(
        "127.0.0.1", "The address the server listens on.", unit="address", min_length=1
    )
    port: int = _setting(
        8080, "The port the server listens on; 0 takes a free one.", unit="port", ge=0, le=65535
    )
    workers: int = _setting(
        1, "Server processes; more than one needs PostgreSQL.", unit="processes", ge=1, le=256
    )
    public_base_url: _WebAddress | None = _setting(
        None,
        "What addresses in answers begin with, where a proxy stands in front; "
        "without it, the host of the request.",
        unit="URL",
    )

    bootstrap_client_id: str | None = _setting(
        None, "Id of the first OAuth client; else one is made.", unit="UUID"
    )
    bootstrap_client_secret: str | None = _setting(
        None, "Secret of the first OAuth client; else one is made.", unit="text", secret=True
    )
    bootstrap_password: str | None = _setting(
        None, "Password of the first console user; else one is made.", unit="text", secret=True
    )

    http_status: Literal["original", "standard"] = _setting(
        "original",
        "Whether a refusal answers 200, as the original does, or the natural 4xx.",
        unit="original or standard",
    )
    unknown_fields: Literal["refuse", "ignore"] = _setting(
        "refuse", "What happens to fields of a body that nobody knows.", unit="refuse or ignore"
    )
    body_bytes_max: int = _setting(
        limits.BODY_BYTES_MAX,
        "The longest request body, unpacked.",
        unit="bytes",
        ge=1024,
        le=64 * _MB,
    )
    header_seconds_max: _Seconds = _setting(
        limits.HEADER_SECONDS_MAX, "How long the headers of a request may take.", unit="seconds"
    )
    body_seconds_max: _Seconds = _setting(
        limits.BODY_SECONDS_MAX, "How long the body of a request may take.", unit="seconds"
    )
    idle_seconds_max: _Seconds = _setting(
        limits.IDLE_SECONDS_MAX, "How long a connection may stay without a request.", unit="seconds"
    )
    answer_seconds_max: _Seconds = _setting(
        limits.ANSWER_SECONDS_MAX,
        "How long a change may take before 503 is answered, whatever the database does.",
        unit="seconds",
    )
    requests_in_flight_per_entity_max: int = _setting(
        limits.REQUESTS_IN_FLIGHT_PER_ENTITY_DEFAULT,
        "Requests of one entity being answered at once.",
        unit="requests",
        ge=1,
        le=100_000,
    )
    rate_per_minute: int | None = _setting(
        None, "Requests of one tenant in a minute; without it, any number.", unit="requests", ge=1
    )
    rate_per_hour: int | None = _setting(
        None, "Requests of one tenant in an hour; without it, any number.", unit="requests", ge=1
    )
    rate_per_day: int | None = _setting(
        None, "Requests of one tenant in a day; without it, any number.", unit="requests", ge=1
    )

    log_format: Literal["auto", "json", "text"] = _setting(
        "auto",
        "How log lines are written; auto is text on a terminal and JSON elsewhere.",
        unit="auto, json or text",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "info", "The least grave event that is logged.", unit="debug, info, warning or error"
    )

    server_url: _WebAddress | None = _setting(
        None, "The server that commands work on, instead of a database.", unit="URL"
    )
    client_id: str | None = _setting(None, "OAuth client for commands on a server.", unit="UUID")
    client_secret: str | None = _setting(
        None, "Secret of the OAuth client for commands on a server.", unit="text", secret=True
    )
    profile: str | None = _setting(
        None, "Section of the profile file that names a server.", unit="name", min_length=1
    )

    pull_server_url: _WebAddress | None = _setting(
        None, "The source of pull: the server that it copies from.", unit="URL"
    )
    pull_client_id: str | None = _setting(None, "OAuth client for the source of pull.", unit="UUID")
    pull_client_secret: str | None = _setting(
        None, "Secret of the OAuth client for the source of pull.", unit="text", secret=True
    )
    pull_profile: str | None = _setting(
        None,
        "Section of the profile file that names the source of pull.",
        unit="name",
        min_length=1,
    )

    @property
    def signing_key_path(self) -> Path:
        """Never inside the database: who can change that must not be able to sign."""
        if self.signing_key_file is not None:
            return Path(self.signing_key_file)
        sqlite_file = re.fullmatch("sqlite:///(.+)", self.database_url)
        beside = Path(unquote(sqlite_file[1])) if sqlite_file else Path("seriatim")
        return beside.with_suffix(".signing-key.pem")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting. Shape: `default` is None where there is none."""

    name: str
    unit: str
    default: object
    description: str
    is_secret: bool

    @property
    def variable(self) -> str:
        return VARIABLE_PREFIX + self.name.upper()


def _settings() -> dict[str, Setting]:
    found = {}
    for name, field in Config.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        found[name] = Setting(
            name=name,
            unit=str(extra["unit"]),
            default=None if field.default is PydanticUndefined else field.default,
            description=field.description or "",
            is_secret=bool(extra["secret"]),
        )
    return found


SETTINGS: Final[Mapping[str, Setting]] = _settings()


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """The settings, and where each came from.

    Shape: an origin reads as its writer wrote it: `--port`, `SERIATIM_PORT`, the file's path,
        `default`. `ranks` counts them from 0 for a default up to 3 for a flag.
    """

    config: Config
    origins: Mapping[str, str]
    ranks: Mapping[str, int]


def load_config(
    flags: Mapping[str, object] | None = None, *, file: Path | None = None
) -> LoadedConfig:
    """Read the settings of this process from all of their places.

    Shape: a flag of None was not given, and so an empty variable; without `file`, the
        `seriatim.toml` of the working directory counts, if there is one.
    Errors: ConfigRefused, with every fault of every place.
    """
    faults: list[str] = []
    values: dict[str, object] = {}
    origins = dict.fromkeys(SETTINGS, "default")
    ranks = dict.fromkeys(SETTINGS, 0)
    for rank, place in enumerate((_file(file, faults), _variables(), _flags(flags)), start=1):
        found = place.checked(faults)
        values.update(found)
        origins.update({name: place.origin or place.label(name) for name in found})
        ranks.update(dict.fromkeys(found, rank))
    if faults:
        raise ConfigRefused(faults)
    return LoadedConfig(Config().model_copy(update=values), origins, ranks)


def hand_down(config: Config) -> None:
    """Leave the settings for the worker processes that this one starts, flags included."""
    secrets = {name for name, setting in SETTINGS.items() if setting.is_secret}
    chosen = config.model_dump(exclude_defaults=True, exclude=secrets)
    os.environ[_HANDED_DOWN] = json.dumps(chosen)


def inherited() -> Config:
    """The settings that the parent process left. Errors: ConfigRefused if it left none."""
    left = os.environ.get(_HANDED_DOWN)
    if left is None:
        raise ConfigRefused(["a worker process is started by its server alone"])
    return Config.model_validate_json(left)


@dataclass(frozen=True, slots=True)
class _Place:
    """One place that settings come from.

    Shape: `label` is how the place writes a setting's name; `origin` what is shown as the
        origin, None where that is the label; `is_text` says that every value is text there.
    """

    values: Mapping[str, Any]
    label: Callable[[str], str]
    origin: str | None = None
    is_text: bool = False

    def checked(self, faults: list[str]) -> dict[str, object]:
        """The values, if all of them keep their rules; what is wrong goes to `faults`."""
        try:
            if self.is_text:
                read = Config.model_validate_strings(self.values)
            else:
                read = Config.model_validate(self.values, strict=True)
        except ValidationError as error:
            faults += [self._fault(details) for details in error.errors(include_input=False)]
            return {}
        return {name: getattr(read, name) for name in self.values}

    def _fault(self, details: ErrorDetails) -> str:
        name = str(details["loc"][0])
        if details["type"] != "extra_forbidden":
            return f"{self.label(name)}: {rule_of(details)}"
        nearest = get_close_matches(name, SETTINGS, n=1, cutoff=0.0)[0]
        shown = nearest if self.origin else self.label(nearest)
        return f"{self.label(name)}: no such setting; the nearest is {shown}"


def _file(given: Path | None, faults: list[str]) -> _Place:
    path = Path(CONFIG_FILE) if given is None else given
    values: dict[str, Any] = {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if given is not None:
            faults.append(f"{path}: no such file")
    except OSError as error:
        faults.append(f"{path}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: is no TOML: {error}")
    return _Place(values, label=lambda name: f"{path}: {name}", origin=str(path))


def _variables() -> _Place:
    given = {
        name.removeprefix(VARIABLE_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(VARIABLE_PREFIX) and value
    }
    return _Place(given, label=lambda name: VARIABLE_PREFIX + name.upper(), is_text=True)


def _flags(flags: Mapping[str, object] | None) -> _Place:
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    named = {"database_url": "--database", "server_url": "--server", "pull_server_url": "--from"}

    def label(name: str) -> str:
        return named.get(name) or f"--{name.replace('pull_', 'from_').replace('_', '-')}"

    return _Place(given, label=label)
