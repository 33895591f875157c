"""The folders of the embedded servers: data, and sockets whose paths have to be short."""

import contextlib
import os
import pwd
import re
import sys
import tempfile
from pathlib import Path

from luochui.embedded.accounts import Account, succeeds_as
from luochui.embedded.errors import EmbeddedStartError

_SOCKETS = (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "valkey.sock")
# The kernel takes 107 bytes on Linux, 103 on macOS.
_SOCKET_PATH_BYTES_MAX = 100
_NEEDS_NO_QUOTING = re.compile(r"[A-Za-z0-9/._-]+")


def default_data_folder() -> Path:
    """Return the folder for the embedded servers' data where nobody has named one.

    `$XDG_DATA_HOME/luochui`, else `~/.local/share/luochui` (macOS: in Application Support).
    Root's own is `/var/lib/luochui`, because PostgreSQL runs as another account, which
    cannot look into `/root`. An account without a home gets a folder of its own in
    `/var/tmp`, which outlives a restart of the machine.
    """
    mac = sys.platform == "darwin"
    if chosen := os.environ.get("XDG_DATA_HOME"):
        return Path(chosen) / "luochui"
    if os.geteuid() == 0:
        return Path("/Library/Application Support" if mac else "/var/lib") / "luochui"
    home = os.environ.get("HOME") or _home_by_account()
    if home is None or not os.access(home, os.W_OK | os.X_OK):
        return Path("/var/tmp") / f"luochui-{os.geteuid()}"  # noqa: S108 - made and checked below.
    return Path(home) / ("Library/Application Support" if mac else ".local/share") / "luochui"


def _home_by_account() -> str | None:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:  # Containers may run as a number without a name.
        return None


def make_data_folder(data: Path) -> Path:
    """Make `data` and its parents if missing, and return its absolute path.

    Root's folders can be passed through by other accounts, whatever the umask is: the
    servers' account has to reach its own folders inside. A user's folder is the user's alone.
    Raises EmbeddedStartError if the folder belongs to somebody else.
    """
    data = data.expanduser().absolute()
    missing = [folder for folder in (data, *data.parents) if not folder.exists()]
    for folder in reversed(missing):
        mode = 0o755 if os.geteuid() == 0 else 0o700
        # Another instance may be starting on the same folder.
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=mode)
            folder.chmod(mode)
            sync_folder(folder.parent)
    if os.geteuid() not in (0, data.stat().st_uid) and data.stat().st_uid != 0:
        raise EmbeddedStartError(f"数据目录 {data} 属于其他用户 (belongs to another user)")
    return data


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a power failure could undo a new one or a renaming."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path, account: Account | None) -> None:
    """Make `folder`, if missing, so that only `account` (None: our own) can enter it."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        give(folder, account)
    if account and not succeeds_as(account, "/bin/sh", "-c", 'test -w "$1/."', "sh", folder):
        raise EmbeddedStartError(
            f"服务器以用户 {account.name} 运行，无法写入 {folder}；"
            f"请选择其可到达的目录，例如 {default_data_folder()} "
            f"(the servers run as {account.name}, who cannot write there; choose another folder)"
        )


def give(folder: Path, account: Account | None) -> None:
    """Make `account` the owner of a folder that we have just made."""
    if account:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def make_socket_folder(data: Path, account: Account | None) -> Path:
    """Make a private folder for the sockets: in `data`, else a short one in the temp folder.

    The path has to fit into a socket's address, and into URLs and settings without quoting.
    """
    inside = data / "sockets"
    longest = max(len(os.fsencode(inside / name)) for name in _SOCKETS)
    if longest <= _SOCKET_PATH_BYTES_MAX and _NEEDS_NO_QUOTING.fullmatch(str(inside)):
        make_private_folder(inside, account)
        return inside
    folder = Path(tempfile.mkdtemp(prefix="luochui-"))  # Its mode is 0700.
    give(folder, account)
    return folder


def remove_socket_folder(folder: Path) -> None:
    """Remove the sockets that a killed server has left, and their folder, and nothing else."""
    with contextlib.suppress(OSError):
        for name in _SOCKETS:
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
