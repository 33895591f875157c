"""The live feed of a process: one hub, its doors, and the jobs that keep them going."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from auction.archive import Archive
from auction.redis_channels import RedisChannels
from listing.applications import Applications
from realtime.bidding import Bidding, Guard
from realtime.callers import Callers
from realtime.disconnects import SERVER_STOPPING
from realtime.events_door import EventsDoor
from realtime.fanout import Fanout
from realtime.hub import Hub
from realtime.limits import FeedLimits
from realtime.live_door import LiveDoor
from realtime.outlet import Sweeper
from realtime.presence import Presence
from realtime.reception import Reception
from realtime.socketio_door import SocketDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """What an operator decides about the feed."""

    shards: int
    """Of how many shards the lots are; the same in every process."""
    origins: frozenset[str]
    limits: FeedLimits
    address_of: Callable[[web.BaseRequest], str]
    """Under which address a request is counted."""
    fast: bool = True
    """Whether Socket.IO may take its fast path."""


class LiveFeed:
    """Everything between Redis and the watchers."""

    def __init__(
        self,
        settings: FeedSettings,
        *,
        archive: Archive,
        applications: Applications,
        bidding: Bidding,
        guard: Guard,
        presence: Presence,
        now_us: Callable[[], int],
    ) -> None:
        self._sweeper, self._presence = Sweeper(), presence
        self.callers = Callers()
        """Who waits here for an answer; to be entered by the doors of others too."""
        fanout = Fanout(self.callers)
        self.hub = Hub(archive=archive, now_us=now_us, fanout=fanout, shards=settings.shards)
        self._reception = Reception(
            hub=self.hub,
            callers=self.callers,
            bidding=bidding,
            guard=guard,
            presence=presence,
            applications=applications,
            limits=settings.limits,
            address_of=settings.address_of,
            now_us=now_us,
        )
        origins = sorted(settings.origins)
        self.socketio = SocketDoor(
            self._reception, sweeper=self._sweeper, origins=origins, fast=settings.fast
        )
        self._live = LiveDoor(self._reception, sweeper=self._sweeper, origins=origins)
        self._events = EventsDoor(self._reception, sweeper=self._sweeper)

    def add_to(self, app: web.Application) -> None:
        """Open the doors."""
        self.socketio.server.attach(app)
        self._live.add_to(app)
        self._events.add_to(app)
        app.on_shutdown.append(self._dismiss_all)

    def listen_on(self, channels: RedisChannels) -> None:
        """Hear news on these channels."""
        self.hub.listen_on(channels)

    def jobs(self) -> list[tuple[Coroutine[Any, Any, None], str]]:
        """Return what has to run as long as the feed does, with names."""
        return [
            (self.hub.keep_healing(), "healing"),
            (self.hub.keep_beating(), "heartbeats"),
            (self.hub.keep_auditing(), "feed audit"),
            (self._presence.keep_telling(), "presence"),
            (self._sweeper.keep_sweeping(), "slow readers"),
            (self.socketio.keep_emitting(), "stock emitter"),
        ]

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return self._reception.connections

    @property
    def behind(self) -> int:
        """Return how many readers are behind."""
        return self._sweeper.behind

    async def _dismiss_all(self, _app: web.Application) -> None:
        self._reception.dismiss_all(SERVER_STOPPING)
