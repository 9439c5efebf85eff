"""What the service says when it starts: where it is, how to get in, what to try."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import typer

from seriatim.cli.output import url_without_password
from seriatim.config import Config

if TYPE_CHECKING:
    from seriatim.service.founding import Founded

_SET: Final[dict[str, Any]] = {
    "name": "FR",
    "invoice": {"prefix": "FINV", "startNumber": 1},
    "creditMemo": {"prefix": "FCM", "startNumber": 1},
    "debitMemo": {"prefix": "FDM", "startNumber": 1},
}
_NUMBER: Final = {"documentType": "invoice", "sequenceSet": "FR"}


class Welcome:
    """Shape: `founded` is None on every start but the first; secrets are shown there alone, and
    those that the operator gave not even there.
    """

    def __init__(self, config: Config, founded: Founded | None) -> None:
        self._config = config
        self._founded = founded
        self.is_bound = False

    def show_secrets(self) -> None:
        """Before the port is taken: a failure after it must not lose them."""
        from seriatim.service.founding import ENTITY_NAME

        founded = self._founded
        if founded is None:
            return
        secret = self._secret("bootstrap_client_secret", founded.client_secret)
        password = self._secret("bootstrap_password", founded.password)
        _print(f"Initialised with the entity {ENTITY_NAME} and its sequence set DEFAULT.")
        _print("Keep these; they are shown this once:")
        _print("")
        _print(f"  client id      {founded.client_id}")
        _print(f"  client secret  {secret}")
        _print(f"  console login  {founded.user_name} / {password}")
        _print("")

    def show_addresses(self, bound: str) -> None:
        self.is_bound = True
        url = self._config.public_base_url or _reachable(bound)
        _print(
            f"Seriatim {version('seriatim')} on {url_without_password(self._config.database_url)}"
        )
        _print("")
        _print(f"  console  {url}/console")
        _print(f"  API      {url}/v1")
        _print(f"  docs     {url}/docs")
        _print(f"  health   {url}/healthz  {url}/readyz  {url}/metrics")
        _print("")
        _print("To try it, paste:")
        _print("")
        for line in self._examples(url):
            _print(f"  {line}")
        _print("")

    def _examples(self, url: str) -> list[str]:
        """A token, the sets, a new set, a number of it: lines for a shell with curl and sed."""
        client_id, secret = self._credentials()
        cut_out = r"""sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p'"""
        bearer = '-H "Authorization: Bearer $TOKEN"'
        posted = f"{bearer} -H 'Content-Type: application/json'"
        form = (
            f"-d grant_type=client_credentials -d client_id={client_id} -d client_secret={secret}"
        )
        return [
            f"TOKEN=$(curl -s {url}/oauth/token {form} | {cut_out})",
            f"curl -s {url}/v1/sequence-sets {bearer}",
            f"curl -s {url}/v1/sequence-sets {posted} -d '{_json({'sequenceSets': [_SET]})}'",
            f"curl -s {url}/v1/document-numbers {posted} -d '{_json(_NUMBER)}'",
        ]

    def _credentials(self) -> tuple[str, str]:
        if self._founded is None:
            return "<client id>", "<client secret>"
        secret = self._founded.client_secret
        if self._config.bootstrap_client_secret is not None:
            secret = "<client secret>"  # noqa: S105 - a placeholder
        return self._founded.client_id, secret

    def _secret(self, setting: str, secret: str) -> str:
        return secret if getattr(self._config, setting) is None else "(as given)"


def _reachable(bound: str) -> str:
    """The address to use on this machine for a service that listens on all of its addresses."""
    parts = urlsplit(bound)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(parts.hostname or "")  # noqa: S104
    return bound if host is None else urlunsplit((parts.scheme, f"{host}:{parts.port}", "", "", ""))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _print(line: str) -> None:
    typer.echo(line)
