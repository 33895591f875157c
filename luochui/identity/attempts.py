"""Counts failed sign-ins, so that passwords cannot be tried out."""

import redis.asyncio as redis

_WINDOW_S = 900
_PER_ACCOUNT_AND_ADDRESS = 10
_PER_ACCOUNT = 200


class Attempts:
    """Ten failures an account and address in a quarter of an hour, two hundred an account from anywhere.

    The second limit is loose: a stranger's guesses must not lock a bidder out of his auction.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    async def too_many(self, login: str, address: str) -> bool:
        """Tell whether another attempt is refused now."""
        here, anywhere = await self._client.mget(_keys(login, address))
        return int(here or 0) >= _PER_ACCOUNT_AND_ADDRESS or int(anywhere or 0) >= _PER_ACCOUNT

    async def failed(self, login: str, address: str) -> None:
        """Count a failure."""
        async with self._client.pipeline(transaction=True) as pipe:
            for key in _keys(login, address):
                _ = pipe.incr(key)
                _ = pipe.expire(key, _WINDOW_S, nx=True)
            await pipe.execute()


def _keys(login: str, address: str) -> list[str]:
    return [f"luochui:attempts:{login.lower()}:{address}", f"luochui:attempts:{login.lower()}"]
