"""Documents of a case that is renewed are taken over: seen, replaced, and erased each by itself."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from contracts.ids import CaseId
from contracts.plan import Plan
from gateway.pages import pages
from tests.gateways import FORM, PAPER, Gateway, bearer, plan_of, running
from tests.integration.test_draft_pages import PDF, SAVED, Browser
from tests.integration.test_renewing import offer
from tests.integration.test_revoking_parts import becomes, call
from workflows.ports import Erased

HANDED = {"name": "Denah.pdf", "bytes": b64encode(PAPER).decode()}
OTHER = {"name": "Baru.pdf", "bytes": b64encode(PAPER + b"newer").decode()}


def ending(version: str, **changes: Any) -> Plan:
    before = plan_of("handed")
    return structs.replace(
        before, output=structs.replace(before.output, valid_for="30 days"), version=version, **changes
    )


async def issued(gateway: Gateway) -> dict[str, Any]:
    status, receipt = await call(gateway, "POST", "/v1/services/handed/cases", {}, {**FORM, "paper": HANDED})
    assert status == 202, receipt
    await becomes(gateway, receipt, "issued")
    return dict(receipt)


async def renewed(gateway: Gateway, old: dict[str, Any]) -> dict[str, Any]:
    status, draft = await call(gateway, "POST", f"/v1/cases/{old['case']}/renewal", bearer(old["secret"]))
    assert status == 201, draft
    return dict(draft)


async def paper_of(gateway: Gateway, case: str, secret: str) -> bytes:
    _, view = await call(gateway, "GET", f"/v1/cases/{case}", bearer(secret))
    (shown,) = (each for each in view["documents"] if each["field"] == "paper")
    path = f"{gateway.url}/v1/cases/{case}/documents/{shown['document']['digest']}"
    async with gateway.client.get(path, headers=bearer(secret)) as response:
        assert response.status == 200
        return await response.read()


async def test_a_document_is_asked_for_again_or_hangs_on_the_old_case(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("1.1.0"))
        old = await issued(gateway)
        secret, draft = old["secret"], await renewed(gateway, old)
        case, digest = draft["draft"], draft["form"]["paper"]["digest"]
        assert (draft["form"]["paper"]["name"], draft["carried"]) == ("Denah.pdf", ["/paper"])
        await gateway.parts.journal.erase(old["case"])
        with pytest.raises(Erased):
            await gateway.parts.journal.document(old["case"], digest)
        assert (await call(gateway, "POST", f"/v1/services/handed/drafts/{case}/case", secret_of(old)))[0] == 202
        await becomes(gateway, {"case": case, "secret": secret}, "issued")
        assert await paper_of(gateway, case, secret) == PAPER


async def test_a_document_of_a_renewal_that_came_to_nothing_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("1.1.0"))
        old = await issued(gateway)
        draft = await renewed(gateway, old)
        await gateway.parts.engine.end_draft(CaseId(draft["draft"]))
        await gateway.parts.journal.erase(draft["draft"])
        assert await paper_of(gateway, old["case"], old["secret"]) == PAPER
        assert (await renewed(gateway, old))["carried"] == ["/paper"]


async def test_a_document_that_was_replaced_is_called_carried(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("1.1.0"))
        old = await issued(gateway)
        draft = await renewed(gateway, old)
        path = f"/v1/services/handed/drafts/{draft['draft']}"
        _, saved = await call(gateway, "PUT", path, secret_of(old), {**FORM, "paper": OTHER})
        assert (saved["form"]["paper"]["name"], saved["carried"]) == ("Baru.pdf", [])
        assert (await call(gateway, "POST", f"{path}/case", secret_of(old)))[0] == 202
        await becomes(gateway, {"case": draft["draft"], "secret": old["secret"]}, "issued")
        assert await paper_of(gateway, draft["draft"], old["secret"]) == PAPER + b"newer"
        assert await paper_of(gateway, old["case"], old["secret"]) == PAPER


async def test_a_document_is_carried_that_the_form_no_longer_asks_for(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("1.1.0"))
        old = await issued(gateway)
        before = plan_of("handed")
        properties = {name: field for name, field in before.form["properties"].items() if name != "paper"}
        steps = {name: structs.replace(step, in_={"name": "form.name"}) for name, step in before.steps.items()}
        await offer(gateway, ending("2.0.0", form={**before.form, "properties": properties}, steps=steps))
        draft = await renewed(gateway, old)
        assert ("paper" in draft["form"], draft["carried"]) == (False, [])
        _, size = await gateway.parts.journal.weigh_drafts()
        assert size == 0, "what nobody asks for is kept"


async def test_a_page_hides_which_files_are_taken_over(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        await offer(gateway, ending("1.1.0"))
        old = await issued(gateway)
        browser = Browser(gateway)
        try:
            await browser.opens("/permohonan")
            await browser.sends("/permohonan", {"/case": old["case"], "/code": old["secret"]})
            assert "Berkas Anda disertakan" in browser.page
            assert await browser.sends(f"/permohonan/{old['case']}/perpanjang", {}) == 200
            told, draft = "Diambil dari permohonan yang diperpanjang", browser.path
            assert "Denah.pdf" in browser.page
            assert told in browser.page
            await browser.opens(f"{draft}/formulir")
            assert "Denah.pdf" in browser.page
            assert await browser.sends(f"{draft}/formulir", {"/name": "Siti Contoh", **SAVED}, {"/paper": PDF}) == 200
            assert "Denah rumah.pdf" in browser.page
            assert told not in browser.page
        finally:
            await browser.client.close()


def secret_of(old: dict[str, Any]) -> dict[str, str]:
    return bearer(old["secret"])
