"""A sale from the first bid to the hammer, each at a browser of his own, against the real server."""

import pytest

from tests.support.pages import Console, Room, read_yuan, visiting
from tests.support.sale import admit_second_bidder, lot_of, outbid

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

LOT = "JX25CB02040224"


async def test_a_bidder_bids_is_outbid_and_wins_at_the_hammer(browser, quick_demo):
    admit_second_bidder(quick_demo, LOT)
    async with (
        visiting(browser, quick_demo, "bidder") as bidder,
        visiting(browser, quick_demo, "auctioneer") as auctioneer,
    ):
        room, console = Room(bidder, LOT), Console(auctioneer, LOT)
        await room.enter()
        await console.enter()
        await first_bid(room)
        assert outbid(quick_demo, LOT)[0] == 200
        await room.wait_for_standing("outbid")
        await room.bid_lowest()
        await room.wait_for_standing("leading")
        await hammer(console, bidder)
        await room.wait_for_standing("won")
        result = lot_of(quick_demo, LOT)["state"]["result"]
        assert result["outcome"] == "sold"
        assert read_yuan(await bidder.page.inner_text(".result-price")) == result["price_fen"]
        assert bidder.errors == auctioneer.errors == []


async def first_bid(room):
    """Bid with the confirmation in figures and capitals; the leader then need not bid."""
    await room.wait_for_standing("idle")
    await room.choose_lowest()
    words = await room.page.inner_text("dialog")
    assert "¥206,800" in words
    assert "贰拾万陆仟捌佰元整" in words
    assert "不可撤回" in words
    await room.confirm()
    assert (await room.answer())[0] == "accepted"
    await room.wait_for_standing("leading")
    assert "您已领先" in await room.page.inner_text(".why")
    assert await room.page.locator(".bid-button").is_disabled()


async def hammer(console, bidder):
    """Conduct the lot to its end; every button says why it cannot be pressed yet."""
    assert await console.why_not("hammer") == "进入限时竞价后可用。"
    await console.page.wait_for_selector(".badge.live >> text=限时竞价", timeout=60_000)
    assert await console.press("extend", reason="现场核对", seconds="90") == 200
    await bidder.page.wait_for_selector(".banner >> text=现场核对")
    await bidder.page.wait_for_selector(".banner >> text=/拍卖师于 .* 将竞价延长 1 分钟 30 秒/")
    assert await console.why_not("hammer") == "须先完成提示。"
    assert await console.hammer_after_calls() == 200
