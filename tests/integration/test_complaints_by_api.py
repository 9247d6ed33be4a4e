"""What people who run other engines complain of most, played by the API: one bad week of a service.

The health office is down when two births are reported, moves to another address, and the service gets another plan,
while both wait; the insurance takes what it is asked and never calls back. The rest of the list is played elsewhere
(`test_complaints_of_other_engines.py` names them all).
"""

# pyright: reportPrivateUsage=false
# It lets the town propose what another plan needs.
from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import Struct, field

from gateway.bootstrap import open_parts
from gateway.cli.calling import connect
from tests.eventually import eventually_async
from tests.integration.samples import load_samples
from tests.integration.weeks import Crowd
from tests.integration.weeks_case import Api, Weeks
from tests.integration.weeks_town import Life, MovedClock, NearOffice, WeeksTown
from workflows.ports import JournalLocked

SERVICE, STEP = "kelahiran", "notice"
NAMES = (f"{SERVICE}/01-both-parents", f"{SERVICE}/02-mother-alone")
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MOST_TURNS = 80


class Told(Struct):
    """What was seen at each stage, of each case."""

    second_runner: str = ""
    retrying: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    listed: list[str] = field(default_factory=list[str])
    offered: dict[str, Any] = field(default_factory=dict[str, Any])
    spent: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    overdue: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    waits_for_nothing: bool = False
    bulk: dict[str, Any] = field(default_factory=dict[str, Any])
    journeys: list[Weeks] = field(default_factory=list[Weeks])


class BadWeek:
    """The town, and who looks at it."""

    def __init__(self, town: WeeksTown, api: Api, crowd: Crowd, life: Life) -> None:
        """Take everything under way."""
        self.town, self.api, self.crowd, self.life, self.told = town, api, crowd, life, Told()

    def office(self, agency: str) -> NearOffice:
        """Give an agency's office."""
        office = self.town.agencies[agency]
        assert isinstance(office, NearOffice)
        return office

    async def views(self) -> list[dict[str, Any]]:
        """Look at every case."""
        return [await self.api.call("GET", f"/v1/cases/{each.case}", each.secret) for each in self.crowd.journeys]

    async def operations(self, method: str, path: str, body: object = None, *, status: int = 200) -> dict[str, Any]:
        """Do what an operator does."""
        return await self.api.call(
            method, f"/v1/operations/{path}", self.town.gateway.operator_token, body, status=status
        )

    # --- what happens -------------------------------------------------------------------------------------------------

    async def is_down(self) -> None:
        """The health office fails, as both cases are to see."""
        await self.life.rest()
        self.told.retrying = await self.views()
        self.told.listed = [line["case"] for line in (await self.operations("GET", "cases?mark=retrying"))["cases"]]
        try:
            async with open_parts(self.town.settings):
                self.told.second_runner = "it runs"
        except JournalLocked as locked:
            self.told.second_runner = str(locked)

    async def is_recorded(self) -> None:
        """Where the health office is reached, and how often it is asked again, are put on record as they now are."""
        for document in self.town._contracts():
            if document["agency"] == "dinkes":
                document["attempts"] = {"first_wait": "1 s", "factor": 2, "give_up_after": "2 s"}
                await self.town._contract(document)

    async def is_changed(self) -> None:
        """The health office moves, and the service gets a second plan."""
        await self.office("dinkes").moves()
        await self.is_recorded()
        plan = (self.town.examples / "services" / f"{SERVICE}.yaml").read_text("utf-8")
        changed = plan.replace("version: 1.0.0", "version: 2.0.0").replace("after: [mother, father]", "after: [mother]")
        async with connect(self.town.url, self.town.gateway.operator_token) as client:
            headers = {"Content-Type": "application/yaml"}
            published = await client.call("POST", "/v1/plans", body=changed.encode(), headers=headers)
            terms = self.town._terms(SERVICE, published.json()["digest"])
            self.town.agreements[SERVICE] = (await client.send("POST", "/v1/agreements", terms)).json()["digest"]
        await self.town.sign_all()
        self.told.offered = await self.api.call("GET", f"/v1/services/{SERVICE}")

    async def is_given_up(self) -> None:
        """Time goes on until the gateway has asked often enough."""
        for _ in range(MOST_TURNS):
            self.told.spent = await self.views()
            if all(step_of(view, STEP)["state"] == "exhausted" for view in self.told.spent):
                break
            await self.crowd.turn(self.life)
        before = [view["version"] for view in self.told.spent]
        await self.life.rest()
        self.told.waits_for_nothing = before == [view["version"] for view in await self.views()]

    async def is_mended(self) -> None:
        """The health office is back, and an operator goes on with all cases at once."""
        self.office("dinkes").fails(0)
        act = {"act": "ask-again", "reason": "the office is back", "service": SERVICE, "step": STEP}
        preview = await self.operations("POST", "bulk", {**act, "preview": True})
        seen = [{"case": line["case"], "step": line["step"]} for line in preview["lines"] if line["word"] == "fits"]
        run = (await self.operations("POST", "bulk", {**act, "seen": seen}, status=201))["run"]

        async def over() -> bool:
            self.told.bulk = await self.operations("GET", f"bulk/{run}")
            return bool(self.told.bulk["state"] != "running")

        await eventually_async(over)

    async def is_overdue(self) -> None:
        """The insurance has promised an answer, and none comes: whoever looks after the service is told of it."""
        for _ in range(MOST_TURNS):
            self.told.overdue = await self.views()
            if all(step_of(view, "insurance")["incident"] for view in self.told.overdue):
                return
            await self.crowd.turn(self.life)

    async def ends(self) -> None:
        """An operator goes on without the insurance, which the output does not need."""
        for view in self.told.overdue:
            act = {"act": "skip", "step": "insurance", "round": 1, "reason": "asked them: they enrol the child later"}
            await self.operations("POST", f"cases/{view['case']}/acts", act)
        await self.life.rest()
        await self.crowd.look(self.life)
        assert self.crowd.over
        for journey in self.crowd.journeys:
            await journey.read(self.api, self.town)
        self.told.journeys = list(self.crowd.journeys)


@asynccontextmanager
async def bad_week(folder: Path) -> AsyncGenerator[BadWeek]:
    """Open the town, with the health office down, and report two births."""
    town = WeeksTown(folder, SERVICE, MovedClock(TUESDAY))
    journeys = [Weeks(name, load_samples(SERVICE)[name]) for name in NAMES]
    connector = aiohttp.TCPConnector(force_close=True)
    async with town.offices(), aiohttp.ClientSession(connector=connector) as session:
        await town.open()
        api = Api(town.url, session, town.clock.now)
        async with town.life() as life:
            tokens = {agency: await town.token("officer", "An officer", agency, "90 days") for agency in town.desks}
            week = BadWeek(town, api, Crowd(town, api, tokens, journeys), life)
            week.office("dinkes").fails(10**6)
            week.office("bpjs-kesehatan").never_calls_back()
            await week.is_recorded()
            for journey in journeys:
                await journey.apply(api)
            yield week


async def the_story(folder: Path) -> Told:
    async with bad_week(folder) as week:
        await week.is_down()
        await week.is_changed()
        await week.is_given_up()
        await week.is_mended()
        await week.is_overdue()
        await week.ends()
        return week.told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return asyncio.run(the_story(tmp_path_factory.mktemp("week")))


def step_of(view: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in view["steps"] if step["step"] == name)


def attempts_of(journey: Weeks, name: str) -> list[tuple[int, int]]:
    """Give round and number of each attempt of a step."""
    attempts = journey.inspected["history"]["attempts"]
    return [(each["round"], each["attempt"]) for each in attempts if each["step"] == name]


def test_a_retrying_case_is_shown_as_merely_running(told: Told) -> None:
    for view in told.retrying:
        step = step_of(view, STEP)
        assert (step["state"], step["attempt"]) == ("failed", 1)
        assert step["again_at"] is not None
    assert sorted(told.listed) == sorted(view["case"] for view in told.retrying)


def test_two_runners_execute_in_duplicate(told: Told) -> None:
    assert told.second_runner not in {"", "it runs"}
    held = [wish for journey in told.journeys for asks in journey.held.values() for wish in asks.values()]
    assert {wish["effects"] for wish in held} <= {0, 1}


def test_a_retry_never_ends(told: Told) -> None:
    for view in told.spent:
        step = step_of(view, STEP)
        assert (step["state"], step["attempt"]) == ("exhausted", 2)
        assert step["again_at"] is None
        assert view["marks"] == ["held"]
        assert "ask-again" in step["incident"]["acts"]
    assert told.waits_for_nothing


def test_there_is_no_bulk_repair_and_no_resume_at_the_failed_step(told: Told) -> None:
    assert [line["word"] for line in told.bulk["lines"]] == ["done", "done"]
    for journey in told.journeys:
        assert attempts_of(journey, STEP) == [(1, 1), (1, 2), (1, 3)]
        assert attempts_of(journey, "mother") == [(1, 1)]
        (wish,) = journey.held["dinkes"].values()
        assert (wish["attempts"], wish["effects"]) == (1, 1)


def test_a_definition_edited_between_attempts_makes_another_wish(told: Told) -> None:
    """The third attempt reached the new address, under the key of the first."""
    for journey in told.journeys:
        assert list(journey.held["dinkes"]) == [f"{journey.case}/{STEP}/ask/1"]


def test_a_changed_definition_breaks_running_cases(told: Told) -> None:
    assert told.offered["version"] == "2.0.0"
    for before, journey in zip(told.retrying, told.journeys, strict=True):
        assert before["plan"] != told.offered["plan"]
        assert (journey.view["plan"], journey.view["plan_version"]) == (before["plan"], "1.0.0")
        assert journey.view["state"] == "issued"


def test_a_case_is_stuck_after_a_lost_callback(told: Told) -> None:
    """The gateway looks by itself; when the promise is over it tells somebody, who can go on."""
    for view, journey in zip(told.overdue, told.journeys, strict=True):
        step = step_of(view, "insurance")
        assert (step["state"], view["marks"]) == ("accepted", ["held"])
        assert (step["incident"]["cause"], "skip" in step["incident"]["acts"]) == ("overdue", True)
        assert step["incident"]["since"] == step["promised_by"]
        assert journey.view["state"] == "issued"
        # What was accepted may have been done: leaving it out takes it back.
        (part,) = (part for part in journey.issued["output"]["parts"] if part["step"] == "insurance")
        assert part["word"] == "undone"
