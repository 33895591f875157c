"""A real browser for tests: the system's Chromium, or the one that Playwright installed."""

import os
import shutil
from contextlib import asynccontextmanager

from playwright.async_api import async_playwright

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def opened_browser():
    """Yield a headless browser. `LUOCHUI_CHROMIUM` names another one."""
    path = os.environ.get("LUOCHUI_CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
