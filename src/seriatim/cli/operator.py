"""Who runs a command."""

from __future__ import annotations

import os
import pwd


def operator() -> str:
    """The operator as the register and the audit trail name one: `command:alice`.

    From the process and not from the environment, which anybody may change.
    """
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return f"command:{name}"
