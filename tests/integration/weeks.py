"""Weeks of a service within seconds: everybody of its samples, on a clock that is moved on to what is due next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp

from contracts.ids import Instant
from tests.integration.samples import Sample
from tests.integration.weeks_case import Api, Weeks
from tests.integration.weeks_people import PEOPLE, Sight
from tests.integration.weeks_town import Life, MovedClock, WeeksTown
from workflows.engines.driver import UnderWay

A_DECISION: Final = timedelta(days=1)
"""How long people take, where nothing else is said."""
MOST_TURNS: Final = 400


class Played(NamedTuple):
    """Samples that came to their ends, by name; how many lives of the gateway that took.

    `most_moves`: how often something of one case was recorded in one life at most.
    """

    journeys: dict[str, Weeks]
    lives: int
    most_moves: int


class Crowd:
    """Everybody: applications beside each other, those whose turn may come, and the one clock."""

    def __init__(
        self,
        town: WeeksTown,
        api: Api,
        tokens: dict[str, str],
        journeys: Sequence[Weeks],
        takes: timedelta = A_DECISION,
    ) -> None:
        """Take officers' tokens, by agency, and how long people take."""
        self._takes = takes
        self.town, self.api, self.tokens, self.journeys = town, api, tokens, journeys
        self._stale: set[str] = {journey.case for journey in journeys}

    @property
    def over(self) -> bool:
        """Whether every application has ended."""
        return all(each.over for each in self.journeys)

    async def turn(self, life: Life) -> None:
        """Let everybody whose turn it is do one thing, if nothing else moved; else let time go on to what is due."""
        await life.rest()
        sight = await self.look(life)
        if life.over or self.over:
            return
        life.moves.moved.clear()
        now, later = self.api.now(), list[Instant]()
        for journey in self.journeys:
            dues = [] if journey.over else [due for row in PEOPLE async for due in row(sight, journey)]
            first = next((due for due in dues if due.at <= now), None)
            if first is not None:
                await first.act()
            later += [due.at for due in dues]
        if not life.moves.moved:
            wake = await life.next_wake()
            moments = later if wake is None else [*later, wake]
            assert moments, f"nothing is due any more: {[each.stand() for each in self.journeys if not each.over]}"
            await life.go_on_to(max(now, min(moments)))
        await life.rest()
        self._stale |= life.moves.moved

    async def look(self, life: Life) -> Sight:
        """Let everybody see what can be seen of what has moved."""
        self._stale |= life.moves.moved
        for journey in self.journeys:
            if self._stale & journey.cases.keys():
                await journey.look(self.api)
        self._stale.clear()
        inbox = [task for agency in self.tokens for task in await self._tasks(agency)]
        for journey in self.journeys:
            known = {task["key"] for task in journey.tasks}
            journey.tasks += [task for task in inbox if task["case"] in journey.cases and task["key"] not in known]
        announced = [each for service in self._objected_to() for each in await self._announcements(service)]
        return Sight(self.town, self.api, self.town.gateway.operator_token, self.tokens, inbox, announced, self._takes)

    def _objected_to(self) -> set[str]:
        return {journey.sample.service for journey in self.journeys if journey.neighbours}

    async def _tasks(self, agency: str) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = (await self.api.call("GET", "/v1/tasks", self.tokens[agency]))["tasks"]
        return tasks

    async def _announcements(self, service: str) -> list[dict[str, Any]]:
        said = await self.api.call("GET", f"/v1/services/{service}/announcements")
        assert not said["next"], "more is announced than one page takes"
        listed: list[dict[str, Any]] = said["announcements"]
        return listed


# --- from the form to the end -----------------------------------------------------------------------------------------


async def played(
    folder: Path,
    service: str,
    samples: Mapping[str, Sample],
    start: Instant,
    *,
    restarted: bool = False,
    takes: timedelta = A_DECISION,
) -> Played:
    """Play samples beside each other to their ends.

    `restarted`: the gateway is ended after everything that it records, and, the first time that it does something,
    before it records what came of that; each time it starts anew on the same file.
    """
    town = WeeksTown(folder, service, MovedClock(start))
    unheard: set[UnderWay] | None = set() if restarted else None
    journeys = [Weeks(name, sample) for name, sample in samples.items()]
    async with town.offices(), aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        await town.open()
        api = Api(town.url, session, town.clock.now)
        async with town.life(unheard=unheard) as life:
            tokens = {agency: await town.token("officer", "An officer", agency, "90 days") for agency in town.desks}
            for journey in journeys:
                await journey.apply(api)
            crowd = Crowd(town, api, tokens, [journey for journey in journeys if journey.case], takes)
            for _ in range(MOST_TURNS):
                if life.over or crowd.over:
                    break
                await crowd.turn(life)
        for _ in range(MOST_TURNS):
            if crowd.over:
                break
            async with town.life(unheard=unheard) as life:
                await crowd.turn(life)
        assert crowd.over, f"not over: {[each.stand() for each in crowd.journeys if not each.over]}"
        async with town.life():
            for journey in crowd.journeys:
                await journey.read(api, town)
    return Played({journey.name: journey for journey in journeys}, town.lives, town.most_moves)
