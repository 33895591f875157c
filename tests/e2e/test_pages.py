"""Every page, in both languages, at a desk and on a phone: whole, quiet, usable by everybody."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.browser import DESKTOP, PHONE
from tests.support.pages import Visitor, signed_in_context, visiting

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LOT = "DAJ2024019"
BEIJING = ZoneInfo("Asia/Shanghai")
PAGES = [
    ("/", None),
    ("/board", None),
    ("/login", None),
    (f"/watch/{LOT}", None),
    (f"/lots/{LOT}", None),
    ("/no/such/page", None),
    ("/lots/no-such-lot", None),
    (f"/lots/{LOT}", "bidder"),
    (f"/lots/{LOT}", "bidder2"),
    ("/console", "auctioneer"),
    (f"/console/{LOT}", "auctioneer"),
    ("/settlement", "settlement"),
    ("/supervision", "supervisor"),
    (f"/supervision/{LOT}", "supervisor"),
    ("/owner", "owner"),
    ("/owner", "bidder"),
]
VARIANTS = [
    ("zh", DESKTOP, "light"),
    ("en", PHONE, "dark"),
    ("zh", PHONE, "light"),
    ("en", DESKTOP, "dark"),
]
# A page or lot that does not exist is answered with 404, which the browser itself reports.
EXPECTED = {"/no/such/page", "/lots/no-such-lot"}


@pytest.mark.parametrize(("path", "login"), PAGES)
async def test_a_page_fits_its_window_says_nothing_in_the_console_and_is_accessible(
    browser, demo, path, login
):
    context = await signed_in_context(browser, demo, login)
    visitor = Visitor(await context.new_page(), demo)
    for position, (lang, size, scheme) in enumerate(VARIANTS):
        await visitor.page.set_viewport_size(size)
        await visitor.page.emulate_media(color_scheme=scheme)
        await visitor.go(path, lang)
        await visitor.page.wait_for_timeout(400)
        assert await visitor.overflow_px() == 0, (lang, size)
        html_lang = await visitor.page.get_attribute("html", "lang")
        assert html_lang == {"zh": "zh-CN", "en": "en"}[lang]
        if position < 2:
            assert await visitor.axe_findings() == [], (lang, size, scheme)
    errors = [e for e in visitor.errors if not (path in EXPECTED and "404" in e)]
    assert errors == []
    await context.close()


async def test_the_language_is_remembered_from_page_to_page(browser, demo):
    async with visiting(browser, demo) as visitor:
        await visitor.go("/")
        await visitor.page.click("text=English")
        assert await visitor.page.inner_text("h1") == "Lots"
        await visitor.page.goto(f"{demo.base_url}/board")
        await visitor.sees("Live board")
        assert await visitor.page.get_attribute("html", "lang") == "en"


async def test_the_catalogue_finds_lots_by_words_class_and_place(browser, demo):
    async with visiting(browser, demo) as visitor:
        await visitor.go("/")
        tiles = visitor.page.locator(".tile")
        await tiles.first.wait_for()
        assert await tiles.count() == len(demo.lots)
        await visitor.page.fill("input[type=search]", "松脂 泰和")
        assert await tiles.count() == 4
        await visitor.page.fill("input[type=search]", "")
        await visitor.page.select_option("select >> nth=0", "mining_right")
        assert await tiles.count() == 1
        await visitor.page.fill("input[type=search]", "nothing like this")
        await visitor.sees("没有符合条件的标的")


async def test_a_staff_page_sends_strangers_to_sign_in_and_back(browser, demo):
    async with visiting(browser, demo) as visitor:
        await visitor.go("/settlement")
        await visitor.page.click("main a.primary")
        await visitor.page.fill("#login", "settlement")
        await visitor.page.fill("#password", "wrong")
        await visitor.page.keyboard.press("Enter")
        await visitor.sees("账号或密码不正确")
        await visitor.page.fill("#password", demo.people["settlement"]["password"])
        await visitor.page.keyboard.press("Enter")
        await visitor.page.wait_for_url("**/settlement")
        await visitor.sees("登记到账")
        await visitor.page.click("text=退出")
        await visitor.page.wait_for_selector("header a.primary")


async def test_the_page_works_by_keyboard_alone(browser, demo):
    async with visiting(browser, demo) as visitor:
        await visitor.go("/")
        await visitor.page.keyboard.press("Tab")
        assert await visitor.page.evaluate("document.activeElement.className") == "skip"
        await visitor.page.keyboard.press("Enter")
        assert await visitor.page.evaluate("document.activeElement.id") == "main"


async def test_times_are_beijing_time_and_say_so_wherever_the_reader_is(browser, demo):
    async with visiting(browser, demo, timezone_id="America/New_York") as visitor:
        _, card = demo.call("GET", f"/api/lots/{LOT}")
        opens = datetime.fromtimestamp(card["notice"]["opens_at_us"] / 1e6, BEIJING)
        await visitor.go(f"/lots/{LOT}")
        await visitor.sees(f"{opens:%H:%M:%S}（北京时间）")
        assert "北京时间" in await visitor.page.inner_text("footer")
        await visitor.go(f"/watch/{LOT}", "en")
        shown = await visitor.page.inner_text(".hall-time")
        now = datetime.fromtimestamp(demo.call("GET", "/api/time")[1]["now_us"] / 1e6, BEIJING)
        before = now - timedelta(minutes=1)
        assert "Beijing time" in shown
        assert f"{now:%H:%M}" in shown or f"{before:%H:%M}" in shown


async def test_who_wants_less_motion_gets_none(browser, demo):
    async with visiting(browser, demo, reduced_motion="reduce") as visitor:
        await visitor.go("/")
        await visitor.page.wait_for_selector(".badge.live")
        moving = await visitor.page.evaluate("document.getAnimations().length")
        assert moving == 0
