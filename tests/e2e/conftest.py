"""What the browser tests share: a page to run modules in."""

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from luochui.web.assets import assets
from luochui.web.pages import add_pages
from tests.support.browser import opened_browser


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def run():
    """Evaluates a function in a page of ours, with a module of ours as its first argument."""
    app = web.Application()
    add_pages(app)
    async with TestServer(app) as server, opened_browser() as browser:
        page = await browser.new_page()
        await page.goto(str(server.make_url("/login?lang=zh")))

        async def evaluate(module, function, argument=None):
            return await page.evaluate(
                f"async (given) => ({function})(await import('{assets().base}/{module}'), given)",
                argument,
            )

        yield evaluate
