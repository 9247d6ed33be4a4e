"""A case and its sub-case over real HTTP: what the applicant and an operator read on the case of the whole."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import structs

from contracts.declared import Value
from contracts.events import PlanPublished
from contracts.plan import Step
from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, TOKENS, Gateway, agreed, plan_of, running
from tests.integration.test_revoking_parts import BUDI, GITA, OPERATOR, SAID, becomes, call, view_of
from workflows.loading.plans import publish

YES = {"decision": "contribute", "output": {"number": "B-1"}}


@asynccontextmanager
async def whole(folder: Path) -> AsyncGenerator[tuple[Gateway, dict[str, Any], str]]:
    """Run a gateway with a case whose step `permit` is one of the service `desk`; give its receipt, and that case."""
    async with running(folder, pages=pages()) as gateway:
        plan, engine = plan_of("quick"), gateway.parts.engine
        inner = next(each for each in engine.directory.plans.values() if each.plan.service == "desk")
        given: dict[str, Value] = {"name": "form.name"}
        steps = {"permit": Step(service="desk@1", in_=given), "gamma": Step(ask="gamma/do@1", in_=given)}
        shown = {"permit": {"number": "permit.beta.number"}, "gamma": {"number": "gamma.number"}}
        plan = structs.replace(plan, service="whole", steps=steps, output=structs.replace(plan.output, parts=shown))
        published = publish(plan, {each.name: each for each in CONTRACTS.values()}, services={"desk@1": inner})
        now = gateway.parts.clock.now()
        events = [PlanPublished(at=now, published=published, actor="test"), *agreed(published, gateway.keys, now)]
        await engine.register(events)
        receipt = await gateway.apply("whole")

        async def opened() -> str:
            return str(_permit(await view_of(gateway, receipt))["sub_case"])

        yield gateway, receipt, await eventually_async(opened) or ""


def _permit(view: dict[str, Any]) -> dict[str, Any]:
    return next(step for step in view["steps"] if step["step"] == "permit")


async def decided(gateway: Gateway, task: str, who: dict[str, str]) -> None:
    async def taken() -> bool:
        return (await call(gateway, "POST", f"/v1/tasks/{task}/decision", who, YES))[0] == 204

    await eventually_async(taken)


async def read(gateway: Gateway, path: str, cookie: str) -> str:
    """Give a page in English."""
    headers = {"Cookie": f"{cookie}; gapura_language=en"}
    async with gateway.client.get(gateway.url + path, headers=headers) as response:
        assert response.status == 200
        return await response.text()


async def test_from_the_case_of_the_whole_nobody_sees_that_a_sub_case_is_paused_or_gets_there(tmp_path: Path) -> None:
    async with whole(tmp_path) as (gateway, receipt, child):
        acts = f"/v1/operations/cases/{child}/acts"
        assert (await call(gateway, "POST", acts, OPERATOR, {"act": "pause", "reason": "The law changes."}))[0] == 200
        mine = f"gapura-case-{receipt['case']}={receipt['secret']}"
        page = await read(gateway, f"/permohonan/{receipt['case']}", mine)
        assert "This part is paused by our staff and will go on" in page
        page = await read(
            gateway, f"/operasi/permohonan/{receipt['case']}", f"gapura-role-operator={TOKENS['operator']}"
        )
        told = page.partition('id="di-dalam"')[2].partition("</section>")[0]
        assert f'href="/operasi/permohonan/{child}"' in told
        assert "Paused" in told
        _, seen = await call(gateway, "GET", f"/v1/operations/cases/{receipt['case']}", OPERATOR)
        assert [(line["case"], "paused" in line["marks"]) for line in seen["within"]] == [(child, True)]


async def test_an_issued_whole_promises_an_objection_to_a_revoked_sub_case_that_no_page_leads_to(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as (gateway, receipt, child):
        await decided(gateway, f"{child}:beta:ask:1", BUDI)
        await decided(gateway, f"{receipt['case']}:gamma:ask:1", GITA)
        await becomes(gateway, receipt, "issued")
        path = f"/v1/contributions/{child}:beta:ask:1/revocation"
        assert (await call(gateway, "POST", path, BUDI, SAID))[0] == 200
        await becomes(gateway, receipt, "revoked")
        mine = f"gapura-case-{receipt['case']}={receipt['secret']}"
        for path in (f"/permohonan/{receipt['case']}", f"/permohonan/{receipt['case']}/hasil"):
            page = await read(gateway, path, mine)
            lead = rf'is with that part\. <a href="/permohonan/{child}">'
            assert re.search(lead, page), path
        page = await read(gateway, f"/permohonan/{child}", mine)
        assert SAID["objection"] in page
        _, seen = await call(gateway, "GET", f"/v1/operations/cases/{receipt['case']}", OPERATOR)
        assert seen["within"] == []
