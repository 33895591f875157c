"""The documentation of the HTTP interface: whole, from our own server alone, and usable from the page."""

from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.support.browser import DESKTOP, PHONE
from tests.support.pages import Visitor, signed_in_context

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

METHODS = {"get", "post", "put", "patch", "delete"}
POLICY_BROKEN = """addEventListener("securitypolicyviolation",
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""


class Reader:
    """Somebody who reads the documentation; remembers every address that the page asked for."""

    def __init__(self, visitor, demo):
        self.visitor, self.page, self._demo = visitor, visitor.page, demo
        self.asked = []
        visitor.page.on("request", lambda request: self.asked.append(request.url))

    async def open(self, size=DESKTOP):
        await self.page.add_init_script(POLICY_BROKEN)
        await self.page.set_viewport_size(size)
        await self.page.goto(f"{self._demo.base_url}/docs")
        await self.page.wait_for_selector(".opblock")

    async def operations(self):
        """What is shown, as {("get", "/api/lots")}."""
        shown = await self.page.evaluate(
            """[...document.querySelectorAll(".opblock-summary")].map((one) => [
                one.querySelector(".opblock-summary-method").textContent.toLowerCase(),
                one.querySelector("[data-path]").dataset.path])"""
        )
        return {tuple(one) for one in shown}

    async def tries(self, path):
        """Send the GET request of `path` from the page and return the answer's status and body."""
        block = self.page.locator(".opblock-get").filter(
            has=self.page.locator(f'[data-path="{path}"]')
        )
        await block.locator(".opblock-summary-control").click()
        await block.locator(".try-out__btn").click()
        async with self.page.expect_response(f"**{path}") as answered:
            await block.locator(".execute").click()
        answer = await answered.value
        await block.locator(".live-responses-table .response-col_status").first.wait_for()
        return answer.status, await answer.json()

    def assert_quiet(self):
        """Nothing in the console, nothing from elsewhere."""
        assert self.visitor.errors == []
        ours = urlsplit(self._demo.base_url).netloc
        outside = [
            url
            for url in self.asked
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != ours
        ]
        assert outside == []


@pytest_asyncio.fixture(loop_scope="module")
async def reader(browser, demo):
    context = await signed_in_context(browser, demo, "bidder")
    yield Reader(Visitor(await context.new_page(), demo), demo)
    await context.close()


async def test_every_operation_is_shown_and_nothing_is_asked_of_others(demo, reader):
    _, document = demo.call("GET", "/openapi.json")
    described = {
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods.keys() & METHODS
    }
    await reader.open()
    assert await reader.operations() == described
    assert len(described) > 20
    reader.assert_quiet()


async def test_the_page_leads_to_both_documents(demo, reader):
    await reader.open()
    links = await reader.page.eval_on_selector_all(
        "header nav a", "(all) => all.map((link) => link.getAttribute('href'))"
    )
    assert links == ["/openapi.json", "/asyncapi.json"]
    versions = [demo.call("GET", link)[1] for link in links]
    assert versions[0]["openapi"].startswith("3.1")
    assert versions[1]["asyncapi"].startswith("3.")


async def test_a_request_can_be_tried_as_whoever_is_signed_in(reader):
    await reader.open()
    status, body = await reader.tries("/api/session")
    assert status == 200
    assert body["login"] == "bidder"
    reader.assert_quiet()


async def test_it_fits_a_phone_and_is_dark_where_the_reader_s_system_is(reader):
    await reader.page.emulate_media(color_scheme="dark")
    await reader.open(PHONE)
    assert await reader.visitor.overflow_px() == 0
    assert await reader.page.get_attribute("html", "class") == "dark-mode"
    await reader.page.emulate_media(color_scheme="light")
    await reader.page.wait_for_selector("html:not(.dark-mode)")
    reader.assert_quiet()
