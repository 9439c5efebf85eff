"""The profile file: servers and the credentials for them, readable by their owner alone.

Shape: a section for each profile, with `server_url`, `client_id` and `client_secret`.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seriatim.cli.faults import UsageFault
from seriatim.cli.server_client import Credentials

PROFILE_FILE: Final = Path(".config/seriatim/profile.toml")  # below the home folder
_FIELDS: Final = ("server_url", "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Profile:
    server_url: str
    credentials: Credentials


def profile_path() -> Path:
    return Path.home() / PROFILE_FILE


def read_profile(name: str, path: Path) -> Profile:
    """Errors: UsageFault for a file that others can read, a missing section or field."""
    sections = _read(path)
    section = sections.get(name)
    if not isinstance(section, dict):
        raise UsageFault(f"{path}: there is no section [{name}]")
    for field in section:
        if field not in _FIELDS:
            raise UsageFault(f"{path}: [{name}] {field}: no such field, only {', '.join(_FIELDS)}")
    for field in _FIELDS:
        if not isinstance(section.get(field), str) or not section[field]:
            raise UsageFault(f"{path}: [{name}] {field}: is required")
    if not section["server_url"].startswith(("http://", "https://")):
        raise UsageFault(f"{path}: [{name}] server_url: must begin with http:// or https://")
    credentials = Credentials(section["client_id"], section["client_secret"])
    return Profile(section["server_url"].rstrip("/"), credentials)


def find_profile_of(server_url: str, path: Path) -> Profile | None:
    """The first profile of exactly this server: no secret goes to another one."""
    if not path.exists():
        return None
    for name in _read(path):
        profile = read_profile(name, path)
        if profile.server_url == server_url:
            return profile
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageFault(
                    f"{path}: others may read it (mode {mode:o}); run: chmod 600 {path}"
                )
            return tomllib.load(file)
    except FileNotFoundError:
        raise UsageFault(f"{path}: no such file") from None
    except OSError as error:
        raise UsageFault(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageFault(f"{path}: is no TOML: {error}") from error
