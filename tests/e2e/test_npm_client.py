"""The unmodified Socket.IO client from npm in a browser: order, answers, upgrade, polling, coming back."""

import asyncio
from pathlib import Path

import pytest

from tests.support.browser import opened_browser
from tests.support.server import LOT, server_running

pytestmark = [pytest.mark.e2e, pytest.mark.integration]
CLIENT = (Path(__file__).parent / "vendor" / "socket.io-client.js").read_text(encoding="utf-8")

FOLLOW = """async ([token, transports]) => {
    const { io } = await import("/npm/socket.io-client.js");
    const socket = io({ transports, auth: { token }, forceNew: true, reconnectionDelay: 50 });
    const kept = { events: [], answers: [], socket, transport: null, place: null };
    globalThis.kept = kept;
    socket.on("event", (event) => kept.events.push(event.seq));
    socket.on("connect", async () => {
        const answer = await socket.emitWithAck("watch", { lot_id: "LOT-1", ...kept.place });
        kept.answers.push(answer);
        (answer.events ?? []).forEach((event) => kept.events.push(event.seq));
        socket.io.engine.once("upgrade", () => { kept.transport = socket.io.engine.transport.name; });
        kept.transport = socket.io.engine.transport.name;
    });
    socket.on("connect_error", (error) => { kept.refused = error.message; });
    while (!kept.answers.length && !kept.refused) await new Promise((later) => setTimeout(later, 10));
    if (kept.refused) throw new Error(kept.refused);
    return kept.answers[0].state.seq;
}"""
BID = """async (amount) => globalThis.kept.socket.emitWithAck("bid", {
    lot_id: "LOT-1", bid_id: `npm-bid-${amount}`, amount_fen: amount })"""


async def numbers_to(page, last):
    async with asyncio.timeout(15):
        while True:
            seen = await page.evaluate("globalThis.kept.events")
            if seen and seen[-1] >= last:
                return seen
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("transports", "ends_as"),
    [
        (["websocket"], "websocket"),
        (["polling"], "polling"),
        (["polling", "websocket"], "websocket"),
    ],
)
async def test_the_npm_client_follows_bids_and_comes_back(
    fresh_database, redis_url, transports, ends_as
):
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        await server.announce(LOT, "ann", "bob", leader_may_raise=True)
        # The client is no file that the server lets its pages load.
        context = await browser.new_context(bypass_csp=True)
        page = await context.new_page()
        await page.route(
            "**/npm/**",
            lambda route: route.fulfill(body=CLIENT, content_type="text/javascript"),
        )
        await page.goto(f"{server.base_url}/healthz")
        _, issued = await server.call("POST", "/api/socket-tokens", by="ann")
        first = await page.evaluate(FOLLOW, [issued["token"], transports])

        answer = await page.evaluate(BID, 100)
        assert (answer["ok"], answer["amount_fen"], answer["seq"]) == (True, 100, first + 1)
        refused = await page.evaluate(BID, 1)
        assert (refused["ok"], refused["code"]) == (False, "below_minimum")
        for amount in range(110, 410, 10):
            assert (await server.bid("bob", amount, f"bid-{amount:08d}"))[0] == 200
        assert await numbers_to(page, first + 31) == list(range(first + 1, first + 32))
        assert await page.evaluate("globalThis.kept.transport") == ends_as

        await page.evaluate(
            """() => {
                const { socket, answers, events } = globalThis.kept;
                socket.auth = {};
                globalThis.kept.place = { epoch: answers[0].epoch, seq: events.at(-1) };
                socket.disconnect();
            }"""
        )
        for amount in range(410, 460, 10):
            assert (await server.bid("bob", amount, f"bid-{amount:08d}"))[0] == 200
        await page.evaluate("() => { globalThis.kept.socket.connect(); }")
        await numbers_to(page, first + 36)
        for amount in range(460, 510, 10):
            assert (await server.bid("bob", amount, f"bid-{amount:08d}"))[0] == 200
        assert await numbers_to(page, first + 41) == list(range(first + 1, first + 42))
        assert await page.evaluate("globalThis.kept.answers[1].recovered") is True
