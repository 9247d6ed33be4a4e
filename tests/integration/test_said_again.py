"""An act that is said again, over real HTTP: the same words are the same act, other words are refused."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from tests.abuse.test_page_owners import people
from tests.gateways import TOKENS, Gateway, running
from tests.integration.person import Person, living
from tests.integration.test_bulk import OPERATOR, acts, call, seen
from tests.integration.test_second_person import BY_SECOND, employed, ended, state

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
OTHER = "0b7e2468-40d5-43dd-bc93-6894a57f9324"


async def done(gateway: Gateway, case: str, key: str = KEY, **body: object) -> tuple[int, Any]:
    return await call(gateway, "POST", f"/cases/{case}/acts", body, {**OPERATOR, "Idempotency-Key": key})


async def test_an_act_said_again_is_done_twice_or_another_is_answered_with_the_first_one_s_answer(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case, other = (await gateway.apply("desk"))["case"], (await gateway.apply("desk"))["case"]
        body: dict[str, Any] = {"act": "pause", "reason": "flood"}
        answers = await asyncio.gather(*(done(gateway, case, **body) for _ in range(3)))
        assert [status for status, _ in answers] == [200] * 3
        assert (await acts(gateway, case)).count("CasePaused") == 1
        status, no = await done(gateway, case, **{**body, "reason": "fire", "act": "resume"})
        assert (status, no["type"].rpartition("/")[2]) == (422, "key-reused")
        assert "act, reason differ" in no["detail"]
        assert (await done(gateway, case, OTHER, **body))[0] == 409, "another key is another act"
        assert (await done(gateway, other, **body))[0] == 200, "a key of one case is taken in another"
        assert (await done(gateway, case, "short", **body))[0] == 400
        theirs = {**BY_SECOND, "Idempotency-Key": KEY}
        assert (await call(gateway, "POST", f"/cases/{case}/acts", body, theirs))[0] == 409, "another person's answer"


async def test_what_waits_for_a_second_person_is_said_again_with_another_reason_and_nobody_reads_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case = (await gateway.apply("desk"))["case"]
        runs = {run["run"] for _, run in await asyncio.gather(*(ended(gateway, case) for _ in range(3)))}
        assert len(runs) == 1, "said three times at once, it waits three times"
        status, no = await ended(gateway, case, reason="fraud")
        assert (status, "reason differ" in no["detail"], next(iter(runs)) in no["detail"]) == (409, True, True)
        assert (await call(gateway, "POST", f"/bulk/{runs.pop()}/approval", {}, BY_SECOND))[1]["reason"] != "fraud"
        other = (await gateway.apply("desk"))["case"]
        body: dict[str, Any] = {"act": "end", "reason": "by letter", "break_glass": True}
        first = await done(gateway, other, **body)
        assert first[0] == 200
        assert (await done(gateway, other, **body))[0] == 200, "the answer was lost, and the glass is broken again"
        otherwise: dict[str, Any] = {**body, "break_glass": False}
        assert (await done(gateway, other, **otherwise))[0] == 422
        glass = [run for run in (await call(gateway, "GET", "/bulk"))[1]["runs"] if run["broke_glass"]]
        assert len(glass) == 1
        assert await state(gateway, other) in {"closing", "ended"}


async def test_a_run_on_many_cases_is_begun_twice_or_in_other_words(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        keyed = {**OPERATOR, "Idempotency-Key": KEY}
        body = {"act": "pause", "reason": "flood", "seen": await seen(gateway, "pause")}
        answers = await asyncio.gather(*(call(gateway, "POST", "/bulk", body, keyed) for _ in range(2)))
        assert len({run["run"] for _, run in answers}) == 1
        asked = {"act": "pause", "reason": "flood", "preview": True}
        assert (await call(gateway, "POST", "/bulk", asked, keyed))[1]["run"] == answers[0][1]["run"]
        status, no = await call(gateway, "POST", "/bulk", {**body, "reason": "fire"}, keyed)
        assert (status, "reason differ" in no["detail"]) == (422, True)
        status, no = await call(gateway, "POST", "/bulk", {**body, "seen": [{"case": "another"}]}, keyed)
        assert (status, "seen differ" in no["detail"]) == (422, True), "other cases are answered with the first run"
        assert (await acts(gateway, case)).count("CasePaused") == 1


async def test_a_form_that_is_sent_twice_acts_twice_or_hides_what_was_changed_in_it(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        operator, path = persons["operator"], f"/operasi/permohonan/{case}/tindakan/pause"
        found = re.search(r'name="_key" value="([^"]+)"', (await operator.get(path))[1])
        assert found is not None
        form = {"/reason": "banjir", "_key": found[1]}
        assert [(await operator.post(path, form))[0] for _ in range(2)] == [303, 303]
        async with operator.client.post(
            stage.url + path, data={**form, "/reason": "kebakaran", "_token": await _token(operator)},
            headers={"Sec-Fetch-Site": "same-origin"},
        ) as response:  # fmt: skip
            page = await response.text()
        assert "sudah pernah dikirim, dan reason kini berbeda" in page
        again = re.search(r'name="_key" value="([^"]+)"', page)
        assert again is not None
        assert again[1] != found[1], "nobody gets away from the form"


async def _token(person: Any) -> str:  # noqa: ANN401 - a browser of the tests
    found = re.search(r'name="_token" value="([0-9a-f]{64})"', (await person.get("/masuk"))[1])
    assert found is not None
    return found[1]


def test_an_act_or_a_run_cannot_be_said_again_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, first = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"], "--key", KEY)
        case, _ = town.applied("desk")
        said = ("case", "act", case, "pause", "--reason", "flood")
        assert [person.types(*said, *first).code for _ in range(2)] == [0, 0]
        assert "reason differ now" in person.types(*said[:4], "--reason", "fire", *first).told
        run = ("case", "bulk", "resume", "--yes", "--reason", "dry again")
        begun, same = (re.findall(r"Run (\S+):", person.types(*run, *first).out) for _ in range(2))
        assert begun == same != []
        gone = ("--url", "http://127.0.0.1:9", "--token", TOKENS["operator"], "--key", KEY)
        assert f"--key {KEY}" in person.types(*said, *gone).told
