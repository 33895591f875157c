"""The settlement desk with more deposits than a page holds."""

import pytest

from tests.support.browser import opened_browser
from tests.support.pages import visiting
from tests.support.server import LOT, server_running
from tests.support.server_as_demo import as_demo

pytestmark = pytest.mark.e2e
MANY = 120


async def test_the_book_is_shown_page_by_page_and_searched_as_a_whole(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server, opened_browser() as browser:
        await server.announce(LOT, deposit=1)
        await server.pool.execute(
            "INSERT INTO account SELECT 'b' || n, 'b' || n, '竞买人' || n, '{bidder}', 'x', true, 1"
            " FROM generate_series(1, $1) AS n",
            MANY,
        )
        await server.pool.execute(
            "INSERT INTO application SELECT $2, 'b' || n, 'N' || n, 1 FROM generate_series(1, $1) AS n",
            *(MANY, LOT),
        )
        await server.pool.execute(
            "INSERT INTO deposit SELECT 'd' || n, $2, 'b' || n, '62' || n, 1, n"
            " FROM generate_series(1, $1) AS n",
            *(MANY, LOT),
        )
        async with visiting(browser, as_demo(server), "settlement") as clerk:
            await clerk.go("/settlement")
            rows, more = clerk.page.locator("tbody tr"), clerk.page.locator(".more button")
            await clerk.page.wait_for_selector("tbody tr >> nth=49")
            assert await rows.count() == 50
            assert f"{MANY}" in await clerk.page.inner_text(".chips button >> nth=0")
            await more.click()
            await clerk.page.wait_for_selector("tbody tr >> nth=99")
            await more.click()
            await clerk.page.wait_for_selector("tbody tr >> nth=119")
            assert await more.count() == 0
            names = await clerk.page.locator("td.wide b").all_inner_texts()
            assert names == [f"竞买人{n}" for n in range(1, MANY + 1)]
            await clerk.page.fill("input[type=search]", "竞买人120")
            await clerk.page.wait_for_selector("tbody tr >> nth=1", state="detached")
            assert await rows.count() == 1
            await clerk.page.fill("input[type=search]", "nobody")
            await clerk.sees("没有符合条件的保证金")
            assert clerk.errors == []
