"""A bill of a sub-case, over real HTTP: found on the page of the whole, and paid with the access code of the whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from msgspec import structs

from contracts.events import PlanPublished
from contracts.ids import AskKey
from contracts.plan import Step
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, agreed, bearer, plan_of
from tests.integration.paying import Till, open_till
from workflows.loading.plans import publish


async def _offer_whole(till: Till) -> None:
    """Put a service on offer that has `paid`, with its bill, as its step `permit`."""
    parts, plan = till.gateway.parts, plan_of("quick")
    paid = next(each for each in parts.engine.directory.plans.values() if each.plan.service == "paid")
    steps = {**plan.steps, "permit": Step(service="paid@1", in_={"name": "form.name"})}
    shown = {**plan.output.parts, "permit": {"receipt": "permit.fee.receipt"}}
    whole = structs.replace(plan, service="whole", steps=steps, output=structs.replace(plan.output, parts=shown))
    published = publish(whole, {entry.name: entry for entry in CONTRACTS.values()}, services={"paid@1": paid})
    now = parts.clock.now()
    events = [PlanPublished(at=now, published=published, actor="test")]
    await parts.engine.register([*events, *agreed(published, till.gateway.keys, now)])


async def _step(till: Till, receipt: dict[str, Any]) -> dict[str, Any]:
    """Give the step of the whole that is a case of its own, once that waits for the applicant."""

    async def waits() -> dict[str, Any] | None:
        view = await till.view(receipt)
        step: dict[str, Any] = next(each for each in view["steps"] if each["step"] == "permit")
        return step if "waiting" in view["marks"] else None

    found = await eventually_async(waits)
    assert found is not None
    return found


async def test_a_bill_of_a_sub_case_is_not_found_or_cannot_be_paid_from_the_page_of_the_whole(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await _offer_whole(till)
        whole = await till.gateway.apply("whole")
        child = {"case": (await _step(till, whole))["sub_case"], "secret": whole["secret"]}
        bill = await till.payment(child, "to_pay")
        # The page of the whole leads to the payment, which the cookie of the whole opens.
        status, page = await till.page(whole)
        link = f"/permohonan/{child['case']}/langkah/fee"
        assert status == 200
        assert f'href="{link}"' in page
        assert "Ke pembayaran" in page
        headers = {"Cookie": f"gapura-case-{whole['case']}={whole['secret']}; gapura-browser={'b' * 43}"}
        async with till.gateway.client.get(till.gateway.url + link, headers=headers) as response:
            assert response.status == 200
            paying = await response.text()
        assert bill["code"] in paying
        assert "Rp150.000" in paying
        # Paid, and said so on that page, and through the API with the secret of the whole; nobody else can.
        other = await till.gateway.apply("paid")
        till.books.pay(_number(till, child), 150_000, late=True)
        token = re.search(r'name="_token" value="([^"]*)"', paying)
        posted = headers | {"Origin": till.gateway.url, "Sec-Fetch-Site": "same-origin"}
        form = {"_token": token[1] if token else ""}
        async with till.gateway.client.post(f"{till.gateway.url}{link}/periksa", data=form, headers=posted) as response:
            assert response.status == 200
        url = f"{till.gateway.url}/v1/cases/{child['case']}/steps/fee/payment-check"
        for secret, expected in ((other["secret"], 404), (whole["secret"], 200)):
            async with till.gateway.client.post(url, headers=bearer(secret)) as response:
                assert response.status == expected
        paid = await till.payment(child, "paid")
        output = await _issued(till, whole)
        (part,) = [each for each in output["parts"] if each["step"] == "permit"]
        assert part["values"] == {"receipt": paid["receipt"]}
        assert part["evidence"]["received_from"] == "sub_case"


async def test_a_bill_of_a_sub_case_can_still_be_paid_when_the_whole_is_withdrawn(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await _offer_whole(till)
        whole = await till.gateway.apply("whole")
        child = {"case": (await _step(till, whole))["sub_case"], "secret": whole["secret"]}
        url = f"{till.gateway.url}/v1/cases/{whole['case']}/withdrawal"
        async with till.gateway.client.post(url, json={}, headers=bearer(whole["secret"])) as response:
            assert response.status in {200, 202}, await response.text()

        async def withdrawn() -> bool:
            return bool((await till.view(whole))["state"] == "withdrawn")

        await eventually_async(withdrawn)
        assert (await till.view(child))["state"] == "withdrawn"
        row = till.books.dump()[AskKey(f"{child['case']}/fee/ask/1")]
        assert (row["state"], row["standing"]) == ("cancelled", 0)


def _number(till: Till, receipt: dict[str, Any]) -> str:
    bill = till.books.row("key", till.key(receipt))
    assert bill is not None
    return str(bill["number"])


async def _issued(till: Till, receipt: dict[str, Any]) -> dict[str, Any]:
    url = f"{till.gateway.url}/v1/cases/{receipt['case']}/output"

    async def there() -> dict[str, Any] | None:
        async with till.gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            return (await response.json())["output"] if response.status == 200 else None

    found = await eventually_async(there)
    assert found is not None
    return found
