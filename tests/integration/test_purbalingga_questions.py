"""An example agency behind a firewall answers "is it still X?" from its own register: fetched, and signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from gapura_agency import Puller
from tests.eventually import eventually_async
from tests.integration.samples import load_samples
from tests.integration.weeks_case import Api
from tests.integration.weeks_town import MovedClock, NearOffice, WeeksTown

SERVICE, HOLDER = "pindah-domisili", "capil-banyumas"
SAMPLE = next(sample for name, sample in load_samples(SERVICE).items() if name.endswith("01-own-house"))
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ELSEWHERE = "33.03.06.1013"


class Moved:
    """Somebody who moved house, and the office behind a firewall that released them."""

    def __init__(self, town: WeeksTown, api: Api, office: NearOffice, case: str) -> None:
        """Take what is running."""
        self._town, self._api, self.case = town, api, case
        self.office = office.office

    async def act(self, act: str, **more: str) -> None:
        body = {"act": act, "reason": "yearly", **more}
        path = f"/v1/operations/cases/{self.case}/acts"
        await self._api.call("POST", path, self._town.gateway.operator_token, body)

    async def looks(self) -> dict[str, Any]:
        """Let the office look at what it is asked; give how it stands then."""
        await asyncio.to_thread(self.office.agency.look)
        page = await self._api.call("GET", "/v1/operations/facts?show=all", self._town.gateway.operator_token)
        (line,) = page["facts"]
        assert line["holder"] == HOLDER
        return dict(line)

    def village(self) -> str:
        with self.office.register.transaction() as memory:
            (row,) = memory.database.execute(
                "SELECT village FROM releases WHERE ask_key = ?", (f"{self.case}/release/ask/1",)
            )
        return str(row["village"])

    def drifts(self) -> None:
        """Let somebody at the office change the entry."""
        key = f"{self.case}/release/ask/1"
        with self.office.register.transaction() as memory:
            memory.database.execute("UPDATE releases SET village = ? WHERE ask_key = ?", (ELSEWHERE, key))


@asynccontextmanager
async def moved(folder: Path) -> AsyncGenerator[Moved]:
    town = WeeksTown(folder, SERVICE, MovedClock(TUESDAY))
    async with town.offices(), aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        await town.open()
        api = Api(town.url, session, town.clock.now)
        near = town.agencies[HOLDER]
        assert isinstance(near, NearOffice)
        puller = Puller(near.office.agency, wait_s=1)
        async with town.life(), asyncio.TaskGroup() as tasks:
            working = tasks.create_task(asyncio.to_thread(puller.run))
            try:
                receipt = await api.call("POST", f"/v1/services/{SERVICE}/cases", body=SAMPLE.form, status=202)

                async def issued() -> bool:
                    view = await api.call("GET", f"/v1/cases/{receipt['case']}", receipt["secret"])
                    return bool(view["state"] == "issued")

                await eventually_async(issued)
                yield Moved(town, api, near, receipt["case"])
            finally:
                puller.stop()
                town.moved_clock.go_on_to(town.moved_clock.now() + timedelta(seconds=2))
                await working


async def test_an_office_behind_a_firewall_says_what_its_register_does_not(tmp_path: Path) -> None:
    async with moved(tmp_path) as play:
        given = SAMPLE.form["address"]["village"]
        await play.act("ask-facts")
        line = await play.looks()
        assert (line["answer"], line["differs"]) == ("same", False)
        play.drifts()
        await play.act("ask-facts")
        line = await play.looks()
        assert (line["answer"], line["differs"]) == ("different", True)
        assert play.village() == ELSEWHERE, "asked alone, it changes its register"
        await play.act("ask-correction", step="release")
        line = await play.looks()
        assert (line["answer"], line["differs"]) == ("same", False)
        assert play.village() == given
        said = line["answered_at"]
        assert (await play.looks())["answered_at"] == said, "what is answered is answered again"
