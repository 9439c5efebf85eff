"""Which server is meant, and the credentials for it: given ones go before a profile's."""

from __future__ import annotations

from dataclasses import dataclass

from seriatim.cli.faults import UsageFault
from seriatim.cli.profile import Profile, find_profile_of, profile_path, read_profile
from seriatim.cli.server_client import Credentials


@dataclass(frozen=True, slots=True)
class ServerWishes:
    """What the settings say of one server.

    Shape: `flags` and `variables` are what the names of its options and of its variables begin
        with, for messages.
    """

    server_url: str | None
    client_id: str | None
    client_secret: str | None
    profile: str | None
    flags: str = "--"
    variables: str = "SERIATIM_"


def chosen_server(wishes: ServerWishes) -> tuple[str, Credentials]:
    """Errors: UsageFault for credentials that are missing, half given, or another server's."""
    profile = _profile(wishes)
    server_url = wishes.server_url or (profile.server_url if profile else "")
    flags, variables = wishes.flags, wishes.variables
    if wishes.client_id is not None and wishes.client_secret is not None:
        return server_url, Credentials(wishes.client_id, wishes.client_secret)
    if (wishes.client_id is None) != (wishes.client_secret is None):
        message = f"{flags}client-id and {flags}client-secret are given together, or neither"
        raise UsageFault(message)
    if profile is None:
        message = (
            f"no credentials for {server_url}: give {flags}client-id and {flags}client-secret, "
            f"{variables}CLIENT_ID and {variables}CLIENT_SECRET, or a section for it in "
            f"{profile_path()}"
        )
        raise UsageFault(message)
    if profile.server_url != server_url:
        message = f"the profile is for {profile.server_url}, not for {server_url}"
        raise UsageFault(message)
    return server_url, profile.credentials


def _profile(wishes: ServerWishes) -> Profile | None:
    if wishes.profile is not None:
        return read_profile(wishes.profile, profile_path())
    if wishes.server_url is not None and wishes.client_secret is None:
        return find_profile_of(wishes.server_url, profile_path())
    return None
