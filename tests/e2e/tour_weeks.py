"""A walk over what takes weeks: a form that is saved and gone on with, and a case within a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.async_api import BrowserContext, Page

from tests.e2e.people import sign_in
from tests.e2e.stage import SERVICE, Stage
from tests.e2e.tour import Visit, fill_in
from tests.eventually import eventually_async
from tests.integration.samples import load_samples

BUILDING = "persetujuan-bangunan-gedung"
WITHIN = "kesesuaian-ruang"


async def walk_weeks(stage: Stage, context: BrowserContext, visit: Visit) -> None:
    """Go over them."""
    page = await context.new_page()
    await _a_draft(stage, page, visit)
    await _a_building(stage, page, visit)


async def _a_draft(stage: Stage, page: Page, visit: Visit) -> None:
    """Save a form half filled in, find it among one's applications, and go on."""
    await page.goto(f"{stage.url}/layanan/{SERVICE}/formulir?baru=1")
    await fill_in(page, {"/full_name": "Sri Rahayu"})
    await page.click('button[name="_save"]')
    await page.wait_for_url("**/draf/*")
    address = page.url.partition("?")[0]
    await visit("draft-again", page, address)
    await visit("draft-form", page, f"{address}/formulir")
    await visit("draft-found", page, f"{stage.url}/permohonan")


async def _a_building(stage: Stage, page: Page, visit: Visit) -> None:
    """The approval of a building: the applicant acts in it, and another service is a case of its own."""
    for name, path in (
        ("building-service", BUILDING),
        ("building-form", f"{BUILDING}/formulir"),
        ("space-service", WITHIN),
    ):
        await visit(name, page, f"{stage.url}/layanan/{path}")
    sample = load_samples(BUILDING)[f"{BUILDING}/01-house"]
    receipt = await (await page.request.post(f"{stage.url}/v1/services/{BUILDING}/cases", data=sample.form)).json()
    case = receipt["case"]
    await page.goto(f"{stage.url}/permohonan")
    await fill_in(page, {"/case": case, "/code": receipt["secret"]})
    await page.click("main .submit button")
    within = await _sub_case(stage, page, receipt)
    await visit("building-progress", page, f"{stage.url}/permohonan/{case}")
    await visit("building-plans", page, f"{stage.url}/permohonan/{case}/langkah/plans")
    await visit("building-within", page, f"{stage.url}/permohonan/{within}")
    await visit("building-found", page, f"{stage.url}/permohonan")
    await sign_in(page.context, stage, "operator")
    for name, one in (("operator-building", case), ("operator-building-within", within)):
        await visit(name, page, f"{stage.url}/operasi/permohonan/{one}")


async def _sub_case(stage: Stage, page: Page, receipt: Mapping[str, Any]) -> str:
    """Wait until the case within has been opened; give its reference."""

    async def opened() -> str:
        answer = await page.request.get(
            f"{stage.url}/v1/cases/{receipt['case']}", headers={"Authorization": f"Bearer {receipt['secret']}"}
        )
        return next((str(step["sub_case"]) for step in (await answer.json())["steps"] if step.get("sub_case")), "")

    return await eventually_async(opened)
