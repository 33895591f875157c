"""Where a request comes from: the peer's address, or what a proxy of ours says of its own peer."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from luochui.config import Network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_FOR = re.compile(r'(?:^|;)\s*for="?([^";]+)"?', re.IGNORECASE)
_PORT = re.compile(r"^\[(.+)\](?::\d+)?$|^([^:]+):\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAddresses:
    """Believes one header, and only what machines in `proxies` wrote into it.

    Each proxy appends the address it was asked from, so the list is read from its end and left at the
    first address that is no proxy's: everything before that may be invented. `header` is the one that
    the proxies write, X-Forwarded-For or Forwarded (RFC 7239); the other one is anybody's.
    """

    proxies: tuple[Network, ...]
    header: str

    def of(self, request: web.BaseRequest) -> str:
        """Return the address that a request is counted under."""
        believed = request.remote or ""
        if not self._is_proxy(believed):
            return believed
        for said in reversed(self._said(request)):
            if _parsed(said) is None:
                return believed
            believed = said
            if not self._is_proxy(said):
                return believed
        return believed

    def _said(self, request: web.BaseRequest) -> list[str]:
        parts = ",".join(request.headers.getall(self.header, ())).split(",")
        if self.header.lower() == "forwarded":
            parts = [found[1] if (found := _FOR.search(part)) else "" for part in parts]
        return [_without_port(part.strip()) for part in parts]

    def _is_proxy(self, said: str) -> bool:
        address = _parsed(said)
        return address is not None and any(address in network for network in self.proxies)


def hosts_of(origins: Iterable[str], written: str) -> frozenset[str]:
    """Return the Host headers to answer to: the list `written`, else those of our own origins."""
    if written:
        return frozenset(part.strip().lower() for part in written.split(","))
    hosts = {origin.lower().partition("://")[::2] for origin in origins}
    usual = {"http": "80", "https": "443"}
    return frozenset(host for _, host in hosts) | {
        f"{host}:{usual[scheme]}"
        for scheme, host in hosts
        if scheme in usual and not re.search(r":\d+$", host)
    }


def _without_port(said: str) -> str:
    found = _PORT.match(said)
    return said if found is None else found[1] or found[2]


def _parsed(said: str) -> Address | None:
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
