"""Who sits before the browser: signed in, in another browser, in another language."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page

from tests.e2e.stage import TOKENS, Stage


async def sign_in(context: BrowserContext, stage: Stage, role: str) -> None:
    """Sign somebody in."""
    page = await context.new_page()
    await page.goto(f"{stage.url}/masuk")
    await page.fill("#f-token", TOKENS[role])
    await page.click("main button[type=submit]")
    # A page that is closed while it is on its way somewhere may never be closed, and may not be signed in.
    await page.wait_for_url(lambda url: not url.endswith("/masuk"))
    await page.close()


async def another(stage: Stage, page: Page, role: str) -> Page:
    """Give a page of somebody else, who is signed in in a browser of their own."""
    browser = page.context.browser
    assert browser is not None
    theirs = await browser.new_context(locale="id-ID")
    await sign_in(theirs, stage, role)
    return await theirs.new_page()


async def speak(page: Page, stage: Stage, language: str) -> None:
    """Choose the language of the pages from now on."""
    await page.context.add_cookies([{"name": "gapura_language", "value": language, "url": stage.url}])
