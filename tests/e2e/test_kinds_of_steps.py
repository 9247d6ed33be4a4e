"""Steps that no agency carries out, in a browser without JavaScript: objecting, deciding it, doing what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, FilePayload, Page

from gateway.pages import pages
from tests.e2e.browser import a_browser
from tests.gateways import PAPER, TOKENS, Gateway, running
from tests.integration.test_applicants_steps import asked
from tests.integration.test_objections import announced

WIDTHS: Final = (320, 1280)


async def a_page(browser: Browser, width: int) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False)
    return await context.new_page()


async def fits(page: Page) -> bool:
    """Whether nothing sticks out of the window: measured by the browser, since the page runs no script."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def press(page: Page) -> None:
    await page.click("form#formulir .submit button")


async def sign_in(page: Page, gateway: Gateway) -> None:
    await page.goto(f"{gateway.url}/masuk")
    await page.fill("#f-token", TOKENS["operator"])
    await page.click("main button[type=submit]")
    await page.wait_for_url("**/operasi")


@pytest.mark.timeout(120)
async def test_a_neighbour_cannot_object_or_an_operator_cannot_decide(tmp_path: Path) -> None:
    async with a_browser() as browser, running(tmp_path, pages=pages()) as gateway:
        case = (await announced(gateway))["case"]
        for width in WIDTHS:
            page = await a_page(browser, width)
            await page.goto(f"{gateway.url}/layanan/heard")
            await page.click("text=Pengumuman dan keberatan")
            assert await fits(page)
            await page.click('a.button:has-text("Ajukan keberatan")')
            await press(page)
            assert (await page.title()).startswith("Kesalahan:")
            assert await fits(page)
            await page.fill('[name="/grounds"]', "The well is ours.")
            await page.fill('[name="/name"]', "Sri")
            await page.fill('[name="/contact"]', "0812")
            await press(page)
            await page.get_by_text("Keberatan Anda sudah tercatat.").wait_for()
        operator = await a_page(browser, 1280)
        await sign_in(operator, gateway)
        await operator.goto(f"{gateway.url}/operasi/permohonan/{case}")
        assert "Sri (0812)" in await operator.inner_text("main")
        await operator.click('a.button:has-text("Terima keberatan")')
        await operator.fill('[name="/objection"]', "2")
        await operator.fill('[name="/reason"]', "The well is theirs.")
        await press(operator)
        await operator.wait_for_url("**/operasi/permohonan/*?selesai=uphold")
        assert "Keberatan orang lain diterima" not in await operator.inner_text("body")
        state = await gateway.parts.engine.state(case)
        assert state is not None
        assert state.status == "refused"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", WIDTHS)
async def test_an_applicant_cannot_do_what_a_step_asks(width: int, tmp_path: Path) -> None:
    async with a_browser() as browser, running(tmp_path, pages=pages()) as gateway:
        case, secret, _ = await asked(gateway)
        page = await a_page(browser, width)
        await page.goto(f"{gateway.url}/permohonan")
        await page.fill('[name="/case"]', case)
        await page.fill('[name="/code"]', secret)
        await page.click("main form button[type=submit] >> nth=-1")
        await page.click("text=Lakukan sekarang")
        assert await fits(page)
        await press(page)
        assert (await page.title()).startswith("Kesalahan:")
        await page.check('[name="/agreed"]')
        letter: FilePayload = {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": PAPER}
        await page.set_input_files('[name="/letter"]', files=[letter])
        await press(page)
        await page.get_by_text("Anda sudah melakukannya.").wait_for()
        assert "surat.pdf" in await page.inner_text("main")


@pytest.mark.timeout(120)
async def test_an_applicant_cannot_decline(tmp_path: Path) -> None:
    async with a_browser() as browser, running(tmp_path, pages=pages()) as gateway:
        case, secret, _ = await asked(gateway)
        page = await a_page(browser, 320)
        await page.goto(f"{gateway.url}/permohonan")
        await page.fill('[name="/case"]', case)
        await page.fill('[name="/code"]', secret)
        await page.click("main form button[type=submit] >> nth=-1")
        await page.goto(f"{gateway.url}/permohonan/{case}/langkah/letter")
        await page.click("summary")
        await page.click("details button")
        await page.get_by_text("Permohonan ditolak.").first.wait_for()
