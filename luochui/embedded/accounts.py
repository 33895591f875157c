"""Which operating-system account the servers run as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account other than our own. Only root can run servers as somebody else."""

    name: str
    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """Return the account for the servers of the folder `data`; None means our own.

    Root gives the servers to the owner of the folder, so that the owner can go on without
    root later; a folder of root's own is served by `nobody`.
    """
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid
    entry = pwd.getpwuid(owner) if owner != 0 else pwd.getpwnam("nobody")
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def succeeds_as(account: Account, *command: str | Path) -> bool:
    """Tell whether `account` can run `command`, and the command ends well."""
    try:
        ended = subprocess.run(  # noqa: S603 - our programs, our paths.
            command,
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except PermissionError:
        return False
    return ended.returncode == 0
