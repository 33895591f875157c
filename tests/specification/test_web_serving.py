"""How pages and files are served: forever under their version, compressed, never guessed, errors as pages."""

import gzip

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from luochui.web.assets import assets
from luochui.web.pages import PAGES, add_pages


async def tell_the_time(_request):
    return web.Response(text="now")


@pytest.fixture
async def site():
    app = web.Application()
    app.router.add_get("/api/time", tell_the_time)
    add_pages(app)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


def file_address(path):
    return f"{assets().base}/{path}"


@pytest.mark.parametrize("address", PAGES)
async def test_every_page_is_html_with_a_closed_policy_and_asked_for_anew(site, address):
    answer = await site.get(address.replace("{lot_id}", "DAJ2024019"))
    assert answer.status == 200
    assert answer.content_type == "text/html"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "</html>" in await answer.text()


async def test_a_page_that_the_browser_has_is_not_sent_again(site):
    first = await site.get("/")
    again = await site.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("money.js", "text/javascript"),
        ("vendor/preact.mjs", "text/javascript"),
        ("css/tokens.css", "text/css"),
        ("img/mark.svg", "image/svg+xml"),
    ],
)
async def test_a_file_under_its_version_is_kept_for_good(site, path, content_type):
    answer = await site.get(file_address(path), headers={"Accept-Encoding": "identity"})
    assert answer.status == 200
    assert answer.content_type == content_type
    assert "immutable" in answer.headers["Cache-Control"]
    assert await answer.read() == assets().files[path].content


async def test_a_compressed_file_is_the_same_file_with_a_tag_of_its_own(site):
    plain = await site.get(file_address("money.js"), headers={"Accept-Encoding": "identity"})
    zipped = await site.get(file_address("money.js"), headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await zipped.read()) == await plain.read()
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert zipped.headers["Vary"] == "Accept-Encoding"


async def test_a_page_of_another_version_gets_todays_file_but_may_not_keep_it(site):
    answer = await site.get("/static/000000000000/money.js")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["nothing.js", "../pages.py", "..%2fpages.py", "%2e%2e/%2e%2e/pages.py", "vendor"]
)
async def test_only_listed_files_are_served(site, path):
    answer = await site.get(f"{assets().base}/{path}", headers={"Accept": "*/*"})
    assert answer.status == 404


async def test_an_address_without_a_page_is_a_page_that_says_so(site):
    answer = await site.get("/nothing/here", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "pages/not_found.js" in await answer.text()


async def test_what_is_not_for_readers_is_refused_without_a_page(site):
    assert (await site.get("/nothing", headers={"Accept": "*/*"})).content_type == "text/plain"
    answer = await site.get("/api/nothing", headers={"Accept": "text/html"})
    assert (answer.status, answer.content_type) == (404, "text/plain")
    assert (await site.post("/api/time")).status == 405
