"""A walk over every page in every state that matters: what the pictures show and what axe judges."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from playwright.async_api import BrowserContext, FilePayload, Page

from contracts.commands import RecordAnswer
from contracts.ids import AskKey, CaseId, StepName
from tests.e2e.people import sign_in, speak
from tests.e2e.stage import ANSWERS, SERVICE, WORKER, Stage
from tests.e2e.tour_afterwards import walk_afterwards
from tests.integration.samples import load_samples
from workflows.agencies.fake import Behaviour

SCRIPT: Final[dict[str, list[Behaviour]]] = {
    "dpupr/confirm-kkpr@1": ["answers", "answers", "rejects"],
    "oss/register-business@2": ["busy", "busy"],
    "bpjs/enrol-employer@1": ["later"],
}
"""How agencies behave during the walk: the business register fails twice, the insurance answers later."""
NO_MATCH: Final = {**ANSWERS, "/full_name": "Budi Santoso"}
FOREST: Final = {
    **ANSWERS,
    "/kbli": "13134",
    "/business/address/street": "Jl. Contoh 3 RT 01 RW 01",
    "/business/address/village": "33.03.10.2001",
}


Visit = Callable[[str, Page, str], Awaitable[None]]
"""Is told of each stop: its name, the page, and its address; no address: the page as it stands, from a POST."""


async def fill_in(page: Page, answers: Mapping[str, str]) -> None:
    """Answer the questions that are shown."""
    for name, value in answers.items():
        box = page.locator(f'[name="{name}"]').first
        if await box.evaluate("node => node.tagName") == "SELECT":
            await box.select_option(value)
        elif await box.get_attribute("type") in {"radio", "checkbox"}:
            await page.check(f'[name="{name}"][value="{value}"]')
        else:
            await box.fill(value)


async def apply(page: Page, stage: Stage, answers: Mapping[str, str], *, worker: bool = False) -> str:
    """Apply as an applicant does; give the reference."""
    await page.goto(f"{stage.url}/layanan/{SERVICE}/formulir?baru=1")
    if worker:
        await page.click('button[name="_add"]')
    await fill_in(page, {**answers, **(WORKER if worker else {})})
    await page.click("form#formulir .submit button")
    await page.wait_for_url("**/permohonan/*")
    return page.url.rsplit("/", maxsplit=1)[1]


async def until(page: Page, text: str) -> None:
    """Wait until the page says something."""
    await page.get_by_text(text).first.wait_for()


async def answer_late(stage: Stage, case: str) -> None:
    """Let the insurance call back."""
    told = await stage.fake.decide_later(AskKey(f"{case}/workers/ask/1"), stage.plan.contracts["workers"])
    command = RecordAnswer(step=StepName("workers"), round=1, verb="ask", heard=told.heard, evidence=told.evidence)
    await stage.parts.engine.submit(CaseId(case), command)


async def walk(stage: Stage, context: BrowserContext, visit: Visit) -> None:
    """Go over every page; the stage must run with `SCRIPT`."""
    await walk_public_pages(stage, context, visit)
    await walk_cases(stage, context, visit)


async def walk_public_pages(stage: Stage, context: BrowserContext, visit: Visit) -> None:
    """Go over the pages that anyone can open, and over forms sent wrong."""
    page = await context.new_page()
    for name, path in (
        ("home", "/"),
        ("service", f"/layanan/{SERVICE}"),
        ("form", f"/layanan/{SERVICE}/formulir"),
        ("find", "/permohonan"),
        ("verify", "/verifikasi"),
        ("help", "/bantuan"),
        ("calendars", "/kalender"),
        ("calendar", "/kalender/id-purbalingga"),
        ("sign-in", "/masuk"),
        ("problem-not-found", "/layanan/tidak-ada"),
        ("problem-not-signed-in", "/permohonan/k7pm-2xq9-3fhz-8wtc"),
        ("agreements", "/kesepakatan"),
        ("agreement", f"/kesepakatan/{next(iter(stage.parts.engine.directory.agreements))}"),
    ):
        await visit(name, page, f"{stage.url}{path}")
    for language in ("id", "en"):
        await speak(page, stage, language)
        await _mistakes(stage, page, visit)
    await speak(page, stage, "id")


async def walk_cases(stage: Stage, context: BrowserContext, visit: Visit) -> None:
    """Go over four applications in every state that matters, as applicant, officer and operator see them."""
    page = await context.new_page()
    case = await _an_application(stage, page, visit)
    await _a_refusal(stage, page, visit)
    await _a_correction(stage, page, visit)
    await _an_incident(stage, page, visit)
    await _the_end(stage, page, visit, case)
    await walk_afterwards(stage, page, visit, case)
    await _a_birth(stage, page, visit)


async def _mistakes(stage: Stage, page: Page, visit: Visit) -> None:
    """Forms sent wrong: each shows what to do."""
    await page.goto(f"{stage.url}/layanan/{SERVICE}/formulir")
    await page.click('button[name="_add"]')
    await fill_in(page, {"/nik": "12345", "/full_name": "Sri Rahayu", "/phone": "telepon"})
    await page.click("form#formulir .submit button")
    await visit("form-mistakes", page, "")
    await page.goto(f"{stage.url}/layanan/{SERVICE}/formulir")
    await fill_in(page, {**ANSWERS, "/nik": "9903059903900000"})
    await page.click("form#formulir .submit button")
    await visit("form-warning", page, "")
    await fill_in(page, {"/full_name": "Sri"})
    await page.click('button[name="_save"]')
    await visit("draft", page, "")
    await page.goto(f"{stage.url}/permohonan")
    await fill_in(page, {"/case": "k7pm-2xq9-3fhz-8wtc", "/code": "gpc_salah"})
    await page.click("main .submit button")
    await visit("find-mistakes", page, "")
    await page.goto(f"{stage.url}/masuk")
    await page.fill("#f-token", "salah")
    await page.click("main .submit button")
    await visit("sign-in-mistakes", page, "")


async def _an_application(stage: Stage, page: Page, visit: Visit) -> str:
    """An application on its way, an officer's desk, the operator's view of it."""
    case = await apply(page, stage, ANSWERS, worker=True)
    await until(page, "Sedang diperiksa petugas")
    await visit("progress", page, f"{stage.url}/permohonan/{case}")
    await visit("form-sent", page, f"{stage.url}/layanan/{SERVICE}/formulir")
    for role in ("officer", "operator"):
        await sign_in(page.context, stage, role)
    await visit("inbox", page, f"{stage.url}/petugas")
    await page.goto(f"{stage.url}/petugas")
    await page.click(".tasks a")
    await visit("task", page, page.url)
    for language in ("id", "en"):
        await speak(page, stage, language)
        await page.reload()
        await page.click("details.decision summary >> nth=-1")
        await page.click("details.decision[open] button[type=submit]")
        await visit("task-mistakes", page, "")
        await page.goto(page.url)
    await visit("operator-case", page, f"{stage.url}/operasi/permohonan/{case}")
    await visit("operator-case-compressed", page, f"{stage.url}/operasi/permohonan/{case}?skala=compressed")
    await speak(page, stage, "id")
    return case


async def _a_refusal(stage: Stage, page: Page, visit: Visit) -> None:
    """An application that is refused: a closing record says where to object."""
    case = await apply(page, stage, FOREST)
    await until(page, "Surat penutupan")
    await visit("progress-refused", page, f"{stage.url}/permohonan/{case}")
    await visit("closing-record", page, f"{stage.url}/permohonan/{case}/hasil")


async def _a_correction(stage: Stage, page: Page, visit: Visit) -> None:
    """An application that comes back with just the questions to correct."""
    case = await apply(page, stage, NO_MATCH)
    await until(page, "Perlu tindakan Anda")
    await visit("progress-your-move", page, f"{stage.url}/permohonan/{case}")
    await visit("correction", page, f"{stage.url}/permohonan/{case}/perbaikan")
    await visit("withdraw", page, f"{stage.url}/permohonan/{case}/tarik")


async def _an_incident(stage: Stage, page: Page, visit: Visit) -> None:
    """A step that is not answered, and everything that an operator can do about it."""
    case = await apply(page, stage, ANSWERS)
    await until(page, "Belum terjawab")
    await visit("progress-not-answered", page, f"{stage.url}/permohonan/{case}")
    address = f"{stage.url}/operasi/permohonan/{case}"
    await visit("operator-incident", page, address)
    place = "step=place&item=&round=1"
    for act in ("ask-again", "replace", "contribute", "take-incident"):
        await visit(f"act-{act}", page, f"{address}/tindakan/{act}?{place}")
    await visit("act-end", page, f"{address}/tindakan/end")
    for language in ("id", "en"):
        await speak(page, stage, language)
        await page.goto(f"{address}/tindakan/contribute?{place}")
        await page.fill('[name="/output/number"]', "1")
        await page.click("main .submit button")
        await visit("act-mistakes", page, "")
    await speak(page, stage, "id")
    await page.goto(f"{address}/tindakan/pause")
    await page.fill('[name="/reason"]', "Pemeliharaan jaringan instansi")
    await page.click("main .submit button")
    await visit("operator-paused", page, address)
    await visit("operator-cases", page, f"{stage.url}/operasi")
    await visit("operator-promises", page, f"{stage.url}/operasi/janji")
    await visit("operator-hooks", page, f"{stage.url}/operasi/pemberitahuan")
    await visit("operator-agreements", page, f"{stage.url}/operasi/kesepakatan")


async def _the_end(stage: Stage, page: Page, visit: Visit, case: str) -> None:
    """The officer decides, the insurance calls back: the joint output, verified, then altered."""
    await page.goto(f"{stage.url}/petugas")
    await page.click(".tasks a")
    await fill_in(page, {"/status": "active", "/active_from": "2026-11-24", "/office": "KPP Pratama (contoh)"})
    await page.click(".box.decision button[type=submit]")
    await visit("inbox-done", page, page.url)
    await answer_late(stage, case)
    await page.goto(f"{stage.url}/permohonan/{case}")
    await page.locator("section.box.good").wait_for()
    await visit("progress-done", page, f"{stage.url}/permohonan/{case}")
    await visit("joint-output", page, f"{stage.url}/permohonan/{case}/hasil")
    await visit("operator-issued", page, f"{stage.url}/operasi/permohonan/{case}")
    credential = await (await page.request.get(f"{stage.url}/permohonan/{case}/hasil.jwt")).text()
    for language in ("id", "en"):
        await speak(page, stage, language)
        for name, text in (
            ("verify-valid", credential),
            ("verify-altered", altered(credential)),
            ("verify-unknown", "x"),
        ):
            await page.goto(f"{stage.url}/verifikasi")
            await page.fill("#teks", text)
            await page.click("main .submit button")
            await visit(name, page, "")


async def _a_birth(stage: Stage, page: Page, visit: Visit) -> None:
    """A registrar hands a file in: one that is none first, then a PDF, which the parents then find with their case."""
    sample = load_samples("kelahiran")["kelahiran/01-both-parents"]
    applied = await page.request.post(f"{stage.url}/v1/services/kelahiran/cases", data=sample.form)
    receipt = await applied.json()
    await sign_in(page.context, stage, "registrar")
    await page.goto(f"{stage.url}/petugas")
    await page.click(".tasks a")
    await visit("task-upload", page, page.url)
    typed = sample.officers["birth"][0].output or {}
    (file,) = (name for name, value in typed.items() if isinstance(value, dict))
    for language in ("id", "en"):
        await speak(page, stage, language)
        await page.reload()
        await page.set_input_files(f'[name="/{file}"]', _file("akta.pdf", b"hello"))
        await page.click(".box.decision button[type=submit]")
        await visit("task-upload-mistakes", page, "")
    await speak(page, stage, "id")
    await fill_in(page, {f"/{name}": value for name, value in typed.items() if name != file})
    await page.set_input_files(f'[name="/{file}"]', _file("akta.pdf", b64decode(typed[file]["bytes"])))
    await page.click(".box.decision button[type=submit]")
    await page.goto(f"{stage.url}/permohonan")
    await fill_in(page, {"/case": receipt["case"], "/code": receipt["secret"]})
    await page.click("main .submit button")
    await page.locator("section.box.good").wait_for()
    await visit("progress-documents", page, f"{stage.url}/permohonan/{receipt['case']}")
    await visit("joint-output-documents", page, f"{stage.url}/permohonan/{receipt['case']}/hasil")


def _file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def altered(credential: str) -> str:
    """Change one character of a credential's payload."""
    head, payload, signature = credential.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return ".".join((head, payload[:middle] + other + payload[middle + 1 :], signature))
