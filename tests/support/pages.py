"""The pages as the people at them see them: visitors, the bidding room, the console."""

import json
import re
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.browser import DESKTOP

AXE = (Path(__file__).parents[1] / "e2e" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PATIENCE_MS = 15_000
_CALL_GAP_MS = 700


class Visitor:
    """Somebody at a browser. Remembers every error that the browser's console showed."""

    def __init__(self, page, demo):
        self.page, self._demo = page, demo
        self.errors = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message):
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    async def sign_in(self, login):
        """Sign in by the page's own form."""
        await self.page.goto(f"{self._demo.base_url}/login")
        await self.page.fill("#login", login)
        await self.page.fill("#password", self._demo.people[login]["password"])
        await self.page.click("form button.primary")
        await self.page.wait_for_url(lambda url: "/login" not in url)

    async def go(self, path, lang="zh"):
        """Open a page and wait until it shows its content."""
        await self.page.goto(f"{self._demo.base_url}{path}?lang={lang}")
        await self.page.wait_for_selector("main h1")
        await self.page.wait_for_selector(".boot", state="detached")

    async def sees(self, text):
        """Wait until `text` is on the page."""
        await self.page.wait_for_selector(f"main >> text={text}")

    async def overflow_px(self):
        """How far the page is wider than the window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    async def axe_findings(self):
        """Serious and critical findings of axe-core, as (rule, first element, why)."""
        await self.page.evaluate(f"{AXE};0")
        found = await self.page.evaluate("axe.run().then((result) => result.violations)")
        return [
            (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"])
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]


class Room:
    """The bidding room of one lot."""

    def __init__(self, visitor, lot_id):
        self.visitor, self.page, self.lot_id = visitor, visitor.page, lot_id

    async def enter(self):
        await self.visitor.go(f"/lots/{self.lot_id}")
        await self.page.wait_for_selector(".link.up, .link.slow")

    async def price_fen(self):
        """The large price, read back from its figures."""
        return read_yuan(await self.page.inner_text(".price"))

    async def wait_for_standing(self, standing):
        """`standing`: idle, leading, outbid, won, lost or not_admitted."""
        await self.page.wait_for_selector(f".standing.{standing}")

    async def choose_lowest(self):
        """Press the first rung of the ladder: the confirmation opens."""
        await self.page.click(".ladder button >> nth=0")
        await self.page.wait_for_selector("dialog[open]")

    async def type_amount(self, wan):
        await self.page.fill("input[name=amount]", wan)
        await self.page.click(".bid-button")
        await self.page.wait_for_selector("dialog[open]")

    async def confirm(self):
        """Enter confirms."""
        await self.page.keyboard.press("Enter")

    async def answer(self):
        """What the page says became of the bid: accepted, refused or unknown, and the words."""
        shown = await self.page.wait_for_selector(".answer")
        kind = re.search(r"good|bad|unknown", await shown.get_attribute("class") or "")
        return {"good": "accepted", "bad": "refused"}.get(
            kind[0], kind[0]
        ), await shown.inner_text()

    async def bid_lowest(self):
        await self.choose_lowest()
        await self.confirm()
        kind, words = await self.answer()
        assert kind == "accepted", words


class Console:
    """The auctioneer's console of one lot."""

    def __init__(self, visitor, lot_id):
        self.visitor, self.page, self.lot_id = visitor, visitor.page, lot_id

    async def enter(self):
        await self.visitor.go(f"/console/{self.lot_id}")
        await self.page.wait_for_selector(".commands")

    def button(self, command):
        """`command`: call, hammer, pause, resume, extend or withdraw."""
        return self.page.locator(f".command.{command} button")

    async def why_not(self, command):
        """What stands under a button."""
        return await self.page.inner_text(f".command.{command} small")

    async def press(self, command, **fields):
        """Press a button, fill what it asks for, confirm; return the server's status."""
        if command == "call":  # Nothing to confirm: a new bid takes it back.
            return await self._send_by(self.button(command))
        await self.button(command).click()
        for name, value in fields.items():
            await self.page.fill(f"dialog[open] #{name}", value)
        return await self._send_by(self.page.locator("dialog[open] button.primary"))

    async def _send_by(self, button):
        async with self.page.expect_response(_is_command) as heard:
            await button.click()
        return (await heard.value).status

    async def hammer_after_calls(self):
        """Give the fair warnings and let the hammer fall, waiting between them as the terms ask."""
        while not await self.button("hammer").is_enabled():
            await self.press("call")
            await self.page.wait_for_timeout(_CALL_GAP_MS)
        return await self.press("hammer")


def _is_command(response):
    return response.request.method == "POST" and "/api/lots/" in response.url


def read_yuan(text):
    """Return the fen of the first amount in `text`, such as ¥2,525,292.50."""
    whole, part = re.search(r"¥([\d,]+)(?:\.(\d\d))?", text).groups()
    return int(whole.replace(",", "")) * 100 + int(part or 0)


@asynccontextmanager
async def visiting(browser, demo, login=None, **options):
    """Yield a visitor in a context of his own, signed in as `login` if given."""
    context = await browser.new_context(viewport=DESKTOP, **options)
    try:
        visitor = Visitor(await context.new_page(), demo)
        if login:
            await visitor.sign_in(login)
        yield visitor
    finally:
        await context.close()


async def signed_in_context(browser, demo, login, **options):
    """Return a context that is signed in without a page, for tests that are not about signing in."""
    context = await browser.new_context(**options)
    if login:
        body = json.dumps({"login": login, "password": demo.people[login]["password"]})
        answer = await context.request.post(
            f"{demo.base_url}/api/session",
            data=body,
            headers={"Content-Type": "application/json", "Origin": demo.base_url},
        )
        assert answer.ok, await answer.text()
    return context
