"""The command `openapi`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.input_files import to_json
from seriatim.cli.options import with_options


@with_options(("config_file",))
def print_openapi(run: CommandRun) -> None:
    """Print the OpenAPI document of the service under these settings."""
    from seriatim.bootstrap import openapi_document
    from seriatim.store.open import open_store

    # The route table is made over a store; describing it touches none of yours.
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'empty.db'}")
        try:
            document = openapi_document(run.config, store)
        finally:
            store.close()
    typer.echo(to_json(document), nl=False)
