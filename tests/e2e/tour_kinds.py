"""A walk over what is done with steps beyond asking: announcing, acting oneself, sharing a desk, sheets, many cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from playwright.async_api import BrowserContext, FilePayload, Page

from contracts.ids import CaseId
from tests.e2e.people import another, sign_in, speak
from tests.e2e.stage import Stage
from tests.e2e.tour import Visit, fill_in
from tests.eventually import eventually_async
from tests.gateways import PAPER
from tests.integration.samples import load_samples

SERVICES: Final = Path(__file__).parent / "sumur"
"""What the stage must offer besides the example: two services about wells."""
WELL: Final = {"name": "Sri Rahayu", "street": "Jl. Contoh 12 RT 02 RW 05"}
WELLS: Final = {**WELL, "wells": [{"id": "depan", "depth": 40}, {"id": "belakang", "depth": 65}]}
LANGUAGES: Final = ("id", "en")
FILE: Final[FilePayload] = {"name": "surat-pernyataan.pdf", "mimeType": "application/pdf", "buffer": PAPER}


async def walk_kinds(stage: Stage, context: BrowserContext, visit: Visit) -> None:
    """Go over them; the stage must offer `SERVICES` too."""
    page = await context.new_page()
    for role in ("licensing", "operator"):
        await sign_in(context, stage, role)
    cases = [(await _applied(stage, page, "izin-sumur", WELL))["case"] for _ in range(3)]
    for case in cases:
        await _stands(stage, case, "permit", "accepted")
    case = await _announcements(stage, page, visit)
    await visit("operator-objected", page, f"{stage.url}/operasi/permohonan/{case}")
    await _objections(stage, page, visit)
    await _desk(stage, page, visit)
    await _sheets(stage, page, visit)
    await _fetched(stage, page, visit)
    await _wells(stage, page, visit)
    await _many(stage, page, visit)


async def _applied(stage: Stage, page: Page, service: str, form: Mapping[str, Any]) -> dict[str, Any]:
    answer = await page.request.post(f"{stage.url}/v1/services/{service}/cases", data=dict(form))
    receipt: dict[str, Any] = await answer.json()
    return receipt


async def _stands(stage: Stage, case: str, step: str, state: str) -> None:
    """Wait until a step stands so, each item of it."""

    async def stands() -> bool:
        found = await stage.parts.engine.state(CaseId(case))
        tracks = found.tracks.items() if found is not None else ()
        return {rounds[-1].state for (name, _), rounds in tracks if name == step} == {state}

    await eventually_async(stands)


async def _announcements(stage: Stage, page: Page, visit: Visit) -> str:
    """Somebody else objects, first without a word of it; give the case."""
    listed = f"{stage.url}/layanan/izin-sumur/pengumuman"
    await page.goto(listed)
    await page.click(".box a.button")
    address = page.url
    await visit("objection", page, address)
    for language in LANGUAGES:
        await speak(page, stage, language)
        await page.goto(address)
        await page.click("form#formulir .submit button")
        await visit("objection-mistakes", page, "")
    objection = {"/grounds": "Sumur saya akan kering.", "/name": "Joko Prasetyo", "/contact": "081200000000"}
    await fill_in(page, objection)
    await page.click("form#formulir .submit button")
    await page.wait_for_url("**/pengumuman?*")
    await visit("announcements-sent", page, page.url)
    return address.split("/")[-2]


async def _objections(stage: Stage, page: Page, visit: Visit) -> None:
    """The lead decides, first without a reason."""
    address = f"{stage.url}/petugas/keberatan"
    await visit("objections", page, address)
    for language in LANGUAGES:
        await speak(page, stage, language)
        await page.goto(address)
        await page.click("button[name=tolak]")
        await visit("objections-mistakes", page, "")
    await page.fill("textarea", "Sumur dan rumah berjarak lebih dari seratus meter.")
    await page.click("button[name=tolak]")
    await visit("objections-decided", page, page.url)


async def _desk(stage: Stage, page: Page, visit: Visit) -> None:
    """One takes a task, looks at what would be recorded, and decides; a colleague has to confirm."""
    inbox = f"{stage.url}/petugas"
    colleague = await another(stage, page, "colleague")
    await page.goto(inbox)
    await page.click(".tasks button")
    address = page.url.partition("?")[0]
    await visit("task-another-s", colleague, address)
    for language in LANGUAGES:
        await speak(page, stage, language)
        await page.goto(address)
        await fill_in(page, {"/number": "SIPA-33.03-0001"})
        await page.click("button[name=pratinjau]")
        await visit("task-preview", page, "")
    await fill_in(page, {"/number": "SIPA-33.03-0001"})
    await page.click(".box.decision button[type=submit] >> nth=0")
    await visit("task-to-confirm", colleague, address)
    await colleague.goto(address)
    await colleague.click("button[value=confirm]")
    await visit("inbox-decided", colleague, f"{inbox}?show=done")


async def _sheets(stage: Stage, page: Page, visit: Visit) -> None:
    """A day's tasks as a sheet: wrong, then seen before it decides."""
    address = f"{stage.url}/petugas/lembar"
    sheet = (await (await page.request.get(f"{address}/permit?service=izin-sumur")).body()).decode("utf-8-sig")
    for name, decided in (
        ("sheets-mistakes", {"decision": "refuse"}),
        ("sheets-preview", {"decision": "contribute", "out number": "SIPA-33.03-0002"}),
    ):
        for language in LANGUAGES:
            await speak(page, stage, language)
            await page.goto(address)
            await page.set_input_files("#lembar", _sheet(sheet, decided))
            await page.click(".submit button")
            await visit(name, page, "")


def _sheet(data: str, decided: Mapping[str, str]) -> FilePayload:
    """Fill in the first row of a sheet."""
    header, first, *rest = list(csv.reader(io.StringIO(data)))
    written = io.StringIO()
    csv.writer(written).writerows(
        [header, [decided.get(name, cell) for name, cell in zip(header, first, strict=True)], *rest]
    )
    return {"name": "lembar.csv", "mimeType": "text/csv", "buffer": written.getvalue().encode()}


async def _fetched(stage: Stage, page: Page, visit: Visit) -> None:
    """What an agency behind a firewall has not fetched yet."""
    sample = load_samples("pindah-domisili")["pindah-domisili/01-own-house"]
    case = (await _applied(stage, page, "pindah-domisili", sample.form))["case"]
    await _stands(stage, case, "release", "asked")
    await visit("operator-fetched", page, f"{stage.url}/operasi/ambilan")


async def _wells(stage: Stage, page: Page, visit: Visit) -> None:
    """One part for each well, one that the law grants, and one that the applicant has to do."""
    receipt = await _applied(stage, page, "sumur-bor", WELLS)
    case = receipt["case"]
    await _stands(stage, case, "advice", "deemed")
    await page.goto(f"{stage.url}/permohonan")
    await fill_in(page, {"/case": case, "/code": receipt["secret"]})
    await page.click("main .submit button")
    await visit("progress-action", page, f"{stage.url}/permohonan/{case}")
    address = f"{stage.url}/permohonan/{case}/langkah/statement"
    for language in LANGUAGES:
        await speak(page, stage, language)
        await page.goto(address)
        await page.click("details.more summary")
        await page.click("form#formulir .submit button")
        await visit("action-mistakes", page, "")
    await page.goto(address)
    await page.check('[name="/agreed"]')
    await page.set_input_files('[name="/letter"]', FILE)
    await page.click("form#formulir .submit button")
    await page.locator("section.box.good").wait_for()
    await visit("joint-output-items", page, f"{stage.url}/permohonan/{case}/hasil")
    await visit("operator-items", page, f"{stage.url}/operasi/permohonan/{case}")


async def _many(stage: Stage, page: Page, visit: Visit) -> None:
    """Acts on many cases: nothing chosen, seen, carried out, and one that needs a second operator."""
    address = f"{stage.url}/operasi/massal"
    for language in LANGUAGES:
        await speak(page, stage, language)
        await page.goto(address)
        await page.click("button[name=lihat]")
        await visit("operator-bulk-mistakes", page, "")
        await page.select_option("#act", "end")
        await page.fill("#reason", "Banjir di kantor instansi")
        await page.click("button[name=lihat]")
        await visit("operator-bulk-preview", page, "")
    for act in ("pause", "end"):
        await page.goto(address)
        await page.select_option("#act", act)
        await page.fill("#reason", "Banjir di kantor instansi")
        await page.click("button[name=lihat]")
        await page.click("button[name=mulai]")
        await page.wait_for_url("**/massal/*")
        await visit(f"operator-bulk-{act}", page, page.url)
    await _a_second_person(stage, page, visit, page.url)


async def _a_second_person(stage: Stage, page: Page, visit: Visit, run: str) -> None:
    """Another operator looks at what cannot be taken back, and refuses it, first without saying why."""
    await visit("operator-approvals", page, f"{stage.url}/operasi/persetujuan")
    second = await another(stage, page, "second")
    await visit("operator-approval", second, run)
    for language in LANGUAGES:
        await speak(second, stage, language)
        await second.goto(run)
        await second.click("button[name=hentikan]")
        await visit("operator-approval-mistakes", second, "")
    await second.goto(run)
    await second.click("button[name=setujui]")
    await second.wait_for_url("**/massal/*")
    await visit("operator-approved", second, run)
    await visit("operator-approvals-over", second, f"{stage.url}/operasi/persetujuan")
    await visit("operator-tokens", second, f"{stage.url}/operasi/token")
