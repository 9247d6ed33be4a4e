"""People at work in a real browser: an applicant without JavaScript, an officer, an operator, and whoever verifies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from contracts.ids import AskKey
from tests.e2e.browser import a_browser
from tests.e2e.people import sign_in
from tests.e2e.stage import ANSWERS, SERVICE, TOKENS, Stage, stage
from tests.e2e.tour import NO_MATCH, altered, apply, fill_in, until
from tests.eventually import eventually_async


@asynccontextmanager
async def visitor(
    tmp_path: Path, *, script: bool = True, **behaviour: list[str]
) -> AsyncGenerator[tuple[Stage, Page], None]:
    """Give a gateway and a page of a browser; with `script` False, JavaScript is off."""
    behaves = {name.replace("__", "/").replace("_", "-") + "@1": how for name, how in behaviour.items()}
    async with a_browser() as browser, stage(tmp_path, script=behaves) as running:  # type: ignore[arg-type]  # words of Behaviour
        context = await browser.new_context(java_script_enabled=script, locale="id-ID")
        yield running, await context.new_page()


async def other_browser(page: Page) -> BrowserContext:
    """Give a browser that knows nothing of the first one's cookies."""
    browser = page.context.browser
    assert browser is not None
    return await browser.new_context(locale="id-ID")


async def test_an_applicant_without_javascript_cannot_apply_or_follow(tmp_path: Path) -> None:
    async with visitor(tmp_path, script=False) as (running, page):
        await page.goto(running.url)
        await page.click("text=Memulai usaha")
        await page.click("text=Mulai >> nth=-1")
        await fill_in(page, {**ANSWERS, "/nik": "12"})
        await page.click('button[name="_add"]')
        await fill_in(page, {"/workers/0/name": "Joko Prasetyo", "/workers/0/nik": "3303051508950000"})
        await page.click("#formulir .submit button")
        assert (await page.title()).startswith("Kesalahan:")
        await page.click(".summary a")
        assert page.url.endswith("#f-nik")
        assert await page.input_value('[name="/workers/0/name"]') == "Joko Prasetyo"
        await fill_in(page, {"/nik": ANSWERS["/nik"]})
        await page.click("#formulir .submit button")
        await page.wait_for_url("**/permohonan/*")
        assert await page.locator(".step").count() == len(running.plan.plan.steps)
        assert await page.locator("noscript meta").count() == 1 or "refresh" in await page.content()
        assert "gpc_" not in page.url + await page.title()
        assert ANSWERS["/nik"].replace(" ", "") not in page.url + await page.title()


async def test_sending_a_form_twice_opens_two_cases(tmp_path: Path) -> None:
    async with visitor(tmp_path, script=False) as (running, page):
        tabs = [page, await page.context.new_page(), await page.context.new_page()]
        for tab, name in zip(tabs, ("Warung Bu Sri", "Warung Bu Sri", "Usaha lain"), strict=True):
            await tab.goto(f"{running.url}/layanan/{SERVICE}/formulir")
            await fill_in(tab, {**ANSWERS, "/business/name": name})
        await asyncio.gather(*(tab.click("#formulir .submit button") for tab in tabs[:2]))
        assert tabs[0].url == tabs[1].url, "two tabs, two cases"
        await tabs[2].click("#formulir .submit button")
        assert "sudah dikirim" in await tabs[2].inner_text(".summary")
        await page.go_back()
        assert "Formulir ini sudah dikirim" in await page.inner_text("main")
        await page.click("text=Isi formulir baru")
        await fill_in(page, ANSWERS)
        await page.click("#formulir .submit button")
        await page.wait_for_url("**/permohonan/*")
        assert page.url != tabs[1].url, "a new form is no repetition"


async def test_the_language_switch_loses_the_answers(tmp_path: Path) -> None:
    async with visitor(tmp_path, script=False) as (running, page):
        await page.goto(f"{running.url}/layanan/{SERVICE}/formulir")
        await fill_in(page, {"/full_name": "Sri Rahayu", "/kbli": "56103"})
        await page.click("button.language")
        assert await page.get_attribute("html", "lang") == "en"
        assert await page.input_value('[name="/full_name"]') == "Sri Rahayu"
        assert await page.input_value('[name="/kbli"]') == "56103"
        await page.goto(running.url)
        assert await page.inner_text("h1") == "One form. Every agency. One result."


async def test_return_in_a_form_does_something_else_than_sending_it(tmp_path: Path) -> None:
    async with visitor(tmp_path) as (running, page):
        await page.goto(f"{running.url}/layanan/{SERVICE}/formulir")
        await fill_in(page, ANSWERS)
        await page.focus('[name="/nik"]')
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/permohonan/*")


async def test_a_step_that_moves_is_not_shown_until_the_page_is_loaded_again(tmp_path: Path) -> None:
    async with visitor(tmp_path) as (running, page):
        case = await apply(page, running, ANSWERS)
        await until(page, "Sedang diperiksa petugas")
        await page.evaluate("window.same = true")
        desk = await page.context.new_page()
        await sign_in(page.context, running, "officer")
        await desk.goto(f"{running.url}/petugas")
        await desk.click(".tasks a")
        assert "Sri Rahayu" in await desk.inner_text("main")
        await fill_in(desk, {"/status": "active", "/active_from": "24-11-2026"})
        await desk.click(".box.decision button[type=submit]")
        assert "Tercatat" in await desk.inner_text("main")
        await page.locator("section.box.good").wait_for()
        assert await page.evaluate("window.same") is True, "the page was loaded again"
        assert await page.inner_text("#ringkas") == "Hasil layanan bersama sudah terbit."
        await page.goto(f"{running.url}/permohonan/{case}/hasil")
        assert "24 November 2026" in await page.inner_text("main")


async def test_a_correction_cannot_be_made(tmp_path: Path) -> None:
    async with visitor(tmp_path, script=False) as (running, page):
        case = await apply(page, running, NO_MATCH)
        await page.goto(f"{running.url}/permohonan/{case}")
        await page.click("text=Perbaiki jawaban")
        assert await page.locator("#formulir .question").count() == 2
        await page.click("#formulir .submit button")
        assert "Jawaban masih sama" in await page.inner_text(".summary")
        await fill_in(page, {"/full_name": "Sri Rahayu"})
        await page.click("#formulir .submit button")
        await page.wait_for_url(f"**/permohonan/{case}")
        assert "Perlu tindakan Anda" not in await page.inner_text("main")


async def test_an_application_cannot_be_opened_on_another_device_or_by_a_stranger(tmp_path: Path) -> None:
    async with visitor(tmp_path) as (running, page):
        case = await apply(page, running, ANSWERS)
        await page.click("summary")
        code = await page.inner_text("details .code")
        elsewhere = await (await other_browser(page)).new_page()
        reply = await elsewhere.goto(f"{running.url}/permohonan/{case}")
        assert reply is not None
        assert reply.status == 401
        await elsewhere.goto(f"{running.url}/permohonan")
        await fill_in(elsewhere, {"/case": case, "/code": f"{code[:-1]}x"})
        await elsewhere.click("main .submit button")
        assert "tidak cocok" in await elsewhere.inner_text(".summary")
        await fill_in(elsewhere, {"/case": case.upper(), "/code": f" {code} "})
        await elsewhere.click("main .submit button")
        await elsewhere.wait_for_url(f"**/permohonan/{case}")
        await elsewhere.click("text=Lupakan di perangkat ini")
        reply = await elsewhere.goto(f"{running.url}/permohonan/{case}")
        assert reply is not None
        assert reply.status == 401


async def test_a_draft_is_lost_with_the_browser_or_sent_twice(tmp_path: Path) -> None:
    async with visitor(tmp_path, script=False) as (running, page):
        await page.goto(f"{running.url}/layanan/{SERVICE}/formulir")
        await fill_in(page, {name: answer for name, answer in ANSWERS.items() if name != "/nik"})
        await page.click("text=Simpan dan lanjutkan nanti")
        await page.wait_for_url("**/draf/*")
        draft = page.url.rpartition("/")[2]
        shown = await page.locator("dd.code").all_inner_texts()
        assert "gpc_" not in page.url + await page.title()
        elsewhere = await (await other_browser(page)).new_page()
        await elsewhere.goto(f"{running.url}/permohonan")
        await fill_in(elsewhere, {"/case": shown[0], "/code": shown[1]})
        await elsewhere.click("main .submit button")
        await elsewhere.wait_for_url(f"**/draf/{draft}")
        await elsewhere.click("text=Lanjutkan mengisi")
        assert await elsewhere.input_value('[name="/full_name"]') == ANSWERS["/full_name"]
        await elsewhere.click("#formulir .submit button")
        assert (await elsewhere.title()).startswith("Kesalahan:")
        await fill_in(elsewhere, {"/nik": ANSWERS["/nik"]})
        await elsewhere.click("#formulir .submit button")
        await elsewhere.wait_for_url(f"**/permohonan/{draft}")
        await page.click("text=Lanjutkan mengisi")
        await page.wait_for_url(f"**/permohonan/{draft}")


async def test_an_operator_cannot_mend_what_was_not_answered(tmp_path: Path) -> None:
    twice = ["rejects", "answers", "rejects"]  # the first round's ask, its undo, the second round's ask
    async with visitor(tmp_path, script=False, dpupr__confirm_kkpr=twice) as (running, page):
        case = await apply(page, running, ANSWERS)
        await sign_in(page.context, running, "operator")
        await page.goto(f"{running.url}/operasi?mark=held")
        await page.click(f"text={case}")
        await page.click("text=Ambil insiden")
        await fill_in(page, {"/owner": "Bagus, operator jaga", "/reason": "saya urus"})
        await page.click("main .submit button")
        assert "Bagus, operator jaga" in await page.inner_text(".incident")
        await page.click("text=Ganti masukan")
        await fill_in(page, {"/input/kbli": "561", "/input/address/street": "Jl. Contoh 12", "/reason": "salah ketik"})
        await page.click("main .submit button")
        mistakes = await page.locator(".summary a").evaluate_all("links => links.map(link => link.hash)")
        assert mistakes == ["#f-input-kbli", "#f-input-address-village"]
        await fill_in(page, {"/input/kbli": "56103", "/input/address/village": "33.03.05.1011"})
        await page.click("main .submit button")
        await page.wait_for_url("**selesai=replace")
        await eventually_async(lambda: _asked_again(running, page, case))
        await page.click("text=Isi hasil dengan tangan")
        await page.click("main .submit button")
        mistakes = await page.locator(".summary a").all_inner_texts()
        assert mistakes == ["Isi nomor KKPR", "Isi zona", "Pilih keputusan", "Isi bukti", "Isi alasan"]
        assert await page.locator("#f-output-number[aria-invalid]").count() == 1
        given = {"/output/number": "12", "/output/zone": "Perdagangan dan jasa", "/output/decision": "permitted"}
        await fill_in(page, {**given, "/evidence": "Surat DPUPR 12/2026", "/reason": "sistem DPUPR mati"})
        await page.press("#f-output-number", "Enter")
        assert await page.locator(".summary a").get_attribute("href") == "#f-output-number"
        await page.click("button[lang=en]")
        assert await page.inner_text("h1") == "Contribute by hand"
        assert await page.input_value("#f-output-zone") == "Perdagangan dan jasa"
        await page.click("button[lang=id]")
        await fill_in(page, {"/output/number": "KKPR-33.03-2026-000009"})
        await page.click("main .submit button")
        await page.wait_for_url("**/operasi/permohonan/*")
        assert await page.locator(".incident").count() == 0
        assert "sistem DPUPR mati" in await page.inner_text(".log")
        await page.goto(f"{running.url}/permohonan/{case}")
        assert "KKPR" in await page.inner_text(".step.tone-done >> nth=1")


async def _asked_again(running: Stage, page: Page, case: str) -> bool:
    """Load the operator's page of a case; say whether the new round was asked, and not answered either."""
    await page.goto(f"{running.url}/operasi/permohonan/{case}")
    asked = ("ask", AskKey(f"{case}/place/ask/2")) in running.fake.calls
    return asked and await page.locator(".incident").count() == 1


async def test_a_code_after_the_number_sign_is_sent_in_an_address_or_not_verified(tmp_path: Path) -> None:
    async with visitor(tmp_path) as (running, page):
        case = await apply(page, running, ANSWERS)
        await sign_in(page.context, running, "officer")
        await page.goto(f"{running.url}/petugas")
        await page.click(".tasks a")
        await fill_in(page, {"/status": "active", "/active_from": "24-11-2026"})
        await page.click(".box.decision button[type=submit]")
        await page.goto(f"{running.url}/permohonan/{case}")
        await page.locator("section.box.good").wait_for()
        credential = await (await page.request.get(f"{running.url}/permohonan/{case}/hasil.jwt")).text()
        for text, word in ((credential, "Asli dan berlaku"), (altered(credential), "Berubah")):
            await page.goto("about:blank")
            await page.goto(f"{running.url}/verifikasi#{text}")
            await expect(page.locator("#putusan")).to_have_text(word)
            assert "#" not in page.url


async def test_an_officer_reaches_what_is_an_operators(tmp_path: Path) -> None:
    async with visitor(tmp_path) as (running, page):
        await page.goto(f"{running.url}/operasi")
        await page.fill("#f-token", TOKENS["officer"])
        await page.click("main .submit button")
        assert page.url == f"{running.url}/petugas"
        reply = await page.goto(f"{running.url}/operasi")
        assert reply is not None
        assert reply.status == 403
        await page.goto(f"{running.url}/petugas")
        await page.click("text=Keluar")
        reply = await page.goto(f"{running.url}/petugas")
        assert reply is not None
        assert reply.status == 401
