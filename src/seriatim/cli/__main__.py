"""`python -m seriatim.cli`, for where the installed command is not on the path."""

from __future__ import annotations

from seriatim.cli.main import run

run()
