"""Operators' acts on many cases over real HTTP: seen before, bound to what was seen, carried out by the gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from contracts.events import BulkStarted
from gateway.carrying import PIECE, Carrying
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, parts_of, running
from tests.integration.person import TROUBLE, Person, living

OPERATOR = bearer(TOKENS["operator"])


async def call(
    gateway: Gateway, method: str, path: str, body: object | None = None, who: dict[str, str] = OPERATOR
) -> tuple[int, Any]:
    async with gateway.client.request(method, f"{gateway.url}/v1/operations{path}", headers=who, json=body) as response:
        return response.status, await response.json()


async def seen(gateway: Gateway, act: str, **more: object) -> list[dict[str, str]]:
    status, view = await call(gateway, "POST", "/bulk", {"act": act, "reason": "flood", "preview": True, **more})
    assert status == 200, view
    return [{"case": line["case"], "step": line["step"]} for line in view["lines"] if line["word"] == "fits"]


async def begun(gateway: Gateway, act: str, lines: list[dict[str, str]], **more: object) -> dict[str, Any]:
    status, run = await call(gateway, "POST", "/bulk", {"act": act, "reason": "flood", "seen": lines, **more})
    assert status == 201, run
    return dict(run)


async def through(gateway: Gateway, run: str) -> dict[str, Any]:
    async def over() -> bool:
        return bool((await call(gateway, "GET", f"/bulk/{run}"))[1]["state"] != "running")

    await eventually_async(over)
    return dict((await call(gateway, "GET", f"/bulk/{run}"))[1])


async def marks(gateway: Gateway, case: str) -> list[str]:
    return list((await call(gateway, "GET", f"/cases/{case}"))[1]["view"]["marks"])


async def acts(gateway: Gateway, case: str) -> list[str]:
    return [act["act"] for act in (await call(gateway, "GET", f"/cases/{case}"))[1]["history"]["acts"]]


async def test_a_preview_does_something_or_hides_what_does_not_fit(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first, issued = (await gateway.apply("desk"))["case"], await gateway.apply("quick", Prefer="wait=10")
        _, view = await call(gateway, "POST", "/bulk", {"act": "pause", "reason": "flood", "preview": True})
        words = {line["case"]: (line["word"], line["detail"]) for line in view["lines"]}
        assert (view["state"], view["total"], view["run"]) == ("preview", 1, "")
        assert words == {first: ("fits", ""), issued["case"]: ("refused", "It is issued.")}
        assert await marks(gateway, first) == []
        for wrong in ({"reason": ""}, {"act": "take-incident"}, {"act": "dance"}, {}):
            assert (await call(gateway, "POST", "/bulk", {"act": "pause", "reason": "flood"} | wrong))[0] == 422


async def test_a_step_that_is_named_twice_is_acted_on_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        view = await begun(gateway, "pause", [{"case": case, "step": ", , "}])
        assert [line["word"] for line in view["lines"]] == ["done"]


async def test_a_run_touches_what_was_not_seen_or_hides_what_no_longer_applies(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        cases = [(await gateway.apply("desk"))["case"] for _ in range(3)]
        lines = await seen(gateway, "pause")
        late = (await gateway.apply("desk"))["case"]
        before = {"act": "pause", "reason": "somebody else was first"}
        assert (await call(gateway, "POST", f"/cases/{cases[0]}/acts", before))[0] == 200
        view = await begun(gateway, "pause", [*lines, {"case": "no-such-case"}])
        assert (view["state"], view["done"], view["refused"], view["joined"]) == ("done", 2, 2, [late])
        refused = {line["case"]: line["detail"] for line in view["lines"] if line["word"] == "refused"}
        gone = "There is no such case, or it is erased."
        assert refused == {cases[0]: "It is paused already.", "no-such-case": gone}
        assert await marks(gateway, late) == []
        for case in cases:
            assert (await acts(gateway, case)).count("CasePaused") == 1


async def test_a_restart_forgets_a_run_or_does_again_what_was_done_and_not_noted(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        done, left = [(await gateway.apply("desk"))["case"] for _ in range(2)]
        now, engine = gateway.parts.clock.now(), gateway.parts.engine
        run = BulkStarted(at=now, run="r1", act="pause", actor="op", reason="flood", cases=[done, left], steps=["", ""])
        await engine.register([run])
        body = {"act": "pause", "reason": "flood (bulk r1)"}  # done, and the process ended before it was noted
        assert (await call(gateway, "POST", f"/cases/{done}/acts", body))[0] == 200
        again = parts_of(gateway.parts.settings, tmp_path, journal=gateway.parts.journal, fake=gateway.fake)
        await again.engine.read_register()  # type: ignore[attr-defined]  # the embedded engine's
        async with asyncio.TaskGroup() as group:
            going = group.create_task(Carrying(again).go_on())

            async def over() -> bool:
                return len(again.engine.directory.bulk_runs["r1"].results) == 2

            await eventually_async(over)
            going.cancel()
        assert {(line.case, line.word) for line in again.engine.directory.bulk_runs["r1"].results} == {
            (done, "done"),
            (left, "done"),
        }
        assert (await acts(gateway, done)).count("CasePaused") == 1


async def test_more_cases_than_one_piece_wait_for_somebody_to_call_again(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for _ in range(PIECE + 2):
            await gateway.apply("desk")
        run = await begun(gateway, "pause", await seen(gateway, "pause"))
        assert (run["state"], run["left"]) == ("running", 2)
        assert (await through(gateway, run["run"]))["done"] == PIECE + 2


async def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for _ in range(2):
            await gateway.apply("desk")
        lines = await seen(gateway, "pause")
        waiting = await begun(gateway, "end", lines)
        assert (await call(gateway, "POST", f"/bulk/{waiting['run']}/stop", {"reason": ""}))[0] == 422
        status, view = await call(gateway, "POST", f"/bulk/{waiting['run']}/stop", {"reason": "not these"})
        assert (status, view["state"], view["stopped_by"], view["stopped_why"]) == (200, "stopped", "op", "not these")
        assert (await call(gateway, "POST", f"/bulk/{waiting['run']}/stop", {"reason": "again"}))[0] == 409
        assert view["left"] == len(lines)


async def test_a_filter_takes_steps_that_it_does_not_name(tmp_path: Path) -> None:
    async with running(tmp_path, script=TROUBLE) as gateway:
        stuck, fine = (await gateway.apply("late"))["case"], (await gateway.apply("desk"))["case"]

        async def held() -> bool:
            return "held" in await marks(gateway, stuck)

        await eventually_async(held)
        for given, cases in (
            ({"agency": "delta"}, [stuck]),
            ({"agency": "beta"}, [fine]),
            ({"step": "alpha"}, [fine, stuck]),
            ({"step": "alpha", "agency": "beta"}, []),
            ({"error": "DOES NOT TAKE"}, [stuck]),
            ({"error": "no such words"}, []),
            ({"attempts": 99}, []),
            ({"attempts": 1}, [fine, stuck]),
            ({"overdue": True}, []),
        ):
            assert [line["case"] for line in await seen(gateway, "pause", **given)] == cases, given
        run = await begun(
            gateway, "take-incident", await seen(gateway, "take-incident", owner="head"), owner="head of office"
        )
        assert [(line["step"], line["word"]) for line in run["lines"]] == [("delta", "done")]
        lines = await seen(gateway, "ask-again", step="delta")
        run = await begun(gateway, "ask-again", [{"case": stuck, "step": "delta, epsilon"}])
        assert lines == [{"case": stuck, "step": "delta"}]
        assert {(line["step"], line["word"]) for line in run["lines"]} == {("delta", "done"), ("epsilon", "refused")}


def test_a_run_cannot_be_seen_or_begun_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, words = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        town.applied("desk")
        assert person.types("case", "bulk", *words).code == 2
        assert "pause applies to 1 of 1 cases" in person.types("case", "bulk", "pause", "--reason", "flood", *words).out
        said = person.types("case", "bulk", "pause", "--reason", "flood", "--yes", *words)
        assert "1 done, 0 refused." in said.out
        said = person.types("approval", "show", said.out.split("Run ")[1].split(":")[0], *words)
        assert "1 done, 0 refused." in said.out
