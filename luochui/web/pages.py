"""The pages: one shell, filled by the module that the address names; the API's documentation has its own."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib import resources
from string import Template

from aiohttp import ETag, web

from luochui.web.assets import assets, content_security_policy, import_map_hash

__all__ = ["add_pages", "content_security_policy", "import_map_hash"]

PAGES = {
    "/": ("catalogue", "标的目录"),
    "/login": ("login", "登录"),
    "/lots/{lot_id}": ("room", "竞价大厅"),
    "/watch/{lot_id}": ("watch", "现场大屏"),
    "/board": ("board", "竞价总览"),
    "/console": ("console_lots", "主持台"),
    "/console/{lot_id}": ("console", "主持台"),
    "/settlement": ("settlement", "保证金"),
    "/supervision": ("supervision_lots", "监督"),
    "/supervision/{lot_id}": ("supervision", "监督"),
    "/owner": ("owner", "我的标的"),
}
"""Module and Chinese title of the page at each address; the module translates the title."""

_STYLES = ("tokens", "base", "layout", "components", "room", "screens", "desk")
_YEAR_S = 31_536_000
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_pages(app: web.Application) -> None:
    """Let `app` serve every page, the files they load, and a page for addresses that do not exist."""
    app.router.add_get("/static/{version}/{path:.+}", _serve_asset)
    for address, (page, title) in PAGES.items():
        app.router.add_get(address, _serving(partial(_rendered, page, title)))
    app.router.add_get("/docs", _serving(_rendered_docs))
    # What is not a page answers for itself: a wrong address of the API is the API's to refuse.
    app.router.add_get("/{path:(?!api/|socket\\.io/|static/).*}", _not_found)


async def _serve_asset(request: web.Request) -> web.StreamResponse:
    known = assets()
    asset = known.files.get(request.match_info["path"])
    if asset is None:
        raise web.HTTPNotFound
    headers = {"Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if request.match_info["version"] == known.version:
        headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    else:  # A page of another version asks, as happens during a rolling update: today's file serves.
        headers["Cache-Control"] = "no-store"
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return _unless_known(
        request,
        etag=f"{asset.etag}-gzip" if zipped else asset.etag,
        body=asset.compressed if zipped else asset.content,
        content_type=asset.content_type,
        headers=headers,
    )


def _serving(render: Callable[[], bytes]) -> _Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        body = render()
        return _unless_known(
            request,
            etag=hashlib.sha256(body).hexdigest()[:20],
            body=body,
            content_type="text/html",
            headers=_page_headers(),
        )

    return serve


async def _not_found(request: web.Request) -> web.StreamResponse:
    if "text/html" not in request.headers.get("Accept", ""):
        raise web.HTTPNotFound
    return web.Response(
        status=404,
        body=_rendered("not_found", "页面不存在"),
        content_type="text/html",
        charset="utf-8",
        headers=_page_headers(),
    )


def _page_headers() -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Content-Security-Policy": content_security_policy()}


def _unless_known(
    request: web.Request, *, etag: str, body: bytes, content_type: str, headers: dict[str, str]
) -> web.Response:
    """Return the body, or 304 where the browser says that it has this very one."""
    known = request.if_none_match or ()
    if any(tag.value in (etag, "*") for tag in known):
        headers.pop("Content-Encoding", None)
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(
            body=body, content_type=content_type, charset="utf-8", headers=headers
        )
    response.etag = ETag(etag)
    return response


@cache
def _rendered(page: str, title: str) -> bytes:
    known = assets()
    styles = [f"css/{name}.css" for name in _STYLES]
    if "vendor/uplot.js" in (modules := known.needed_by(f"pages/{page}.js")):
        styles.append("vendor/uplot.css")
    shell = _template("shell.html")
    return shell.substitute(
        title=title,
        page=page,
        base=known.base,
        import_map=known.import_map(),
        styles="\n".join(f'<link rel="stylesheet" href="{known.base}/{s}">' for s in styles),
        preloads="\n".join(f'<link rel="modulepreload" href="{known.base}/{m}">' for m in modules),
    ).encode()


@cache
def _rendered_docs() -> bytes:
    return _template("docs.html").substitute(base=assets().base).encode()


def _template(name: str) -> Template:
    return Template((resources.files("luochui.web") / name).read_text(encoding="utf-8"))
