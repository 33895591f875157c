"""What a load test is asked to do, and its bounds."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

WATCHERS_MAX, BIDDERS_MAX, RATE_MAX, SECONDS_MAX = 20_000, 200, 500, 4 * 3600


class LoadOptionsError(Exception):
    """The load test is not run so; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How much load, on what, for how long."""

    watchers: int
    bidders: int
    rate: float
    """Bids a second, of all bidders together."""
    seconds: float
    soak: bool = False
    """Watchers come and go all the time, and the server is looked at for leaks."""
    url: str = ""
    """A server that runs already; empty: one is started on the embedded servers."""
    lot_id: str = ""
    accounts: tuple[tuple[str, str], ...] = ()
    """Logins and passwords of bidders who are admitted to `lot_id`."""
    metrics_token: str = ""

    def check(self) -> None:
        """Raise `LoadOptionsError` where it is too much, aimed at strangers, or lacks something."""
        bounds = (
            ("watchers", self.watchers, 0, WATCHERS_MAX),
            ("bidders", self.bidders, 0, BIDDERS_MAX),
            ("rate", self.rate, 0, RATE_MAX),
            ("seconds", self.seconds, 1, SECONDS_MAX),
        )
        for name, value, low, high in bounds:
            if not low <= value <= high:
                raise LoadOptionsError(f"--{name} must be between {low} and {high}")
        if self.bidders == 1:
            raise LoadOptionsError("--bidders: who leads may not bid, so it takes two or none")
        if self.url:
            self._check_the_server()

    def _check_the_server(self) -> None:
        if not _is_this_machine(urlsplit(self.url).hostname or ""):
            raise LoadOptionsError("--url: load goes to this machine only (127.0.0.1, ::1)")
        if not self.lot_id:
            raise LoadOptionsError("--lot: say which lot of that server is to be watched")
        if len(self.accounts) < self.bidders:
            raise LoadOptionsError(
                f"--accounts: {self.bidders} bidders need as many lines LOGIN,PASSWORD"
            )
        if self.soak and not self.metrics_token:
            raise LoadOptionsError(
                "--soak reads /metrics: set LUOCHUI_METRICS_TOKEN as the server has it"
            )


def _is_this_machine(host: str) -> bool:
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, None)} if host else set()
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(address).is_loopback for address in found)
