"""Operators' acts on many cases over real HTTP: seen before, recorded, gone on with, and never done twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from contracts.events import TokenIssued
from gateway.bulk import PIECE, Bulk
from gateway.identity.callers import Caller, Grant
from gateway.identity.secrets import digest_of
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, parts_of, running
from tests.integration.person import TROUBLE, Person, living

OPERATOR, SECOND = bearer(TOKENS["operator"]), bearer("gpt_second-operator-of-the-tests-0123456789012")
WHO = Caller(grants=(Grant(role="operator", person="op"),))


async def call(
    gateway: Gateway, method: str, path: str, body: object | None = None, who: dict[str, str] = OPERATOR
) -> tuple[int, Any]:
    async with gateway.client.request(method, f"{gateway.url}/v1/operations{path}", headers=who, json=body) as response:
        return response.status, await response.json()


async def begun(gateway: Gateway, act: str, **more: object) -> dict[str, Any]:
    status, run = await call(gateway, "POST", "/bulk", {"act": act, "reason": "flood", **more})
    assert status == 201, run
    return dict(run)


async def through(gateway: Gateway, run: str) -> dict[str, Any]:
    return dict((await call(gateway, "POST", f"/bulk/{run}/continuation", {}))[1])


async def marks(gateway: Gateway, case: str) -> list[str]:
    return list((await call(gateway, "GET", f"/cases/{case}"))[1]["view"]["marks"])


async def acts(gateway: Gateway, case: str) -> list[str]:
    return [act["act"] for act in (await call(gateway, "GET", f"/cases/{case}"))[1]["history"]["acts"]]


async def test_a_preview_does_something_or_hides_what_does_not_fit(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first, issued = (await gateway.apply("desk"))["case"], await gateway.apply("quick", Prefer="wait=10")
        _, seen = await call(gateway, "POST", "/bulk", {"act": "pause", "reason": "flood", "preview": True})
        words = {line["case"]: (line["word"], line["detail"]) for line in seen["lines"]}
        assert (seen["state"], seen["total"], seen["run"]) == ("preview", 1, "")
        assert words == {first: ("fits", ""), issued["case"]: ("refused", "It is issued.")}
        assert await marks(gateway, first) == []
        for wrong in ({"reason": ""}, {"act": "take-incident"}, {"act": "dance"}, {"act": "resume"}):
            assert (await call(gateway, "POST", "/bulk", {"act": "pause", "reason": "flood"} | wrong))[0] == 422


async def test_a_run_does_a_case_twice_or_leaves_one_out(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        cases = [(await gateway.apply("desk"))["case"] for _ in range(3)]
        run = (await begun(gateway, "pause"))["run"]
        _, other = await call(
            gateway, "POST", f"/cases/{cases[0]}/acts", {"act": "pause", "reason": "somebody else was first"}
        )
        assert "paused" in other["marks"]
        await asyncio.gather(*(through(gateway, run) for _ in range(3)))
        view = await through(gateway, run)
        assert (view["state"], view["done"], view["refused"], view["left"]) == ("done", 2, 1, 0)
        (refused,) = (line for line in view["lines"] if line["word"] == "refused")
        assert (refused["case"], refused["detail"]) == (cases[0], "It is paused already.")
        for case in cases:
            assert (await acts(gateway, case)).count("CasePaused") == 1


async def test_a_restart_forgets_a_run_or_does_again_what_was_done_and_not_noted(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        run = (await begun(gateway, "pause"))["run"]
        body = {"act": "pause", "reason": f"flood (bulk {run})"}  # done, and the process ended before it was noted
        assert (await call(gateway, "POST", f"/cases/{case}/acts", body))[0] == 200
        again = parts_of(gateway.parts.settings, tmp_path, journal=gateway.parts.journal, fake=gateway.fake)
        await again.engine.read_register()  # type: ignore[attr-defined]  # the embedded engine's
        view = await Bulk(again).go_on(WHO, run)
        assert [(line.case, line.word) for line in view.lines] == [(case, "done")]
        assert (await acts(gateway, case)).count("CasePaused") == 1


async def test_a_run_that_cannot_be_taken_back_begins_by_one_person_s_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        now = gateway.parts.clock.now()
        token = SECOND["Authorization"].removeprefix("Bearer ")
        expires = next(iter(gateway.parts.engine.directory.tokens.values())).expires_at
        issued = TokenIssued(
            at=now, digest=digest_of(token), role="operator", agency="", person="second", expires_at=expires
        )
        await gateway.parts.engine.register([issued])
        case = (await gateway.apply("desk"))["case"]
        run = await begun(gateway, "end")
        assert run["state"] == "waits"
        seen = (await call(gateway, "GET", f"/bulk/{run['run']}", who=SECOND))[1]
        assert [(line["case"], line["word"]) for line in seen["lines"]] == [(case, "fits")]
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/continuation", {}))[0] == 409
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}))[0] == 409
        approved = await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, SECOND)
        assert (approved[0], approved[1]["approved_by"]) == (200, "second")
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, SECOND))[0] == 409
        assert (await through(gateway, run["run"]))["done"] == 1
        assert (await call(gateway, "GET", f"/cases/{case}"))[1]["view"]["state"] in {"closing", "ended"}


async def test_the_broken_glass_is_not_on_record(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await gateway.apply("desk")
        run = await begun(gateway, "end", break_glass=True)
        assert (run["state"], run["broke_glass"], run["approved_by"]) == ("running", True, "")


async def test_more_cases_than_one_piece_are_carried_out_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for _ in range(PIECE + 2):
            await gateway.apply("desk")
        run = (await begun(gateway, "pause"))["run"]
        assert (await through(gateway, run))["left"] == 2
        assert (await through(gateway, run))["state"] == "done"


async def test_steps_that_are_stuck_are_not_asked_again_or_get_no_owner(tmp_path: Path) -> None:
    async with running(tmp_path, script=TROUBLE) as gateway:
        case = (await gateway.apply("late"))["case"]

        async def stuck() -> bool:
            return "held" in await marks(gateway, case)

        await eventually_async(stuck)
        run = await begun(gateway, "take-incident", owner="head of office", mark="held")
        assert [(line["step"], line["word"]) for line in (await through(gateway, run["run"]))["lines"]] == [
            ("delta", "done")
        ]
        run = await begun(gateway, "ask-again", step="delta")
        assert (await through(gateway, run["run"]))["done"] == 1


def test_a_run_cannot_be_approved_or_gone_on_with_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, words = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        town.applied("desk")
        assert person.types("case", "bulk", *words).code == 2
        said = person.types("case", "bulk", "end", "--reason", "flood", "--yes", *words)
        assert "another operator approves it with --approve" in said.out
        run = said.out.split("--approve ")[1].split()[0]
        assert person.types("case", "bulk", "--approve", run, *words).code == 4
        said = person.types("case", "bulk", "pause", "--reason", "flood", "--yes", *words)
        assert "1 done, 0 refused." in said.out
        said = person.types("case", "bulk", "--go-on", said.out.split("Run ")[1].split(":")[0], *words)
        assert "1 done, 0 refused." in said.out
