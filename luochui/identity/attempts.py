"""Counts failed sign-ins, so that passwords cannot be tried out."""

import hashlib
import ipaddress

import redis.asyncio as redis

_WINDOW_S = 900
_PER_ACCOUNT_AND_ADDRESS = 10
_PER_ACCOUNT = 200
_KNOWN_S = 30 * 86_400


class Attempts:
    """Ten failures an account and address in a quarter of an hour, two hundred an account from anywhere.

    The second limit is loose, and it does not hold where the account has signed in before: strangers'
    guesses must not lock a bidder out of his auction.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    async def begin(self, login: str, address: str) -> bool:
        """Count an attempt before the password is looked at; False: it is refused.

        Counting first is what keeps many attempts at once within the limit.
        """
        here, anywhere, known = _keys(login, address)
        if await self._count(here) > _PER_ACCOUNT_AND_ADDRESS:
            return False
        return await self._count(anywhere) <= _PER_ACCOUNT or bool(
            await self._client.exists(known)
        )

    async def succeeded(self, login: str, address: str) -> None:
        """Take the attempt back: only failures count."""
        here, anywhere, known = _keys(login, address)
        async with self._client.pipeline(transaction=True) as pipe:
            _ = pipe.decr(here)
            _ = pipe.decr(anywhere)
            _ = pipe.set(known, 1, ex=_KNOWN_S)
            await pipe.execute()

    async def _count(self, key: str) -> int:
        async with self._client.pipeline(transaction=True) as pipe:
            _ = pipe.incr(key)
            _ = pipe.expire(key, _WINDOW_S, nx=True)
            count, _ = await pipe.execute()
        return int(count)


def _keys(login: str, address: str) -> tuple[str, str, str]:
    """Return the keys for account and address, for the account, and for a known address.

    The account in braces keeps them on one server of a cluster.
    """
    who, where = hashlib.sha256(login.lower().encode()).hexdigest(), _place(address)
    return (
        f"luochui:attempts:here:{{{who}}}:{where}",
        f"luochui:attempts:anywhere:{{{who}}}",
        f"luochui:known:{{{who}}}:{where}",
    )


def _place(address: str) -> str:
    """Return the address; of IPv6 the network, since whoever has one address has 2**64 of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the name of the protocol
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
