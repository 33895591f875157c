"""The outbox on Redis channels: one channel a lot, one channel a web worker."""

import msgspec
import orjson

from auction.outbox import News, Reply
from auction.ownership import shard_of
from auction.redis_channels import is_sharded
from auction.redis_connection import RedisDownError
from auction.redis_link import RedisLink


def lot_channel(lot_id: str, shards: int) -> str:
    """Return the channel on which a lot's news is told: it lives with the lot's shard."""
    return f"luochui:{{{shard_of(lot_id, shards)}}}:lot:{lot_id}"


def worker_channel(worker: str) -> str:
    """Return the channel on which a web worker hears answers."""
    return f"luochui:answers:{worker}"


def account_channel(account_id: str) -> str:
    """Return the channel on which a person is told what concerns him alone."""
    return f"luochui:account:{account_id}"


ALL_LOTS_CHANNEL = "luochui:lots"
"""States of all lots as they change, a line each, for catalogues."""


class RedisOutbox:
    """Publishes without waiting; what cannot be sent is dropped, since the journal has it.

    `link` goes to the server of the shard whose engine this is, one of so many `shards`.
    """

    def __init__(self, link: RedisLink, shards: int) -> None:
        self._link, self._shards = link, shards

    def answer(self, worker: str, replies: list[Reply]) -> None:
        """Publish the replies of one batch in one message."""
        self._publish(worker_channel(worker), msgspec.json.encode(replies))

    def tell(self, news: list[News]) -> None:
        """Publish each lot's news on its channel, and all their states for catalogues in one message."""
        for item in news:
            state = orjson.Fragment(item.state)
            message = {"lot_id": item.lot_id, "events": item.events, "state": state}
            self._publish(lot_channel(item.lot_id, self._shards), orjson.dumps(message))
        self._publish(ALL_LOTS_CHANNEL, b"\n".join([item.state for item in news]))

    def _publish(self, channel: str, message: bytes) -> None:
        try:
            how = b"SPUBLISH" if is_sharded(channel) else b"PUBLISH"
            self._link.post(_ignore, how, channel, message)
        except RedisDownError:
            return


def _ignore(_reply: object) -> None:
    """Leave it: a publication that nobody heard, or that was lost, is no error; the journal has it."""
