"""The walk goes on after issue: facts are asked, and an agency takes its part back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page

from contracts.asked import Act
from contracts.commands import AnswerFact as Answer
from contracts.commands import AskCorrection, AskFacts
from contracts.ids import CaseId, StepName
from contracts.wire import Evidence
from tests.e2e.people import another, speak
from tests.e2e.stage import Stage

Visit = Callable[[str, Page, str], Awaitable[None]]
SAID = {
    "/reason": "Data yang menjadi dasarnya ternyata milik orang lain.",
    "/legal_basis": "UU 30/2014 Pasal 64",
    "/objection": "KPP Pratama (contoh), loket 2, dalam 21 hari kerja",
}


async def walk_afterwards(stage: Stage, page: Page, visit: Visit, case: str) -> None:
    """Go over an issued case: an officer and an operator are signed in."""
    await _facts(stage, page, visit, case)
    await visit("after-given", page, f"{stage.url}/petugas/hasil?case={case}")
    address = f"{stage.url}/petugas/hasil/{case}/taxpayer/ask/1"
    await visit("after-revoke", page, address)
    credential = await (await page.request.get(f"{stage.url}/permohonan/{case}/hasil.jwt")).text()
    await page.goto(address)
    for name, text in SAID.items():
        await page.fill(f'[name="{name}"]', text)
    await page.click("main .submit button")
    await page.locator(".box.good").wait_for()
    await page.goto(f"{stage.url}/permohonan/{case}")
    await visit("after-progress", page, f"{stage.url}/permohonan/{case}")
    await visit("after-output", page, f"{stage.url}/permohonan/{case}/hasil")
    await visit("operator-after", page, f"{stage.url}/operasi/permohonan/{case}")
    for language in ("id", "en"):
        await speak(page, stage, language)
        await page.goto(f"{stage.url}/verifikasi")
        await page.fill("#teks", credential)
        await page.click("main .submit button")
        await visit("after-verified", page, "")
    await speak(page, stage, "id")


async def _facts(stage: Stage, page: Page, visit: Visit, case: str) -> None:
    """The place of business is asked of who confirmed it, which differs, and is asked to correct it."""
    engine, place, act = stage.parts.engine, StepName("place"), Act(actor="Bagus", reason="yearly")
    await engine.submit(CaseId(case), AskFacts(act=act))
    await visit("after-questions", await another(stage, page, "works"), f"{stage.url}/petugas/fakta")
    evidence = Evidence(kind="attested", received_at=stage.calls.now(), digest="sha256:0", actor="dpupr/Wati")
    different = Answer(step=place, round=1, fact="business_address", number=1, answer="different", evidence=evidence)
    await engine.submit(CaseId(case), different)
    await engine.submit(CaseId(case), AskCorrection(step=place, act=act))
    await visit("after-facts", page, f"{stage.url}/operasi/fakta")
