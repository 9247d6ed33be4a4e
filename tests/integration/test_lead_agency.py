"""What officers of the lead agency decide of others' objections, and what who leads a desk does with its tasks."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.events import TokenIssued
from gateway.identity.secrets import digest_of
from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from tests.integration.person import Person, living
from tests.integration.test_objections import OBJECTION, announced, called, objections_of

LEAD, CHIEF = "gpt_officer-of-the-lead-agency-0123456789012345", "gpt_who-leads-the-desk-of-beta-0123456789012345"


async def employed(gateway: Gateway, token: str, agency: str, person: str, *, lead: bool = False) -> None:
    now = gateway.parts.clock.now()
    issued = TokenIssued(
        at=now,
        digest=digest_of(token),
        role="officer",
        agency=agency,
        person=person,
        expires_at=now + timedelta(days=1),
        lead=lead,
    )
    await gateway.parts.engine.register([issued])


async def objected(gateway: Gateway) -> dict[str, Any]:
    receipt = await announced(gateway)
    assert (await called(gateway, "POST", objections_of(receipt["case"]), OBJECTION))[0] == 201
    await employed(gateway, LEAD, "lead", "Lina")
    return receipt


def word(*, upheld: bool, reason: str = "The well is theirs.") -> dict[str, Any]:
    return {"number": 1, "upheld": upheld, "reason": reason}


async def test_the_lead_agency_s_officer_cannot_see_or_decide_an_objection(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await objected(gateway))["case"]
        (shown,) = (await called(gateway, "GET", "/v1/objections", token=LEAD))[1]["objections"]
        assert (shown["case"], shown["raised"]["name"], shown["raised"]["contact"]) == (
            case,
            OBJECTION["name"],
            OBJECTION["contact"],
        )
        path = f"/v1/objections/{case}/neighbours"
        assert (await called(gateway, "POST", path, word(upheld=True, reason=" "), LEAD))[0] == 422
        async with gateway.client.post(
            f"{gateway.url}{path}", json=word(upheld=True), headers=bearer(LEAD)
        ) as response:
            assert response.status == 204
        _, inspected = await called(gateway, "GET", f"/v1/operations/cases/{case}", token=TOKENS["operator"])
        assert inspected["view"]["state"] == "refused"
        assert [(act["act"], act["actor"]) for act in inspected["history"]["acts"]] == [
            ("ObjectionDecided", "lead/Lina")
        ]
        assert (await called(gateway, "GET", "/v1/objections", token=LEAD))[1] == {"objections": []}
        assert (await called(gateway, "POST", path, word(upheld=False), LEAD))[0] == 409


async def test_an_officer_of_another_agency_reads_or_decides_an_objection(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await objected(gateway))["case"]
        other = TOKENS["officer"]
        assert (await called(gateway, "GET", "/v1/objections", token=other))[1] == {"objections": []}
        for path in (f"/v1/objections/{case}/neighbours", "/v1/objections/no-such-case/neighbours"):
            assert (await called(gateway, "POST", path, word(upheld=False), other))[0] == 404


async def test_an_objection_is_not_decided_in_a_browser(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        case = (await objected(gateway))["case"]
        headers = {
            "Cookie": f"gapura-role-officer={LEAD}; gapura-browser={'b' * 43}",
            "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
        }

        async def page(path: str) -> str:
            async with gateway.client.get(f"{gateway.url}{path}", headers=headers) as response:
                return await response.text()

        assert "1 keberatan perlu diputuskan" in await page("/petugas")
        shown = await page("/petugas/keberatan")
        assert "Harus diputus sampai" in shown, "the lead is not told by when it promised to decide"
        assert OBJECTION["grounds"] in shown
        token = re.search(r'name="_token" value="([0-9a-f]{64})"', shown)
        assert token is not None
        form = {"_token": token[1], "case": case, "step": "neighbours", "item": "", "number": "1", "tolak": "1"}
        other = {**form, "number": "2", "alasan": "Bukan sumurnya"}
        async with gateway.client.post(f"{gateway.url}/petugas/keberatan", data=other, headers=headers) as response:
            assert "Bukan sumurnya" not in await response.text(), "a reason stands under another objection"
        said: list[int] = []
        for reason in ("", "Sumur lain", "Sumur lain"):
            async with gateway.client.post(
                f"{gateway.url}/petugas/keberatan",
                data={**form, "alasan": reason},
                headers=headers,
                allow_redirects=False,
            ) as response:
                said.append(response.status)
        assert said == [422, 303, 409]
        assert "Tidak ada keberatan" in await page("/petugas/keberatan")


async def test_who_leads_the_desk_cannot_give_a_colleague_s_task_away_or_anybody_can(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        key = f"{case}:beta:ask:1"

        async def there() -> bool:
            return (await called(gateway, "GET", f"/v1/tasks/{key}", token=TOKENS["officer"]))[0] == 200

        await eventually_async(there)
        assert (await called(gateway, "POST", f"/v1/tasks/{key}/claim", {}, TOKENS["officer"]))[0] == 200
        handing = {"to": "beta/sri", "reason": "Budi is on leave"}
        assert (await called(gateway, "POST", f"/v1/tasks/{key}/handover", handing, TOKENS["colleague"]))[0] == 422
        await employed(gateway, CHIEF, "beta", "Kepala", lead=True)
        status, task = await called(gateway, "POST", f"/v1/tasks/{key}/handover", handing, CHIEF)
        assert (status, task["officer"]) == (200, "beta/sri")
        handing["to"] = "beta/budi"
        assert (await called(gateway, "POST", f"/v1/tasks/{key}/handover", handing, TOKENS["officer"]))[0] in {409, 422}


def test_an_objection_is_not_decided_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person = Person(tmp_path / "home")
        words, operator = ("--url", town.url), ("--url", town.url, "--token", TOKENS["operator"])
        alone = ("--reason", "the only officer is ill", "--break-glass")
        issued = person.types("token", "issue", "officer", "Lina", "--agency", "lead", *alone, *operator)
        lead = ("--token", issued.out.strip())
        case, _ = town.announced()
        assert "No objection waits" in person.types("case", "objections", *words, *lead).out
        given = [f"--{name}={value}" for name, value in OBJECTION.items()]
        assert person.types("case", "object", "heard", case, "neighbours", *given, *words).code == 0
        assert case in person.types("case", "objections", *words, *lead).out
        decided = ("case", "decide-objection", case, "neighbours", 1, "--dismiss", "--reason", "another well", *words)
        officer = ("--token", TOKENS["officer"])
        assert [person.types(*decided, *who).code for who in (officer, lead, lead)] == [4, 0, 4]
