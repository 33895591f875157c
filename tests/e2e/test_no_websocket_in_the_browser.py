"""Where a proxy lets no WebSocket through: prices come by event streams, bids go by requests."""

import pytest

from tests.support.browser import opened_browser
from tests.support.pages import Room, visiting
from tests.support.server import LOT, SECOND, server_running
from tests.support.server_as_demo import as_demo

pytestmark = pytest.mark.e2e
NO_WEBSOCKET = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.(), 20); }
  close() {}
  send() {}
};
"""


async def test_a_bidder_behind_such_a_proxy_sees_prices_and_bids(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        demo = as_demo(server)
        async with visiting(browser, demo, "ann") as ann:
            await ann.page.add_init_script(NO_WEBSOCKET)
            await server.announce(LOT, "bob", free_us=120 * SECOND)
            await server.call("POST", f"/api/lots/{LOT}/application", by="ann")
            room = Room(ann, LOT)
            await ann.go(f"/lots/{LOT}")
            await ann.page.wait_for_selector(".link.streaming", timeout=20_000)
            assert "备用通道" in await ann.page.inner_text(".link.streaming")
            await room.bid_lowest()
            await room.wait_for_standing("leading")
            before = await room.price_fen()
            status, _ = await server.bid("bob", before + 10, "bob-outbids-ann")
            assert status == 200
            await room.wait_for_standing("outbid")
            assert await room.price_fen() == before + 10
            assert await ann.page.locator(".banner.bad").count() == 0
            assert ann.errors == []


async def test_the_catalogue_is_live_there_as_well(fresh_database, redis_url):
    async with (
        server_running(fresh_database, redis_url) as server,
        opened_browser() as browser,
        visiting(browser, as_demo(server), "ann") as ann,
    ):
        await ann.page.add_init_script(NO_WEBSOCKET)
        await server.announce(LOT, "bob", free_us=120 * SECOND)
        await ann.go("/")
        await ann.page.wait_for_selector(".link.streaming", timeout=20_000)
        assert (await server.bid("bob", 1_234_500, "bob-bids-first"))[0] == 200
        await ann.sees("1.2345")
        assert ann.errors == []
