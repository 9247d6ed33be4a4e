"""An output that ends is renewed over real HTTP: by API and by page, on the plan that is on offer then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import structs

from contracts.events import PlanPublished
from contracts.plan import Plan
from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, FORM, Gateway, agreed, bearer, plan_of, running
from tests.integration.test_draft_pages import Browser
from tests.integration.test_revoking_parts import becomes, call, verdict_of, view_of
from workflows.loading.plans import publish


def ending(valid_for: str, **changes: Any) -> Plan:
    before = plan_of("quick")
    return structs.replace(before, output=structs.replace(before.output, valid_for=valid_for), **changes)


async def offer(gateway: Gateway, plan: Plan) -> str:
    """Put a newer version on offer; give its digest."""
    published = publish(plan, {entry.name: entry for entry in CONTRACTS.values()})
    now = gateway.parts.clock.now()
    await gateway.parts.engine.register(
        [PlanPublished(at=now, published=published, actor="test"), *agreed(published, gateway.keys, now)]
    )
    return published.digest


async def issued(gateway: Gateway) -> dict[str, Any]:
    receipt = await gateway.apply("quick")
    await becomes(gateway, receipt, "issued")
    return receipt


async def test_a_renewal_is_no_case_of_its_own_or_does_not_lead_to_the_old_one(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("30 days", version="1.1.0"))
        old = await issued(gateway)
        secret, path = bearer(old["secret"]), f"/v1/cases/{old['case']}/renewal"
        view = await view_of(gateway, old)
        verdict = await verdict_of(gateway, old)
        assert verdict["valid_until"] == view["after_issue"]["valid_until"]
        assert (await call(gateway, "POST", path, {}))[0] in {401, 404}
        form = {**plan_of("quick").form["properties"], "size": {"type": "integer"}}
        newest = await offer(
            gateway, ending("30 days", version="2.0.0", form={**plan_of("quick").form, "properties": form})
        )
        status, draft = await call(gateway, "POST", path, secret)
        assert (status, draft["renews"]) == (201, old["case"])
        assert draft["form"] == FORM, "the earlier answers are not there"
        assert (await call(gateway, "POST", path, secret))[1]["draft"] == draft["draft"], "asked again it is another"
        new = {"case": draft["draft"], "secret": old["secret"]}
        here = f"/v1/services/quick/drafts/{draft['draft']}"
        assert (await call(gateway, "PUT", here, secret, {**FORM, "size": 3}))[1]["renews"] == old["case"]
        status, case = await call(gateway, "POST", f"{here}/case", secret)
        assert (status, case["plan"], case["after_issue"]["renews"]) == (202, newest, old["case"])
        await becomes(gateway, new, "issued")
        status, problem = await call(gateway, "POST", path, secret)
        assert (status, new["case"] in problem["detail"]) == (409, True)
        assert (await view_of(gateway, old))["after_issue"]["renewals"] == [new["case"]]
        assert (await verdict_of(gateway, old))["word"] == "valid", "renewed is revoked"


async def test_what_has_no_end_is_renewed(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        old = await issued(gateway)
        assert (await view_of(gateway, old))["after_issue"] is None
        status, problem = await call(gateway, "POST", f"/v1/cases/{old['case']}/renewal", bearer(old["secret"]))
        assert (status, "nothing to renew" in problem["detail"]) == (409, True)


async def test_a_renewal_that_came_to_nothing_is_in_the_way_of_another(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway, ending("30 days", version="1.1.0"))
        old = await issued(gateway)
        secret, path = bearer(old["secret"]), f"/v1/cases/{old['case']}/renewal"
        first = (await call(gateway, "POST", path, secret))[1]["draft"]
        assert (await call(gateway, "DELETE", f"/v1/services/quick/drafts/{first}", secret))[0] == 204

        async def begun() -> bool:
            status, draft = await call(gateway, "POST", path, secret)
            return bool(status == 201 and draft["draft"] != first)

        await eventually_async(begun)


async def test_a_page_offers_what_is_not_possible_or_hides_what_is(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        await offer(gateway, ending("1 year", version="1.1.0"))
        later = await issued(gateway)
        await offer(gateway, ending("30 days", version="1.2.0"))
        old = await issued(gateway)
        browser, page = Browser(gateway), f"/permohonan/{old['case']}"
        try:
            for receipt in (later, old):
                assert await browser.opens("/permohonan") == 200
                await browser.sends("/permohonan", {"/case": receipt["case"], "/code": receipt["secret"]})
                assert "Berlaku sampai" in browser.page
                early = receipt is later
                assert ("Anda dapat memperpanjangnya di sini mulai" in browser.page) == early
                assert ("/perpanjang" in browser.page) != early
            assert await browser.sends(f"{page}/perpanjang", {}) == 200
            assert "jawaban Anda sebelumnya" in browser.page
            assert page in browser.page
            draft = browser.path
            await browser.opens(page)
            assert "Lanjutkan perpanjangan" in browser.page
            await browser.opens(f"{draft}/formulir")
            assert f'value="{FORM["name"]}"' in browser.page
            assert await browser.sends(f"{draft}/formulir", {f"/{name}": str(it) for name, it in FORM.items()}) == 200
            new = {"case": draft.rpartition("/")[2], "secret": old["secret"]}
            await becomes(gateway, new, "issued")
            for path in (page, f"{page}/hasil"):
                await browser.opens(path)
                assert "Sudah diperpanjang oleh" in browser.page
                assert f"/permohonan/{new['case']}" in browser.page
                assert "/perpanjang" not in browser.page
            await browser.opens(f"/permohonan/{new['case']}")
            assert page in browser.page
        finally:
            await browser.client.close()
