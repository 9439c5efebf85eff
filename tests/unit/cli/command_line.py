"""Runs the command line as a shell would, in this process."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from seriatim.cli.main import app


class CommandLine:
    """Standard input is no terminal."""

    def run(self, *words: str, given: object = None) -> Result:
        """`given` goes to standard input, as JSON unless it is text."""
        text = given if isinstance(given, str | None) else json.dumps(given)
        result = CliRunner().invoke(app, list(words), input=text, prog_name="seriatim")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def done(self, *words: str, given: object = None) -> str:
        """What a command printed that succeeds."""
        result = self.run(*words, given=given)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str, given: object = None) -> Any:
        """The same, read as JSON."""
        return json.loads(self.done(*words, "-o", "json", given=given))

    def refused(self, code: int, *words: str, given: object = None) -> str:
        """What a command says on standard error that ends with this code."""
        result = self.run(*words, given=given)
        assert result.exit_code == code, result.output
        return result.stderr
