"""Officers and operators over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running

OFFICER, OPERATOR = bearer(TOKENS["officer"]), bearer(TOKENS["operator"])


async def on_the_desk(gateway: Gateway) -> tuple[dict[str, Any], str]:
    """Open a case and wait until it is on the officer's desk; give the receipt and the task's address."""
    receipt = await gateway.apply("desk")

    async def tasks() -> Any:  # noqa: ANN401 - JSON
        async with gateway.client.get(f"{gateway.url}/v1/tasks", headers=OFFICER) as response:
            return (await response.json())["tasks"]

    (task,) = await eventually_async(tasks)
    return receipt, f"{gateway.url}/v1/tasks/{task['key'].replace('/', ':')}"


async def decide(gateway: Gateway, task: str, decision: dict[str, Any]) -> tuple[int, Any]:
    async with gateway.client.post(f"{task}/decision", json=decision, headers=OFFICER) as response:
        return response.status, (await response.json() if response.status != 204 else None)


async def view_of(gateway: Gateway, receipt: dict[str, Any]) -> dict[str, Any]:
    url = f"{gateway.url}/v1/cases/{receipt['case']}"
    async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
        view: dict[str, Any] = await response.json()
        return view


async def test_an_officer_sees_exactly_the_declared_fields_and_decides(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, task = await on_the_desk(gateway)
        async with gateway.client.get(task, headers=OFFICER) as response:
            shown = await response.json()
        assert shown["input"] == {"name": "Siti Contoh", "before": "alpha/do@1-1"}
        assert shown["sources"] == {"name": "form", "before": "alpha"}
        assert (await decide(gateway, task, {"decision": "contribute", "output": {"number": "B-1"}}))[0] == 204

        async def is_issued() -> bool:
            return bool((await view_of(gateway, receipt))["state"] == "issued")

        await eventually_async(is_issued)


async def test_a_decision_with_mistakes_is_told_whole_and_decides_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        _, task = await on_the_desk(gateway)
        cases: list[tuple[dict[str, Any], set[str]]] = [
            ({"decision": "dance"}, {"/decision"}),
            ({"decision": "contribute", "output": {"x": 1}}, {"/output/number", "/output/x"}),
            ({"decision": "refuse", "code": "because"}, {"/code"}),
            ({"decision": "return", "inputs": ["before"]}, {"/inputs", "/text"}),
        ]
        for decision, pointers in cases:
            status, problem = await decide(gateway, task, decision)
            assert status == 422
            assert {mistake["pointer"] for mistake in problem["errors"]} == pointers


async def test_of_two_officers_at_once_one_decides_and_the_other_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        _, task = await on_the_desk(gateway)
        outputs = [{"decision": "contribute", "output": {"number": f"B-{number}"}} for number in range(5)]
        decided = await asyncio.gather(*(decide(gateway, task, output) for output in outputs))
        statuses = sorted(status for status, _ in decided)
        assert statuses[0] == 204
        assert set(statuses[1:]) <= {404, 409}


async def test_a_return_asks_the_applicant_and_the_correction_goes_back_to_the_desk(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, task = await on_the_desk(gateway)
        status, _ = await decide(gateway, task, {"decision": "return", "inputs": ["name"], "text": "As on your card"})
        assert status == 204
        view = await view_of(gateway, receipt)
        assert view["marks"] == ["waiting"]
        assert view["corrections"][0]["pointers"] == ["/name"]
        url = f"{gateway.url}/v1/cases/{receipt['case']}/corrections"
        async with gateway.client.post(
            url, json={"answers": {"name": "x"}}, headers=bearer(receipt["secret"])
        ) as response:
            assert response.status == 422
            assert (await response.json())["errors"][0]["pointer"] == "/name"
        async with gateway.client.post(
            url, json={"answers": {"name": "Sita Contoh"}}, headers=bearer(receipt["secret"])
        ) as response:
            assert response.status == 200

        async def asked_again() -> Any:  # noqa: ANN401 - JSON
            async with gateway.client.get(f"{gateway.url}/v1/tasks", headers=OFFICER) as response:
                tasks = (await response.json())["tasks"]
            return [entry for entry in tasks if entry["round"] == 2 and entry["verb"] == "ask"]

        assert (await eventually_async(asked_again))[0]["input"]["name"] == "Sita Contoh"


async def test_a_declined_correction_makes_the_refusal_final(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, task = await on_the_desk(gateway)
        assert (await decide(gateway, task, {"decision": "refuse", "code": "fixable"}))[0] == 204
        url = f"{gateway.url}/v1/cases/{receipt['case']}/corrections"
        async with gateway.client.post(url, json={"decline": "beta"}, headers=bearer(receipt["secret"])) as response:
            assert response.status == 200, await response.text()
        output = f"{gateway.url}/v1/cases/{receipt['case']}/output"

        async def closed() -> bool:
            return bool((await view_of(gateway, receipt))["state"] == "refused")

        await eventually_async(closed)
        async with gateway.client.get(output, headers=bearer(receipt["secret"])) as response:
            record = await response.json()
            assert record["closing_record"]["outcome"] == "refused"
            assert "credential" not in record
        headers = {**bearer(receipt["secret"]), "Accept": "application/vc+jwt"}
        async with gateway.client.get(output, headers=headers) as response:
            assert response.status == 406
        headers["Accept"] = "application/pdf"
        async with gateway.client.get(output, headers=headers) as response:
            assert (await response.read()).startswith(b"%PDF-")


async def test_a_withdrawn_case_is_taken_back_by_system_and_closed(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, _ = await on_the_desk(gateway)
        url = f"{gateway.url}/v1/cases/{receipt['case']}/withdrawal"
        async with gateway.client.post(url, headers=bearer(receipt["secret"])) as response:
            assert response.status == 200, await response.text()
            assert (await response.json())["outcome"] == "withdrawn"
        async with gateway.client.post(url, headers=bearer(receipt["secret"])) as response:
            assert response.status == 409


async def test_an_operator_sees_a_case_masked_and_acts_with_a_reason_on_record(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, _ = await on_the_desk(gateway)
        url = f"{gateway.url}/v1/operations/cases/{receipt['case']}"
        async with gateway.client.post(
            f"{url}/acts", json={"act": "pause", "reason": "agency moves house"}, headers=OPERATOR
        ) as response:
            assert response.status == 200
            assert (await response.json())["marks"] == ["paused"]
        async with gateway.client.get(url, headers=OPERATOR) as response:
            text = await response.text()
            history = (await response.json())["history"]
        assert "Siti" not in text
        assert "alpha/do@1-1" not in text
        assert history["acts"] == [
            {
                "at": history["acts"][0]["at"],
                "act": "CasePaused",
                "step": "",
                "actor": "op",
                "reason": "agency moves house",
            }
        ]


async def test_an_act_that_lacks_something_says_all_of_it(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt, _ = await on_the_desk(gateway)
        url = f"{gateway.url}/v1/operations/cases/{receipt['case']}/acts"
        async with gateway.client.post(url, json={"act": "contribute", "reason": ""}, headers=OPERATOR) as response:
            problem = await response.json()
        pointers = {mistake["pointer"] for mistake in problem["errors"]}
        assert pointers == {"/reason", "/step", "/output", "/evidence"}


async def test_cases_come_in_pages_with_a_cursor_and_filters(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        opened = [(await gateway.apply("desk"))["case"] for _ in range(5)]
        await gateway.apply("quick", Prefer="wait=10")
        seen: list[str] = []
        cursor = ""
        while True:
            query = {"service": "desk", "limit": "2", **({"cursor": cursor} if cursor else {})}
            async with gateway.client.get(
                f"{gateway.url}/v1/operations/cases", params=query, headers=OPERATOR
            ) as response:
                page = await response.json()
            seen += [line["case"] for line in page["cases"]]
            cursor = page["next"]
            if not cursor:
                break
        assert seen == opened[::-1]


@pytest.mark.parametrize("query", ["state=asleep", "limit=0", "limit=1000", "cursor=x", "sort=name", "limit=1&limit=2"])
async def test_a_parameter_that_is_not_offered_is_told(query: str, tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.get(f"{gateway.url}/v1/operations/cases?{query}", headers=OPERATOR) as response,
    ):
        assert response.status == 400


async def test_a_token_works_for_its_role_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        body: dict[str, object] = {"role": "officer", "agency": "beta", "person": "Dewi", "valid_for": "8 h"}
        body |= {"reason": "the night shift", "break_glass": True}
        async with gateway.client.post(f"{gateway.url}/v1/tokens", json=body, headers=OPERATOR) as response:
            assert response.status == 201
            token = (await response.json())["token"]
        async with gateway.client.get(f"{gateway.url}/v1/tasks", headers=bearer(token)) as response:
            assert response.status == 200
        recorded = await gateway.parts.journal.read("register")
        assert token not in repr(recorded)


async def test_a_guesser_is_slowed_and_the_holder_is_not(tmp_path: Path) -> None:
    async with running(tmp_path, guesses_per_min=5) as gateway:
        receipt = await gateway.apply("desk")
        url = f"{gateway.url}/v1/cases/{receipt['case']}"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            assert response.status == 200
        statuses: list[int] = []
        for number in range(8):
            async with gateway.client.get(url, headers=bearer(f"gpc_{number}")) as response:
                statuses.append(response.status)
        assert statuses == [404] * 5 + [429] * 3
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            assert response.status == 200
