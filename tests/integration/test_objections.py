"""Objecting over real HTTP: what is published, to whom, and what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway import listing
from gateway.announcing import AT_ONCE
from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import FORM, TOKENS, Gateway, bearer, running

OBJECTION = {"name": "Sri Neighbour", "contact": "sri@example.org", "grounds": "The well is ours."}


async def called(gateway: Gateway, method: str, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
    headers = bearer(token) if token else {}
    async with gateway.client.request(method, f"{gateway.url}{path}", json=body, headers=headers) as response:
        return response.status, await response.json()


async def announced(gateway: Gateway) -> dict[str, Any]:
    """Open a case and wait until it is announced."""
    receipt = await gateway.apply("heard")

    async def stands() -> bool:
        shown = (await called(gateway, "GET", "/v1/services/heard/announcements"))[1]["announcements"]
        return any(each["case"] == receipt["case"] for each in shown)

    await eventually_async(stands)
    return dict(receipt)


def objections_of(case: str) -> str:
    return f"/v1/services/heard/announcements/{case}/neighbours/objections"


async def test_everybody_sees_what_the_plan_publishes_and_nothing_more(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await announced(gateway)
        _, told = await called(gateway, "GET", "/v1/services/heard/announcements")
        (shown,) = told["announcements"]
        assert shown.keys() == {"case", "step", "item", "title", "until", "decided_within", "published", "labels"}
        assert shown["published"] == {"applicant": FORM["name"]}
        assert await called(gateway, "GET", "/v1/services/quick/announcements") == (
            200,
            {"announcements": [], "next": ""},
        )
        assert (await called(gateway, "GET", "/v1/services/never/announcements"))[0] == 404


async def test_an_upheld_objection_refuses_the_case_and_only_operations_learn_whose_it_was(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await announced(gateway)
        case, operator = receipt["case"], TOKENS["operator"]
        assert await called(gateway, "POST", objections_of(case), OBJECTION) == (
            201,
            {"case": case, "step": "neighbours", "number": 1},
        )
        assert "Sri" not in str(await called(gateway, "GET", f"/v1/cases/{case}", token=receipt["secret"]))
        assert "Sri" not in str(await called(gateway, "GET", "/v1/services/heard/announcements"))
        _, inspected = await called(gateway, "GET", f"/v1/operations/cases/{case}", token=operator)
        assert "sri@example.org" in str(inspected["view"]["steps"])
        _, held = await called(gateway, "GET", "/v1/operations/cases?mark=held", token=operator)
        assert [line["case"] for line in held["cases"]] == [case]
        act = {"act": "uphold", "step": "neighbours", "objection": 1, "reason": "The well is theirs."}
        status, view = await called(gateway, "POST", f"/v1/operations/cases/{case}/acts", act, operator)
        assert (status, view["state"]) == (200, "refused")
        _, record = await called(gateway, "GET", f"/v1/cases/{case}/output", token=receipt["secret"])
        part = next(part for part in record["closing_record"]["parts"] if part["step"] == "neighbours")
        assert (part["word"], part["text"]) == ("refused", "The well is theirs.")
        assert "Sri" not in str(record)
        assert (await called(gateway, "POST", objections_of(case), OBJECTION))[0] == 404


async def test_a_dismissed_objection_lets_the_wait_go_on(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await announced(gateway))["case"]
        await called(gateway, "POST", objections_of(case), OBJECTION)
        act = {"act": "dismiss", "step": "neighbours", "objection": 1, "reason": "Another well."}
        status, view = await called(gateway, "POST", f"/v1/operations/cases/{case}/acts", act, TOKENS["operator"])
        assert (status, view["state"], view["marks"]) == (200, "open", [])
        assert (await called(gateway, "POST", f"/v1/operations/cases/{case}/acts", act, TOKENS["operator"]))[0] == 409


async def test_one_address_objects_a_few_times_and_then_waits(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await announced(gateway))["case"]
        assert (await called(gateway, "POST", objections_of(case), {**OBJECTION, "grounds": "no"}))[0] == 422
        said = [(await called(gateway, "POST", objections_of(case), OBJECTION))[0] for _ in range(AT_ONCE + 1)]
        assert said == [201] * AT_ONCE + [429]


async def test_what_is_not_announced_takes_no_objection(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        for path in (
            objections_of(case),
            objections_of("never"),
            f"/v1/services/desk/announcements/{case}/beta/objections",
        ):
            assert (await called(gateway, "POST", path, OBJECTION))[0] == 404


async def test_a_case_takes_objections_however_many_are_announced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LISTED", 1)
    async with running(tmp_path, pages=pages()) as gateway:
        case = (await announced(gateway))["case"]
        await announced(gateway)
        _, told = await called(gateway, "GET", "/v1/services/heard/announcements")
        assert case not in [each["case"] for each in told["announcements"]]
        _, older = await called(gateway, "GET", f"/v1/services/heard/announcements?cursor={told['next']}")
        assert case in [each["case"] for each in older["announcements"]]
        assert (await called(gateway, "GET", "/v1/services/heard/announcements?cursor=x"))[0] == 400
        async with gateway.client.get(f"{gateway.url}/layanan/heard/pengumuman") as response:
            assert f"pengumuman?cursor={told['next']}" in await response.text()
        assert (await called(gateway, "POST", objections_of(case), OBJECTION))[0] == 201
        other = objections_of(case).replace("/heard/", "/desk/")
        assert (await called(gateway, "POST", other, OBJECTION))[0] == 404


async def test_an_objection_that_nobody_can_read_is_told_of_and_not_recorded(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await announced(gateway))["case"]
        blank = {"name": "\u202e\u200b", "contact": "\n\n\n", "grounds": " " * 12}
        status, told = await called(gateway, "POST", objections_of(case), blank)
        assert (status, [each["pointer"] for each in told["errors"]]) == (422, ["/name", "/contact", "/grounds"])
        assert (await called(gateway, "POST", objections_of(case), OBJECTION))[1]["number"] == 1


async def test_what_somebody_objects_is_lost_when_it_cannot_be_taken_yet(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        case = (await announced(gateway))["case"]
        for _ in range(AT_ONCE):
            await called(gateway, "POST", objections_of(case), OBJECTION)
        form = f"{gateway.url}/layanan/heard/pengumuman/{case}/neighbours"
        headers = {"Cookie": f"gapura-browser={'b' * 43}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        async with gateway.client.get(form, headers=headers) as response:
            token = re.search(r'name="_token" value="([0-9a-f]+)"', await response.text())
        assert token is not None
        for grounds, why in (
            (OBJECTION["grounds"], "Terlalu banyak keberatan"),
            ("\u200b" * 12, "#f-grounds"),
        ):
            data = {
                "_token": token[1],
                "/name": OBJECTION["name"],
                "/contact": OBJECTION["contact"],
                "/grounds": grounds,
            }
            async with gateway.client.post(form, data=data, headers=headers) as response:
                shown = await response.text()
            assert why in shown
            assert OBJECTION["name"] in shown
            assert OBJECTION["contact"] in shown
