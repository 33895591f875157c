"""A sale as its people live through it, each at a browser of his own, against the real server."""

import pytest

from tests.support.pages import Console, Room, read_yuan, visiting
from tests.support.sale import accepted_bids, lot_of, outbid

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_a_pause_stops_bids_with_its_reason_on_screen_until_the_resumption(browser, demo):
    lot_id = "DAM2022007"
    async with (
        visiting(browser, demo, "bidder") as bidder,
        visiting(browser, demo, "auctioneer") as auctioneer,
    ):
        room, console = Room(bidder, lot_id), Console(auctioneer, lot_id)
        await room.enter()
        await console.enter()
        await auctioneer.page.wait_for_selector(".online dd >> text=/^1 \\/ 1$/")
        await room.choose_lowest()
        assert await console.press("pause", reason="收到权属异议") == 200
        # The open confirmation can no longer be sent, and says why.
        await bidder.page.wait_for_selector("dialog .blocked >> text=竞价已中止")
        await room.confirm()
        await bidder.page.keyboard.press("Escape")
        await bidder.page.wait_for_selector("dialog", state="detached")
        await bidder.page.wait_for_selector(".interruption >> text=收到权属异议")
        await bidder.page.wait_for_selector(".interruption >> text=/拍卖师于 [0-9:]{8} 中止竞价/")
        await bidder.page.click("text=English")
        await bidder.sees("/The auctioneer suspended bidding at [0-9:]{8}/")
        await bidder.page.click("text=中文")
        assert await bidder.page.locator(".bid-button").is_disabled()
        assert "已中止" in await bidder.page.inner_text(".why")
        assert accepted_bids(demo, lot_id) == []

        status, problem = outbid(demo, lot_id, "bidder")
        assert (status, problem["code"]) == (409, "lot_suspended")
        await auctioneer.page.wait_for_selector(".refusals >> text=竞价已中止")

        assert await console.press("resume", seconds="1") == 200
        await bidder.page.wait_for_selector(
            ".interruption.resuming >> text=/拍卖师于 .* 公告恢复/"
        )
        await bidder.page.wait_for_selector(".interruption", state="detached")
        await room.bid_lowest()
        await room.wait_for_standing("leading")


async def test_an_observer_follows_without_an_account(browser, demo):
    lot_id = "DAM2022010"
    async with (
        visiting(browser, demo) as observer,
        visiting(browser, demo, "bidder") as bidder,
    ):
        await observer.go(f"/watch/{lot_id}")
        assert await observer.page.locator("button, input").count() == 0
        room = Room(bidder, lot_id)
        await room.enter()
        await room.bid_lowest()
        await observer.page.wait_for_selector(".hall-bids li")
        state = lot_of(demo, lot_id)["state"]
        assert read_yuan(await observer.page.inner_text(".hall-price")) == state["price_fen"]
        assert state["leader"] in await observer.page.inner_text(".hall-bids li >> nth=0")
        assert observer.errors == []


async def test_a_double_click_is_one_bid(browser, demo):
    lot_id, sent = "DGA2015001", []
    async with visiting(browser, demo, "bidder") as bidder:

        def hear(frame):  # Playwright asks a listener how many arguments it takes: no bare append.
            sent.append(str(frame))

        bidder.page.on("websocket", lambda socket: socket.on("framesent", hear))
        room = Room(bidder, lot_id)
        await room.enter()
        await room.choose_lowest()
        # Two clicks before the page could draw anything in between: quicker than any hand.
        await bidder.page.eval_on_selector(
            "dialog button.primary", "(button) => { button.click(); button.click(); }"
        )
        assert (await room.answer())[0] == "accepted"
        await bidder.page.wait_for_timeout(500)
        assert len([frame for frame in sent if '"bid"' in frame]) == 1
        assert len(accepted_bids(demo, lot_id)) == 1


async def test_a_double_click_or_a_key_held_down_does_not_confirm_unread(browser, demo):
    """The question opens under the pointer: what asked it must not answer it too."""
    lot_id = "EXCAVATOR-2016"
    async with visiting(browser, demo, "bidder") as bidder:
        room = Room(bidder, lot_id)
        await room.enter()
        await room.choose_lowest()
        confirm = bidder.page.locator("dialog button.primary")
        box = await confirm.bounding_box()
        await bidder.page.mouse.move(box["x"] + 20, box["y"] + 20)
        for button in (bidder.page.mouse.down, bidder.page.mouse.up):
            await button(click_count=2)  # The second click of a double click.
        held = {"key": "Enter", "repeat": True, "bubbles": True, "cancelable": True}
        prevented = await bidder.page.eval_on_selector(
            "dialog button.primary",
            "(button, held) => !button.dispatchEvent(new KeyboardEvent('keydown', held))",
            held,
        )
        assert prevented
        await bidder.page.wait_for_timeout(500)
        assert await bidder.page.locator("dialog[open]").count() == 1
        assert accepted_bids(demo, lot_id) == []
        await confirm.click()
        assert (await room.answer())[0] == "accepted"


async def test_a_lost_answer_is_asked_for_by_the_same_bid(browser, demo):
    lot_id = "DGA2015002"
    async with visiting(browser, demo, "bidder") as bidder:

        def pass_all_but_answers(socket):
            server = socket.connect_to_server()
            # Answers to bids are lost on their way.
            server.on_message(
                lambda text: (
                    None
                    if str(text).startswith('["answer"')
                    and "amount_fen" in str(text)
                    and "bid_id" in str(text)
                    else socket.send(text)
                )
            )

        await bidder.page.route_web_socket("**/live", pass_all_but_answers)
        room = Room(bidder, lot_id)
        await room.enter()
        await room.choose_lowest()
        await room.confirm()
        kind, words = await room.answer()
        assert kind == "accepted", words
        assert len(accepted_bids(demo, lot_id)) == 1


async def test_an_answer_that_a_reload_cut_off_is_told_afterwards(browser, demo):
    lot_id = "DGA2015003"
    async with visiting(browser, demo, "bidder") as bidder:
        await bidder.page.route_web_socket("**/live", pass_until_bid)
        room = Room(bidder, lot_id)
        await room.enter()
        await room.choose_lowest()
        await room.confirm()
        await bidder.page.wait_for_timeout(500)
        await bidder.page.reload()
        kind, words = await room.answer()
        assert (kind, "没有到达" in words) == ("refused", True)
        assert accepted_bids(demo, lot_id) == []


def pass_until_bid(socket):
    """Let everything through but bids, which never reach the server."""
    server = socket.connect_to_server()
    socket.on_message(lambda text: None if '"bid"' in str(text) else server.send(text))


async def test_an_amount_of_ones_own_is_checked_before_it_is_sent(browser, demo):
    lot_id = "DI011-2022"
    async with visiting(browser, demo, "bidder") as bidder:
        room = Room(bidder, lot_id)
        await room.enter()
        for typed, words in (("一千", "有效金额"), ("1", "低于最低可报")):
            await bidder.page.fill("input[name=amount]", typed)
            await bidder.page.wait_for_selector(f".unfit >> text={words}")
            assert await bidder.page.locator(".bid-button").is_disabled()
        notice = lot_of(demo, lot_id)["notice"]
        wish = notice["start_fen"] + 3 * notice["increment_fen"]
        await room.type_amount(f"{wish // 1_000_000}.{wish % 1_000_000:06d}")
        await room.confirm()
        assert (await room.answer())[0] == "accepted"
        assert await room.price_fen() == wish


async def test_a_deposit_needs_two_people_and_lets_the_bidder_in_without_a_reload(browser, demo):
    lot_id = "LQ360826202512020-2"
    async with (
        visiting(browser, demo, "bidder2") as bidder,
        visiting(browser, demo, "cashier") as cashier,
        visiting(browser, demo, "settlement") as settlement,
    ):
        room = Room(bidder, lot_id)
        await room.enter()
        await room.wait_for_standing("not_admitted")
        await bidder.sees("等待第二人复核")
        for desk in (cashier, settlement):
            await desk.go("/settlement")
            await desk.page.select_option("select", lot_id)
            await desk.page.click("text=待复核 >> nth=0")
        own = cashier.page.locator("td.end button.primary")
        assert await own.is_disabled()
        await cashier.sees("由您登记，须由他人复核")
        await settlement.page.click("td.end button.primary")
        await settlement.page.click("dialog[open] button.primary")
        await settlement.sees("已确认")
        await room.wait_for_standing("idle")
        assert await bidder.page.locator(".bid-button").is_enabled()


async def test_a_withdrawal_is_typed_out_and_seen_by_everybody(browser, demo):
    lot_id = "FSS2025"
    async with (
        visiting(browser, demo) as observer,
        visiting(browser, demo, "auctioneer") as auctioneer,
    ):
        await observer.go(f"/lots/{lot_id}")
        console = Console(auctioneer, lot_id)
        await console.enter()
        await auctioneer.page.keyboard.press("w")
        await auctioneer.page.fill("dialog #reason", "转让方申请终止")
        await auctioneer.page.click("dialog button.primary")
        await auctioneer.page.wait_for_selector("dialog .error")
        await auctioneer.page.wait_for_selector("dialog #word:focus")
        assert lot_of(demo, lot_id)["state"]["status"] == "open"
        await auctioneer.page.fill("dialog #word", lot_id)
        await auctioneer.page.keyboard.press("Enter")
        await observer.sees("转让方申请终止")
        assert lot_of(demo, lot_id)["state"]["status"] == "withdrawn"


async def test_a_supervisor_reads_every_decision_and_its_recomputation(browser, demo):
    lot_id = "DAM2022007"
    async with visiting(browser, demo, "supervisor") as supervisor:
        await supervisor.go(f"/supervision/{lot_id}")
        await supervisor.sees("独立重算：一致")
        await supervisor.page.wait_for_selector(".journal tbody tr")
        await supervisor.page.select_option("select >> nth=0", "refused")
        await supervisor.page.wait_for_selector(".journal .refused >> text=lot_suspended")
        assert await supervisor.page.locator("main button.primary").count() == 0


async def test_a_lost_connection_is_told_and_bidding_waits_for_it(browser, demo):
    lot_id = "JX25CB02040224"
    async with visiting(browser, demo, "bidder") as bidder:
        room = Room(bidder, lot_id)
        await room.enter()
        await bidder.page.context.set_offline(offline=True)
        await bidder.page.evaluate("dispatchEvent(new Event('offline'))")
        await bidder.page.wait_for_selector(".banner.bad", timeout=60_000)
        assert await bidder.page.locator(".bid-button").is_disabled()
        await bidder.page.context.set_offline(offline=False)
        await bidder.page.wait_for_selector(".banner.bad", state="detached", timeout=60_000)
        assert await bidder.page.locator(".bid-button").is_enabled()
