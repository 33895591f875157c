"""Everything that is ready before the servers are started: folders, programs, account, lock."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from luochui.embedded.accounts import Account, server_account
from luochui.embedded.binaries import Binaries, binaries_for
from luochui.embedded.folders import (
    make_data_folder,
    make_private_folder,
    make_socket_folder,
    remove_socket_folder,
)
from luochui.embedded.locks import ServersLock, folder_lock, servers_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and as whom the servers run."""

    data: Path
    account: Account | None
    binaries: Binaries
    sockets: Path
    lock: ServersLock

    @property
    def postgres_folder(self) -> Path:
        """The database cluster. The name has the major version: files of another do not fit."""
        return self.data / "postgresql-18"

    @property
    def postgres_log(self) -> Path:
        """Written by PostgreSQL and by `initdb`."""
        return self.data / "postgresql.log"

    @property
    def valkey_folder(self) -> Path:
        """Valkey's append-only files."""
        return self.data / "valkey"

    @property
    def valkey_log(self) -> Path:
        """Written by Valkey."""
        return self.data / "valkey.log"

    @property
    def valkey_socket(self) -> Path:
        """Where Valkey listens. PostgreSQL names its socket itself."""
        return self.sockets / "valkey.sock"


async def prepare_place(data: Path, stack: AsyncExitStack) -> Place:
    """Lock and furnish the folder `data`; `stack` unlocks it.

    Raises:
        DataFolderInUseError: Another process uses it.
        EmbeddedStartError: The servers cannot run there.
        OSError: We cannot write there.

    """
    data = make_data_folder(data)
    stack.enter_context(folder_lock(data))
    lock = await stack.enter_async_context(servers_lock(data))
    if lock.earlier is not None:
        remove_socket_folder(Path(lock.earlier.socket_folder))
    account = server_account(data)
    binaries = await asyncio.to_thread(binaries_for, account)
    sockets = make_socket_folder(data, account)
    stack.callback(remove_socket_folder, sockets)
    place = Place(data=data, account=account, binaries=binaries, sockets=sockets, lock=lock)
    make_private_folder(place.valkey_folder, account)
    return place
