"""The feed of a web process, made from the settings."""

from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.identity.gate import SocketGuard
from luochui.identity.routes import IdentityRoutes
from luochui.metrics import Metrics
from luochui.texts import text_of
from luochui.wiring.services import WebServices
from realtime.bidding import Bidding
from realtime.feed import FeedSettings, LiveFeed
from realtime.limits import FeedLimits
from realtime.presence import Presence


def live_feed(
    settings: Settings,
    clock: SystemClock,
    metrics: Metrics,
    services: WebServices,
    *,
    identity: IdentityRoutes,
    presence: Presence,
    origins: frozenset[str],
) -> LiveFeed:
    """Return the feed; its jobs are still to be run."""
    guard = SocketGuard(identity.sessions, identity.tokens)
    feed = LiveFeed(
        FeedSettings(
            shards=settings.shards,
            origins=origins,
            limits=_limits(settings),
            address_of=identity.addresses.of,
            fast=settings.feed_fast_path,
        ),
        archive=services.archive,
        applications=services.applications,
        bidding=Bidding(
            desk=services.desk,
            guard=guard,
            now_us=clock.now_us,
            texts=text_of,
            bid_answered=metrics.bid_answered,
        ),
        guard=guard,
        presence=presence,
        now_us=clock.now_us,
    )
    metrics.connections.set_function(lambda: feed.connections)
    metrics.behind.set_function(lambda: feed.behind)
    return feed


def _limits(settings: Settings) -> FeedLimits:
    return FeedLimits(
        connections_max=settings.feed_connections_max,
        of_address_max=settings.feed_connections_of_address_max,
        of_account_max=settings.feed_connections_of_account_max,
        messages_per_second_max=settings.feed_messages_per_second_max,
        handshake_timeout_s=settings.feed_handshake_timeout_s,
    )
