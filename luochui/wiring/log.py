"""The log's role: keep it, and sign what it has come to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from luochui.config import ConfigError, Settings
from luochui.database import open_pool
from luochui.tasks import running
from transparency.checkpoint import KeyFileError, Signer, read_key
from transparency.keeper import Keeper

_POOL_MAX = 1


@asynccontextmanager
async def log_role(settings: Settings) -> AsyncIterator[None]:
    """Keep the log for as long as the block lasts; raise `ConfigError` if its key is not to be had."""
    try:
        signer = Signer(settings.log_origin, read_key(Path(settings.log_key_file)))
    except KeyFileError as error:
        raise ConfigError(f"wrong setting: LUOCHUI_LOG_KEY_FILE: {error}") from error
    pool = open_pool(settings.postgres_url, name="log", size_max=_POOL_MAX, is_durable=True)
    async with pool as connections, running(Keeper(connections, signer).keep(), name="log"):
        yield
