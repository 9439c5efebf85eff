"""The command `config`."""

from __future__ import annotations

from typing import Final

from seriatim.cli.command_run import CommandRun
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column, url_without_password
from seriatim.config import SETTINGS, LoadedConfig

COLUMNS: Final = (
    Column("name", "Setting"),
    Column("value", "Value"),
    Column("unit", "Unit"),
    Column("origin", "Origin"),
    Column("default"),
    Column("description"),
)


@with_options(ON_SERVICE)
def show_config(run: CommandRun) -> None:
    """Show every setting of this process, its value and where that comes from."""
    run.output.rows(COLUMNS, shown_settings(run.loaded))


def shown_settings(loaded: LoadedConfig) -> list[dict[str, object]]:
    """Shape: of a secret only whether it is set; no password inside a URL."""
    return [
        {
            "name": name,
            "value": _shown(getattr(loaded.config, name), is_secret=setting.is_secret),
            "unit": setting.unit,
            "origin": loaded.origins[name],
            "default": setting.default,
            "description": setting.description,
        }
        for name, setting in SETTINGS.items()
    ]


def _shown(value: object, *, is_secret: bool) -> object:
    if value is None or not isinstance(value, str):
        return value
    return "(set)" if is_secret else url_without_password(value)
