"""What cannot be taken back, over real HTTP: a second operator, or broken glass and somebody else's review."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from contracts.events import BulkStarted, TokenIssued
from gateway.bulk import Bulk
from gateway.identity.callers import Caller, Grant
from gateway.identity.secrets import digest_of
from gateway.problems import NotPossibleNow
from gateway.second_person import OWNER, REVIEWED_WITHIN, WAITS_FOR
from tests.gateways import TOKENS, Gateway, bearer, parts_of, running
from tests.integration.person import Person, living
from tests.integration.test_bulk import OPERATOR, acts, begun, call, seen
from workflows.ports import Append, Journal

SECOND = "gpt_second-operator-of-the-tests-0123456789012"
BY_SECOND = bearer(SECOND)


async def employed(gateway: Gateway, person: str = "second", token: str = SECOND) -> None:
    """Let somebody else be an operator too."""
    now = gateway.parts.clock.now()
    issued = TokenIssued(
        at=now, digest=digest_of(token), role="operator", agency="", person=person, expires_at=now + timedelta(days=1)
    )
    await gateway.parts.engine.register([issued])


async def ended(gateway: Gateway, case: str, **more: object) -> tuple[int, Any]:
    return await call(gateway, "POST", f"/cases/{case}/acts", {"act": "end", "reason": "withdrawn by letter", **more})


async def state(gateway: Gateway, case: str) -> str:
    return str((await call(gateway, "GET", f"/cases/{case}"))[1]["view"]["state"])


async def test_one_person_ends_a_case_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        status, run = await ended(gateway, case)
        assert (status, run["state"], run["single"], run["alone"]) == (202, "waits", True, True)
        assert await state(gateway, case) == "open"
        assert (await ended(gateway, case))[1]["run"] == run["run"], "said twice, it waits twice"
        await employed(gateway, person=" Op\u200b")  # the same person, spelled otherwise
        for who in (OPERATOR, BY_SECOND):
            assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, who))[0] == 409
        shown = (await call(gateway, "GET", f"/cases/{case}"))[1]["runs"]
        assert [each["run"] for each in shown] == [run["run"]]
        await employed(gateway)
        status, approved = await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, BY_SECOND)
        assert (status, approved["state"], approved["approved_by"], approved["done"]) == (200, "done", "second", 1)
        assert await state(gateway, case) in {"closing", "ended"}
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, BY_SECOND))[0] == 409
        assert (await acts(gateway, case)).count("CaseEndedByHand") == 1


async def test_what_no_longer_applies_is_done_when_it_is_approved(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        receipt = await gateway.apply("desk")
        _, run = await ended(gateway, receipt["case"])
        async with gateway.client.post(
            f"{gateway.url}/v1/cases/{receipt['case']}/withdrawal", headers=bearer(receipt["secret"]), json={}
        ) as response:
            assert response.status == 200
        _, approved = await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, BY_SECOND)
        assert [(line["word"], line["code"]) for line in approved["lines"]] == [("refused", "not_open")]
        assert (await ended(gateway, receipt["case"]))[0] == 409, "what is not possible waits for somebody"


async def test_an_output_is_revoked_or_an_undo_written_off_by_one_person(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("quick", Prefer="wait=10"))["case"]
        body = {"act": "revoke", "reason": "issued by mistake"}
        assert (await call(gateway, "POST", f"/cases/{case}/acts", body))[0] == 202
        assert await state(gateway, case) == "issued"
        body = {"act": "undone", "reason": "r", "step": "alpha", "evidence": "letter 1/2026"}
        assert (await call(gateway, "POST", f"/cases/{case}/acts", body))[0] == 409


async def test_an_act_is_begun_refused_or_reviewed_without_a_word_that_anybody_can_read(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case = (await gateway.apply("desk"))["case"]
        for unsaid in ("", "  ", "\u200b\u2060"):
            assert (await ended(gateway, case, reason=unsaid))[0] == 422
            assert (await ended(gateway, case, act="undone", step="beta", evidence=unsaid))[0] == 422
            assert (await call(gateway, "POST", "/bulk", {"act": "pause", "reason": unsaid, "preview": True}))[0] == 422
            assert (await token(gateway, OPERATOR, reason=unsaid))[0] == 422
        _, run = await ended(gateway, case)
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/stop", {"reason": "\u200b"}, BY_SECOND))[0] == 422
        _, run = await call(gateway, "POST", f"/cases/{case}/acts", {"act": "end", "reason": "r", "break_glass": True})
        run = (await call(gateway, "GET", "/bulk"))[1]["runs"][0]
        found = {"right": True, "text": "\u200b"}
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/review", found, BY_SECOND))[0] == 422


async def test_broken_glass_is_forgotten_or_reviewed_by_whoever_broke_it(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await gateway.apply("desk"))["case"]
        status, view = await ended(gateway, case, break_glass=True)
        assert (status, view["state"] in {"closing", "ended"}) == (200, True)
        (run,) = (await call(gateway, "GET", "/bulk"))[1]["runs"]
        assert (run["review"], run["broke_glass"], run["approved_by"]) == ("due", True, "")
        found = {"right": False, "text": "it could have waited"}
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/review", found))[0] == 409
        await employed(gateway)
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/review", {**found, "text": " "}, BY_SECOND))[0] == 422
        status, reviewed = await call(gateway, "POST", f"/bulk/{run['run']}/review", found, BY_SECOND)
        assert (status, reviewed["review"], reviewed["reviewed_by"]) == (200, "wrong", "second")
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/review", found, BY_SECOND))[0] == 409


async def test_what_waits_or_is_to_be_reviewed_is_never_late(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case, now = (await gateway.apply("desk"))["case"], gateway.parts.clock.now()
        old = BulkStarted(
            at=now - WAITS_FOR, run="old", act="end", actor="op", reason="r", cases=[case], single=True, waits=True
        )
        glass = structs.replace(old, at=now - REVIEWED_WITHIN, run="glass", cases=[], waits=False, broke_glass=True)
        await gateway.parts.engine.register([old, glass])
        runs = {run["run"]: run for run in (await call(gateway, "GET", "/bulk"))[1]["runs"]}
        assert (runs["old"]["state"], runs["glass"]["review"]) == ("lapsed", "overdue")
        assert (await call(gateway, "POST", "/bulk/old/approval", {}, BY_SECOND))[0] == 409
        assert await state(gateway, case) == "open"


async def test_many_cases_are_ended_by_one_person_s_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case = (await gateway.apply("desk"))["case"]
        run = await begun(gateway, "end", await seen(gateway, "end"))
        assert run["state"] == "waits"
        shown = (await call(gateway, "GET", f"/bulk/{run['run']}", who=BY_SECOND))[1]
        assert [(line["case"], line["word"]) for line in shown["lines"]] == [(case, "fits")]
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}))[0] == 409
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, BY_SECOND))[1]["done"] == 1


async def token(gateway: Gateway, who: dict[str, str], **more: object) -> tuple[int, Any]:
    body = {"role": "operator", "person": "Sari", "reason": "the third shift", **more}
    async with gateway.client.post(f"{gateway.url}/v1/tokens", headers=who, json=body) as response:
        return response.status, await response.json()


async def test_one_operator_makes_another_who_is_really_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        assert (await token(gateway, OPERATOR, reason=""))[0] == 422
        status, issued = await token(gateway, OPERATOR)
        assert (status, issued["waits"]) == (202, True)
        sari = bearer(issued["token"])
        assert (await call(gateway, "GET", "/cases", who=sari))[0] == 401
        await employed(gateway, person="Sari")
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/approval", {}, BY_SECOND))[0] == 409
        await employed(gateway)
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/approval", {}, BY_SECOND))[0] == 200
        assert (await call(gateway, "GET", "/cases", who=sari))[0] == 200


async def test_a_token_that_did_not_wait_approves_what_its_maker_began(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        status, issued = await token(gateway, OPERATOR, break_glass=True)
        assert (status, issued["waits"]) == (201, False)
        sari, case = bearer(issued["token"]), (await gateway.apply("desk"))["case"]
        _, run = await ended(gateway, case)
        assert run["alone"]
        status, no = await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, sari)
        assert (status, "issued without a second person" in no["detail"]) == (409, True)
        found = {"right": True, "text": "she is on the roster"}
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/review", found, sari))[0] == 409
        await employed(gateway)
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/review", found, BY_SECOND))[0] == 200
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, sari))[0] == 200


async def test_a_person_approves_what_a_token_of_their_own_making_began(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        _, issued = await token(gateway, OPERATOR, break_glass=True)
        sari, case = bearer(issued["token"]), (await gateway.apply("desk"))["case"]
        _, run = await call(gateway, "POST", f"/cases/{case}/acts", {"act": "end", "reason": "by letter"}, sari)
        status, no = await call(gateway, "POST", f"/bulk/{run['run']}/approval", {})
        assert (status, "issued without a second person" in no["detail"]) == (409, True)
        assert await state(gateway, case) == "open"
        await employed(gateway)
        found = {"right": True, "text": "she is on the roster"}
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/review", found, BY_SECOND))[0] == 200
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}))[0] == 200


class Slow:
    """A journal that lets others go first before it writes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the journal has
        return getattr(self._journal, name)

    async def append(self, append: Append) -> int:
        await asyncio.sleep(0)
        return await self._journal.append(append)


async def test_a_token_that_one_person_refuses_is_approved_by_another_at_the_same_moment(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        _, issued = await token(gateway, OPERATOR)
        slow: Any = Slow(gateway.parts.journal)
        parts = parts_of(gateway.parts.settings, tmp_path, journal=slow, fake=gateway.fake)
        await parts.engine.read_register()  # type: ignore[attr-defined]  # the embedded engine's
        bulk = Bulk(parts)
        second, third = (Caller(grants=(Grant(role="operator", person=name),)) for name in ("second", "third"))
        _, told = await asyncio.gather(
            bulk.stop(second, issued["run"], "nobody knows her"),
            bulk.approve(third, issued["run"]),
            return_exceptions=True,
        )
        assert isinstance(told, NotPossibleNow)
        assert digest_of(issued["token"]) not in parts.engine.directory.tokens


async def test_the_first_operator_cannot_name_the_second_or_anybody_is_the_first(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway, person=OWNER)
        status, issued = await token(gateway, BY_SECOND, reason="")
        assert (status, issued["waits"], issued["run"]) == (201, False, "")
        assert (await token(gateway, BY_SECOND, person=OWNER.upper()))[0] == 422


def test_a_second_person_cannot_be_asked_or_decide_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, first = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        case, _ = town.applied("desk")
        assert "Nothing waits" in person.types("approval", "list", *first).out
        said = person.types("case", "act", case, "end", "--reason", "by letter", *first)
        assert "gapura approval approve" in said.out
        run = said.out.split("approval approve ")[1].split()[0]
        assert "waits for a second" in person.types("approval", "list", *first).told
        assert person.types("approval", "approve", run, *first).code == 4
        assert "not these" in person.types("approval", "stop", run, "--reason", "not these", *first).told
        made = person.types("token", "issue", "operator", "Sari", "--reason", "shift", "--break-glass", *first)
        second = ("--url", town.url, "--token", made.out.strip())
        person.types("case", "act", case, "end", "--reason", "by letter", "--break-glass", *first)
        assert "to be reviewed by" in person.types("approval", "list", *second).told
        listed = person.types("approval", "list", *first).out.splitlines()
        run = next(line.split()[0] for line in listed if " end " in line)
        assert person.types("approval", "review", run, "--right", "--text", "seen", *second).code == 4
