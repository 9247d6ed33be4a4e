"""An agency that would do twice what it is asked twice, and an answer that is lost: in the end it is done once.

The example's revenue office and the gateway are real processes, and so is what befalls them.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, cast

import pytest

from examples.purbalingga.start import REPOSITORY, Running
from gateway.cli.calling import connect
from gateway.cli.demo.town import Town
from gateway.cli.exits import Ends
from tests.eventually import eventually_async
from tests.integration.revenue_office import iso_day
from tests.integration.test_samples_live import quick_town

NUMBERS = itertools.count(70)
OWNER: dict[str, Any] = {"nik": "3303061201920000", "full_name": "Agus Hermawan", "workers": []}
ACTIVE = {"status": "active", "active_from": "2026-11-24"}
VERIFIED = {"certificate": "SS-33.03-2026-0009", "verified_on": "2026-11-24"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    opened = quick_town(tmp_path_factory.mktemp("town"))
    yield opened
    opened.stop()


class Case:
    """One application, the operator, the officers, and the revenue office."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.receipt: dict[str, Any] = {}

    @property
    def office(self) -> Running:
        return cast("Running", self.town.agencies["bakeuda"])

    async def office_with(self, *options: str) -> None:
        """Start the revenue office again, with a fault or without."""
        await asyncio.to_thread(self.office.stop)
        self.office.options = options
        await asyncio.to_thread(self.office.start)

    async def apply(self, kbli: str = "56102") -> None:
        """Apply for an eating house, at an address of its own."""
        address = {"street": f"Jl. Contoh {next(NUMBERS)} RT 01 RW 01", "village": "33.03.06.1013"}
        self.receipt = await self.town.apply(
            {**OWNER, "kbli": kbli, "business": {"name": "Warung Hermawan", "address": address}}
        )

    async def step(self, name: str = "regional_tax") -> dict[str, Any]:
        view = await self.town.view(self.receipt)
        return next(step for step in view["steps"] if step["step"] == name)

    async def until(self, state: str, name: str = "regional_tax", *, round_: int = 1) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            step = await self.step(name)
            return step if (step["state"], step["round"]) == (state, round_) else None

        return cast("dict[str, Any]", await eventually_async(there, within_s=30))

    async def act(self, act: str, **given: object) -> None:
        """Act as the operator."""
        async with connect(self.town.url, self.town.gateway.operator_token) as client:
            body = {"act": act, "step": "regional_tax", "reason": "telephoned", **given}
            await client.send("POST", f"/v1/operations/cases/{self.receipt['case']}/acts", body)

    async def decide(self, agency: str, task: str, **decision: object) -> None:
        """Decide as an agency's officer."""
        token = await self.town.token("officer", f"Officer of {agency}", agency)
        async with connect(self.town.url, token) as client:
            await client.send("POST", f"/v1/tasks/{self.receipt['case']}:{task}/decision", decision)

    async def is_issued(self) -> None:
        """Let the tax office decide, and hold that the joint output comes, of one entry in the register."""
        await self.until("accepted", "taxpayer")
        await self.decide("djp", "taxpayer:ask:1", decision="contribute", output=ACTIVE)
        await self.town.until(self.receipt, ["issued"])
        assert await self.entered() == {"attempts": 1, "effects": 1, "standing": 1, "state": "answered"}

    async def entered(self, round_: int = 1) -> dict[str, Any] | None:
        """Give what the register holds of this case."""
        held = (await self.town.registers())["bakeuda"]["asks"]
        found: dict[str, Any] | None = held.get(f"{self.receipt['case']}/regional_tax/ask/{round_}")
        return found

    def screen(self, *arguments: str) -> str:
        """Use the officers' screen of the revenue office."""
        command = [sys.executable, "-m", "examples.purbalingga.agencies.bakeuda", "--data", str(self.office.data)]
        return subprocess.run([*command, *arguments], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout

    async def is_in_doubt(self) -> None:
        """Everybody sees that it is not known, and nobody can have it asked again."""
        step = await self.until("exhausted")
        assert (step["incident"]["cause"], step["being_checked"], step["attempt"]) == ("unknown", True, 1)
        assert {"nothing-done", "contribute"} <= set(step["incident"]["acts"])
        assert "held" in (await self.town.view(self.receipt))["marks"]
        with pytest.raises(Ends, match="settle its outcome first"):
            await self.act("ask-again")

    async def is_settled_from_the_screen(self) -> None:
        """Let the operator have it looked up with the office, and contribute what stands there."""
        found = self.screen("--find", f"{self.receipt['case']}/regional_tax/ask/1").split()
        assert found[2] == "BERLAKU"
        output = {"npwpd": found[0], "registered_on": iso_day(found[1])}
        await self.act("contribute", output=output, evidence="looked up with Bakeuda, their entry of today")
        assert (await self.until("contributed"))["signed"] == "attested"


@pytest.fixture
def case(town: Town) -> Case:
    return Case(town)


async def test_what_was_done_before_its_answer_was_lost_is_done_again_or_never_counts(case: Case) -> None:
    await case.office_with("--lose-answer-once")
    await case.apply()
    await case.is_in_doubt()
    await case.is_settled_from_the_screen()
    await case.is_issued()


async def test_what_was_not_done_stays_undone_or_is_done_twice_once_that_is_known(case: Case) -> None:
    await case.office_with("--fail-first", "1")
    await case.apply()
    await case.is_in_doubt()
    assert case.screen("--find", f"{case.receipt['case']}/regional_tax/ask/1") == ""
    await case.act("nothing-done", evidence="looked up with Bakeuda, there is no entry")
    await case.act("ask-again")
    await case.until("contributed")
    await case.is_issued()


async def test_a_call_of_which_nothing_left_waits_for_a_person(case: Case) -> None:
    await asyncio.to_thread(case.office.stop)
    await case.apply()
    assert not (await case.until("failed"))["being_checked"]
    await case.office_with()
    await case.until("contributed")
    await case.is_issued()


async def test_a_gateway_that_is_killed_before_the_answer_asks_again(case: Case) -> None:
    await case.office_with("--delay", "60")
    await case.apply()
    await eventually_async(case.entered)
    await asyncio.to_thread(case.town.gateway.kill)
    await case.office_with()
    await asyncio.to_thread(case.town.gateway.start)
    await case.is_in_doubt()
    await case.is_settled_from_the_screen()
    await case.is_issued()


async def test_what_an_officer_has_to_take_back_is_not_on_their_desk_or_stands_beside_the_new(case: Case) -> None:
    """The licensing office refuses after the revenue office contributed: a new address, and a new registration."""
    await case.office_with()
    await case.apply(kbli="56101")
    first = await case.until("contributed")
    await case.until("accepted", "permit")
    await case.decide("dpmptsp", "permit:ask:1", decision="refuse", code="place_not_found", text="Tidak ada.")
    await case.until("refused", "permit")
    address = {"street": f"Jl. Contoh {next(NUMBERS)} RT 01 RW 01"}
    async with connect(case.town.url, case.receipt["secret"]) as client:
        answers = {"business": {"address": address}}
        await client.send("POST", f"/v1/cases/{case.receipt['case']}/corrections", {"answers": answers})
    task = f"{case.receipt['case']}/regional_tax/undo/1"

    async def on_the_desk() -> bool:
        token = await case.town.token("officer", "Officer of bakeuda", "bakeuda")
        async with connect(case.town.url, token) as client:
            return task in [entry["key"] for entry in (await client.get("/v1/tasks"))["tasks"]]

    await eventually_async(on_the_desk)
    assert await case.entered() == {"attempts": 1, "effects": 1, "standing": 1, "state": "answered"}
    assert await case.entered(2) is None
    assert "DICABUT" in case.screen("--strike", first["output"]["npwpd"])
    await case.decide("bakeuda", "regional_tax:undo:1", decision="undone")
    again = await case.until("contributed", round_=2)
    assert again["output"]["npwpd"] != first["output"]["npwpd"]
    await case.until("accepted", "permit", round_=2)
    await case.decide("dpmptsp", "permit:ask:2", decision="contribute", output=VERIFIED)
    await case.until("accepted", "taxpayer")
    await case.decide("djp", "taxpayer:ask:1", decision="contribute", output=ACTIVE)
    await case.town.until(case.receipt, ["issued"])
    assert (await case.entered(1), await case.entered(2)) == (
        {"attempts": 1, "effects": 1, "standing": 0, "state": "answered"},
        {"attempts": 1, "effects": 1, "standing": 1, "state": "answered"},
    )
