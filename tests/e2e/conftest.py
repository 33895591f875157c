"""What the browser tests share: a browser, a page to run modules in, a running demonstration.

All three live for a module: starting a browser takes longer than most tests.
"""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from luochui.web.assets import assets
from luochui.web.pages import add_pages
from tests.support.browser import opened_browser
from tests.support.demo import demo_running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    async with opened_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def run(browser):
    """Evaluates a function in a page of ours, with a module of ours as its first argument."""
    app = web.Application()
    add_pages(app)
    async with TestServer(app) as server:
        page = await browser.new_page()
        await page.goto(str(server.make_url("/login?lang=zh")))

        async def evaluate(module, function, argument=None):
            return await page.evaluate(
                f"async (given) => ({function})(await import('{assets().base}/{module}'), given)",
                argument,
            )

        yield evaluate


@pytest.fixture(scope="module")
def demo():
    """Every lot live for some minutes, and nobody bidding but the tests."""
    with demonstration("--fast", "--speed", "3", "--bots", "0") as running:
        yield running


@pytest.fixture
def quick_demo():
    """Half a minute of free bidding, then six seconds that every bid begins anew."""
    with demonstration("--fast", "--speed", "20", "--bots", "0") as running:
        yield running


@contextlib.contextmanager
def demonstration(*options):
    folder = Path(tempfile.mkdtemp(prefix="lt-"))
    folder.chmod(0o755)
    with demo_running(folder / "data", *options) as running:
        wait_until_admitted(running, "bidder")
        yield running
    shutil.rmtree(folder)


def wait_until_admitted(demo, login):
    """The demonstration admits its visitors lot after lot, just after it has said that it is ready."""
    token = demo.sign_in(login)
    for lot_id in demo.lots:
        while (
            demo.call("GET", f"/api/lots/{lot_id}/application", token=token)[1]["status"]
            != "admitted"
        ):
            time.sleep(0.1)
