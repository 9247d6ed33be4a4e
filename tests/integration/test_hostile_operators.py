"""What an operator tries who wants to be two people, or to be quicker than the second one, over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

from contracts.events import BulkStarted
from contracts.ids import CaseId
from tests.gateways import Gateway, bearer, running
from tests.integration.test_bulk import OPERATOR, acts, call
from tests.integration.test_second_person import BY_SECOND, employed, ended, state
from tests.integration.test_tokens import revoked

THIRD = "gpt_third-operator-of-the-tests-01234567890123"
OWN = "gpt_another-token-of-the-first-operator-012345"


async def approved(gateway: Gateway, run: str, who: dict[str, str] = BY_SECOND) -> tuple[int, str]:
    status, told = await call(gateway, "POST", f"/bulk/{run}/approval", {}, who)
    return status, told["lines"][0]["detail"] if status == 200 and told["lines"] else ""


async def test_two_approve_at_once_or_one_breaks_the_glass_twice_and_it_is_done_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        await employed(gateway, "third", THIRD)
        case, other = [(await gateway.apply("desk"))["case"] for _ in range(2)]
        _, run = await ended(gateway, case)
        both = await asyncio.gather(*(approved(gateway, run["run"], who) for who in (BY_SECOND, bearer(THIRD))))
        assert sorted(status for status, _ in both) == [200, 409]
        assert (await acts(gateway, case)).count("CaseEndedByHand") == 1
        await asyncio.gather(*(ended(gateway, other, break_glass=True) for _ in range(3)))
        assert (await acts(gateway, other)).count("CaseEndedByHand") == 1


async def test_one_person_approves_through_another_token_or_refuses_a_review_of_their_own(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway, "op", OWN)  # two tokens of one person
        case = (await gateway.apply("desk"))["case"]
        _, run = await ended(gateway, case)
        for who in (OPERATOR, bearer(OWN)):
            assert (await approved(gateway, run["run"], who))[0] == 409
        assert (await revoked(gateway, OWN, "mine"))[0] == 200
        assert (await call(gateway, "GET", "/cases", who=bearer(OWN)))[0] == 401
        assert await state(gateway, case) == "open"


async def test_what_is_approved_is_done_to_another_case_than_was_seen(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case, now = CaseId((await gateway.apply("desk"))["case"]), gateway.parts.clock.now()
        saw = BulkStarted(
            at=now, run="saw", act="end", actor="op", reason="r", cases=[case], single=True, waits=True, saw="issuing"
        )
        await gateway.parts.engine.register([saw])
        assert "was issuing when this was begun, and is open now" in (await approved(gateway, "saw"))[1]
        gone = CaseId((await gateway.apply("desk"))["case"])
        _, run = await ended(gateway, gone)
        await gateway.parts.journal.erase(gone)
        assert "or it is erased" in (await approved(gateway, run["run"]))[1]
        assert (await ended(gateway, gone))[0] == 404
        assert await state(gateway, case) == "open"
