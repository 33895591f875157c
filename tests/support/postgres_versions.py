"""Every PostgreSQL that we promise to run on, as a server in a folder. `./check` gets the older ones."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from luochui.embedded.accounts import Account, server_account, succeeds_as
from luochui.embedded.binaries import binaries_for

OWN = "18"
VERSIONS = ("15", "16", "17", OWN)
_GOT = Path(__file__).parents[2] / ".tools"


def programs_of(version: str) -> Path | None:
    """Return the folder of the server's programs, or None where it could not be had."""
    if version == OWN:
        return binaries_for(None).postgres.parent
    found = list((_GOT / f"postgresql-{version}").glob("*/pginstall/bin"))
    return found[0] if found else None


@contextmanager
def postgres_running(version: str, folder: Path) -> Iterator[str]:
    """Run that PostgreSQL in `folder`; yield its URL. It may need a moment until it answers."""
    account, programs = server_account(folder), programs_of(version)
    assert programs is not None, "it was got"
    data = folder / "data"
    data.mkdir(mode=0o700)
    as_whom = {}
    if account is not None:
        programs = _within_reach(programs, folder, account)
        as_whom = {"user": account.uid, "group": account.gid, "extra_groups": []}
        for ours in (folder, data):
            shutil.chown(ours, account.uid, account.gid)
    made = [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_whom)
    settings = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *settings],
            cwd=folder,
            stdout=log,
            stderr=log,
            **as_whom,
        )
    try:
        yield f"postgresql://postgres@/postgres?port=5432&host={folder}"
    finally:
        server.terminate()
        server.wait(20)


def _within_reach(programs: Path, folder: Path, account: Account) -> Path:
    """Return programs that the account can run: these, or a copy of their package in the folder."""
    if succeeds_as(account, programs / "postgres", "--version"):
        return programs
    package = programs.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"
