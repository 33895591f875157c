"""Links for the hot commands: as many as the kind of Redis installation needs."""

from contextlib import AsyncExitStack

from auction.inbox import Inbox
from auction.inbox_redis import RedisInbox, inbox_key
from auction.inbox_shards import InboxOfShards
from auction.redis_link import RedisLink
from auction.redis_place import Kind, RedisPlace
from luochui.config import Settings
from luochui.tasks import running


async def web_links(settings: Settings, stack: AsyncExitStack) -> tuple[Inbox, RedisLink]:
    """Return the inbox that a web process writes to, and a link for its messages to other processes.

    One link does for both; a cluster needs one for each shard.
    """
    link = await shard_link(settings, stack, 0)
    if RedisPlace.of(settings.redis_url).kind is not Kind.CLUSTER:
        return RedisInbox(link), link
    inboxes = {0: RedisInbox(link)}
    for shard in range(1, settings.shards):
        inboxes[shard] = RedisInbox(await shard_link(settings, stack, shard))
    return InboxOfShards(inboxes), link


async def shard_link(
    settings: Settings, stack: AsyncExitStack, shard: int, *, resends: bool = True
) -> RedisLink:
    """Return a link to the server that holds the shard's stream, kept connected as long as the stack."""
    link = RedisLink(settings.redis_url, inbox_key(shard), resends=resends)
    await stack.enter_async_context(running(link.keep_connected(), name=f"redis-{shard}"))
    await link.up.wait()
    return link
