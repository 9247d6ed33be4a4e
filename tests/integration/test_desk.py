"""Officers at one desk over real HTTP: who has a task, a second officer, colleagues, and what strangers see of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from tests.integration.person import Person, living, with_second_officer

BUDI, SRI, GITA, OPERATOR = (bearer(TOKENS[name]) for name in ("officer", "colleague", "stranger", "operator"))
YES = {"decision": "contribute", "output": {"number": "B-1"}}


async def on_the_desk(gateway: Gateway) -> str:
    """Open a case; give its task, once that is on the desk of beta."""
    case = (await gateway.apply("desk"))["case"]

    async def listed() -> bool:
        _, inbox = await call(gateway, "GET", f"?case={case}", BUDI)
        return bool(inbox["tasks"])

    await eventually_async(listed)
    return f"/{case}:beta:ask:1"


async def call(
    gateway: Gateway, method: str, path: str, who: dict[str, str], body: object | None = None
) -> tuple[int, Any]:
    async with gateway.client.request(method, f"{gateway.url}/v1/tasks{path}", headers=who, json=body) as response:
        return response.status, (await response.json() if response.status != 204 else None)


async def counts(gateway: Gateway, who: dict[str, str]) -> dict[str, int]:
    return dict((await call(gateway, "GET", "", who))[1]["counts"])


async def test_two_who_take_a_task_at_once_both_have_it_or_neither_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        task = await on_the_desk(gateway)
        answers = await asyncio.gather(*(call(gateway, "POST", f"{task}/claim", who, {}) for who in (BUDI, SRI)))
        assert sorted(status for status, _ in answers) == [200, 409]
        winner = next(told["officer"] for status, told in answers if status == 200)
        detail = next(told["detail"] for status, told in answers if status == 409)
        assert detail.startswith(f"{winner} has had this task since 20")
        loser = SRI if winner == "beta/budi" else BUDI
        assert (await call(gateway, "POST", f"{task}/decision", loser, YES))[0] == 409
        assert (await call(gateway, "POST", f"{task}/release", loser, {}))[0] == 409


async def test_a_list_of_the_inbox_has_what_belongs_to_another(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first, second = await on_the_desk(gateway), await on_the_desk(gateway)
        assert (await counts(gateway, BUDI))["unassigned"] == 2
        await call(gateway, "POST", f"{first}/claim", BUDI, {})
        assert {"unassigned": 1, "mine": 1, "all": 2, "overdue": 0, "done": 0}.items() <= (
            await counts(gateway, BUDI)
        ).items()
        assert (await counts(gateway, SRI))["mine"] == 0
        _, mine = await call(gateway, "GET", "?show=mine", BUDI)
        assert [task["key"].replace("/", ":") for task in mine["tasks"]] == [first.strip("/")]
        assert (await call(gateway, "GET", "?show=all&service=quick", BUDI))[1]["tasks"] == []
        assert (await call(gateway, "GET", "?due=2000-01-01", BUDI))[1]["counts"]["all"] == 0
        assert (await call(gateway, "GET", "?due=tomorrow", BUDI))[0] == 400
        assert (await call(gateway, "GET", "?show=everything", BUDI))[0] == 400
        assert (await call(gateway, "POST", f"{second}/decision", SRI, YES))[0] == 204
        _, done = await call(gateway, "GET", "?show=done", BUDI)
        assert [(task["officer"], task["word"]) for task in done["done"]] == [("beta/sri", "contributed")]


async def test_a_task_goes_to_somebody_who_is_no_colleague_or_without_a_reason(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        task = await on_the_desk(gateway)
        handing = {"to": "beta/sri", "reason": "on leave"}
        for wrong in ({"to": "gamma/gita"}, {"to": "beta/budi"}, {"reason": ""}):
            assert (await call(gateway, "POST", f"{task}/handover", BUDI, handing | wrong))[0] == 422
        assert (await call(gateway, "POST", f"{task}/handover", BUDI, handing))[1]["officer"] == "beta/sri"
        assert (await call(gateway, "POST", f"{task}/handover", GITA, handing))[0] == 404
        acts = f"{gateway.url}/v1/operations/cases/{task[1:].split(':')[0]}/acts"
        act = {"act": "reassign-task", "step": "beta", "owner": "gamma/gita", "reason": "she has left"}
        async with gateway.client.post(acts, json=act, headers=OPERATOR) as response:
            assert response.status == 422
        async with gateway.client.post(acts, json=act | {"owner": "beta/budi"}, headers=OPERATOR) as response:
            assert response.status == 200
        assert (await call(gateway, "GET", task, BUDI))[1]["officer"] == "beta/budi"


async def test_a_decision_counts_without_its_second_officer_or_by_the_first_s_own_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await with_second_officer(gateway)
        task = await on_the_desk(gateway)
        assert (await call(gateway, "POST", f"{task}/decision", BUDI, YES))[0] == 202
        proposal = (await call(gateway, "GET", task, SRI))[1]["proposal"]
        assert (proposal["officer"], proposal["answer"]["output"]) == ("beta/budi", {"number": "B-1"})
        word = {"confirm": True, "digest": proposal["digest"]}
        assert (await call(gateway, "POST", f"{task}/confirmation", BUDI, word))[0] == 409
        assert (await call(gateway, "POST", f"{task}/confirmation", GITA, word))[0] == 404
        assert (await call(gateway, "POST", f"{task}/confirmation", SRI, word | {"digest": "sha256:0"}))[0] == 409
        assert (await call(gateway, "POST", f"{task}/confirmation", SRI, word | {"confirm": False}))[0] == 422
        assert (await counts(gateway, SRI))["second"] == 1
        no = word | {"confirm": False, "text": "the wrong number"}
        assert (await call(gateway, "POST", f"{task}/confirmation", SRI, no))[0] == 204
        assert (await call(gateway, "GET", task, BUDI))[1]["objection"] == "the wrong number"
        assert (await call(gateway, "POST", f"{task}/decision", BUDI, YES))[0] == 202
        assert (await call(gateway, "POST", f"{task}/confirmation", SRI, word))[0] == 204
        assert (await call(gateway, "GET", task, SRI))[0] == 404


def test_a_second_officer_cannot_confirm_or_give_back_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, words = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["colleague"])
        key, digest = town.proposed()
        said = person.types("case", "tasks", "--show", "second", "--json", *words)
        assert [task["key"] for task in json.loads(said.out)["tasks"]] == [key]
        said = person.types("case", "confirm", key, "--digest", digest, "--reject", "too harsh", *words)
        assert said.out.strip() == "Recorded."
        key, digest = town.proposed()
        assert person.types("case", "confirm", key, "--digest", digest, "--json", *words).code == 0
        assert key in person.types("case", "tasks", "--show", "done", *words).out.replace("\n", "")


def filled_in(data: str, *decisions: dict[str, str]) -> str:
    """Fill in a sheet, row by row."""
    header, *rows = list(csv.reader(io.StringIO(data)))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    for row, decided in zip(rows, decisions, strict=True):
        writer.writerow([decided.get(name, cell) for name, cell in zip(header, row, strict=True)])
    return written.getvalue()


async def sheet(gateway: Gateway, who: dict[str, str], data: str | None = None, query: str = "") -> tuple[int, Any]:
    url = f"{gateway.url}/v1/sheets/beta{query}"
    if data is None:
        async with gateway.client.get(url, headers=who) as response:
            return response.status, (await response.read()).decode("utf-8-sig")
    async with gateway.client.post(url, data=data.encode(), headers={**who, "Content-Type": "text/csv"}) as response:
        return response.status, await response.json()


async def test_a_sheet_decides_before_it_was_seen_in_part_or_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for _ in range(3):
            await on_the_desk(gateway)
        _, data = await sheet(gateway, BUDI)
        yes, no = {"decision": "contribute", "out number": "B-1"}, {"decision": "refuse", "code": "no"}
        status, told = await sheet(
            gateway, BUDI, filled_in(data, yes, {"decision": "refuse"}, {"decision": "contribute"})
        )
        assert (status, {each["pointer"] for each in told["errors"]}) == (422, {"/3/code", "/4/out number"})
        whole = filled_in(data, yes, no, {})
        _, seen = await sheet(gateway, BUDI, whole, "?preview=true")
        assert (seen["ready"], seen["empty"], [line["word"] for line in seen["lines"]]) == (2, 1, ["ready", "ready"])
        assert (await counts(gateway, BUDI))["all"] == 3
        assert [line["word"] for line in (await sheet(gateway, BUDI, whole))[1]["lines"]] == ["decided", "decided"]
        assert [line["word"] for line in (await sheet(gateway, BUDI, whole))[1]["lines"]] == ["before", "before"]
        assert (await counts(gateway, BUDI))["all"] == 1


async def test_a_sheet_decides_what_is_another_s_or_has_changed(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        task = await on_the_desk(gateway)
        _, data = await sheet(gateway, BUDI)
        yes = {"decision": "contribute", "out number": "B-1"}
        stale = filled_in(data, yes | {"digest": "0123456789abcdef"})
        assert (await sheet(gateway, BUDI, stale))[1]["lines"][0]["word"] == "refused"
        assert (await sheet(gateway, GITA, filled_in(data, yes)))[0] == 404
        assert (await sheet(gateway, BUDI, filled_in(data, yes | {"task": "nobody/beta/ask/1"})))[0] == 422
        await call(gateway, "POST", f"{task}/claim", SRI, {})
        line = (await sheet(gateway, BUDI, filled_in(data, yes)))[1]["lines"][0]
        assert (line["word"], line["detail"]) == ("refused", "beta/sri has this task.")
        assert (await sheet(gateway, BUDI))[0] == 404
